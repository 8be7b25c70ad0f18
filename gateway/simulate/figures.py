"""What a run comes to: figures of each kind and of the whole, and whether it passes.

National load test: more than 99 % of all calls are right, and of each named request all are.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from gateway.simulate.drive import Driven, Outcome
from gateway.simulate.processes import Usage

WHOLE_SHARE = 0.99


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a kind, or of all.

    Attributes:
        wanted_per_second, held_per_second: calls that were due, and right answers, each by the time of the run.
        p50_ms, p95_ms, p99_ms, most_ms: from the moment a call was due to its answer; None without right answers.
    """

    kind: str
    calls: int
    wanted_per_second: float
    held_per_second: float
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    most_ms: float | None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the run passes, and what speaks against it: kinds with errors, by what went wrong."""

    passed: bool
    share_right: float
    errors: dict[str, dict[str, int]]


def rows(driven: Driven, duration: float) -> list[Row]:
    """A row for each kind and a last one for all of them."""
    found = [_row(each.name, each.wanted, each.latencies, each.errors.total(), duration, driven.seconds)
             for each in driven.outcomes]  # fmt: skip
    everything = [took for each in driven.outcomes for took in each.latencies]
    errors = sum(each.errors.total() for each in driven.outcomes)
    wanted = sum(each.wanted for each in driven.outcomes)
    return [*found, _row("", wanted, everything, errors, duration, driven.seconds)]


def verdict(outcomes: Iterable[Outcome]) -> Verdict:
    """By the national criteria."""
    known = list(outcomes)
    right, wanted = sum(len(each.latencies) for each in known), sum(each.wanted for each in known)
    share = right / wanted if wanted else 0.0
    errors = {each.name: dict(each.errors.most_common()) for each in known if each.errors}
    return Verdict(passed=share > WHOLE_SHARE and not errors, share_right=share, errors=errors)


def usage(name: str, before: Usage, after: Usage, memory: Sequence[float], seconds: float) -> dict[str, Any]:
    """What processes used meanwhile: CPU as a share of one core, memory in MB."""
    cores = (after.cpu_seconds - before.cpu_seconds) / seconds
    return {
        "name": name,
        "processes": after.processes,
        "cores": round(cores, 3),
        "start_mb": round(before.megabytes, 1),
        "end_mb": round(after.megabytes, 1),
        "most_mb": round(max((before.megabytes, after.megabytes, *memory)), 1),
    }


def _row(kind: str, wanted: int, latencies: Sequence[float], errors: int, duration: float, seconds: float) -> Row:
    ranked = sorted(latencies)
    return Row(
        kind=kind,
        calls=wanted,
        wanted_per_second=round(wanted / duration, 2),
        held_per_second=round(len(ranked) / max(duration, seconds), 2),
        errors=errors,
        p50_ms=_rank(ranked, 50),
        p95_ms=_rank(ranked, 95),
        p99_ms=_rank(ranked, 99),
        most_ms=_rank(ranked, 100),
    )


def _rank(ranked: Sequence[float], percent: int) -> float | None:
    """The smallest value that so many percent do not exceed (nearest rank), in milliseconds."""
    return round(ranked[max(0, -(-len(ranked) * percent // 100) - 1)] * 1000, 1) if ranked else None
