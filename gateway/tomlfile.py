"""TOML files read into typed records; every mistake is told with file and line."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gateway.errors import DataError

T = TypeVar("T")
_HEADER = re.compile(r"^\s*\[(\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")
_SYNTAX_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")
_FIELD = re.compile(r"field `([^`]+)`")


def load(path: Path, kind: type[T]) -> T:
    """Read a TOML file as ``kind`` (a msgspec Struct that forbids unknown keys).

    Raises:
        DataError: unreadable, not TOML, a duplicate, unknown or missing key, or a wrong type.
    """
    source, data = parse(path)
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise DataError(path, line_of(source, str(error)), str(error)) from None


def parse(path: Path) -> tuple[str, dict[str, Any]]:
    """A TOML file's text, and what it says.

    Raises:
        DataError: unreadable, not TOML, or a duplicate key.
    """
    source = _text(path)
    try:
        return source, tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX_LINE.search(str(error))
        raise DataError(path, int(found[1]) if found else 0, f"not valid TOML: {error}") from None


def line_of(source: str, message: str) -> int:
    """The line that a msgspec message such as ``… - at `$.route[3].address` `` speaks of; 0 when unknown."""
    where = message.rpartition("`$")[2].partition("`")[0] if "`$" in message else ""
    steps = [name or int(index) for name, index in _STEP.findall(where)]
    if field := _FIELD.search(message.partition(" - at")[0]):
        steps.append(field[1])
    return line_at(source, *steps)


def line_at(source: str, *steps: str | int) -> int:
    """The line of a TOML text where a key, or the nearest table above it, stands; 0 when unknown."""
    lines = _lines(source)
    for length in range(len(steps), 0, -1):
        if found := lines.get(steps[:length]):
            return found
    return next((line for key, line in lines.items() if key[:1] == steps[:1]), 0)  # the first of its tables


def table_lines(path: Path, name: str) -> list[int]:
    """The lines where each ``[[name]]`` of a file begins; none when the tables are written in another way.

    Raises:
        DataError: unreadable.
    """
    return [
        number
        for number, line in enumerate(_text(path).splitlines(), 1)
        if (header := _HEADER.match(line)) and header[1] and header[2] == name
    ]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, 0, f"cannot be read as UTF-8 text: {error}") from None


def _lines(source: str) -> dict[tuple[str | int, ...], int]:
    """Where each table and key of a TOML text stands."""
    found: dict[tuple[str | int, ...], int] = {}
    counts: dict[str, int] = {}
    table: tuple[str | int, ...] = ()
    for number, line in enumerate(source.splitlines(), 1):
        if header := _HEADER.match(line):
            table = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            if header[1]:
                counts[header[2]] = index = counts.get(header[2], -1) + 1
                table = (*table, index)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, key[1]), number)
    return found
