"""All stub producers in one process, told apart by the port that is called."""

import asyncio
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from gateway.contracts.contract import Contracts, load_all
from gateway.contracts.instance import InstanceError
from gateway.http.connection import Limits, plain
from gateway.http.server import Server, listen, serve
from gateway.message import TEXT, Answer, Request
from gateway.producers import mock, notified, outcomes
from gateway.producers.announce import Announcer
from gateway.producers.answer import usual
from gateway.producers.fault import fault
from gateway.producers.follow import Follower, log_to_stderr
from gateway.producers.request import ANYBODY, Question, QuestionError, read
from gateway.producers.scenarios import Scenario, Scenarios, load_scenarios
from gateway.producers.store import Holdings, load
from gateway.registry.catalogue import Producer
from gateway.soap.fault import SERVER
from gateway.texts import LANGUAGES, text

SERVED: Final = ("stub", "mock")
MAX_REQUEST: Final = 15 * 1024 * 1024  # bytes, what the national platform lets through
PATIENCE: Final = 120.0  # seconds that a producer which never answers keeps a caller
_TOO_LARGE: Final = 413
_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)

_log: Any = structlog.get_logger()


class StubApp:
    """The handler: ``GET /livez`` answers ok; every POST is a SOAP call, whatever its path and SOAPAction."""

    def __init__(
        self,
        contracts: Contracts,
        producers: Sequence[Producer],
        holdings: Holdings,
        scenarios: Scenarios,
        *,
        port_offset: int = 0,
    ) -> None:
        """``port_offset`` is how far the sockets' ports lie above those of ``producers``."""
        self._contracts, self._holdings, self._scenarios = contracts, holdings, scenarios
        self._by_port: dict[int, dict[str, Producer]] = {}
        for producer in producers:
            at_port = self._by_port.setdefault(producer.port + port_offset, {})
            at_port[producer.logical_address.lower()] = producer

    def replace(self, folder: str, holdings: Holdings) -> None:
        """Answer from these records of one folder from now on."""
        for key in [key for key in self._holdings if key[0] == folder]:
            del self._holdings[key]
        self._holdings.update(holdings)

    def misbehave(self, scenarios: Scenarios) -> None:
        """Go by these scenarios from now on."""
        self._scenarios = scenarios

    async def __call__(self, request: Request) -> Answer:
        """Answer one HTTP request; cancelled when the caller gives up."""
        if request.method != b"POST":
            return _not_a_call(request)
        try:
            question = read(request.body, self._contracts, self._by_port[request.port])
        except QuestionError as error:
            return error.answer()
        producer, responder = question.producer, question.contract.descriptor.responder
        scenario = self._scenarios.find(producer.logical_address, question.person, responder)
        if scenario is not None:
            await _hold(scenario, request)
        return self._answer(question, scenario)

    def _answer(self, question: Question, scenario: Scenario | None) -> Answer:
        try:
            contract, records = question.contract, question.producer.records
            made = (records == ANYBODY or contract.added) and not self._holdings.has(records, contract)
            if not contract.descriptor.aggregated:
                made = made and (scenario is None or scenario.outcome != "fault")
                return mock.answer(question) if made else notified.answer(question, scenario)
            shelf = mock.shelf(question) if made else self._holdings.shelf(records, contract)
            if scenario is None:
                return usual(question, shelf)
            return outcomes.answer(outcomes.Case(question, shelf, scenario))
        except InstanceError as error:
            return mock.refusal(question, error)
        except Exception as error:
            kind = type(error).__name__  # no more: a library's own words may quote a record
            words, detail = (text("stub", "internal", language, kind=kind) for language in LANGUAGES)
            return fault("internal", SERVER, words, detail)


def refuse(status: int, reason: str, request: Request) -> Answer:
    """The answer to what never reaches the application; a SOAP fault when the message is too large."""
    if status != _TOO_LARGE:
        return plain(status, reason, request)
    answer = QuestionError("too-large", limit=MAX_REQUEST).answer()
    answer.status = status
    return answer


def _not_a_call(request: Request) -> Answer:
    if request.method == b"GET" and request.path == "/livez":
        return Answer(200, [TEXT], b"ok\n")
    words = " ".join(text("stub", "not-post", language) for language in LANGUAGES)
    return Answer(405, [TEXT, (b"allow", b"POST")], f"{words}\n".encode())


async def _hold(scenario: Scenario, request: Request) -> None:
    """The part of a scenario that comes before an answer, or instead of one."""
    await asyncio.sleep(scenario.delay_seconds)
    if scenario.outcome == "timeout":
        await asyncio.sleep(PATIENCE)
    if scenario.outcome in outcomes.SILENT:
        # Without lingering the caller sees a TCP reset, not an orderly end; the answer then goes nowhere.
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        request.transport.abort()


def run(
    root: Path,
    producers: Sequence[Producer],
    *,
    host: str = "127.0.0.1",
    port_offset: int = 0,
    scenario_file: Path | None = None,
    contracts_folder: str = "",
    mock_port: int = 0,
    announcer: Announcer | None = None,
    announce_all: bool = False,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve every stub and mock of the catalogue until SIGINT or SIGTERM. Edited record files are read anew.

    Args:
        root: the data folder.
        producers: all of them; scenarios may name any, only stubs and mocks are served.
        host: address to listen on.
        port_offset: added to the producers' ports.
        scenario_file: a file of scenarios that counts before the project's own.
        contracts_folder: the setting of that name.
        mock_port: a port where every logical address answers every contract from its schema; 0 for none.
        announcer: tells the engagement index when records change; None to tell nobody.
        announce_all: tell it at the start of everything that is held, too.
        ready: called once when the sockets accept connections.

    Raises:
        DataError: contracts, records or scenarios are wrong; nothing is served then.
        OSError: a port is taken; the message names it.
    """
    log_to_stderr()
    contracts = load_all(root, contracts_folder)
    scenarios = load_scenarios(root, contracts, producers, scenario_file)
    served = [producer for producer in producers if producer.kind in SERVED]
    holdings = load(root, contracts, served)
    if mock_port:
        name = text("stub", "anybody", "sv")
        anybody = Producer(logical_address=ANYBODY, name=name, kind="mock", port=mock_port, records=ANYBODY)
        served = [*served, anybody]
    app = StubApp(contracts, served, holdings, scenarios, port_offset=port_offset)
    follower = Follower(app.replace, root, contracts, served, announcer)
    follower.hold(holdings, everything=announce_all)
    following: list[asyncio.Task[None]] = []  # a task that nobody holds may vanish
    sockets = _listen(host, sorted({producer.port + port_offset for producer in served}))

    def started() -> None:
        _log.info("stubs listen", producers=len(served), ports=len(sockets), scenarios=len(scenarios))
        following.append(asyncio.get_running_loop().create_task(follower.run()))
        ready()

    serve(Server(app, limits=Limits(body=MAX_REQUEST), refuse=refuse), sockets, started)


def _listen(host: str, ports: Sequence[int]) -> list[socket.socket]:
    opened: list[socket.socket] = []
    for port in ports:
        try:
            opened.append(listen(host, port))
        except OSError as error:
            for sock in opened:
                sock.close()
            raise OSError(error.errno, f"port {port} on {host}: {error.strerror}") from None
    return opened
