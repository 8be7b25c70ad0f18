"""Other calls while many consumers ask a producer that fails: the outcomes of the national router's table.

What is not answered for long stands beside the same traffic alone. What fails at once is asked once a second by each
consumer, and stands beside as many questions to a producer that answers: otherwise the consumers would be the load.
"""

import json
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

from . import big_catalogue
from .askers import Askers
from .beside import Way
from .failing_producers import WAYS
from .figures import Beside, Deadline, Effort, RoutedRound
from .messages import PATH, ROUTED, SENDER
from .processes import Process, free_ports
from .routed import write_script, wrk
from .testbed import STRICT, Bed

ASKING = 200
QUIET, HEALTHY = "nobody asks one that fails", "they ask one that answers"
BLACK_HOLE, REFUSED, TLS = "black-hole", "refused", "tls"
# What 200 consumers wait for, and what they ask for once a second; by way of failing.
HELD = {
    BLACK_HOLE: "takes no connection (no SYN-ACK)",
    "silent": "takes messages, never answers",
    "trickle": "answers a byte a second",
}
PACED = {
    REFUSED: "refuses connections",
    "reset": "resets the connection",
    "closed": "closes without an answer",
    "cut": "closes amid the answer",
    "garbage": "answers what is not HTTP",
    "fault": "answers 500 with a SOAP fault",
    "html": "answers 404 with HTML",
    "empty": "answers 200 without a body",
    "large": "answers more than is allowed",
    TLS: "fails the TLS handshake",
}
_SETTINGS = {"mode": "strict", "log": "off", "producer_retry_delay": 0.2}
_MOST_ROUNDS, _SECONDS = 3, 1.0
_ENDED = {"fault": b"Trasig"}  # what an answer must say; the others are the router's own fault
_HERE = Path(__file__).parent


def measured(bed: Bed, effort: Effort, deadline: Deadline) -> list[Beside]:
    """Every way of failing, in two groups, each beside its first.

    Raises:
        BenchError: a call of the others failed, or one to a producer that fails was answered otherwise than expected.
    """
    rounds = 1 if effort.rounds < _MOST_ROUNDS else _MOST_ROUNDS
    with ExitStack() as stack:
        ports = dict(zip((*WAYS, REFUSED), free_ports(len(WAYS) + 1), strict=True))
        ports[BLACK_HOLE] = stack.enter_context(BlackHole()).port
        _start(bed, ports)
        process = bed.start_gateway(STRICT, _SETTINGS, _data(bed, ports))
        script = write_script(bed.folder, "failing")

        def way(name: str, receiver: str, expected: bytes, *, paced: bool) -> Way:
            around = Askers(process.port, receiver, expected, bed.cores.load, ASKING, paced=paced)
            return Way(name, process, script, around=around)

        held = [way(HELD[each], address(each), b"VP009", paced=False) for each in HELD]
        wrk(process, script, _SECONDS, bed)  # to warm up
        found = _pairs(bed, rounds, deadline, Way(QUIET, process, script), held)
        paced = [way(PACED[each], address(each), _ENDED.get(each, b"VP009"), paced=True) for each in PACED]
        healthy = way(HEALTHY, ROUTED, b"Response", paced=True)
        return found + _pairs(bed, rounds, deadline, healthy, paced)


def _pairs(bed: Bed, rounds: int, deadline: Deadline, first: Way, others: list[Way]) -> list[Beside]:
    """Each of the others next to a round of the first: a machine that others use is not equally fast for long."""
    whole, found = Beside(first.name), [Beside(way.name, bare=Beside(first.name)) for way in others]
    for number in range(rounds):
        if deadline.passed and number:
            break
        for way, each in zip(others, found, strict=True):
            assert each.bare is not None
            each.bare.rounds.append(_round(bed, first))
            each.rounds.append(_round(bed, way))
    for each in found:
        each.rss = first.process.peak_mb()
        whole.rounds += each.bare.rounds if each.bare else []
    whole.rss = first.process.peak_mb()
    return [whole, *found]


def _round(bed: Bed, way: Way) -> RoutedRound:
    end = way.around() if way.around else lambda: None
    try:
        return wrk(way.process, way.script, _SECONDS, bed)
    finally:
        end()


def address(way: str) -> str:
    """The logical address of the producer that fails in a way."""
    return f"SE0000000000-BENCH{way.upper()}"


class BlackHole:
    """A port where connections are begun and neither taken nor refused: its queue is full."""

    def __enter__(self) -> "BlackHole":
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._waiting = [socket.socket() for _ in range(4)]
        for each in self._waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", self.port))
        return self

    def __exit__(self, *_: object) -> None:
        for each in (*self._waiting, self._listener):
            each.close()


def _start(bed: Bed, ports: dict[str, int]) -> Process:
    plan = bed.folder / "failing.json"
    plan.write_text(json.dumps({way: ports[way] for way in WAYS}), "utf-8")
    command = [sys.executable, "-P", str(_HERE / "failing_producers.py"), str(plan)]
    return bed.start("failing producers", command, ports["fault"], bed.cores.load)


def _data(bed: Bed, ports: dict[str, int]) -> Path:
    """The bed's data, with these producers."""
    folder = bed.folder / "failing"
    folder.mkdir()
    big_catalogue.make(folder, bed.root, 0, 0)
    with (folder / "routing/routes.toml").open("a", encoding="utf-8") as file:
        for way, port in ports.items():
            scheme = "https" if way == TLS else "http"
            file.write(f'[[route]]\n{_row(way)}address = "{scheme}://127.0.0.1:{port}{PATH}"\n')
    with (folder / "routing/permissions.toml").open("a", encoding="utf-8") as file:
        file.writelines(f'[[permission]]\nconsumers = ["{SENDER}"]\n{_row(way)}' for way in ports)
    return folder


def _row(way: str) -> str:
    return f'logical_addresses = ["{address(way)}"]\ncontracts = ["GetFixedContacts_1.0"]\n'
