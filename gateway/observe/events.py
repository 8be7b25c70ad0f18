"""The event bus: the engine tells what happened to a call, writers decide what to do with it."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

REQ_IN, REQ_OUT, RESP_IN, RESP_OUT, ERROR = "req-in", "req-out", "resp-in", "resp-out", "error"

ACTIONS = (REQ_IN, REQ_OUT, RESP_IN, RESP_OUT, ERROR)

T = TypeVar("T")


class Events(Generic[T]):
    """Subscribers of events about a subject; costs a look-up when nobody listens."""

    __slots__ = ("_subscribers",)

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Callable[[str, T], None]]] = {action: [] for action in ACTIONS}

    def subscribe(self, subscriber: Callable[[str, T], None], actions: Iterable[str] = ACTIONS) -> None:
        """Call ``subscriber(action, subject)`` for every event of these actions from now on."""
        for action in actions:
            self._subscribers[action].append(subscriber)

    def emit(self, action: str, subject: T) -> None:
        """Tell all who want this action."""
        for subscriber in self._subscribers[action]:
            subscriber(action, subject)
