"""``rivta db``: the database's tables."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway import texts
from gateway.cli import options
from gateway.settings import from_environment
from gateway.storage import place
from gateway.storage.errors import StorageError

if TYPE_CHECKING:
    from sqlalchemy import Engine

_FINE = 0
_FINDINGS = 1


@click.group("db")
def command() -> None:
    """Make, upgrade and look at the database (the setting database_url): SQLite or PostgreSQL."""


@command.command()
@options.config
@options.output
@options.language
def status(config: Path | None, output: str, lang: str) -> int:
    """Tell which tables there are and what is in them. Exit code 1 when they are not the newest ones."""
    from gateway.cli.db_view import describe, show

    with _engine(config) as engine:
        found = describe(engine)
    if output == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show(found, lang)
    return _FINE if found["state"] == "current" else _FINDINGS


@command.command()
@options.config
@options.output
@options.language
def upgrade(config: Path | None, output: str, lang: str) -> int:
    """Make the tables, or bring them to the newest version. Rows stay; a gateway may go on meanwhile."""
    from gateway.storage import schema

    with _engine(config) as engine:
        before, _ = schema.state(engine)
        _, head = schema.prepare(engine)
        where = _shown(engine)
    if output == "json":
        click.echo(json.dumps({"database": where, "before": before, "version": head}, ensure_ascii=False))
        return _FINE
    key = {"empty": "made", "current": "current"}.get(before, "upgraded")
    click.echo(texts.text("database", "state", lang, where=where))
    click.echo(texts.text("database", key, lang, head=head, version=head))
    return _FINE


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.config
@options.output
@options.language
def hsa(files: tuple[Path, ...], config: Path | None, output: str, lang: str) -> int:
    """Put the HSA tree of national cache files (XML) into the database, instead of the one that is there.

    Gateways that have no setting hsa_files look addresses up in it. For the same DN the later file counts.
    """
    from gateway.registry.hsastore import replace_units
    from gateway.storage import schema

    with _engine(config) as engine:
        schema.prepare(engine)
        count = replace_units(engine, files)
    if output == "json":
        click.echo(json.dumps({"units": count}))
    else:
        click.echo(texts.text("database", "hsa", lang, count=count))
    return _FINE


@contextmanager
def _engine(config: Path | None) -> "Iterator[Engine]":
    """The database of the settings; what is wrong with it becomes one line."""
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.storage.engine import cause, connect

    engine = connect(place.database_url(from_environment(config)))
    try:
        yield engine
    except StorageError as error:
        raise click.ClickException(str(error)) from None
    except SQLAlchemyError as error:
        raise click.ClickException(f"{_shown(engine)}: {cause(error)}") from None
    finally:
        engine.dispose()


def _shown(engine: Any) -> str:
    return str(engine.url.render_as_string(hide_password=True))
