"""Events of calls, gathered and handed over many at once.

Log and journal do their work on a batch: while a call goes on an event is only noted. Many at once cost half as much as
one by one between other work.
"""

import asyncio
import atexit
from collections.abc import Callable, Iterable
from time import perf_counter

from gateway.message import Answer
from gateway.observe.events import ACTIONS, ERROR, Events
from gateway.router.call import Call
from gateway.soap.head import Head

_SECONDS = 0.2
_MOST = 128  # events; what they keep alive until then are the messages of some 32 calls

Event = tuple[str, float, Call, Head | None, bytes, Answer | None]
"""What has happened to a call, and what the call was like then, as far as that changes later.

The action, ``time.perf_counter()``, the call, its head, the message for the producer, and the answer if there was one.
A plain tuple, because four are made in every call.
"""
Reader = Callable[[list[Event]], None]


class Batch:
    """Hands events over to its readers, in order: after ``_SECONDS`` at most, and an error at once.

    Outside an event loop nothing waits.
    """

    def __init__(self, *readers: Reader) -> None:
        self._readers = readers
        self._waiting: list[Event] = []
        self._timer: asyncio.TimerHandle | None = None

    def subscribe(self, events: Events[Call], actions: Iterable[str] = ACTIONS) -> None:
        """Take part in all that happens from now on."""
        events.subscribe(self._note, actions)
        atexit.register(self.flush)

    def _note(self, action: str, call: Call) -> None:
        waiting = self._waiting
        waiting.append((action, perf_counter(), call, call.head, call.body, call.answer))
        if action == ERROR or len(waiting) >= _MOST:
            self.flush()
        elif self._timer is None:
            try:
                self._timer = asyncio.get_running_loop().call_later(_SECONDS, self._tick)
            except RuntimeError:  # no loop here to wake us
                self.flush()

    def _tick(self) -> None:
        self._timer = None
        self.flush()

    def flush(self) -> None:
        """Hand over what has gathered."""
        events, self._waiting = self._waiting, []
        if events:
            for read in self._readers:
                read(events)
