"""``rivta``: the command line. Commands are imported when they are called, so that each starts fast."""

import importlib
import sys
from typing import Any

import click

from gateway import __version__
from gateway.errors import DataError

OK, FINDINGS, USAGE = 0, 1, 2

COMMANDS = {
    "call": ("gateway.cli.call", "Ask for a person's records as a consumer."),
    "certs": ("gateway.cli.certs", "Make a test CA, server and client certificates for mutual TLS."),
    "check": ("gateway.cli.check", "Check messages against their contracts."),
    "config": ("gateway.cli.config", "Print, check and translate settings."),
    "contracts": ("gateway.cli.contracts", "Add, explain and export service contracts."),
    "db": ("gateway.cli.db", "Make, upgrade and look at the database."),
    "demo": ("gateway.cli.demo", "Start everything, ask as 1177 and NPÖ, show the answers, stop."),
    "ei": ("gateway.cli.ei", "Look into the engagement index and its notifications."),
    "fixtures": ("gateway.cli.fixtures", "Generate or verify the test persons and their records."),
    "journal": ("gateway.cli.journal", "Read the exchanges that a gateway has kept."),
    "producers": ("gateway.cli.producers", "Serve the producer stubs of regions and municipalities."),
    "route": ("gateway.cli.route", "Explain how the catalogue routes and permits."),
    "rules": ("gateway.cli.rules", "List and explain the rules behind the findings."),
    "run": ("gateway.cli.run", "Start everything and leave it running."),
    "serve": ("gateway.cli.serve", "Serve the gateway alone."),
    "simulate": ("gateway.cli.simulate", "Fill a database with the country and drive the national load."),
    "tak": ("gateway.cli.tak", "Import, compare, publish and export the catalogue (TAK)."),
}


class Lazy(click.Group):
    """A group that knows its commands' names and one-line helps without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``--help``."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rivta")
def cli() -> None:
    """A national health-care service platform that starts on a laptop.

    Exit codes: 0 fine, 1 findings (a refusal, a failed check), 2 usage or unreadable input.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run, and turn what is wrong with the project's data into one line on standard error."""
    try:
        result: Any = cli.main(args=arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(USAGE)
    except DataError as error:
        click.echo("\n".join(f"rivta: {line}" for line in str(error).splitlines()), err=True)
        sys.exit(USAGE)
    sys.exit(result if isinstance(result, int) else OK)


if __name__ == "__main__":
    main()
