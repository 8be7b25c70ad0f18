"""``rivta call``: ask as a consumer."""

import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import data, texts
from gateway.cli import options
from gateway.settings import from_environment

if TYPE_CHECKING:
    from lxml import etree

    from gateway.consumers.ask import Reply
    from gateway.consumers.rules import View
    from gateway.contracts.contract import Contract, Contracts
    from gateway.registry.catalogue import Catalogue, Consumer

_PERSON = re.compile(r"\d{8}[0-9A-Z]{4}")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@click.command()
@click.argument("contract")
@click.option("--patient", required=True, help="Person id, 12 characters without hyphen.")
@click.option("--as", "consumer", required=True, help="Who asks: 1177, npo, or another in routing/consumers.toml.")
@click.option("--logical-address", default=None, help="Whom to ask; the national aggregating service if left out.")
@click.option("--format", "output", type=click.Choice(["table", "xml", "json"]), default="table", show_default=True)
@click.option("--skip-access", is_flag=True, help="As 1177: ask even where 1177 would open no record (ages 13-15).")
@click.option("--explain", is_flag=True, help="Show how the answer came about: hits, filters, calls and times.")
@click.option("--url", default=None, help="The gateway (http://127.0.0.1:8080/vp).")
@options.config
@options.language
def command(
    contract: str,
    patient: str,
    consumer: str,
    logical_address: str | None,
    output: str,
    skip_access: bool,
    explain: bool,
    url: str | None,
    config: Path | None,
    lang: str,
) -> int:
    """Ask CONTRACT about a person, and show what the consumer may see.

    1177 never shows internal notes, nor records that are not approved for the patient. NPÖ shows both, but only
    records with the care unit's and the care giver's id.
    """
    from gateway.consumers.ask import ask
    from gateway.consumers.rules import apply
    from gateway.contracts.contract import load_all
    from gateway.registry.catalogue import load_catalogue
    from gateway.soap.head import MessageError

    root, settings = data.root(), from_environment(config)
    contracts = load_all(root, settings.contracts_folder)
    catalogue = load_catalogue(root, contracts)
    chosen, caller = _contract(contracts, contract), _consumer(catalogue, consumer)
    if not _PERSON.fullmatch(patient):
        raise click.UsageError("expected --patient as 12 characters without hyphen, such as 191212121212")
    if not skip_access and (reason := _barred(caller, patient)):
        click.echo(texts.text("access", reason, lang), err=True)
        return 1
    where = url or f"http://127.0.0.1:{settings.port}/vp"
    try:
        reply = ask(
            where,
            chosen,
            patient,
            sender=caller.hsa_id,
            instance_id=settings.instance_id,
            logical_address=logical_address or settings.aggregate_address,
            explain=explain,
        )
    except OSError as error:
        raise click.ClickException(f"no contact with {where}: {error}. Start the platform with: rivta run") from None
    except MessageError as error:
        raise click.ClickException(f"the answer from {where} is not SOAP: {error}") from None
    if reply.refused:
        _print_refusal(reply, output, lang)
        return 1
    _print(chosen, caller, apply(caller.alias, chosen, reply.response), reply, output, lang, catalogue)
    if explain and output == "table":
        _print_explanation(reply, lang, catalogue)
    return 0


def _contract(contracts: "Contracts", name: str) -> "Contract":
    found = contracts.find(name)
    if found is None or not found.descriptor.aggregated:
        known = ", ".join(sorted(known.key for known in contracts.aggregated()))
        raise click.UsageError(f"unknown contract {name}; known are {known}")
    return found


def _consumer(catalogue: "Catalogue", name: str) -> "Consumer":
    for consumer in catalogue.consumers:
        if name.lower() in (consumer.alias, consumer.hsa_id.lower()):
            return consumer
    known = ", ".join(each.alias for each in catalogue.consumers)
    raise click.UsageError(f"unknown consumer {name}; known are {known}")


def _barred(caller: "Consumer", person: str) -> str | None:
    from gateway.consumers.access import barred
    from gateway.registry.snapshot import STOCKHOLM

    return barred(person, datetime.now(STOCKHOLM).date()) if caller.alias == "1177" else None


def _print(
    contract: "Contract",
    caller: "Consumer",
    view: "View",
    reply: "Reply",
    output: str,
    lang: str,
    catalogue: "Catalogue",
) -> None:
    if output == "xml":
        _print_xml(reply.envelope)
    elif output == "json":
        from gateway.consumers.summary import answer_data

        click.echo(json.dumps(answer_data(contract, caller.alias, view, reply), ensure_ascii=False, indent=2))
    else:
        from gateway.consumers.table import Printer, console

        Printer(console(sys.stdout), lang, catalogue.name_of).answer(contract, view, reply)


def _print_explanation(reply: "Reply", lang: str, catalogue: "Catalogue") -> None:
    from gateway.consumers.table import console
    from gateway.consumers.waterfall import Waterfall

    told = reply.explanation
    if told is None:
        click.echo(texts.text("waterfall", "not-explained", lang), err=True)
    else:
        Waterfall(console(sys.stdout), lang, catalogue.name_of).print(told, reply.seconds * 1000)


def _print_xml(envelope: "etree._Element") -> None:
    from lxml import etree

    click.echo(etree.tostring(envelope, encoding="unicode", pretty_print=True), nl=False)


def _print_refusal(reply: "Reply", output: str, lang: str) -> None:
    from gateway.soap import ns

    assert reply.refused is not None
    code, text = reply.refused
    hints = {hint.get(_LANGUAGE, ""): hint.text or "" for hint in reply.envelope.iter(f"{{{ns.GATEWAY}}}hint")}
    if output == "xml":
        _print_xml(reply.envelope)
    elif output == "json":
        click.echo(json.dumps({"fault": {"code": code, "text": text, "hints": hints}}, ensure_ascii=False, indent=2))
    else:
        click.echo(texts.text("table", "refused", lang, text=text))
        if lang in hints:
            click.echo(f"  → {hints[lang]}")
