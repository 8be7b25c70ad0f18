"""Routed calls to a source that has another contract than the one asked with."""

import base64

import pytest
from bridge_parts import KRONOBERG, NATIONAL, PROPOSAL, Sources, answered, ask, asked, national_record, platform, url
from gateway_parts import Bench
from gateway_samples import (
    TOLVAN,
    answer_message,
    body_of,
    contract,
    fault_of,
    headers,
    permission,
    question,
    record,
    request,
    responder,
    snapshot,
    soap_fault,
)
from lxml import etree

from gateway.contracts.bridge import Bridges
from gateway.message import Answer
from gateway.router.producer import ProducerAnswer, ProducerError
from gateway.soap import ns

HINT = "{urn:rivta:gateway:1}hint"
PERIOD = "<q:validityPeriod><core:start>20250101</core:start></q:validityPeriod>"


def region(answer: object = None, **settings: object) -> Bench:
    """Kronoberg, which has the national contract only."""
    found = answered(NATIONAL, national_record(KRONOBERG)) if answer is None else answer
    return platform(Sources({(KRONOBERG, NATIONAL): found}), **settings)  # type: ignore[dict-item]


def records(answer: Answer) -> list[etree._Element]:
    assert answer.status == 200, answer.body
    child = etree.fromstring(etree.tostring(body_of(answer.body)))
    known = contract(PROPOSAL if child.tag == contract(PROPOSAL).response_tag else NATIONAL)
    assert known.schema.validate(child), known.schema.error_log
    return child.findall(known.record_tag)


def detail(answer: Answer) -> str:
    code, text, why = fault_of(answer.body)
    return f"{code} {text} {why}"


def test_the_source_is_asked_in_its_own_words_and_the_consumer_answered_in_its() -> None:
    found = region()
    answer = ask(found, PROPOSAL, KRONOBERG)
    (one,) = records(answer)
    assert one.tag == contract(PROPOSAL).record_tag
    assert one.findtext(contract(PROPOSAL).record["patient"]) == TOLVAN
    assert one.findtext(contract(PROPOSAL).record["approved"]) == "true"
    (sent,) = found.client.sent
    assert sent.url == url(KRONOBERG, NATIONAL)
    asked_with = etree.fromstring(etree.tostring(body_of(sent.body)))
    assert asked_with.tag == contract(NATIONAL).request_tag
    assert contract(NATIONAL).schema.validate(asked_with)
    assert KRONOBERG.encode() in sent.body
    assert b"coordinatedplanning" not in sent.body
    assert b"residentparticipation" not in etree.tostring(body_of(answer.body))
    assert (b"x-rivta-bridge", b"GetCareManagers_1.0") in answer.headers


def test_and_the_other_way_round() -> None:
    source = "SE2321000016-RIVTA01"
    found = platform(Sources({(source, PROPOSAL): answered(PROPOSAL, record(PROPOSAL, source, "A"))}))
    answer = ask(found, NATIONAL, source)
    (one,) = records(answer)
    assert one.tag == contract(NATIONAL).record_tag
    assert body_of(found.client.sent[0].body).tag == contract(PROPOSAL).request_tag
    assert (b"x-rivta-bridge", b"GetFixedContacts_1.0") in answer.headers


def test_a_source_with_the_contract_itself_is_asked_with_it() -> None:
    own = answered(PROPOSAL, record(PROPOSAL, KRONOBERG, "A"))
    found = platform(Sources({(KRONOBERG, NATIONAL): ProducerError("refused", "x"), (KRONOBERG, PROPOSAL): own}))
    answer = ask(found, PROPOSAL, KRONOBERG)
    assert len(records(answer)) == 1
    assert found.client.sent[0].body == question(PROPOSAL, KRONOBERG)
    assert b"x-rivta-bridge" not in dict(answer.headers)


def test_the_soap_action_is_the_other_contracts() -> None:
    found = region()
    sent = headers(SOAPAction=f'"{responder(PROPOSAL)}:{PROPOSAL}"')
    sent = [(name.lower(), value) for name, value in sent]
    assert ask(found, PROPOSAL, KRONOBERG, sent=sent).status == 200
    assert found.client.sent[0].header("soapaction") == [f'"{responder(NATIONAL)}:{NATIONAL}"']
    assert all(call.request.values[b"soapaction"].decode().endswith(f'{PROPOSAL}"') for _, call in found.events[-1:])


def test_a_question_in_soap_12_keeps_its_envelope_and_changes_its_action() -> None:
    found = region()
    body = question(PROPOSAL, KRONOBERG).replace(ns.SOAP11.encode(), ns.SOAP12.encode())
    action = f'application/soap+xml; charset=utf-8; action="{responder(PROPOSAL)}:{PROPOSAL}"'
    sent = [*headers(), (b"content-type", action.encode())]
    assert found.handle(request(body, sent)).status == 200
    (told,) = found.client.sent
    assert f'action="{responder(NATIONAL)}:{NATIONAL}"' in told.header("content-type")[0]
    assert etree.fromstring(told.body).tag == f"{{{ns.SOAP12}}}Envelope"


def test_without_bridges_there_is_no_route() -> None:
    found = platform(Sources({(KRONOBERG, NATIONAL): answered(NATIONAL)}), Bridges())
    assert "VP004" in detail(ask(found, PROPOSAL, KRONOBERG))
    assert asked(found) == []


def test_a_bridge_needs_a_contract_at_its_other_end() -> None:
    assert "VP004" in detail(ask(region(), PROPOSAL, "SE-ANNAN"))


@pytest.mark.parametrize("name", [PROPOSAL, NATIONAL])
def test_permission_is_needed_for_both_contracts(name: str) -> None:
    found = platform(Sources({(KRONOBERG, NATIONAL): answered(NATIONAL)}, denied=[(KRONOBERG, name)]))
    answer = ask(found, PROPOSAL, KRONOBERG)
    assert f"Authorization missing for serviceNamespace: {responder(name)}, receiverId: {KRONOBERG}" in detail(answer)
    hints = [hint.text or "" for hint in body_of(answer.body).iter(HINT)]
    named = ["GetFixedContacts_1.0" in hint and "GetCareManagers_1.0" in hint for hint in hints]
    assert named == [name == NATIONAL] * 2
    assert asked(found) == []


def test_the_route_of_the_other_contract_is_judged_as_any() -> None:
    found = region()
    rows = [found.router.snapshot.rows(KRONOBERG, responder(NATIONAL))[0]] * 2
    found.router.snapshot = snapshot(rows, [permission(KRONOBERG, PROPOSAL), permission(KRONOBERG, NATIONAL)])
    assert "VP006" in detail(ask(found, PROPOSAL, KRONOBERG))


def test_conditions_that_the_source_lacks_are_applied_to_its_answer() -> None:
    given = answered(NATIONAL, national_record(KRONOBERG, "20250101"), national_record(KRONOBERG, "20240501"))
    found = region(given)
    old = "<q:validityPeriod><core:start>20240101</core:start><core:end>20241231</core:end></q:validityPeriod>"
    assert len(records(ask(found, PROPOSAL, KRONOBERG))) == 2
    (one,) = records(ask(found, PROPOSAL, KRONOBERG, old))
    assert one.findtext("{*}period/{*}start") == "20240501"
    assert all(b"validityPeriod" not in sent.body for sent in found.client.sent)


@pytest.mark.parametrize("mode", ["strict", "national"])
@pytest.mark.parametrize("status", [500, 200])
def test_a_fault_of_the_source_passes_as_it_is(mode: str, status: int) -> None:
    body = soap_fault("Källan är ur funktion")
    answer = ask(region(ProducerAnswer(status, [(b"content-type", b"text/xml")], body), mode=mode), PROPOSAL, KRONOBERG)
    assert (answer.status, answer.body) == (status, body)
    assert (b"x-rivta-bridge", b"GetCareManagers_1.0") in answer.headers


def test_a_source_that_is_not_there_is_told_as_any() -> None:
    found = region(ProducerError("refused", "Connection refused"), producer_retries=0)
    assert "VP009" in detail(ask(found, PROPOSAL, KRONOBERG))
    assert found.events[-1][1].head is not None
    assert found.events[-1][1].head.contract == responder(PROPOSAL)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<a>", "the producer's side: not well-formed"),
        (b"<a/>", "the producer's side: the root element is a"),
        (answer_message("GetCarePlans"), "the producer's side: {urn:riv:clinicalprocess"),
        (answer_message(PROPOSAL), "the producer's side: {urn:riv:coreprocess:planning"),
        (
            answer_message(NATIONAL, "<ns0:careManager/>"),
            "the producer's side: Element '{urn:riv:coreprocess:residentparticipation:residentparticipation:"
            "GetCareManagersResponder:1}careManager': Missing child element(s).",
        ),
    ],
)
def test_an_answer_that_is_wrong_is_the_producers_fault(body: bytes, why: str) -> None:
    said = detail(ask(region(ProducerAnswer(200, [(b"content-type", b"text/xml")], body)), PROPOSAL, KRONOBERG))
    assert "VP009" in said
    assert why in said.replace("line 1: ", "")


def test_a_question_that_is_wrong_is_the_consumers_fault() -> None:
    found = region()
    said = detail(ask(found, PROPOSAL, KRONOBERG, "<q:validityPeriod><core:start>1895</core:start></q:validityPeriod>"))
    assert "VP015" in said
    assert "the consumer's side: " in said
    assert "(contract GetFixedContacts_1.0)" in said
    assert asked(found) == []


def test_a_question_that_is_no_question_of_the_contract() -> None:
    body = question(PROPOSAL, KRONOBERG).replace(b"q:GetFixedContacts", b"q:GetSomething")
    assert "Body holds" in detail(region(mode="national").handle(request(body)))


def test_in_national_mode_nothing_is_judged() -> None:
    odd = national_record(KRONOBERG, "1895")
    answer = ask(region(answered(NATIONAL, odd), mode="national"), PROPOSAL, KRONOBERG)
    assert answer.status == 200
    assert b">1895<" in answer.body
    assert "VP009" in detail(ask(region(answered(NATIONAL, odd)), PROPOSAL, KRONOBERG))


def test_what_is_left_behind_is_in_the_log() -> None:
    source = "SE2321000016-RIVTA01"
    held = record(PROPOSAL, source, "A").replace(">true<", ">false<")
    found = platform(Sources({(source, PROPOSAL): answered(PROPOSAL, held, held, record(PROPOSAL, source, "B"))}))
    assert len(records(ask(found, NATIONAL, source))) == 1
    action, call = found.events[-1]
    assert action == "resp-out"
    expected = "left behind at the bridge GetCareManagers_1.0 -> GetFixedContacts_1.0: 2 x fixedContact"
    assert call.warning == expected


def test_events_tell_each_side_in_its_own_contract() -> None:
    found = region()
    seen: list[tuple[str, str]] = []
    found.router.events.subscribe(lambda action, call: seen.append((action, call.head.contract if call.head else "")))
    ask(found, PROPOSAL, KRONOBERG)
    assert seen == [
        ("req-in", responder(PROPOSAL)),
        ("req-out", responder(NATIONAL)),
        ("resp-in", responder(NATIONAL)),
        ("resp-out", responder(PROPOSAL)),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_other_encodings_on_both_sides(encoding: str) -> None:
    text = answered(NATIONAL, national_record(KRONOBERG)).body.decode()
    body = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
    label = f"text/xml; charset={encoding}".encode()
    found = region(ProducerAnswer(200, [(b"content-type", label)], body))
    answer = ask(found, PROPOSAL, KRONOBERG)
    assert len(records(answer)) == 1
    assert "Åsa Öberg".encode() in answer.body
    assert dict(answer.headers)[b"content-type"].lower() == b"text/xml; charset=utf-8"


INCLUDED = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:namn%40x"/>'


def with_attachment(identity: str, content: str = INCLUDED) -> ProducerAnswer:
    """Kronoberg's answer as MTOM: the practitioner's name stands in an attachment."""
    envelope = answered(NATIONAL, national_record(KRONOBERG).replace("Åsa Öberg", content)).body
    before = b"--b\r\nContent-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <root@x>\r\n\r\n"
    part = f"\r\n--b\r\nContent-ID: <{identity}>\r\n\r\nÅsa Öberg\r\n--b--\r\n".encode()
    label = b'multipart/related; boundary=b; type="application/xop+xml"; start="<root@x>"; start-info="text/xml"'
    return ProducerAnswer(200, [(b"content-type", label)], before + envelope + part)


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_an_attachment_is_put_where_the_answer_refers_to_it(mode: str) -> None:
    """An answer told anew is one text: what MTOM has sent beside it stands in it, in base64, and nothing is lost."""
    found = region(with_attachment("namn@x"), mode=mode)
    answer = ask(found, PROPOSAL, KRONOBERG)
    (one,) = records(answer)
    assert base64.b64decode(one.findtext("{*}practitioner/{*}name") or "").decode() == "Åsa Öberg"
    assert dict(answer.headers)[b"content-type"] == b"text/xml; charset=UTF-8"
    assert found.events[-1][1].warning == ""


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_an_attachment_that_is_not_there_is_told_by_its_name(mode: str) -> None:
    said = detail(ask(region(with_attachment("annat@x"), mode=mode), PROPOSAL, KRONOBERG))
    assert "VP009" in said
    assert "the envelope refers to the attachment 'namn@x', which is not in the message" in said


def test_an_attachment_that_nothing_refers_to_is_in_the_log() -> None:
    found = region(with_attachment("annat@x", "Åsa Öberg"))
    assert len(records(ask(found, PROPOSAL, KRONOBERG))) == 1
    assert found.events[-1][1].warning == "left behind, because nothing refers to it: attachment annat@x"
