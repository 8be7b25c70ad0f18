"""Ready-made answers of the simulated producers: the record of a real file, with another person and source in it."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from gateway.consumers.ask import PERSONNUMMER, id_type, question
from gateway.contracts.contract import Contract, Contracts
from gateway.contracts.instance import InstanceError
from gateway.errors import DataError
from gateway.producers import mock
from gateway.producers.answer import write
from gateway.producers.request import Question
from gateway.producers.store import RECORDS, Holdings, Shelf, load
from gateway.registry.catalogue import Producer
from gateway.soap import xml

_PERSON, _SOURCE, _RECORD, _NUMBER = "{person}", "{source}", "{record}", "{number}"
_SOMEBODY, _ADDRESS = "191212121212", "SIMULATED-ADDRESS"
_SPLIT = re.compile(f"({'|'.join(map(re.escape, (_PERSON, _SOURCE, _NUMBER)))})".encode())

Make = Callable[[bytes, bytes], bytes]
"""``make(person, source)``: the whole message."""


class _Parts(NamedTuple):
    """A text cut at what changes: texts at even places, names of what comes between at odd ones."""

    parts: list[bytes]

    def joined(self, **values: bytes) -> bytes:
        return b"".join(values[part[1:-1].decode()] if at % 2 else part for at, part in enumerate(self.parts))


def load_answers(root: Path, contracts: Contracts, producers: Sequence[Producer], records: int) -> dict[bytes, Make]:
    """How to answer each aggregated contract, by responder namespace.

    Args:
        root: the data folder, whose record files are the patterns.
        contracts: all of them.
        producers: of the catalogue in routing/; the patterns come from their files.
        records: in each answer.

    Raises:
        DataError: a file is broken, or there is none for a contract of ours.
    """
    holdings = load(root, contracts, [each for each in producers if each.records])
    found = {}
    for contract in contracts.aggregated():
        shelf, pattern = _pattern(root, contract, holdings)
        found[contract.descriptor.responder.encode()] = _maker(contract, shelf, pattern, records)
    return found


def _pattern(root: Path, contract: Contract, holdings: Holdings) -> tuple[Shelf, bytes]:
    """A record of somebody with a personnummer."""
    for (_, responder), shelf in holdings.items():
        if responder == contract.descriptor.responder:
            for (_, person), records in shelf.records.items():
                if id_type(person) == PERSONNUMMER and records:
                    return shelf, records[0]
    if contract.added:
        return _least(contract)
    raise DataError(root / RECORDS, 0, f"expected records of {contract.key}, a pattern for the simulated ones")


def _least(contract: Contract) -> tuple[Shelf, bytes]:
    """The least record that an added contract's schema allows.

    Raises:
        DataError: it allows none.
    """
    source = Producer(logical_address=_ADDRESS, name="", kind="mock", port=1, records="")
    request = xml.body_child(xml.parse(question(contract, _SOMEBODY, _ADDRESS)))
    try:
        shelf = mock.shelf(Question(source, contract, request, _SOMEBODY))
    except InstanceError as error:
        raise DataError(contract.xsd, 0, f"{contract.key} allows no message that could be simulated: {error}") from None
    return shelf, shelf.of(_ADDRESS, _SOMEBODY)[0]


def _maker(contract: Contract, shelf: Shelf, pattern: bytes, records: int) -> Make:
    (record,) = shelf.parse([pattern])
    values = {"patient": _PERSON, "source_system": _SOURCE, "id": f"{_SOURCE}:{_NUMBER}"}
    _put(record, ((contract.record[name], value) for name, value in values.items()))
    one = _Parts(_SPLIT.split(shelf.serialise(record)))
    whole = write(contract, shelf, [_RECORD.encode()]).body
    before, _, after = whole.partition(_RECORD.encode())
    numbers = [b"%d" % number for number in range(1, records + 1)]

    def make(person: bytes, source: bytes) -> bytes:
        made = (one.joined(person=person, source=source, number=number) for number in numbers)
        return b"".join((before, *made, after))

    return make


def _put(record: etree._Element, values: Iterable[tuple[str, str]]) -> None:
    for path, value in values:
        element = record.find(path) if path else None
        if element is not None:
            element.text = value
