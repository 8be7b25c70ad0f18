"""The engagement index's numbers: FindContent among ten million, Updates of a thousand, who hears of a change when."""

import random
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import psycopg

from gateway.simulate import catalogue
from gateway.simulate.country import producers
from gateway.simulate.plan import Plan
from gateway.storage import engagements
from gateway.storage.direct import Database
from gateway.storage.engagements import Wanted
from gateway.storage.engine import connect
from gateway.storage.place import libpq_url

from . import index_bed as bed
from .caller import BenchError, Caller
from .figures import median, percentile
from .processes import Process

_STORED, _FOUND = b"ResultCode>OK<", b"<engagement>"
_ENGAGEMENTS = 1_000  # in an Update
_PATIENCE = 10.0  # seconds


class Measured(NamedTuple):
    """One number.

    Attributes:
        milliseconds: of each time.
        share: the percentile that has to keep the limit; 100 for the worst.
        limit: milliseconds.
        cpu_ms: CPU of the gateway, or of this process, each time.
        server_ms: the same of PostgreSQL, 0 with SQLite.
    """

    name: str
    milliseconds: Sequence[float]
    share: int
    limit: float
    cpu_ms: float = 0.0
    server_ms: float = 0.0


def large(folder: Path, count: int, questions: int, updates: int) -> list[Measured]:
    """FindContent and Update on PostgreSQL with so many engagements."""
    with bed.postgresql(bed.plan(max(1_000, int(count / bed.ENGAGEMENTS_EACH)))) as filled:
        rate = f"filled with {filled.rows:,} engagements in {filled.seconds:.0f} s"
        print(rate, file=sys.stderr)
        found = [_store(filled, questions)]
        with bed.gateways(folder, filled.url) as (gateway,):
            found.append(_soap(filled, gateway, questions))
            found += _updates(filled, gateway, updates, "PostgreSQL")
    return found


def embedded(folder: Path, updates: int, persons: int = 50_000) -> list[Measured]:
    """Update on SQLite."""
    filled = bed.sqlite(folder, bed.plan(persons))
    with bed.gateways(folder, filled.url) as (gateway,):
        return _updates(filled, gateway, updates, "SQLite")


def shared(folder: Path, rounds: int) -> list[Measured]:
    """How soon two gateways on one PostgreSQL know what a third was told, and what was published."""
    small, wide = bed.plan(1_000, 5), bed.plan(1_000, 6)
    with bed.postgresql(small) as filled, bed.gateways(folder, filled.url, 3) as (first, *others):
        told = [took for number in range(rounds) for took in _told(filled, first, others, number)]
        published = [took for number in range(rounds) for took in _published(filled, others, small, wide, number)]
    return [
        Measured("two gateways find what a third was told (Update)", told, 100, 1_000),
        Measured("two gateways route by a new publication", published, 100, 1_000),
    ]


def _store(filled: bed.Filled, questions: int) -> Measured:
    database, took = Database(filled.url), []
    _look_at_the_plan(filled)
    wanted = [Wanted(row.person, row.service_domain) for row in _chosen(filled, questions)]
    cpu, server = time.process_time(), filled.server_cpu()
    for each in wanted:
        started = time.perf_counter()
        found = engagements.find(database, each)
        took.append((time.perf_counter() - started) * 1000)
        if not found:
            raise BenchError(f"nothing found for {each.service_domain}")
    cpu, server = time.process_time() - cpu, filled.server_cpu() - server
    database.close()
    each = 1000 / questions
    return Measured(f"FindContent at the store, of {filled.rows:,}", took, 99, 5, cpu * each, server * each)


def _look_at_the_plan(filled: bed.Filled) -> None:
    """The question has to be answered by the key alone."""
    (row,) = _chosen(filled, 1)
    wanted = "SELECT * FROM engagement WHERE registered_resident_identification = %s AND service_domain = %s"
    with psycopg.connect(libpq_url(filled.url)) as connection:
        told = connection.execute(f"EXPLAIN {wanted}", (row.person, row.service_domain)).fetchall()
    if "engagement_pkey" not in str(told) or "Seq Scan" in str(told):
        raise BenchError(f"the index is not used: {told}")


def _soap(filled: bed.Filled, gateway: Process, questions: int) -> Measured:
    messages = [bed.find_content(row.person, row.service_domain) for row in _chosen(filled, questions, 2)]
    with Caller(gateway.port) as caller:
        for message in messages[:100]:
            bed.ask(caller, message, _FOUND)
        cpu, server = gateway.cpu_seconds(), filled.server_cpu()
        took = [bed.ask(caller, message, _FOUND)[1] for message in messages]
        cpu, server = gateway.cpu_seconds() - cpu, filled.server_cpu() - server
    each = 1000 / questions
    return Measured(f"FindContent over SOAP, of {filled.rows:,}", took, 99, 5, cpu * each, server * each)


def _updates(filled: bed.Filled, gateway: Process, updates: int, where: str) -> list[Measured]:
    """News of engagements that are there, and engagements that are not there yet."""
    news = [_thousand(filled, number, "20270101000000") for number in range(updates)]
    new = [_thousand(filled, number, "20270101000000", "NY") for number in range(updates)]
    found = []
    with Caller(gateway.port) as caller:
        bed.ask(caller, _thousand(filled, updates, "20270101000000"), _STORED)
        for name, messages in (("changed", news), ("new", new)):
            cpu, server = gateway.cpu_seconds(), filled.server_cpu()
            took = [bed.ask(caller, message, _STORED)[1] for message in messages]
            each = 1000 / updates
            cpu, server = (gateway.cpu_seconds() - cpu) * each, (filled.server_cpu() - server) * each
            found.append(Measured(f"Update of {_ENGAGEMENTS:,} {name}, {where}", took, 50, 150, cpu, server))
    return found


def _thousand(filled: bed.Filled, number: int, content: str, known_as: str = "NA") -> bytes:
    """A message about neighbours: a thousand engagements, none of them in another message."""
    first = number * _ENGAGEMENTS % (filled.people.count - _ENGAGEMENTS + 1)
    return bed.update(filled.people, range(first, first + _ENGAGEMENTS), content, _ENGAGEMENTS, known_as)


def _told(filled: bed.Filled, first: Process, others: Sequence[Process], number: int) -> list[float]:
    content = f"2027{datetime.now():%m%d}{number:06d}"
    row = filled.people.rows(number)[0]
    message = bed.find_content(row.person, row.service_domain)
    with Caller(first.port) as caller:
        bed.ask(caller, bed.update(filled.people, range(number, number + 1), content, 1), _STORED)
    started = time.perf_counter()
    return [_until(each, message, content.encode(), started, wanted=True) for each in others]


def _published(filled: bed.Filled, others: Sequence[Process], small: Plan, wide: Plan, number: int) -> list[float]:
    """The sixth producer comes and goes: what is sent to it has a route (VP007, not permitted), or none (VP004)."""
    wanted = wide if number % 2 == 0 else small
    engine = connect(filled.url)
    catalogue.publish(engine, wanted, catalogue.flat(wanted, filled.scene.contracts, bed.SETTINGS))
    engine.dispose()
    started = time.perf_counter()
    message = bed.unpermitted(producers(wide)[5].address)
    return [_until(each, message, b"VP004 ", started, wanted=wanted is small) for each in others]


def _until(gateway: Process, message: bytes, text: bytes, started: float, *, wanted: bool) -> float:
    """Milliseconds until a gateway's answer holds a text, or does not."""
    with Caller(gateway.port) as caller:
        while (text in caller.ask(message).body) is not wanted:
            if time.perf_counter() - started > _PATIENCE:
                raise BenchError(f"{gateway.name} has not heard of the change after {_PATIENCE:g} s")
            time.sleep(0.002)
    return (time.perf_counter() - started) * 1000


def _chosen(filled: bed.Filled, count: int, seed: int = 1) -> list[bed.Row]:
    """Engagements of so many persons, by chance."""
    chance = random.Random(seed)
    return [filled.people.rows(chance.randrange(filled.people.count))[0] for _ in range(count)]


def rows(found: Sequence[Measured]) -> list[dict[str, str | float | None]]:
    """For the table."""
    return [
        {
            "what": each.name,
            "times": len(each.milliseconds),
            "p50_ms": median(each.milliseconds),
            "p99_ms": percentile(each.milliseconds, 99),
            "most_ms": max(each.milliseconds),
            "cpu_ms": each.cpu_ms,
            "server_ms": each.server_ms,
        }
        for each in found
    ]


def targets(found: Sequence[Measured]) -> list[dict[str, str | float | None]]:
    """The limits, and whether they are kept."""
    made = []
    for each in found:
        measured = percentile(each.milliseconds, each.share)
        what = {50: "at the median", 99: "p99", 100: "at most"}[each.share]
        verdict = "met" if measured < each.limit else "missed"
        limit, value = f"under {each.limit:,.0f} ms {what}", f"{measured:,.1f} ms"
        made.append({"target": each.name, "limit": limit, "measured": value, "verdict": verdict})
    return made
