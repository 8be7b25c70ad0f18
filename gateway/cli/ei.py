"""``rivta ei``: the engagement index and its notifications, straight in the database."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway import texts
from gateway.cli import options
from gateway.settings import Settings, from_environment
from gateway.storage import place
from gateway.storage.errors import StorageError

if TYPE_CHECKING:
    from gateway.storage.direct import Database

_FINE, _FINDINGS = 0, 1

_ids = click.option("--ids", is_flag=True, help="Show person ids, which are masked otherwise.")
_form = click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="For people or programs.",
)


@click.group("ei")
def command() -> None:
    """Look into the engagement index and its notifications.

    All of it is read from the database (the setting database_url), whether a gateway is running or not.
    """


@command.command("list")
@click.option("--domain", help="Only this service domain.")
@click.option("--categorization", help="Only this categorization.")
@click.option("--address", help="Only this logical address.")
@click.option("--source", help="Only this source system.")
@click.option("--owner", help="Only what this index owns.")
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help="At most so many; 0 for all.")
@_ids
@options.config
@_form
@options.language
def list_(limit: int, ids: bool, config: Path | None, output: str, lang: str, **filters: str | None) -> int:
    """List engagements. A star marks what an Update has told, as opposed to the seed file."""
    _show(filters, limit, config, output, lang, clear=ids)
    return _FINE


@command.command()
@click.argument("person")
@click.option("--domain", help="Only this service domain.")
@click.option("--categorization", help="Only this categorization.")
@click.option("--source", help="Only this source system.")
@_ids
@options.config
@_form
@options.language
def find(person: str, ids: bool, config: Path | None, output: str, lang: str, **filters: str | None) -> int:
    """Find a person's engagements, in every service domain. Exit code 1 when there are none."""
    count = _show({"person": person, **filters}, 0, config, output, lang, clear=ids)
    return _FINE if count else _FINDINGS


@command.command()
@click.option("--waiting", is_flag=True, help="What is still to be sent, instead of what was given up.")
@_ids
@options.config
@options.output
@options.language
def dead(waiting: bool, ids: bool, config: Path | None, output: str, lang: str) -> int:
    """List notifications that were given up. Exit code 1 when there are any."""
    from gateway.cli.ei_view import View, letters
    from gateway.storage import notifications

    with _database(config) as (database, _):
        found = notifications.pending(database) if waiting else notifications.dead(database)
    if output == "json":
        click.echo(json.dumps(letters(found, clear=ids), ensure_ascii=False, indent=2))
    else:
        View(sys.stdout, lang).letters(found, "waiting" if waiting else "dead")
    return _FINE if waiting or not found else _FINDINGS


@command.command()
@click.argument("numbers", metavar="[NUMBER]...", nargs=-1, type=click.IntRange(1))
@click.option("--all", "everything", is_flag=True, help="All of them.")
@options.config
@options.output
@options.language
def replay(numbers: tuple[int, ...], everything: bool, config: Path | None, output: str, lang: str) -> int:
    """Send notifications that were given up once more.

    NUMBER is the one that rivta ei dead shows. A running gateway sends them within seconds, another one when it starts.
    Exit code 1 when a number is not there.
    """
    from gateway.storage import notifications

    if bool(numbers) == everything:
        raise click.UsageError("give numbers, or --all")
    with _database(config) as (database, _), database.writing() as work:
        done = notifications.replay(work, None if everything else numbers, time.time_ns() // 1000)
    missing = sorted(set(numbers) - set(done))
    if output == "json":
        click.echo(json.dumps({"replayed": done, "missing": missing}))
    else:
        click.echo(texts.text("ei", "replayed", lang, count=len(done)))
        for number in missing:
            click.echo(texts.text("ei", "missing", lang, number=number), err=True)
    return _FINDINGS if missing else _FINE


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--form", type=click.Choice(["csv", "json"]), help="Of the file; by its name when left out.")
@options.config
@options.language
def export(file: Path, form: str | None, config: Path | None, lang: str) -> int:
    """Write every engagement to FILE, person ids in clear; ``-`` for standard output."""
    from gateway.platform.index.files import write
    from gateway.storage import engagements

    chosen = form or ("json" if file.suffix == ".json" else "csv")
    with _database(config) as (database, _):
        found = (each for each, _ in engagements.listing(database, (), 0))
        if str(file) == "-":
            write(found, chosen, sys.stdout)
            return _FINE
        try:
            with file.open("w", encoding="utf-8", newline="") as opened:
                count = write(found, chosen, opened)
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}") from None
    click.echo(texts.text("ei", "exported", lang, count=count, file=file), err=True)
    return _FINE


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.config
@options.output
@options.language
def import_(file: Path, config: Path | None, output: str, lang: str) -> int:
    """Store every engagement of FILE, CSV or JSON as ``export`` writes it, in place of those with the same key.

    Subscribers are not told. What was imported stays when the seed file changes.
    """
    from gateway.platform.index.files import read
    from gateway.storage import engagements

    with _database(config, make=True) as (database, settings):
        rows = read(file, settings.index_address)
        with database.writing() as work:
            count = engagements.store(work, rows)
    if output == "json":
        click.echo(json.dumps({"imported": count}))
    else:
        click.echo(texts.text("ei", "imported", lang, count=count))
    return _FINE


def _show(
    filters: dict[str, str | None], limit: int, config: Path | None, output: str, lang: str, *, clear: bool
) -> int:
    from gateway.cli.ei_view import View, data
    from gateway.storage import engagements

    equal = [(_COLUMNS[name], value) for name, value in filters.items() if value is not None]
    with _database(config) as (database, _):
        found = engagements.listing(database, equal, limit)
    if output == "json":
        click.echo(json.dumps(data(found, clear=clear), ensure_ascii=False, indent=2))
    elif output == "csv":
        _csv(data(found, clear=clear))
    else:
        View(sys.stdout, lang).engagements(found, clear=clear)
    return len(found)


def _csv(rows: list[dict[str, Any]]) -> None:
    import csv

    from gateway.storage.engagements import FIELDS

    lines = csv.DictWriter(sys.stdout, FIELDS, delimiter=";", lineterminator="\n", extrasaction="ignore")
    lines.writeheader()
    lines.writerows(rows)


@contextmanager
def _database(config: Path | None, *, make: bool = False) -> "Iterator[tuple[Database, Settings]]":
    """The database of the settings; what is wrong with it becomes one line. ``make`` makes tables that are missing."""
    from gateway.storage.direct import Database
    from gateway.storage.reading import is_missing

    settings = from_environment(config)
    url = place.database_url(settings)
    database = Database(url)
    try:
        if make:
            _make(url)
        elif is_missing(url) or not _made(database):
            raise click.ClickException(f"no engagement index at {place.shown(url)}: start the gateway, rivta serve")
        yield database, settings
    except StorageError as error:
        raise click.ClickException(str(error)) from None
    finally:
        database.close()


def _made(database: "Database") -> bool:
    """Whether the database has the index's tables."""
    try:
        database.query("SELECT 1 FROM engagement LIMIT 1")
    except StorageError as error:
        if "no such table" in error.problem or "does not exist" in error.problem:
            return False
        raise
    return True


def _make(url: str) -> None:
    from gateway.storage import engine, schema

    made = engine.connect(url)
    try:
        schema.prepare(made)
    finally:
        made.dispose()


_COLUMNS = {
    "person": "registered_resident_identification",
    "domain": "service_domain",
    "categorization": "categorization",
    "address": "logical_address",
    "source": "source_system",
    "owner": "owner",
}
