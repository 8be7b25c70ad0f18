"""What the figures were measured on, and how quiet it was."""

import os
import platform
from datetime import datetime
from pathlib import Path


def describe() -> dict[str, str | int]:
    """Processor, cores, system, Python and time; no names of machines or people."""
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "machine": f"{_processor()}, {platform.system()} {platform.release()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def load_average() -> str:
    """Over 1, 5 and 15 minutes."""
    return ", ".join(f"{load:.2f}" for load in os.getloadavg())


class Stolen:
    """The share of all cores' time that other virtual machines took since this object was made."""

    def __init__(self) -> None:
        self._before = _ticks()

    def percent(self) -> float:
        """0 to 100."""
        spent = [after - before for before, after in zip(self._before, _ticks(), strict=True)]
        return 100 * spent[7] / max(1, sum(spent[:8]))


def _ticks() -> list[int]:
    return [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"
