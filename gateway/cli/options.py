"""Options and small helpers that several commands share."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

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
_GATEWAY = (
    click.option("--host", help="Address to listen on (127.0.0.1)."),
    port,
    admin_port,
    click.option("--tls-port", type=click.IntRange(0, 65535), help="Port of the TLS listener (none); see rivta certs."),
    click.option(
        "--mode", type=click.Choice(["national", "strict"]), help="As the national platform, or stricter (strict)."
    ),
    click.option(
        "--validate", type=click.Choice(["off", "request", "both"]), help="Schema check of routed messages (off)."
    ),
    click.option("--log", type=click.Choice(["off", "error", "info", "debug"]), help="Which events are logged (info)."),
    click.option("--log-format", type=click.Choice(["auto", "json", "console"]), help="How they are written (auto)."),
    journal,
    click.option("--producer-timeout", type=click.FloatRange(0, min_open=True), help="Seconds for one producer (27)."),
    click.option(
        "--aggregate-timeout", type=click.FloatRange(0, min_open=True), help="Seconds for a whole question (28)."
    ),
    offset,
    click.option(
        "--workers",
        type=click.IntRange(1, 64),
        help="Processes on the same port (1); the first has the admin port.",
    ),
)


def gateway(function: F) -> F:
    """The flags that stand for settings, of every command that has a gateway's settings."""
    for option in reversed(_GATEWAY):
        function = option(function)
    return function


def busy(host: str, number: int, error: OSError) -> click.ClickException:
    """The message for a port that cannot be had."""
    return click.ClickException(
        f"cannot listen on {host}:{number}: {error.strerror}. Is something running there already? "
        f"Choose another with --port or --producer-port-offset."
    )


def reporting(formats: Sequence[str], severities: Sequence[str]) -> Callable[[F], F]:
    """The options of a command that reports findings; ``gateway.cli.reporting`` does what they say."""
    file = click.Path(dir_okay=False, path_type=Path)
    given = (
        click.option(
            "--format", "output", type=click.Choice(formats), default="text", show_default=True, help="How to write it."
        ),
        click.option(
            "--fail-on",
            type=click.Choice(severities),
            default="error",
            show_default=True,
            help="The mildest finding that makes the exit code 1.",
        ),
        click.option("--baseline", type=file, help="Findings in this file are known and do not count."),
        click.option("--write-baseline", is_flag=True, help="Write the findings to the --baseline file."),
        click.option(
            "--ignore",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Findings that do not count, with reasons and last days (TOML).",
        ),
    )

    def apply(function: F) -> F:
        for option in reversed(given):
            function = option(function)
        return function

    return apply


def stockholm() -> ZoneInfo:
    """The time zone of messages and catalogue."""
    return ZoneInfo("Europe/Stockholm")
