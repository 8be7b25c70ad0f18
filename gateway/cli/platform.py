"""The whole platform as processes on this machine: gateway, stubs and the Kronoberg pilot."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from gateway import data
from gateway.cli.known import contracts
from gateway.registry.catalogue import Producer, load_catalogue

HOST = "127.0.0.1"
_START_SECONDS = 30
_STOP_SECONDS = 8
_STEP = 500  # between offsets that are tried
_LOG_LINES = 15


class StartError(Exception):
    """A part of the platform did not start; the text holds its last words."""


class _Waiting(Exception):
    """Not ready yet."""


@dataclass
class _Part:
    """One process and where it answers when it is ready."""

    name: str
    process: "subprocess.Popen[bytes]"
    port: int
    log: IO[bytes]

    def last_words(self) -> str:
        self.log.seek(0)
        return "\n".join(self.log.read().decode("utf-8", "replace").splitlines()[-_LOG_LINES:])


@dataclass
class Platform:
    """Starts and stops the processes; use it in a ``with`` statement.

    Attributes:
        port: the gateway's.
        offset: added to the producers' ports.
        scenarios: a file of scenarios that counts before the project's own.
        gateway_flags: more flags for ``rivta serve``.
        environment: what the processes find there beside our own.
        seconds: how long each part took to answer, by name.
        config: the settings file of all of them.
    """

    port: int = 8080
    offset: int = 0
    scenarios: Path | None = None
    gateway_flags: tuple[str, ...] = ()
    show_gateway_log: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    config: Path | None = None
    _parts: list[_Part] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The gateway's address; its path means nothing to routing."""
        return f"http://{HOST}:{self.port}/vp"

    def __enter__(self) -> "Platform":
        """Start everything and wait until it answers.

        Raises:
            StartError: a part did not come up.
        """
        try:
            self._start_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        self.stop()

    def _start_all(self) -> None:
        producers = all_producers(self.config)
        if taken := [number for number in _ports(self.port, self.offset, producers) if not _free(number)]:
            raise StartError(
                f"port {taken[0]} on {HOST} is taken. Is the platform running already? "
                "Choose others with --port and --producer-port-offset."
            )
        offset = str(self.offset)
        stub = next(producer for producer in producers if producer.kind == "stub")
        settings = ("--config", str(self.config)) if self.config else ()
        extra = (*settings, *(("--scenarios", str(self.scenarios)) if self.scenarios else ()))
        self._start(
            "producers", stub.port + self.offset,
            "gateway.cli.main", "producers", "--producer-port-offset", offset, "--announce", self.url, *extra,
        )  # fmt: skip
        for pilot in (producer for producer in producers if producer.kind == "pilot"):
            number = pilot.port + self.offset
            self._start(
                "pilot", number, "gateway.producers.kronoberg", "--port", str(number), "--announce", self.url, *extra
            )
        self._start(
            "gateway", self.port, "gateway.cli.main", "serve", "--port", str(self.port),
            "--producer-port-offset", offset, *settings, *self.gateway_flags,
        )  # fmt: skip
        for part in self._parts:
            self._wait(part)

    def _start(self, name: str, port: int, module: str, *arguments: str) -> None:
        log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        show = self.show_gateway_log and name == "gateway"
        self.seconds[name] = -time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if show else log,
            env={**os.environ, **self.environment, "PYTHONUTF8": "1"},
        )
        self._parts.append(_Part(name, process, port, log))

    def _wait(self, part: _Part) -> None:
        try:
            for attempt in Retrying(
                stop=stop_after_delay(_START_SECONDS), wait=wait_fixed(0.02), retry=retry_if_exception_type(_Waiting)
            ):
                with attempt:
                    _probe(part)
        except RetryError:
            raise StartError(f"{part.name} did not answer within {_START_SECONDS} s:\n{part.last_words()}") from None
        self.seconds[part.name] += time.perf_counter()

    def stop(self) -> None:
        """Ask every process to stop, and make sure that it does."""
        for part in self._parts:
            part.process.terminate()
        for part in self._parts:
            try:
                part.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                part.process.kill()
                part.process.wait()
            part.log.close()
        self._parts.clear()

    def wait(self) -> str:
        """Until one of the processes ends; the name of the one that did, with its last words."""
        while True:
            for part in self._parts:
                if part.process.poll() is not None:
                    return f"{part.name} stopped:\n{part.last_words()}"
            time.sleep(0.2)


def all_producers(config: Path | None = None) -> tuple[Producer, ...]:
    """The producers of the catalogue; ``config`` is the settings file.

    Raises:
        DataError: settings, contracts or catalogue are wrong.
    """
    return load_catalogue(data.root(), contracts(config)).producers


def free_offset(port: int, producers: Iterable[Producer]) -> int:
    """The first offset at which the gateway's port and every producer's port are free.

    Raises:
        StartError: none is.
    """
    known = tuple(producers)
    for offset in range(0, 40_000, _STEP):
        if all(_free(number) for number in _ports(port + offset, offset, known)):
            return offset
    raise StartError("no free range of ports on this machine")


def _ports(port: int, offset: int, producers: Iterable[Producer]) -> list[int]:
    own = {producer.port + offset for producer in producers if producer.kind != "external"}
    return sorted(own | {port})


def _free(port: int) -> bool:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
        except OSError:
            return False
    return True


def _probe(part: _Part) -> None:
    if part.process.poll() is not None:
        raise StartError(f"{part.name} stopped at its start:\n{part.last_words()}")
    connection = http.client.HTTPConnection(HOST, part.port, timeout=2)
    try:
        connection.request("GET", "/livez")
        if connection.getresponse().status != http.client.OK:
            raise _Waiting
    except OSError:
        raise _Waiting from None
    finally:
        connection.close()
