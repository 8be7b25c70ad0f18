"""``gateway.observe.events``: everyone who listens hears everything, in order."""

from gateway.observe.events import ACTIONS, ERROR, RESP_OUT, Events


def test_subscribers_hear_events_in_order() -> None:
    events: Events[str] = Events()
    heard: list[tuple[str, str, str]] = []
    events.subscribe(lambda action, subject: heard.append(("one", action, subject)))
    events.emit("req-in", "a")
    events.subscribe(lambda action, subject: heard.append(("two", action, subject)))
    events.emit("resp-out", "b")
    assert heard == [("one", "req-in", "a"), ("one", "resp-out", "b"), ("two", "resp-out", "b")]


def test_nobody_needs_to_listen() -> None:
    events: Events[object] = Events()
    assert events.emit("req-in", object()) is None  # type: ignore[func-returns-value]


def test_a_subscriber_hears_only_the_actions_it_wants() -> None:
    events: Events[str] = Events()
    heard: list[str] = []
    events.subscribe(lambda action, _: heard.append(action), (RESP_OUT, ERROR))
    for action in ACTIONS:
        events.emit(action, "x")
    assert heard == [RESP_OUT, ERROR]
