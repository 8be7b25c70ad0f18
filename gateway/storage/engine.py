"""How the database is opened for SQLAlchemy: one factory, by URL alone."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from gateway.storage import place

BUSY_SECONDS = 5.0  # another process may be writing to the same SQLite file
CONNECT_SECONDS = 5
_WAL_BYTES = 16_777_216  # to which SQLite cuts its log back
_PAUSE_SECONDS = 0.02
_WRITES = "rivta_writes"


def connect(url: str, *, pool: int = 5, durable: bool = False) -> Engine:
    """An engine for a database URL; nothing is opened yet.

    Args:
        url: ``sqlite:///…`` or ``postgresql://…``.
        pool: connections that are kept open, at most; twice as many for a moment.
        durable: also a power cut loses nothing that was committed. SQLite only, PostgreSQL always does so: there each
            commit waits for the disk then.

    Raises:
        DataError: not a database URL, or the driver for it is not installed.
    """
    shared = place.is_postgresql(url)
    if not shared:
        place.sqlite_path(url)
    arguments: dict[str, Any] = {"timeout": BUSY_SECONDS}
    if shared:
        arguments = {"connect_timeout": CONNECT_SECONDS, "application_name": "rivta"}
    try:
        where = make_url(place.sqlalchemy_url(url))
        arguments = {key: value for key, value in arguments.items() if key not in where.query}
        engine = create_engine(
            where, connect_args=arguments, pool_size=pool, max_overflow=pool, pool_pre_ping=shared, hide_parameters=True
        )
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise place.unusable(str(error)) from None
    if not shared:
        event.listen(engine, "connect", _tuned(durable=durable))
        event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that will write, committed at the end.

    On SQLite it has the file for itself from the start: one that reads first and writes later fails when somebody else
    wrote in between.

    Raises:
        SQLAlchemyError: the database does not take it; nothing is stored.
    """
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


def _tuned(*, durable: bool) -> Any:
    def tune(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        cursor = connection.cursor()
        _write_ahead(cursor)
        # NORMAL: a power cut may cost the last second, never the file; a killed process loses nothing in either
        cursor.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten: this is about people
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
        cursor.close()

    return tune


def _write_ahead(cursor: Any) -> None:
    """Who reads shall not wait for who writes. Several that ask for it on a new file at once get no turns."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def cause(error: BaseException) -> str:
    """What the driver says, in one line, without the statement and its values: those are about people."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
