"""The journal's tables and how a database is opened: the one place that knows the schema.

Times are microseconds since 1970 in UTC and durations microseconds, as integers: every database has them and no driver
converts them. Ids are given by the writer from ``journal_state``, so that the calls of an aggregated question can name
their parent in the same batch, and follow it directly.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from gateway.errors import DataError

SCHEMA = 1  # raised with every change of the tables
_BUSY_SECONDS = 5.0  # another process may be writing to the same SQLite file
_WAL_BYTES = 16_777_216  # to which SQLite cuts its log back
_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite: the row's own number, without an index

metadata = MetaData()

state = Table(
    "journal_state",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("schema_version", Integer, nullable=False),
    Column("next_id", BigInteger, nullable=False),
    Column("stored_bytes", BigInteger, nullable=False),
)
"""One row. Who changes it first in a transaction has the journal for itself until the end."""

exchange = Table(
    "journal_exchange",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=False),
    Column("parent_id", BigInteger, index=True),
    Column("started_us", BigInteger, nullable=False),
    Column("duration_us", BigInteger, nullable=False),
    Column("producer_us", BigInteger),
    Column("outcome", Text, nullable=False),
    Column("http_status", Integer),
    Column("fault_code", Text),
    Column("cause", Text),
    Column("correlation_id", Text, nullable=False),
    Column("caller_ip", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("sender", Text),
    Column("original_consumer", Text),
    Column("profile", Text),
    Column("logical_address", Text),
    Column("contract", Text),
    Column("operation", Text),
    Column("route_trace", Text),
    Column("permission_trace", Text),
    Column("address", Text),
    Column("req_in_bytes", BigInteger),
    Column("req_out_bytes", BigInteger),
    Column("resp_in_bytes", BigInteger),
    Column("resp_out_bytes", BigInteger),
    Column("stored_bytes", BigInteger, nullable=False),
)
"""An exchange with a consumer, or (``parent_id``) one call of an aggregated question. NULL is what did not happen."""

message = Table(
    "journal_message",
    metadata,
    Column("exchange_id", _ID, ForeignKey(exchange.c.id), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("same_as", Text),
    Column("body", LargeBinary),
)
"""A message, compressed with zlib; ``same_as`` names the earlier message of the exchange that has the same bytes."""


class JournalError(Exception):
    """The database holds no journal that this version can use; the text says what to do (English)."""


def connect(url: str) -> Engine:
    """An engine for a database URL; nothing is opened yet.

    Raises:
        DataError: not a database URL, or the driver for it is not installed.
    """
    try:
        where = make_url(url)
        local = where.get_backend_name() == "sqlite"
        engine = create_engine(where, connect_args={"timeout": _BUSY_SECONDS} if local else {}, pool_size=1)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise DataError(Path("database_url"), 0, f"not usable: {error}") from None
    if local:
        event.listen(engine, "connect", _tune)
    return engine


def _tune(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")  # who reads does not wait for who writes
    cursor.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last second, never the file
    cursor.execute("PRAGMA secure_delete = ON")  # what is trimmed is overwritten: messages are about people
    cursor.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    cursor.close()


def prepare(engine: Engine) -> None:
    """Create what is missing.

    Raises:
        SQLAlchemyError, OSError: the database cannot be opened.
        JournalError: its tables are another version's.
    """
    if path := sqlite_file(engine.url):
        _private(path)
    try:
        _create(engine)
    except SQLAlchemyError:  # another process does the same at this moment; a true problem comes back
        _create(engine)
    with suppress(IntegrityError), engine.begin() as connection:
        if connection.scalar(select(state.c.only)) is None:
            connection.execute(insert(state).values(only=1, schema_version=SCHEMA, next_id=1, stored_bytes=0))
    check(engine)


def _create(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))


def check(engine: Engine) -> None:
    """Look whether there is a journal of this version.

    Raises:
        JournalError: there is none.
    """
    where = engine.url.render_as_string(hide_password=True)
    path = sqlite_file(engine.url)
    version = None
    if path is None or path.is_file():  # reading must not create it
        try:
            with engine.connect() as connection:
                if inspect(connection).has_table(state.name):
                    version = connection.scalar(select(state.c.schema_version))
        except SQLAlchemyError as error:
            raise JournalError(f"no journal can be read at {where}: {cause(error)}") from None
    if version is None:
        raise JournalError(f"no journal at {where}: start the gateway with --journal on")
    if version != SCHEMA:
        raise JournalError(f"the journal at {where} has schema {version}, expected {SCHEMA}: remove it")


def cause(error: Exception) -> str:
    """What the driver says, in one line, without the statement and its values: those are about people."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


def sqlite_file(url: URL) -> Path | None:
    """The file behind an SQLite URL; None for another database, or one in memory."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:":
        return None
    return Path(name)


def identity(url: URL) -> tuple[int, int]:
    """What tells the file behind an SQLite URL from another of the same name; the same for every other database."""
    path = sqlite_file(url)
    if path is None:
        return (0, 0)
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_dev, found.st_ino)


def _private(path: Path) -> None:
    """Make the file so that only its owner can read it; SQLite gives its log the same rights."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
