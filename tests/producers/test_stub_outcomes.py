"""Every outcome that a scenario can ask for, as a caller sees it."""

import asyncio
import socket
import struct
import time
from pathlib import Path
from typing import Any, cast

import pytest
from lxml import etree
from structlog.testing import capture_logs
from stub_samples import (
    CONTRACTS,
    MOCK1,
    NAMES,
    NOBODY,
    NORTH,
    PRODUCERS,
    SOUTH,
    TOLVAN,
    Exchange,
    Transport,
    app,
    call,
    contract,
    fault_of,
    ids,
    question,
    verdicts,
    write_records,
)

from gateway.message import Request
from gateway.producers import outcomes
from gateway.producers import stub as stub_module
from gateway.producers.outcomes import SOMEBODY_ELSE, repeated
from gateway.producers.scenarios import OUTCOMES, Scenario
from gateway.producers.store import load

ULLA = "198611062384"


def told(root: Path, name: str, outcome: str, *, person: str = TOLVAN, **fields: Any) -> Exchange:
    """The answer of the northern stub to a question about ``person`` when it behaves so."""
    row = Scenario(producer=NORTH, outcome=outcome, **fields)
    return call(app(write_records(root), row), question(name, person=person))


async def left(root: Path, outcome: str, delay: float = 0.0) -> Transport:
    """The connection of a caller who gives up after a tenth of a second."""
    transport = Transport()
    row = Scenario(producer=NORTH, outcome=outcome, delay_seconds=delay)
    request = Request(b"POST", b"/", [], {}, question("GetCarePlans").encode(), "", 9101, "http", cast(Any, transport))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(app(write_records(root), row)(request), 0.1)
    return transport


def result_code(exchange: Exchange) -> str | None:
    return etree.fromstring(exchange.body).findtext(".//{*}resultCode")


def people(name: str, exchange: Exchange) -> set[str | None]:
    known = contract(name)
    found = etree.fromstring(exchange.body).iter(known.record_tag)
    return {one.findtext(known.record["patient"]) for one in found}


def sources(name: str, exchange: Exchange) -> set[str | None]:
    known = contract(name)
    found = etree.fromstring(exchange.body).iter(known.record_tag)
    return {one.findtext(known.record["source_system"]) for one in found}


def test_every_outcome_is_played_somewhere() -> None:
    assert set(outcomes._WAYS) == set(OUTCOMES)


@pytest.mark.parametrize("name", NAMES)
class TestEveryContract:
    def test_fault(self, tmp_path: Path, name: str) -> None:
        with capture_logs() as log:
            text = fault_of(told(tmp_path, name, "fault", text="Invalid Id: åäö & <x>"))
        assert text.startswith("SOAP-ENV:Server | Invalid Id: åäö & <x> | Technical error in the source")
        assert log[0]["log_id"] in text
        assert "Tekniskt fel i källsystemet." in fault_of(told(tmp_path, name, "fault"))

    def test_slow(self, tmp_path: Path, name: str) -> None:
        started = time.monotonic()
        exchange = told(tmp_path, name, "slow", delay_seconds=0.15)
        assert 0.15 <= time.monotonic() - started < 2
        assert exchange.status == 200
        assert ids(name, exchange.body) == ["N1", "N3"]
        assert verdicts(name, exchange.body) == (True, True)

    def test_empty(self, tmp_path: Path, name: str) -> None:
        exchange = told(tmp_path, name, "empty")
        assert exchange.status == 200
        assert ids(name, exchange.body) == []
        assert verdicts(name, exchange.body) == (True, True)
        assert result_code(exchange) == ("OK" if name == "GetCarePlans" else None)

    def test_empty_body(self, tmp_path: Path, name: str) -> None:
        exchange = told(tmp_path, name, "empty-body")
        assert (exchange.status, exchange.body) == (200, b"")

    @pytest.mark.parametrize("person", [TOLVAN, NOBODY])
    def test_invalid(self, tmp_path: Path, name: str, person: str) -> None:
        exchange = told(tmp_path, name, "invalid", person=person)
        assert exchange.status == 200
        assert verdicts(name, exchange.body) == (False, False)
        assert len(ids(name, exchange.body)) == (2 if person == TOLVAN else 0)
        assert (b">1895<" in exchange.body) == (person == TOLVAN)

    @pytest.mark.parametrize("person", [TOLVAN, NOBODY])
    def test_malformed(self, tmp_path: Path, name: str, person: str) -> None:
        exchange = told(tmp_path, name, "malformed", person=person)
        assert exchange.status == 200
        assert exchange.body.startswith(b"<soapenv:Envelope")
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(exchange.body)

    @pytest.mark.parametrize(
        ("person", "other", "records"),
        [(ULLA, TOLVAN, 2), (NOBODY, TOLVAN, 2), (TOLVAN, ULLA, 2)],
    )
    def test_wrong_person(self, tmp_path: Path, name: str, person: str, other: str, records: int) -> None:
        exchange = told(tmp_path, name, "wrong-person", person=person)
        assert people(name, exchange) == {other}
        assert sources(name, exchange) == {NORTH}
        assert len(ids(name, exchange.body)) == records
        assert verdicts(name, exchange.body) == (True, True)

    def test_wrong_person_of_a_producer_that_holds_nothing(self, tmp_path: Path, name: str) -> None:
        row = Scenario(producer=SOUTH, outcome="wrong-person")
        exchange = call(app(write_records(tmp_path), row), question(name, address=SOUTH), 9103)
        assert ids(name, exchange.body) == []
        assert verdicts(name, exchange.body) == (True, True)

    def test_logical_error(self, tmp_path: Path, name: str) -> None:
        exchange = told(tmp_path, name, "logical-error", text="Frågan är för gammal.")
        assert exchange.status == 200
        assert ids(name, exchange.body) == []
        assert verdicts(name, exchange.body) == (True, True)
        assert result_code(exchange) == ("ERROR" if name == "GetCarePlans" else None)
        assert ("Frågan är för gammal.".encode() in exchange.body) == (name == "GetCarePlans")

    @pytest.mark.parametrize("count", [1, 2, 1000])
    def test_repeat(self, tmp_path: Path, name: str, count: int) -> None:
        exchange = told(tmp_path, name, "repeat", records=count)
        found = ids(name, exchange.body)
        assert found[:2] == ["N1", "N3"][:count]
        assert len(found) == count
        assert len(set(found)) == (count if contract(name).record["id"] else min(count, 2))  # else copies are alike
        assert people(name, exchange) == {TOLVAN}
        assert verdicts(name, exchange.body)[0]

    def test_repeat_of_nothing(self, tmp_path: Path, name: str) -> None:
        assert ids(name, told(tmp_path, name, "repeat", person=NOBODY, records=3).body) == []

    def test_http_error(self, tmp_path: Path, name: str) -> None:
        exchange = told(tmp_path, name, "http-error", text="Stängt & <låst>")
        assert exchange.status == 503
        assert exchange.headers["content-type"] == "text/html; charset=utf-8"
        assert "Stängt &amp; &lt;låst&gt;".encode() in exchange.body
        assert "Tjänsten är inte tillgänglig just nu.".encode() in told(tmp_path, name, "http-error").body

    @pytest.mark.parametrize("outcome", ["reset", "down"])
    def test_reset(self, tmp_path: Path, name: str, outcome: str) -> None:
        exchange = told(tmp_path, name, outcome)
        assert exchange.transport.aborted
        assert exchange.transport.options == [(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))]


def test_timeout_ends_at_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stub_module.PATIENCE == 120
    monkeypatch.setattr(stub_module, "PATIENCE", 0.05)
    assert told(tmp_path, "GetCarePlans", "timeout").transport.aborted


@pytest.mark.parametrize("outcome", ["fault", "empty", "http-error", "reset"])
def test_every_outcome_may_be_late(tmp_path: Path, outcome: str) -> None:
    started = time.monotonic()
    exchange = told(tmp_path, "GetCarePlans", outcome, delay_seconds=0.1)
    assert time.monotonic() - started >= 0.1
    assert exchange.transport.aborted == (outcome == "reset")


@pytest.mark.parametrize(("outcome", "delay"), [("timeout", 0.0), ("slow", 60.0), ("reset", 60.0)])
def test_a_caller_who_gives_up_ends_the_wait(tmp_path: Path, outcome: str, delay: float) -> None:
    assert not asyncio.run(left(tmp_path, outcome, delay)).aborted


def test_a_scenario_of_one_mock_leaves_the_others_alone(tmp_path: Path) -> None:
    stub = app(write_records(tmp_path), Scenario(producer=MOCK1, person=TOLVAN, outcome="empty"))
    assert ids("GetCarePlans", call(stub, question("GetCarePlans", address=MOCK1), 9160).body) == []
    other = question("GetCarePlans", address="SKLTP-MOCK02")
    assert ids("GetCarePlans", call(stub, other, 9160).body) == ["M1"]


def test_filters_count_for_repeated_records_too(tmp_path: Path) -> None:
    stub = app(write_records(tmp_path), Scenario(producer=NORTH, outcome="repeat", records=3))
    more = "<q:datePeriod><core:start>20240701</core:start><core:end>20240701</core:end></q:datePeriod>"
    found = ids("GetCarePlans", call(stub, question("GetCarePlans", more=more)).body)
    assert found == ["N3", "N3-2", "N3-3"]


def test_copies_keep_markup_in_ids_and_do_not_touch_the_rest(tmp_path: Path) -> None:
    served = write_records(tmp_path)
    known = contract("GetCarePlans")
    path = served / "fixtures/records/north/GetCarePlans_2.0.xml"
    path.write_text(path.read_text("utf-8").replace(">N1<", ">N&amp;1<"), "utf-8")
    shelf = load(served, CONTRACTS, PRODUCERS[:1]).shelf("north", known)
    first, second, third = repeated(shelf, shelf.of(NORTH, TOLVAN)[:1], known.record["id"], 3)
    assert first == shelf.of(NORTH, TOLVAN)[0]
    assert second == first.replace(b">N&amp;1<", b">N&amp;1-2<")
    assert third == first.replace(b">N&amp;1<", b">N&amp;1-3<")


def test_somebody_else_is_a_test_person_and_never_the_one_asked_about() -> None:
    assert len(set(SOMEBODY_ELSE)) == 2
