"""All stub producers in one process: an ASGI application that tells them apart by the port."""

import asyncio
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from gateway.contracts.contract import Contracts, load_all
from gateway.http.server import TRANSPORT, Receive, Scope, Send, listen, serve
from gateway.producers import outcomes
from gateway.producers.answer import usual
from gateway.producers.reply import Reply, fault
from gateway.producers.request import Question, QuestionError, read
from gateway.producers.scenarios import Scenario, Scenarios, load_scenarios
from gateway.producers.store import Holdings, load
from gateway.registry.catalogue import Producer
from gateway.soap.fault import SERVER
from gateway.texts import LANGUAGES, text

SERVED: Final = ("stub", "mock")
MAX_REQUEST: Final = 15 * 1024 * 1024  # bytes, what the national platform lets through
PATIENCE: Final = 120.0  # seconds that a producer which never answers keeps a caller
_RESET: Final = ("reset", "down")
_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_TEXT: Final = "text/plain; charset=utf-8"

_log: Any = structlog.get_logger()


class StubApp:
    """The ASGI application.

    ``GET /livez`` answers ok; every POST is a SOAP call, whatever its path and SOAPAction.
    """

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["method"] != "POST":
            await _send(send, _not_a_call(scope))
            return
        message = await _body(receive)
        if message is None:
            return
        try:
            if len(message) > MAX_REQUEST:
                raise QuestionError("too-large", limit=MAX_REQUEST)
            question = read(message, self._contracts, self._by_port[scope["server"][1]])
        except QuestionError as error:
            await _send(send, error.reply())
            return
        producer, responder = question.producer, question.contract.descriptor.responder
        scenario = self._scenarios.find(producer.logical_address, question.person, responder)
        if scenario is None or await _holds(scenario, scope, receive):
            await _send(send, self._reply(question, scenario))

    def _reply(self, question: Question, scenario: Scenario | None) -> Reply:
        shelf = self._holdings.shelf(question.producer.records, question.contract)
        try:
            if scenario is None:
                return usual(question, shelf)
            return outcomes.answer(outcomes.Case(question, shelf, scenario))
        except Exception as error:
            kind = type(error).__name__  # no more: a library's own words may quote a record
            words, detail = (text("stub", "internal", language, kind=kind) for language in LANGUAGES)
            return fault("internal", SERVER, words, detail)


def _not_a_call(scope: Scope) -> Reply:
    if scope["method"] == "GET" and scope["path"] == "/livez":
        return Reply(200, _TEXT, b"ok\n")
    return Reply(405, _TEXT, f"{text('stub', 'not-post', 'sv')} {text('stub', 'not-post', 'en')}\n".encode())


async def _body(receive: Receive) -> bytes | None:
    """The request's body, cut after the limit; None when the caller left."""
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return None
        if size <= MAX_REQUEST:
            parts.append(event.get("body", b""))
            size += len(parts[-1])
        if not event.get("more_body", False):
            return b"".join(parts)


async def _send(send: Send, reply: Reply) -> None:
    headers = [(b"content-type", reply.content_type.encode()), (b"content-length", b"%d" % len(reply.body))]
    if reply.status == 405:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _holds(scenario: Scenario, scope: Scope, receive: Receive) -> bool:
    """Play the part of a scenario that comes before an answer; whether there is an answer at all."""
    if scenario.delay_seconds and await _left(receive, scenario.delay_seconds):
        return False
    if scenario.outcome == "timeout":
        if await _left(receive, PATIENCE):
            return False
    elif scenario.outcome not in _RESET:
        return True
    await _reset(scope, receive)
    return False


async def _left(receive: Receive, seconds: float) -> bool:
    """Wait; whether the caller gave up meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def _reset(scope: Scope, receive: Receive) -> None:
    """Cut the connection so that the caller sees a TCP reset, not an orderly end."""
    transport = scope["extensions"][TRANSPORT]
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
    # The server must have noticed before this call returns, or it would try to report a missing answer.
    await _left(receive, 1.0)


def run(
    root: Path,
    producers: Sequence[Producer],
    *,
    host: str = "127.0.0.1",
    port_offset: int = 0,
    scenario_file: Path | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve every stub and mock of the catalogue until SIGINT or SIGTERM.

    Args:
        root: the data folder.
        producers: all of them; scenarios may name any, only stubs and mocks are served.
        host: address to listen on.
        port_offset: added to the producers' ports.
        scenario_file: a file of scenarios that counts before the project's own.
        ready: called once when the sockets accept connections.

    Raises:
        DataError: contracts, records or scenarios are wrong; nothing is served then.
        OSError: a port is taken; the message names it.
    """
    _log_to_stderr()
    contracts = load_all(root)
    scenarios = load_scenarios(root, contracts, producers, scenario_file)
    served = [producer for producer in producers if producer.kind in SERVED]
    app = StubApp(contracts, served, load(root, contracts, served), scenarios, port_offset=port_offset)
    sockets = _listen(host, sorted({producer.port + port_offset for producer in served}))

    def started() -> None:
        _log.info("stubs listen", producers=len(served), ports=len(sockets), scenarios=len(scenarios))
        ready()

    serve(app, sockets, started)


def _log_to_stderr() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


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
