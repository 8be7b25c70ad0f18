"""``gateway.router.retry``: which outcomes are tried again, with what, and for how long."""

import asyncio
import time
from typing import Any

import pytest
from gateway_parts import OK, Bench, Scripted, Sent, bench
from gateway_samples import fault_of, permission, question, request, responder, route

from gateway.router.call import Call
from gateway.router.producer import ProducerAnswer, ProducerError
from gateway.router.refusal import Refusal
from gateway.soap import ns

NAME, URL = "GetFixedContacts", "http://producer/vp"
WRITES = responder(NAME).replace("Get", "Update")


def error(kind: str, what: str = "", *, stale: bool = False, unseen: bool = False) -> ProducerError:
    made = ProducerError(kind, "x", what)
    made.stale, made.unseen = stale, unseen
    return made


def called(*answers: ProducerAnswer | ProducerError, contract: str = responder(NAME), **settings: Any) -> Bench:
    """A producer that gives the answers one by one, the last one for ever."""
    left = list(answers)

    def script(_: Sent) -> ProducerAnswer:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, ProducerError):
            raise found
        return found

    rows: dict[str, Scripted] = {URL: script}
    return bench([route("A", contract, URL)], [permission("A", contract)], rows, **settings)


def ask(found: Bench, contract: str = responder(NAME)) -> int:
    body = question(NAME, "A").replace(responder(NAME).encode(), contract.encode())
    return found.handle(request(body)).status


AGAIN = [
    # kind, what, in national mode, in strict mode
    ("refused", "", True, True),
    ("connect-timeout", "", True, True),
    ("reset", "", True, False),
    ("reset", "closed", False, False),
    ("reset", "cut-off", False, False),
    ("refused", "unknown-host", False, False),
    ("refused", "address", False, False),
    ("busy", "", False, False),
    ("tls", "", False, False),
    ("timeout", "", False, False),
    ("too-large", "", False, False),
    ("status", "not-http", False, False),
]


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize(("kind", "what", "national", "strict"), AGAIN)
def test_what_is_tried_again(kind: str, what: str, national: bool, strict: bool, writes: bool) -> None:
    """National VP, retries: SocketException only. In strict mode only when nothing has been sent."""
    contract = WRITES if writes else responder(NAME)
    for mode, again in (("national", national), ("strict", strict)):
        found = called(error(kind, what), OK, mode=mode, contract=contract)
        assert ask(found, contract) == (200 if again else 500)
        assert [sent.fresh for sent in found.client.sent] == [False] * (1 + again)


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_the_same_headers_and_the_same_body_go_out(mode: str) -> None:
    body = '<?xml version="1.0" encoding="ISO-8859-1"?>' + question(NAME, "A", more="<!-- å -->").decode()
    found = called(error("refused"), OK, mode=mode)
    assert found.handle(request(body.encode("latin-1"))).status == 200
    first, second = found.client.sent
    assert (first.headers, first.body) == (second.headers, second.body)
    assert "å".encode() in second.body


@pytest.mark.parametrize(("retries", "sent"), [(0, 1), (1, 2), (3, 4)])
def test_how_often(retries: int, sent: int) -> None:
    found = called(error("refused"), producer_retries=retries)
    answer = found.handle(request(question(NAME, "A")))
    assert len(found.client.sent) == sent
    assert (f"(tried {sent} times)" in fault_of(answer.body)[2]) == (sent > 1)


def test_another_outcome_of_the_second_attempt_is_what_counts() -> None:
    found = called(error("refused"), error("timeout"), producer_retries=3)
    assert (
        "[io.netty.handler.timeout.ReadTimeoutException]"
        in fault_of(found.handle(request(question(NAME, "A"))).body)[2]
    )
    assert len(found.client.sent) == 2


READING = ["Get", "Find", "Search", "List", "Is", "Has", "Check", "Ping"]
WRITING = ["Process", "Update", "Register", "Create", "Delete", "Send", "Make", "Getaway", "Island", "Receive"]


@pytest.mark.parametrize("mode", ["national", "strict"])
@pytest.mark.parametrize("verb", [*READING, *WRITING])
def test_a_dead_connection_costs_a_reading_call_nothing(verb: str, mode: str) -> None:
    """At once, and on a new connection; a call that writes may have been done."""
    contract = f"urn:riv:a:b:{verb}ThingResponder:1" if verb[-1] not in "yd" else f"urn:riv:a:b:{verb}Responder:1"
    found = called(error("reset", "closed", stale=True), OK, contract=contract, mode=mode, producer_retry_delay=60.0)
    assert ask(found, contract) == (200 if verb in READING else 500)
    assert [sent.fresh for sent in found.client.sent] == [False, True][: 1 + (verb in READING)]


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_and_a_writing_call_neither_when_it_was_not_seen(mode: str) -> None:
    made = error("reset", "closed", stale=True, unseen=True)
    found = called(made, OK, contract=WRITES, mode=mode, producer_retry_delay=60.0)
    assert ask(found, WRITES) == 200
    assert found.events[-1][1].warning == "answered only when tried again: x"


def test_a_new_connection_may_fail_in_its_own_way() -> None:
    found = called(error("reset", "closed", stale=True), error("refused"), OK)
    assert ask(found) == 200
    assert [sent.fresh for sent in found.client.sent] == [False, True, False]


def test_the_time_at_the_producer_is_that_of_all_attempts() -> None:
    """National VP: x-skltp-prt."""
    found = called(error("refused"), OK, producer_retry_delay=0.05)
    answer = found.handle(request(question(NAME, "A")))
    assert 45 <= int(dict(answer.headers)[b"x-skltp-prt"]) < 2000
    assert found.events[-1][1].producer_seconds >= 0.045


def forwarded(found: Bench, timeout: float) -> tuple[str, float]:
    """The kind of failure, and how long it took."""

    async def forward() -> str:
        call = Call.receive(request(question(NAME, "A")))
        call.sender = "SE0000000001-KONSUMENT"
        call.head = found.router._read(call)
        assert call.head.profile == ns.BP21
        try:
            await found.router.forward(call, timeout)
        except Refusal as refusal:
            return refusal.kind
        return ""

    started = time.perf_counter()
    return asyncio.run(forward()), time.perf_counter() - started


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_nobody_waits_beyond_the_deadline(mode: str) -> None:
    """A source of an aggregated question is told to be unreachable rather than late."""
    found = called(error("refused"), OK, mode=mode, producer_retry_delay=5.0)
    kind, seconds = forwarded(found, 1.0)
    assert (kind, len(found.client.sent)) == ("refused", 1)
    assert seconds < 1.0


def test_the_second_attempt_has_what_is_left_of_the_time() -> None:
    found = called(error("refused"), OK, producer_retry_delay=0.1)
    assert forwarded(found, 2.0)[0] == ""
    first, second = (sent.timeout for sent in found.client.sent)
    assert first == 2.0
    assert second is not None
    assert 1.0 < second <= 1.9


def test_tenacity_is_not_loaded_for_calls_that_succeed() -> None:
    """Around every call it would cost half as much as all else; loading it, 20 ms of every start."""
    import subprocess
    import sys

    code = "import sys, gateway.http.compose; print('tenacity' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
