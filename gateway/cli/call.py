"""``rivta call``: ask as a consumer."""

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import data, texts
from gateway.cli import options
from gateway.settings import from_environment

if TYPE_CHECKING:
    from lxml import etree

_PERSON = re.compile(r"\d{8}[0-9A-Z]{4}")


@click.command()
@click.argument("contract")
@click.option("--patient", required=True, help="Person id, 12 characters without hyphen.")
@click.option(
    "--as", "consumer", required=True, help="Who asks: 1177, npo, or another alias or HSA-id in routing/consumers.toml."
)
@click.option("--logical-address", default=None, help="Whom to ask; the national aggregating service if left out.")
@click.option("--format", "output", type=click.Choice(["table", "xml", "json"]), default="table", show_default=True)
@click.option("--url", default=None, help="The gateway (http://127.0.0.1:8080/vp).")
@options.config
@options.language
def command(
    contract: str, patient: str, consumer: str, logical_address: str | None, output: str, url: str | None,
    config: Path | None, lang: str,
) -> int:  # fmt: skip
    """Ask CONTRACT about a person, and show what the consumer may see.

    1177 never shows internal notes, nor records that are not approved for the patient. NPÖ shows both, but only
    records with the care unit's and the care giver's id.
    """
    from gateway.consumers.ask import ask
    from gateway.consumers.rules import apply
    from gateway.contracts.contract import load_all
    from gateway.registry.catalogue import load_catalogue
    from gateway.soap.head import MessageError

    root = data.root()
    contracts = load_all(root)
    found = contracts.find(contract)
    if found is None:
        known = ", ".join(sorted(known.key for known in contracts.values()))
        raise click.UsageError(f"unknown contract {contract}; known are {known}")
    if not _PERSON.fullmatch(patient):
        raise click.UsageError("expected --patient as 12 characters without hyphen, such as 191212121212")
    catalogue = load_catalogue(root, contracts)
    caller = next(
        (known for known in catalogue.consumers if consumer.lower() in (known.alias, known.hsa_id.lower())), None
    )
    if caller is None:
        known = ", ".join(known.alias for known in catalogue.consumers)
        raise click.UsageError(f"unknown consumer {consumer}; known are {known}")
    settings = from_environment(config)
    where = url or f"http://127.0.0.1:{settings.port}/vp"
    try:
        reply = ask(
            where, found, patient, sender=caller.hsa_id, instance_id=settings.instance_id,
            logical_address=logical_address or settings.aggregate_address,
        )  # fmt: skip
    except OSError as error:
        raise click.ClickException(f"no contact with {where}: {error}. Start the platform with: rivta run") from None
    except MessageError as error:
        raise click.ClickException(f"the answer from {where} is not SOAP: {error}") from None
    if reply.refused:
        _refused(reply.refused, reply.envelope, output, lang)
        return 1
    view = apply(caller.alias, found, reply.response)
    if output == "xml":
        from lxml import etree

        click.echo(etree.tostring(reply.envelope, encoding="unicode", pretty_print=True), nl=False)
    elif output == "json":
        from gateway.consumers.summary import as_data

        answer = {
            "contract": found.key,
            "consumer": caller.alias,
            "milliseconds": round(reply.seconds * 1000, 1),
            "records": [as_data(record) for record in view.records],
            "held_back": dict(view.held_back),
            "sources": [
                {"source": each.source, "status": each.status, "code": each.code, "text": each.text}
                for each in reply.statuses
            ],
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        from gateway.consumers.table import Printer, console

        Printer(console(sys.stdout), lang, catalogue.name_of).answer(found, view, reply)
    return 0


def _refused(refused: tuple[str, str], envelope: "etree._Element", output: str, lang: str) -> None:
    from lxml import etree

    from gateway.soap import ns

    code, text = refused
    hints = {
        hint.get("{http://www.w3.org/XML/1998/namespace}lang", ""): hint.text or ""
        for hint in envelope.iter(f"{{{ns.GATEWAY}}}hint")
    }
    if output == "xml":
        click.echo(etree.tostring(envelope, encoding="unicode", pretty_print=True), nl=False)
    elif output == "json":
        click.echo(json.dumps({"fault": {"code": code, "text": text, "hints": hints}}, ensure_ascii=False, indent=2))
    else:
        click.echo(texts.text("table", "refused", lang, text=text))
        if lang in hints:
            click.echo(f"  → {hints[lang]}")
