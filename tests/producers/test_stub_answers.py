"""The usual answers of the stubs, and the questions they refuse."""

import asyncio
import time
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from lxml import etree
from structlog.testing import capture_logs
from stub_samples import (
    AGDA,
    CONTRACTS,
    MOCK1,
    MOCK2,
    NAMES,
    NOBODY,
    NORTH,
    SOUTH,
    TOLVAN,
    Exchange,
    app,
    ask,
    call,
    contract,
    document,
    fault_of,
    ids,
    question,
    record,
    verdicts,
    write_records,
)

from gateway.message import Request
from gateway.producers import stub as stub_module
from gateway.producers.answer import write
from gateway.producers.store import Shelf
from gateway.producers.stub import StubApp, refuse
from gateway.soap import ns


@pytest.fixture
def stub(tmp_path: Path) -> StubApp:
    return app(write_records(tmp_path))


def answered(name: str, exchange: Exchange) -> list[str | None]:
    """Record ids of an answer that is right in every way."""
    assert exchange.status == 200, exchange.body
    assert exchange.headers["content-type"] == "text/xml; charset=utf-8"
    assert verdicts(name, exchange.body) == (True, True)
    assert b' xmlns="' not in exchange.body
    return ids(name, exchange.body)


def ii_type(hsa_id: str) -> str:
    return f"<core:root>1.2.752.129.2.1.4.1</core:root><core:extension>{hsa_id}</core:extension>"


def only_the_first(name: str) -> dict[str, str]:
    """A condition that the first of the two records meets: its time, or its unit where nobody can ask by time."""
    if name == "GetCareManagers":
        return {"more": f"<q:careUnitId>{ii_type('U1')}</q:careUnitId>"}
    period = "datePeriod" if name == "GetCarePlans" else "validityPeriod"
    return {"more": f"<q:{period}><core:start>20240501</core:start><core:end>20240630</core:end></q:{period}>"}


def result(exchange: Exchange) -> dict[str, str | None]:
    known = contract("GetCarePlans")
    element = etree.fromstring(exchange.body).find(f".//{known.result_tag}")
    assert element is not None
    return {ns.local(str(child.tag)): child.text for child in element}


@pytest.mark.parametrize("name", NAMES)
class TestEveryContract:
    def test_everything_about_the_person_is_answered_in_order(self, stub: StubApp, name: str) -> None:
        assert answered(name, call(stub, question(name))) == ["N1", "N3"]
        assert answered(name, call(stub, question(name, person=AGDA))) == ["N2"]

    def test_the_records_say_what_the_file_says(self, stub: StubApp, name: str) -> None:
        body = etree.fromstring(call(stub, question(name)).body)
        held = etree.fromstring(document(name, record(name, TOLVAN, NORTH, "N1")).encode())[0]
        answer = next(body.iter(contract(name).record_tag))
        assert etree.tostring(answer, method="c14n", exclusive=True, with_tail=False) == etree.tostring(
            held, method="c14n", exclusive=True, with_tail=False
        )

    def test_records_bring_no_declarations_so_that_they_can_be_cut_by_bytes(self, stub: StubApp, name: str) -> None:
        body = call(stub, question(name)).body
        tag = ns.local(contract(name).record_tag).encode()
        assert body.count(b"<ns0:%b>" % tag) == body.count(b"</ns0:%b>" % tag) == 2

    def test_the_prefixes_of_the_file_do_not_matter(self, tmp_path: Path, name: str) -> None:
        root = write_records(tmp_path)
        path = root / "fixtures/records/north" / f"{contract(name).key}.xml"
        text = path.read_text("utf-8").replace("ns0:", "soapenv:").replace("xmlns:ns0", "xmlns:soapenv")
        path.write_text(text.replace("core:", "c:").replace("xmlns:core", "xmlns:c"), "utf-8")
        stub = app(root)
        assert answered(name, call(stub, question(name))) == ["N1", "N3"]
        assert answered(name, call(stub, question(name, **only_the_first(name)))) == ["N1"]

    def test_an_unknown_person_gives_an_empty_answer(self, stub: StubApp, name: str) -> None:
        assert answered(name, call(stub, question(name, person=NOBODY))) == []

    def test_a_producer_without_records_gives_an_empty_answer(self, stub: StubApp, name: str) -> None:
        assert answered(name, call(stub, question(name, address=SOUTH), 9103)) == []

    def test_mocks_share_a_port_and_answer_for_themselves_only(self, stub: StubApp, name: str) -> None:
        for address in (MOCK1, MOCK2):
            exchange = call(stub, question(name, address=address), 9160)
            assert answered(name, exchange) == ["M1"]
            assert address.encode() in exchange.body

    def test_a_care_unit_that_has_nothing(self, stub: StubApp, name: str) -> None:
        unit = "<q:careUnitHSAId>U9</q:careUnitHSAId>"
        ii = f"<q:careUnitId>{ii_type('U9')}</q:careUnitId>"
        plans = name == "GetCarePlans"
        asked = question(name, before=unit) if plans else question(name, more=ii)
        assert answered(name, call(stub, asked)) == []
        assert answered(name, call(stub, asked.replace("U9", "U2"))) == ["N3"]

    def test_a_condition_that_only_one_record_meets(self, stub: StubApp, name: str) -> None:
        assert answered(name, call(stub, question(name, **only_the_first(name)))) == ["N1"]

    def test_the_prefixes_of_the_request_do_not_matter(self, stub: StubApp, name: str) -> None:
        responder = contract(name).descriptor.responder
        plain = question(name).replace("<q:", "<").replace("</q:", "</")
        bare = plain.replace(f"<{name}>", f'<{name} xmlns="{responder}">')
        swapped = question(name).replace("soapenv:", "S:").replace("xmlns:soapenv", "xmlns:S")
        renamed = question(name).replace("core:", "ns7:").replace("xmlns:core", "xmlns:ns7")
        for text in (bare, swapped, renamed):
            assert answered(name, call(stub, text)) == ["N1", "N3"]

    def test_elements_newer_than_the_schema_are_ignored(self, stub: StubApp, name: str) -> None:
        more = '<x:newer xmlns:x="urn:example:newer">1</x:newer>'
        assert answered(name, call(stub, question(name, more=more))) == ["N1", "N3"]

    @pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
    def test_other_encodings_are_read(self, stub: StubApp, name: str, encoding: str) -> None:
        text = f'<?xml version="1.0" encoding="{encoding}"?>' + question(name)
        assert answered(name, call(stub, text.encode(encoding))) == ["N1", "N3"]

    def test_an_answer_costs_less_than_a_millisecond(self, tmp_path: Path, name: str) -> None:
        root = write_records(tmp_path)
        many = [record(name, TOLVAN, NORTH, str(number)) for number in range(30)]
        path = root / "fixtures/records/north" / f"{contract(name).key}.xml"
        path.write_text(document(name, *many), "utf-8")
        stub, asked = app(root), question(name)
        assert len(call(stub, asked).body) > 20_000
        assert asyncio.run(_seconds(stub, asked)) < 0.001


async def _seconds(stub: StubApp, asked: str) -> float:
    """CPU of one call, the least of several rounds."""
    rounds = []
    for _ in range(5):
        started = time.process_time()
        for _ in range(40):
            await ask(stub, asked)
        rounds.append((time.process_time() - started) / 40)
    return min(rounds)


class TestCarePlans:
    NAME = "GetCarePlans"
    SOURCE = f"<q:sourceSystemHSAId>{NORTH}</q:sourceSystemHSAId>"
    CONTACT = "<q:careContactId>N3-K</q:careContactId>"

    def test_the_result_is_ok_with_a_log_id_of_its_own(self, stub: StubApp) -> None:
        first, second = (result(call(stub, question(self.NAME))) for _ in range(2))
        assert first.keys() == {"resultCode", "logId"}
        assert first["resultCode"] == "OK"
        assert UUID(first["logId"]).version == 4
        assert first["logId"] != second["logId"]

    def test_the_result_stands_after_the_records(self, stub: StubApp) -> None:
        body = etree.fromstring(call(stub, question(self.NAME)).body)[1][0]
        assert [ns.local(str(child.tag)) for child in body] == ["carePlan", "carePlan", "result"]

    def test_the_addressed_source_system_may_be_named(self, stub: StubApp) -> None:
        for source in (self.SOURCE, self.SOURCE.replace("SE", "se")):
            assert answered(self.NAME, call(stub, question(self.NAME, more=source))) == ["N1", "N3"]

    def test_another_source_system_is_a_logical_error(self, stub: StubApp) -> None:
        exchange = call(stub, question(self.NAME, more=self.SOURCE.replace(NORTH, SOUTH)))
        assert answered(self.NAME, exchange) == []
        told = result(exchange)
        assert (told["resultCode"], told["errorCode"]) == ("ERROR", "INVALID_REQUEST")
        assert told["message"] == "Frågan gäller ett annat källsystem än det som den skickades till."
        assert UUID(told["logId"]).version == 4

    def test_a_care_contact_without_source_system_is_a_logical_error(self, stub: StubApp) -> None:
        exchange = call(stub, question(self.NAME, more=self.CONTACT))
        assert answered(self.NAME, exchange) == []
        told = result(exchange)
        assert told["errorCode"] == "INVALID_REQUEST"
        assert told["message"] == "Frågan nämner en vårdkontakt men inte källsystemet som har den."

    def test_a_care_contact_with_its_source_system_selects(self, stub: StubApp) -> None:
        assert answered(self.NAME, call(stub, question(self.NAME, more=self.SOURCE + self.CONTACT))) == ["N3"]
        unknown = self.CONTACT.replace("N3", "N9")
        assert answered(self.NAME, call(stub, question(self.NAME, more=self.SOURCE + unknown))) == []


@pytest.mark.parametrize("name", NAMES[:2])
def test_another_source_system_gives_an_empty_answer_without_result(stub: StubApp, name: str) -> None:
    more = f"<q:sourceSystemId>{ii_type(SOUTH)}</q:sourceSystemId>"
    exchange = call(stub, question(name, more=more))
    assert answered(name, exchange) == []
    assert b"result" not in exchange.body


def test_a_result_before_the_records_stays_there(tmp_path: Path) -> None:
    """No contract shipped has it so; the position is taken from the file, which the schema has judged."""
    known = contract("GetCarePlans")
    shelf = Shelf("ns0", {"ns0": known.descriptor.responder}, result_first=True)
    answer = write(known, shelf, [record("GetCarePlans", TOLVAN, NORTH, "1").encode()])
    assert answer.body.index(b"<ns0:result") < answer.body.index(b"<ns0:carePlan")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text[:300], "cannot be read as SOAP: not well-formed"),
        (lambda text: "<!DOCTYPE a>" + text, "DOCTYPE"),
        (lambda text: "hello", "cannot be read as SOAP"),
        (lambda text: "", "cannot be read as SOAP"),
        (lambda text: text.replace(ns.SOAP11, ns.SOAP12), "wrong SOAP version"),
        (lambda text: text.replace("r:LogicalAddress", "r:Address"), f"SOAP header. {NORTH} answers"),
        (lambda text: text.replace(NORTH, " "), "LogicalAddress is missing"),
        (lambda text: text.replace(NORTH, SOUTH), f"LogicalAddress is {SOUTH}, but {NORTH} answers here"),
        (lambda text: text.replace(NORTH, f" {NORTH}"), f"but {NORTH} answers here"),
        (lambda text: text.replace("q:GetFixedContacts>", "q:GetFixedContactsResponse>"), "is no request"),
        (lambda text: text.replace("FixedContactsResponder", "OtherResponder"), "GetCarePlans"),
        (lambda text: text.replace("</soapenv:Body>", "<q:a/></soapenv:Body>"), "element, found 2"),
        (lambda text: text.replace("patientId>", "personId>"), "line 3, GetFixedContacts/personId: Element"),
        (lambda text: text.replace("core:extension>", "core:ext>"), "GetFixedContacts/patientId/ext:"),
    ],
)
def test_refused_questions_say_what_is_wrong(stub: StubApp, change: object, expected: str) -> None:
    assert callable(change)
    with capture_logs() as log:
        told = fault_of(call(stub, change(question("GetFixedContacts"))))
    assert told.startswith("SOAP-ENV:Client | ")
    assert expected in told
    assert TOLVAN not in told + str(log)
    assert len(log) == 1
    assert log[0]["log_id"] in told


def test_what_was_expected_is_named_and_what_was_written_is_not(stub: StubApp) -> None:
    period = f"<q:validityPeriod>\n<core:start>{TOLVAN}</core:start></q:validityPeriod>"
    told = fault_of(call(stub, question("GetFixedContacts", more=period)))
    assert "line 5, GetFixedContacts/validityPeriod/start: Element" in told
    assert "rad 5" in told
    assert "not accepted by the pattern '(19|20)" in told
    assert TOLVAN not in told


def test_a_misplaced_element_is_pointed_at_among_its_like(stub: StubApp) -> None:
    kinds = "<q:fixedContactType/><q:fixedContactType>\n<core:odd/></q:fixedContactType>"
    told = fault_of(call(stub, question("GetFixedContacts", more=kinds)))
    assert "line 5, GetFixedContacts/fixedContactType/odd: Element" in told
    assert "Expected is one of" in told


def test_the_logical_address_ignores_case_and_may_be_of_basic_profile_2_0(stub: StubApp) -> None:
    text = question("GetFixedContacts")
    lower = text.replace(NORTH, NORTH.lower())
    to = text.replace("r:LogicalAddress", "wsa:To").replace("xmlns:r=", f'xmlns:wsa="{ns.WSA}" xmlns:r=')
    for asked in (lower, to):
        assert answered("GetFixedContacts", call(stub, asked)) == ["N1", "N3"]


def test_a_producer_does_not_answer_on_anothers_port(stub: StubApp) -> None:
    assert "LogicalAddress" in fault_of(call(stub, question("GetFixedContacts"), 9103))


def test_ports_may_be_moved(tmp_path: Path) -> None:
    stub = app(write_records(tmp_path), offset=10_000)
    assert answered("GetFixedContacts", call(stub, question("GetFixedContacts"), 19_101)) == ["N1", "N3"]


def test_what_the_server_refuses_is_a_fault_when_it_is_too_large() -> None:
    request = Request(b"POST", b"/", [], {}, b"", "127.0.0.1", 9101, "http", cast(asyncio.Transport, None))
    with capture_logs():
        answer = refuse(413, "the message is larger than …", request)
    assert answer.status == 413
    assert "Meddelandet är större än 15728640 byte.".encode() in answer.body
    assert refuse(400, "this is not HTTP", request).body == b"400 Bad Request: this is not HTTP\n"


def test_livez_answers_and_other_methods_do_not(stub: StubApp) -> None:
    alive = call(stub, b"", method="GET", path="/livez")
    assert (alive.status, alive.body) == (200, b"ok\n")
    assert call(stub, b"", method="GET", path="/livez?verbose").status == 200
    other = call(stub, b"", method="GET", path="/GetCarePlans/2/rivtabp21?wsdl")
    assert (other.status, other.headers["allow"]) == (405, "POST")
    assert "SOAP-anrop görs med POST".encode() in other.body


def test_an_error_of_ours_is_a_fault_without_details(stub: StubApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError(TOLVAN)

    monkeypatch.setattr(stub_module, "usual", broken)
    with capture_logs() as log:
        told = fault_of(call(stub, question("GetFixedContacts")))
    assert told.startswith("SOAP-ENV:Server | Internt fel i producenten (ValueError)")
    assert TOLVAN not in told + str(log)


def test_every_contract_has_records_in_the_samples() -> None:
    assert {known.descriptor.name for known in CONTRACTS.aggregated()} == set(NAMES)
