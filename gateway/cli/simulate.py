"""``rivta simulate``: the whole country on this machine, under the national load."""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway import data, texts
from gateway.cli import options
from gateway.settings import Settings, from_environment
from gateway.storage import place
from gateway.storage.errors import StorageError

if TYPE_CHECKING:
    from gateway.simulate.scene import Scene

_PASSED, _FAILED = 0, 1
_SAY_EACH = 0.1  # of the persons
_RATES = (
    click.option("--aggregated", type=click.FloatRange(0), default=33.0, show_default=True,
                 help="Aggregated questions a second, over all contracts."),
    click.option("--direct", type=click.FloatRange(0), default=1.0, show_default=True,
                 help="Questions a second to one producer."),
    click.option("--update", type=click.FloatRange(0), default=3.0, show_default=True,
                 help="Updates of 20 transactions a second."),
    click.option("--update-burst", type=click.FloatRange(0), default=15.0, show_default=True,
                 help="The same in the last twelfth of every minute."),
    click.option("--faults", type=click.FloatRange(0), default=5.0, show_default=True,
                 help="Calls that end with VP004, VP007 and VP009, each in ten minutes."),
)  # fmt: skip


def _rates(function: Any) -> Any:
    for option in reversed(_RATES):
        function = option(function)
    return function


@click.command("simulate")
@options.config
@click.option(
    "--producers",
    type=click.IntRange(1, 311),
    default=311,
    show_default=True,
    help="Of the country's 21 regions and 290 municipalities, regions first.",
)
@click.option(
    "--persons",
    type=click.IntRange(1, 36_000_000),
    default=1_000_000,
    show_default=True,
    help="Whom the engagement index knows, each with a few engagements.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63),
    default=1,
    show_default=True,
    help="The same seed gives the same persons and calls.",
)
@click.option("--database-url", help="Where to. RIVTA_DATABASE_URL when left out, else an SQLite file that is removed.")
@click.option("--fill-only", is_flag=True, help="Fill catalogue and index, anew if need be, and stop.")
@click.option("--drive-only", is_flag=True, help="Drive what an earlier --fill-only has filled.")
@click.option("--replace", is_flag=True, help="Take the place of a catalogue and an index that are not simulated.")
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="How many times the rates below, which are the national load test's.",
)
@_rates
@click.option(
    "--duration",
    type=click.FloatRange(0, 86_400, min_open=True),
    default=600.0,
    show_default=True,
    help="Seconds of calls.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Gateway processes.")
@click.option(
    "--producer-processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that share the producers.",
)
@click.option(
    "--delay", type=click.FloatRange(0, 60), default=0.05, show_default=True, help="Seconds before a producer answers."
)
@click.option(
    "--records", type=click.IntRange(0, 10_000), default=3, show_default=True, help="Records in a producer's answer."
)
@click.option("--port", type=click.IntRange(1, 65535), default=18080, show_default=True, help="The gateway's port.")
@click.option(
    "--producer-port",
    type=click.IntRange(1, 65000),
    default=21_000,
    show_default=True,
    help="The first producer's port; the others follow.",
)
@click.option(
    "--log",
    type=click.Choice(["off", "error", "info"]),
    default="info",
    show_default=True,
    help="What the gateway logs, into a file that is removed.",
)
@options.output
@options.language
def command(config: Path | None, output: str, lang: str, **given: Any) -> int:  # fmt: skip
    """Fill a database with the whole country and drive the national load test against it.

    Each of the producers listens on a port of its own and answers everybody's questions. Exit code 0: more than 99 %
    of all calls went as they should, and every single one of each kind; 1: not; 2: nothing was driven.

    The gateway goes by the settings file too, but for its port, its database, and what else has an option here.
    """
    if given["fill_only"] and given["drive_only"]:
        raise click.UsageError("--fill-only and --drive-only exclude each other.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_FAILED))
    settings = from_environment(config)
    with _database(given, settings) as url, _telling(url, lang):
        scene = _scene(url, given, settings, config)
        told: dict[str, Any] = {"plan": {name: getattr(scene.plan, name) for name in scene.plan.__struct_fields__}}
        told["database"] = place.shown(url)
        if given["drive_only"]:
            scene.check()
        else:
            told["filled"] = _fill(scene, given, lang)
        if given["fill_only"]:
            if output == "json":
                click.echo(json.dumps(told, ensure_ascii=False, indent=2))
            return _PASSED
        return _drive(scene, given, told, output, lang)


@contextmanager
def _database(given: dict[str, Any], settings: Settings) -> Iterator[str]:
    url = given["database_url"] or settings.database_url
    if url:
        yield url
        return
    if given["fill_only"] or given["drive_only"]:
        raise click.UsageError("--fill-only and --drive-only need --database-url (or RIVTA_DATABASE_URL).")
    with tempfile.TemporaryDirectory(prefix="rivta-simulate-") as folder:
        yield f"sqlite:///{folder}/rivta.sqlite3"


@contextmanager
def _telling(url: str, lang: str) -> Iterator[None]:
    """What is wrong becomes one line."""
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.simulate.processes import StartError
    from gateway.simulate.scene import Refused
    from gateway.storage.engine import cause

    try:
        yield
    except Refused as refused:
        where = place.shown(url)
        raise click.ClickException(texts.text("simulate", refused.key, lang, where=where, **refused.values)) from None
    except (StorageError, StartError) as error:
        raise click.ClickException(str(error)) from None
    except SQLAlchemyError as error:
        raise click.ClickException(f"{place.shown(url)}: {cause(error)}") from None


def _scene(url: str, given: dict[str, Any], settings: Settings, config: Path | None) -> "Scene":
    from gateway.simulate.plan import Plan
    from gateway.simulate.scene import Scene

    plan = Plan(
        producers=given["producers"],
        persons=given["persons"],
        seed=given["seed"],
        first_port=given["producer_port"],
    )
    return Scene(plan, settings, data.root(), url, config)


def _fill(scene: "Scene", given: dict[str, Any], lang: str) -> dict[str, Any] | None:
    """What was filled; None when it was there already."""
    filled = scene.filled(replace=given["replace"])
    if filled and not given["fill_only"]:
        click.echo(texts.text("simulate", "there", lang, where=place.shown(scene.url)), err=True)
        return None
    said = 0.0

    def tell(persons: int, rows: int) -> None:
        nonlocal said
        share = persons / scene.plan.persons
        if share >= said + _SAY_EACH or share == 1:
            said = share
            click.echo(
                texts.text("simulate", "filling", lang, share=f"{share:.0%}", persons=persons, rows=rows), err=True
            )

    done, routes, permissions = scene.fill(tell)
    found = {
        "engagements": done.rows,
        "seconds": round(done.seconds, 2),
        "cpu_seconds": round(done.cpu_seconds, 2),
        "engagements_per_second": round(done.rows / done.seconds),
        "routes": routes,
        "permissions": permissions,
    }
    click.echo(texts.text("simulate", "filled", lang, **found), err=True)
    return found


def _drive(scene: "Scene", given: dict[str, Any], told: dict[str, Any], output: str, lang: str) -> int:
    from gateway.cli.simulate_view import as_data, show
    from gateway.simulate.mix import Rates
    from gateway.simulate.scene import Load

    rates = Rates(**{name: given[name] for name in Rates.__struct_fields__}).times(given["rate"])
    load = Load(
        given["port"],
        given["workers"],
        given["producer_processes"],
        given["delay"],
        given["records"],
        given["log"],
        rates,
        given["duration"],
    )
    words = texts.text("simulate", "driving", lang, seconds=f"{load.duration:g}", producers=scene.plan.producers)
    try:
        result = scene.drive(load, lambda: click.echo(words, err=True))
    except KeyboardInterrupt:
        return _FAILED
    if result.stopped:
        click.echo(result.stopped, err=True)
    if output == "json":
        click.echo(json.dumps({**told, **as_data(result)}, ensure_ascii=False, indent=2))
    else:
        show(result, os.cpu_count() or 1, lang)
    return _PASSED if result.verdict.passed else _FAILED
