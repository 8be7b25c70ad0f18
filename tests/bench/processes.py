"""Processes under measurement: started on chosen cores, measured by /proc (Linux), always ended."""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from gateway.settings import PREFIX

from .caller import BenchError, Caller, get

PROJECT = Path(__file__).resolve().parents[2]
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_POLL_SECONDS = 0.005
_START_SECONDS = 90.0  # with a catalogue of a million rows
_STOP_SECONDS = 8.0


class Process:
    """A running process with its children."""

    def __init__(self, name: str, port: int, popen: subprocess.Popen[bytes], started: float, log: Path) -> None:
        self.name, self.port, self.started, self.log = name, port, started, log
        self._popen, self.pid = popen, popen.pid

    def wait_ready(self) -> float:
        """Poll ``/readyz`` every 5 ms; seconds since the process was started.

        Raises:
            BenchError: it ended, or did not answer in time.
        """
        while time.perf_counter() - self.started < _START_SECONDS:
            if self._popen.poll() is not None:
                told = self.log.read_text("utf-8", "replace")[-2000:]
                raise BenchError(f"{self.name} ended at once: {told}")
            with contextlib.suppress(OSError, BenchError), Caller(self.port) as caller:
                if caller.ask(get("/readyz")).status == 200:
                    return time.perf_counter() - self.started
            time.sleep(_POLL_SECONDS)
        raise BenchError(f"{self.name} did not answer on port {self.port} within {_START_SECONDS:g} s")

    def tree(self) -> list[int]:
        """Its process id and those of its children."""
        found = [self._popen.pid]
        for pid in found:
            for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, tasks.read_text().split())
        return found

    def cpu_seconds(self) -> float:
        """User and system time used so far, in steps of 10 ms."""
        ticks = 0
        for pid in self.tree():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks * _TICK

    def peak_mb(self) -> float:
        """Largest resident memory so far, MB (10^6 bytes); memory shared by its processes counts in each."""
        lines = [line for pid in self.tree() for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6

    def pin(self, cores: Collection[int]) -> None:
        """Move all its threads to ``cores``."""
        for pid in self.tree():
            for task in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setaffinity(int(task.name), cores)

    def stop(self) -> None:
        """End it: SIGTERM, and SIGKILL when that does not help."""
        self._popen.terminate()
        try:
            self._popen.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


@contextlib.contextmanager
def running(
    name: str, command: Sequence[str], port: int, folder: Path, cores: Collection[int] = ()
) -> Iterator[Process]:
    """Start a process and end it afterwards.

    Args:
        name: for error texts.
        command: what to run; the gateway package can be imported, and has no settings from outside.
        port: where it will answer.
        folder: its output goes to a file here.
        cores: where it may run; everywhere when empty.
    """
    handle, path = tempfile.mkstemp(prefix="output-", suffix=".log", dir=folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment["PYTHONPATH"] = str(PROJECT)
    with os.fdopen(handle, "wb") as log, on_cores(cores):
        started = time.perf_counter()
        popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
    process = Process(name, port, popen, started, Path(path))
    try:
        yield process
    finally:
        process.stop()


@contextlib.contextmanager
def on_cores(cores: Collection[int]) -> Iterator[None]:
    """Run on ``cores`` meanwhile; processes started here stay there. Without cores nothing changes."""
    before = os.sched_getaffinity(0)
    if cores:
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_ports(count: int) -> list[int]:
    """TCP ports of 127.0.0.1 that nobody listens on just now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [sock.getsockname()[1] for sock in sockets]
