"""Where ``rivta tak`` gets catalogues from, and what it does to the database."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import click
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from gateway import data
from gateway.contracts.contract import load_all
from gateway.registry.formats import cache, detect, files, snapshot, vagval
from gateway.registry.formats import content as c
from gateway.registry.formats.content import Content, Publication
from gateway.registry.formats.errors import FormatError
from gateway.registry.formats.flat import Flat, of_content
from gateway.registry.formats.order import Order
from gateway.registry.formats.rebuild import rebuild, renumber, union
from gateway.registry.rows import STOCKHOLM
from gateway.registry.tak import store
from gateway.registry.tak.check import Problem, check
from gateway.registry.tak.diff import Difference, compare
from gateway.registry.tak.edits import Edit, edited
from gateway.registry.tak.ordered import OrderError
from gateway.registry.tak.orders import carry_out
from gateway.registry.tak.refusals import TakRefusal, refused
from gateway.registry.tak.tables import held
from gateway.settings import from_environment
from gateway.storage import models, place, schema
from gateway.storage.engine import cause, connect
from gateway.storage.errors import StorageError

PUBLISHED, PENDING = "published", "pending"
_ANSWERS = {
    "routes": vagval.ROUTES,
    "permissions": vagval.PERMISSIONS,
    "contracts": vagval.CONTRACTS,
    "components": vagval.COMPONENTS,
}


class Taken(NamedTuple):
    """What an import came to.

    Attributes:
        differences: to what is published.
        edits: how many rows are changed.
        problems: rules that are broken.
        report: of an order, in its own words.
    """

    differences: list[Difference]
    edits: int
    problems: list[Problem]
    report: list[tuple[str, str]]


class RolledBack(NamedTuple):
    """A roll-back: which version is gone or made, and which content counts; 0 for none."""

    gone: int
    made: int
    counts: int
    differences: list[Difference]


@contextmanager
def told(lang: str) -> Iterator[None]:
    """What is wrong becomes one line in the user's language."""
    try:
        yield
    except (FormatError, OrderError, TakRefusal) as error:
        raise click.ClickException(error.text(lang)) from None
    except StorageError as error:
        raise click.ClickException(str(error)) from None
    except SQLAlchemyError as error:
        raise click.ClickException(cause(error)) from None


class Sources:
    """The database of the settings, and catalogues by name."""

    def __init__(self, config: Path | None) -> None:
        self._settings = from_environment(config)
        self._engine = connect(place.database_url(self._settings))

    def __enter__(self) -> "Sources":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    def publication(self, name: str) -> Publication:
        """A catalogue with ids: from the database, or of a file."""
        found = self._find(name)
        if isinstance(found, Order):
            raise click.UsageError(f"{name} is an order, which changes a catalogue but is none; see import")
        return found if isinstance(found, Publication) else Publication(rebuild(found, Content()))

    def flat(self, name: str) -> Flat:
        """A catalogue without ids; of an order, what it makes of the published one."""
        found = self._find(name)
        if isinstance(found, Order):
            return of_content(carry_out(found, self._held(), name=name, national=self._national).content)
        return of_content(found.content) if isinstance(found, Publication) else found

    def problems(self, name: str) -> list[Problem]:
        """The rules that a catalogue breaks."""
        found = self._find(name)
        if isinstance(found, Publication):
            return check(found.content)
        return check(self.flat(name))

    def take(self, name: str, author: str, *, keep: bool, platform: str | None, force: bool, dry_run: bool) -> Taken:
        """Make a catalogue or an order the author's pending edits."""
        schema.prepare(self._engine)
        with store.alone(self._engine) as connection:
            before = held(connection)
            after, report = self._wanted(connection, before, name, author, platform=platform)
            if keep and not report:
                after = c.content_of(dict(union(before, after)))
            problems = check(after)
            edits = []
            if force or not problems:
                edits = store.keep(connection, author, before, after)
            found = Taken(compare(of_content(before), of_content(after)), len(edits), problems, report)
            if dry_run:
                connection.rollback()
        return found

    def publish(self, author: str, comment: str, *, dry_run: bool) -> tuple[Publication, list[Difference]]:
        """Publish the author's pending edits."""
        schema.prepare(self._engine)
        with store.alone(self._engine) as connection:
            before = held(connection)
            done = store.publish(connection, author, comment)
            found = compare(of_content(before), of_content(done.content))
            if dry_run:
                connection.rollback()
        return done, found

    def roll_back(self, version: int | None, author: str, comment: str, *, dry_run: bool) -> RolledBack:
        """Take the newest version away, or publish an earlier one anew."""
        schema.prepare(self._engine)
        with store.alone(self._engine) as connection:
            before = held(connection)
            if version is None:
                gone, counts = store.roll_back(connection)
                made = 0
            else:
                gone, counts = 0, version
                made = store.restore(connection, version, author, comment).version
            found = compare(of_content(before), of_content(held(connection)))
            if dry_run:
                connection.rollback()
        return RolledBack(gone, made, counts, found)

    def publications(self) -> list[dict[str, Any]]:
        """What is published, the newest first."""
        row = models.publication.c
        wanted = select(row.version, row.created_us, row.author, row.comment, row.source, row.size)
        with self._reading() as connection:
            if connection is None:
                return []
            found = [each._asdict() for each in connection.execute(wanted.order_by(row.version.desc()))]
        for each in found:
            moment = datetime.fromtimestamp(each.pop("created_us") / 1e6, STOCKHOLM)
            each["time"] = moment.isoformat(timespec="seconds")
        return found

    def pending(self) -> list[Edit]:
        """Everybody's edits."""
        with self._reading() as connection:
            return store.pending(connection) if connection is not None else []

    def discard(self, author: str) -> int:
        """Forget the author's edits; how many there were."""
        schema.prepare(self._engine)
        with store.alone(self._engine) as connection:
            return store.discard(connection, author)

    @property
    def _national(self) -> bool:
        return self._settings.mode == "national"

    def _wanted(
        self, connection: Connection, before: Content, name: str, author: str, *, platform: str | None
    ) -> tuple[Content, list[tuple[str, str]]]:
        found, taken = self._read(name), store.taken(connection, author)
        if isinstance(found, Order):
            done = carry_out(
                found,
                edited(before, store.pending(connection, author)),
                name=name,
                platform=self._settings.catalogue_platform if platform is None else platform,
                taken=taken,
                foreign=store.foreign(connection, author),
                national=self._national,
            )
            return done.content, done.report
        if isinstance(found, Publication):
            return renumber(found.content, before, taken), []
        return rebuild(found, before, taken), []

    def _find(self, name: str) -> detect.Found:
        if name in (PUBLISHED, PENDING) or name.isdecimal():
            with self._reading() as connection:
                if name.isdecimal():
                    if connection is None:
                        raise refused("no-version", version=name)
                    return store.stored(connection, int(name))
                if connection is None:
                    return Publication(Content())
                if name == PENDING:
                    return Publication(edited(held(connection), store.pending(connection)))
                version = store.newest_version(connection)
                return store.stored(connection, version) if version else Publication(Content())
        return self._read(name)

    def _read(self, name: str) -> detect.Found:
        if name in (PUBLISHED, PENDING) or (name.isdecimal() and not Path(name).exists()):
            return self._find(name)
        contracts = load_all(data.root(), self._settings.contracts_folder)  # whose names the files in routing/ may use
        return detect.read(Path(name), contracts, port_offset=self._settings.producer_port_offset)

    def _held(self) -> Content:
        with self._reading() as connection:
            return held(connection) if connection is not None else Content()

    @contextmanager
    def _reading(self) -> "Iterator[Connection | None]":
        """A connection, None when there are no tables yet."""
        if schema.state(self._engine)[0] == "empty":
            yield None
            return
        with self._engine.connect() as connection:
            yield connection


def write(publication: Publication, target: Path, form: str | None, *, pretty: bool) -> Path:
    """Write a catalogue in a format; where to."""
    chosen = form or _form_of(target)
    if chosen == "files":
        files.save(of_content(publication.content), target)
        return target
    if chosen in _ANSWERS:
        found = vagval.answer(_ANSWERS[chosen], publication.content).encode()
    elif chosen == "cache":
        found = cache.write(publication.content)
    elif chosen == "export":
        found = snapshot.export(publication, pretty=pretty)
    else:
        found = snapshot.write(publication, pretty=pretty)
        found = snapshot.compressed(found) if chosen == "gzip" else found
    if str(target) == "-":
        sys.stdout.buffer.write(found)
        return target
    try:
        target.write_bytes(found)
    except OSError as error:
        raise click.ClickException(f"{target}: {error.strerror}") from None
    return target


def _form_of(target: Path) -> str:
    if target.name == "routing" or target.is_dir():
        return "files"
    return {".gz": "gzip", ".gzip": "gzip", ".xml": "cache"}.get(target.suffix, "snapshot")
