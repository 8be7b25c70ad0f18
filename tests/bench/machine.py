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


class Quiet:
    """How much of all cores' time went to others since this object was made."""

    def __init__(self) -> None:
        self._before = _ticks()

    def disturbed(self) -> dict[str, str]:
        """Per cent of all cores' time; processes of ours count as ours once they have ended."""
        spent = [after - before for before, after in zip(self._before, _ticks(), strict=True)]
        *busy, idle, waiting, stolen, ours = spent
        whole = sum(busy) + idle + waiting + stolen
        return {
            "taken by other processes": f"{100 * max(0, sum(busy) - ours) / whole:.0f} %",
            "taken by other machines": f"{100 * stolen / whole:.0f} %",
        }


def _ticks() -> list[int]:
    """Of all cores: user, nice, system, interrupts (two kinds), idle, waiting, stolen; and of this process's family."""
    first = Path("/proc/stat").read_text().splitlines()[0]
    user, nice, system, idle, waiting, hard, soft, stolen = map(int, first.split()[1:9])
    ours = round(sum(os.times()[:4]) * os.sysconf("SC_CLK_TCK"))
    return [user, nice, system, hard, soft, idle, waiting, stolen, ours]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"
