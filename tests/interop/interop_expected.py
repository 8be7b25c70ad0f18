"""What the data says that an answer must hold: engagements, records and scenarios, read past the engine's own code."""

import csv
import hashlib
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from interop_site import CATALOGUE, CONTRACTS, NATIONAL, ROOT, SENDERS, Answer
from lxml import etree

from gateway.contracts.contract import Contract
from gateway.registry.snapshot import Snapshot
from gateway.soap import ns

FIXTURES = ROOT / "fixtures"
PROJECT = FIXTURES / "scenarios.toml"
STATUS = f"{{{ns.INTEROPERABILITY}}}"
SNAPSHOT = Snapshot(CATALOGUE.routes, CATALOGUE.permissions)
NAMES = [contract.descriptor.name for contract in CONTRACTS.aggregated()]
PROPOSAL, NATIONAL_NAME = "GetFixedContacts", "GetCareManagers"
OTHER = {PROPOSAL: NATIONAL_NAME, NATIONAL_NAME: PROPOSAL}
"""The contract that a source without the first is asked with."""
DEMONSTRATED = [name for name in NAMES if name != NATIONAL_NAME]
"""The demo asks the same only once."""
# ProcessingStatus in strict mode: what becomes of a source with this outcome. Blank: it counts as having answered.
CODES = {
    "fault": "500",
    "timeout": "504",
    "slow": "",
    "empty": "",
    "empty-body": "502",
    "invalid": "422",
    "malformed": "502",
    "wrong-person": "409",
    "reset": "503",
    "down": "503",
    "logical-error": "",
    "repeat": "",
    "http-error": "502",
}
SILENT = ("empty", "logical-error")  # answer without records


@dataclass(frozen=True)
class Source:
    """What one source must contribute: its error code (blank when it answers) and its records' ids."""

    code: str
    records: tuple[str, ...] = ()


def contract(name: str) -> Contract:
    found = CONTRACTS.find(name)
    assert found is not None
    return found


@cache
def held() -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Record ids by (contract name, source system, person), in the order of the files, over bridges too."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    bridged: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for path in sorted((FIXTURES / "records").glob("*/*.xml")):
        known = contract(path.stem)
        name = known.descriptor.name
        for record in etree.parse(path).getroot().iterchildren(known.record_tag):
            source, person = (record.findtext(known.record[key]) for key in ("source_system", "patient"))
            found[name, source, person].append(identity(name, record))
            if name == NATIONAL_NAME:
                bridged[PROPOSAL, source, person].append(derived_id(record))
            elif name == PROPOSAL and record.findtext(known.record["approved"]) == "true":
                bridged[NATIONAL_NAME, source, person].append(likeness(record))
    found |= {key: ids for key, ids in bridged.items() if spoken(key[0], key[1]) != key[0]}
    return {key: tuple(ids) for key, ids in found.items()}


def identity(name: str, record: etree._Element) -> str:
    """What tells a record from the person's others."""
    path = contract(name).record["id"]
    return record.findtext(path, "") if path else likeness(record)


def likeness(record: etree._Element) -> str:
    """For fixed contacts without an id: who, as what, since when."""
    paths = ("practitioner/hsaId/extension", "code/code", "code/originalText", "period/start")
    return "|".join(_text(record, path) for path in paths)


def derived_id(record: etree._Element) -> str:
    """The id that docs/bridges.md promises to a record of the national contract."""
    access = "careManagerHeader/accessControlHeader"
    source = _text(record, "careManagerHeader/sourceSystemId/extension")
    paths = (
        f"{access}/accountableHealthcareProviderId/extension",
        f"{access}/accountableCareUnitId/extension",
        f"{access}/patientId/extension",
        f"{access}/careProcessId/extension",
        "code/code",
        "code/originalText",
        "practitioner/hsaId/extension",
        "careTeam/id/extension",
        "managingCareUnit/hsaId/extension",
        "period/start",
    )
    lines = "".join(f"{value}\n" for value in (source, *(_text(record, path) for path in paths)))
    return f"{source}:{hashlib.sha256(lines.encode()).hexdigest()[:32].upper()}"


def _text(record: etree._Element, path: str) -> str:
    return record.findtext("/".join(f"{{*}}{name}" for name in path.split("/"))) or ""


def spoken(name: str, address: str) -> str:
    """The contract that an address is asked with, blank when it cannot be asked."""
    names = (name, OTHER.get(name, name))
    return next((each for each in names if SNAPSHOT.route(address, contract(each).descriptor.responder).route), "")


@cache
def engaged() -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    """(logical address, source system) of a person's engagements, by (contract name, person)."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    with (FIXTURES / "engagements.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            for name in NAMES:
                indexed = [contract(each).descriptor.aggregate for each in dict.fromkeys((name, OTHER.get(name, name)))]
                if (row["service_domain"], row["categorization"]) in [
                    (each.service_domain, each.categorization[0]) for each in indexed
                ]:
                    key = (name, row["registered_resident_identification"])
                    pair = (row["logical_address"], row["source_system"])
                    if pair not in found[key]:
                        found[key].append(pair)
    return {key: tuple(rows) for key, rows in found.items()}


@cache
def persons() -> tuple[str, ...]:
    with (FIXTURES / "persons.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["patient_id"] for row in csv.DictReader(file, delimiter=";"))


@cache
def personas() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads((FIXTURES / "personas.toml").read_text("utf-8"))["persona"])


def everybody() -> tuple[str, ...]:
    """All person ids of the test data."""
    return (*persons(), *(persona["id"] for persona in personas()))


@cache
def rows(path: Path) -> tuple[dict[str, Any], ...]:
    """The scenarios of a file."""
    return tuple(tomllib.loads(path.read_text("utf-8"))["scenario"])


class Scenarios:
    """Rows of the project's file and of one more, which counts first."""

    def __init__(self, extra: Path) -> None:
        self.files = (extra, PROJECT)

    def find(self, name: str, source: str, person: str) -> dict[str, Any] | None:
        """The most specific row of the first file that has one."""
        for path in self.files:
            fitting = [
                row
                for row in rows(path)
                if row["producer"] == source
                and row.get("person", "*") in (person, "*")
                and row.get("contract", "*") in (name, "*")
            ]
            if fitting:
                return max(fitting, key=lambda row: (row.get("person", "*") != "*", row.get("contract", "*") != "*"))
        return None

    def expected(self, name: str, person: str) -> dict[str, Source]:
        """What every source contributes to the aggregated answer in strict mode, by its address, sorted.

        Sources that a filter stops contribute its code.
        """
        per_source = contract(name).descriptor.aggregate.call_per == "source_system"
        found: dict[str, Source] = {}
        for address, source in engaged().get((name, person), ()):
            called = source if per_source else address
            if stopped := self._stopped(name, address):
                found.setdefault(called, Source(stopped))
            else:
                found[called] = self.contribution(name, source, person)
        return dict(sorted(found.items()))

    def _stopped(self, name: str, address: str) -> str:
        if address == NATIONAL:
            return "508"
        if not spoken(name, address):
            return "404"
        return "" if self._may_be_asked(name, address) else "403"

    def _may_be_asked(self, name: str, address: str) -> bool:
        """By 1177; over a bridge with permission for both contracts."""
        return bool(spoken(name, address)) and all(
            SNAPSHOT.permit(address, SENDERS["1177"], contract(each).descriptor.responder).allowed
            for each in (name, spoken(name, address))
        )

    def contribution(self, name: str, source: str, person: str) -> Source:
        """What a source that is asked about a person contributes."""
        ids = held().get((name, source, person), ())
        row = self.find(spoken(name, source), source, person)
        if row is None:
            return Source("", ids)
        outcome = row["outcome"]
        if code := CODES[outcome]:
            return Source(code)
        if outcome == "repeat":
            return Source("", tuple(_repeated(ids, row["records"], mark=bool(contract(name).record["id"]))))
        return Source("", () if outcome in SILENT else ids)


def _repeated(ids: tuple[str, ...], count: int, *, mark: bool) -> list[str]:
    """``mark`` for records with an id: each copy has one of its own."""
    turns = [divmod(number, len(ids)) for number in range(count)] if ids else []
    return [f"{ids[which]}-{turn + 1}" if turn and mark else ids[which] for turn, which in turns]


def statuses(answer: Answer) -> dict[str, str]:
    """Error code by source, blank for those that answered, in the answer's order."""
    found = {}
    for row in answer.envelope.iter(f"{STATUS}ProcessingStatusList"):
        code = row.findtext(f"{STATUS}lastUnsuccessfulSynchError/{STATUS}code", "")
        assert row.findtext(f"{STATUS}statusCode") == ("NoDataSynchFailed" if code else "DataFromSource")
        found[row.findtext(f"{STATUS}logicalAddress")] = code
    return found


def found_ids(name: str, answer: Answer) -> dict[str, tuple[str, ...]]:
    """Record ids by source system, in the answer's order."""
    known = contract(name)
    found: dict[str, list[str]] = {}
    for record in answer.child.iterchildren(known.record_tag):
        source = record.findtext(known.record["source_system"])
        found.setdefault(source, []).append(identity(name, record))
    return {source: tuple(ids) for source, ids in found.items()}


def people_in(name: str, answer: Answer) -> set[str]:
    """The persons that the records of an answer concern."""
    known = contract(name)
    return {record.findtext(known.record["patient"]) for record in answer.child.iterchildren(known.record_tag)}


def check(name: str, answer: Answer, expected: dict[str, Source]) -> None:
    """An aggregated answer holds each source's records in the sources' order, and tells the others' failures."""
    assert answer.status == 200
    assert statuses(answer) == {source: each.code for source, each in expected.items()}
    assert list(statuses(answer)) == list(expected)
    written = {source.upper(): source for source in expected}  # the index may have an address in lower case
    ids = {written.get(source.upper(), source): found for source, found in found_ids(name, answer).items()}
    assert ids == {source: each.records for source, each in expected.items() if each.records}
    assert list(ids) == [source for source, each in expected.items() if each.records]
