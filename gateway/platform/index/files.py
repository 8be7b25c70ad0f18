"""Engagements as files: CSV with the seed file's columns and the owner, or JSON with the same names."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple
from pathlib import Path
from typing import IO, Any

from gateway.errors import DataError
from gateway.platform.index.messages import Sent, values_of
from gateway.platform.index.rules import Rules
from gateway.router.refusal import ServiceRefusal
from gateway.storage.engagement import Engagement
from gateway.storage.engagements import FIELDS

_WITHOUT_OWNER = FIELDS[:-1]
_MANDATORY = FIELDS[:6]


def write(engagements: Iterable[Engagement], form: str, file: IO[str]) -> int:
    """Write engagements, person ids in clear; ``form`` is ``csv`` or ``json``. How many there were."""
    count = 0
    if form == "csv":
        lines = csv.writer(file, delimiter=";", lineterminator="\n")
        lines.writerow(FIELDS)
        for count, each in enumerate(engagements, 1):  # noqa: B007 - it is what is returned
            lines.writerow(astuple(each))
        return count
    file.write("[")
    for count, each in enumerate(engagements, 1):
        file.write(f"{',' if count > 1 else ''}\n  {json.dumps(asdict(each), ensure_ascii=False)}")
    file.write("\n]\n")
    return count


def read(path: Path, owner: str) -> list[Engagement]:
    """Read a file of either form, and check each row as an Update would be.

    Args:
        path: UTF-8; what begins with ``[`` is JSON, all else CSV.
        owner: who owns rows that name nobody.

    Raises:
        DataError: it cannot be read, or a row is wrong; with the line, in JSON the number of the row.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, 0, f"cannot be read as UTF-8 text: {error}") from None
    rows = _from_json(path, text) if text.lstrip().startswith("[") else _from_csv(path, text)
    rules = Rules((owner,), (), national=False)
    found: list[Engagement] = []
    seen: dict[bytes, int] = {}
    for line, row in rows:
        engagement = Engagement(**{**row, "owner": row.get("owner") or owner})
        try:
            rules.check([Sent(False, list(values_of(engagement)))], owned=True)
        except ServiceRefusal as refusal:
            raise DataError(path, line, refusal.hints["en"]) from None
        first = seen.setdefault(engagement.key(), line)
        if first != line:
            raise DataError(path, line, f"the same engagement as in line {first}")
        found.append(engagement)
    return found


def _from_csv(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    lines = csv.reader(text.splitlines(), delimiter=";")
    names = tuple(next(lines, ()))
    if names not in (FIELDS, _WITHOUT_OWNER):
        raise DataError(path, 1, f"expected the columns {';'.join(FIELDS)}")
    for number, values in enumerate(lines, 2):
        if len(values) != len(names):
            raise DataError(path, number, f"expected {len(names)} values, found {len(values)}")
        yield number, dict(zip(names, values, strict=True))


def _from_json(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        rows: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(path, error.lineno, f"expected JSON: {error.msg}") from None
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not all(isinstance(value, str) for value in row.values()):
            raise DataError(path, number, "expected an object of texts")
        if unknown := set(row) - set(FIELDS):
            raise DataError(path, number, f"unknown names {', '.join(sorted(unknown))}; known are {', '.join(FIELDS)}")
        if missing := [name for name in _MANDATORY if not row.get(name)]:
            raise DataError(path, number, f"expected a value for {', '.join(missing)}")
        yield number, row
