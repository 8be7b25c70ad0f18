"""The engagement index in the database: find, change, seed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any, NamedTuple

from gateway.storage.direct import Database, Work, batches, marks
from gateway.storage.engagement import FIELDS as FIELDS
from gateway.storage.engagement import Engagement
from gateway.storage.notices import CHANNEL
from gateway.storage.reading import Row

KIND = "engagements"  # of ``data_version``

_PLACE = itemgetter(4, 2, 3, 5, 6, 7, 11)
_ALL = ", ".join(FIELDS)
_KEY = "registered_resident_identification = ? AND service_domain = ? AND categorization = ? AND key = ?"
_FIND = f"SELECT {_ALL} FROM engagement WHERE registered_resident_identification = ? AND service_domain = ?"
_DELETE = f"DELETE FROM engagement WHERE {_KEY}"
_HELD = "most_recent_content, creation_time, update_time, seed"
_HELD_ONE = f"SELECT key, {_HELD} FROM engagement WHERE {_KEY}"
_HELD_MANY = (
    f"SELECT e.key, {_HELD} FROM unnest(?::text[], ?::text[], ?::text[], ?::bytea[]) AS w(person, domain, kind, key) "
    "JOIN engagement e ON e.registered_resident_identification = w.person AND e.service_domain = w.domain "
    "AND e.categorization = w.kind AND e.key = w.key ORDER BY w.person, w.domain, w.kind, w.key FOR UPDATE OF e"
)
_INSERT = f"INSERT INTO engagement (key, seed, {_ALL}) VALUES ({marks(len(FIELDS) + 2)})"
_CONFLICT = "ON CONFLICT (registered_resident_identification, service_domain, categorization, key)"
_UPSERT = (
    f"{_INSERT} {_CONFLICT} DO UPDATE SET most_recent_content = excluded.most_recent_content, "
    "creation_time = excluded.creation_time, update_time = excluded.update_time, seed = excluded.seed"
)
_SEED = f"{_INSERT} {_CONFLICT} DO NOTHING"
_SEEDED = f"SELECT seed FROM data_version WHERE kind = '{KIND}'"
_SET_SEED = (
    "INSERT INTO data_version (kind, number, changed_us, seed) VALUES (?, 1, ?, ?) ON CONFLICT (kind) DO UPDATE "
    "SET number = data_version.number + 1, changed_us = excluded.changed_us, seed = excluded.seed"
)
_LOCK = 0x65697364  # any number, the same for every gateway: two of them must not seed at once
_MANY = 100_000  # rows; PostgreSQL is asked for more than that by estimate only


class Change(NamedTuple):
    """One change: an engagement to be stored, or with ``delete`` to be removed."""

    delete: bool
    engagement: Engagement


class Wanted(NamedTuple):
    """What to find: a person's engagements in a service domain.

    Attributes:
        equal: (field, value) that must be the same.
        since: the oldest ``most_recent_content`` wanted; blank for any, also none.
    """

    person: str
    service_domain: str
    equal: tuple[tuple[str, str], ...] = ()
    since: str = ""


def find(database: Database, wanted: Wanted, kinds: Collection[str] | None = None) -> list[Engagement]:
    """The engagements, in order of source system, categorization, logical address and the rest of the key.

    Args:
        database: where.
        wanted: what.
        kinds: only these categorizations, one or more in lower case, whatever the case of those that are stored.

    Raises:
        StorageError: the database cannot be reached or read.
    """
    statement, values = _FIND, [wanted.person, wanted.service_domain]
    for field, value in wanted.equal:
        if field not in FIELDS:
            raise ValueError(field)
        statement, values = f"{statement} AND {field} = ?", [*values, value]
    if wanted.since:
        statement, values = f"{statement} AND most_recent_content >= ?", [*values, wanted.since]
    if kinds is not None:
        statement, values = f"{statement} AND lower(categorization) IN ({marks(len(kinds))})", [*values, *kinds]
    return [_engagement(row) for row in sorted(database.query(statement, values), key=_PLACE)]


def change(work: Work, changes: Sequence[Change], now: str) -> list[Change]:
    """Carry out changes whose keys all differ: first what is removed, then what is stored.

    Args:
        work: a transaction.
        changes: with the times that their senders gave, which do not count but for ``most_recent_content``.
        now: YYYYMMDDhhmmss, Swedish time.

    Returns:
        What subscribers hear of, as it is stored now: removals, also of what was not there, new engagements, and those
        with another ``most_recent_content``; in the order given.
    """
    keys = [(each, _key(each.engagement)) for each in changes]
    work.many(_DELETE, sorted(key for each, key in keys if each.delete))
    held = _held(work, [key for each, key in keys if not each.delete])
    told: list[Change] = []
    rows: list[Row] = []
    for each, key in keys:
        if each.delete:
            told.append(each)
            continue
        before = held.get(key[3])
        after, news = _after(each.engagement, before, now)
        if news:
            told.append(Change(False, after))
        if news or (before is not None and before[3]):  # a seed row that somebody has vouched for stays
            rows.append(_row(key[3], after, seed=False))
    work.many(_UPSERT, sorted(rows, key=lambda row: (row[2:5], row[0])))  # one order for all: nobody waits in a circle
    return told


def remove(work: Work, engagements: Iterable[Engagement], owner: str) -> None:
    """Remove the copies of engagements that another owner has."""
    work.many(_DELETE, sorted(_key(each, owner) for each in engagements))


def store(work: Work, engagements: Iterable[Engagement]) -> int:
    """Store engagements as they are, their times too, in place of those with the same key; how many."""
    count = 0
    for batch in batches(_row(each.key(), each, seed=False) for each in engagements):
        work.many(_UPSERT, batch)
        count += len(batch)
    return count


def seeded(database: Database) -> str:
    """The digest of the file that the seed rows came from, blank when there are none.

    Raises:
        StorageError: the database cannot be reached or read.
    """
    found = database.query(_SEEDED)
    return found[0][0] if found else ""


def seed(work: Work, engagements: Iterable[Engagement], digest: str, now_us: int) -> bool:
    """Put other seed rows in place of those that are there; rows from elsewhere stay, and count more.

    Returns:
        Whether that was done: not when the rows of this very file are there already.
    """
    if work.shared:
        work.query("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
    if [row[0] for row in work.query(_SEEDED)] == [digest]:
        return False
    work.execute("DELETE FROM engagement WHERE seed")
    for batch in batches(_row(each.key(), each, seed=True) for each in engagements):
        work.many(_SEED, batch)
    work.execute(_SET_SEED, (KIND, now_us, digest))
    if work.shared:
        work.query("SELECT pg_notify(?, ?)", (CHANNEL, KIND))
    return True


def count(database: Database) -> int:
    """How many engagements there are; in a large PostgreSQL table an estimate, because counting reads it all.

    Raises:
        StorageError: the database cannot be reached or read.
    """
    if database.shared:
        estimate = database.query("SELECT reltuples::bigint FROM pg_class WHERE oid = 'engagement'::regclass")[0][0]
        if estimate >= _MANY:
            return int(estimate)
    return int(database.query("SELECT count(*) FROM engagement")[0][0])


def listing(database: Database, equal: Iterable[tuple[str, str]], limit: int) -> list[tuple[Engagement, bool]]:
    """Engagements with these values, in the order they are kept, each with whether it is a seed row.

    Args:
        equal: (field, value) that must be the same.
        limit: how many at most; 0 for all.

    Raises:
        StorageError: the database cannot be reached or read.
    """
    statement, values = f"SELECT {_ALL}, seed FROM engagement", list[Any]()
    for field, value in equal:
        if field not in FIELDS:
            raise ValueError(field)
        statement, values = f"{statement} {'AND' if values else 'WHERE'} {field} = ?", [*values, value]
    statement += " ORDER BY registered_resident_identification, service_domain, categorization, key"
    if limit:
        statement, values = f"{statement} LIMIT ?", [*values, limit]
    return [(_engagement(row[:-1]), bool(row[-1])) for row in database.query(statement, values)]


def _held(work: Work, keys: list[tuple[str, str, str, bytes]]) -> dict[bytes, Row]:
    """What is stored under keys: the times and whether it is a seed row, by digest."""
    if not keys:
        return {}
    if work.shared:
        rows = work.query(_HELD_MANY, [list(column) for column in zip(*keys, strict=True)])
    else:
        rows = [row for key in keys for row in work.query(_HELD_ONE, key)]
    return {bytes(row[0]): tuple(row[1:]) for row in rows}


def _after(engagement: Engagement, before: Row | None, now: str) -> tuple[Engagement, bool]:
    """The engagement with the index's own times, and whether it is news."""
    if before is None:
        return replace(engagement, creation_time=now, update_time=""), True
    content, created, updated, _ = before
    news = (content or "") != engagement.most_recent_content
    return replace(engagement, creation_time=created or "", update_time=now if news else updated or ""), news


def _key(engagement: Engagement, owner: str | None = None) -> tuple[str, str, str, bytes]:
    return (
        engagement.registered_resident_identification,
        engagement.service_domain,
        engagement.categorization,
        engagement.key(owner),
    )


def _row(key: bytes, engagement: Engagement, *, seed: bool) -> Row:
    """The values of an INSERT; times that are not there are NULL."""
    e = engagement
    return (
        key,
        seed,
        e.registered_resident_identification,
        e.service_domain,
        e.categorization,
        e.logical_address,
        e.source_system,
        e.data_controller,
        e.business_object_instance_identifier,
        e.clinical_process_interest_id,
        e.most_recent_content or None,
        e.creation_time or None,
        e.update_time or None,
        e.owner,
    )


def _engagement(row: Row) -> Engagement:
    return Engagement(*((value or "" for value in row) if None in row else row))
