"""The newest publication as rows for a gateway, and a copy of them for when the database cannot be reached."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from gateway.storage import place
from gateway.storage.reading import Numbers, Row, Select

_DAYS = ("valid_from", "valid_to")
_VERSIONS = "data_version"


class Part(NamedTuple):
    """A table and the columns of it that a gateway needs, in this order; the first is the key."""

    table: str
    columns: tuple[str, ...]

    @property
    def statement(self) -> str:
        """Reads it, by key, so that two readings give the same order."""
        return f"SELECT {', '.join(self.columns)} FROM {self.table} ORDER BY {self.columns[0]}"  # noqa: S608 - ours


PUBLICATION = Part("publication", ("version",))
PROFILES = Part("profile", ("id", "name"))
CONTRACTS = Part("service_contract", ("id", "namespace"))
COMPONENTS = Part("component", ("id", "hsa_id"))
ADDRESSES = Part("logical_address", ("id", "hsa_id"))
CALL_ADDRESSES = Part("call_address", ("id", "address", "profile_id"))
ROUTES = Part("route", ("id", *_DAYS, "call_address_id", "logical_address_id", "service_contract_id"))
PERMISSIONS = Part("permission", ("id", *_DAYS, "component_id", "logical_address_id", "service_contract_id"))
FILTERS = Part("permission_filter", ("id", "permission_id", "service_domain"))
CATEGORIES = Part("filter_category", ("id", "permission_filter_id", "category"))
UNITS = Part("hsa_unit", ("dn", "hsa_id", "parent", "name"))
PARTS = (
    PUBLICATION,
    PROFILES,
    CONTRACTS,
    COMPONENTS,
    ADDRESSES,
    CALL_ADDRESSES,
    ROUTES,
    PERMISSIONS,
    FILTERS,
    CATEGORIES,
    UNITS,
)

Read = Callable[[Part], Iterator[Sequence[Row]]]
"""Yields a part's rows in batches."""


def reader(select: Select) -> Read:
    """Parts by SELECT."""
    return lambda part: select(part.statement)


def newest_publication(select: Select) -> int:
    """Its version, 0 when there is none."""
    return next(iter(row[0] for batch in select("SELECT max(version) FROM publication") for row in batch)) or 0


def copy_path(url: str) -> Path:
    """Where the copy for a data folder and a database is: in the user's state folder."""
    name = blake2b(place.shown(url).encode(), digest_size=4).hexdigest()
    return place.state_folder() / f"catalogue-{place.own_name()}-{name}.copy"


class Copy:
    """Keeps what is read: an SQLite file with the same tables, put in its place when everything has been read.

    What goes wrong with the copy is no concern of who reads; ``problem`` tells.
    """

    def __init__(self, read: Read, path: Path, numbers: Numbers) -> None:
        self._source, self._path, self._numbers = read, path, numbers
        self._draft = path.with_name(f"{path.name}.{os.getpid()}")
        self._file: sqlite3.Connection | None = None
        self.problem = ""

    def __enter__(self) -> "Copy":
        """Begin a new copy."""
        with self._noting():
            place.make_private(self._draft)
            self._draft.unlink()
            place.make_private(self._draft)
            self._file = sqlite3.connect(self._draft, isolation_level=None)
            self._file.execute("PRAGMA synchronous = OFF")  # what a power cut breaks is a draft
            self._file.execute("BEGIN")
            for table, columns in ((_VERSIONS, ("kind", "number")), *PARTS):
                self._file.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
            self._insert(_VERSIONS, list(self._numbers.items()))
        return self

    def read(self, part: Part) -> Iterator[Sequence[Row]]:
        """As ``Read``."""
        for batch in self._source(part):
            with self._noting():
                self._insert(part.table, list(map(_plain, batch)) if _DAYS[0] in part.columns else batch)
            yield batch

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Put it in its place, if all went well."""
        with self._noting():
            if kind is None and self._file is not None and not self.problem:
                self._file.execute("COMMIT")
                self._file.close()
                self._draft.replace(self._path)
        if self._file is not None:
            self._file.close()
        with self._noting():
            self._draft.unlink(missing_ok=True)

    def _insert(self, table: str, rows: Sequence[Row]) -> None:
        if rows and self._file is not None and not self.problem:
            marks = ", ".join("?" * len(rows[0]))
            self._file.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - ours

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            self.problem = f"{self._path}: {error}"


def _plain(row: Row) -> Row:
    """Days as SQLite has them: as text."""
    return tuple(str(value) if isinstance(value, date) else value for value in row)
