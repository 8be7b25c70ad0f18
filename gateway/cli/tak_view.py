"""Catalogues, differences and publications for people, at most 100 columns, and as data."""

import json
import sys
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import click
import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from gateway import texts
from gateway.cli.tak_sources import RolledBack, Taken
from gateway.consumers.table import WIDTH, console
from gateway.registry.formats.content import Publication
from gateway.registry.formats.flat import last
from gateway.registry.tak.check import Problem
from gateway.registry.tak.diff import Difference
from gateway.registry.tak.edits import Edit
from gateway.registry.tak.store import named

_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_MOST_PROBLEMS = 200


class View:
    """Writes to standard output in one language, as text or as JSON."""

    def __init__(self, lang: str, output: str) -> None:
        self._lang, self._json = lang, output == "json"
        self._out = console(sys.stdout)

    def differences(self, found: Sequence[Difference]) -> None:
        """What tells two catalogues apart."""
        if self._json:
            self._data({"differences": [msgspec.to_builtins(each) for each in found], **_counts(found)})
            return
        self._grouped(found)
        self._summary(found)

    def problems(self, found: Sequence[Problem], name: str) -> None:
        """Rules that are broken."""
        if self._json:
            self._data({"catalogue": name, "problems": _problems(found)})
            return
        self._problems(found)
        key = "broken" if found else "sound"
        click.echo(self._text(key, name=name, count=len(found)))

    def imported(self, done: Taken, *, dry_run: bool) -> None:
        """What an import came to."""
        if self._json:
            found = [msgspec.to_builtins(each) for each in done.differences]
            report = [{"outcome": outcome, "what": what} for outcome, what in done.report]
            kept = {"edits": done.edits, "dry_run": dry_run, "report": report, "problems": _problems(done.problems)}
            self._data({**kept, "differences": found, **_counts(done.differences)})
            return
        for outcome, what in done.report:
            self._wrapped(f"{outcome}: {what}", "  ")
        self._problems(done.problems)
        if done.report or len(done.differences) <= _MOST_PROBLEMS:
            self._grouped(done.differences)
        self._summary(done.differences)
        if done.problems and not done.edits:
            click.echo(self._text("not_imported", count=len(done.problems)))
        else:
            click.echo(self._text("would_import" if dry_run else "imported", count=done.edits))

    def published(self, done: Publication, found: Sequence[Difference], *, dry_run: bool) -> None:
        """A new version."""
        if self._json:
            values = {"version": done.version, "author": done.author, "comment": done.comment, "dry_run": dry_run}
            self._data({**values, "differences": [msgspec.to_builtins(each) for each in found], **_counts(found)})
            return
        if dry_run:
            self._grouped(found)
        self._summary(found)
        click.echo(self._text("would_publish" if dry_run else "published", version=done.version, author=done.author))

    def rolled_back(self, done: RolledBack, *, dry_run: bool) -> None:
        """A version that is gone, or made of an earlier one."""
        if self._json:
            values = {"gone": done.gone, "made": done.made, "counts": done.counts, "dry_run": dry_run}
            self._data({**values, **_counts(done.differences)})
            return
        if dry_run:
            self._grouped(done.differences)
        self._summary(done.differences)
        key = "restored" if done.made else "rolled_back" if done.counts else "rolled_back_all"
        click.echo(self._text(key, gone=done.gone, made=done.made, counts=done.counts))
        if dry_run:
            click.echo(self._text("nothing_done"))

    def publications(self, found: Sequence[dict[str, Any]]) -> None:
        """The publications."""
        if self._json:
            self._data({"publications": list(found)})
        elif not found:
            click.echo(self._text("none"))
        else:
            rows = [
                (each["version"], each["time"][:16], each["author"], each["comment"], each["size"]) for each in found
            ]
            self._table(("version", "time", "author", "comment", "size"), rows)

    def pending(self, found: Sequence[Edit]) -> None:
        """The edits that are not published."""
        rows = [(each.author, each.action, named(each.kind, each.row)) for each in found]
        if self._json:
            self._data({"pending": [{"author": who, "action": action, "row": what} for who, action, what in rows]})
        elif not rows:
            click.echo(self._text("none_pending"))
        else:
            actions = {name: self._text(name) for name in ("create", "update", "delete")}
            self._table(("author", "action", "row"), [(who, actions[action], what) for who, action, what in rows])

    def _grouped(self, found: Iterable[Difference]) -> None:
        contract = receiver = None
        for each in found:
            if each.contract != contract:
                contract, receiver = each.contract, None
                self._wrapped(contract or self._text("descriptions"), "", "bold")
            if each.receiver != receiver:
                receiver = each.receiver
                if receiver:
                    self._wrapped(receiver, "  ")
            mark, style = _MARKS[each.kind]
            head = f"{mark} {self._text(each.what)}{f' {each.sender}' if each.sender else ''}"
            self._wrapped(f"{head}: {self._told(each)}", "    ", style)

    def _told(self, each: Difference) -> str:
        if each.kind != "changed":
            values = each.after or each.before
            return ", ".join(filter(None, (self._value(name, value, short=True) for name, value in values.items())))
        names = dict.fromkeys((*each.before, *each.after))
        return "; ".join(
            f"{self._text(f'field_{name}')} {self._value(name, each.before.get(name))} -> "
            f"{self._value(name, each.after.get(name))}"
            for name in names
        )

    def _value(self, name: str, value: Any, *, short: bool = False) -> str:
        """A value for people. Days include the last one, as in routing/."""
        if isinstance(value, date):
            shown = (last(value) if name == "valid_to" else value).isoformat()
            return f"{self._text(f'field_{name}')} {shown}" if short else shown
        if name == "filters":
            shown = "; ".join(f"{domain} ({', '.join(several)})" if several else domain for domain, *several in value)
            return shown if short else shown or "–"
        return str(value) if value != "" else "" if short else "–"

    def _summary(self, found: Sequence[Difference]) -> None:
        click.echo(self._text("summary", **_counts(found)) if found else self._text("same"))

    def _problems(self, found: Sequence[Problem]) -> None:
        for each in found[:_MOST_PROBLEMS]:
            self._wrapped(f"! {each.where}: {each.told[self._lang]}", "  ", "red")
        if len(found) > _MOST_PROBLEMS:
            click.echo(self._text("more", count=len(found) - _MOST_PROBLEMS))

    def _wrapped(self, text: str, indent: str, style: str = "") -> None:
        lines = textwrap.wrap(
            text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}    ", break_on_hyphens=False
        )
        for line in lines:
            self._out.print(Text(line, style=style))

    def _table(self, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in names:
            table.add_column(self._text(name), overflow="fold", justify="right" if name == "size" else "left")
        for row in rows:
            table.add_row(*map(str, row))
        self._out.print(table)

    def _text(self, key: str, **values: object) -> str:
        return texts.text("tak", key, self._lang, **values)

    def _data(self, found: dict[str, Any]) -> None:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _problems(found: Iterable[Problem]) -> list[dict[str, Any]]:
    return [{"rule": each.rule, "where": each.where, **each.told} for each in found]


def _counts(found: Sequence[Difference]) -> dict[str, int]:
    return {kind: sum(each.kind == kind for each in found) for kind in _MARKS}
