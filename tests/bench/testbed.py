"""Everything that runs during the bench: producers, gateways, nginx."""

import json
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from gateway.settings import Settings

from . import data_root, nginx
from .messages import ENTRY, INSTANCE, ROUTED, SOURCES, answer
from .processes import PROJECT, Process, free_ports, running

RECORDS = 8  # in each producer's answer
DELAY_SECONDS = 0.020
NGINX = "nginx, plain proxy"
STRICT, STRICT_LOG, NATIONAL = "strict, no log", "strict, log to a file", "national, no log"
MODES = {
    STRICT: {"mode": "strict", "log": "off"},
    STRICT_LOG: {"mode": "strict", "log": "info", "log_format": "json"},
    NATIONAL: {"mode": "national", "log": "off"},
}
SLOW_PATH = "/slow"  # at the proxy: leads to one of the producers with a delay
_HERE = Path(__file__).parent
_ANSWER_BYTES = 21_250  # 21 of them, less their envelopes, make 444 KB


@dataclass(frozen=True, slots=True)
class Cores:
    """Where what is measured runs, where the rest, and all there are."""

    platform: frozenset[int]
    load: frozenset[int]
    everywhere: frozenset[int]


def cores() -> Cores:
    """The first two cores that this process may use; one must do when there are no more."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(frozenset(usable[:1]), frozenset(usable[1:2] or usable[:1]), frozenset(usable))


def gateway_command(root: Path, settings: Mapping[str, Any]) -> list[str]:
    """The command that runs a gateway on ``root``; ``settings`` as in gateway.settings."""
    whole = Settings(instance_id=INSTANCE, catalogue="files", **settings)
    return [sys.executable, "-P", str(_HERE / "gateway_process.py"), str(root), msgspec.json.encode(whole).decode()]


class Bed:
    """The processes of the bench; use as a context manager."""

    def __init__(self, folder: Path, where: Cores) -> None:
        """``folder`` is empty and takes all files."""
        self.folder, self.cores = folder, where
        self._stack = ExitStack()
        self.variants: dict[str, Process] = {}
        self.shapes: dict[str, Path] = {}

    def __enter__(self) -> "Bed":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start_producers(self, delay: float = DELAY_SECONDS) -> None:
        """The producers with a delay, the data folder, and the ports of all."""
        ports = free_ports(len(SOURCES) + 1)
        self.ports = dict(zip((ROUTED, *SOURCES), ports, strict=True))
        (self.folder / "data").mkdir()
        self.root = data_root.make(self.folder / "data", PROJECT, self.ports)
        answers = {self.ports[source]: answer(source, RECORDS, _ANSWER_BYTES) for source in SOURCES}
        self.producers = self.start_mocks(answers, delay)

    def start_shape(self, name: str, producers: int, records: int, size: int) -> Process:
        """More, or larger, producers with a folder of their own; gives their process, and ``self.shapes[name]``."""
        sources = [f"SE0000000000-BENCH{number:03}" for number in range(1, producers + 1)]
        ports = dict(zip(sources, free_ports(producers), strict=True))
        folder = self.folder / name
        folder.mkdir()
        self.shapes[name] = data_root.make(folder, PROJECT, ports)
        return self.start_mocks({ports[each]: answer(each, records, size) for each in sources}, DELAY_SECONDS)

    def start_mocks(self, answers: Mapping[int, bytes], delay: float) -> Process:
        """One process that gives the answer of each port after ``delay`` seconds."""
        files = [self.folder / f"answer-{port}.xml" for port in answers]
        for file, body in zip(files, answers.values(), strict=True):
            file.write_bytes(body)
        plan = self.folder / f"plan-{min(answers)}.json"
        told = {"delay": delay, "ports": list(answers), "answers": list(map(str, files))}
        plan.write_text(json.dumps(told), "utf-8")
        command = [sys.executable, "-P", str(_HERE / "mock_producers.py"), str(plan)]
        return self.start("producers", command, list(answers)[-1], self.cores.load)

    def start_nginx(self) -> None:
        """The producer of routed calls, and the plain proxy."""
        paths = {"/": self.ports[ROUTED], SLOW_PATH: self.ports[SOURCES[0]]}
        (port,) = free_ports(1)
        producer = nginx.command(self.folder / "producer", nginx.producer(self.ports[ROUTED]))
        self.start("nginx, producer", producer, self.ports[ROUTED], self.cores.load)
        proxy = nginx.command(self.folder / "nginx", nginx.proxy(port, paths))
        self.variants[NGINX] = self.start(NGINX, proxy, port, self.cores.platform)

    def start_gateways(self, names: Sequence[str] = tuple(MODES)) -> None:
        """The gateways under test."""
        for name in names:
            self.variants[name] = self.start_gateway(name, MODES[name])

    def start_gateway(self, name: str, settings: Mapping[str, Any], root: Path | None = None) -> Process:
        """A gateway on the platform's core; ``root`` is its data folder, the bed's own when left out."""
        (port,) = free_ports(1)
        mine = {"database_url": f"sqlite:///{self.folder}/{port}.sqlite3", "port": port}
        command = gateway_command(root or self.root, {**mine, **settings})
        return self.start(name, command, port, self.cores.platform)

    def start_proxy(self, name: str, servers: str, port: int) -> Process:
        """An nginx beside the callers, which speaks for them."""
        command = nginx.command(self.folder / f"proxy-{port}", servers)
        return self.start(name, command, port, self.cores.load)

    def start(self, name: str, command: Sequence[str], port: int, where: Collection[int]) -> Process:
        """A process on these cores that answers on a port, ended with the bed."""
        process = self._stack.enter_context(running(name, command, port, self.folder, where))
        process.wait_ready()
        return process


def path_for(variant: str) -> str:
    """Where an aggregated question goes; for nginx, which does not aggregate, to one producer.

    In national mode the platform answers below /vp only.
    """
    return SLOW_PATH if variant == NGINX else ENTRY
