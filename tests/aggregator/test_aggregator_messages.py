"""Aggregated questions in other encodings, profiles and wrappings: the sources get plain BP 2.1 in UTF-8."""

import base64
import gzip
from typing import Any

import pytest
from aggregated import good, identities, url, world
from gateway_parts import Bench, Scripted
from gateway_samples import (
    AGGREGATE,
    address_header,
    answer_message,
    envelope,
    fault_of,
    headers,
    permission,
    question,
    record,
    request,
    request_element,
    responder,
    route,
)
from lxml import etree

from gateway.message import Answer
from gateway.registry.snapshot import Snapshot
from gateway.router.send import ProducerAnswer
from gateway.soap import ns
from gateway.soap.head import scan

NAME = "GetFixedContacts"
MODES = pytest.mark.parametrize("mode", ["national", "strict"])
TO = f'<wsa:To xmlns:wsa="{ns.WSA}">{AGGREGATE}</wsa:To>'


def ask(found: Bench, body: bytes, *sent: tuple[str, str]) -> Answer:
    return found.handle(request(body, [*headers(), *((name.encode(), value.encode()) for name, value in sent)]))


def told(found: Bench) -> tuple[str | None, str | None]:
    """Profile and address that the only source was asked with, strictly read as UTF-8."""
    (sent,) = found.client.sent
    assert sent.header("content-type") == ["text/xml;charset=UTF-8"]
    head = scan(sent.body, "UTF-8", whole=True)
    return head.profile, head.logical_address


def one(answer: Scripted | None = None, **settings: Any) -> Bench:
    return world({"A": answer or good("A", "1")}, **settings)


@MODES
@pytest.mark.parametrize(
    ("encoding", "label"),
    [("iso-8859-1", "ISO-8859-1"), ("utf-16", "UTF-16LE"), ("windows-1252", "windows-1252")],
)
def test_the_merged_answer_is_in_the_consumers_encoding(encoding: str, label: str, mode: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{question().decode()}'
    found = one(mode=mode)
    answer = ask(found, text.encode(encoding))
    assert told(found) == (ns.BP21, "A")
    assert dict(answer.headers)[b"content-type"] == f"text/xml; charset={label}".encode()
    assert identities(answer.body.decode(label).encode()) == ["1"]
    assert "Åsa Öberg" in answer.body.decode(label)


@MODES
def test_a_question_in_bp_2_0(mode: str) -> None:
    found = one(mode=mode)
    assert identities(ask(found, envelope(request_element(NAME), TO)).body) == ["1"]
    assert told(found) == (ns.BP21, "A")


@MODES
@pytest.mark.parametrize("header", [TO, address_header(AGGREGATE)])
def test_a_source_that_speaks_bp_2_0(header: str, mode: str) -> None:
    found = one(mode=mode)
    found.router.snapshot = Snapshot(
        [route(AGGREGATE, NAME, "aggregate:"), route("A", NAME, url("A"), profile="rivtabp20")],
        [permission(AGGREGATE, NAME), permission("A", NAME)],
    )
    assert identities(ask(found, envelope(request_element(NAME), header)).body) == ["1"]
    assert told(found) == (ns.BP20, "A")


@MODES
@pytest.mark.parametrize("headers", [TO + address_header(AGGREGATE), address_header(AGGREGATE) + TO, TO * 2 + TO])
def test_of_several_addresses_only_the_new_one_is_left(headers: str, mode: str) -> None:
    """The router goes by the last one; a source that reads the first must not take the question for somebody else's."""
    found = one(mode=mode)
    assert ask(found, envelope(request_element(NAME), headers)).status == 200
    assert told(found) == (ns.BP21, "A")
    (sent,) = found.client.sent
    assert AGGREGATE.encode() not in sent.body
    assert sent.body.count(b"LogicalAddress>") == 1


def test_an_address_in_an_address() -> None:
    """Only the national router takes the inner one; what is around it stays as it was."""
    found = one(mode="national")
    assert ask(found, envelope(request_element(NAME), f"<To>x<To>{AGGREGATE}</To></To>")).status == 200
    assert b"<To>x<LogicalAddress" in found.client.sent[0].body


def test_an_address_that_only_the_national_router_knows() -> None:
    found = one(mode="national")
    header = f"<LogicalAddress>{AGGREGATE}</LogicalAddress>"
    assert identities(ask(found, envelope(request_element(NAME), header)).body) == ["1"]
    assert told(found) == (ns.BP21, "A")


def test_a_compressed_question() -> None:
    found = one()
    assert identities(ask(found, gzip.compress(question()), ("content-encoding", "gzip")).body) == ["1"]
    assert told(found) == (ns.BP21, "A")
    assert found.client.sent[0].header("content-encoding") == []


def test_a_question_with_attachments() -> None:
    found = one()
    body = b"--b\r\nContent-Type: text/xml\r\n\r\n" + question() + b"\r\n--b--"
    assert identities(ask(found, body, ("content-type", "multipart/related; boundary=b")).body) == ["1"]
    assert told(found) == (ns.BP21, "A")


def wrapped(message: bytes, more: str = "") -> ProducerAnswer:
    body = f"--b\r\nContent-Type: text/xml\r\n\r\n{message.decode()}{more}\r\n--b--".encode()
    return ProducerAnswer(200, [(b"content-type", b"multipart/related; boundary=b")], body)


INCLUDE = b'<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:bild%40x"/>'
RECORDS = answer_message(NAME, record(NAME, "A", "1"))


@MODES
def test_sources_that_compress_or_wrap_their_answers(mode: str) -> None:
    packed = ProducerAnswer(200, [(b"content-encoding", b"gzip")], gzip.compress(RECORDS))
    assert identities(ask(one(packed, mode=mode), question(), ("accept-encoding", "gzip")).body) == ["1"]
    assert identities(ask(one(wrapped(RECORDS), mode=mode), question()).body) == ["1"]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            wrapped(RECORDS, '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:1"/>'),
            "not well-formed",
        ),
        (
            wrapped(RECORDS.replace(b"\xc3\x85sa", INCLUDE)),
            "the envelope refers to the attachment 'bild@x', which is not in the message",
        ),
        (ProducerAnswer(200, [(b"content-encoding", b"gzip")], gzip.compress(RECORDS)[:-4]), "ends too early"),
        (wrapped(RECORDS)._replace(body=b"--b"), "no closing delimiter"),
    ],
)
def test_what_cannot_be_merged_is_told(answer: ProducerAnswer, text: str) -> None:
    """Attachments have no place in a merged answer: what needs them is kept out rather than cut."""
    body = ask(one(answer), question()).body
    assert identities(body) == []
    assert text in body.decode()


@MODES
def test_an_attachment_that_nothing_refers_to_is_told_in_the_log(mode: str) -> None:
    """SOAP with Attachments: it has no place in a merged answer."""
    part = "\r\n--b\r\nContent-ID: <bild@x>\r\n\r\nå"
    found = one(wrapped(RECORDS, part), mode=mode)
    assert identities(ask(found, question()).body) == ["1"]
    told = {call.warning for action, call in found.events if action == "resp-in" and call.parent is not None}
    assert told == {"left behind, because nothing refers to it: attachment bild@x"}


@MODES
def test_an_attachment_is_put_where_the_answer_refers_to_it(mode: str) -> None:
    part = "\r\n--b\r\nContent-ID: <bild@x>\r\n\r\nÅsa Öberg"
    text = RECORDS.replace("Åsa Öberg".encode(), INCLUDE)
    answer = ask(one(wrapped(text, part), mode=mode), question())
    assert identities(answer.body) == ["1"]
    assert base64.b64encode("Åsa Öberg".encode()) in answer.body


SOAP12 = envelope(request_element(NAME), address_header(AGGREGATE), soap=ns.SOAP12)


def test_soap_12_is_refused_in_soap_12() -> None:
    """Strict mode answers whoever speaks SOAP 1.2 in it, and says why; nobody is asked."""
    found = one()
    answer = ask(found, SOAP12)
    assert (answer.status, dict(answer.headers)[b"content-type"]) == (400, b"application/soap+xml; charset=UTF-8")
    fault = etree.fromstring(answer.body).find(f"{{{ns.SOAP12}}}Body/{{{ns.SOAP12}}}Fault")
    assert fault is not None
    assert fault.findtext("*/{*}Value") == "env:Sender"
    assert (fault.findtext("{*}Reason/{*}Text") or "").startswith("VP015 ")
    assert "aggregated questions are asked in SOAP 1.1" in (fault.findtext("{*}Detail/detailString") or "")
    assert found.client.sent == []


def test_soap_12_is_refused_nationally_by_the_services_soap_stack() -> None:
    """National VP takes SOAP 1.2 and answers in 1.1; the aggregating service behind it has a SOAP 1.1 endpoint."""
    found = one(mode="national")
    answer = ask(found, SOAP12)
    assert (answer.status, dict(answer.headers)[b"content-type"]) == (500, b"text/xml; charset=UTF-8")
    told = "A SOAP 1.2 message is not valid when sent to a SOAP 1.1 only endpoint."
    assert fault_of(answer.body) == ("soap:VersionMismatch", told, "")
    assert found.client.sent == []


def test_another_element_of_the_contract_is_not_recognized_nationally() -> None:
    """National AgP, request flow: wrong root element."""
    found = one(mode="national")
    body = envelope(request_element(NAME).replace(f"q:{NAME}", "q:GetOthers"), address_header(AGGREGATE))
    tag = f"{{{responder(NAME)}}}GetOthers"
    told = f"Message part {tag} was not recognized.  (Does it exist in service WSDL?)"
    assert fault_of(ask(found, body).body) == ("soap:Client", told, "")
    assert fault_of(ask(one(), body).body)[1].startswith("VP015 ")
    assert found.client.sent == []
