"""The gateway and the producers as processes: started, waited for, measured, ended."""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

_HOST = "127.0.0.1"
_START_SECONDS, _STOP_SECONDS, _LOOK_SECONDS = 60.0, 15.0, 0.02
_LAST_WORDS = 12  # lines
_MEGA = 1e6


class StartError(Exception):
    """A process did not start; the text has its last words."""


class Usage(NamedTuple):
    """What processes have used: user and system time, and resident memory, shared pages counted in each.

    Zeros where there is no /proc.
    """

    processes: int
    cpu_seconds: float
    megabytes: float


class _Process(NamedTuple):
    name: str
    port: int
    started: "subprocess.Popen[bytes]"
    log: IO[bytes]

    def last_words(self) -> str:
        self.log.seek(0)
        return "\n".join(self.log.read().decode("utf-8", "replace").splitlines()[-_LAST_WORDS:])


class Processes:
    """Some of a kind; use it in a ``with`` statement.

    Attributes:
        memory: MB, each time that ``sample`` looked.
    """

    def __init__(self) -> None:
        self._running: list[_Process] = []
        self.memory: list[float] = []

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask each to stop, and make sure that it does."""
        for each in self._running:
            each.started.terminate()
        for each in self._running:
            try:
                each.started.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                each.started.kill()
                each.started.wait()
            each.log.close()

    def start(self, name: str, port: int, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start one of our own modules.

        Args:
            name: for people.
            port: where it will answer ``GET /readyz``.
            arguments: of the interpreter.
            environment: what it finds there beside our own.
        """
        log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        started = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env={**os.environ, **environment, "PYTHONUTF8": "1"},
        )
        self._running.append(_Process(name, port, started, log))

    def wait_ready(self) -> None:
        """Until all of them answer.

        Raises:
            StartError: one does not.
        """
        for each in self._running:
            end = time.monotonic() + _START_SECONDS
            while not _ready(each.port):
                if each.started.poll() is not None:
                    raise StartError(f"{each.name} stopped at its start:\n{each.last_words()}")
                if time.monotonic() > end:
                    raise StartError(f"{each.name} did not answer within {_START_SECONDS:g} s:\n{each.last_words()}")
                time.sleep(_LOOK_SECONDS)

    def died(self) -> str:
        """The name and last words of one that has ended, blank when none has."""
        for each in self._running:
            if each.started.poll() is not None:
                return f"{each.name} stopped:\n{each.last_words()}"
        return ""

    def usage(self) -> Usage:
        """What they and their children have used so far."""
        found = [used(pid) for each in self._running for pid in tree(each.started.pid)]
        return Usage(len(found), sum(cpu for cpu, _ in found), sum(memory for _, memory in found))

    def sample(self) -> None:
        """Look at the memory."""
        self.memory.append(self.usage().megabytes)


class Own:
    """This process, for ``usage`` beside others.

    Attributes:
        memory: nothing; nobody samples it.
    """

    memory: tuple[float, ...] = ()

    def usage(self) -> Usage:
        """What it has used so far."""
        return Usage(1, time.process_time(), used(os.getpid())[1])


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def tree(pid: int) -> list[int]:
    """A process and its children, and theirs."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, children.read_text().split())
    return found


def used(pid: int) -> tuple[float, float]:
    """CPU seconds and MB of a process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0, 0.0
    ticks = int(stat[11]) + int(stat[12])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / _MEGA
