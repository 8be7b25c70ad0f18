"""The figures as rows, for people (tables) and for programs (JSON)."""

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO

from rich.console import Console
from rich.table import Table

from .failures import HEALTHY, QUIET
from .figures import Aggregated, Beside, Reload, Routed, Shape, Startup, median, percentile
from .numbers import ALL
from .shapes import HUGE, LARGE, MANY
from .testbed import NATIONAL, NGINX, STRICT

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
_SHAPES = (
    ("producers", "{}"), ("variant", "{}"), ("ms\np50", "{:.1f}"), ("\np99", "{:.1f}"),
    ("slowest\nproducer", "{:.1f}"), ("added\nms p50", "{:+.1f}"), ("MB\nbefore", "{:.0f}"), ("\npeak", "{:.0f}"),
    ("grown by\nanswers of", "{:.1f}"),
)  # fmt: skip
_BESIDE = (
    ("way", "{}"), ("req/s\nmedian", "{:,.0f}"), ("ms\np50", "{:.1f}"), ("\np99", "{:.1f}"),
    ("CPU us\na request", "{:.0f}"), ("peak\nMB", "{:.0f}"),
    ("of the first:\nreq/s", "{:.2f}"), ("\nCPU", "{:.2f}"), ("\np50", "{:.2f}"), ("\np99", "{:.2f}"),
)  # fmt: skip
_RELOAD = (
    ("catalogue", "{}"), ("calls", "{:,.0f}"), ("ms\np50", "{:.1f}"), ("\np99", "{:.1f}"), ("\nmost", "{:.1f}"),
    ("without:\np99", "{:.1f}"), ("\nmost", "{:.1f}"), ("reading\ns", "{:.1f}"), ("CPU\ns", "{:.1f}"),
    ("peak\nMB", "{:.0f}"),
)  # fmt: skip
_INDEX = (
    ("what", "{}"), ("times", "{:,.0f}"), ("ms\np50", "{:.1f}"), ("\np99", "{:.1f}"), ("\nmost", "{:.1f}"),
    ("CPU\nms", "{:.1f}"), ("Postgre-\nSQL", "{:.1f}"),
)  # fmt: skip
_SOAK = (
    ("hours of the\nnational load", "{:.1f}"), ("seconds", "{:,.0f}"), ("calls", "{:,.0f}"), ("errors", "{:.0f}"),
    ("publi-\ncations", "{:.0f}"), ("CPU ms\na call", "{:.1f}"), ("MB\nwarm", "{:.1f}"), ("\nend", "{:.1f}"),
)  # fmt: skip
_STARTUP = (("variant", "{}"), ("s, least", "{:.3f}"), ("median", "{:.3f}"), ("most", "{:.3f}"))
_LIMITS = (  # part, column, limit, least, most
    ("full", "share_of_rate", "at least 0.75 of the bare call's req/s", 0.75, math.inf),
    ("full", "share_of_cpu", "at most 1.33 of its CPU time", 0, 1 / 0.75),
    ("tls", "share_of_rate", "at least 0.60 of plain req/s", 0.60, math.inf),
    ("tls", "share_of_cpu", "at most 1.67 of its CPU time", 0, 1 / 0.60),
    ("routes", "share_of_p50", "at most 1.1 of the small one's p50", 0, 1.1),
    ("routes", "share_of_cpu", "at most 1.1 of its CPU time", 0, 1.1),
    ("silent", "share_of_p99", "at most 1.2 of p99 without", 0, 1.2),
    ("silent", "share_of_cpu", "at most 1.2 of its CPU time", 0, 1.2),
)
_TITLES = {
    "full": "What observing costs: identity, permission, log and journal beside the bare routed call",
    "tls": "TLS with client certificates on kept connections",
    "routes": "Size of the catalogue, every call to another address",
    "silent": "Other calls while 200 consumers ask a producer that fails",
}
_CROWD = {NATIONAL: (150, "well-formedness checked"), STRICT: (100, "validated")}
_TARGETS = (("target", "{}"), ("limit", "{}"), ("measured", "{}"), ("", "{}"))


@dataclass(slots=True)
class Report:
    """Everything that is printed."""

    machine: Mapping[str, str | int | float]
    routed: list[Row] = field(default_factory=list)
    aggregated: list[Row] = field(default_factory=list)
    shapes: list[Row] = field(default_factory=list)
    startup: list[Row] = field(default_factory=list)
    beside: dict[str, list[Row]] = field(default_factory=dict)
    reload: list[Row] = field(default_factory=list)
    index: list[Row] = field(default_factory=list)
    soak: list[Row] = field(default_factory=list)
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


def shape_rows(found: Iterable[Shape]) -> list[Row]:
    """One row for each shape and variant."""
    return [
        {
            "producers": each.shape,
            "variant": each.variant,
            "p50_ms": percentile(each.alone, 50),
            "p99_ms": percentile(each.alone, 99),
            "slowest_producer_ms": median(each.slowest),
            "added_ms": each.added,
            "before_mb": each.rss[0],
            "peak_mb": each.rss[1],
            "grown_by_answers": (each.rss[1] - each.rss[0]) * 1e6 / each.size,
        }
        for each in found
    ]


def beside_rows(found: Iterable[Beside]) -> list[Row]:
    """One row for each way."""
    return [
        {
            "way": each.name,
            "median": median([one.requests_per_second for one in each.rounds]),
            "p50_ms": median([one.p50 for one in each.rounds]),
            "p99_ms": median([one.p99 for one in each.rounds]),
            "cpu_us": median([one.cpu for one in each.rounds]),
            "peak_mb": each.rss,
            "share_of_rate": each.share(lambda one: one.requests_per_second),
            "share_of_cpu": each.share(lambda one: one.cpu),
            "share_of_p50": each.share(lambda one: one.p50),
            "share_of_p99": each.share(lambda one: one.p99),
        }
        for each in found
    ]


def reload_rows(found: Iterable[Reload]) -> list[Row]:
    """One row for each catalogue."""
    return [
        {
            "catalogue": each.name,
            "calls": len(each.reading),
            "p50_ms": percentile(each.reading, 50),
            "p99_ms": percentile(each.reading, 99),
            "most_ms": max(each.reading),
            "quiet_p99_ms": percentile(each.quiet, 99),
            "quiet_most_ms": max(each.quiet),
            "seconds": median(each.seconds),
            "cpu_s": median(each.cpu),
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
            name, limit = f"aggregated, {row['variant']}", "at most 3 ms on top of the slowest"
            rows.append(_target(name, limit, "{:+.1f} ms", row["added_ms"], most=3))
            if row["variant"] in _CROWD:
                least, why = _CROWD[str(row["variant"])]
                limit = f"32 at once: at least {least}/s, {why}"
                rows.append(_target(name, limit, "{:.0f}/s", row["crowd_per_second"], least=least))
    rows += [
        _target(f"start, {row['variant']}", "ready in under 1 s", "{:.2f} s", row["median"], most=1) for row in startup
    ]
    return [row for row in rows if not str(row["target"]).endswith(NGINX)]


def shape_targets(shapes: Iterable[Row]) -> list[Row]:
    """The limits for more and larger producers."""
    rows = []
    for row in shapes:
        name = f"{row['producers']}, {row['variant']}"
        if row["producers"] == MANY:
            rows.append(_target(name, "at most 40 ms on top of the slowest", "{:+.1f} ms", row["added_ms"], most=40))
        elif row["producers"] == LARGE:
            rows.append(_target(name, "at most 60 ms at the median", "{:.1f} ms", row["p50_ms"], most=60))
            rows.append(_target(name, "under 250 MB resident", "{:.0f} MB", row["peak_mb"], most=250))
        elif row["producers"] == HUGE:
            limit = "grows by at most 6 times the answer"
            rows.append(_target(name, limit, "{:.1f}", row["grown_by_answers"], most=6))
    return rows


def router_targets(beside: Mapping[str, Sequence[Row]], reload: Iterable[Row]) -> list[Row]:
    """The limits of the router's numbers: each beside the first way of the same rounds.

    On one core that is never idle, requests a second are the other side of CPU time; on a machine that others use too,
    only the latter can be trusted.
    """
    rows = []
    for part, column, limit, least, most in _LIMITS:
        rows += [
            _target(str(row["way"]), limit, "{:.2f}", row[column], least=least, most=most)
            for row in beside.get(part, ())[1:]
            if (row["way"] not in (QUIET, HEALTHY) and part != "full") or row["way"] == ALL
        ]
    limit = "no call longer than 50 ms"
    rows += [_target(f"reading {row['catalogue']}", limit, "{:.1f} ms", row["most_ms"], most=50) for row in reload]
    return rows


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
    _table(console, "Aggregated question: more and larger producers of 20 ms", _SHAPES, report.shapes)
    for part, rows in report.beside.items():
        _table(console, _TITLES[part], _BESIDE, rows)
    _table(console, "Calls while the catalogue is read anew", _RELOAD, report.reload)
    _table(console, "The engagement index", _INDEX, report.index)
    _table(console, "The national load for a long time, with Updates, faults and publications", _SOAK, report.soak)
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
