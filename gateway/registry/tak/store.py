"""Pending edits and publications in the database. Imports SQLAlchemy.

The national catalogue's rules: edits wait until their author publishes them; a publication takes the author's own edits
and nobody else's, makes a new complete version, and is refused when an edit depends on another's that is not published.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, delete, func, insert, select, text
from sqlalchemy.exc import OperationalError

from gateway.registry.formats import content as c
from gateway.registry.formats import snapshot
from gateway.registry.formats.content import Publication
from gateway.registry.tak.edits import Edit, changes, dangling, edited
from gateway.registry.tak.refusals import refused
from gateway.registry.tak.tables import held, insert_all, replace, values_of
from gateway.storage import changes as notices
from gateway.storage import models
from gateway.storage.engine import writing

_LOCK = 0x74616B  # any number, the same for all who publish


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """A transaction of the one who changes the catalogue now.

    Raises:
        TakRefusal: somebody else is at it.
    """
    try:
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                free = connection.scalar(text(f"SELECT pg_try_advisory_xact_lock({_LOCK})"))
                if not free:
                    raise refused("running")
            yield connection
    except OperationalError as error:
        if "locked" in str(error.orig):
            raise refused("running") from None
        raise


def pending(connection: Connection, author: str | None = None) -> list[Edit]:
    """The edits that wait, the author's own or everybody's, in the order in which they are carried out."""
    row = models.pending_edit.c
    wanted = select(row.entity, row.action, row.row_id, row.content, row.author).order_by(row.id)
    if author is not None:
        wanted = wanted.where(row.author == author)
    found = []
    for entity, action, key, content, whose in connection.execute(wanted):
        found.append(Edit(entity, action, c.made(entity, {"id": key, **msgspec.json.decode(content)}), whose))
    return found


def keep(connection: Connection, author: str, before: c.Content, after: c.Content) -> list[Edit]:
    """Let the author's pending edits be those from the published content to ``after``; they are returned.

    Raises:
        TakRefusal: one of the rows waits already with another author's edit.
    """
    others = {(each.kind, each.row.id): each.author for each in pending(connection) if each.author != author}
    wanted = changes(before, after)
    for edit in wanted:
        if whose := others.get((edit.kind, edit.row.id)):
            raise refused("taken", what=named(edit.kind, edit.row), author=whose)
    discard(connection, author)
    now = time.time_ns() // 1000
    rows = [
        {
            "entity": edit.kind,
            "row_id": edit.row.id,
            "action": edit.action,
            "content": msgspec.json.encode(values_of(edit.row)).decode(),
            "author": author,
            "created_us": now,
        }
        for edit in wanted
    ]
    insert_all(connection, models.pending_edit, rows)
    return wanted


def discard(connection: Connection, author: str) -> int:
    """Forget the author's pending edits; how many there were."""
    row = models.pending_edit.c
    return connection.execute(delete(models.pending_edit).where(row.author == author)).rowcount


def taken(connection: Connection, author: str) -> dict[str, int]:
    """By kind, the highest id that another author's edits use."""
    row = models.pending_edit.c
    wanted = select(row.entity, func.max(row.row_id)).where(row.author != author).group_by(row.entity)
    return {kind: int(key) for kind, key in connection.execute(wanted)}


def foreign(connection: Connection, author: str) -> dict[tuple[str, str], str]:
    """Who else has made what is not published: by kind and name in upper case."""
    return {
        (each.kind, str(getattr(each.row, c.KEYS[each.kind])).upper()): each.author
        for each in pending(connection)
        if each.author != author and each.action == "create" and each.kind in c.KEYS
    }


def publish(connection: Connection, author: str, comment: str, source: str = "") -> Publication:
    """Publish the author's pending edits as a new version, and tell every gateway.

    Raises:
        TakRefusal: there are none; one depends on another author's; something is taken away that others need.
    """
    edits = pending(connection, author)
    if not edits:
        raise refused("nothing")
    number = newest_version(connection) + 1
    before = held(connection)
    after = edited(before, edits, number)
    _complete(after, edits, [each for each in pending(connection) if each.author != author])
    done = Publication(after, number, _now(connection), author, comment)
    add(connection, done, before, source or "rivta tak publish")
    discard(connection, author)
    return done


def roll_back(connection: Connection) -> tuple[int, int]:
    """Take the newest version away, and put the one before it in its place; the numbers of both, 0 for none.

    Raises:
        TakRefusal: nothing is published.
    """
    number = newest_version(connection)
    if not number:
        raise refused("unpublished")
    row = models.publication.c
    connection.execute(delete(models.publication).where(row.version == number))
    earlier = newest_version(connection)
    after = stored(connection, earlier).content if earlier else c.Content()
    replace(connection, held(connection), after)
    notices.bump(connection, "catalogue")
    return number, earlier


def restore(connection: Connection, number: int, author: str, comment: str) -> Publication:
    """Publish the content of an earlier version anew.

    Raises:
        TakRefusal: there is no such version.
    """
    after, before = stored(connection, number).content, held(connection)
    version = newest_version(connection) + 1
    after = edited(before, changes(before, after), version)
    done = Publication(after, version, _now(connection), author, comment)
    add(connection, done, before, f"rivta tak rollback --to {number}")
    return done


def add(connection: Connection, done: Publication, before: c.Content, source: str) -> None:
    """Store a publication whose rows take the place of ``before``, and tell every gateway."""
    content = snapshot.compressed(snapshot.write(done))
    values: dict[str, Any] = {
        "version": done.version,
        "format_version": snapshot.FORMAT_VERSION,
        "created_us": done.created_us,
    }
    values |= {"author": done.author, "comment": done.comment, "source": source, "size": len(content)}
    connection.execute(insert(models.publication), [{**values, "content": content}])
    replace(connection, before, done.content, (done.created_us, done.author))
    notices.bump(connection, "catalogue")


def stored(connection: Connection, number: int) -> Publication:
    """A publication of any age.

    Raises:
        TakRefusal: there is no such version.
    """
    row = models.publication.c
    data = connection.scalar(select(row.content).where(row.version == number))
    if data is None:
        raise refused("no-version", version=number)
    return snapshot.read(Path(f"publication-{number}"), bytes(data))


def newest_version(connection: Connection) -> int:
    """Its number, 0 when nothing is published."""
    return connection.scalar(select(func.max(models.publication.c.version))) or 0


def named(kind: str, row: c.Row) -> str:
    """A row for people."""
    name = getattr(row, c.KEYS.get(kind, ""), "") if kind in c.KEYS else getattr(row, "address", "")
    return f"{snapshot.LISTS[kind]} {row.id}{f' ({name})' if name else ''}"


def _complete(after: c.Content, edits: Sequence[Edit], others: Sequence[Edit]) -> None:
    """Whatever a row refers to must be there."""
    waiting = {(each.kind, each.row.id): each for each in others}
    own = {(each.kind, each.row.id): each for each in edits}
    for kind, row, other, key in dangling(after):
        made, needing = waiting.get((other, key)), waiting.get((kind, row.id))
        if made is not None and made.action == "create":
            raise refused("depends", what=named(kind, row), on=named(other, made.row), author=made.author)
        if needing is not None:
            raise refused("depends", what=named(other, own[other, key].row), on=named(kind, row), author=needing.author)
        raise refused("needed", what=f"{snapshot.LISTS[other]} {key}", by=named(kind, row))


def _now(connection: Connection) -> int:
    """The present; later than the newest publication, also when a clock has been set back."""
    newest = connection.scalar(select(func.max(models.publication.c.created_us))) or 0
    return max(int(time.time()) * 1_000_000, newest + 1_000_000)
