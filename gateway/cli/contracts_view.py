"""``rivta contracts list``, ``show`` and ``explain``."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from gateway import data
from gateway.cli import options
from gateway.cli.contracts_common import contracts_folder, every_source, into, named, say, told
from gateway.contracts.added import Source, wsdl_file
from gateway.contracts.descriptor import Descriptor
from gateway.contracts.packageerror import PackageError
from gateway.tomlfile import load

if TYPE_CHECKING:
    from gateway.contracts.packages.guess import Derived

_WIDTH = 100
_LABEL = 16
_NAME, _KIND = 46, 14


@click.command("list")
@into
@options.config
@options.output
@options.language
def list_command(into: Path | None, config: Path | None, output: str, lang: str) -> int:
    """List the contracts: those that come with the platform, and those of added packages."""
    found = every_source(contracts_folder(config, into))
    rows = [_row(each, load(each.path, Descriptor), found) for each in found]
    if output == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        kind = say("is_aggregated" if row["aggregated"] else "is_single", lang)
        origin = row["package"] or say("is_shipped", lang)
        line = f"{row['contract']:<{_NAME}} {kind:<{_KIND}} {origin}"
        click.echo(line + ("" if row["used"] else f" ({say('superseded', lang, by=row['superseded_by'])})"))
    return 0


@click.command("show")
@click.argument("name", metavar="CONTRACT")
@into
@options.config
@options.output
@options.language
def show_command(name: str, into: Path | None, config: Path | None, output: str, lang: str) -> int:
    """Show contracts: namespaces, files, and how the aggregating service asks with them."""
    with told(lang):
        found = every_source(contracts_folder(config, into))
        chosen = named(found, name)
    shown = [_whole(each, found) for each in chosen]
    if output == "json":
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return 0
    for number, facts in enumerate(shown):
        click.echo(("\n" if number else "") + facts["contract"])
        for key, value in facts.items():
            if key != "contract" and value not in ("", [], {}, None):
                click.echo(_wrapped(key, _plain(value)))
    return 0


@click.command("explain")
@click.argument("name", metavar="CONTRACT | PACKAGE")
@into
@options.config
@options.output
@options.language
def explain_command(name: str, into: Path | None, config: Path | None, output: str, lang: str) -> int:
    """Tell what was derived for an added contract: each field, how sure it is and why, what is missing or edited.

    The reasons are found anew from the schemas, so that they stay when the descriptor is edited.
    """
    from gateway.contracts.packages.store import derived_again

    with told(lang):
        chosen = named(every_source(contracts_folder(config, into)), name)
        added = [each for each in chosen if each.added]
        if not added:
            raise PackageError("not_derived", name)
        pairs = []
        for base in sorted({each.base for each in added}):
            again = {each.interaction.key: each for each in derived_again(base, data.root())}
            pairs += [(each, again[each.path.stem]) for each in added if each.base == base and each.path.stem in again]
    if output == "json":
        click.echo(json.dumps([_explained(*pair) for pair in pairs], ensure_ascii=False, indent=2))
        return 0
    for source, derived in pairs:
        click.echo("\n".join(_explanation(source, derived, lang)))
    return 0


def _row(source: Source, descriptor: Descriptor, found: list[Source]) -> dict[str, Any]:
    rivals = [each for each in found if load(each.path, Descriptor).responder == descriptor.responder]
    winner = max(rivals, key=lambda each: each.order)
    return {
        "contract": source.path.stem,
        "responder": descriptor.responder,
        "aggregated": descriptor.aggregated,
        "package": source.base.name if source.added else "",
        "used": winner == source,
        "superseded_by": "" if winner == source else f"{winner.path.stem} ({winner.base.name})",
    }


def _whole(source: Source, found: list[Source]) -> dict[str, Any]:
    descriptor = load(source.path, Descriptor)
    facts: dict[str, Any] = json.loads(msgspec.json.encode(descriptor))
    aggregate, record = facts.pop("aggregate"), facts.pop("record")
    row = _row(source, descriptor, found)
    whole = {
        **row,
        "domain": descriptor.domain,
        "title_sv": descriptor.title.sv,
        "title_en": descriptor.title.en,
        "descriptor": str(source.path),
        "wsdl": str(wsdl_file(source.base, descriptor.wsdl)),
        "xsd": str(source.base / "xsd" / descriptor.xsd),
        "soap_actions": list(descriptor.soap_actions),
    }
    return whole | ({"aggregate": aggregate, "record": record} if descriptor.aggregated else {})


def _explained(source: Source, derived: "Derived") -> dict[str, Any]:
    from gateway.contracts.packages.descriptors import reason

    now = _now(source)
    return {
        "contract": source.path.stem,
        "descriptor": str(source.path),
        "missing": list(derived.missing),
        "fields": [
            {
                "field": guess.field,
                "derived": guess.value,
                "now": now.get(guess.field),
                "sure": guess.sure,
                "why": {"sv": reason(guess, "sv"), "en": reason(guess, "en")},
            }
            for guess in derived.guesses
        ],
    }


def _explanation(source: Source, derived: "Derived", lang: str) -> Iterator[str]:
    from gateway.contracts.packages.descriptors import reason

    now = _now(source)
    yield source.path.stem
    yield f"  {source.path}"
    for guess in derived.guesses:
        value = _plain(guess.value) or "-"
        yield f"  {guess.field} = {value}"
        told_why = f"{say(guess.sure, lang)}: {reason(guess, lang)}"
        yield from textwrap.wrap(told_why, _WIDTH, initial_indent="      ", subsequent_indent="      ")
        current = now.get(guess.field)
        if current is not None and current != guess.value:
            yield f"      {say('edited', lang, value=_plain(current) or '-')}"
    if derived.missing:
        verdict = say("incomplete", lang, missing=", ".join(derived.missing))
        yield from textwrap.wrap(verdict, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _now(source: Source) -> dict[str, Any]:
    """What the descriptor says now, by field; nothing of tables that it does not have."""
    descriptor = load(source.path, Descriptor)
    if not descriptor.aggregated:
        return {}
    facts: dict[str, Any] = json.loads(msgspec.json.encode(descriptor))
    return {f"{table}.{name}": value for table in ("aggregate", "record") for name, value in facts[table].items()}


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_plain(each)}" for key, each in value.items() if each not in ("", [], {}))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _wrapped(label: str, value: str) -> str:
    lead = f"  {label:<{_LABEL}} "
    return textwrap.fill(
        value, _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
