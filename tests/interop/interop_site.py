"""The real processes, what a caller sees of them, and what they write in their logs."""

import http.client
import itertools
import json
import os
import re
import shutil
import signal
import socket
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

from gateway.cli.platform import Platform, StartError
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
# Ports lie below those that systems give to outgoing connections, and two test runs begin at different ones.
_STEP, _STEPS = 500, 46
_PORTS = itertools.count(20_000 + os.getpid() % 500 * 20, 20)
_ADMIN_ABOVE = 9  # a gateway answers questions about itself so far above its own port

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
        for line in lines:
            try:
                self._events.append(json.loads(line))
            except ValueError:
                raise AssertionError(f"not JSON in the log: {line.decode()}") from None
        return self._events

    def of(self, trace: str, until: str = "resp-out") -> list[dict[str, Any]]:
        """The events of one call, once there is one with the action ``until``."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = [event for event in self.events() if event["trace.id"] == trace]
            if any(event["event.action"] == until for event in found):
                return found
            time.sleep(0.01)
        raise AssertionError(f"the log has no {until} of the call {trace}")


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
        offset = own_offset()
        platform = Platform(SETTINGS.port + offset, offset, scenarios, (*TIME_FLAGS, *LOG_FLAGS))
        try:
            return platform.__enter__()
        except StartError as error:
            problem = error
    raise AssertionError(problem)


def own_offset() -> int:
    """An offset at which all ports of a platform are free."""
    ports = {SETTINGS.port, SETTINGS.port + _ADMIN_ABOVE, *(producer.port for producer in CATALOGUE.producers)}
    for step in range(_STEPS):
        offset = (os.getpid() + step) % _STEPS * _STEP
        if all(_free(port + offset) for port in ports):
            return offset
    raise AssertionError("no free range of ports on this machine")


def _free(port: int) -> bool:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


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
    """A port for a gateway, never the same twice; the one for questions about itself is free too."""
    return next(port for port in _PORTS if _free(port) and _free(port + _ADMIN_ABOVE))


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


def other_routes(root: Path, routes: dict[str, str]) -> None:
    """A data root in the empty folder ``root`` in which some logical addresses have a route of their own.

    Args:
        root: where to.
        routes: the keys of a ``[[route]]`` but ``logical_addresses``, by logical address.
    """
    for folder in ("contracts", "wsdl", "xsd", "routing"):
        shutil.copytree(ROOT / folder, root / folder)
    (root / "fixtures").symlink_to(ROOT / "fixtures")
    path = root / "routing" / "routes.toml"
    text = path.read_text("utf-8")
    for address, rest in routes.items():
        text, count = re.subn(rf'"{address}",?', "", text)
        assert count >= 1
        text += f'\n[[route]]\nlogical_addresses = ["{address}"]\n{rest}\n'
    path.write_text(text, "utf-8")


def names(tags: Sequence[etree._Element]) -> list[str]:
    return [ns.local(str(element.tag)) for element in tags]
