"""The collector: notes each exchange when it has ended, and keeps it until the writer comes.

It runs in the event loop, beside the calls. It never waits and never raises. What it makes of a call it makes for a few
at once: one by one its code would not be in the processor's cache, and what many keep alive would not fit into that.
"""

import time
from collections import deque
from typing import Any

from gateway.journal.exchange import Exchange, ended, of_source
from gateway.message import Answer
from gateway.observe.events import ERROR, REQ_OUT, RESP_IN, RESP_OUT
from gateway.router.call import ABORTED, Call

_MAX_WAITING = 10_000  # exchanges
_MAX_HELD = 67_108_864  # bytes of messages that wait
_FEW = 8  # calls

WANTED = (REQ_OUT, RESP_IN, RESP_OUT, ERROR)


class _Notes:
    """What is remembered of an aggregated question: the producer's answer, and the calls that it is made of."""

    __slots__ = ("received", "sources")

    def __init__(self) -> None:
        self.received: Answer | None = None
        self.sources: list[Call] = []


_SENT = object()  # what is remembered of a call that has been sent; its answer takes the place
_Ended = tuple[Call, Answer | None, Any, float]
"""A call, the consumer's answer, what is remembered of the call, and when it ended."""


class Collector:
    """A subscriber of ``WANTED``; ``take`` what has gathered.

    Attributes:
        dropped: exchanges lost so far because nobody took them in time, or because of a bug here.
    """

    def __init__(self, *, payloads: bool, max_waiting: int = _MAX_WAITING, max_held: int = _MAX_HELD) -> None:
        self.dropped = 0
        self._payloads, self._max_waiting, self._max_held = payloads, max_waiting, max_held
        self._few = 1 if payloads or max_waiting < _FEW else _FEW
        self._waiting: deque[Exchange] = deque()
        self._ended: deque[_Ended] = deque()
        self._held = self._released = 0  # bytes; two counters, because two threads count

    def __len__(self) -> int:
        return len(self._waiting) + len(self._ended)

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
        while len(taken) < most and (late := self._next()) is not None:
            taken.append(late)
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
        notes, call.notes = call.notes, None
        now = time.perf_counter()
        if type(notes) is _Notes:  # made at once: what its sources tell from now on comes too late
            self._make()
            sources = tuple([of_source(each, now, payloads=self._payloads) for each in notes.sources])
            received = notes.received.body if notes.received is not None else None
            self._keep(ended(call, now, answer, call.body, received, sources, payloads=self._payloads))
            return
        self._ended.append((call, answer, notes, now))
        if len(self._ended) >= self._few:
            self._make()

    def _make(self) -> None:
        while (found := self._next()) is not None:
            self._keep(found)

    def _next(self) -> Exchange | None:
        """What the longest ended call is for the journal; None when there is none."""
        while True:
            try:
                call, answer, notes, now = self._ended.popleft()
            except IndexError:
                return None
            sent = None if notes is None else call.body
            received = None if notes is None or notes is _SENT else notes.body
            try:
                return ended(call, now, answer, sent, received, (), payloads=self._payloads)
            except Exception:  # a bug here must not cost an answer; the writer tells the number
                self.dropped += 1

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
