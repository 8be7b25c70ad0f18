"""Settings from their four sources: default < file < environment < flag, each value with where it came from."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, TypeVar, get_origin

import msgspec

from gateway.configuration import kinds
from gateway.configuration.faults import SettingsError, unknown
from gateway.errors import DataError
from gateway.tomlfile import line_at, parse

S = TypeVar("S", bound=msgspec.Struct)
PREFIX = "RIVTA_"
# Read where they are needed: by commands that have no gateway, and by the tests.
NOT_SETTINGS = ("RIVTA_DATA", "RIVTA_LANG", "RIVTA_TEST_POSTGRES")
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"^Object contains unknown field `([^`]+)`")
_MISSING = re.compile(r"^Object missing required field `([^`]+)`")
_MOST = 120  # characters of a wrong value that are shown


class Origin(NamedTuple):
    """Where a value came from.

    Attributes:
        kind: which source.
        where: the file, the variable or the flag; blank for a default.
        line: of the file; 0 when unknown.
    """

    kind: Literal["default", "file", "environment", "flag"]
    where: str = ""
    line: int = 0

    def __str__(self) -> str:
        """``rivta.toml:3``, ``RIVTA_PORT``, ``--port`` or ``default``."""
        if not self.where:
            return self.kind
        return f"{self.where}:{self.line}" if self.line else self.where


@dataclass(frozen=True, slots=True)
class Effective(Generic[S]):
    """The settings that count, and for each where its value came from."""

    settings: S
    origins: Mapping[str, Origin]


class Conflict(NamedTuple):
    """Settings that do not fit together; the fault is told at the first of them that somebody has set."""

    names: tuple[str, ...]
    problem: str


Rules = Callable[[Any], Iterable[Conflict]]


class _Given(NamedTuple):
    name: str
    value: Any
    origin: Origin
    source: str  # the text of the file


def effective(
    kind: type[S], path: Path | None, environment: Mapping[str, str], flags: Mapping[str, Any], rules: Rules
) -> Effective[S]:
    """Read all sources.

    Args:
        kind: the record of all settings.
        path: a TOML file, or None.
        environment: usually ``os.environ``; names ``RIVTA_PORT`` and the like, lists separated by commas, tables JSON.
        flags: values given on the command line; None means not given.
        rules: what to check in settings that are right one by one.

    Raises:
        SettingsError: unknown names and wrong values, all of them, or settings that do not fit together.
        DataError: the file is unreadable or not TOML.
    """
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    faults: list[DataError] = []
    values: dict[str, Any] = {}
    origins = dict.fromkeys(fields, Origin("default"))
    for given in (*_from_file(path), *_from_environment(environment), *_from_flags(flags)):
        field = fields.get(given.name)
        if field is None:
            faults.append(_unknown(given, fields))
            continue
        try:
            values[given.name] = _converted(given, field.type)
            origins[given.name] = given.origin
        except DataError as fault:
            faults.append(fault)
    if faults:
        raise SettingsError(faults)
    settings = kind(**values)
    if conflicts := [_placed(each, origins) for each in rules(settings)]:
        raise SettingsError(conflicts)
    return Effective(settings, origins)


def _from_file(path: Path | None) -> list[_Given]:
    if path is None:
        return []
    source, found = parse(path)
    return [
        _Given(name, value, Origin("file", str(path), line_at(source, name)), source) for name, value in found.items()
    ]


def _from_environment(environment: Mapping[str, str]) -> list[_Given]:
    return [
        _Given(name.removeprefix(PREFIX).lower(), value, Origin("environment", name), "")
        for name, value in environment.items()
        if name.startswith(PREFIX) and name not in NOT_SETTINGS
    ]


def _from_flags(flags: Mapping[str, Any]) -> list[_Given]:
    return [
        _Given(name, value, Origin("flag", f"--{name.replace('_', '-')}"), "")
        for name, value in flags.items()
        if value is not None
    ]


def _unknown(given: _Given, fields: Iterable[str]) -> DataError:
    where, line = given.origin.where, given.origin.line
    if given.origin.kind == "file":
        return unknown((where, line), given.name, fields)
    if given.origin.kind == "environment":
        return unknown((where, 0), "", (f"{PREFIX}{name.upper()}" for name in fields))
    return unknown((where, 0), "", (f"--{name.replace('_', '-')}" for name in fields))


def _converted(given: _Given, kind: Any) -> Any:
    """A value of the setting's type. A file has types of its own; elsewhere everything is text.

    Raises:
        DataError: not one.
    """
    value = given.value
    if isinstance(value, str) and given.origin.kind != "file" and get_origin(kinds.unwrapped(kind)[0]) is tuple:
        value = _items(given, kind)
    try:
        converted = msgspec.convert(value, kind, strict=given.origin.kind == "file")
    except msgspec.ValidationError as error:
        raise _wrong(given, value, kind, str(error)) from None
    if failed := kinds.check(converted, kind):
        raise _fault(given, value, kind, failed[0], failed[1])
    return converted


def _items(given: _Given, kind: Any) -> Any:
    """A list from text: separated by commas, or JSON when it is one of tables."""
    if given.value.lstrip().startswith("[{"):
        try:
            return msgspec.json.decode(given.value)
        except msgspec.DecodeError as error:
            shown = kinds.HIDDEN if kinds.is_secret(kind) else repr(given.value[:_MOST])
            problem = f"{given.name} is {shown}, neither a list nor JSON: {error}"
            raise DataError(Path(given.origin.where), 0, problem) from None
    return [item.strip() for item in given.value.split(",") if item.strip()]


def _wrong(given: _Given, value: Any, kind: Any, message: str) -> DataError:
    """The fault for a msgspec message such as ``Expected `int`, got `str` - at `$[0].port` ``."""
    path = message.rpartition("`$")[2].partition("`")[0] if "`$" in message else ""
    steps: tuple[str | int, ...] = tuple(name or int(index) for name, index in _STEP.findall(path))
    below = kind
    for step in steps:
        below = kinds.inner(below, step)
    if strange := _UNKNOWN.match(message):
        known = [field.name for field in msgspec.structs.fields(kinds.unwrapped(below)[0])]
        line = _line(given, (*steps, strange[1]))
        return unknown((given.origin.where, line), strange[1], known, f"key in {_name(given, steps)}")
    if missing := _MISSING.match(message):
        problem = f"{_name(given, steps)} has no {missing[1]}. Expected {kinds.allowed(kinds.inner(below, missing[1]))}"
        return DataError(Path(given.origin.where), _line(given, steps), problem)
    return _fault(given, value, kind, steps)


def _fault(given: _Given, value: Any, kind: Any, steps: tuple[str | int, ...], why: str = "") -> DataError:
    for step in steps:
        value, kind = value[step], kinds.inner(kind, step)
    shown = repr(kinds.masked(value, kind))
    shown = shown if len(shown) <= _MOST else f"{shown[:_MOST]}…"
    reason = f", {why}" if why else ""
    problem = f"{_name(given, steps)} is {shown}{reason}. Expected {kinds.allowed(kind)}"
    return DataError(Path(given.origin.where), _line(given, steps), problem)


def _name(given: _Given, steps: Iterable[str | int]) -> str:
    """``producer_tls_overrides[0].port``"""
    return given.name + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _line(given: _Given, steps: tuple[str | int, ...]) -> int:
    return line_at(given.source, given.name, *steps) if given.source else 0


def _placed(conflict: Conflict, origins: Mapping[str, Origin]) -> DataError:
    given = (origins[name] for name in conflict.names)
    origin = next((each for each in given if each.kind != "default"), Origin("default", "settings"))
    return DataError(Path(origin.where), origin.line, conflict.problem)
