"""``rivta demo``: everything once, for people who want to see it."""

import json
import sys
import time
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from gateway import data, texts
from gateway.cli import options
from gateway.settings import from_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.cli.platform import Platform
    from gateway.consumers.ask import Reply
    from gateway.consumers.people import Person
    from gateway.consumers.rules import View
    from gateway.contracts.contract import Contract
    from gateway.registry.catalogue import Catalogue, Consumer

CONSUMERS = ("1177", "npo")


@click.command()
@click.option("--patient", help="Another person than the demo's own.")
@options.output
@options.language
def command(patient: str | None, output: str, lang: str) -> int:
    """Start everything on free ports, ask all contracts as 1177 and as NPÖ about one person, print, stop."""
    from gateway.cli.platform import StartError, all_producers, free_offset
    from gateway.consumers.people import demo_person, find_person

    root, settings = data.root(), from_environment()
    person = find_person(root, patient) if patient else demo_person(root)
    if person is None:
        raise click.UsageError(f"{patient} is not in fixtures/persons.csv")
    started = time.perf_counter()
    try:
        offset = free_offset(settings.port, all_producers())
        _say(texts.text("demo", "starting", lang))
        with TemporaryDirectory(prefix="rivta-demo-") as folder, _platform(settings.port, offset, folder) as platform:
            _say(texts.text("demo", "ready", lang, seconds=f"{time.perf_counter() - started:.1f}"))
            return _ask_all(platform.url, person, output, lang)
    except StartError as error:
        raise click.ClickException(str(error)) from None


def _platform(port: int, offset: int, folder: str) -> "Platform":
    """All processes, with a database that is gone afterwards: what was published or kept before plays no part."""
    from gateway.cli.platform import Platform

    database = {"RIVTA_DATABASE_URL": f"sqlite:///{folder}/rivta.sqlite3", "RIVTA_CATALOGUE": "auto"}
    flags = ("--log", "error", "--log-format", "json")
    return Platform(port + offset, offset, gateway_flags=flags, environment=database)


def _ask_all(url: str, person: "Person", output: str, lang: str) -> int:
    from gateway.consumers.ask import ask
    from gateway.consumers.rules import apply
    from gateway.consumers.summary import answer_data, in_reading_order
    from gateway.contracts.contract import load_all
    from gateway.registry.catalogue import load_catalogue

    root, settings = data.root(), from_environment()
    contracts = load_all(root, settings.contracts_folder)
    catalogue = load_catalogue(root, contracts)
    show, answers, failed = _Show(catalogue, lang), [], 0
    for alias in CONSUMERS:
        caller = next(consumer for consumer in catalogue.consumers if consumer.alias == alias)
        if output == "text":
            show.heading(caller, person, settings.aggregate_address)
        for contract in _once(in_reading_order(contracts.aggregated())):
            reply = ask(
                url,
                contract,
                person.person_id,
                sender=caller.hsa_id,
                instance_id=settings.instance_id,
                logical_address=settings.aggregate_address,
            )
            failed += reply.refused is not None
            view = apply(alias, contract, reply.response)
            if output == "text":
                show.answer(contract, view, reply)
            else:
                answers.append(answer_data(contract, alias, view, reply))
    if output == "json":
        click.echo(json.dumps(answers, ensure_ascii=False, indent=2))
    _say(texts.text("demo", "done", lang))
    return 1 if failed else 0


def _once(contracts: "list[Contract]") -> "Iterator[Contract]":
    """Without those that ask the same as an earlier one in other words."""
    told: set[str] = set()
    for contract in contracts:
        if not told.intersection(row.contract for row in contract.descriptor.bridge):
            told.add(contract.key)
            yield contract


class _Show:
    """Prints the answers for people."""

    def __init__(self, catalogue: "Catalogue", lang: str) -> None:
        from gateway.consumers.table import Printer, console

        self._out, self._lang = console(sys.stdout), lang
        self._printer = Printer(self._out, lang, catalogue.name_of)

    def heading(self, caller: "Consumer", person: "Person", address: str) -> None:
        whom = f"{person.name} ({person.person_id})"
        self._out.rule(self._printer.text("asking", name=caller.name, address=address, person=whom), style="")
        self._out.print(getattr(caller, f"note_{self._lang}"), style="dim")
        self._out.print()

    def answer(self, contract: "Contract", view: "View", reply: "Reply") -> None:
        if reply.refused:
            self._out.print(self._printer.text("refused", text=reply.refused[1]))
        else:
            self._printer.answer(contract, view, reply)


def _say(text: str) -> None:
    click.echo(text, err=True)
