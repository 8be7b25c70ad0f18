"""``rivta contracts add`` and ``remove``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway import data
from gateway.cli import options
from gateway.cli.contracts_common import contracts_folder, every_source, into, named, say, told
from gateway.contracts.packageerror import PackageError

if TYPE_CHECKING:
    from gateway.contracts.packages.guess import Derived
    from gateway.contracts.packages.store import Outcome

_UNSURE = ("uncertain", "missing")


@click.command("add")
@click.argument("path", type=click.Path(path_type=Path), metavar="FOLDER | ZIP")
@into
@click.option("--replace", is_flag=True, help="Replace a package that is there with other content.")
@options.config
@options.output
@options.language
def add_command(path: Path, into: Path | None, replace: bool, config: Path | None, output: str, lang: str) -> int:
    """Take in a package in the official RIV-TA layout: schemas/core_components and schemas/interactions.

    Its contracts can be routed, checked and mocked at once, and aggregated when enough could be derived; each
    descriptor says what was taken for what, and why. All of it is added, or nothing.
    """
    from gateway.contracts.packages import store

    where = contracts_folder(config, into)
    with told(lang):
        outcomes = store.add(path, data.root(), where, replace=replace)
    if output == "json":
        click.echo(json.dumps([_data(each) for each in outcomes], ensure_ascii=False, indent=2))
        return 0
    for outcome in outcomes:
        click.echo("\n".join(_lines(outcome, lang)))
    if any(each.state in ("added", "replaced") for each in outcomes):
        click.echo(say("restart", lang))
    return 0


@click.command("remove")
@click.argument("name", metavar="PACKAGE | CONTRACT")
@into
@options.config
@options.language
def remove_command(name: str, into: Path | None, config: Path | None, lang: str) -> int:
    """Remove an added package with all its contracts. Those that come with the platform stay."""
    from gateway.contracts.packages import store

    with told(lang):
        found = named(every_source(contracts_folder(config, into)), name)
        bases = sorted({each.base for each in found if each.added})
        if not bases:
            raise PackageError("not_added", name=name)
        for base in bases:
            store.remove(base)
            click.echo(say("removed", lang, tag=base.name))
    click.echo(say("restart", lang))
    return 0


def _lines(outcome: "Outcome", lang: str) -> list[str]:
    lines = [say(outcome.state, lang, tag=outcome.tag, where=outcome.where or "")]
    if outcome.state in ("same", "shipped"):
        return lines
    lines += [f"  {each.interaction.key}: {_verdict(each, lang)}" for each in outcome.derived]
    lines += [f"  {say('kept', lang, contract=each)}" for each in outcome.kept]
    lines += [f"  {say('corrected', lang, path=path)}" for path in outcome.corrected]
    return lines


def _verdict(derived: "Derived", lang: str) -> str:
    if derived.missing:
        return say("incomplete", lang, missing=", ".join(derived.missing))
    unsure = [each.field for each in derived.guesses if each.sure in _UNSURE]
    return say("complete_unsure", lang, fields=", ".join(unsure)) if unsure else say("complete", lang)


def _data(outcome: "Outcome") -> dict[str, Any]:
    return {
        "package": outcome.tag,
        "state": outcome.state,
        "folder": str(outcome.where) if outcome.where else None,
        "kept": list(outcome.kept),
        "corrected": list(outcome.corrected),
        "contracts": [
            {
                "contract": derived.interaction.key,
                "responder": derived.interaction.responder,
                "aggregated": derived.aggregated,
                "missing": list(derived.missing),
            }
            for derived in outcome.derived
        ],
    }
