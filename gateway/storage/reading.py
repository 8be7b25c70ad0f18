"""Reads whole tables as one moment saw them, a batch of rows at a time, straight on the drivers.

Not through SQLAlchemy: importing it takes half a second, which a gateway that only reads its catalogue has no use for,
and a million rows pass through here as the driver made them.
"""

import itertools
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gateway.storage import place
from gateway.storage.errors import StorageError

if TYPE_CHECKING:
    import psycopg

BUSY_SECONDS = 5.0
CONNECT_SECONDS = 5
_BATCH = 1_000  # rows; the interpreter is left to others after each
_NUMBERS = "SELECT kind, number FROM data_version"
_MISSING = ("no such table", "no such column")

Row = tuple[Any, ...]
Select = Callable[[str], Iterator[list[Row]]]
"""Carries out a SELECT and yields its rows in batches."""
Numbers = dict[str, int]
"""How often each kind of data has changed (``changes.Kind``)."""


@contextmanager
def reading(url: str) -> Iterator[Select]:
    """A transaction that reads. All that is selected in it is of the same moment.

    An SQLite file is not made by reading.

    Raises:
        StorageError: the database cannot be reached or read; also from what was selected in it.
        DataError: ``url`` is not a database URL.
    """
    with raising(url):
        if place.is_postgresql(url):
            connection = listen_connection(url, autocommit=False)
            with connection:
                yield _in_postgresql(connection)
            return
        file = open_sqlite(url)
        try:
            file.execute("BEGIN")
            yield lambda statement: _batches(file.execute(statement))
        finally:
            file.close()


def numbers(url: str) -> Numbers:
    """How often each kind of data has changed; empty without a database or tables.

    Raises:
        StorageError, DataError: as ``reading``.
    """
    if is_missing(url):
        return {}
    with reading(url) as select:
        return numbers_in(select)


def numbers_in(select: Select) -> Numbers:
    """The same, in a transaction under way; without tables it is of no use afterwards."""
    return numbers_by(lambda statement: itertools.chain.from_iterable(select(statement)))


def numbers_by(execute: Callable[[str], Iterable[Row]]) -> Numbers:
    """The same, by whatever carries out a statement."""
    try:
        return dict(execute(_NUMBERS))
    except Exception as error:
        if is_missing_table(error):
            return {}
        raise


def is_missing(url: str) -> bool:
    """Whether the database is an SQLite file that nobody has made yet."""
    return not place.is_postgresql(url) and not place.sqlite_path(url).is_file()


def is_missing_table(error: Exception) -> bool:
    """Whether a driver's exception says that the tables were never made."""
    if isinstance(error, sqlite3.OperationalError):
        return str(error).startswith(_MISSING)
    return getattr(error, "sqlstate", None) == "42P01"  # undefined_table


@contextmanager
def raising(url: str) -> Iterator[None]:
    """Turns the drivers' exceptions into ``StorageError``."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StorageError(place.shown(url), str(error)) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "psycopg":
            raise
        raise StorageError(place.shown(url), str(error).strip().partition("\n")[0]) from None


def open_sqlite(url: str, busy_seconds: float | None = None) -> sqlite3.Connection:
    """A connection that cannot make the file, in which transactions begin where they are told to.

    It waits ``busy_seconds``, None for ``BUSY_SECONDS``, for others who lock the file.
    """
    path = place.sqlite_path(url).absolute()
    seconds = BUSY_SECONDS if busy_seconds is None else busy_seconds
    return sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=seconds, isolation_level=None)


def listen_connection(url: str, *, autocommit: bool = True) -> "psycopg.Connection[Row]":
    """A connection to PostgreSQL that notices within half a minute when the other end is gone.

    Raises:
        psycopg.Error: it cannot be made.
        StorageError: psycopg is not installed.
    """
    try:
        import psycopg
    except ImportError as error:
        raise StorageError(place.shown(url), f"needs the package psycopg: {error}") from None
    connection = psycopg.connect(
        place.libpq_url(url),
        autocommit=autocommit,
        connect_timeout=CONNECT_SECONDS,
        application_name="rivta",
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
    )
    if not autocommit:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
    return connection


def _in_postgresql(connection: "psycopg.Connection[Row]") -> Select:
    count = 0

    def select(statement: str) -> Iterator[list[Row]]:
        nonlocal count
        count += 1
        with connection.cursor(name=f"rivta_{count}", binary=True) as cursor:  # the rows wait in the server
            cursor.execute(statement.encode())
            yield from _batches(cursor)

    return select


def _batches(cursor: Any) -> Iterator[list[Row]]:
    while batch := cursor.fetchmany(_BATCH):
        yield batch
