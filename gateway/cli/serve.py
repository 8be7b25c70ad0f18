"""``rivta serve``: the gateway alone."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from gateway import data
from gateway.cli import options
from gateway.settings import Settings, from_environment


@click.command()
@options.config
@click.option("--host", help="Address to listen on (127.0.0.1).")
@options.port
@click.option(
    "--mode", type=click.Choice(["national", "strict"]), help="As the national platform, or stricter (strict)."
)
@click.option(
    "--validate", type=click.Choice(["off", "request", "both"]), help="Schema check of routed messages (off)."
)
@click.option("--log", type=click.Choice(["off", "error", "info"]), help="Which events are logged (info).")
@click.option("--log-format", type=click.Choice(["auto", "json", "console"]), help="How they are written (auto).")
@click.option("--producer-timeout", type=click.FloatRange(0, min_open=True), help="Seconds for one producer (27).")
@click.option("--aggregate-timeout", type=click.FloatRange(0, min_open=True), help="Seconds for a whole question (28).")
@options.offset
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes on the same port.")
@click.option("--shared", is_flag=True, hidden=True, help="Share the port with other workers.")
def command(config: Path | None, workers: int, shared: bool, **flags: Any) -> int:
    """Serve the gateway. Stops on SIGINT or SIGTERM, after the calls under way."""
    settings = from_environment(config, **flags)
    if workers > 1:
        return _supervise(workers)
    return _serve(settings, shared=shared)


def _serve(settings: Settings, *, shared: bool) -> int:
    from gateway.http.compose import compose
    from gateway.http.server import listen, serve

    gateway = compose(settings, data.root())
    try:
        sock = listen(settings.host, settings.port, shared=shared)
    except OSError as error:
        raise options.busy(settings.host, settings.port, error) from None
    routes, permissions = gateway.router.snapshot.count()

    def ready() -> None:
        click.echo(
            f"rivta: gateway at http://{settings.host}:{settings.port}, mode {settings.mode}: "
            f"{len(gateway.contracts)} contracts, {routes} routes, {permissions} permissions, "
            f"{len(gateway.index)} engagements"
        )

    serve(gateway.server, [sock], ready)
    if gateway.log:
        gateway.log.flush()
    return 0


def _supervise(workers: int) -> int:
    """Run this very command as several processes that share the port; stop them all when one stops."""
    arguments = [sys.executable, "-m", "gateway.cli.main", *_without_workers(sys.argv[1:]), "--shared"]
    children = [subprocess.Popen(arguments) for _ in range(workers)]  # noqa: S603 - our own command

    def stop(*_: object) -> None:
        for child in children:
            child.terminate()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    code = children[0].wait()
    stop()
    return max(code, *(child.wait() for child in children))


def _without_workers(arguments: list[str]) -> list[str]:
    kept, skip = [], False
    for argument in arguments:
        if argument == "--workers" or skip:
            skip = not skip
        elif not argument.startswith("--workers="):
            kept.append(argument)
    return kept
