"""Exchanges that real routers have made, and journals in a temporary folder."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gateway_parts import Bench, Scripted, Sent, bench
from gateway_samples import (
    AGGREGATE,
    answer_message,
    contracts,
    engagement,
    permission,
    question,
    record,
    request,
    route,
)

from gateway.aggregator.plan import Planner
from gateway.aggregator.service import Aggregator
from gateway.journal import models
from gateway.journal.collect import WANTED, Collector
from gateway.journal.exchange import Exchange
from gateway.journal.reader import Reader, Wanted
from gateway.journal.store import Store
from gateway.journal.writer import Journal
from gateway.message import Answer
from gateway.registry.engagements import EngagementIndex
from gateway.router.send import ProducerAnswer
from gateway.settings import Settings

NAME = "GetFixedContacts"
ANSWER = answer_message(NAME, record(NAME, "A", "1"))
ALL = Wanted()


def url(receiver: str) -> str:
    """Where a producer answers."""
    return f"http://{receiver.lower()}/vp"


def site(
    answers: dict[str, Scripted] | None = None,
    *,
    payloads: bool = False,
    collector: Collector | None = None,
    **settings: Any,
) -> tuple[Bench, Collector]:
    """A router with a collector: a route to every key of ``answers``, and an aggregated question to all of them."""
    given = {"A": ProducerAnswer(200, [], ANSWER)} if answers is None else answers
    found = bench(
        [route(AGGREGATE, NAME, "aggregate:"), *(route(each, NAME, url(each)) for each in given)],
        [permission(each, NAME) for each in (AGGREGATE, *given)],
        {url(each): answer for each, answer in given.items()},
        **settings,
    )
    router = found.router
    index = EngagementIndex([engagement(each) for each in given])
    planner = Planner(contracts(), index, router.snapshot, router.settings.aggregate_address)
    router.handlers["aggregate"] = Aggregator(router, planner)
    collector = Collector(payloads=payloads) if collector is None else collector
    router.events.subscribe(collector, WANTED)
    return found, collector


async def never(_sent: Sent) -> ProducerAnswer:
    """A producer that does not answer."""
    await asyncio.sleep(30)
    raise AssertionError("nobody waits so long")


def good(source: str) -> ProducerAnswer:
    """A source's answer with one record."""
    return ProducerAnswer(200, [], answer_message(NAME, record(NAME, source, f"{source}1")))


def ask(found: Bench, address: str = "A", **more: Any) -> Answer:
    """One call."""
    return found.handle(request(question(NAME, address=address), **more))


def gone(found: Bench, address: str) -> None:
    """A consumer that closes the connection while the call is under way."""

    async def leave() -> None:
        task = asyncio.create_task(found.router.handle(request(question(NAME, address=address))))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)

    asyncio.run(leave())


def exchanges(count: int, *, payloads: bool = False, size: int = 0) -> list[Exchange]:
    """So many exchanges with producer A; their answers have ``size`` bytes more."""
    answer = ProducerAnswer(200, [], ANSWER + b" " * size)
    found, collector = site({"A": answer}, payloads=payloads)
    for _ in range(count):
        ask(found)
    return collector.take(count)


def sqlite(folder: Path) -> str:
    """The URL of a journal in a folder."""
    return f"sqlite:///{folder / 'state' / 'journal.sqlite3'}"


def stored(folder: Path, found: Sequence[Exchange], **settings: Any) -> str:
    """The URL of a journal that holds these exchanges."""
    address = sqlite(folder)
    with_store(address, lambda store: store.add(found), **settings)
    return address


def with_store(address: str, work: Callable[[Store], object], **settings: Any) -> None:
    """Do something with a journal that exists, or is made."""
    engine = models.connect(address)
    try:
        models.prepare(engine)
        work(Store(engine, Settings(**settings)))
    finally:
        engine.dispose()


def with_reader(address: str, work: Callable[[Reader], Any]) -> Any:
    """What a reader finds."""
    engine = models.connect(address)
    try:
        return work(Reader(engine))
    finally:
        engine.dispose()


def ids(address: str, wanted: Wanted = ALL, limit: int = 1000) -> list[int]:
    """The ids of the exchanges in a journal, the newest first."""
    found: list[int] = with_reader(address, lambda reader: [entry.id for entry in reader.find(wanted, limit)])
    return found


def writing(address: str, said: list[tuple[str, str]], **settings: Any) -> Journal:
    """A journal that is started, and what it says."""
    chosen = {"journal": "on", "database_url": address, **settings}
    journal = Journal(Settings(**chosen), lambda level, text: said.append((level, text)))
    journal.start()
    return journal
