"""Turns the national platform's properties into a settings file."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from gateway import texts
from gateway.cli import javaproperties
from gateway.cli.config_bundles import tls
from gateway.configuration import national
from gateway.configuration.faults import SettingsError
from gateway.configuration.tomltext import comment, literal, tables
from gateway.settings import effective

_PORTS = {"http": 80, "https": 443}
_VERSIONS = {"TLSV1.2": "1.2", "TLSV1.3": "1.3"}
_ALL_CIPHERS = "*"
_FLAG_OF_A_PATTERN = "(?i)"
_DEFAULT_TIMEOUTS = "default_timeouts"
_TOGETHER = ("placeholder", "tls")  # what is looked at with others, not by itself


class Left(NamedTuple):
    """A property that was not carried over: its line, name, why, and whether the platform's doings change."""

    line: int
    name: str
    why: str
    lost: bool


class _Translation:
    """What has been found so far."""

    def __init__(self, file: Path, language: str) -> None:
        self.file, self._language = file, language
        self.values: dict[str, Any] = {"mode": "national"}
        self.origins: dict[str, str] = {}
        self.left: list[Left] = []

    def take(self, name: str, line: int, value: str) -> None:
        """One property."""
        known = national.find(name)
        if known is None:
            self.left.append(Left(line, name, self.text("unknown"), lost=True))
        elif known.settings and known.how in _HOW:
            self._convert(known, name, line, value)
        elif known.how not in _TOGETHER and not (known.how == "default-timeouts" and value == _DEFAULT_TIMEOUTS):
            self.left.append(Left(line, name, known.remark, known.lost))

    def _convert(self, known: national.Property, name: str, line: int, value: str) -> None:
        try:
            found = _HOW[known.how](value, known.settings)
        except ValueError as error:
            self.left.append(Left(line, name, str(error), lost=True))
            return
        for setting, converted in found.items():
            if setting in self.values and setting in self.origins and self.values[setting] != converted:
                other = self.text("other", setting=setting, name=self.origins[setting], value=self.values[setting])
                self.left.append(Left(line, name, other, lost=True))
            else:
                self.values[setting], self.origins[setting] = converted, name

    def text(self, key: str, **values: object) -> str:
        """A text of the import."""
        return texts.text("config-import", key, self._language, **values)


def translate(file: Path, language: str) -> tuple[str, bool]:
    """The settings file, and whether everything that the platform would do is in it.

    Raises:
        DataError: the file is unreadable.
    """
    found = _Translation(file, language)
    properties = javaproperties.read(file)
    for name, (line, value) in properties.items():
        found.take(name, line, value)
    towards_producers = tls({name: value for name, (_, value) in properties.items()})
    found.values |= towards_producers.values
    found.left += (Left(0, name, why, lost=True) for name, why in towards_producers.left)
    _drop_what_is_refused(found)
    return _written(found), not any(each.lost for each in found.left)


def _drop_what_is_refused(found: _Translation) -> None:
    """Values that are not allowed here are told instead; what is left can be used."""
    while True:
        try:
            effective(None, {}, found.values)
        except SettingsError as error:
            fault = error.faults[0]
        else:
            return
        setting = fault.path.name.removeprefix("--").replace("-", "_")
        found.values.pop(setting)
        name = found.origins.get(setting, setting)
        found.left.append(Left(0, name, fault.problem, lost=True))


def _written(found: _Translation) -> str:
    parts = [comment(found.text("head", file=found.file.name)), ""]
    rows = {name: value for name, value in found.values.items() if isinstance(value, list) and _is_table(value)}
    for name, value in found.values.items():
        if name not in rows:
            origin = found.origins.get(name)
            parts += [*([f"# {origin}"] if origin else []), f"{name} = {literal(value)}", ""]
    for name, value in rows.items():
        parts += [tables(name, value), ""]
    for lost, key in ((True, "lost"), (False, "not-needed")):
        told = sorted(each for each in found.left if each.lost == lost)
        if told:
            parts += [comment(found.text(key)), "#"]
            parts += [comment(f"{each.name}: {each.why}") for each in told]
            parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n"


def _is_table(value: list[Any]) -> bool:
    return bool(value) and isinstance(value[0], dict)


def _text(value: str, settings: tuple[str, ...]) -> dict[str, Any]:
    return dict.fromkeys(settings, value)


def _number(value: str, settings: tuple[str, ...]) -> dict[str, Any]:
    return dict.fromkeys(settings, _whole(value))


def _milliseconds(value: str, settings: tuple[str, ...]) -> dict[str, Any]:
    return dict.fromkeys(settings, _whole(value) / 1000)


def _whole(value: str) -> int:
    if not re.fullmatch(r"-?\d+", value):
        raise ValueError(f"{value!r} is no whole number")
    return int(value)


def _boolean(value: str, settings: tuple[str, ...]) -> dict[str, Any]:
    if value.lower() not in ("true", "false"):
        raise ValueError(f"{value!r} is neither true nor false")
    return dict.fromkeys(settings, value.lower() == "true")


def _not(value: str, settings: tuple[str, ...]) -> dict[str, Any]:
    return {name: not given for name, given in _boolean(value, settings).items()}


def _list(value: str, settings: tuple[str, ...]) -> dict[str, Any]:
    return {name: [item.strip() for item in value.split(",") if item.strip()] for name in settings}


def _listener(value: str, settings: tuple[str, ...]) -> dict[str, Any]:
    host, port = settings
    url = urlsplit(value)
    if not url.hostname:
        raise ValueError(f"{value!r} is no URL with a host")
    return {host: url.hostname, port: url.port or _PORTS.get(url.scheme, 0)}


def _protocols(value: str, settings: tuple[str, ...]) -> dict[str, Any]:
    """The versions that are spoken here as a minimum and a maximum; a list without any is refused."""
    lowest, highest = settings
    spoken = sorted(_VERSIONS[each] for each in re.split(r"[,\s]+", value.upper()) if each in _VERSIONS)
    if not spoken:
        raise ValueError(f"{value!r} has neither TLSv1.2 nor TLSv1.3, and older versions are not spoken here")
    return {lowest: spoken[0], highest: spoken[-1] if spoken[-1] != max(_VERSIONS.values()) else ""}


def _ciphers(value: str, settings: tuple[str, ...]) -> dict[str, Any]:
    return dict.fromkeys(settings, "" if value == _ALL_CIPHERS else ":".join(re.split(r"[,\s]+", value)))


def _pattern(value: str, settings: tuple[str, ...]) -> dict[str, Any]:
    return dict.fromkeys(settings, value.removeprefix(_FLAG_OF_A_PATTERN))


def _style(value: str, settings: tuple[str, ...]) -> dict[str, Any]:
    if value.lower() != "ecs":
        raise ValueError("blocks of text as in the style LEGACY are not written here; the log is lines of JSON")
    return dict.fromkeys(settings, "json")


_HOW: dict[str, Callable[[str, tuple[str, ...]], dict[str, Any]]] = {
    "text": _text,
    "number": _number,
    "milliseconds": _milliseconds,
    "boolean": _boolean,
    "not": _not,
    "list": _list,
    "listener": _listener,
    "protocols": _protocols,
    "ciphers": _ciphers,
    "pattern": _pattern,
    "style": _style,
}
