"""The collector: notes each exchange when it has ended, and keeps it until the writer comes.

It runs in the event loop, beside the calls. It never waits and never raises. Unlike the log it does not work on a batch
of events: what a batch keeps alive, the messages of some thirty calls, no longer fits into the processor's cache.
"""

import time
from collections import deque
from typing import NamedTuple, Protocol

from gateway.message import Answer
from gateway.observe.events import ERROR, REQ_OUT, RESP_IN, RESP_OUT
from gateway.router.call import ABORTED, Call
from gateway.soap.head import Head

_MAX_WAITING = 10_000  # exchanges
_MAX_HELD = 67_108_864  # bytes of messages that wait

WANTED = (REQ_OUT, RESP_IN, RESP_OUT, ERROR)
Bodies = tuple[bytes | None, bytes | None, bytes | None, bytes | None]
Sizes = tuple[int | None, int | None, int | None, int | None]


class Traced(Protocol):
    """A decision that can tell its steps."""

    @property
    def trace(self) -> str:
        """The steps."""
        ...


class Exchange(NamedTuple):
    """An exchange that has ended, as it was at that moment.

    Attributes:
        started: seconds since 1970.
        seconds: how long it took.
        ip: the caller's address, by a proxy's word if there is one.
        sizes: bytes of req-in, req-out, resp-in and resp-out; None for what did not happen.
        bodies: the same four messages; None unless they shall be kept.
        held: bytes that ``bodies`` keep alive, with those of the children.
        sources: the calls of an aggregated question.
    """

    started: float
    seconds: float
    producer_seconds: float
    status: int | None
    fault_code: str
    cause: str
    correlation_id: str
    ip: str
    target: bytes
    sender: str
    original_consumer: str
    head: Head | None
    route: Traced | None
    permission: Traced | None
    address: str
    sizes: Sizes
    bodies: Bodies | None
    held: int
    sources: "tuple[Exchange, ...]"


class _Notes:
    """What is remembered of an aggregated question: the producer's answer, and the calls that it is made of."""

    __slots__ = ("received", "sources")

    def __init__(self) -> None:
        self.received: Answer | None = None
        self.sources: list[Call] = []


_SENT = object()  # what is remembered of a call that has been sent; its answer takes the place


class Collector:
    """A subscriber of ``WANTED``; ``take`` what has gathered.

    Attributes:
        dropped: exchanges lost so far because nobody took them in time, or because of a bug here.
    """

    def __init__(self, *, payloads: bool, max_waiting: int = _MAX_WAITING, max_held: int = _MAX_HELD) -> None:
        self.dropped = 0
        self._payloads, self._max_waiting, self._max_held = payloads, max_waiting, max_held
        self._waiting: deque[Exchange] = deque()
        self._held = self._released = 0  # bytes; two counters, because two threads count

    def __len__(self) -> int:
        return len(self._waiting)

    def __call__(self, action: str, call: Call) -> None:
        """Note what has happened."""
        try:
            if call.parent is not None:
                self._source(action, call, call.parent)
            elif action == RESP_OUT:
                self._end(call, call.answer)
            elif action == REQ_OUT:
                call.notes = _SENT
            elif action == RESP_IN:
                if type(call.notes) is _Notes:
                    call.notes.received = call.answer
                else:
                    call.notes = call.answer
            elif action == ERROR and call.failure == ABORTED:  # the consumer has gone: nothing more will happen
                self._end(call, None)
        except Exception:  # a bug here must not cost an answer; the writer tells the number
            self.dropped += 1

    def take(self, most: int) -> list[Exchange]:
        """Up to ``most`` exchanges, the oldest first; called by one other thread."""
        taken: list[Exchange] = []
        while len(taken) < most:
            try:
                found = self._waiting.popleft()
            except IndexError:
                break
            self._released += found.held
            taken.append(found)
        return taken

    def _source(self, action: str, call: Call, parent: Call) -> None:
        """A call of an aggregated question, sent or refused before it was: the end of the question takes it along.

        What a source tells after that (the question has no notes any more) comes too late for the journal.
        """
        whole = parent.notes
        if whole is not None and (action == REQ_OUT or (action == ERROR and call.notes is None)):
            if whole is _SENT:
                whole = parent.notes = _Notes()
            whole.sources.append(call)
            if action == REQ_OUT:
                call.notes = _SENT

    def _end(self, call: Call, answer: Answer | None) -> None:
        now = time.perf_counter()
        epoch = time.time() - now
        notes, call.notes = call.notes, None
        sent = received = None
        sources: tuple[Exchange, ...] = ()
        if notes is not None:
            sent, got = call.body, notes
            if type(notes) is _Notes:
                got = notes.received
                sources = tuple(self._of_source(each, epoch, now) for each in notes.sources)
            received = None if got is None or got is _SENT else got.body
        bodies = (call.request.body, sent, received, answer.body if answer else None)
        self._keep(self._note(call, epoch, now - call.started, answer, bodies, sources))

    def _of_source(self, call: Call, epoch: float, now: float) -> Exchange:
        """``now`` is when the whole question ended: so long has a source been waited for that has not answered."""
        sent, answer = call.notes is not None, call.answer
        seconds = call.producer_seconds or (now - call.started if sent else 0.0)
        bodies = (None, call.body if sent else None, answer.body if answer else None, None)
        return self._note(call, epoch, seconds, answer, bodies, ())

    def _note(
        self,
        call: Call,
        epoch: float,
        seconds: float,
        answer: Answer | None,
        bodies: Bodies,
        sources: tuple[Exchange, ...],
    ) -> Exchange:
        """``epoch`` turns ``time.perf_counter()`` into seconds since 1970."""
        req_in, req_out, resp_in, resp_out = bodies
        request, fault = call.request, call.fault
        return Exchange(
            epoch + call.started,
            seconds,
            call.producer_seconds,
            answer.status if answer else None,
            fault.code if fault else "",
            call.cause,
            call.correlation_id,
            call.source_ip or request.ip,
            request.target,
            call.sender,
            call.original_consumer,
            call.head,
            call.route,
            call.permission,
            call.address,
            (
                None if req_in is None else len(req_in),
                None if req_out is None else len(req_out),
                None if resp_in is None else len(resp_in),
                None if resp_out is None else len(resp_out),
            ),
            bodies if self._payloads else None,
            _held(bodies, sources) if self._payloads else 0,
            sources,
        )

    def _keep(self, found: Exchange) -> None:
        """Add an exchange; the oldest ones make room, except for a single one that is too large by itself."""
        waiting = self._waiting
        waiting.append(found)
        self._held += found.held
        while len(waiting) > self._max_waiting or (self._held - self._released > self._max_held and len(waiting) > 1):
            try:
                self._held -= waiting.popleft().held
            except IndexError:  # the writer has just been here
                break
            self.dropped += 1


def _held(bodies: Bodies, sources: tuple[Exchange, ...]) -> int:
    different = {id(body): len(body) for body in bodies if body is not None}
    return sum(different.values()) + sum(source.held for source in sources)
