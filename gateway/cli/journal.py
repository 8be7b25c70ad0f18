"""``rivta journal``: the exchanges that a gateway has kept, also while it runs."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import texts
from gateway.cli import options
from gateway.journal.exchange import OUTCOMES
from gateway.journal.rows import KINDS
from gateway.registry.snapshot import STOCKHOLM
from gateway.settings import from_environment
from gateway.storage import place

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from gateway.journal.reader import Entry, Reader

_AGO = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _since(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """``30m`` ago, or an ISO date or time, Swedish unless it says otherwise, as microseconds since 1970."""
    if text is None:
        return None
    try:
        if found := _AGO.fullmatch(text):
            moment = datetime.now(STOCKHOLM) - timedelta(**{_UNITS[found[2]]: int(found[1])})
        else:
            moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        known = "expected 30s, 10m, 2h, 3d, or a date or time such as 2026-11-24T12:00"
        raise click.BadParameter(f"{text}: {known}") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=STOCKHOLM)).timestamp() * 1e6)


@click.group("journal")
def command() -> None:
    """Read the exchanges that a gateway has kept (the setting journal), also while it runs."""


@command.command("list")
@click.option("--contract", help="Name or responder namespace of the service contract.")
@click.option("--sender", help="HSA-id of the consumer that called.")
@click.option("--address", help="Logical address.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="What became of the call.")
@click.option("--since", "since_us", metavar="TIME", callback=_since, help="30s, 10m, 2h or 3d ago, or a date or time.")
@click.option("--correlation-id", help="The id in the header x-skltp-correlation-id.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="At most so many.")
@options.config
@options.output
@options.language
def list_command(
    contract: str | None,
    sender: str | None,
    address: str | None,
    outcome: str | None,
    since_us: int | None,
    correlation_id: str | None,
    limit: int,
    config: Path | None,
    output: str,
    lang: str,
) -> int:
    """List calls, the newest first."""
    from gateway.cli import journal_view
    from gateway.journal.reader import Wanted

    wanted = Wanted(contract, sender, address, outcome, since_us, correlation_id)
    with opened(config) as reader:
        found = reader.find(wanted, limit)
    if output == "json":
        click.echo(json.dumps([journal_view.as_data(entry) for entry in found], ensure_ascii=False, indent=2))
    else:
        journal_view.View(sys.stdout, lang).listing(found)
    return 0


@command.command()
@click.argument("number", metavar="NUMBER", type=click.IntRange(1))
@click.option("--message", "kind", type=click.Choice(KINDS), help="Only this message, as XML.")
@click.option("--payloads", is_flag=True, help="Show person ids in the messages, which are masked otherwise.")
@options.config
@options.output
@options.language
def show(number: int, kind: str | None, payloads: bool, config: Path | None, output: str, lang: str) -> int:
    """Show one call: its decision, messages and sources.

    NUMBER is the one in the list. The sources are those of an aggregated question, drawn over time. Messages are kept,
    and shown, only when the gateway ran with --journal payloads.
    """
    from gateway.cli import journal_view

    with opened(config) as reader:
        entry = reader.get(number)
        if entry is None:
            raise click.ClickException(f"there is no call {number} in the journal")
        messages, sources = reader.messages(number), reader.sources(number)
    if kind:
        if kind not in messages:
            raise click.ClickException(_why_missing(entry, kind, lang))
        click.echo(messages[kind] if payloads else journal_view.readable(messages[kind]), nl=not payloads)
        return 0
    shown = {each: journal_view.readable(body, masked=not payloads) for each, body in messages.items()}
    if output == "json":
        click.echo(json.dumps(journal_view.all_data(entry, shown, sources), ensure_ascii=False, indent=2))
    else:
        journal_view.View(sys.stdout, lang).call(entry, shown, sources)
    return 0


@command.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.config
@options.output
@options.language
def clear(yes: bool, config: Path | None, output: str, lang: str) -> int:
    """Delete everything in the journal."""
    from gateway.journal.store import clear as delete_all

    with _engine(config) as engine:
        where = place.shown(str(engine.url))
        if not yes:
            click.confirm(texts.text("journal", "confirm", lang, where=where), abort=True, err=True)
        count = delete_all(engine)
    if output == "json":
        click.echo(json.dumps({"deleted": count}))
    else:
        click.echo(texts.text("journal", "cleared", lang, count=count))
    return 0


@contextmanager
def _engine(config: Path | None) -> "Iterator[Engine]":
    """The database of the settings, if it holds a journal; what is wrong with it becomes one line."""
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.journal import models

    engine = models.connect(place.database_url(from_environment(config)))
    try:
        models.check(engine)
        yield engine
    except (models.JournalError, SQLAlchemyError) as error:
        raise click.ClickException(models.cause(error)) from None
    finally:
        engine.dispose()


@contextmanager
def opened(config: Path | None) -> "Iterator[Reader]":
    """The journal of the settings; what is wrong with it becomes one line."""
    from gateway.journal.reader import Reader

    with _engine(config) as engine:
        yield Reader(engine)


def _why_missing(entry: "Entry", kind: str, lang: str) -> str:
    if entry.sizes[kind] is None:
        return f"call {entry.id} has no {kind}"
    return f"{kind}: {texts.text('journal', 'how_to_keep', lang)}"
