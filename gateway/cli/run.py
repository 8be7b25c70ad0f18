"""``rivta run``: everything, until Ctrl-C."""

import json
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from gateway import data, texts
from gateway.cli import options
from gateway.settings import Settings, effective
from gateway.storage.place import database_url, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.cli.platform import Platform
    from gateway.registry.catalogue import Producer


@click.command()
@options.config
@options.port
@options.offset
@options.scenarios
@options.journal
@click.option("--quiet", is_flag=True, help="Do not show the gateway's log.")
@options.output
@options.language
def command(
    config: Path | None,
    port: int | None,
    producer_port_offset: int | None,
    scenarios: Path | None,
    journal: str | None,
    quiet: bool,
    output: str,
    lang: str,
) -> int:
    """Start the gateway, the stubs and the Kronoberg pilot; print the addresses and a curl line to paste.

    All of them go by the settings file. The gateway keeps a journal of the exchanges, without their messages, unless
    told otherwise.
    """
    from gateway.cli.platform import Platform, StartError, all_producers

    flags = {"port": port, "producer_port_offset": producer_port_offset, "journal": journal}
    found = effective(config, os.environ, flags)
    settings = found.settings
    if found.origins["journal"].kind == "default":
        settings = msgspec.structs.replace(settings, journal="on")
    platform = Platform(
        settings.port,
        settings.producer_port_offset,
        scenarios,
        gateway_flags=("--journal", settings.journal),
        show_gateway_log=not quiet,
        config=config,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with platform:
            if output == "json":
                found_there = _as_data(platform, settings.admin(), all_producers(config))
                click.echo(json.dumps(found_there, ensure_ascii=False))
            else:
                for line in _addresses(platform, settings.admin(), all_producers(config), lang):
                    click.echo(line)
                click.echo(_curl(platform, settings, lang))
                if settings.journal != "off":
                    click.echo(texts.text("run", "journal", lang))
            if settings.journal == "payloads" and quiet:  # else the gateway's own warning is seen
                click.echo(texts.text("journal", "warning", lang, where=shown(database_url(settings))), err=True)
            sys.stdout.flush()
            click.echo(platform.wait(), err=True)
            return 1
    except StartError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        click.echo(texts.text("run", "stopped", lang), err=True)
        return 0


def _addresses(platform: "Platform", admin: int, producers: "Iterable[Producer]", lang: str) -> list[str]:
    lines = [texts.text("run", "gateway", lang, url=platform.url)]
    if admin:
        lines.append(texts.text("run", "admin", lang, url=f"http://127.0.0.1:{admin}/status"))
    lines.append(texts.text("run", "producers", lang))
    shown: set[int] = set()
    for producer in producers:
        number = producer.port + platform.offset
        if number in shown:
            continue
        shown.add(number)
        name = texts.text("run", "mocks", lang) if producer.kind == "mock" else producer.name
        address = "" if producer.kind == "mock" else producer.logical_address
        lines.append(f"  http://127.0.0.1:{number}  {name:<28} {address}".rstrip())
    return lines


def _as_data(platform: "Platform", admin: int, producers: "Iterable[Producer]") -> dict[str, object]:
    found = {each.logical_address: f"http://127.0.0.1:{each.port + platform.offset}" for each in producers}
    return {"gateway": platform.url, "admin": f"http://127.0.0.1:{admin}" if admin else "", "producers": found}


def _curl(platform: "Platform", settings: Settings, lang: str) -> str:
    from gateway.consumers.people import demo_person
    from gateway.consumers.summary import in_reading_order
    from gateway.contracts.contract import load_all

    root = data.root()
    contract = in_reading_order(load_all(root, settings.contracts_folder).aggregated())[0]
    message = root / "fixtures" / "messages" / f"{contract.key}_request.xml"
    sender = "SE5565594230-RIVTA1177"
    line = (
        f"curl -s {platform.url} -H 'Content-Type: text/xml' -H 'x-vp-sender-id: {sender}' "
        f"-H 'x-vp-instance-id: {settings.instance_id}' --data-binary @{shlex.quote(_relative(message))}"
    )
    person = demo_person(root)
    call = f"rivta call {contract.descriptor.name} --patient {person.person_id} --as 1177"
    if platform.port != Settings().port:
        call += f" --url {platform.url}"
    return "\n".join((texts.text("run", "paste", lang), f"  {line}", texts.text("run", "or", lang), f"  {call}"))


def _relative(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
