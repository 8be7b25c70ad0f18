"""The fields of an event of a call, as the log has them."""

from time import perf_counter
from typing import Any

from gateway.observe import ecs
from gateway.observe.batch import Event
from gateway.router.call import Call


def now(action: str, call: Call) -> Event:
    """An event that happens now."""
    return action, perf_counter(), call, call.head, call.body, call.answer


def fields(action: str, call: Call, content: ecs.Content | None = None) -> dict[str, Any]:
    """What would be written if the event happened now, without the time of the line."""
    found = ecs.fields(now(action, call), content)
    assert found.pop("@timestamp")
    return found
