"""Fills the engagement index: PostgreSQL by COPY, SQLite by the thousand, both in the order of the key."""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from gateway.simulate.people import FIRST, LAST, People, Row
from gateway.storage.direct import Database
from gateway.storage.engagements import FIELDS
from gateway.storage.reading import listen_connection, raising

_COLUMNS = ("key", "seed", *FIELDS)
_PERSONS = 20_000  # at a time
_OURS = "registered_resident_identification >= ? AND registered_resident_identification < ?"
_BOUNDS = (FIRST, f"{LAST}9999")
_COPY = f"COPY engagement ({', '.join(_COLUMNS)}) FROM STDIN"

Tell = Callable[[int, int], object]
"""``tell(persons, rows)``: so many are in."""


class Filled(NamedTuple):
    """How filling went.

    Attributes:
        seconds: until everything was stored, tables analysed.
        cpu_seconds: of this process; PostgreSQL's own are not in it.
    """

    rows: int
    seconds: float
    cpu_seconds: float


def strangers(database: Database) -> bool:
    """Whether the index holds engagements of persons that are not simulated, seed rows aside.

    Raises:
        StorageError: the database cannot be read.
    """
    there = "SELECT 1 FROM engagement WHERE NOT seed AND registered_resident_identification"
    return any(database.query(f"{there} {sign} ? LIMIT 1", (bound,)) for sign, bound in zip("<>", _BOUNDS, strict=True))


def fill(database: Database, people: People, owner: str, tell: Tell) -> Filled:
    """Put everybody's engagements in place of the simulated ones that are there; others stay.

    Args:
        database: with its tables.
        people: the persons.
        owner: HSA-id of the index.
        tell: called now and then.

    Raises:
        StorageError: the database does not take them; nothing has changed then.
    """
    started, cpu = time.perf_counter(), time.process_time()
    rows = (_postgresql if database.shared else _sqlite)(database, people, owner, tell)
    return Filled(rows, time.perf_counter() - started, time.process_time() - cpu)


def _postgresql(database: Database, people: People, owner: str, tell: Tell) -> int:
    count = 0
    with raising(database.url), listen_connection(database.url) as connection:
        with connection.transaction():
            _clear(connection)
            with connection.cursor().copy(_COPY.encode()) as copy:
                for start, end in _parts(people):
                    lines = [_line(row, owner) for row in people.all_rows(start, end)]
                    copy.write("".join(lines).encode())
                    count += len(lines)
                    tell(end, count)
        connection.execute("VACUUM (ANALYZE) engagement")
    return count


def _clear(connection: Any) -> None:
    """A table with nothing else in it is emptied at once: deleting a million rows takes as long as writing them."""
    others = f"SELECT 1 FROM engagement WHERE NOT ({_OURS.replace('?', '%s')}) LIMIT 1"  # noqa: S608 - ours
    if connection.execute(others, _BOUNDS).fetchone() is None:
        connection.execute("TRUNCATE engagement")
    else:
        connection.execute(f"DELETE FROM engagement WHERE {_OURS.replace('?', '%s')}", _BOUNDS)  # noqa: S608 - ours


def _line(row: Row, owner: str) -> str:
    """In COPY's text form; ids and names of domains hold nothing that needs escaping."""
    person, domain, categorization, key, address, giver, content = row
    return (
        f"\\\\x{key.hex()}\tf\t{person}\t{domain}\t{categorization}\t{address}\t{address}\t{giver}\tNA\tNA\t"
        f"{content}\t{content}\t\\N\t{owner}\n"
    )


def _sqlite(database: Database, people: People, owner: str, tell: Tell) -> int:
    statement = f"INSERT INTO engagement ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
    count = 0
    with database.writing() as work:
        work.execute(f"DELETE FROM engagement WHERE {_OURS}", _BOUNDS)  # noqa: S608 - ours
        for start, end in _parts(people):
            rows = [_values(row, owner) for row in people.all_rows(start, end)]
            work.many(statement, rows)
            count += len(rows)
            tell(end, count)
    return count


def _values(row: Row, owner: str) -> tuple[Any, ...]:
    person, domain, categorization, key, address, giver, content = row
    places = address, address, giver, "NA", "NA"
    return (key, False, person, domain, categorization, *places, content, content, None, owner)


def _parts(people: People) -> Iterator[tuple[int, int]]:
    for start in range(0, people.count, _PERSONS):
        yield start, min(start + _PERSONS, people.count)
