"""An aggregated question asks the index in the database, and says so when that gives no answer."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from gateway_parts import bench
from gateway_samples import (
    AGGREGATE,
    NAMES,
    answer_message,
    contract,
    contracts,
    fault_of,
    permission,
    record,
    request,
    route,
)
from gateway_samples import question as ask
from index_parts import EMPTY
from index_samples import INDEX, UPDATE, transaction, update

from gateway.aggregator.plan import Planner
from gateway.aggregator.service import Aggregator
from gateway.message import Answer
from gateway.platform.dispatch import Platform
from gateway.platform.index.stored import StoredIndex
from gateway.platform.index.wiring import IndexParts
from gateway.router.router import Router
from gateway.router.send import ProducerAnswer

NAME = NAMES[0]


def url_of(source: str) -> str:
    return f"http://{source.lower()}/vp"


def good(source: str) -> ProducerAnswer:
    return ProducerAnswer(200, [], answer_message(NAME, record(NAME, source, "1")))


class World:
    """An aggregating service and an index in a database, with two sources."""

    def __init__(self, url: str, folder: Path, **settings: Any) -> None:
        sources = ("SE-EN", "SE-TVÅ")
        routes = [route(AGGREGATE, NAME, "aggregate:"), route(INDEX, UPDATE, "platform:")]
        routes += [route(each, NAME, url_of(each)) for each in sources]
        permissions = [permission(each, NAME) for each in (AGGREGATE, *sources)] + [permission(INDEX, UPDATE)]
        found = bench(routes, permissions, {url_of(each): good(each) for each in sources}, **settings)
        self.router: Router = found.router
        (folder / "engagements.csv").write_text(EMPTY, "utf-8")
        self.stored = StoredIndex(url, folder / "engagements.csv", INDEX, self.router.settings.index_timeout)
        self.parts = IndexParts(self.router.settings, self.stored, self.router, contracts())
        platform = Platform()
        self.parts.offer(platform)
        national = self.router.settings.mode == "national"
        planner = Planner(contracts(), self.stored, self.router.snapshot, AGGREGATE, national=national)
        self.router.handlers.update(platform=platform, aggregate=Aggregator(self.router, planner))

    def calls(self, *bodies: bytes) -> list[Answer]:
        async def all_of_them() -> list[Answer]:
            try:
                return [await self.router.handle(request(body)) for body in bodies]
            finally:
                self.parts.stop()

        return asyncio.run(all_of_them())


def records(answer: Answer) -> int:
    assert answer.status == 200, answer.body
    return answer.body.count(b"<ns0:fixedContact>")


def test_an_update_changes_the_very_next_answer(database_url: str, tmp_path: Path) -> None:
    names = {"categorization": contract(NAME).descriptor.aggregate.categorization[0]}
    one, other = (transaction(logicalAddress=each, sourceSystem=each, **names) for each in ("SE-EN", "SE-TVÅ"))
    gone = transaction(True, logicalAddress="SE-EN", sourceSystem="SE-EN", **names)
    answers = World(database_url, tmp_path).calls(
        ask(NAME), update(one), ask(NAME), update(other), ask(NAME), update(gone), ask(NAME)
    )
    assert [records(answer) for answer in answers[::2]] == [0, 1, 2, 1]


@pytest.mark.parametrize(
    ("person", "national", "hint"),
    [
        ("EI:INV_ID", "Invalid Id: EI:INV_ID", "Kontrollera personens id"),
        ("EI:TIMEOUT", "Read timed out", "svarade inte i tid"),
    ],
)
def test_the_rehearsed_failures(tmp_path: Path, person: str, national: str, hint: str) -> None:
    """National AgP: the index's fault is passed on, a timeout is one of the client's; the answer is a fault."""
    url = f"sqlite:///{tmp_path / 'index.sqlite3'}"
    (answer,) = World(url, tmp_path, mode="national", index_timeout=0.05).calls(ask(NAME, person=person))
    assert answer.status == 500
    assert fault_of(answer.body)[:2] == ("soap:Server", national)
    (answer,) = World(url, tmp_path, index_timeout=0.05).calls(ask(NAME, person=person))
    assert fault_of(answer.body)[1].startswith("EI000: A technical error has occurred, error message: " + national)
    assert hint.encode() in answer.body


def test_an_index_that_cannot_be_reached(tmp_path: Path) -> None:
    (tmp_path / "fil").write_text("")
    url = f"sqlite:///{tmp_path / 'fil' / 'index.sqlite3'}"
    (answer,) = World(url, tmp_path, mode="national").calls(ask(NAME))
    assert fault_of(answer.body)[:2] == ("soap:Server", "Connection refused")
    (answer,) = World(url, tmp_path).calls(ask(NAME))
    assert fault_of(answer.body)[1].startswith("EI000: A technical error has occurred, error message: Connection refu")
    assert b"Engagemangsindex g\xc3\xa5r inte att n\xc3\xa5" in answer.body
    assert b"<g:code>EI000</g:code>" in answer.body
