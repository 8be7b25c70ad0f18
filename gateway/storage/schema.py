"""Makes the tables, or brings them up to date, and tells how far they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from gateway.storage import models, place
from gateway.storage.engine import cause, writing
from gateway.storage.errors import StorageError
from gateway.storage.version import HEAD as HEAD

_LOCK = 0x72697674  # any number, the same for every gateway: two of them must not make the tables at once

stamp = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Alembic's own table, as Alembic makes it."""

State = Literal["empty", "old", "current", "newer"]


def state(engine: Engine) -> tuple[State, str]:
    """How far the tables are, and the migration that they are at, blank when there is none.

    An SQLite file is not made by looking.

    Raises:
        StorageError: the database cannot be read.
    """
    if not place.is_postgresql(str(engine.url)) and not place.sqlite_path(str(engine.url)).is_file():
        return "empty", ""
    try:
        with engine.connect() as connection:
            return _state(connection)
    except SQLAlchemyError as error:
        raise StorageError(_where(engine), cause(error)) from None


def prepare(engine: Engine) -> tuple[str, str]:
    """Make what is missing; the migrations before and after.

    Raises:
        StorageError: the database cannot be opened, or a newer version of this program made it.
    """
    before, version = state(engine)
    if before == "newer":
        raise _too_new(engine, version)
    if before == "current":
        return version, version
    try:
        if not place.is_postgresql(str(engine.url)):
            place.make_private(place.sqlite_path(str(engine.url)))
        with _alone(engine) as connection:
            now, version = _state(connection)  # another process may have been faster
            if now == "empty":
                models.metadata.create_all(connection, checkfirst=False)
                stamp.create(connection)
                connection.execute(insert(stamp).values(version_num=HEAD))
            elif now == "old":
                _migrate(connection)
    except (SQLAlchemyError, OSError) as error:
        raise StorageError(_where(engine), cause(error)) from None
    return version, HEAD


def _migrate(connection: Connection) -> None:
    from gateway.storage.migrate import upgrade  # and with it Alembic, which takes a second

    upgrade(connection)


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield connection


def _state(connection: Connection) -> tuple[State, str]:
    found = inspect(connection)
    version = ""
    if found.has_table(stamp.name):
        version = connection.scalar(select(stamp.c.version_num)) or ""
    if version == HEAD:
        return "current", version
    if version > HEAD:
        return "newer", version
    ours = set(models.metadata.tables) & set(found.get_table_names())
    return "old" if version or ours else "empty", version


def _too_new(engine: Engine, version: str) -> StorageError:
    known = f"its tables are of version {version}, this program knows {HEAD}: use a newer rivta, or another database"
    return StorageError(_where(engine), known)


def _where(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
