"""Renders docs/settings.md from settings and national names; ``python tests/docs/settings_page.py`` writes it."""

from pathlib import Path

import msgspec

from gateway.configuration import kinds, national
from gateway.configuration.meanings import meanings
from gateway.configuration.tomltext import literal
from gateway.settings import Settings
from gateway.tlssettings import TlsOverride

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
_HEAD = """# Settings

A setting has four sources: its default, a settings file (TOML, `--config FILE`), the environment (`RIVTA_` and the name
in capitals, lists separated by commas), and a flag of the command. Each counts before the one ahead of it. Unknown
names, wrong values and settings that do not fit together stop the start. All of them are told at once, with file and
line, variable or flag, and what is allowed.

```console
$ rivta config                        # the settings that count, and where each comes from
$ rivta config --changed --format toml > rivta.toml
$ rivta config --check rivta.toml     # faults in a file and in the files that it names, exit code 2
$ rivta config --national ip.whitelist
$ rivta config import application.properties > rivta.toml
```

Passwords are never printed. A file that holds one should be readable by its owner only; the variable will do as well.
This page is made from the settings themselves; `make docs` writes it.

"""
_NATIONAL = """## The national platform's properties

What the national router (VP) can be told, in its application.properties or its Helm chart. A national default in
parentheses is that of the chart. `rivta config import` reads such a properties file.

| national property | setting | default there | default here | remark |
|---|---|---|---|---|
"""
_OURS = """
## All settings

| setting | default | allowed | meaning |
|---|---|---|---|
"""
_OVERRIDES = """
## Other TLS settings for some producers

Keys of `[[producer_tls_overrides]]`; the first table that matches is used.

| key | default | allowed | meaning |
|---|---|---|---|
"""


def render() -> str:
    """The page, Markdown."""
    ours = "\n".join(_field(field, meanings(Settings)) for field in msgspec.structs.fields(Settings))
    overrides = "\n".join(_field(field, meanings(TlsOverride)) for field in msgspec.structs.fields(TlsOverride))
    theirs = "\n".join(map(_property, national.properties()))
    return f"{_HEAD}{_NATIONAL}{theirs}\n{_OURS}{ours}\n{_OVERRIDES}{overrides}\n"


def _property(each: national.Property) -> str:
    defaults = {field.name: field.default for field in msgspec.structs.fields(Settings)}
    there = _code(each.default) if each.default else ""
    there += f" ({_code(each.helm)})" if each.helm else ""
    names = "<br>".join(map(_code, (each.name, *each.also)))
    here = "<br>".join(_default(defaults[name]) for name in each.settings)
    settings = "<br>".join(map(_code, each.settings)) or "none needed"
    return _row(names, settings, there.strip(), here, each.remark)


def _field(field: msgspec.structs.FieldInfo, told: dict[str, str]) -> str:
    default = "" if field.default is msgspec.NODEFAULT else _default(field.default)
    return _row(_code(field.name), default, kinds.allowed(field.type), told[field.name])


def _default(value: object) -> str:
    if value is None:
        return "by itself"
    if value == ():
        return "none"
    return "blank" if value == "" else _code(literal(value) if not isinstance(value, str) else value)


def _code(text: str) -> str:
    return f"`{text}`"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
