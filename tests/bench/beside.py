"""Two or more ways of the same routed call, in turns, each beside the first of them in the same round."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .figures import Beside, Deadline, Effort
from .processes import Process
from .routed import wrk
from .testbed import Bed

_WARM_UP_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Way:
    """A way of calling.

    Attributes:
        name: for the report.
        process: the gateway whose CPU time counts.
        script: for wrk.
        port: where wrk calls; 0 for the process itself.
        around: begins something that lasts as long as the round, and gives what ends it.
    """

    name: str
    process: Process
    script: Path
    port: int = 0
    around: Callable[[], Callable[[], None]] | None = None


def measure(bed: Bed, effort: Effort, deadline: Deadline, ways: Sequence[Way]) -> list[Beside]:
    """All ways, round by round; the first is the one that the others stand beside.

    Raises:
        BenchError: a call failed.
    """
    found = [Beside(way.name) for way in ways]
    for way in ways:
        wrk(way.process, way.script, min(_WARM_UP_SECONDS, effort.round_seconds), bed, way.port)
    for number in range(effort.rounds):
        if deadline.passed and number:
            break
        for way, each in zip(ways, found, strict=True):
            end = way.around() if way.around else None
            try:
                each.rounds.append(wrk(way.process, way.script, effort.round_seconds, bed, way.port))
            finally:
                if end:
                    end()
    for way, each in zip(ways, found, strict=True):
        each.rss, each.bare = way.process.peak_mb(), found[0]
    return found
