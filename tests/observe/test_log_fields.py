"""``gateway.observe.log.fields``: the national platform's names for what happened to a call."""

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

from gateway import __version__
from gateway.observe.events import ACTIONS, ERROR, Events
from gateway.observe.log import CallLog, fields
from gateway.observe.mask import MASK
from gateway.router.call import Call
from gateway.router.send import ProducerAnswer, ProducerError

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


class Recorder:
    """A logger that remembers level and fields."""

    def __init__(self) -> None:
        self.written: list[tuple[str, dict[str, Any]]] = []

    def info(self, _: None, **given: Any) -> None:
        self.written.append(("info", given))

    def error(self, _: None, **given: Any) -> None:
        self.written.append(("error", given))


def logged(answer: Any, *, errors_only: bool) -> list[tuple[str, str]]:
    recorder = Recorder()
    made: Bench = bench([route("A", NAME, URL)], [permission("A", NAME)], {URL: answer})
    events: Events[Call] = made.router.events
    events.subscribe(CallLog(recorder), (ERROR,) if errors_only else ACTIONS)  # type: ignore[arg-type]
    made.handle(request(question(address="A")))
    return [(level, row["event.action"]) for level, row in recorder.written]


def test_a_line_for_each_event() -> None:
    failed = ProducerError("reset", "x")
    assert [action for _, action in logged(OK, errors_only=False)] == ["req-in", "req-out", "resp-in", "resp-out"]
    assert logged(failed, errors_only=False)[2] == ("error", "error")
    assert {level for level, action in logged(failed, errors_only=False) if action != "error"} == {"info"}


def test_errors_only() -> None:
    assert logged(OK, errors_only=True) == []
    assert logged(ProducerError("reset", "x"), errors_only=True) == [("error", "error")]


@given(st.text(max_size=40), st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=40))
def test_any_cause_and_header_can_be_logged(cause: str, sender: str) -> None:
    call = Call.receive(request(b"", headers(sender=sender)))
    call.sender, call.cause = sender, cause
    row = fields("error", call)
    assert isinstance(row["error.message"], str)
    assert row["labels"]["errorCode"]
