"""The committed data as the tests see it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from gateway.contracts.bridge_reader import load_bridges
from gateway.contracts.contract import load_all
from gateway.contracts.crossing import Crossing
from gateway.producers.generate.spoken import NATIONAL_ONLY

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
CONTRACTS = {
    "GetFixedContacts_1.0": "fixedContact",
    "GetCareManagers_1.0": "careManager",
    "GetDocumentedAgreements_1.0": "documentedAgreement",
    "GetCarePlans_2.0": "carePlan",
}


@dataclass(frozen=True)
class Found:
    """One record of one file."""

    contract: str
    slug: str
    element: etree._Element

    def text(self, path: str) -> str:
        """The text at a path of local names below the record; empty where there is nothing."""
        return self.element.findtext("/".join(f"{{*}}{name}" for name in path.split("/"))) or ""

    def all(self, path: str) -> list[etree._Element]:
        """Every element at a path of local names below the record."""
        return self.element.findall("/".join(f"{{*}}{name}" for name in path.split("/")))

    @property
    def header(self) -> str:
        """Path of the header."""
        return f"{CONTRACTS[self.contract]}Header"

    @property
    def is_plan(self) -> bool:
        return self.contract == "GetCarePlans_2.0"

    @property
    def patient(self) -> str:
        inner = "patientId/id" if self.is_plan else "accessControlHeader/patientId/extension"
        return self.text(f"{self.header}/{inner}")

    @property
    def patient_type(self) -> str:
        inner = "patientId/type" if self.is_plan else "accessControlHeader/patientId/root"
        return self.text(f"{self.header}/{inner}")

    @property
    def source(self) -> str:
        inner = "sourceSystemHSAId" if self.is_plan else "sourceSystemId/extension"
        return self.text(f"{self.header}/{inner}")

    @property
    def record_id(self) -> str:
        return self.text(f"{self.header}/{'documentId' if self.is_plan else 'recordId/extension'}")

    @property
    def approved(self) -> bool:
        inner = "approvedForPatient" if self.is_plan else "accessControlHeader/approvedForPatient"
        return self.text(f"{self.header}/{inner}") == "true"

    @property
    def time(self) -> str:
        inner = (
            "accountableHealthcareProfessional/authorTime"
            if self.is_plan
            else "accessControlHeader/blockComparisonTime"
        )
        return self.text(f"{self.header}/{inner}")


def record_files() -> list[Path]:
    """Every record file."""
    return sorted((FIXTURES / "records").glob("*/*.xml"))


def read_filed() -> Iterator[Found]:
    """Every record of every file, in order."""
    for path in record_files():
        for element in etree.parse(path).getroot().iterchildren(f"{{*}}{CONTRACTS[path.stem]}"):
            yield Found(path.stem, path.parent.name, element)


def read_records() -> Iterator[Found]:
    """Every record once, fixed contacts as GetFixedContacts tells them, over the bridge where a source has no other."""
    contracts = load_all(FIXTURES.parent)
    proposal = contracts.find("GetFixedContacts")
    assert proposal is not None
    (bridge,) = load_bridges(FIXTURES.parent, contracts).of(proposal.descriptor.responder)
    for path in record_files():
        root, stem, slug = etree.parse(path).getroot(), path.stem, path.parent.name
        if stem == bridge.other.key:
            if slug not in NATIONAL_ONLY:
                continue
            source = root.findtext(f".//{bridge.other.record['source_system']}") or ""
            root, stem = Crossing(bridge).answer(root, source), proposal.key
        for element in root.iterchildren(f"{{*}}{CONTRACTS[stem]}"):
            yield Found(stem, slug, element)


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of the fixtures."""
    with (FIXTURES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))
