"""A large engagement index with gateways on it: PostgreSQL of the bench's own that waits for the disk, or SQLite."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gateway.contracts.contract import load_all
from gateway.router.call import SENDER_ID
from gateway.settings import Settings
from gateway.simulate.messages import Question, Update, headers, stored
from gateway.simulate.people import People
from gateway.simulate.people import Row as Row
from gateway.simulate.plan import Plan
from gateway.simulate.processes import tree, used
from gateway.simulate.scene import Scene
from gateway.soap import ns

from .caller import BenchError, Caller, post
from .processes import PROJECT, Process, free_ports, running

SETTINGS = Settings(catalogue="database", log="off")
INDEX = SETTINGS.index_address
ENGAGEMENTS_EACH = 2.557  # of a simulated person, on the average


class Filled:
    """A database that is filled.

    Attributes:
        people: the persons in it.
        server: process id of PostgreSQL's first process; None for SQLite.
        rows, seconds: how many engagements, and how long filling took.
    """

    def __init__(self, url: str, plan: Plan, server: int | None = None) -> None:
        self.url, self.plan, self.server = url, plan, server
        self.scene = Scene(plan, SETTINGS, PROJECT, url)
        self.people: People = self.scene.people
        self.scene.filled(replace=True)  # makes the tables
        filled, *_ = self.scene.fill(lambda *_: None)
        self.rows, self.seconds = filled.rows, filled.seconds

    def server_cpu(self) -> float:
        """CPU seconds that PostgreSQL's processes of this moment have used."""
        return sum(used(pid)[0] for pid in tree(self.server)) if self.server else 0.0


@contextmanager
def postgresql(plan: Plan) -> Iterator[Filled]:
    """A PostgreSQL filled by a plan, removed afterwards.

    Raises:
        BenchError: it is not installed.
    """
    sys.path.insert(0, str(PROJECT / "tests"))
    module = importlib.import_module("postgres_cluster")
    try:
        with module.cluster(module.DURABLE) as made:
            pid = int((made.folder / "data" / "postmaster.pid").read_text().split()[0])
            yield Filled(made.url(), plan, pid)
    except LookupError as error:
        raise BenchError(str(error)) from None


def sqlite(folder: Path, plan: Plan) -> Filled:
    """An SQLite file in a folder, filled by a plan."""
    return Filled(f"sqlite:///{folder}/index.sqlite3", plan)


@contextmanager
def gateways(folder: Path, url: str, count: int = 1) -> Iterator[list[Process]]:
    """Gateways on one database, each with a port of its own."""
    with ExitStack() as stack:
        found = []
        for number, port in enumerate(free_ports(count)):
            command = [
                sys.executable, "-m", "gateway.cli.main", "serve", "--port", str(port), "--admin-port", "0",
                "--log", "off", "--config", str(_settings(folder, url)),
            ]  # fmt: skip
            found.append(stack.enter_context(running(f"gateway {number + 1}", command, port, folder)))
        for each in found:
            each.wait_ready()
        yield found


def _settings(folder: Path, url: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(f'database_url = "{url}"\ncatalogue = "database"\n', "utf-8")
    return path


def find_content(person: str, domain: str) -> bytes:
    """A whole HTTP request that asks the index."""
    body = (
        f'<s:Envelope xmlns:s="{ns.SOAP11}"><s:Header><LogicalAddress xmlns="{ns.REGISTRY}">{INDEX}</LogicalAddress>'
        f'</s:Header><s:Body><f:FindContent xmlns:f="{ns.INDEX_FIND}">'
        f"<f:registeredResidentIdentification>{person}</f:registeredResidentIdentification>"
        f"<f:serviceDomain>{domain}</f:serviceDomain></f:FindContent></s:Body></s:Envelope>"
    )
    return _request(ns.INDEX_FIND, body.encode())


def unpermitted(address: str) -> bytes:
    """A whole HTTP request by somebody who may not make it: VP007 where there is a route, VP004 where there is none."""
    contract = load_all(PROJECT).aggregated()[0]
    sent = Question(contract, SETTINGS.instance_id)(address, "210001010009", stored)
    told = {name.decode(): value.decode() for name, value in sent.headers} | {SENDER_ID.decode(): "SE0000000001-INGEN"}
    return post("/vp", told, sent.body)


def update(people: People, persons: range, content: str, most: int = 1_000, known_as: str = "NA") -> bytes:
    """A whole HTTP request that tells of so many engagements of persons, whose content is of a moment.

    With another ``known_as`` than NA (businessObjectInstanceIdentifier) they are not in the index yet.
    """
    rows = [row for index in persons for row in people.rows(index)][:most]
    assert len(rows) == most
    body = Update(INDEX, INDEX, SETTINGS.instance_id)(rows, content).body
    name = b"businessObjectInstanceIdentifier>"
    return _request(ns.INDEX_UPDATE, body.replace(name + b"NA<", name + known_as.encode() + b"<"))


def _request(contract: str, body: bytes) -> bytes:
    told = {name.decode(): value.decode() for name, value in headers(contract, SETTINGS.instance_id)}
    return post("/vp", told, body)


def ask(caller: Caller, message: bytes, expected: bytes) -> tuple[bytes, float]:
    """An answer that holds what is expected, and how many ms it took.

    Raises:
        BenchError: it does not.
    """
    reply = caller.ask(message)
    if reply.status != 200 or expected not in reply.body:
        raise BenchError(f"expected {expected!r}, got HTTP {reply.status}: {reply.body[:300]!r}")
    return reply.body, reply.milliseconds


def plan(persons: int, producers_count: int = 311) -> Plan:
    """The plan of a simulation for the bench."""
    return Plan(producers=producers_count, persons=persons, seed=1, first_port=23_000)
