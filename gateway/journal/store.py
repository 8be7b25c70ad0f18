"""Puts exchanges into the database, and takes the oldest out when a limit is reached."""

import time
from collections.abc import Sequence
from contextlib import closing
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, update

from gateway.journal import models
from gateway.journal.exchange import Exchange
from gateway.journal.models import exchange, message, state
from gateway.journal.rows import Rows, weight
from gateway.settings import Settings

_SLICE = 256  # exchanges at a time: a millisecond that calls may have to wait for
_MANY = 32  # rows in a statement; SQLite may be built for no more than 999 values
_TOP = exchange.c.parent_id.is_(None)


class Store:
    """The journal as its writer sees it."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._exchanges, self._messages = _Insert(exchange, engine), _Insert(message, engine)
        self._most, self._bytes = settings.journal_max_exchanges, settings.journal_max_bytes
        self._age_us = int(settings.journal_max_age_hours * 3_600_000_000)

    def add(self, found: Sequence[Exchange], breath: float = 0.0) -> None:
        """Add a batch, in one transaction.

        Args:
            found: in the order in which they ended.
            breath: seconds that the interpreter is left to others after each few exchanges.

        Raises:
            SQLAlchemyError: the database does not take it; nothing is stored.
        """
        with self._engine.begin() as connection:
            next_id = _reserve(connection, weight(found))
            stored = 0
            for start in range(0, len(found), _SLICE):
                rows = Rows(found[start : start + _SLICE], next_id)
                self._exchanges(connection, rows.exchanges)
                self._messages(connection, rows.messages)
                next_id, stored = rows.next_id, stored + rows.stored_bytes
                time.sleep(breath)
            _grow(connection, stored)

    def trim(self) -> None:
        """Delete what is too much or too old.

        Raises:
            SQLAlchemyError: the database does not take it.
        """
        with self._engine.begin() as connection:
            end = _reserve(connection, 0)
            first = max(self._by_number(connection), self._by_age(connection, end))
            if first := self._by_size(connection, first, end):
                _delete(connection, first)

    def _by_number(self, connection: Connection) -> int:
        """The id of the first exchange to keep, 0 when the limit demands nothing. So the next one."""
        if not self._most:
            return 0
        oldest = select(exchange.c.id).where(_TOP).order_by(exchange.c.id.desc()).limit(1).offset(self._most - 1)
        return connection.scalar(oldest) or 0

    def _by_age(self, connection: Connection, end: int) -> int:
        if not self._age_us:
            return 0
        young = exchange.c.started_us >= int(time.time() * 1e6) - self._age_us
        found = connection.scalar(select(exchange.c.id).where(_TOP, young).order_by(exchange.c.id).limit(1))
        return end if found is None else found

    def _by_size(self, connection: Connection, first: int, end: int) -> int:
        """The same, when everything before ``first`` is gone already."""
        if not self._bytes:
            return first
        gone = connection.scalar(select(func.sum(exchange.c.stored_bytes)).where(_TOP, exchange.c.id < first)) or 0
        excess = (connection.scalar(select(state.c.stored_bytes)) or 0) - gone - self._bytes
        if excess <= 0:
            return first
        oldest = select(exchange.c.id, exchange.c.stored_bytes).where(_TOP, exchange.c.id >= first)
        with connection.execute(oldest.order_by(exchange.c.id)) as rows:
            for number, size in rows:
                if excess <= 0:
                    return int(number)
                excess -= size
        return end


def clear(engine: Engine) -> int:
    """Delete everything; how many exchanges there were.

    Raises:
        SQLAlchemyError: the database does not take it.
    """
    with engine.begin() as connection:
        end = _reserve(connection, 0)
        count = connection.scalar(select(func.count()).select_from(exchange).where(_TOP)) or 0
        _delete(connection, end)
    if models.sqlite_file(engine):
        with closing(engine.raw_connection()) as file:  # outside of any transaction
            cursor = file.cursor()
            cursor.execute("VACUUM")  # gives the space back
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log holds the rows, too
            cursor.close()
    return count


class _Insert:
    """An INSERT compiled once and given to the driver as it is.

    SQLAlchemy's own execute() looks at every value of every row, which costs as much again as storing it; these are
    integers, texts and bytes that every driver takes as they are. SQLite gets many rows in one statement: between two
    statements the interpreter goes over to the calls and back.
    """

    def __init__(self, table: Table, engine: Engine) -> None:
        compiled = insert(table).compile(dialect=engine.dialect)
        self._statement = str(compiled)
        self._names = None if compiled.positional else [column.name for column in table.columns]
        self._many = ""
        if engine.dialect.name == "sqlite":
            one = f"({', '.join('?' * len(table.columns))})"
            self._many = self._statement.replace(one, ", ".join([one] * _MANY))

    def __call__(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows whose values are in the order of the table's columns."""
        if self._many:
            for start in range(0, len(rows) - _MANY + 1, _MANY):
                connection.exec_driver_sql(self._many, tuple(chain.from_iterable(rows[start : start + _MANY])))
            rows = rows[len(rows) // _MANY * _MANY :]
        if not rows:
            return
        values: Sequence[Any] = rows
        if self._names:
            values = [dict(zip(self._names, row, strict=True)) for row in rows]
        connection.exec_driver_sql(self._statement, list(values))


def _reserve(connection: Connection, count: int) -> int:
    """The first of ``count`` new ids; from here on this transaction is the only one that changes the journal."""
    connection.execute(update(state).values(next_id=state.c.next_id + count))
    return int(connection.execute(select(state.c.next_id)).scalar_one()) - count


def _grow(connection: Connection, size: int) -> None:
    connection.execute(update(state).values(stored_bytes=state.c.stored_bytes + size))


def _delete(connection: Connection, first: int) -> None:
    """Everything before an id; an exchange's sources follow it, so they go with it."""
    size = connection.scalar(select(func.sum(exchange.c.stored_bytes)).where(_TOP, exchange.c.id < first)) or 0
    connection.execute(delete(message).where(message.c.exchange_id < first))
    connection.execute(delete(exchange).where(exchange.c.id < first))
    _grow(connection, -size)
