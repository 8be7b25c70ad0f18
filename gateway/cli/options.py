"""Options and small helpers that several commands share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

language = click.option(
    "--lang",
    type=click.Choice(["sv", "en"]),
    default=lambda: os.environ.get("RIVTA_LANG", "sv"),
    show_default="sv, or RIVTA_LANG",
    help="Language of tables and texts.",
)
output = click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or programs.",
)
config = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings file (TOML). Environment variables RIVTA_… and flags count more.",
)
port = click.option("--port", type=click.IntRange(1, 65535), help="The gateway's port (8080).")
admin_port = click.option(
    "--admin-port", type=click.IntRange(0, 65535), help="Port of status, metrics and reload (the port + 9); 0 for none."
)
journal = click.option(
    "--journal",
    type=click.Choice(["off", "on", "payloads"]),
    help="Keep a journal of the exchanges; payloads: with their messages, which hold personal data.",
)
offset = click.option(
    "--producer-port-offset",
    type=click.IntRange(0, 50000),
    help="Added to every producer's port in routing/producers.toml.",
)
scenarios = click.option(
    "--scenarios",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of fault scenarios that counts before fixtures/scenarios.toml.",
)


def busy(host: str, number: int, error: OSError) -> click.ClickException:
    """The message for a port that cannot be had."""
    return click.ClickException(
        f"cannot listen on {host}:{number}: {error.strerror}. Is something running there already? "
        f"Choose another with --port or --producer-port-offset."
    )
