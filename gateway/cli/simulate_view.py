"""What a simulation gave, as data and as tables of at most 100 columns."""

import os
import sys
from typing import Any

import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from gateway import texts
from gateway.consumers.table import console
from gateway.simulate.figures import Row
from gateway.simulate.scene import Result

_COLUMNS = ("calls", "wanted", "held", "errors", "p50", "p95", "p99", "most")


def as_data(result: Result) -> dict[str, Any]:
    """For ``--format json``."""
    *kinds, whole = msgspec.to_builtins(result.rows)
    del whole["kind"]
    return {
        "kinds": kinds,
        "whole": {**whole, "seconds": round(result.driven.seconds, 2), "behind_ms": _behind(result)},
        "processes": result.usages,
        "load_average": [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else [],
        **msgspec.to_builtins(result.verdict),
    }


def show(result: Result, cores: int, lang: str) -> None:
    """Print it."""
    out = console(sys.stdout)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=False)
    table.add_column(texts.text("simulate", "kind", lang), no_wrap=True)
    for name in _COLUMNS:
        table.add_column(texts.text("simulate", name, lang), justify="right", vertical="bottom")
    for row in result.rows:
        if not row.kind:
            table.add_section()
        style = "red" if row.errors else ""
        table.add_row(row.kind or texts.text("simulate", "whole", lang), *_cells(row), style=style)
    out.print(table)
    used = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    used.add_column(texts.text("simulate", "process", lang))
    for name in ("processes", "cores", "start", "end", "peak"):
        used.add_column(texts.text("simulate", name, lang), justify="right")
    for each in result.usages:
        figures = [f"{each[name]:,.0f}" for name in ("start_mb", "end_mb", "most_mb")]
        used.add_row(
            texts.text("simulate", each["name"], lang), str(each["processes"]), f"{each['cores']:.2f}", *figures
        )
    out.print(used)
    out.print(Text(texts.text("simulate", "behind", lang, ms=_behind(result), cores=cores)))
    for kind, errors in result.verdict.errors.items():
        for problem, count in errors.items():
            out.print(Text(f"  {kind}: {count} × {problem}", style="red"))
    key = "passed" if result.verdict.passed else "failed"
    out.print(Text(texts.text("simulate", key, lang, share=f"{result.verdict.share_right:.2%}")))


def _cells(row: Row) -> list[str]:
    times = ("-" if value is None else f"{value:,.0f}" for value in (row.p50_ms, row.p95_ms, row.p99_ms, row.most_ms))
    return [f"{row.calls:,}", f"{row.wanted_per_second:.2f}", f"{row.held_per_second:.2f}", str(row.errors), *times]


def _behind(result: Result) -> float:
    return round(result.driven.behind * 1000, 1)
