"""Faults of sources and of the index, each over a real connection where that matters."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

import pytest
from aggregated import ask, good, identities, statuses, world
from gateway_parts import Bench, Scripted
from gateway_samples import (
    AGGREGATE,
    answer_message,
    contracts,
    envelope,
    fault_of,
    question,
    record,
    request,
    snapshot,
)

from gateway.aggregator.plan import Planner
from gateway.aggregator.service import Aggregator
from gateway.http.client import HttpClient
from gateway.message import Answer
from gateway.registry.engagements import Engagement, IndexFailure
from gateway.router.send import ProducerAnswer, Sender

NAME = "GetFixedContacts"
MODES = pytest.mark.parametrize("mode", ["strict", "national"])


@pytest.mark.sockets
@MODES
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_producer_that_is_cut_off_in_the_middle_of_its_answer(mode: str, kept: float) -> None:
    """Half an answer is none, and nobody else's records suffer."""
    whole = answer_message(NAME, *(record(NAME, "B", f"B{number}") for number in range(20)))

    def server(body: bytes, length: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"</soapenv:Envelope>")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: %d\r\n\r\n%b" % (length, body))
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        return serve

    async def run() -> Answer:
        fine = good("A", "A1", "A2").body
        sound = await asyncio.start_server(server(fine, len(fine)), "127.0.0.1", 0)
        broken = await asyncio.start_server(server(whole[: int(len(whole) * kept)], len(whole)), "127.0.0.1", 0)
        async with broken, sound:
            routes = {
                source: f"http://127.0.0.1:{each.sockets[0].getsockname()[1]}/vp"
                for source, each in (("A", sound), ("B", broken))
            }
            answers: dict[str, Scripted] = {"A": good("A"), "B": good("B")}
            found = world(answers, routes=routes, mode=mode)
            settings = found.router.settings
            client = HttpClient.of(settings)
            found.router.handlers["http"] = Sender(client, settings)
            answer = await found.router.handle(request(question()))
            await client.close()
            await asyncio.sleep(0.02)  # until the connections have been closed
            return answer

    answer = asyncio.run(run())
    assert answer.status == 200
    assert identities(answer.body) == ["A1", "A2"]
    row = statuses(answer.body)["B"]
    # The national router takes what has come for the answer; its aggregating service cannot parse that.
    assert (row["statusCode"], row["code"]) == ("NoDataSynchFailed", "43000" if mode == "national" else "503")


@MODES
def test_ten_thousand_records_from_one_producer(mode: str) -> None:
    """All of them come through, and those of the others."""
    many = answer_message(NAME, *(record(NAME, "B", f"B{number}") for number in range(10_000)))
    answers: dict[str, Scripted] = {"A": good("A", "A1"), "B": ProducerAnswer(200, [], many), "C": good("C", "C1")}
    answer = ask(world(answers, mode=mode))
    assert identities(answer.body) == ["A1", *(f"B{number}" for number in range(10_000)), "C1"]
    assert {row["statusCode"] for row in statuses(answer.body).values()} == {"DataFromSource"}


class _Broken:
    """An index without an answer."""

    def __init__(self, failure: IndexFailure) -> None:
        self._failure = failure

    async def ask(self, person: str, service_domain: str, categorizations: Collection[str]) -> list[Engagement]:
        raise self._failure


def without_index(mode: str, failure: IndexFailure) -> Bench:
    found = world({"A": good("A", "A1")}, mode=mode)
    national = mode == "national"
    planner = Planner(contracts(), _Broken(failure), found.router.snapshot, AGGREGATE, national=national)
    found.router.handlers["aggregate"] = Aggregator(found.router, planner)
    return found


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("down", "Connection refused"),
        ("timeout", "Read timed out"),
        ("fault", "Invalid Id: EI:INV_ID"),
    ],
)
def test_an_index_without_an_answer_is_a_fault(kind: str, text: str) -> None:
    """National AgP, outcomes: HTTP 500 with the index's own fault, or what its client says."""
    found = without_index("national", IndexFailure(kind, text, "why"))
    answer = ask(found)
    assert answer.status == 500
    assert fault_of(answer.body)[1] == text
    assert found.client.sent == []


@pytest.mark.parametrize("kind", ["down", "timeout"])
def test_strict_mode_says_that_it_is_the_index(kind: str) -> None:
    answer = ask(without_index("strict", IndexFailure(kind, "Connection refused", "no such database")))
    assert answer.status == 500
    text = fault_of(answer.body)[1]
    assert text.startswith("EI000: A technical error has occurred")
    assert "no such database" in text


@MODES
@pytest.mark.parametrize("body", ["", " ", "<!-- inget -->"])
def test_an_empty_body_is_an_answer_nationally(mode: str, body: str) -> None:
    """National AgP, merge: an empty Body counts as OK. Basic Profile 2.1 #7 demands an element in it."""
    found = world({"A": ProducerAnswer(200, [], envelope(body)), "B": good("B", "1")}, mode=mode)
    answer = ask(found)
    assert identities(answer.body) == ["1"]
    expected = "DataFromSource" if mode == "national" else "NoDataSynchFailed"
    assert [row["statusCode"] for row in statuses(answer.body).values()] == [expected, "DataFromSource"]
    two = ProducerAnswer(200, [], envelope(answer_body(good("B", "1").body) * 2))
    assert statuses(ask(world({"A": two}, mode=mode)).body)["A"]["statusCode"] == "NoDataSynchFailed"


def answer_body(message: bytes) -> str:
    """What stands in an answer's Body."""
    return message.decode().partition("Body>")[2].rpartition("</soapenv:Body")[0]


def test_nationally_an_answer_may_be_checked_too() -> None:
    """National AgP, outcomes: schema validation on, a bad answer is told as 43000 with the validator's message."""
    bad = record(NAME, "A", "1").replace("20240501120000", "1895")
    answers = {"A": ProducerAnswer(200, [], answer_message(NAME, bad)), "B": good("B", "1")}
    answer = ask(world(answers, mode="national", validate="both"))  # type: ignore[arg-type]
    assert identities(answer.body) == ["1"]
    row = statuses(answer.body)["A"]
    assert (row["statusCode"], row["code"], row["causingAgent"]) == (
        "NoDataSynchFailed",
        "43000",
        "virtualization_platform",
    )
    assert "'1895'" in row["text"]


@MODES
def test_what_all_filters_stop_is_an_empty_answer(mode: str) -> None:
    """National AgP, outcomes: without a catalogue (the service's own, without file) every hit is filtered, HTTP 200."""
    found = world({"A": good("A", "1"), "B": good("B", "1")}, mode=mode)
    aggregator = found.router.handlers["aggregate"]
    assert isinstance(aggregator, Aggregator)
    aggregator._planner.replace(snapshot())
    answer = ask(found)
    assert (answer.status, found.client.sent, identities(answer.body)) == (200, [], [])
    assert list(statuses(answer.body)) == ([] if mode == "national" else ["A", "B"])
    assert answer.headers == [
        (b"content-type", b"text/xml; charset=UTF-8"),
        (b"x-skltp-correlation-id", dict(answer.headers)[b"x-skltp-correlation-id"]),
    ]
