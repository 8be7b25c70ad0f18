"""``gateway.consumers.ask``: a consumer's question, and what came back."""

import csv
import http.client
from typing import Any

import pytest
from gateway_samples import (
    AGGREGATE,
    NAMES,
    ROOT,
    TOLVAN,
    answer_message,
    body_of,
    contract,
    envelope,
    record,
    response_element,
    soap_fault,
)
from lxml import etree

from gateway.aggregator.outcome import Failure, Outcome
from gateway.aggregator.status import Status
from gateway.consumers.ask import PERSONNUMMER, SourceStatus, ask, id_type, question
from gateway.soap.head import MessageError, scan

with (ROOT / "fixtures" / "persons.csv").open(encoding="utf-8", newline="") as file:
    PERSONS = [(row["patient_id"], row["id_type"]) for row in csv.DictReader(file, delimiter=";")]


@pytest.mark.parametrize(("person", "kind"), sorted({kind: (person, kind) for person, kind in PERSONS}.values()))
def test_each_kind_of_test_person_is_known(person: str, kind: str) -> None:
    assert id_type(person) == kind


def test_all_test_persons_are_asked_about_by_their_own_kind_of_id() -> None:
    assert [person for person, kind in PERSONS if id_type(person) != kind] == []


@pytest.mark.parametrize(
    ("person", "kind"),
    [
        ("191212121212", "1.2.752.129.2.1.3.1"),
        ("197010312391", "1.2.752.129.2.1.3.1"),
        ("197010612391", "1.2.752.129.2.1.3.3"),
        ("197010912391", "1.2.752.129.2.1.3.3"),
        ("200001012AB1", "1.2.752.74.9.1"),
        ("992026019604", "1.2.752.97.3.1.3"),
    ],
)
def test_kinds_of_person_ids(person: str, kind: str) -> None:
    """RIV-TA code systems: personnummer, samordningsnummer (day + 60), national and Stockholm's reserve numbers."""
    assert id_type(person) == kind


@pytest.mark.parametrize("name", NAMES)
def test_a_question_is_valid_and_about_the_person_only(name: str) -> None:
    message = question(contract(name), TOLVAN, AGGREGATE)
    contract(name).schema.assertValid(etree.fromstring(etree.tostring(body_of(message))))
    assert body_of(message).findtext(contract(name).patient) == TOLVAN
    head = scan(message, whole=True)
    assert (head.logical_address, head.contract) == (AGGREGATE, contract(name).descriptor.responder)
    values = [each.text for each in body_of(message).iter(etree.Element) if len(each) == 0]
    assert sorted(map(str, values)) == sorted([TOLVAN, PERSONNUMMER])


def test_an_address_with_special_characters() -> None:
    assert scan(question(contract("GetCarePlans"), TOLVAN, "A&<B>")).logical_address == "A&<B>"


class Connection:
    """Stands in for the standard library's connection."""

    def __init__(self, answer: bytes | Exception) -> None:
        self.answer, self.closed = answer, False
        self.made: tuple[Any, ...] = ()
        self.sent: tuple[Any, ...] = ()

    def __call__(self, host: str, port: int, timeout: float) -> "Connection":
        self.made = (host, port, timeout)
        return self

    def request(self, *sent: Any) -> None:
        self.sent = sent
        if isinstance(self.answer, Exception):
            raise self.answer

    def getresponse(self) -> "Connection":
        return self

    def read(self) -> bytes:
        assert isinstance(self.answer, bytes)
        return self.answer

    def close(self) -> None:
        self.closed = True


def asked(
    monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception, url: str = "http://h:81/vp"
) -> tuple[Any, Connection]:
    connection = Connection(answer)
    monkeypatch.setattr(http.client, "HTTPConnection", connection)
    known = contract("GetFixedContacts")
    reply = ask(url, known, TOLVAN, sender="S", instance_id="I", logical_address="A", timeout=3.0)
    return reply, connection


def test_the_request_names_consumer_and_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """RIV-TA Basic Profile 2.1 #15: SOAPAction is the responder namespace, a colon and the operation, in quotes."""
    _, connection = asked(monkeypatch, answer_message("GetFixedContacts"))
    method, path, body, headers = connection.sent
    assert (connection.made, method, path) == (("h", 81, 3.0), "POST", "/vp")
    assert body == question(contract("GetFixedContacts"), TOLVAN, "A")
    responder = contract("GetFixedContacts").descriptor.responder
    assert headers["SOAPAction"] == f'"{responder}:GetFixedContacts"'
    assert headers["Content-Type"] == "text/xml; charset=UTF-8"
    assert (headers["x-vp-sender-id"], headers["x-vp-instance-id"]) == ("S", "I")
    assert headers["x-rivta-original-serviceconsumer-hsaid"] == "S"
    assert len(headers["x-skltp-correlation-id"]) == 36
    assert connection.closed


def test_an_address_without_port_and_path(monkeypatch: pytest.MonkeyPatch) -> None:
    _, connection = asked(monkeypatch, answer_message("GetFixedContacts"), "http://h")
    assert (connection.made[:2], connection.sent[1]) == (("h", 80), "/")


def test_an_answer_of_the_aggregating_service(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [Outcome("A"), Outcome("B", failure=Failure("fault", "x"))]
    status = Status("prov", national=True).render(outcomes, "20250501120000")
    message = envelope(response_element("GetFixedContacts", record("GetFixedContacts", "A", "1")), status)
    reply, _ = asked(monkeypatch, message)
    assert reply.refused is None
    assert reply.statuses == (
        SourceStatus("A", "DataFromSource"),
        SourceStatus("B", "NoDataSynchFailed", "500", "x"),
    )
    assert len(reply.response) == 1
    assert reply.seconds >= 0


def test_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    reply, _ = asked(monkeypatch, soap_fault("VP004 [x] Det finns inget vägval"))
    assert reply.refused == ("Server", "VP004 [x] Det finns inget vägval")
    assert reply.statuses == ()


@pytest.mark.parametrize("answer", [b"", b"hej", b"<a/>"])
def test_what_is_not_soap(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    with pytest.raises(MessageError):
        asked(monkeypatch, answer)


def test_no_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConnectionRefusedError):
        asked(monkeypatch, ConnectionRefusedError(111, "Connection refused"))


@pytest.mark.parametrize(
    "error", [http.client.BadStatusLine("oj"), http.client.IncompleteRead(b"x"), http.client.InvalidURL("x")]
)
def test_a_gateway_that_does_not_speak_http(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """For the caller it is the same thing: no contact with a gateway."""
    with pytest.raises(OSError, match="not HTTP"):
        asked(monkeypatch, error)
