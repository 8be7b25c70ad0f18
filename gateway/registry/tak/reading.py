"""The catalogue's content straight from the database, without SQLAlchemy: what a running gateway answers from."""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from gateway.registry.formats import content as c
from gateway.registry.formats import snapshot
from gateway.registry.formats.content import Publication
from gateway.storage.catalogue_rows import Part, newest_publication
from gateway.storage.errors import StorageError
from gateway.storage.reading import Select, is_missing, numbers_in, reading

_PUBLICATION = "SELECT version, created_us, author, comment FROM publication WHERE version = {}"
_CONTENT = "SELECT content FROM publication WHERE version = {}"


def newest(url: str) -> Publication | None:
    """The newest publication with its rows, None when nothing is published. For a thread.

    Raises:
        StorageError: the database cannot be read.
    """
    if is_missing(url):
        return None
    with reading(url) as select:
        if "catalogue" not in numbers_in(select):
            return None
        version = newest_publication(select)
        return _described(select, version, content(select)) if version else None


def version(url: str, number: int) -> Publication | None:
    """A publication of any age, None when there is none of that number.

    Raises:
        StorageError: the database cannot be read.
        FormatError: what is stored is broken.
    """
    if is_missing(url):
        return None
    with reading(url) as select:
        if "catalogue" not in numbers_in(select):
            return None
        found = next(_rows(select, _CONTENT.format(int(number))), None)
        if found is None:
            return None
        stored = snapshot.read(Path(f"publication-{number}"), bytes(found[0]))
        return _described(select, number, stored.content)


def content(select: Select) -> c.Content:
    """The rows of the newest publication."""
    return c.content_of({kind: list(_entities(select, kind)) for kind in c.KINDS})


def _entities(select: Select, kind: str) -> Iterator[c.Row]:
    names = c.KINDS[kind].__struct_fields__
    make = c.KINDS[kind]
    for batch in select(Part(kind, names).statement):
        for row in batch:
            yield make(**{name: _plain(name, value) for name, value in zip(names, row, strict=True)})
        time.sleep(0)  # others may go on


def _plain(name: str, value: Any) -> Any:
    """SQLite's driver gives days as texts."""
    return date.fromisoformat(value) if name.startswith("valid_") and isinstance(value, str) else value


def _described(select: Select, number: int, rows: c.Content) -> Publication:
    found = next(_rows(select, _PUBLICATION.format(int(number))), None)
    if found is None:
        raise StorageError("", f"there is no publication {number}")
    return Publication(rows, *found)


def _rows(select: Select, statement: str) -> Iterator[tuple[Any, ...]]:
    for batch in select(statement):
        yield from batch
