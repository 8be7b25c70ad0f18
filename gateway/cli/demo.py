"""``rivta demo``: everything once, for people who want to see it."""

import sys
import time
from typing import TYPE_CHECKING

import click

from gateway import data, texts
from gateway.cli import options
from gateway.settings import from_environment

if TYPE_CHECKING:
    from gateway.consumers.people import Person


@click.command()
@click.option("--patient", help="Another person than the demo's own.")
@options.language
def command(patient: str | None, lang: str) -> int:
    """Start everything on free ports, ask all contracts as 1177 and as NPÖ about one person, print, stop."""
    from gateway.cli.platform import Platform, StartError, all_producers, free_offset
    from gateway.consumers.people import demo_person, find_person

    root, settings = data.root(), from_environment()
    person = find_person(root, patient) if patient else demo_person(root)
    if person is None:
        raise click.UsageError(f"{patient} is not in fixtures/persons.csv")
    started = time.perf_counter()
    try:
        offset = free_offset(settings.port, all_producers())
        platform = Platform(settings.port + offset, offset, gateway_flags=("--log", "error", "--log-format", "json"))
        _say(texts.text("demo", "starting", lang))
        with platform:
            _say(texts.text("demo", "ready", lang, seconds=f"{time.perf_counter() - started:.1f}"))
            return _ask_all(platform.url, person, lang)
    except StartError as error:
        raise click.ClickException(str(error)) from None


def _ask_all(url: str, person: "Person", lang: str) -> int:
    from gateway.consumers.ask import ask
    from gateway.consumers.rules import apply
    from gateway.consumers.summary import in_reading_order
    from gateway.consumers.table import Printer, console
    from gateway.contracts.contract import load_all
    from gateway.registry.catalogue import load_catalogue

    root, settings = data.root(), from_environment()
    contracts = load_all(root)
    catalogue = load_catalogue(root, contracts)
    out = console(sys.stdout)
    printer = Printer(out, lang, catalogue.name_of)
    failed = 0
    for alias in ("1177", "npo"):
        caller = next(consumer for consumer in catalogue.consumers if consumer.alias == alias)
        whom = f"{person.name} ({person.person_id})"
        out.rule(printer.text("asking", name=caller.name, address=settings.aggregate_address, person=whom), style="")
        out.print(getattr(caller, f"note_{lang}"), style="dim")
        out.print()
        for contract in in_reading_order(contracts.values()):
            reply = ask(
                url, contract, person.person_id, sender=caller.hsa_id, instance_id=settings.instance_id,
                logical_address=settings.aggregate_address,
            )  # fmt: skip
            if reply.refused:
                out.print(printer.text("refused", text=reply.refused[1]))
                failed += 1
                continue
            printer.answer(contract, apply(alias, contract, reply.response), reply)
    _say(texts.text("demo", "done", lang))
    return 1 if failed else 0


def _say(text: str) -> None:
    click.echo(text, err=True)
