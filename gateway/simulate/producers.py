"""Some of the simulated producers in one process: ``python -m gateway.simulate.producers PLAN`` (JSON)."""

import asyncio
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gateway.contracts.contract import load_all
from gateway.http.server import Server, listen, serve
from gateway.message import TEXT, Answer, Request
from gateway.producers.fault import XML, fault
from gateway.registry.catalogue import load_catalogue
from gateway.simulate.answers import Make, load_answers
from gateway.simulate.plan import HOST
from gateway.soap.fault import CLIENT

_ADDRESS = re.compile(rb"LogicalAddress(?:\s[^>]*)?>\s*([^<]*[^<\s])\s*<")
_PERSON = re.compile(rb">(2[1-9]\d{10})<")


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """What a process has to do.

    Attributes:
        root: the data folder.
        ports: where it listens.
        delay: seconds before each answer.
        records: in each answer.
        contracts_folder: the setting of that name.
    """

    root: str
    ports: list[int]
    delay: float
    records: int
    contracts_folder: str = ""


class Producers:
    """The handler: any address, any of the contracts, any simulated person."""

    def __init__(self, answers: Mapping[bytes, Make], delay: float) -> None:
        """``delay`` in seconds."""
        self._answers, self._delay = answers, delay
        self._contract = re.compile(b"|".join(map(re.escape, answers)))

    async def __call__(self, request: Request) -> Answer:
        """Answer one HTTP request."""
        if request.method == b"GET":
            return Answer(200, [TEXT], b"ok\n")
        body = request.body
        address, contract, person = _ADDRESS.search(body), self._contract.search(body), _PERSON.search(body)
        if address is None or contract is None or person is None:
            return fault("simulated", CLIENT, "Frågan är inte simuleringens.", "not a question of the simulation")
        if self._delay:
            await asyncio.sleep(self._delay)
        return Answer(200, [XML], self._answers[contract[0]](person[1], address[1]))


def main(duty: Duty) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        DataError: contracts or record files are broken.
        OSError: a port is taken.
    """
    root = Path(duty.root)
    contracts = load_all(root, duty.contracts_folder)
    known = load_catalogue(root, contracts).producers
    app = Producers(load_answers(root, contracts, known, duty.records), duty.delay)
    serve(Server(app), [listen(HOST, port) for port in duty.ports], lambda: None)


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Duty))
