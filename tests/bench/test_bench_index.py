"""The bench of the engagement index with tiny numbers; nothing here depends on how fast the machine is."""

import io
from pathlib import Path

import pytest

from . import index_numbers, report, soak
from .index_numbers import Measured
from .soak import Soaked


@pytest.mark.sockets
def test_updates_are_measured(tmp_path: Path) -> None:
    changed, new = index_numbers.embedded(tmp_path, 2, persons=3_000)
    assert len(changed.milliseconds) == len(new.milliseconds) == 2
    assert min(*changed.milliseconds, *new.milliseconds) > 0
    assert "1,000 changed, SQLite" in changed.name


def test_limits_are_kept_or_not() -> None:
    found = [
        Measured("at the median", [1.0, 149.0, 1_000.0], 50, 150),
        Measured("p99", [1.0] * 98 + [6.0] * 2, 99, 5),
        Measured("worst", [1.0, 1_001.0], 100, 1_000),
    ]
    assert [row["verdict"] for row in index_numbers.targets(found)] == ["met", "missed", "missed"]


@pytest.mark.parametrize(("end", "verdict"), [(105.0, "met"), (105.2, "missed"), (90.0, "met")])
def test_memory_may_not_grow(end: float, verdict: str) -> None:
    found = Soaked(1_000, 0, 60.0, 1.0, 3, 100.0, end, 2.0)
    (row,) = soak.targets(found)
    assert row["verdict"] == verdict


def test_the_report_fits() -> None:
    whole = report.Report({"machine": "any"})
    found = [Measured("Update of 1,000 changed, PostgreSQL", [1_234.5], 50, 150, 99.9, 9.9)]
    whole.index, whole.targets = index_numbers.rows(found), index_numbers.targets(found)
    whole.soak = soak.rows(Soaked(1_000_000, 0, 900.0, 1.0, 45, 100.0, 105.0, 2_000.0))
    file = io.StringIO()
    report.print_tables(whole, file)
    assert max(map(len, file.getvalue().splitlines())) <= report.WIDTH
    assert "missed" in file.getvalue()
