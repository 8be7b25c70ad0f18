"""``rivta rules``: the rules behind the findings."""

import textwrap
from collections.abc import Iterator

import click
import msgspec

from gateway import texts
from gateway.cli import options
from gateway.findings import rules
from gateway.findings.rules import Example, Rule

WIDTH = 100
_ID, _LEVEL, _LABEL = 14, 8, 11  # columns


@click.group("rules")
def command() -> None:
    """List and explain the rules that rivta check and rivta contracts apply."""


@command.command("list")
@click.option("--area", help="message, lint, diff, report, or a contract such as Name_1.0.")
@click.option("--layer", help="Only this layer or topic.")
@options.output
@options.language
def list_command(area: str | None, layer: str | None, output: str, lang: str) -> int:
    """List the rules, area by area."""
    found = list(rules.everything().values())
    areas = sorted({rule.area for rule in found})
    if area is not None and area not in areas:
        raise click.BadParameter(f"{area}: expected one of {', '.join(areas)}", param_hint="--area")
    found = [rule for rule in found if area in (None, rule.area) and layer in (None, rule.layer)]
    if output == "json":
        click.echo(_json([_data(rule, whole=False) for rule in found]))
        return 0
    shown = ""
    for rule in found:
        heading = f"{rule.area}: {rule.layer}"
        if heading != shown:
            click.echo(("\n" if shown else "") + heading)
            shown = heading
        lead = f"  {rule.id:<{_ID}} {rule.level:<{_LEVEL}} "
        click.echo(textwrap.fill(rule.title.of(lang), WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead)))
    return 0


@command.command()
@click.argument("name", metavar="ID")
@options.output
@options.language
def explain(name: str, output: str, lang: str) -> int:
    """Explain one rule: what it says, where it comes from, what to do, what is right and wrong.

    ID is the rule's id or name, such as RIVTA-ENV-002 or body-one-child.
    """
    rule = rules.find(name)
    if rule is None:
        near = ", ".join(f"{each.id} ({each.name})" for each in rules.nearest(name)) or "-"
        raise click.ClickException(texts.text("findings", "no_rule", lang, wanted=name, nearest=near))
    if output == "json":
        click.echo(_json(_data(rule, whole=True)))
    else:
        click.echo("\n".join(_lines(rule, lang)))
    return 0


def _lines(rule: Rule, lang: str) -> Iterator[str]:
    yield f"{rule.id}  {rule.name}"
    yield from textwrap.wrap(rule.title.of(lang), WIDTH)
    yield ""
    yield from textwrap.wrap(rule.text.of(lang), WIDTH)
    yield ""
    facts = [("level", rule.level), ("source", str(rule.source)), ("hint", _plain(rule.hint.of(lang)))]
    for key, value in facts:
        lead = f"{texts.text('findings', key, lang):<{_LABEL}} "
        yield from textwrap.wrap(value, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead))
    for key, examples in (("good", rule.good), ("bad", rule.bad)):
        for example in examples:
            yield from _example(key, example, lang)


def _example(key: str, example: Example, lang: str) -> Iterator[str]:
    heading = texts.text("findings", key, lang)
    where = example.frame or example.file
    if where:
        heading += " " + texts.text("findings", "in_frame", lang, frame=f"contracts/rules/examples/{where}")
    chosen = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in example.options.items())
    note = " ".join(part for part in (chosen, example.note.of(lang)) if part)
    yield ""
    yield f"{heading}:" + (f" {note}" if note else "")
    for line in (example.snippet or example.at or "").strip().splitlines():
        yield from textwrap.wrap(line, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def _plain(text: str) -> str:
    """A hint's text without the places that a finding fills in."""
    return text.replace("{nearest}", "").replace("{", "‹").replace("}", "›")


def _data(rule: Rule, *, whole: bool) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(rule)
    wanted = list(fields) if whole else ["id", "name", "area", "layer", "level", "title"]
    return {**{name: fields[name] for name in wanted}, "severity": rule.severity}


def _json(data: object) -> str:
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode("utf-8")
