"""The journal's part of the database: whether there is one, and of which version."""

from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine, insert, inspect, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from gateway.storage import engine as opening
from gateway.storage import place, schema
from gateway.storage.engine import cause as cause
from gateway.storage.models import journal_exchange as exchange
from gateway.storage.models import journal_message as message
from gateway.storage.models import journal_state as state

__all__ = (
    "JournalError",
    "cause",
    "check",
    "connect",
    "exchange",
    "identity",
    "message",
    "prepare",
    "sqlite_file",
    "state",
)

SCHEMA = 1  # raised when what the columns mean changes; the tables themselves change by migrations


class JournalError(Exception):
    """The database holds no journal that this version can use; the text says what to do (English)."""


def connect(url: str) -> Engine:
    """An engine for a database URL; nothing is opened yet.

    Raises:
        DataError: not a database URL, or the driver for it is not installed.
    """
    return opening.connect(url, pool=1)


def prepare(engine: Engine) -> None:
    """Create what is missing.

    Raises:
        SQLAlchemyError, StorageError: the database cannot be opened.
        JournalError: its journal is another version's.
    """
    schema.prepare(engine)
    with suppress(IntegrityError), opening.writing(engine) as connection:  # reads first: others may write meanwhile
        if connection.scalar(select(state.c.only)) is None:
            connection.execute(insert(state).values(only=1, schema_version=SCHEMA, next_id=1, stored_bytes=0))
    check(engine)


def check(engine: Engine) -> None:
    """Look whether there is a journal of this version.

    Raises:
        JournalError: there is none.
    """
    where = engine.url.render_as_string(hide_password=True)
    path = sqlite_file(engine)
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


def sqlite_file(engine: Engine) -> Path | None:
    """The file of an SQLite database, None for another."""
    return None if engine.dialect.name == "postgresql" else place.sqlite_path(str(engine.url))


def identity(engine: Engine) -> tuple[int, int]:
    """What tells the database's file from another of the same name; the same for every other database."""
    path = sqlite_file(engine)
    return place.NO_FILE if path is None else place.identity(path)
