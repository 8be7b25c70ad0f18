"""Renders the help of every command as one page; ``python tests/docs/cli_help.py`` writes docs/cli.md."""

from pathlib import Path

import click

from gateway.cli.main import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
_HEAD = """# The command line

`rivta` stands in `.venv/bin` once a `make` verb has run. This page is the output of `--help`; `make docs` writes it.

"""


def render() -> str:
    """The page, Markdown."""
    whole = click.Context(cli, info_name="rivta", **cli.context_settings)  # as it is when called: with -h
    parts = [_section(context) for context in _contexts(whole)]
    return _HEAD + "\n".join(parts)


def _contexts(context: click.Context) -> list[click.Context]:
    found = [context]
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            found += _contexts(click.Context(command, parent=context, info_name=name, max_content_width=100))
    return found


def _section(context: click.Context) -> str:
    context.terminal_width = 100
    return f"## {context.command_path}\n\n```text\n{context.get_help()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
