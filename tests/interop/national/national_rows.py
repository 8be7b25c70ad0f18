"""Rows of the national router's specification: what each says, where it is said, and how many hold."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

F = TypeVar("F", bound=Callable[..., Any])
HOLDS = "holds"
_MOST = 40  # of the rows that do not hold are told by name


@dataclass(frozen=True)
class Row:
    """A row.

    Attributes:
        id: table and number, ``routing-07``; part of the test's name.
        says: what the national router (VP) does.
        source: its own test class and case, or the part of its description.
        better: heading in docs/differences.md, when we deliberately do otherwise; the test then shows what we do.
    """

    id: str
    says: str
    source: str = ""
    better: str = ""


# What became of each row in this run: one entry for each of its tests.
ROWS: dict[Row, list[str]] = {}


def row(identity: str, says: str, source: str = "", *, better: str = "") -> Callable[[F], F]:
    """Marks a test as that of a row."""
    return pytest.mark.row(Row(identity, says, source, better))


def table(cases: Iterable[Any], name: str = "case") -> Callable[[F], F]:
    """Makes a test of each case; cases have a ``row``."""
    return pytest.mark.parametrize(name, [pytest.param(case, id=case.row.id, marks=_mark(case.row)) for case in cases])


def _mark(found: Row) -> pytest.MarkDecorator:
    return pytest.mark.row(found)


def told() -> tuple[list[str], dict[str, Any]]:
    """The results as lines for people and as data."""
    rows = sorted(ROWS, key=lambda each: each.id)
    broken = [each for each in rows if set(ROWS[each]) != {HOLDS}]
    better = [each for each in rows if each.better and each not in broken]
    held = len(rows) - len(broken)
    lines = [
        f"{held} of {len(rows)} rows hold: {held - len(better)} as nationally, "
        f"{len(better)} deliberately better (docs/differences.md)"
    ]
    lines += [f"  does not hold: {each.id:<14} {each.says} ({each.source})" for each in broken[:_MOST]]
    if len(broken) > _MOST:
        lines.append(f"  … and {len(broken) - _MOST} more")
    figures = {
        "rows": len(rows),
        "hold": held,
        "better": len(better),
        "each": [
            {"id": e.id, "says": e.says, "source": e.source, "better": e.better, "holds": e not in broken} for e in rows
        ],
    }
    return lines, figures
