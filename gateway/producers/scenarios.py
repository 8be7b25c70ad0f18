"""Which stub misbehaves, for whom and how: fixtures/scenarios.toml, and a file of the user's own on top."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from gateway.contracts.contract import Contract, Contracts
from gateway.errors import DataError
from gateway.registry.catalogue import Producer
from gateway.tomlfile import line_of, load

FILE: Final = Path("fixtures", "scenarios.toml")
ANY: Final = "*"
OUTCOMES: Final = (
    "fault",  # a SOAP fault
    "timeout",  # no answer, until the caller gives up
    "slow",  # the usual answer, late
    "empty",  # nothing held, whatever is held
    "empty-body",  # HTTP 200 and no bytes
    "invalid",  # breaks the contract's schema
    "malformed",  # XML cut off in the middle
    "wrong-person",  # valid records about somebody else
    "reset",  # the connection is cut (TCP RST)
    "logical-error",  # result ERROR
    "repeat",  # so many records
    "http-error",  # HTTP 503 with a page for browsers
    "down",  # as reset: the system is not there
)


class Scenario(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A row.

    Attributes:
        producer: logical address, or ``*``.
        person: person id, or ``*``.
        contract: ``Name``, ``Name_m.n`` or responder namespace, or ``*``.
        outcome: one of ``OUTCOMES``.
        delay_seconds: how long to wait first.
        text: words of a fault, a logical error or an error page; blank for the usual ones.
        records: how many, for ``repeat``.
        why: for people who read the file.
    """

    producer: str
    person: str = ANY
    contract: str = ANY
    outcome: str
    delay_seconds: float = 0.0
    text: str = ""
    records: int = 0
    why: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    scenario: tuple[Scenario, ...] = ()


_Key = tuple[str, str, str]


class Scenarios:
    """Rows of several files, for look-up."""

    def __init__(self, *layers: dict[_Key, Scenario]) -> None:
        """``layers`` are rows by (producer, person, responder namespace), the file that counts most last."""
        self._layers = layers[::-1]

    def find(self, producer: str, person: str, responder: str) -> Scenario | None:
        """The row that counts for a question, None for a usual answer.

        A later file goes before an earlier one. Within a file the most specific row counts: producer, person
        and contract; producer and person; producer and contract; producer; then the same without producer.
        """
        for rows in self._layers:
            for key in _keys(producer, person, responder) if rows else ():
                if found := rows.get(key):
                    return found
        return None

    def __len__(self) -> int:
        return sum(map(len, self._layers))


def _keys(producer: str, person: str, responder: str) -> Iterator[_Key]:
    for named in (producer, ANY):
        yield named, person, responder
        yield named, person, ANY
        yield named, ANY, responder
        yield named, ANY, ANY


def load_scenarios(
    root: Path, contracts: Contracts, producers: Sequence[Producer], extra: Path | None = None
) -> Scenarios:
    """Read ``root/fixtures/scenarios.toml`` and, when given, ``extra``.

    Args:
        root: the data folder.
        contracts: those that rows may name.
        producers: those that rows may name, whether a stub answers for them or not.
        extra: a file whose rows count before those of the project.

    Raises:
        DataError: a file is broken, or names what does not exist; names file, line and expectation.
    """
    files = [root / FILE] if extra is None else [root / FILE, extra]
    reader = _Reader(contracts, {producer.logical_address for producer in producers})
    return Scenarios(*(reader.rows(path) for path in files))


class _Reader:
    def __init__(self, contracts: Contracts, producers: set[str]) -> None:
        self._contracts, self._producers = contracts, producers

    def rows(self, path: Path) -> dict[_Key, Scenario]:
        rows: dict[_Key, Scenario] = {}
        for index, row in enumerate(load(path, _File).scenario):
            self._check(path, index, row)
            for responder in self._responders(path, index, row.contract):
                key = (row.producer, row.person, responder)
                if key in rows:
                    problem = "a second row for the same producer, person and contract"
                    _refuse(path, index, "producer", problem)
                rows[key] = row
        return rows

    def _check(self, path: Path, index: int, row: Scenario) -> None:
        if row.producer not in self._producers and row.producer != ANY:
            problem = f"unknown producer {row.producer}, expected one of producers.toml or {ANY}"
            _refuse(path, index, "producer", problem)
        if not row.person:
            _refuse(path, index, "person", f"expected a person id or {ANY}")
        if row.outcome not in OUTCOMES:
            known = ", ".join(OUTCOMES)
            _refuse(path, index, "outcome", f"unknown outcome {row.outcome}, expected one of {known}")
        if row.delay_seconds < 0 or (row.outcome == "slow" and not row.delay_seconds):
            _refuse(path, index, "delay_seconds", "expected a number of seconds above 0")
        if row.records < 0 or (row.outcome == "repeat" and not row.records):
            _refuse(path, index, "records", "expected a number of records above 0")

    def _responders(self, path: Path, index: int, name: str) -> list[str]:
        if name == ANY:
            return [ANY]
        found = [responder for responder, contract in self._contracts.items() if name in _names(contract)]
        if not found:
            known = ", ".join(contract.key for contract in self._contracts.values())
            _refuse(path, index, "contract", f"unknown contract {name}, expected one of {known}, or {ANY}")
        return found


def _names(contract: Contract) -> tuple[str, str, str]:
    return contract.descriptor.name, contract.key, contract.descriptor.responder


def _refuse(path: Path, index: int, key: str, problem: str) -> NoReturn:
    line = line_of(path.read_text("utf-8"), f"- at `$.scenario[{index}].{key}`")
    raise DataError(path, line, problem)
