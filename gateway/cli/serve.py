"""``rivta serve``: the gateway alone."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway import data, texts
from gateway.cli import options
from gateway.settings import Settings, from_environment

if TYPE_CHECKING:
    import socket

    from gateway.http.server import Secured

_WATCH_SECONDS = 0.2  # between looks at the workers


@click.command()
@options.config
@options.gateway
@click.option("--shared", is_flag=True, hidden=True, help="Share the port with other workers.")
def command(config: Path | None, shared: bool, **flags: Any) -> int:
    """Serve the gateway. Stops on SIGINT or SIGTERM, after the calls under way."""
    settings = from_environment(config, **flags)
    if settings.workers > 1 and not shared:
        return _supervise(settings.workers)
    return _serve(settings, shared=shared)


def _serve(settings: Settings, *, shared: bool) -> int:
    from gateway.http.compose import compose
    from gateway.http.server import serve
    from gateway.router.identity.certificate import warm

    gateway = compose(settings, data.root())
    secured = [_secured(settings, shared=shared)] if settings.tls_port else []
    sock = _listen(settings.host, settings.port, shared=shared)
    admin = _admin(settings)
    routes, permissions = gateway.router.snapshot.count()

    def ready() -> None:
        click.echo(
            f"rivta: gateway at http://{settings.host}:{settings.port}, mode {settings.mode}: "
            f"{len(gateway.contracts)} contracts, {routes} routes, {permissions} permissions, "
            f"{len(gateway.index)} engagements; catalogue from {gateway.holdings.origin}"
        )
        if secured:
            host = settings.tls_host or settings.host
            click.echo(f"rivta: with client certificate at https://{host}:{settings.tls_port}")
        if admin:
            click.echo("rivta: status, metrics and reload at http://{}:{}".format(*admin.getsockname()))
        if (fetched := gateway.holdings.refresh) and fetched.problem:
            for warning in texts.both("tak", "away", problem=fetched.problem, origin=gateway.holdings.origin).values():
                click.echo(f"rivta: {warning}", err=True)
        if problem := gateway.holdings.database_problem:
            for warning in texts.both("database", "down", problem=problem, origin=gateway.holdings.origin).values():
                click.echo(f"rivta: {warning}", err=True)
        asyncio.get_running_loop().run_in_executor(None, warm)
        gateway.index_parts.start(lambda line: click.echo(f"rivta: {line}", err=True))
        gateway.reloader.start(gateway.holdings, lambda line: click.echo(f"rivta: {line}", err=True))
        if settings.log == "debug":
            for warning in texts.both("log", "warning").values():
                click.echo(f"rivta: {warning}", err=True)
        if gateway.journal and settings.journal == "payloads":
            for warning in texts.both("journal", "warning", where=gateway.journal.where).values():
                click.echo(f"rivta: {warning}", err=True)

    serve(gateway.server, [sock], ready, secured=secured, beside=[(gateway.admin, admin)] if admin else ())
    gateway.close()
    return 0


def _listen(host: str, port: int, *, shared: bool) -> "socket.socket":
    from gateway.http.server import listen

    try:
        return listen(host, port, shared=shared)
    except OSError as error:
        raise options.busy(host, port, error) from None


def _admin(settings: Settings) -> "socket.socket | None":
    """The admin listener's socket. A port that nobody asked for may be taken: the gateway starts all the same."""
    number = settings.admin()
    if not number:
        return None
    try:
        return _listen(settings.admin_host, number, shared=False)
    except click.ClickException as error:
        if settings.admin_port is not None:
            raise
        click.echo(f"rivta: no status, metrics and reload: {error.message}", err=True)
        return None


def _secured(settings: Settings, *, shared: bool) -> "Secured":
    from gateway.http.tls import server_context

    context = server_context(settings)
    return _listen(settings.tls_host or settings.host, settings.tls_port, shared=shared), context


def _supervise(workers: int) -> int:
    """Run this very command as several processes that share the port; stop them all when one stops."""
    arguments = [sys.executable, "-m", "gateway.cli.main", *_without_workers(sys.argv[1:]), "--shared"]
    only_one = ["--admin-port", "0"]  # the first has the admin port, and tells its own figures there
    commands = [arguments, *([*arguments, *only_one] for _ in range(workers - 1))]
    children = [subprocess.Popen(command) for command in commands]  # noqa: S603 - our own command

    def stop(*_: object) -> None:
        for child in children:
            child.terminate()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    while all(child.poll() is None for child in children):
        time.sleep(_WATCH_SECONDS)
    stop()
    codes = [child.wait() for child in children]
    return max(0 if code in (0, -signal.SIGTERM) else abs(code) for code in codes)


def _without_workers(arguments: list[str]) -> list[str]:
    kept, skip = [], False
    for argument in arguments:
        if argument == "--workers" or skip:
            skip = not skip
        elif not argument.startswith("--workers="):
            kept.append(argument)
    return kept
