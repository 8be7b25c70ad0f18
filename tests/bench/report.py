"""The figures as rows, for people (tables) and for programs (JSON)."""

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO

from rich.console import Console
from rich.table import Table

from .figures import Aggregated, Routed, Startup, median, percentile
from .testbed import NGINX

WIDTH = 100
PINNED = "pinned"
_STYLES = {"met": "green", "missed": "bold red"}
Row = dict[str, str | float | None]
_ROUTED = (
    ("variant", "{}"), ("req/s\nleast", "{:,.0f}"), ("\nmedian", "{:,.0f}"), ("\nmost", "{:,.0f}"),
    ("ms\np50", "{:.1f}"), ("\np99", "{:.1f}"), ("CPU us\na request", "{:.0f}"), ("peak\nMB", "{:.0f}"),
    ("req/s as\nshare of nginx", "{:.2f}"),
)  # fmt: skip
_AGGREGATED = (
    ("variant", "{}"), ("cores", "{}"), ("alone\nms, least", "{:.1f}"),
    ("\np50", "{:.1f}"), ("\np99", "{:.1f}"),
    ("slowest\nproducer", "{:.1f}"), ("added\nms p50", "{:+.1f}"), ("32 at\nonce /s", "{:,.0f}"),
    ("ms\np50", "{:.0f}"), ("\np99", "{:.0f}"), ("CPU\nms", "{:.1f}"), ("peak\nMB", "{:.0f}"),
)  # fmt: skip
_STARTUP = (("variant", "{}"), ("s, least", "{:.3f}"), ("median", "{:.3f}"), ("most", "{:.3f}"))
_TARGETS = (("target", "{}"), ("limit", "{}"), ("measured", "{}"), ("", "{}"))


@dataclass(slots=True)
class Report:
    """Everything that is printed."""

    machine: Mapping[str, str | int | float]
    routed: list[Row] = field(default_factory=list)
    aggregated: list[Row] = field(default_factory=list)
    startup: list[Row] = field(default_factory=list)
    targets: list[Row] = field(default_factory=list)


def routed_rows(found: Iterable[Routed]) -> list[Row]:
    """One row for each variant; the share of nginx is the median of the rounds' shares."""
    found = list(found)
    nginx = next((each.rates for each in found if each.variant == NGINX), [])
    return [
        {
            "variant": each.variant,
            "least": min(each.rates),
            "median": median(each.rates),
            "most": max(each.rates),
            "p50_ms": median([one.p50 for one in each.rounds]),
            "p99_ms": median([one.p99 for one in each.rounds]),
            "cpu_us": median([one.cpu for one in each.rounds]),
            "peak_mb": each.rss,
            "share_of_nginx": _share(each.rates, nginx),
        }
        for each in found
    ]


def _share(rates: Sequence[float], others: Sequence[float]) -> float | None:
    return median([one / other for one, other in zip(rates, others, strict=True)]) if others else None


def aggregated_rows(found: Iterable[Aggregated]) -> list[Row]:
    """One row for each variant and way of sharing the cores; nginx has no crowd."""
    return [
        {
            "variant": each.variant,
            "cores": PINNED if each.pinned else "shared",
            "least_ms": min(each.alone),
            "p50_ms": percentile(each.alone, 50),
            "p99_ms": percentile(each.alone, 99),
            "slowest_producer_ms": median(each.slowest),
            "added_ms": median(each.added),
            "crowd_per_second": each.crowd_per_second if each.crowd else None,
            "crowd_p50_ms": percentile(each.crowd, 50) if each.crowd else None,
            "crowd_p99_ms": percentile(each.crowd, 99) if each.crowd else None,
            "crowd_cpu_ms": each.crowd_cpu if each.crowd else None,
            "peak_mb": each.rss,
        }
        for each in found
    ]


def startup_rows(found: Iterable[Startup]) -> list[Row]:
    """One row for each process."""
    return [
        {
            "variant": each.variant,
            "least": min(each.seconds),
            "median": median(each.seconds),
            "most": max(each.seconds),
        }
        for each in found
    ]


def targets(routed: Iterable[Row], aggregated: Iterable[Row], startup: Iterable[Row]) -> list[Row]:
    """The limits, and whether the medians keep them; only pinned aggregation counts."""
    rows: list[Row] = []
    for row in routed:
        name = f"routed, {row['variant']}"
        rows.append(_target(name, "at least 8,000 requests/s", "{:,.0f}", row["median"], least=8000))
        rows.append(_target(name, "under 100 MB resident", "{:.0f} MB", row["peak_mb"], most=100))
    for row in aggregated:
        if row["cores"] == PINNED:
            name, limit = f"aggregated, {row['variant']}", "at most 20 + 5 ms at the median"
            rows.append(_target(name, limit, "{:.1f} ms", row["p50_ms"], most=25))
    rows += [
        _target(f"start, {row['variant']}", "ready in under 1 s", "{:.2f} s", row["median"], most=1) for row in startup
    ]
    return [row for row in rows if not str(row["target"]).endswith(NGINX)]


def _target(
    what: str, limit: str, form: str, measured: str | float | None, *, least: float = 0, most: float = math.inf
) -> Row:
    assert isinstance(measured, int | float)
    verdict = "met" if least <= measured <= most else "missed"
    return {"target": what, "limit": limit, "measured": form.format(measured), "verdict": verdict}


def as_json(report: Report) -> str:
    """All of it, one document."""
    return json.dumps(asdict(report), indent=2, ensure_ascii=False)


def print_tables(report: Report, file: IO[str] | None = None) -> None:
    """For people: at most 100 columns; colours on a terminal only, and not with NO_COLOR."""
    console = Console(file=file or sys.stdout, highlight=False, width=WIDTH)
    for name, value in report.machine.items():
        console.print(f"{name}: {value}", markup=False)
    console.print()
    _table(console, "Routed call: 64 connections, 2 KB in, 10 KB out, one worker on one core", _ROUTED, report.routed)
    title = "Aggregated question: 21 producers of 20 ms and 20 KB each, 444 KB merged"
    _table(console, title, _AGGREGATED, report.aggregated)
    if report.aggregated:
        console.print("nginx does not aggregate: it passes the question on to one of the producers.\n")
    _table(console, "From the start of the process to its first answer", _STARTUP, report.startup)
    _table(console, "Targets", _TARGETS, report.targets)


def _table(console: Console, title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> None:
    if not rows:
        return
    console.print(title, style="bold")
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for name, form in columns:
        table.add_column(name, justify="left" if form == "{}" else "right", vertical="bottom", no_wrap=True)
    for row in rows:
        values = zip(columns, row.values(), strict=True)
        cells = ["-" if value is None else form.format(value) for (_, form), value in values]
        table.add_row(*cells, style=_STYLES.get(cells[-1], ""))
    console.print(table)
    console.print()
