"""The command line's page says what the commands say, and fits a terminal."""

from cli_help import PAGE, render


def test_the_page_is_what_the_commands_say() -> None:
    assert PAGE.read_text("utf-8") == render(), "docs/cli.md is out of date: make docs"


def test_every_line_of_help_fits_100_columns() -> None:
    inside = render().split("```text")[1:]
    lines = [line for part in inside for line in part.split("```")[0].splitlines()]
    assert lines
    assert max(map(len, lines)) <= 100
