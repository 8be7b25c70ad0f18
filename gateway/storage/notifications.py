"""What subscribers of the engagement index are still to be told, and what was given up; and Updates that wait."""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.storage.direct import Database, Work, marks
from gateway.storage.reading import Row

_COLUMNS = "id, subscriber, created_us, attempts, last_error, correlation_id, payload"
_DUE = (
    f"SELECT {_COLUMNS} FROM notification n WHERE next_attempt_us <= ? "
    "AND NOT EXISTS (SELECT 1 FROM notification m WHERE m.subscriber = n.subscriber AND m.id < n.id) ORDER BY id"
)


class Notification(NamedTuple):
    """A message to a subscriber.

    Attributes:
        created: microseconds since 1970, as all times here.
        attempts: how often it has been sent in vain.
        payload: what Body shall hold, XML.
    """

    id: int
    subscriber: str
    created: int
    attempts: int
    last_error: str
    correlation_id: str
    payload: bytes


class Waiting(NamedTuple):
    """An Update that is acknowledged and not carried out yet."""

    id: int
    received: int
    correlation_id: str
    payload: bytes


def add(work: Work, subscriber: str, payload: bytes, correlation_id: str, now: int) -> None:
    """A message to send at once."""
    statement = (
        "INSERT INTO notification (subscriber, created_us, attempts, next_attempt_us, correlation_id, payload) "
        "VALUES (?, ?, 0, ?, ?, ?)"
    )
    work.execute(statement, (subscriber, now, now, correlation_id, payload))


def due(database: Database, now: int) -> list[Notification]:
    """The oldest message of each subscriber, if it is time to send it: the others wait, so that order is kept.

    Raises:
        StorageError: the database cannot be reached or read.
    """
    return [_notification(row) for row in database.query(_DUE, (now,))]


def next_time(database: Database) -> int | None:
    """When the next message may be due, None when there is none.

    Raises:
        StorageError: the database cannot be reached or read.
    """
    found = database.query("SELECT min(next_attempt_us) FROM notification")[0][0]
    return None if found is None else int(found)


def claim(work: Work, found: Notification, now: int, until: int) -> bool:
    """Keep a message for this process ``until`` then; whether another process was not faster."""
    statement = "UPDATE notification SET next_attempt_us = ? WHERE id = ? AND next_attempt_us <= ?"
    return work.execute(statement, (until, found.id, now)) == 1


def sent(work: Work, found: Notification) -> None:
    """The subscriber has it."""
    work.execute("DELETE FROM notification WHERE id = ?", (found.id,))


def put_off(work: Work, found: Notification, error: str, until: int) -> None:
    """An attempt failed; the next one is ``until`` then."""
    statement = "UPDATE notification SET attempts = attempts + 1, last_error = ?, next_attempt_us = ? WHERE id = ?"
    work.execute(statement, (error, until, found.id))


def give_up(work: Work, found: Notification, error: str, now: int) -> None:
    """The last attempt failed: it becomes a dead letter."""
    statement = (
        "INSERT INTO dead_letter (subscriber, created_us, attempts, given_up_us, last_error, correlation_id, payload) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    values = (found.subscriber, found.created, found.attempts + 1, now, error, found.correlation_id, found.payload)
    work.execute(statement, values)
    sent(work, found)


def pending(database: Database) -> list[Notification]:
    """Everything that is still to be sent, in order.

    Raises:
        StorageError: the database cannot be reached or read.
    """
    return [_notification(row) for row in database.query(f"SELECT {_COLUMNS} FROM notification ORDER BY id")]


def dead(database: Database) -> list[Notification]:
    """The dead letters, the oldest first.

    Raises:
        StorageError: the database cannot be reached or read.
    """
    return [_notification(row) for row in database.query(f"SELECT {_COLUMNS} FROM dead_letter ORDER BY id")]


def replay(work: Work, ids: Sequence[int] | None, now: int) -> list[int]:
    """Make dead letters messages again, to be sent at once; the ids of those that were, in order.

    Args:
        work: a transaction.
        ids: which; None for all.
        now: the present.
    """
    if ids is not None and not ids:
        return []
    chosen = "" if ids is None else f" WHERE id IN ({marks(len(ids))})"
    lock = " FOR UPDATE" if work.shared else ""
    found = work.query(f"SELECT {_COLUMNS} FROM dead_letter{chosen} ORDER BY id{lock}", list(ids or ()))
    for row in map(_notification, found):
        add(work, row.subscriber, row.payload, row.correlation_id, now)
    return forget(work, [int(row[0]) for row in found])


def forget(work: Work, ids: Sequence[int]) -> list[int]:
    """Delete dead letters for good; the ids."""
    if ids:
        work.execute(f"DELETE FROM dead_letter WHERE id IN ({marks(len(ids))})", list(ids))
    return list(ids)


def collect(work: Work, payload: bytes, correlation_id: str, now: int) -> None:
    """Keep an acknowledged Update until it is carried out."""
    statement = "INSERT INTO engagement_inbox (received_us, correlation_id, payload) VALUES (?, ?, ?)"
    work.execute(statement, (now, correlation_id, payload))


def first_waiting(database: Database) -> tuple[int | None, int]:
    """When the oldest Update that waits came in, and how many there are.

    Raises:
        StorageError: the database cannot be reached or read.
    """
    first, count = database.query("SELECT min(received_us), count(*) FROM engagement_inbox")[0]
    return (None if first is None else int(first)), int(count)


def take_waiting(work: Work, most: int) -> list[Waiting]:
    """Take the oldest Updates that wait out of the database, to carry them out in this transaction."""
    lock = " FOR UPDATE SKIP LOCKED" if work.shared else ""
    statement = f"SELECT id, received_us, correlation_id, payload FROM engagement_inbox ORDER BY id LIMIT ?{lock}"
    found = [Waiting(int(row[0]), int(row[1]), row[2], bytes(row[3])) for row in work.query(statement, (most,))]
    work.many("DELETE FROM engagement_inbox WHERE id = ?", [(row.id,) for row in found])
    return found


def _notification(row: Row) -> Notification:
    number, subscriber, created, attempts, error, correlation_id, payload = row
    return Notification(number, subscriber, created, attempts, error or "", correlation_id, bytes(payload))
