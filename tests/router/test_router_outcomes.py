"""What each outcome at the producer means for the consumer, and what the log hears of it."""

import asyncio
from typing import Any

import pytest
from gateway_parts import OK, Bench, Scripted, Sent, bench
from gateway_samples import (
    TOLVAN,
    answer_message,
    envelope,
    fault_of,
    headers,
    permission,
    question,
    record,
    request,
    route,
    soap_fault,
)

from gateway.router.call import Call
from gateway.router.producer import ProducerAnswer, ProducerError
from gateway.router.refusal import Refusal
from gateway.soap import ns

NAME, URL = "GetFixedContacts", "http://producer/vp"
ASK = request(question(address="A"))


def called(answer: Scripted, **settings: Any) -> Bench:
    return bench([route("A", NAME, URL)], [permission("A", NAME)], {URL: answer}, **settings)


@pytest.mark.parametrize("mode", ["national", "strict"])
@pytest.mark.parametrize("status", [200, 201, 202, 250, 299])
@pytest.mark.parametrize("body", [b"<answer/>", b"<html>Hej", b"hej", b"\x00\xff", soap_fault()])
def test_any_answer_of_the_2xx_kind_passes_untouched(status: int, body: bytes, mode: str) -> None:
    """National VP, producer outcomes: 200-299 with any body, SOAP or not, also a fault."""
    answer = called(ProducerAnswer(status, [], body), mode=mode).handle(ASK)
    assert (answer.status, answer.body) == (status, body)


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_a_producers_soap_11_fault_passes_untouched(mode: str) -> None:
    """National VP, producer outcomes: 500 with the SOAP 1.1 namespace in the body."""
    found = called(ProducerAnswer(500, [(b"x-their", b"1")], soap_fault()), mode=mode)
    answer = found.handle(ASK)
    assert (answer.status, answer.body) == (500, soap_fault())
    assert (b"x-their", b"1") in answer.headers
    assert found.actions == ["req-in", "req-out", "resp-in", "error", "resp-out"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (500, b"<html>Internal Server Error</html>"),
        (500, soap_fault(soap=ns.SOAP12)),
        (404, b""),
        (404, soap_fault()),
        (301, b""),
        (302, b"<answer/>"),
        (304, b""),
        (400, b"x"),
        (503, soap_fault()),
        (100, b""),
        (199, b"x"),
        (300, b"x"),
        (599, b"x"),
    ],
)
def test_any_other_status_is_vp009(status: int, body: bytes) -> None:
    """National VP, producer outcomes: the producer's own text is not passed on, a redirection not followed."""
    found = called(ProducerAnswer(status, [(b"location", b"/x")], body))
    answer = found.handle(ASK)
    code, text, detail = fault_of(answer.body)
    assert (answer.status, code) == (500, "SOAP-ENV:Server")
    assert text == "VP009 [prov] Fel vid kontakt med tjänsteproducenten."
    assert detail.startswith(
        f"Error connecting to service producer at address {URL}. The producer answered with HTTP status {status}"
    )
    assert detail.endswith(f"\nVP_PRODUCER_EXCEPTION_HTTP_STATUS={status}")
    assert len(found.client.sent) == 1


@pytest.mark.parametrize("mode", ["national", "strict"])
@pytest.mark.parametrize(("status", "words"), [(200, "OK"), (204, "No Content"), (202, "Accepted"), (250, "")])
def test_an_empty_answer_is_vp009(status: int, words: str, mode: str) -> None:
    """National VP, producer outcomes, word for word, and without Content-Type; the strict mode has one."""
    answer = called(ProducerAnswer(status, [], b""), mode=mode).handle(ASK)
    _, text, detail = fault_of(answer.body)
    assert text.startswith("VP009 [prov] ")
    assert detail == (
        f"Error connecting to service producer at address {URL}. "
        f"Empty message when server responded with status code: {status} {words}".rstrip()
    )
    assert (b"content-type" in dict(answer.headers)) == (mode == "strict")


KINDS = ["refused", "connect-timeout", "busy", "timeout", "tls", "reset", "too-large"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_is_vp009_with_what_happened(kind: str) -> None:
    found = called(ProducerError(kind, f"what happened: {kind}"))
    code, text, detail = fault_of(found.handle(ASK).body)
    assert (code, text.partition(" ")[0]) == ("SOAP-ENV:Server", "VP009")
    assert f"at address {URL}. what happened: {kind}" in detail
    assert found.actions == ["req-in", "req-out", "error", "resp-out"]
    assert found.events[2][1].producer_seconds >= 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_is_known_to_the_aggregator(kind: str) -> None:
    found = called(ProducerError(kind, "x"))

    async def forward() -> str:
        call = Call.receive(ASK)
        call.sender = "SE0000000001-KONSUMENT"
        call.head = found.router._read(call)
        try:
            await found.router.forward(call, 1.5)
        except Refusal as refusal:
            return refusal.kind
        return ""

    assert asyncio.run(forward()) == kind
    assert found.client.sent[0].timeout == 1.5


def test_the_time_at_a_producer_that_failed_is_known() -> None:
    async def slow(_: Sent) -> ProducerAnswer:
        await asyncio.sleep(0.02)
        raise ProducerError("timeout", "x")

    found = called(slow)
    found.handle(ASK)
    assert 0.02 <= found.events[-1][1].producer_seconds < 1.0


GOOD = answer_message(NAME, record(NAME, "A", "1"))
INVALID = GOOD.replace(b"<core:root>", b"<core:rot>").replace(b"</core:root>", b"</core:rot>")


@pytest.mark.parametrize("answer", [GOOD, answer_message(NAME), soap_fault()])
@pytest.mark.parametrize("validate", ["off", "request", "both"])
def test_good_answers_pass_whatever_is_checked(answer: bytes, validate: str) -> None:
    assert called(ProducerAnswer(200, [], answer), validate=validate).handle(ASK).body == answer


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (INVALID, "rot"),
        (question(address="A"), "is a request, expected a response"),
        (envelope("<x/>"), "belongs to no contract"),
        (envelope("<a/><b/>"), "found 2"),
        (b"<html>Hej</html>", "expected a SOAP Envelope"),
        (b"hej", "not well-formed"),
    ],
)
def test_answers_are_checked_when_asked_for(answer: bytes, told: str) -> None:
    for validate in ("off", "request"):
        assert called(ProducerAnswer(200, [], answer), validate=validate).handle(ASK).body == answer
    found = called(ProducerAnswer(200, [], answer), validate="both")
    _, text, detail = fault_of(found.handle(ASK).body)
    assert text.startswith("VP009 ")
    assert told in detail
    assert found.actions == ["req-in", "req-out", "resp-in", "error", "resp-out"]


def test_only_answers_with_status_200_are_checked() -> None:
    assert called(ProducerAnswer(500, [], soap_fault()), validate="both").handle(ASK).body == soap_fault()
    assert called(ProducerAnswer(202, [], b"ok"), validate="both").handle(ASK).body == b"ok"


def test_a_checked_answer_does_not_tell_whose_it_is() -> None:
    broken = GOOD.replace(b"<core:start>20240501", f"<core:start>{TOLVAN}".encode())
    answer = called(ProducerAnswer(200, [], broken), validate="both").handle(ASK)
    assert fault_of(answer.body)[1].startswith("VP009")
    assert TOLVAN.encode() not in answer.body


# Events


def test_the_events_of_a_good_call() -> None:
    """National VP, logging: exactly one of each, in this order."""
    found = called(OK)
    found.handle(ASK)
    assert found.actions == ["req-in", "req-out", "resp-in", "resp-out"]
    assert len({id(call) for _, call in found.events}) == 1


@pytest.mark.parametrize(
    ("call", "actions"),
    [
        (request(question(address="A"), ip="10.0.0.1"), ["error", "resp-out"]),
        (request(question(address="A"), headers(sender="")), ["error", "resp-out"]),
        (request(b"<a/>"), ["error", "resp-out"]),
        (request(envelope("<a/>")), ["req-in", "error", "resp-out"]),
        (request(question(address="Z")), ["req-in", "error", "resp-out"]),
    ],
)
def test_the_events_of_a_refused_call(call: Any, actions: list[str]) -> None:
    """National VP, logging: what fails before the message is read has no req-in; nothing was sent, so no req-out."""
    found = called(OK)
    found.handle(call)
    assert found.actions == actions


def test_an_error_event_has_the_fault_and_its_cause() -> None:
    found = called(OK)
    answer = found.handle(request(question(address="Z")))
    call = found.events[1][1]
    assert call.fault is not None
    assert call.fault.code == "VP004"
    assert call.cause.startswith("VP004 No receiverId (logical address) found for serviceNamespace")
    assert call.answer is answer


def test_a_bug_of_ours_is_told_without_its_text() -> None:
    """The national VP leaks the raw exception; here the log has it and the consumer has VP012."""
    found = called(RuntimeError("hemlig detalj ur /srv/gateway.py"))
    answer = found.handle(ASK)
    code, text, _ = fault_of(answer.body)
    assert (answer.status, code, text.partition(" ")[0]) == (500, "SOAP-ENV:Server", "VP012")
    assert b"hemlig" not in answer.body
    assert found.actions == ["req-in", "req-out", "error", "resp-out"]
    assert found.events[2][1].cause == "RuntimeError: hemlig detalj ur /srv/gateway.py"


def test_an_address_nobody_handles_is_our_bug_too() -> None:
    found = bench([route("A", NAME, "platform:ping")], [permission("A", NAME)])
    assert fault_of(found.handle(ASK).body)[1].startswith("VP012 ")


def test_a_consumer_that_leaves_is_told_to_the_log_only() -> None:
    found = called(lambda _: asyncio.sleep(30))

    async def leave() -> None:
        task = asyncio.create_task(found.router.handle(ASK))
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(leave())
    assert found.actions == ["req-in", "req-out", "error"]
    assert "consumer closed the connection" in found.events[-1][1].cause


def test_a_call_turned_away_by_the_listener() -> None:
    """Limits and broken HTTP: the same fault and events, another HTTP status and advice."""
    found = called(OK)
    call = Call.receive(ASK)
    answer = found.router.turn_away(
        call, Refusal("VP015", why="too large"), 413, {"sv": "För stort", "en": "Too large"}
    )
    assert answer.status == 413
    assert fault_of(answer.body)[1:] == (
        "VP015 [prov] Anrop ej korrekt utformat och kan därför inte behandlas.",
        "too large",
    )
    assert "För stort" in answer.body.decode()
    assert found.actions == ["error", "resp-out"]


@pytest.mark.parametrize(("mode", "helped"), [("national", False), ("strict", True)])
def test_only_the_strict_mode_helps(mode: str, helped: bool) -> None:
    answer = called(OK, mode=mode).handle(request(question(address="Z")))
    assert (b"<g:help" in answer.body) == helped


def test_calls_do_not_disturb_each_other() -> None:
    async def slow(sent: Sent) -> ProducerAnswer:
        await asyncio.sleep(0.01)
        return ProducerAnswer(200, [], sent.header("x-skltp-correlation-id")[0].encode())

    found = called(slow)

    async def all_at_once() -> list[bytes]:
        calls = [request(question(address="A"), headers(x_skltp_correlation_id=f"c-{n}")) for n in range(20)]
        return [answer.body for answer in await asyncio.gather(*map(found.router.handle, calls))]

    assert asyncio.run(all_at_once()) == [f"c-{n}".encode() for n in range(20)]


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_an_empty_answer_has_come_in(mode: str) -> None:
    """National VP, logging: req-in, req-out, resp-in, error, resp-out; nobody else's failure has a resp-in."""
    found = called(ProducerAnswer(204, [], b""), mode=mode)
    statuses: list[int | None] = []
    found.router.events.subscribe(
        lambda action, call: statuses.append(call.answer and call.answer.status), ("resp-in",)
    )
    found.handle(ASK)
    assert found.actions == ["req-in", "req-out", "resp-in", "error", "resp-out"]
    assert statuses == [204]


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_a_fault_that_is_passed_on_is_an_error(mode: str) -> None:
    """National VP, error handling, soapFaultPropagated: one error in the log."""
    found = called(ProducerAnswer(500, [], soap_fault()), mode=mode)
    found.handle(ASK)
    assert found.actions == ["req-in", "req-out", "resp-in", "error", "resp-out"]
    (call,) = {id(call): call for _, call in found.events}.values()
    assert (call.failure, call.fault) == ("VP009", None)
