"""What is measured, how long, and what comes out."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes:
        rounds: of routed calls, each variant once a round.
        round_seconds: how long one variant runs in a round.
        questions: aggregated questions asked one after another, for each variant.
        crowd_seconds: how long 32 ask at once, for each variant.
        starts: how often each process is started.
        unpinned: measure aggregation with all cores for everybody too.
        limit_seconds: no new round begins after this time.
    """

    rounds: int
    round_seconds: float
    questions: int
    crowd_seconds: float
    starts: int
    unpinned: bool
    limit_seconds: float


FULL = Effort(5, 3.0, 200, 4.0, 7, True, 165.0)
QUICK = Effort(2, 0.8, 40, 1.0, 3, False, 18.0)


class Deadline:
    """The end of the time that the bench may take."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        return time.monotonic() > self._end


@dataclass(slots=True)
class RoutedRound:
    """One variant in one round; latencies in ms, CPU in microseconds for each request."""

    requests_per_second: float
    p50: float
    p99: float
    cpu: float


@dataclass(slots=True)
class Routed:
    """A variant of routed calls; ``rss`` is the peak in MB."""

    variant: str
    rounds: list[RoutedRound] = field(default_factory=list)
    rss: float = 0.0

    @property
    def rates(self) -> list[float]:
        """Requests a second, round by round."""
        return [one.requests_per_second for one in self.rounds]


@dataclass(slots=True)
class Aggregated:
    """A variant of aggregated questions.

    Attributes:
        pinned: platform on one core, callers and producers on another.
        alone: ms of each question asked alone.
        slowest: ms that its slowest producer took, of the same questions.
        crowd: ms of each question while 32 ask at once; empty for nginx.
        crowd_per_second: questions answered in a second meanwhile.
        crowd_cpu: CPU ms for each of them.
        rss: peak, MB.
        answer_bytes: size of the answer.
    """

    variant: str
    pinned: bool
    alone: list[float] = field(default_factory=list)
    slowest: list[float] = field(default_factory=list)
    crowd: list[float] = field(default_factory=list)
    crowd_per_second: float = 0.0
    crowd_cpu: float = 0.0
    rss: float = 0.0
    answer_bytes: int = 0

    @property
    def added(self) -> list[float]:
        """What came on top of the slowest producer, ms, question by question."""
        return [whole - slow for whole, slow in zip(self.alone, self.slowest, strict=True)]


@dataclass(slots=True)
class Shape:
    """An aggregated question to producers of another number or size.

    Attributes:
        alone, slowest: as for ``Aggregated``.
        size: of one producer's answer, bytes.
        rss: MB after the same question to one producer of 20 KB (for that itself, before any), and at the peak.
    """

    shape: str
    variant: str
    size: int
    alone: list[float] = field(default_factory=list)
    slowest: list[float] = field(default_factory=list)
    rss: tuple[float, float] = (0.0, 0.0)

    @property
    def added(self) -> float:
        """What came on top of the slowest producer, ms at the median."""
        return median([whole - slow for whole, slow in zip(self.alone, self.slowest, strict=True)])


@dataclass(slots=True)
class Beside:
    """A way of the same call, ``bare`` the one that it stands beside (itself for the first)."""

    name: str
    rounds: list[RoutedRound] = field(default_factory=list)
    rss: float = 0.0
    bare: "Beside | None" = None

    def share(self, what: Callable[[RoutedRound], float]) -> float:
        """A figure as a share of the other's, the median of the rounds' shares."""
        others = self.bare.rounds if self.bare else self.rounds
        return median([what(one) / what(other) for one, other in zip(self.rounds, others, strict=True)])


@dataclass(slots=True)
class Reload:
    """Calls while the data is read anew.

    Attributes:
        quiet, reading: ms of each call without and meanwhile.
        seconds, cpu: how long each reading took, and CPU time, its own process included.
    """

    name: str
    quiet: list[float] = field(default_factory=list)
    reading: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    rss: float = 0.0


@dataclass(slots=True)
class Startup:
    """Seconds from start to the first answer, start by start."""

    variant: str
    seconds: list[float] = field(default_factory=list)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that ``percent`` of the values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -int(-len(ranked) * percent // 100) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle value; 0.0 of nothing."""
    return statistics.median(values) if values else 0.0
