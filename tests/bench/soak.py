"""An hour of the national load in less time: with Updates, faults and new publications all along.

Memory at the end stands beside memory after warming up. Resident memory of a Python process goes up and down by a few
megabytes, so that each is the median of many looks.
"""

import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from gateway.simulate import catalogue
from gateway.simulate.figures import WHOLE_SHARE
from gateway.simulate.mix import Rates
from gateway.simulate.plan import Plan
from gateway.simulate.scene import Load, Result, Scene
from gateway.storage.engine import connect

from .caller import BenchError
from .figures import median
from .index_bed import SETTINGS
from .processes import PROJECT, free_ports

HOUR = 3_600.0
_PERSONS, _PRODUCERS, _FIRST_PORT = 20_000, 311, 24_000
_PUBLISH_SECONDS = 20.0
_AT_ONCE = 32  # calls under way: a machine that is busy takes longer, and is not buried
_FAULTS = 600.0  # of each kind in ten minutes: one a second
_WARM, _WINDOW = 0.2, 0.15  # of the run: warmed up after, looked at for
_ALLOWED = 1.05


class Soaked(NamedTuple):
    """How it went.

    Attributes:
        calls, errors: how many.
        seconds: of the run.
        hours: of the national load that it stands for.
        publications: new ones meanwhile.
        warm_mb, end_mb: resident memory of the gateway.
        cpu_seconds: of the gateway.
    """

    calls: int
    errors: int
    seconds: float
    hours: float
    publications: int
    warm_mb: float
    end_mb: float
    cpu_seconds: float

    @property
    def growth(self) -> float:
        """Memory at the end as a share of that after warming up."""
        return self.end_mb / self.warm_mb


def measure(folder: Path, factor: float, seconds: float) -> Soaked:
    """Drive the national load ``factor`` times as fast for so many seconds, or longer when the machine is busy.

    Raises:
        BenchError: more calls went wrong than may.
    """
    plan = Plan(producers=_PRODUCERS, persons=_PERSONS, seed=1, first_port=_FIRST_PORT)
    scene = Scene(plan, SETTINGS, PROJECT, f"sqlite:///{folder}/soak.sqlite3")
    scene.filled(replace=True)
    scene.fill(lambda *_: None)
    (port,) = free_ports(1)
    rates = Rates(faults=_FAULTS / factor).times(factor)
    load = Load(port, 1, 1, 0.02, 3, "info", rates, seconds, _AT_ONCE)
    with _publishing(scene) as published:
        result = scene.drive(load, lambda: None)
    told = str(result.verdict.errors)
    if result.verdict.share_right <= WHOLE_SHARE:
        raise BenchError(f"calls went wrong: {told}")
    if result.verdict.errors:  # an Update may be refused while somebody else writes to the file for long: it is told
        print(f"calls went wrong: {told}", file=sys.stderr)
    return _soaked(result, factor * seconds / HOUR, published())


def _soaked(result: Result, hours: float, publications: int) -> Soaked:
    seen = result.memory
    window = max(1, int(len(seen) * _WINDOW))
    warm = int(len(seen) * _WARM)
    whole = result.rows[-1]
    gateway = result.usages[0]
    return Soaked(
        whole.calls,
        whole.errors,
        result.driven.seconds,
        hours,
        publications,
        median(seen[warm : warm + window]),
        median(seen[-window:]),
        gateway["cores"] * result.driven.seconds,
    )


@contextmanager
def _publishing(scene: Scene) -> Iterator[Callable[[], int]]:
    """Publish the catalogue again and again meanwhile; what is given tells how often it was."""
    end, count = threading.Event(), itertools.count()
    engine = connect(scene.url)

    def publish() -> None:
        wanted = catalogue.flat(scene.plan, scene.contracts, SETTINGS)
        while not end.wait(_PUBLISH_SECONDS):
            catalogue.publish(engine, scene.plan, wanted)
            next(count)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield lambda: next(count)
    finally:
        end.set()
        thread.join()
        engine.dispose()


def rows(found: Soaked) -> list[dict[str, str | float | None]]:
    """For the table."""
    return [
        {
            "hours": found.hours,
            "seconds": found.seconds,
            "calls": found.calls,
            "errors": found.errors,
            "publications": found.publications,
            "cpu_ms": found.cpu_seconds * 1000 / found.calls,
            "warm_mb": found.warm_mb,
            "end_mb": found.end_mb,
        }
    ]


def targets(found: Soaked) -> list[dict[str, str | float | None]]:
    """The limit, and whether it is kept."""
    verdict = "met" if found.growth <= _ALLOWED else "missed"
    name, limit = f"memory after {found.hours:.1f} h of the national load", "at most 5 % more than when warm"
    return [{"target": name, "limit": limit, "measured": f"{found.growth - 1:+.1%}", "verdict": verdict}]
