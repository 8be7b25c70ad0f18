"""``rivta certs``: certificates to try mutual TLS with."""

import json
import os
import re
from pathlib import Path

import click

from gateway import data, texts
from gateway.cli import options
from gateway.cli.known import contracts

_TLS_PORT = 8443
_PRIVATE = 0o600
_HSA_ID = re.compile("[A-Za-z0-9_-]{1,31}")


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("certs"))
@click.option(
    "--client", "clients", multiple=True, metavar="HSA-ID",
    help="Who gets a client certificate; can be repeated. All of routing/consumers.toml if left out.",
)  # fmt: skip
@click.option("--host", "hosts", multiple=True, help="More names or addresses for the server's certificate.")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long they are valid.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@options.config
@options.output
@options.language
def command(
    folder: Path,
    clients: tuple[str, ...],
    hosts: tuple[str, ...],
    days: int,
    force: bool,
    config: Path | None,
    output: str,
    lang: str,
) -> int:
    """Make a test CA, a server certificate for localhost and client certificates in FOLDER (certs).

    The client's HSA-id is the subject's SERIALNUMBER. For tests only: everything in FOLDER says so,
    and whoever reads the keys there can be anybody towards a gateway that trusts this CA.
    """
    from gateway.cli.testca import TestCa

    wanted = clients or _consumers(config)
    ca = TestCa(days, hosts)
    files = {"ca.pem": ca.pem, "ca.key": ca.key}
    files["server.pem"], files["server.key"] = ca.server()
    for client in wanted:
        name = _file_name(client)
        files[f"{name}.pem"], files[f"{name}.key"] = ca.client(client)
    files["gateway.toml"] = _settings(folder.absolute())
    if existing := [name for name in files if (folder / name).exists()]:
        if not force:
            raise click.UsageError(f"{folder / existing[0]} exists already; --force overwrites it")
        for name in existing:
            (folder / name).unlink()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        _write(folder / name, text)
    if output == "json":
        click.echo(json.dumps({"folder": str(folder), "files": sorted(files), "clients": list(wanted)}))
    else:
        client = _file_name(wanted[0])
        values = {"folder": folder, "count": len(wanted), "days": days, "client": client, "port": _TLS_PORT}
        click.echo(texts.text("certs", "made", lang, **values))
        click.echo(texts.text("certs", "next", lang, **values))
    return 0


def _consumers(config: Path | None) -> tuple[str, ...]:
    from gateway.registry.catalogue import load_catalogue

    return tuple(consumer.hsa_id for consumer in load_catalogue(data.root(), contracts(config)).consumers)


def _file_name(hsa_id: str) -> str:
    """Where a client's certificate goes. The id must not lead out of the folder, and must fit into a certificate."""
    if not _HSA_ID.fullmatch(hsa_id):
        raise click.UsageError(f"{hsa_id!r} is no HSA-id: letters, digits and hyphens, at most 31")
    return f"client-{hsa_id}"


def _settings(folder: Path) -> str:
    """A settings file for ``rivta serve``; JSON's strings are TOML's too."""
    files = {"tls_certificate": "server.pem", "tls_key": "server.key", "tls_client_ca": "ca.pem"}
    lines = [f"{key} = {json.dumps(str(folder / name), ensure_ascii=False)}" for key, name in files.items()]
    return "\n".join(("# TEST ONLY. Written by rivta certs.", f"tls_port = {_TLS_PORT}", *lines, ""))


def _write(path: Path, text: str) -> None:
    """Keys are for their owner only, from the first byte on."""
    mode = _PRIVATE if path.suffix == ".key" else 0o644
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
