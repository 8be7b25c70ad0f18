"""The catalogue's tables: read as rows, and made to hold other rows. Imports SQLAlchemy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from gateway.registry.formats import content as c
from gateway.registry.tak.edits import Edit, changes
from gateway.storage import models

_TOGETHER = 1_000
_TABLES: dict[str, Table] = {table.name: table for table in models.ENTITIES}


def held(connection: Connection) -> c.Content:
    """What the tables hold: the newest publication."""
    return c.content_of({kind: [_row(kind, found) for found in _found(connection, kind)] for kind in c.KINDS})


def replace(
    connection: Connection, before: c.Content, after: c.Content, changed: tuple[int, str] | None = None
) -> None:
    """Make the tables hold ``after``: row by row, or all anew when a name moves from one row to another."""
    edits = changes(before, after)
    marks: dict[str, Any] = {"updated_us": changed[0], "updated_by": changed[1]} if changed else {}
    if _moves(before, edits):
        for table in reversed(models.ENTITIES):
            connection.execute(delete(table))
        edits = changes(c.Content(), after)
    for action in ("create", "update", "delete"):
        for kind, rows in _by_kind([each for each in edits if each.action == action]):
            table = _TABLES[kind]
            if action == "create":
                insert_all(
                    connection, table, [{"id": row.id, **values_of(row), **_published(row), **marks} for row in rows]
                )
            elif action == "update":
                names = [*values_of(rows[0]), "publication", *marks]
                change = update(table).where(table.c.id == bindparam("key"))
                change = change.values({name: bindparam(f"new_{name}") for name in names})
                values = [{**values_of(row), **_published(row), **marks} for row in rows]
                connection.execute(
                    change,
                    [
                        {"key": row.id, **{f"new_{name}": each[name] for name in names}}
                        for row, each in zip(rows, values, strict=True)
                    ],
                )
            else:
                connection.execute(
                    delete(table).where(table.c.id == bindparam("key")), [{"key": row.id} for row in rows]
                )


def _moves(before: c.Content, edits: Iterable[Edit]) -> bool:
    """Whether a name that must be unique is given to another row than before."""
    names: Mapping[tuple[str, str], int] = {
        (kind, getattr(row, field)): row.id for kind, field in c.KEYS.items() for row in before.rows(kind)
    }
    return any(
        names.get((each.kind, getattr(each.row, c.KEYS[each.kind])), each.row.id) != each.row.id
        for each in edits
        if each.kind in c.KEYS and each.action != "delete"
    )


def _by_kind(edits: Sequence[Edit]) -> Iterator[tuple[str, list[Any]]]:
    found: dict[str, list[Any]] = {}
    for each in edits:
        found.setdefault(each.kind, []).append(each.row)
    yield from found.items()


def values_of(row: c.Row) -> dict[str, Any]:
    """A row's columns beside its id and its publication."""
    return {name: getattr(row, name) for name in row.__struct_fields__ if name not in ("id", "publication")}


def _published(row: c.Row) -> dict[str, int]:
    return {"publication": row.publication}


def insert_all(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, some at a time."""
    for start in range(0, len(rows), _TOGETHER):
        connection.execute(insert(table), rows[start : start + _TOGETHER])


def _found(connection: Connection, kind: str) -> Iterator[Any]:
    table = _TABLES[kind]
    columns = [table.c[name] for name in c.KINDS[kind].__struct_fields__]
    return iter(connection.execute(select(*columns).order_by(table.c.id)))


def _row(kind: str, found: Any) -> c.Row:
    return c.KINDS[kind](**dict(zip(c.KINDS[kind].__struct_fields__, found, strict=True)))
