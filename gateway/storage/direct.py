"""The database straight on its driver, for what every call may need: SQLite and PostgreSQL behind one face.

Not through SQLAlchemy, which costs a gateway half a second at its start and each statement as much again as the driver
(``reading`` says more). Statements are the same for both, with ``?`` for values.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from gateway.storage import place
from gateway.storage.reading import Row, listen_connection, open_sqlite, raising

_WAL_BYTES = 16_777_216  # to which SQLite cuts its log back


class Work:
    """What can be done within a transaction.

    Attributes:
        shared: whether it is PostgreSQL, where others write at the same time.
    """

    def __init__(self, connection: Any, *, shared: bool) -> None:
        self._connection, self.shared = connection, shared

    def query(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows of a SELECT, or of a statement with RETURNING."""
        found: list[Row] = self._connection.execute(_written(statement, self.shared), values).fetchall()
        return found

    def execute(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement; how many rows it touched."""
        return int(self._connection.execute(_written(statement, self.shared), values).rowcount)

    def many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Carry out a statement once for each row of values."""
        if rows:
            self._connection.cursor().executemany(_written(statement, self.shared), rows)


class Database:
    """A database by URL. Each thread that uses it has a connection of its own, which is kept.

    Attributes:
        shared: whether it is PostgreSQL.
    """

    def __init__(self, url: str, busy_seconds: float | None = None) -> None:
        """Nothing is opened yet. An SQLite file that others lock is waited for ``busy_seconds``, see ``open_sqlite``.

        Raises:
            DataError: not a URL of SQLite or PostgreSQL.
        """
        self.url, self.shared, self._busy_seconds = url, place.is_postgresql(url), busy_seconds
        self._path = None if self.shared else place.sqlite_path(url)
        self._local = threading.local()

    def query(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows of one SELECT.

        Raises:
            StorageError: the database cannot be reached or read.
        """
        with raising(self.url):
            kept = self._kept() is not None
            try:
                return Work(self._connection(), shared=self.shared).query(statement, values)
            except Exception:
                lost = self._forget_lost()
                if not (kept and lost):
                    raise
            return Work(self._connection(), shared=self.shared).query(statement, values)

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """A transaction. Once this has ended without an exception, nothing of it is lost, not by a power cut either.

        Raises:
            StorageError: the database does not take it; nothing of it is stored.
        """
        with raising(self.url):
            connection = self._connection()
            if self.shared and connection.closed:
                self.close()
                connection = self._connection()
            try:
                connection.execute("BEGIN" if self.shared else "BEGIN IMMEDIATE")
                yield Work(connection, shared=self.shared)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(Exception):
                    connection.execute("ROLLBACK")
                self._forget_lost()
                raise

    def close(self) -> None:
        """Close this thread's connection; the next use opens another."""
        found = getattr(self._local, "connection", None)
        self._local.connection = None
        if found is not None:
            with suppress(Exception):
                found.close()

    def _kept(self) -> Any:
        """This thread's connection. A file that has been replaced is not the one that was opened."""
        found = getattr(self._local, "connection", None)
        if found is not None and self._path is not None and place.identity(self._path) != self._local.file:
            self.close()
            return None
        return found

    def _connection(self) -> Any:
        found = self._kept()
        if found is None:
            found = self._local.connection = self._open()
        return found

    def _open(self) -> Any:
        if self._path is None:
            return listen_connection(self.url)
        connection = open_sqlite(self.url, self._busy_seconds)
        self._local.file = place.identity(self._path)
        connection.execute("PRAGMA journal_mode = WAL")  # who reads does not wait for who writes
        connection.execute("PRAGMA synchronous = FULL")  # a commit waits for the disk: an answer OK must be true
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten: this is about people
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
        return connection

    def _forget_lost(self) -> bool:
        """Let go of a connection that is of no use any more; whether it was."""
        connection = getattr(self._local, "connection", None)
        lost = connection is not None and self.shared and bool(connection.closed or connection.broken)
        if lost:
            self.close()
        return lost


@lru_cache(maxsize=256)
def _written(statement: str, shared: bool) -> str:
    """The statement in the driver's own notation."""
    return statement.replace("?", "%s") if shared else statement


def marks(count: int) -> str:
    """``?, ?, ?``."""
    return ", ".join("?" * count)


def is_busy(error: BaseException) -> bool:
    """Whether an exception says that somebody else is writing to the SQLite file."""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def batches(rows: Iterable[Row], size: int = 1_000) -> Iterator[list[Row]]:
    """Rows in lists of at most ``size``."""
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
