"""``gateway.storage.notifications``: what is still to be told, what was given up, what waits."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from storage_parts import opened

from gateway.storage import notifications, schema
from gateway.storage.direct import Database
from gateway.storage.notifications import Notification


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with opened(database_url) as engine:
        schema.prepare(engine)
    found = Database(database_url)
    yield found
    found.close()


def add(database: Database, *subscribers: str, now: int = 10) -> None:
    with database.writing() as work:
        for subscriber in subscribers:
            notifications.add(work, subscriber, f"<å>{subscriber}</å>".encode(), "korr", now)


def who(found: list[Notification]) -> list[str]:
    return [each.subscriber for each in found]


def test_each_subscriber_is_sent_its_oldest_first(database: Database) -> None:
    add(database, "A", "A", "B", "C")
    due = notifications.due(database, 10)
    assert who(due) == ["A", "B", "C"]
    assert due[0] == Notification(due[0].id, "A", 10, 0, "", "korr", "<å>A</å>".encode())
    with database.writing() as work:
        notifications.sent(work, due[0])
    assert who(notifications.due(database, 10)) == ["A", "B", "C"]
    assert len(notifications.pending(database)) == 3


def test_what_is_put_off_holds_up_its_own_queue_only(database: Database) -> None:
    add(database, "A", "A", "B")
    first = notifications.due(database, 10)[0]
    with database.writing() as work:
        notifications.put_off(work, first, "nej", 100)
    assert who(notifications.due(database, 99)) == ["B"]
    assert who(notifications.due(database, 100)) == ["A", "B"]
    again = notifications.due(database, 100)[0]
    assert (again.id, again.attempts, again.last_error) == (first.id, 1, "nej")
    assert notifications.next_time(database) == 10


def test_nothing_is_due_before_its_time(database: Database) -> None:
    assert notifications.next_time(database) is None
    add(database, "A", now=50)
    assert (notifications.due(database, 49), notifications.next_time(database)) == ([], 50)


def test_one_of_two_gateways_gets_a_message(database: Database) -> None:
    add(database, "A")
    (found,) = notifications.due(database, 10)
    with database.writing() as work:
        assert notifications.claim(work, found, 10, 70)
        assert not notifications.claim(work, found, 10, 70)
    assert notifications.due(database, 69) == []
    assert who(notifications.due(database, 70)) == ["A"]  # the other one was killed while it sent


def test_what_is_given_up_can_be_replayed_or_forgotten(database: Database) -> None:
    add(database, "A", "B", "C")
    with database.writing() as work:
        for each in notifications.due(database, 10):
            notifications.give_up(work, each, "till slut", 90)
    dead = notifications.dead(database)
    assert [(each.subscriber, each.attempts, each.last_error) for each in dead] == [
        ("A", 1, "till slut"),
        ("B", 1, "till slut"),
        ("C", 1, "till slut"),
    ]
    assert notifications.pending(database) == []
    with database.writing() as work:
        assert notifications.replay(work, [dead[1].id, 4711], 95) == [dead[1].id]
    (again,) = notifications.due(database, 95)
    assert (again.subscriber, again.attempts, again.payload) == ("B", 0, "<å>B</å>".encode())
    with database.writing() as work:
        assert notifications.replay(work, None, 95) == [dead[0].id, dead[2].id]
        assert notifications.replay(work, [], 95) == notifications.replay(work, None, 95) == []
    assert notifications.dead(database) == []


def test_numbers_of_dead_letters_are_never_used_again(database: Database) -> None:
    numbers = []
    for _ in range(2):
        add(database, "A")
        with database.writing() as work:
            notifications.give_up(work, notifications.due(database, 10)[0], "x", 20)
        numbers += [each.id for each in notifications.dead(database)]
        with database.writing() as work:
            notifications.forget(work, numbers[-1:])
    assert numbers[0] < numbers[1]


def test_updates_wait_in_order_until_they_are_taken(database: Database) -> None:
    assert notifications.first_waiting(database) == (None, 0)
    with database.writing() as work:
        for number in range(5):
            notifications.collect(work, b"%d" % number, "korr", 100 + number)
    assert notifications.first_waiting(database) == (100, 5)
    with database.writing() as work:
        assert [each.payload for each in notifications.take_waiting(work, 2)] == [b"0", b"1"]
    assert notifications.first_waiting(database) == (102, 3)
    with suppress(ZeroDivisionError), database.writing() as work:
        notifications.take_waiting(work, 9)
        raise ZeroDivisionError
    assert notifications.first_waiting(database) == (102, 3)
