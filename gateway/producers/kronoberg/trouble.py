"""The pilot in bad health: the same scenarios as the stubs', in front of spyne."""

import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from gateway.contracts.contract import Contracts, load_all
from gateway.message import Answer
from gateway.producers import outcomes
from gateway.producers.kronoberg.service import CONTRACTS, LOGICAL_ADDRESS
from gateway.producers.request import Question, QuestionError, read
from gateway.producers.scenarios import Scenario, load_scenarios
from gateway.producers.store import Holdings, load
from gateway.registry.catalogue import Producer, load_catalogue

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_PATIENCE: Final = 120.0  # seconds that a caller is kept who gets no answer
_LOOK: Final = 0.1  # seconds between looks whether the caller has gone
_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_CHANNEL: Final = "rivta.channel"


class _Task(WSGITask):  # type: ignore[misc]
    """Shows the connection to the application, which may have to break it."""

    def get_environment(self) -> Environ:
        environ: Environ = super().get_environment()
        environ[_CHANNEL] = self.channel
        return environ


class Channel(HTTPChannel):  # type: ignore[misc]
    """A waitress connection whose tasks show it."""

    task_class = _Task


class Trouble:
    """WSGI middleware: calls that a scenario is about are answered by it, all others by the pilot."""

    def __init__(self, inner: Application, root: Path, scenario_file: Path | None, contracts_folder: str = "") -> None:
        """Load the scenarios. ``contracts_folder``: the setting of that name.

        Raises:
            DataError: contracts, catalogue, records or scenarios are wrong.
        """
        self._inner = inner
        known = load_all(root, contracts_folder)
        producers = load_catalogue(root, known).producers
        self._scenarios = load_scenarios(root, known, producers, scenario_file)
        self._contracts = Contracts({name: each for name, each in known.items() if each.key in CONTRACTS})
        ours = [producer for producer in producers if producer.logical_address == LOGICAL_ADDRESS]
        self._addressees: dict[str, Producer] = {each.logical_address.lower(): each for each in ours}
        self._holdings: Holdings = load(root, self._contracts, ours)

    def replace(self, holdings: Holdings) -> None:
        """Go by these records from now on."""
        self._holdings = holdings

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request."""
        found = self._find(environ) if environ["REQUEST_METHOD"] == "POST" else None
        if found is None:
            return self._inner(environ, start_response)
        question, scenario = found
        time.sleep(scenario.delay_seconds)
        if scenario.outcome == "slow":
            return self._inner(environ, start_response)
        if scenario.outcome in outcomes.SILENT:
            return _break(environ, start_response, scenario)
        shelf = self._holdings.shelf(question.producer.records, question.contract)
        return _send(outcomes.answer(outcomes.Case(question, shelf, scenario)), start_response)

    def _find(self, environ: Environ) -> tuple[Question, Scenario] | None:
        message = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(message)
        try:
            question = read(message, self._contracts, self._addressees)
        except QuestionError:
            return None  # spyne says what is wrong
        responder = question.contract.descriptor.responder
        scenario = self._scenarios.find(LOGICAL_ADDRESS, question.person, responder)
        return (question, scenario) if scenario else None


def _break(environ: Environ, start_response: StartResponse, scenario: Scenario) -> Iterable[bytes]:
    if scenario.outcome == "timeout":
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and not environ["waitress.client_disconnected"]():
            time.sleep(_LOOK)
    connection = environ[_CHANNEL].socket
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the caller was faster
    start_response("503 Service Unavailable", [])  # goes nowhere any more
    return []


def _send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    headers = [(name.decode("latin-1").title(), value.decode("latin-1")) for name, value in answer.headers]
    headers.append(("Content-Length", str(len(answer.body))))
    start_response(f"{answer.status} ", headers)
    return [answer.body]
