"""``python -m tests.bench``: measure, and print the figures."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from . import aggregated, failures, index_numbers, machine, nginx, numbers, report, routed, shapes, soak, startup
from .caller import BenchError
from .figures import FULL, QUICK, Deadline, Effort
from .report import Report
from .testbed import Bed, cores

_PARTS = ("routed", "aggregated", "shapes", "startup", "full", "tls", "routes", "silent", "reload")
_DATABASE = ("index", "shared", "soak")  # long: only when asked for
_BESIDE = {"full": numbers.observing, "tls": numbers.tls, "routes": numbers.catalogue, "silent": failures.measured}
_MISSING = 2
_INTERRUPTED, _TERMINATED = 130, 143


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all was measured (also when a target is missed), 1 when not, 2 when a program is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measures routed calls, aggregated questions (shapes: to more and larger producers) and the "
        "start, beside nginx as a plain proxy; then "
        "what the router's numbers depend on: log and journal (full), TLS (tls), the catalogue's size (routes), a "
        "producer that fails in every way (silent), reading the catalogue anew (reload). Takes 10 minutes. With --only "
        "also: the engagement index among ten million (index, 10 minutes and 8 GB of disk), several gateways on one "
        "PostgreSQL (shared), an hour of the national load (soak, 6 minutes or more). Exit "
        "status: 0 measured (met or missed), 1 a measurement failed, 2 something is not installed.",
    )
    parser.add_argument("--quick", action="store_true", help="about two minutes, for a first idea")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")
    parser.add_argument("--only", choices=(*_PARTS, *_DATABASE), help="measure one part")
    chosen = parser.parse_args(arguments)
    if sys.platform != "linux":
        print("The bench reads /proc and pins processes to cores: it needs Linux.", file=sys.stderr)
        return _MISSING
    if chosen.only not in _DATABASE and (missing := nginx.missing()):
        print(f"Not installed: {', '.join(missing)}. On Debian: apt-get install nginx-light wrk", file=sys.stderr)
        return _MISSING
    signal.signal(signal.SIGTERM, _terminated)
    try:
        effort = QUICK if chosen.quick else FULL
        if chosen.only in _DATABASE:
            found = measure_database(effort, chosen.only)
        else:
            found = measure(effort, [chosen.only] if chosen.only else _PARTS)
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
        if not {"routed", "aggregated"}.isdisjoint(parts):
            bed.start_gateways()
        if "routed" in parts:  # before aggregation, which needs more memory
            _tell("routed calls")
            result.routed = report.routed_rows(routed.measure(bed, effort, deadline))
        if "aggregated" in parts:
            _tell("aggregated questions")
            result.aggregated = _aggregated(bed, effort, deadline)
        if "shapes" in parts:
            _tell("more and larger producers")
            result.shapes = report.shape_rows(shapes.measure(bed, effort))
        for part, measured in _BESIDE.items():
            if part in parts:
                _tell(part)
                result.beside[part] = report.beside_rows(measured(bed, effort, Deadline(effort.limit_seconds)))
        if "reload" in parts:
            _tell("reload")
            result.reload = report.reload_rows([numbers.reload(bed, effort)])
    about["load average after"] = machine.load_average()
    about |= quiet.disturbed()
    result.targets = report.targets(result.routed, result.aggregated, result.startup)
    result.targets += report.shape_targets(result.shapes)
    result.targets += report.router_targets(result.beside, result.reload)
    return result


def measure_database(effort: Effort, part: str) -> Report:
    """One of the parts that need a database and neither nginx nor wrk.

    Raises:
        BenchError: an answer was wrong, or a process did not start.
    """
    quiet, few = machine.Quiet(), effort is QUICK
    about: dict[str, str | int | float] = {**machine.describe(), "load average before": machine.load_average()}
    result = Report(about)
    with tempfile.TemporaryDirectory(prefix="rivta-bench-") as name:
        folder = Path(name)
        if part == "soak":
            soaked = soak.measure(folder, 10.0, 60.0 if few else 360.0)
            result.soak, result.targets = soak.rows(soaked), soak.targets(soaked)
        elif part == "shared":
            found = index_numbers.shared(folder, 6 if few else 30)
            result.index, result.targets = index_numbers.rows(found), index_numbers.targets(found)
        else:
            found = index_numbers.embedded(folder, 5 if few else 30)
            found += index_numbers.large(
                folder, 100_000 if few else 10_000_000, 500 if few else 5_000, 5 if few else 30
            )
            result.index, result.targets = index_numbers.rows(found), index_numbers.targets(found)
    about["load average after"] = machine.load_average()
    about |= quiet.disturbed()
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
