"""The real processes, what a caller sees of them, and what they write in their logs."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from lxml import etree

from gateway.cli.platform import Platform, StartError, free_offset
from gateway.contracts.contract import load_all
from gateway.registry.catalogue import load_catalogue
from gateway.settings import Settings
from gateway.soap import ns, xml

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = load_all(ROOT)
CATALOGUE = load_catalogue(ROOT, CONTRACTS)
SETTINGS = Settings()
NATIONAL = SETTINGS.aggregate_address
SENDERS = {consumer.alias: consumer.hsa_id for consumer in CATALOGUE.consumers}
PRODUCER_TIMEOUT, AGGREGATE_TIMEOUT = 1.5, 3.0
MAX_BYTES = SETTINGS.max_message_bytes
LOG_FLAGS = ("--log", "info", "--log-format", "json")
TIME_FLAGS = ("--producer-timeout", str(PRODUCER_TIMEOUT), "--aggregate-timeout", str(AGGREGATE_TIMEOUT))
PATIENCE = 10.0  # seconds that a test waits for something that takes a fraction of one
POOL = 24

T = TypeVar("T")
R = TypeVar("R")
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def envelope(self) -> etree._Element:
        return xml.parse(self.body)

    @property
    def child(self) -> etree._Element:
        """Body's child."""
        return xml.body_child(self.envelope)

    @property
    def trace(self) -> str:
        return self.headers["x-skltp-correlation-id"]


def sender_headers(sender: str = SENDERS["1177"], **more: str) -> dict[str, str]:
    return {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": '""',
        "x-vp-sender-id": sender,
        "x-vp-instance-id": SETTINGS.instance_id,
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def post(port: int, body: bytes, headers: dict[str, str] | None = None, path: str = "/vp") -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", path, body, sender_headers() if headers is None else headers)
        found = connection.getresponse()
        return Answer(found.status, {name.lower(): value for name, value in found.getheaders()}, found.read())
    finally:
        connection.close()


def at_once(function: Callable[[T], R], items: Iterable[T], workers: int = POOL) -> list[R]:
    """``function`` of every item, many at a time, in the items' order."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, items))


@dataclass
class Log:
    """A file that a process writes lines of JSON to, read without moving the file's position."""

    descriptor: int
    _events: list[dict[str, Any]] = field(default_factory=list)
    _read: int = 0
    _half: bytes = b""

    def text(self) -> str:
        return os.pread(self.descriptor, os.fstat(self.descriptor).st_size, 0).decode("utf-8")

    def events(self) -> list[dict[str, Any]]:
        """Every line so far."""
        size = os.fstat(self.descriptor).st_size
        *lines, self._half = (self._half + os.pread(self.descriptor, size - self._read, self._read)).split(b"\n")
        self._read = size
        self._events += [json.loads(line) for line in lines]
        return self._events

    def of(self, trace: str) -> list[dict[str, Any]]:
        """The events of one call, once it has ended."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = [event for event in self.events() if event["trace.id"] == trace]
            if any(event["event.action"] == "resp-out" for event in found):
                return found
            time.sleep(0.01)
        raise AssertionError(f"the log has no end of the call {trace}")


@dataclass
class Gateway:
    """A running gateway: its port and its log."""

    port: int
    log: Log

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> Answer:
        return post(self.port, body, headers)


@dataclass
class Site(Gateway):
    """The whole platform."""

    platform: Platform

    def stderr(self, part: str) -> str:
        """What a part (``producers``, ``pilot``) has written."""
        return Log(_log_of(self.platform, part)).text()


def _log_of(platform: Platform, name: str) -> int:
    (part,) = (part for part in platform._parts if part.name == name)
    return part.log.fileno()


@contextmanager
def running(scenarios: Path) -> Iterator[Site]:
    """The platform, started on ports that nobody else has."""
    platform = _started(scenarios)
    try:
        yield Site(platform.port, Log(_log_of(platform, "gateway")), platform)
    finally:
        platform.stop()


def _started(scenarios: Path) -> Platform:
    problem: StartError | None = None
    for _ in range(3):  # somebody else may take the ports between looking and starting
        offset = free_offset(SETTINGS.port, CATALOGUE.producers)
        platform = Platform(SETTINGS.port + offset, offset, scenarios, (*TIME_FLAGS, *LOG_FLAGS))
        try:
            return platform.__enter__()
        except StartError as error:
            problem = error
    raise AssertionError(problem)


@contextmanager
def gateway_beside(site: Site, *flags: str, **environment: str) -> Iterator[Gateway]:
    """Another gateway in front of the same producers."""
    with tempfile.TemporaryFile() as log:
        port = free_port()
        process = subprocess.Popen(
            rivta(
                "serve", "--port", str(port), "--producer-port-offset", str(site.platform.offset),
                *TIME_FLAGS, *LOG_FLAGS, *flags,
            ),
            stdout=subprocess.PIPE, stderr=log, cwd=ROOT, env={**clean_environment(), **environment},
        )  # fmt: skip
        try:
            assert process.stdout is not None
            assert b"gateway at http" in process.stdout.readline(), Log(log.fileno()).text()
            yield Gateway(port, Log(log.fileno()))
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def rivta(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "gateway.cli.main", *arguments]


def command(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run ``rivta`` to its end."""
    return subprocess.run(
        rivta(*arguments),
        cwd=ROOT,
        env={**clean_environment(), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def clean_environment() -> dict[str, str]:
    """This process's environment without what changes a command's output."""
    changing = ("RIVTA_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(changing)}
    return {**kept, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}


def names(tags: Sequence[etree._Element]) -> list[str]:
    return [ns.local(str(element.tag)) for element in tags]
