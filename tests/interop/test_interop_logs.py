"""What the processes write: the national names, the right events, never a person. Runs after all other tests."""

import csv
import json
import re
from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from interop_expected import FIXTURES, NAMES, Scenarios, contract, everybody
from interop_messages import DEMO, GFC, message, request
from interop_site import (
    CATALOGUE,
    NATIONAL,
    SENDERS,
    SETTINGS,
    Answer,
    Gateway,
    Site,
    at_once,
    gateway_beside,
    post,
    sender_headers,
)

from gateway.consumers.ask import question
from gateway.observe.mask import MASK

pytestmark = pytest.mark.sockets

REGION, PILOT = "SE2321000057-RIVTA06", "SE2321000065-RIVTA07"
ALWAYS = {
    "@timestamp", "message", "event.action", "event.kind", "event.category", "event.type", "event.module", "event.id",
    "trace.id", "service.name", "service.version", "source.ip", "url.full", "http.request.method",
    "http.request.body.bytes", "labels",
}  # fmt: skip
SOMETIMES = {
    "url.original", "event.duration", "http.response.status_code", "http.response.body.bytes", "error.message",
}  # fmt: skip
LABELS = {
    "route", "senderid", "receiverid", "originalServiceconsumerHsaid", "originalServiceconsumerHsaid_in",
    "actingOnBehalfOfHsaid", "servicecontract_namespace", "rivversion", "wsdl_namespace", "routerVagvalTrace",
    "routerBehorighetTrace", "parent.id", "sessionStatus", "sessionErrorDescription", "errorCode", "warning",
}  # fmt: skip
ACTIONS = ["req-in", "req-out", "resp-in", "resp-out"]
# Ids that other tests use, and ids in every form that stands somewhere in the text of a call below.
MORE = ["191212121212", "199001012384", "190001010000"]
FORMS = (lambda i: i, lambda i: f"{i[:8]}-{i[8:]}", lambda i: f"{i[2:8]}-{i[8:]}", lambda i: i[2:])


def _careless_calls() -> list[tuple[bytes, dict[str, str]]]:
    """Person ids where they do not belong: all of them come from the caller, and all of them may be quoted."""
    calls: list[tuple[bytes, dict[str, str]]] = []
    for form in FORMS:
        person = form(DEMO)
        whole = message(REGION)
        calls += [
            (body, sender_headers())
            for body in (
                message(person),
                message(f" {person} "),
                message(REGION, namespace=f"urn:x:{person}"),
                message(REGION, namespace=f"{GFC}:{person}"),
                message(body=f"<e:Body>{request(name=f'Get_{person}')}</e:Body>"),
                message(REGION, body=f"<e:Body>{request(name=f'Get_{person}')}</e:Body>"),
                message(PILOT, body=f"<e:Body>{request(name=f'Get_{person}')}</e:Body>"),
                message(body=f'<e:Body><x:_{person} xmlns:x="{GFC}"/></e:Body>'),
                whole.replace(b"</c:extension>", f"<{person}>".encode()),
                whole.replace(b"<c:root>", f'<c:root a="{person}" a="">'.encode()),
                whole.replace(b"<c:root>", f"<c:_{person}/><c:root>".encode()),
                whole.replace(b"1.2.752.129.2.1.3.1", person.encode() * 9),
                message(PILOT).replace(b"<c:root>", f"<c:_{person}/><c:root>".encode()),
                message(PILOT).replace(b"</c:extension>", f"<{person}>".encode()),
                message(REGION, before=f"<!DOCTYPE x{person}>"),
                person.encode(),
                f"<_{person}/>".encode(),
                f'{{"patient": "{person}"}}'.encode(),
            )
        ]
        for header in (
            "x-skltp-correlation-id",
            "x-rivta-original-serviceconsumer-hsaid",
            "x-rivta-acting-on-behalf-of-hsaid",
            "x-vp-sender-id",
            "x-vp-instance-id",
            "X-Forwarded-For",
            "User-Agent",
            "Host",
        ):
            calls.append((whole, {**sender_headers(), header: person}))
    return calls


@pytest.fixture(scope="module")
def everyone_asked_for(site: Site) -> list[Answer]:
    """One call about every person of the test data, and every careless call, to the gateway and past it."""
    answers = at_once(
        lambda each: site.post(question(contract(NAMES[each[0] % len(NAMES)]), each[1], NATIONAL)),
        enumerate(everybody()),
    )
    careless = _careless_calls()
    answers += at_once(lambda call: site.post(*call), careless)
    person = DEMO
    answers += [post(site.port, message(REGION), path=f"/vp/{person}?patient={form(person)}") for form in FORMS]
    for producer in (REGION, PILOT):
        (port,) = (each.port + site.platform.offset for each in CATALOGUE.producers if each.logical_address == producer)
        for body, headers in careless:
            post(port, body, headers, f"/{'GetCareManagers' if producer == PILOT else 'GetFixedContacts'}/1/rivtabp21")
    return answers


@cache
def _forms() -> set[str]:
    return {form(person) for person in (*everybody(), *MORE) for form in FORMS}


def _persons_in(text: str) -> set[str]:
    """Ids of the test data in a text, in any form; figures inside longer ones do not count."""
    return set(re.findall(r"(?<![0-9A-Za-z.])[0-9]{6,8}[-+]?[0-9A-Z]{4}(?![0-9A-Za-z])", text)) & _forms()


def test_the_search_finds_persons() -> None:
    assert _persons_in(f"a {DEMO} b {DEMO[2:]}, {DEMO[2:8]}-{DEMO[8:]}!") == {form(DEMO) for form in FORMS} - {
        f"{DEMO[:8]}-{DEMO[8:]}"
    }
    assert _persons_in(f'{{"event.duration":{DEMO[2:]}9}} {NATIONAL} SE2321000016-RIVTA01') == set()


def test_no_person_in_the_gateways_log(site: Site, everyone_asked_for: list[Answer]) -> None:
    site.log.of(everyone_asked_for[-1].trace)
    lines = [{key: value for key, value in event.items() if key != "event.duration"} for event in site.log.events()]
    assert len(lines) > 1000
    assert _persons_in(json.dumps(lines, ensure_ascii=False)) == set()


def test_no_person_in_the_other_gateways_logs(national: Gateway, validating: Gateway) -> None:
    for gateway in (national, validating):
        for body, headers in _careless_calls():
            answer = gateway.post(body, headers)
        gateway.log.of(answer.trace)
        lines = [{k: v for k, v in event.items() if k != "event.duration"} for event in gateway.log.events()]
        assert len(lines) > 100
        assert _persons_in(json.dumps(lines, ensure_ascii=False)) == set()


@pytest.mark.parametrize("part", ["producers", "pilot"])
def test_no_person_in_the_producers_words(site: Site, everyone_asked_for: list[Answer], part: str) -> None:
    text = site.stderr(part)
    assert "fault" in text
    assert _persons_in(text) == set()


def test_no_name_and_no_record_in_any_log(site: Site, everyone_asked_for: list[Answer]) -> None:
    texts = "".join((site.log.text(), site.stderr("producers"), site.stderr("pilot")))
    with (FIXTURES / "persons.csv").open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file, delimiter=";")]
    assert not [name for name in names if name in texts]
    assert "approvedForPatient" not in texts
    assert "fixedContactHeader" not in texts
    assert "careManagerHeader" not in texts


def test_every_line_has_the_national_names_and_no_others(site: Site) -> None:
    for event in site.log.events():
        assert set(event) >= ALWAYS
        assert set(event) <= ALWAYS | SOMETIMES
        assert set(event["labels"]) <= LABELS
        action = event["event.action"]
        assert action in {*ACTIONS, "error"}
        assert event["event.kind"] == "event"
        assert event["event.category"] == ["web"]
        assert event["event.type"] == ["access", "start" if action.startswith("req-") else "end"]
        assert event["event.module"] == "skltp-messages"
        assert event["source.ip"] in ("127.0.0.1", MASK)  # a careless caller may put anything in X-Forwarded-For
        assert event["message"].startswith(f"{action} ")
        assert event["labels"]["route"] == "vp-http-route"
        assert datetime.fromisoformat(event["@timestamp"]).utcoffset() is not None
        assert ("event.duration" in event) is not action.startswith("req-")
        assert ("error.message" in event) is (action == "error")
    ids = [event["event.id"] for event in site.log.events()]
    assert len(set(ids)) == len(ids)


def test_every_call_that_came_in_has_an_end(site: Site, everyone_asked_for: list[Answer]) -> None:
    site.log.of(everyone_asked_for[-1].trace)
    counts = Counter((event["trace.id"], event["event.action"]) for event in site.log.events())
    for trace in {trace for trace, _ in counts} - {"gone"}:
        assert counts[trace, "resp-out"] >= counts[trace, "req-in"]


def test_a_good_call_is_four_events(site: Site) -> None:
    headers = sender_headers(
        **{
            "x-skltp-correlation-id": "good-call",
            "x-rivta-original-serviceconsumer-hsaid": "SE0-ORIGINAL",
            "x-rivta-acting-on-behalf-of-hsaid": "SE0-BEHALF",
        }
    )
    body = message(REGION)
    answer = site.post(body, headers)
    events = site.log.of("good-call")
    assert [event["event.action"] for event in events] == ACTIONS
    address = f"http://127.0.0.1:{9106 + site.platform.offset}/GetFixedContacts/1/rivtabp21"
    for event in events:
        assert event["message"] == f"{event['event.action']} {SENDERS['1177']} -> {REGION}"
        assert event["url.full"] == f"http://127.0.0.1:{site.port}/vp"
        assert event["http.request.method"] == "POST"
        assert event["http.request.body.bytes"] == len(body)
        labels = event["labels"]
        assert labels["senderid"] == SENDERS["1177"]
        assert labels["receiverid"] == REGION
        assert labels["originalServiceconsumerHsaid"] == "SE0-ORIGINAL"
        assert labels["originalServiceconsumerHsaid_in"] == "SE0-ORIGINAL"
        assert labels["actingOnBehalfOfHsaid"] == "SE0-BEHALF"
        assert labels["servicecontract_namespace"] == GFC
        assert labels["rivversion"] == "rivtabp21"
        assert labels["wsdl_namespace"] == f"{GFC.replace('Responder', '')}:rivtabp21"
    came, *rest = events
    assert "url.original" not in came
    assert "routerVagvalTrace" not in came["labels"]
    for event in rest:
        assert event["url.original"] == address
        assert event["labels"]["routerVagvalTrace"] == REGION
        assert event["labels"]["routerBehorighetTrace"] == REGION
    for event in events[2:]:
        assert event["http.response.status_code"] == 200
        assert event["http.response.body.bytes"] == len(answer.body)
    assert 0 < events[2]["event.duration"] <= events[3]["event.duration"] < 5e9


def test_the_receiver_of_an_aggregated_call_is_told(site: Site) -> None:
    """The national address looks like an organisation number, and that is not a person."""
    answer = site.post(message())
    for event in site.log.of(answer.trace):
        if "parent.id" not in event["labels"]:
            assert event["labels"]["receiverid"] == NATIONAL
            assert event["message"].endswith(f"-> {NATIONAL}")


def test_an_aggregated_call_tells_every_source(site: Site, scenarios: Scenarios) -> None:
    expected = scenarios.expected("GetFixedContacts", DEMO)
    answer = site.post(message())
    events = site.log.of(answer.trace)
    whole = [event for event in events if "parent.id" not in event["labels"]]
    assert [event["event.action"] for event in whole] == ACTIONS
    assert {event["url.original"] for event in whole[1:]} == {"aggregate:"}
    for source, each in expected.items():
        told = [event for event in events if event["labels"]["receiverid"] == source]
        assert [event["event.action"] for event in told] == ["req-out", "error" if each.code else "resp-in"]
        assert {event["labels"]["parent.id"] for event in told} == {answer.trace}
        assert told[1]["event.duration"] > 0
    assert len(events) == 4 + 2 * len(expected)
    (error,) = (event for event in events if event["event.action"] == "error")
    assert error["error.message"] == "reset: The producer reset the connection without an answer"
    assert error["labels"]["errorCode"] == "VP009"


# What each class of failure looks like; what a caller does wrong is in test_interop_bad_input.py.


@pytest.mark.parametrize(
    ("person", "source", "told"),
    [
        ("198605209801", "SE2321000016-RIVTA01", "fault: Tekniskt fel i källsystemet"),
        ("195801309815", "SE2321000222-RIVTA24", "invalid: line "),
        ("195304199804", "SE2321000214-RIVTA23", "malformed: not well-formed XML: "),
        ("194711119802", "SE2321000164-RIVTA18", "wrong-person: "),
        ("191001299807", "SKLTP-MOCK03", "timeout: Timeout when waiting on response from producer."),
        ("192011189228", "HSA-ID-1", "fault: Invalid Id: ‹person-id›"),
    ],
)
def test_a_failing_source_in_an_aggregated_call(site: Site, person: str, source: str, told: str) -> None:
    answer = site.post(message(person=person))
    (error,) = (event for event in site.log.of(answer.trace) if event["event.action"] == "error")
    assert error["labels"]["receiverid"] == source
    assert error["error.message"].startswith(told)
    assert error["labels"]["sessionErrorDescription"] == error["error.message"]


@pytest.mark.parametrize(
    ("person", "source", "actions"),
    [
        (
            "198605209801",
            "SE2321000016-RIVTA01",
            ["req-in", "req-out", "resp-in", "error", "resp-out"],
        ),  # its own fault
        ("195801309815", "SE2321000222-RIVTA24", ACTIONS),
        ("194103149805", "SE2321000073-RIVTA08", ["req-in", "req-out", "error", "resp-out"]),
    ],
)
def test_a_failing_source_asked_directly(site: Site, person: str, source: str, actions: list[str]) -> None:
    answer = site.post(message(source, person=person))
    events = site.log.of(answer.trace)
    assert [event["event.action"] for event in events] == actions
    for event in events:
        if event["event.action"] == "error":
            assert event["labels"]["errorCode"] == "VP009"
            assert event["url.original"] in event["error.message"]
            assert event["event.duration"] > 0


def test_an_answer_that_breaks_its_schema_is_an_error_after_resp_in(validating: Gateway) -> None:
    answer = validating.post(message("SE2321000222-RIVTA24", person="195801309815"))
    events = validating.log.of(answer.trace)
    assert [event["event.action"] for event in events] == ["req-in", "req-out", "resp-in", "error", "resp-out"]


# The other ways to write.


def test_errors_only(site: Site) -> None:
    with gateway_beside(site, "--log", "error") as quiet:
        good, bad = quiet.post(message(REGION)), quiet.post(b"")
        events: list[dict[str, Any]] = quiet.log.events()
        assert good.status == 200
        assert [(event["event.action"], event["trace.id"]) for event in events] == [("error", bad.trace)]


def test_no_log(site: Site) -> None:
    with gateway_beside(site, "--log", "off") as silent:
        assert silent.post(message(REGION)).status == 200
        assert silent.post(b"").status == 500
        assert silent.log.text() == ""


def test_lines_for_people(site: Site) -> None:
    with gateway_beside(site, "--log-format", "console") as readable:
        readable.post(message(REGION))
        readable.post(message("191212121212"))
        readable.post(b"191212121212")
        lines = readable.log.text().splitlines()
    assert lines
    for line in lines:
        assert re.match(r"\d\d:\d\d:\d\d\.\d{3} (req-in |req-out|resp-in|resp-out|error ) ", line)
        assert "191212121212" not in line
    assert any("GetFixedContacts" in line for line in lines)
    assert any("VP004 No receiverId" in line for line in lines)


def test_what_is_said_at_the_start_is_not_a_log_line(site: Site) -> None:
    first = site.log.text().partition("\n")[0]
    assert json.loads(first)["service.name"] == "rivta-gateway"
    assert SETTINGS.instance_id == "rivta-gateway"
