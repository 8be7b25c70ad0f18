"""``rivta contracts``: add, look at, export and judge contracts. Each subcommand is imported when it is called."""

import importlib

import click

# Name: module, one-line help. The command in a module has the name of its subcommand, with _command behind it.
SUBCOMMANDS = {
    "add": ("gateway.cli.contracts_add", "Take in a package in the official RIV-TA layout."),
    "diff": ("gateway.cli.contracts_diff", "Compare two versions: what changed, whom it breaks, who goes first."),
    "docs": ("gateway.cli.contracts_docs", "Write the contracts as a site of static pages, to be read in a browser."),
    "explain": ("gateway.cli.contracts_view", "Tell what was derived for an added contract, how sure, and why."),
    "export": ("gateway.cli.contracts_export", "Write contracts as an official package (zip)."),
    "lint": ("gateway.cli.contracts_lint", "Judge contract files by the rules of RIV-TA."),
    "list": ("gateway.cli.contracts_view", "List the contracts, shipped and added."),
    "remove": ("gateway.cli.contracts_add", "Remove an added package."),
    "sample": ("gateway.cli.contracts_sample", "Make messages of a contract, right ones or broken in a known way."),
    "show": ("gateway.cli.contracts_view", "Show a contract: namespaces, files, how it is aggregated."),
}


class _Group(click.Group):
    """A group that knows its subcommands' names and helps without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, sorted."""
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand."""
        if cmd_name not in SUBCOMMANDS:
            return None
        module = importlib.import_module(SUBCOMMANDS[cmd_name][0])
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``--help``."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(SUBCOMMANDS.items())])


@click.command("contracts", cls=_Group)
def command() -> None:
    """Service contracts: packages in and out, and what is known about each contract."""
