"""``gateway.observe.batch``: events are noted as they were, and handed over together."""

import asyncio

import pytest
from gateway_samples import headers, request

from gateway.message import Answer
from gateway.observe import batch as module
from gateway.observe.batch import Batch, Event
from gateway.observe.events import ERROR, REQ_IN, REQ_OUT, RESP_OUT, Events
from gateway.router.call import Call


def parts() -> tuple[Events[Call], Batch, list[list[Event]], Call]:
    found: list[list[Event]] = []
    events: Events[Call] = Events()
    batch = Batch(found.append)
    batch.subscribe(events)
    return events, batch, found, Call.receive(request(b"<a/>", headers()))


def test_outside_a_loop_nothing_waits() -> None:
    events, _, found, call = parts()
    events.emit(REQ_IN, call)
    assert [[event[0] for event in some] for some in found] == [[REQ_IN]]


def test_inside_a_loop_events_come_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.02)
    events, _, found, call = parts()

    async def happen() -> int:
        events.emit(REQ_IN, call)
        events.emit(RESP_OUT, call)
        early = len(found)
        await asyncio.sleep(0.1)
        return early

    assert asyncio.run(happen()) == 0
    assert [[event[0] for event in some] for some in found] == [[REQ_IN, RESP_OUT]]


def test_an_error_does_not_wait_and_takes_the_others_along() -> None:
    events, _, found, call = parts()

    async def happen() -> None:
        events.emit(REQ_IN, call)
        events.emit(ERROR, call)

    asyncio.run(happen())
    assert [[event[0] for event in some] for some in found] == [[REQ_IN, ERROR]]


def test_many_do_not_wait() -> None:
    events, _, found, call = parts()

    async def happen() -> None:
        for _ in range(2 * module._MOST + 1):
            events.emit(REQ_IN, call)

    asyncio.run(happen())
    assert [len(some) for some in found] == [module._MOST, module._MOST]


def test_an_event_keeps_what_changes_later() -> None:
    events, batch, found, call = parts()

    async def happen() -> None:
        events.emit(REQ_OUT, call)
        call.body, call.answer = b"<b/>", Answer(200, [], b"<c/>")
        events.emit(RESP_OUT, call)

    asyncio.run(happen())
    batch.flush()
    ((sent, answered),) = found
    assert (sent[4], sent[5]) == (b"<a/>", None)
    assert (answered[4], answered[5]) == (b"<b/>", call.answer)
    assert sent[1] < answered[1]


def test_all_readers_get_the_same() -> None:
    found: list[list[Event]] = []
    events: Events[Call] = Events()
    Batch(found.append, found.append).subscribe(events, (ERROR,))
    events.emit(ERROR, Call.receive(request(b"")))
    events.emit(REQ_IN, Call.receive(request(b"")))
    assert len(found) == 2
    assert found[0] is found[1]


def test_nothing_is_not_handed_over() -> None:
    _, batch, found, _ = parts()
    batch.flush()
    assert found == []
