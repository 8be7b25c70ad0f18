"""Routed calls: wrk at 64 connections, variant after variant, round after round."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .caller import BenchError, Caller, post
from .figures import Deadline, Effort, Routed, RoutedRound
from .messages import ENTRY, ROUTED, headers, request
from .nginx import program
from .processes import Process, on_cores
from .testbed import Bed

CONNECTIONS = 64
REQUEST_BYTES = 2_048
ANSWER_BYTES = 10_000
_WARM_UP_SECONDS = 1
# wrk rounds its own report; the script prints the figures in full.
_SCRIPT = """\
wrk.method = "POST"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
file:close()
{headers}
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('\\n{mark}{{"requests": %d, "us": %d, "errors": %d, "p50": %d, "p99": %d}}\\n',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""
_MARK = "figures: "


def measure(bed: Bed, effort: Effort, deadline: Deadline) -> list[Routed]:
    """Every variant of the bed, in its order.

    Raises:
        BenchError: an answer was wrong, or a call failed.
    """
    script = write_script(bed.folder)
    found = {name: Routed(name) for name in bed.variants}
    for process in bed.variants.values():
        check(process)
        wrk(process, script, min(_WARM_UP_SECONDS, effort.round_seconds), bed)
    for _ in range(effort.rounds):
        if deadline.passed:
            break
        for name, process in bed.variants.items():
            found[name].rounds.append(wrk(process, script, effort.round_seconds, bed))
    for name, process in bed.variants.items():
        found[name].rss = process.peak_mb()
    return list(found.values())


def check(process: Process) -> None:
    """One call through a variant must give the producer's answer.

    Raises:
        BenchError: it does not.
    """
    ask(process.name, process.port, headers())


def ask(name: str, port: int, sent: Mapping[str, str], receiver: str = ROUTED) -> None:
    """One call to a port must give the producer's answer.

    Raises:
        BenchError: it does not.
    """
    message = post(ENTRY, dict(sent), request(receiver, REQUEST_BYTES))
    with Caller(port) as caller:
        reply = caller.ask(message)
    if reply.status != 200 or len(reply.body) < ANSWER_BYTES or b"Envelope" not in reply.body:
        got = f"{reply.status} {reply.body[:500]!r}"
        raise BenchError(f"{name}: expected the producer's answer, got {got}")


def write_script(folder: Path, name: str = "routed", sent: Mapping[str, str] | None = None, more: str = "") -> Path:
    """The script for wrk, and the message that it sends; ``sent`` are other headers, ``more`` is more of the script."""
    body, script = folder / f"{name}.xml", folder / f"{name}.lua"
    body.write_bytes(request(ROUTED, REQUEST_BYTES))
    pairs = [(json.dumps(key), json.dumps(value)) for key, value in (sent or headers()).items()]
    lines = "\n".join(f"wrk.headers[{key}] = {value}" for key, value in pairs)
    script.write_text(_SCRIPT.format(body=body, headers=lines, mark=_MARK) + more, "utf-8")
    return script


def wrk(process: Process, script: Path, seconds: float, bed: Bed, port: int = 0) -> RoutedRound:
    """One round: what ``process`` does; by ``port``, when a proxy stands in front of it.

    Raises:
        BenchError: a call failed.
    """
    whole = max(1, round(seconds))  # wrk knows whole seconds only
    command = [program("wrk") or "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{whole}s", "-s", str(script)]
    command.append(f"http://127.0.0.1:{port or process.port}{ENTRY}")
    before = process.cpu_seconds()
    with on_cores(bed.cores.load):
        done = subprocess.run(command, capture_output=True, text=True, timeout=whole + 15, check=False)
    return read(process.name, done.stdout + done.stderr, process.cpu_seconds() - before)


def read(name: str, output: str, cpu_seconds: float) -> RoutedRound:
    """The figures in wrk's output.

    Raises:
        BenchError: there are none, or calls failed.
    """
    line = next((line for line in output.splitlines() if line.startswith(_MARK)), "")
    if not line:
        raise BenchError(f"{name}: wrk gave no figures: {output[-500:]}")
    found = json.loads(line.removeprefix(_MARK))
    if found["errors"] or not found["requests"]:
        raise BenchError(f"{name}: {found['errors']} of {found['requests']} calls failed: {output[-500:]}")
    rate = found["requests"] / (found["us"] / 1e6)
    return RoutedRound(rate, found["p50"] / 1000, found["p99"] / 1000, cpu_seconds * 1e6 / found["requests"])
