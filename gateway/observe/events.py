"""The event bus: the engine tells what happened to a call, writers decide what to do with it."""

from collections.abc import Callable
from typing import Generic, TypeVar

REQ_IN, REQ_OUT, RESP_IN, RESP_OUT, ERROR = "req-in", "req-out", "resp-in", "resp-out", "error"

T = TypeVar("T")


class Events(Generic[T]):
    """Subscribers of events about a subject; costs a truth test when nobody listens."""

    __slots__ = ("_subscribers",)

    def __init__(self) -> None:
        self._subscribers: list[Callable[[str, T], None]] = []

    def subscribe(self, subscriber: Callable[[str, T], None]) -> None:
        """Call ``subscriber(action, subject)`` for every event from now on."""
        self._subscribers.append(subscriber)

    def emit(self, action: str, subject: T) -> None:
        """Tell all subscribers."""
        for subscriber in self._subscribers:
            subscriber(action, subject)
