"""The national test personas: their mock records, engagements and expected answers.

They come from the stub and the test suites of the national aggregating platform, so that a consumer that has
been tested there finds the same persons here.
"""

import hashlib
import re
from functools import cache
from typing import Literal

import msgspec

from gateway.producers.generate.contracts import CONTRACTS
from gateway.producers.generate.personid import PERSONNUMMER
from gateway.producers.generate.places import Places, Producer, Town
from gateway.producers.generate.records import (
    Agreement,
    FixedContact,
    Holdings,
    Item,
    NextStep,
    Plan,
    Source,
    TurnTo,
)
from gateway.producers.generate.templates import DATA, toml

SLUG = "mocks"
_MOCK = re.compile(r"HSA-ID-([1-6]|77)|SE0000000005-1234|LOAD-MOCKS|SKLTP-MOCK[0-9]{2}")
_RECORDED = "20261005091500"


class Behaviour(msgspec.Struct, forbid_unknown_fields=True):
    """How some sources answer; fields as in fixtures/scenarios.toml."""

    producers: list[str]
    outcome: Literal["empty", "fault", "invalid", "logical-error", "repeat", "slow", "timeout"]
    why_sv: str
    why_en: str
    contract: str = "*"
    delay_seconds: float = 0.0
    text: str = ""
    records: int = 0


class Persona(msgspec.Struct, forbid_unknown_fields=True):
    """One persona of ``data/personas.toml``. ``expect`` is records, statuses, failed, for every contract."""

    id: str
    name: str
    source: str
    sv: str
    en: str
    expect: tuple[int, int, int]
    sources: list[str] = []
    twice: list[str] = []
    only: dict[str, list[str]] = {}
    logical: dict[str, str] = {}
    scenario: list[Behaviour] = []

    def sources_for(self, contract: str) -> list[str]:
        """The source systems with an engagement for the contract."""
        return self.only.get(contract, self.sources)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    persona: list[Persona]
    general: list[Behaviour]


@cache
def _file() -> _File:
    return msgspec.convert(toml(DATA / "personas.toml"), _File)


def personas() -> list[Persona]:
    """Every persona, in the order of the file."""
    return _file().persona


def general_behaviour() -> list[Behaviour]:
    """How some mock sources answer for everybody."""
    return _file().general


def mock_holdings(places: Places) -> Holdings:
    """One record per mock source, persona and contract; two where the index has two hits."""
    result = Holdings()
    for persona in personas():
        for contract in CONTRACTS:
            for source in persona.sources_for(contract.name):
                if not _MOCK.fullmatch(source):
                    continue
                for serial in range(2 if source in persona.twice else 1):
                    result += _Mock(persona, contract.name, source, serial, places).holdings()
    return result


_TESTED = Producer(
    code="0000",
    slug=SLUG,
    name="Testvårdgivaren",
    organisation="5565594230",
    phones="mobil",
    towns=(Town("0180", "Stockholm", "118 83"),),
)
"""The made-up care provider of the mock records."""


class _Mock:
    """Makes the mock record of one source, persona and contract."""

    def __init__(self, persona: Persona, contract: str, source: str, serial: int, places: Places) -> None:
        key = f"{persona.id}|{source}|{contract}|{serial}"
        self._number = hashlib.sha256(key.encode()).hexdigest()[:10].upper()
        self._patient = persona.id
        self._contract = contract
        self._source = Source(source, SLUG, source)
        unit = places.unit(_TESTED, f"Testmottagningen {source}", _TESTED.towns[0])
        self._practitioner = places.practitioner(unit, "sjuksköterska", serial)

    def holdings(self) -> Holdings:
        """The one record."""
        match self._contract:
            case "GetFixedContacts":
                return Holdings(contacts=(self._contact(),))
            case "GetCareManagers":  # the same contacts in other words
                return Holdings()
            case "GetDocumentedAgreements":
                return Holdings(agreements=(self._agreement(),))
            case _:
                return Holdings(plans=(self._plan(),))

    def _id(self, letters: str) -> str:
        return f"{self._source.hsa_id}:{letters}{self._number}"

    def _contact(self) -> FixedContact:
        return FixedContact(
            source=self._source,
            record_id=self._id("FK"),
            patient=self._patient,
            root=PERSONNUMMER,
            approved=True,
            time=_RECORDED,
            newest=_RECORDED,
            practitioner=self._practitioner,
            code="1",
            code_text="",
            start=_RECORDED[:8],
            end="",
            team="",
            process="",
            hours="vardag",
            internal=f"Intern kommentar från {self._source.hsa_id}.",
            external=f"Testkontakt hos {self._source.hsa_id}.",
            links=(),
        )

    def _agreement(self) -> Agreement:
        return Agreement(
            source=self._source,
            record_id=self._id("OK"),
            patient=self._patient,
            root=PERSONNUMMER,
            approved=True,
            time=_RECORDED,
            newest=_RECORDED,
            practitioner=self._practitioner,
            title="Överenskommelse för test",
            status="ACTIVE",
            agreed=_RECORDED[:8],
            start=_RECORDED[:8],
            end="",
            matters="Jag vill att svaren kommer fram.",
            items=(
                Item("Svarar på frågan.", "CARE", "ONGOING", _RECORDED[:8], "", self._practitioner),
                Item("Läser svaret.", "PATIENT", "PLANNED", _RECORDED[:8], "", None),
            ),
            next=NextStep("Ny fråga ställs.", "20261215100000", "CARE"),
            turn_to=(TurnTo("Frågor om testet: testmottagningen.", self._practitioner, "vardag"),),
            process="",
            internal=f"Intern kommentar från {self._source.hsa_id}.",
            external=f"Testöverenskommelse hos {self._source.hsa_id}.",
            links=(),
        )

    def _plan(self) -> Plan:
        return Plan(
            source=self._source,
            record_id=self._id("VP"),
            patient=self._patient,
            root=PERSONNUMMER,
            approved=True,
            time=_RECORDED,
            newest="20261005100000",
            practitioner=self._practitioner,
            title="Vårdplan för test",
            type="VP",
            document_time="20261005090000",
            signature_time="20261005100000",
            text=f"Status: Pågående\nMål: svaret från {self._source.hsa_id} kommer fram.",
            participants=(self._practitioner.unit.hsa_id,),
            care_contact="",
        )
