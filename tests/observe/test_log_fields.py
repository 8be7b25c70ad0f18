"""``gateway.observe.ecs``: the national platform's names for what happened to a call."""

import io
import json
import uuid
from typing import Any

import pytest
from gateway_parts import OK, Bench, bench
from gateway_samples import (
    NAMES,
    SENDER,
    TOLVAN,
    address_header,
    envelope,
    headers,
    permission,
    question,
    request,
    responder,
    route,
    soap_fault,
)
from hypothesis import given
from hypothesis import strategies as st
from log_parts import fields, now

from gateway import __version__
from gateway.observe import ecs
from gateway.observe.batch import Batch
from gateway.observe.events import ACTIONS, ERROR
from gateway.observe.log import CallLog, writer
from gateway.observe.mask import MASK, mask
from gateway.router.call import Call
from gateway.router.send import ProducerAnswer, ProducerError
from gateway.soap import ns
from gateway.soap.head import Head

NAME, URL = "GetFixedContacts", "http://producer/GetFixedContacts/1/rivtabp21"


def rows(answer: Any = OK, sent: list[tuple[bytes, bytes]] | None = None, body: bytes | None = None) -> dict[str, Any]:
    """The fields of each event of a call, by action, taken when the event came."""
    found: dict[str, Any] = {}
    made = bench([route("A", NAME, URL)], [permission("A", NAME)], {URL: answer})
    made.router.events.subscribe(lambda action, call: found.__setitem__(action, fields(action, call)))
    made.handle(request(question(address="A") if body is None else body, sent, target=b"/vp/x?y"))
    return found


def test_what_every_event_has() -> None:
    """National VP, logging: ECS fields."""
    for action, row in rows(sent=headers(x_skltp_correlation_id="c-1")).items():
        assert row["event.action"] == action
        assert row["event.kind"] == "event"
        assert row["event.category"] == ["web"]
        assert row["event.module"] == "skltp-messages"
        assert row["message"] == f"{action} {SENDER} -> A"
        assert row["trace.id"] == "c-1"
        assert row["source.ip"] == "127.0.0.1"
        assert row["url.full"] == "http://127.0.0.1:8080/vp/x?y"
        assert row["http.request.method"] == "POST"
        assert row["http.request.body.bytes"] == len(question(address="A"))
        assert (row["service.name"], row["service.version"]) == ("rivta-gateway", __version__)


def test_every_event_has_its_own_id() -> None:
    found = rows()
    assert len({row["event.id"] for row in found.values()}) == len(found) == 4


@pytest.mark.parametrize(
    ("action", "kind"), [("req-in", "start"), ("req-out", "start"), ("resp-in", "end"), ("resp-out", "end")]
)
def test_requests_start_and_answers_end(action: str, kind: str) -> None:
    """National VP, logging: event.type is access and start for req-*, access and end otherwise; ends have durations."""
    row = rows()[action]
    assert row["event.type"] == ["access", kind]
    assert ("event.duration" in row) == (kind == "end")


def test_durations_are_nanoseconds() -> None:
    found = rows()
    assert 0 <= found["resp-in"]["event.duration"] <= found["resp-out"]["event.duration"] < 10**9
    assert isinstance(found["resp-out"]["event.duration"], int)


def test_the_producers_address_is_known_after_routing() -> None:
    """National VP, logging: url.original is the address of the route."""
    found = rows()
    assert "url.original" not in found["req-in"]
    assert {found[action]["url.original"] for action in ("req-out", "resp-in", "resp-out")} == {URL}


def test_the_answer_is_known_when_it_has_come() -> None:
    found = rows(ProducerAnswer(201, [], b"12345"))
    assert "http.response.status_code" not in found["req-out"]
    for action in ("resp-in", "resp-out"):
        assert found[action]["http.response.status_code"] == 201
        assert found[action]["http.response.body.bytes"] == 5


@pytest.mark.parametrize("name", NAMES)
def test_the_labels(name: str) -> None:
    """National VP, logging: labels; wsdl_namespace is the contract without "Responder", a colon and the profile."""
    made = bench([route("*", name, URL)], [permission("*", name)])
    made.handle(request(question(name, "A")))
    labels = fields("resp-out", made.events[-1][1])["labels"]
    assert labels == {
        "route": "vp-http-route",
        "senderid": SENDER,
        "receiverid": "A",
        "servicecontract_namespace": responder(name),
        "rivversion": "rivtabp21",
        "wsdl_namespace": responder(name).replace("Responder", "") + ":rivtabp21",
        "originalServiceconsumerHsaid": SENDER,
        "routerVagvalTrace": "A,(default),*",
        "routerBehorighetTrace": "A,(default),*",
    }


def test_who_stands_behind_the_sender() -> None:
    """National VP, logging: the _in label is absent when the header is."""
    sent = headers(x_rivta_original_serviceconsumer_hsaid="ORIGINAL", x_rivta_acting_on_behalf_of_hsaid="BEHALF")
    labels = rows(sent=sent)["req-in"]["labels"]
    assert labels["originalServiceconsumerHsaid"] == "ORIGINAL"
    assert labels["originalServiceconsumerHsaid_in"] == "ORIGINAL"
    assert labels["actingOnBehalfOfHsaid"] == "BEHALF"


def test_an_error_is_told_with_code_and_text() -> None:
    """National VP, logging: sessionStatus, sessionErrorDescription and errorCode on error events only."""
    found = rows(ProducerError("refused", "Cannot connect to producer:80: Connection refused"))
    labels, row = found["error"]["labels"], found["error"]
    assert (labels["sessionStatus"], labels["errorCode"]) == ("true", "VP009")
    assert labels["sessionErrorDescription"] == row["error.message"]
    assert row["error.message"].startswith("VP009 Error connecting to service producer at address")
    assert row["event.type"] == ["access", "end"]
    assert "sessionStatus" not in found["resp-out"]["labels"]
    assert found["resp-out"]["http.response.status_code"] == 500


def test_a_call_that_could_not_be_read_has_no_receiver() -> None:
    row = rows(body=b"<a/>")["error"]
    assert row["message"] == f"error {SENDER} -> "
    assert "receiverid" not in row["labels"]
    assert row["labels"]["errorCode"] == "VP015"


def test_a_part_of_an_aggregated_call_names_its_parent() -> None:
    parent, part = (Call.receive(request(b"", headers(x_skltp_correlation_id=name))) for name in ("p-1", "c-1"))
    part.parent = parent
    assert fields("req-out", part)["labels"]["parent.id"] == "p-1"
    assert "parent.id" not in fields("req-out", parent)["labels"]


def texts_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts_in(each)]
    return [value] if isinstance(value, str) else []


def test_person_ids_from_outside_are_masked_wherever_they_come_from() -> None:
    """A person's id in a header, address, namespace or URL is still a person's id."""
    sent = headers(
        sender=f"S-{TOLVAN}",
        x_rivta_original_serviceconsumer_hsaid=f"O-{TOLVAN}",
        x_rivta_acting_on_behalf_of_hsaid=f"B-{TOLVAN}",
        x_skltp_correlation_id=f"C-{TOLVAN}",
        host=f"h-{TOLVAN}",
    )
    body = envelope(f"<p:Get xmlns:p='urn:{TOLVAN}:GetResponder:1'/>", address_header(TOLVAN))
    made = bench(
        [route(TOLVAN, f"urn:{TOLVAN}:GetResponder:1", URL)],
        [permission(TOLVAN, f"urn:{TOLVAN}:GetResponder:1", f"S-{TOLVAN}")],
        {URL: ProducerError("reset", f"about {TOLVAN}")},
    )
    written: list[str] = []
    made.router.events.subscribe(lambda action, call: written.extend(texts_in(fields(action, call))))
    made.handle(request(body, sent, target=f"/vp/{TOLVAN}?id={TOLVAN}".encode()))
    assert made.actions == ["req-in", "req-out", "error", "resp-out"]
    assert [text for text in written if TOLVAN in text] == []
    assert any(MASK in text for text in written)


def test_payloads_are_never_written() -> None:
    """The national platform logs payloads, that is patients' data, at its default level."""
    found = rows(ProducerAnswer(500, [], soap_fault("Hemlig text i svaret")))
    written = [text for row in found.values() for text in texts_in(row)]
    assert [text for text in written if "Envelope" in text or "Hemlig" in text or "extension" in text] == []


class File(io.BytesIO):
    """A file that tells when it is written to."""

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


def logged(answer: Any, *actions: str, log_format: str = "json") -> File:
    """What is written of one call."""
    file = File()
    made: Bench = bench([route("A", NAME, URL)], [permission("A", NAME)], {URL: answer})
    batch = Batch(CallLog(*writer(log_format, file), actions or ACTIONS))
    batch.subscribe(made.router.events)
    made.handle(request(question(address="A")))
    batch.flush()
    return file


def test_a_line_for_each_event() -> None:
    failed = logged(ProducerError("reset", "x")).lines()
    assert [row["event.action"] for row in failed] == ["req-in", "req-out", "error", "resp-out"]
    good = logged(OK).lines()
    assert [row["event.action"] for row in good] == ["req-in", "req-out", "resp-in", "resp-out"]
    assert [row["@timestamp"] for row in good] == sorted(row["@timestamp"] for row in good)


def test_errors_only() -> None:
    assert logged(OK, ERROR).lines() == []
    assert [row["event.action"] for row in logged(ProducerError("reset", "x"), ERROR).lines()] == ["error"]


def test_lines_for_people_tell_the_same() -> None:
    told = logged(ProducerError("reset", "x"), log_format="console").getvalue().decode().splitlines()
    assert [line.split()[1] for line in told] == ["req-in", "req-out", "error", "resp-out"]
    assert "VP009" in told[2]


def test_a_line_tells_what_was_known_when_it_happened() -> None:
    """Lines are written after the call: what came later must not be in them."""
    rows = {row["event.action"]: row for row in logged(OK).lines()}
    for later in ("url.original", "http.response.status_code"):
        assert later not in rows["req-in"]
    assert "routerVagvalTrace" not in rows["req-in"]["labels"]
    assert "http.response.status_code" not in rows["req-out"]
    assert rows["req-out"]["url.original"] == URL
    assert rows["resp-in"]["event.duration"] <= rows["resp-out"]["event.duration"]


def test_a_message_that_was_rewritten_is_told_as_it_was_and_as_it_is() -> None:
    """National VP, profile transformation: req-in names the profile received, resp-out the new one in capitals."""
    file = File()
    made = bench([route("A", NAME, URL, profile="rivtabp20")], [permission("A", NAME)], {URL: OK})
    batch = Batch(CallLog(*writer("json", file)))
    batch.subscribe(made.router.events)
    made.handle(request(question(address="A")))
    batch.flush()
    first, *rest = file.lines()
    assert first["labels"]["rivversion"] == "rivtabp21"
    assert {row["labels"]["rivversion"] for row in rest} == {"RIVTABP20"}
    assert first["http.request.body.bytes"] == len(question(address="A"))
    assert {row["http.request.body.bytes"] for row in rest} == {len(made.client.sent[0].body)}


@pytest.mark.parametrize(("failure", "code"), [("aborted", "aborted"), ("VP009", "VP009"), ("invalid", "invalid")])
def test_a_failure_without_a_fault_has_a_code_too(failure: str, code: str) -> None:
    call = Call.receive(request(b"", headers()))
    call.failure = failure
    assert fields("error", call)["labels"]["errorCode"] == code


def test_a_full_disk_costs_no_answer() -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    made: Bench = bench([route("A", NAME, URL)], [permission("A", NAME)], {URL: ProducerError("reset", "x")})
    batch = Batch(CallLog(*writer("json", Full())))
    batch.subscribe(made.router.events)
    assert b"VP009" in made.handle(request(question(address="A"))).body
    batch.flush()


def test_ids_of_events_are_uuids() -> None:
    """RFC 9562, version 8: made for this purpose, unique, and not to be taken for a person's id."""
    found = [row["event.id"] for row in logged(OK).lines()]
    assert {uuid.UUID(each).version for each in found} == {8}
    assert {uuid.UUID(each).variant for each in found} == {uuid.RFC_4122}
    assert all(not each[-12:].isdigit() for each in found)


TEXT = st.text(max_size=300)
LATIN = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=300)


@given(st.lists(TEXT, min_size=5, max_size=5), st.lists(LATIN, min_size=5, max_size=5))
def test_any_text_from_outside_stands_in_a_line(texts: list[str], sent: list[str]) -> None:
    """One line, valid JSON, every text in its place, with person ids masked."""
    given = headers(
        sent[0],
        x_rivta_original_serviceconsumer_hsaid=sent[1] or "x",
        host=sent[2] or "h",
        x_skltp_correlation_id=sent[3],
    )
    call = Call.receive(request(b"", given, target=sent[4].encode("latin-1")))
    call.sender, call.cause, call.address, call.warning = sent[0], texts[0], texts[1], texts[2]
    call.head = Head(ns.SOAP11, "rivtabp21", texts[3], texts[4], "Get", None)
    written = b"".join(ecs.lines([now("error", call)]))
    assert written.count(b"\n") == 1
    row = json.loads(written)
    assert row["error.message"] == row["labels"]["sessionErrorDescription"] == mask(texts[0])
    assert row.get("url.original", "") == mask(texts[1])
    assert row["labels"].get("warning", "") == mask(texts[2])
    assert row["labels"]["receiverid"] == mask(texts[3])
    assert row["labels"].get("servicecontract_namespace", "") == mask(texts[4])
    assert row["labels"]["senderid"] == mask(sent[0])
    assert row["labels"]["originalServiceconsumerHsaid_in"] == mask(sent[1] or "x")
    assert row["url.full"] == f"{mask('http://' + (sent[2] or 'h'))}{mask(sent[4])}"
