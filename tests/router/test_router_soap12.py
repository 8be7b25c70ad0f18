"""SOAP 1.2 on the way through the router: untouched, and refused in its own words in strict mode."""

from typing import Any

import pytest
from gateway_parts import Bench, Scripted, bench
from gateway_samples import (
    address_header,
    envelope,
    fault_of,
    headers,
    permission,
    question,
    request,
    request_element,
    route,
    soap_fault,
)
from lxml import etree

from gateway.message import Answer
from gateway.router.send import ProducerAnswer
from gateway.soap import ns

NAME, URL = "GetFixedContacts", "http://producer/vp"
LABEL = 'application/soap+xml; charset=UTF-8; action="urn:a"'
ENV = f"{{{ns.SOAP12}}}"


def message(address: str = "A", header: str | None = None) -> bytes:
    return envelope(request_element(NAME), address_header(address) if header is None else header, soap=ns.SOAP12)


def called(answer: Scripted | None = None, **settings: Any) -> Bench:
    answers = {URL: answer} if answer else {}
    return bench([route("A", NAME, URL), route("P", NAME, URL)], [permission("A", NAME)], answers, **settings)


def ask(found: Bench, body: bytes, label: str = LABEL) -> Answer:
    return found.handle(request(body, [*headers(), (b"content-type", label.encode())]))


def told(answer: Answer) -> tuple[int, str | None, str | None]:
    fault = etree.fromstring(answer.body).find(f"{ENV}Body/{ENV}Fault")
    assert fault is not None
    assert dict(answer.headers)[b"content-type"] == b"application/soap+xml; charset=UTF-8"
    reason = fault.findtext(f"{ENV}Reason/{ENV}Text", "")
    return answer.status, fault.findtext(f"{ENV}Code/{ENV}Value"), reason.partition(" ")[0]


def test_the_message_passes_untouched_with_its_content_type() -> None:
    """The Content-Type holds the action, which SOAP 1.2 has instead of the SOAPAction header."""
    found = called(ProducerAnswer(200, [(b"content-type", LABEL.encode())], b"<answer/>"))
    answer = ask(found, message())
    (sent,) = found.client.sent
    assert (sent.body, sent.header("content-type")) == (message(), [LABEL])
    assert (answer.body, dict(answer.headers)[b"content-type"]) == (b"<answer/>", LABEL.encode())


def test_in_national_mode_it_gets_the_usual_label() -> None:
    """National VP, headers sent: Content-Type is always that of SOAP 1.1, the action is lost."""
    found = called(mode="national")
    assert ask(found, message()).status == 200
    (sent,) = found.client.sent
    assert (sent.body, sent.header("content-type")) == (message(), ["text/xml;charset=UTF-8"])


@pytest.mark.parametrize("label", ["text/xml", "text/xml; charset=UTF-8", "application/xml"])
def test_with_another_content_type_there_is_nothing_to_keep(label: str) -> None:
    found = called()
    assert ask(found, message(), label).status == 200
    assert found.client.sent[0].header("content-type") == ["text/xml;charset=UTF-8"]


def test_in_another_encoding_the_label_follows() -> None:
    found = called(ProducerAnswer(200, [(b"content-type", LABEL.encode())], "<a>å</a>".encode()))
    answer = ask(found, message().decode().encode("utf-16"), LABEL.replace("UTF-8", "utf-16"))
    (sent,) = found.client.sent
    assert (sent.body, sent.header("content-type")) == (message(), [LABEL])
    assert dict(answer.headers)[b"content-type"] == LABEL.replace("UTF-8", "UTF-16").encode()
    assert answer.body.decode("utf-16") == "<a>å</a>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (message("Z"), (400, "env:Sender", "VP004")),
        (message(header=""), (400, "env:Sender", "VP003")),
        (message("P"), (500, "env:Receiver", "VP007")),
        (b"hej", (400, "env:Sender", "VP015")),
    ],
)
def test_refusals_are_in_soap_12(body: bytes, expected: tuple[int, str, str]) -> None:
    """SOAP 1.2 Part 2, table 20: 400 for the sender's mistakes, 500 for ours. What was not read goes by its label."""
    assert told(ask(called(), body)) == expected


def test_the_envelope_counts_more_than_the_label() -> None:
    assert told(ask(called(), message("Z"), "text/xml"))[0] == 400
    answer = ask(called(), question(address="Z"), LABEL)
    assert answer.status == 500
    assert fault_of(answer.body)[1].startswith("VP004 ")


def test_national_mode_answers_in_soap_11() -> None:
    """National VP, fault format: SOAP 1.1 always, HTTP status 500 always."""
    answer = ask(called(mode="national"), message("Z"))
    assert answer.status == 500
    assert fault_of(answer.body)[1].startswith("VP004 ")


@pytest.mark.parametrize("status", [400, 500])
def test_a_producers_soap_12_fault_passes_untouched(status: int) -> None:
    """The national router turns it into VP009, as everything that is not SOAP 1.1."""
    fault = soap_fault(soap=ns.SOAP12)
    given = ProducerAnswer(status, [(b"content-type", LABEL.encode())], fault)
    answer = ask(called(given), message())
    assert (answer.status, answer.body) == (status, fault)
    assert fault_of(ask(called(given, mode="national"), message()).body)[1].startswith("VP009 ")
    assert fault_of(ask(called(given), question(address="A")).body)[1].startswith("VP009 ")


@pytest.mark.parametrize(("status", "body"), [(404, soap_fault(soap=ns.SOAP12)), (500, b"<html/>"), (400, b"")])
def test_what_is_no_soap_12_fault_is_vp009(status: int, body: bytes) -> None:
    assert told(ask(called(ProducerAnswer(status, [], body)), message())) == (500, "env:Receiver", "VP009")
