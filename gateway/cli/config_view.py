"""Settings for people (at most 100 columns), for programs, and as a settings file that can be read back."""

import json
import sys
from collections.abc import Iterable
from typing import Any

import click
import msgspec
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway import texts
from gateway.configuration import kinds, national
from gateway.configuration.meanings import meanings
from gateway.configuration.sources import PREFIX, Effective
from gateway.configuration.tomltext import comment, literal, tables
from gateway.consumers.table import console
from gateway.settings import Settings

_WIDTHS = (35, 38, 24)  # columns of name, value and origin
_BELOW = (0, 0, 0, 2)
_FIELDS = {field.name: field for field in msgspec.structs.fields(Settings)}


class View:
    """Prints effective settings."""

    def __init__(self, found: Effective[Settings], language: str) -> None:
        self._found, self._language = found, language
        self._meanings = meanings(Settings)

    def settings(self, output: str, *, changed: bool) -> None:
        """All settings, or those that are not the default."""
        names = [name for name in _FIELDS if not changed or self._is_changed(name)]
        if output == "json":
            click.echo(json.dumps([self._plain(name) for name in names], ensure_ascii=False, indent=2))
        elif output == "toml":
            click.echo(self._toml(names), nl=False)
        elif names:
            self._rows(names)
        else:
            click.echo(self._text("all-default"))

    def properties(self, found: Iterable[national.Property], output: str) -> None:
        """What properties of the national platform are here."""
        rows = list(found)
        if output == "json":
            click.echo(json.dumps([self._property(each) for each in rows], ensure_ascii=False, indent=2))
            return
        for number, each in enumerate(rows):
            names = [name for name in each.settings if name in _FIELDS]
            if output == "toml":
                click.echo(("\n" if number else "") + comment(f"{each.name} {each.remark}".strip()))
                click.echo(self._toml(names), nl=False)
                continue
            default = f"{self._text('default-there')} {each.default}" if each.default else ""
            self._print(Text("  ".join(filter(None, (each.name, default))), style="bold"))
            if each.remark:
                self._print(Text(each.remark))
            if names:
                self._rows(names)
            if number + 1 < len(rows):
                click.echo()

    def _rows(self, names: Iterable[str]) -> None:
        """Name, value and origin, and below them what it means and the national names."""
        self._row(*(Text(self._text(key), style="bold") for key in ("setting", "value", "from")))
        for name in names:
            origin = str(self._found.origins[name])
            value = Text(self._shown(name), style="bold" if self._is_changed(name) else "")
            self._row(Text(name, style="cyan"), value, Text(origin, style="dim" if origin == "default" else ""))
            self._print(Padding(Text(self._meanings[name], style="dim"), _BELOW))
            if known := national.of(name):
                self._print(Padding(Text(f"{self._text('nationally')} {', '.join(known)}", style="dim"), _BELOW))

    def _row(self, *cells: Text) -> None:
        table = Table.grid(padding=(0, 1, 0, 0))
        for width in _WIDTHS:
            table.add_column(width=width, overflow="fold")
        table.add_row(*cells)
        self._print(table)

    def _shown(self, name: str) -> str:
        value = self._masked(name)
        if value is None:
            return self._text("by-itself")
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list):
            joint = "\n" if any(isinstance(item, dict) for item in value) else ", "
            return joint.join(self._item(item) for item in value) or self._text("none")
        return str(value) if value != "" else self._text("blank")

    def _item(self, item: object) -> str:
        if not isinstance(item, dict):
            return str(item)
        return ", ".join(f"{key}={value}" for key, value in item.items() if value not in ("", None))

    def _masked(self, name: str) -> Any:
        return kinds.masked(getattr(self._found.settings, name), _FIELDS[name].type)

    def _is_changed(self, name: str) -> bool:
        return bool(getattr(self._found.settings, name) != _FIELDS[name].default)

    def _plain(self, name: str) -> dict[str, Any]:
        field, origin = _FIELDS[name], self._found.origins[name]
        return {
            "name": name,
            "value": self._masked(name),
            "default": msgspec.to_builtins(field.default),
            "from": origin.kind,
            "where": origin.where,
            "line": origin.line,
            "allowed": kinds.allowed(field.type),
            "meaning": self._meanings[name],
            "national": national.of(name),
        }

    def _property(self, each: national.Property) -> dict[str, Any]:
        return {
            "name": each.name,
            "default": each.default,
            "remark": each.remark,
            "settings": [self._plain(name) for name in each.settings if name in _FIELDS],
        }

    def _toml(self, names: Iterable[str]) -> str:
        """A settings file. Tables stand last, as TOML wants them."""
        plain, below = [], []
        for name in names:
            value = getattr(self._found.settings, name)
            rows = msgspec.to_builtins(value)
            if isinstance(rows, list | tuple) and rows and isinstance(rows[0], dict):
                below.append("\n".join((comment(self._meanings[name]), self._tables(name))))
            else:
                plain.append("\n".join((comment(self._meanings[name]), self._line(name, value))))
        return "".join(f"{part}\n\n" for part in (*plain, *below)).removesuffix("\n")

    def _line(self, name: str, value: Any) -> str:
        if value is None:
            return f"# {name} ="
        if kinds.is_secret(_FIELDS[name].type) and self._masked(name) != value:
            return f"# {name}: {self._text('secret', variable=PREFIX + name.upper())}"
        return f"{name} = {literal(value)}"

    def _tables(self, name: str) -> str:
        """Without the defaults and, with a word about it, the secrets."""
        rows, secrets = [], []
        for number, (item, masked) in enumerate(
            zip(getattr(self._found.settings, name), self._masked(name), strict=True)
        ):
            defaults = {field.name: field.default for field in msgspec.structs.fields(type(item))}
            plain = {key: value for key, value in msgspec.to_builtins(item).items() if value != defaults[key]}
            rows.append({key: value for key, value in plain.items() if value == masked[key]})
            secrets += [f"{name}[{number}].{key}" for key, value in plain.items() if value != masked[key]]
        told = [f"# {secret}: {self._text('secret', variable=PREFIX + name.upper())}" for secret in secrets]
        return "\n".join((*told, tables(name, rows)))

    def _print(self, what: RenderableType) -> None:
        console(sys.stdout).print(what)

    def _text(self, key: str, **values: object) -> str:
        return texts.text("config", key, self._language, **values)
