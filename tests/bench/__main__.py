"""``python -m tests.bench``: measure, and print the figures."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from . import aggregated, machine, nginx, report, routed, startup
from .caller import BenchError
from .figures import FULL, QUICK, Deadline, Effort
from .report import Report
from .testbed import Bed, cores

_PARTS = ("routed", "aggregated", "startup")
_MISSING = 2
_INTERRUPTED, _TERMINATED = 130, 143


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all was measured (also when a target is missed), 1 when not, 2 when a program is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measures routed calls, aggregated questions and the start, beside nginx as a plain "
        "proxy. Takes up to 3 minutes. Exit status: 0 measured (met or missed), 1 a measurement failed, "
        "2 something is not installed.",
    )
    parser.add_argument("--quick", action="store_true", help="about 20 seconds, for a first idea")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")
    parser.add_argument("--only", choices=_PARTS, help="measure one part")
    chosen = parser.parse_args(arguments)
    if sys.platform != "linux":
        print("The bench reads /proc and pins processes to cores: it needs Linux.", file=sys.stderr)
        return _MISSING
    if missing := nginx.missing():
        print(f"Not installed: {', '.join(missing)}. On Debian: apt-get install nginx-light wrk", file=sys.stderr)
        return _MISSING
    signal.signal(signal.SIGTERM, _terminated)
    try:
        found = measure(QUICK if chosen.quick else FULL, [chosen.only] if chosen.only else _PARTS)
    except BenchError as error:
        print(f"The bench failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    if chosen.format == "json":
        print(report.as_json(found))
    else:
        report.print_tables(found)
    return 0


def measure(effort: Effort, parts: Sequence[str]) -> Report:
    """Start everything, measure ``parts``, end everything.

    Raises:
        BenchError: an answer was wrong, or a process did not start.
    """
    deadline, quiet = Deadline(effort.limit_seconds), machine.Quiet()
    about: dict[str, str | int | float] = {**machine.describe(), "load average before": machine.load_average()}
    result = Report(about)
    with tempfile.TemporaryDirectory(prefix="rivta-bench-") as name, Bed(Path(name), cores()) as bed:
        bed.start_producers()
        if "startup" in parts:
            _tell("start")
            result.startup = report.startup_rows(startup.measure(bed.folder, effort, deadline))
        bed.start_nginx()
        bed.start_gateways()
        if "routed" in parts:  # before aggregation, which needs more memory
            _tell("routed calls")
            result.routed = report.routed_rows(routed.measure(bed, effort, deadline))
        if "aggregated" in parts:
            _tell("aggregated questions")
            result.aggregated = _aggregated(bed, effort, deadline)
    about["load average after"] = machine.load_average()
    about |= quiet.disturbed()
    result.targets = report.targets(result.routed, result.aggregated, result.startup)
    return result


def _aggregated(bed: Bed, effort: Effort, deadline: Deadline) -> list[report.Row]:
    found = aggregated.measure(bed, effort, deadline, pinned=True)
    if effort.unpinned:
        found += aggregated.measure(bed, effort, deadline, pinned=False)
    return report.aggregated_rows(found)


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        print(f"measuring: {what} ...", file=sys.stderr)


def _terminated(_number: int, _frame: FrameType | None) -> None:
    sys.exit(_TERMINATED)  # unwinds, so that every process is ended


if __name__ == "__main__":
    sys.exit(main())
