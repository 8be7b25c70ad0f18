"""The engagement index of the data: which source holds what about whom, derived from the records.

Local reserve ids never get in (a rule of the national engagement index): a question about such a person goes
straight to the source system.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass

from gateway.producers.generate.contracts import CONTRACTS, Contract
from gateway.producers.generate.people import Person
from gateway.producers.generate.personas import personas
from gateway.producers.generate.personid import NRID, RESERVE_STOCKHOLM
from gateway.producers.generate.places import Places
from gateway.producers.generate.records import Holdings, Record

_STALE_CONTENT = "20240911102000"
_PERSONA_CONTENT = "20261005100000"


@dataclass(frozen=True, order=True)
class Engagement:
    """One row; the fields of EngagementType that a source reports, in their order there."""

    resident: str
    service_domain: str
    categorization: str
    logical_address: str
    source_system: str
    data_controller: str
    object_id: str = "NA"
    process_id: str = "NA"
    most_recent_content: str = ""
    creation_time: str = ""
    update_time: str = ""

    def row(self) -> tuple[str, ...]:
        """The values in the order of the index's columns."""
        return astuple(self)


def all_engagements(holdings: Holdings, persons: Iterable[Person], places: Places) -> list[Engagement]:
    """Every engagement, sorted: of the regions' records, the stale ones, and the personas'."""
    rows: list[Engagement] = []
    for contract in CONTRACTS:
        rows.extend(_of_records(contract, contract.records(holdings)))
    for person in persons:
        rows.extend(_stale(person, places))
    rows.extend(_of_personas())
    return sorted(rows)


def _of_records(contract: Contract, records: Iterable[Record]) -> Iterable[Engagement]:
    """One per person and source: that the source holds something, and when it last changed."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if record.root != RESERVE_STOCKHOLM:
            groups.setdefault((record.patient, record.source.hsa_id), []).append(record)
    for (patient, source), group in groups.items():
        newest = max(record.newest for record in group)
        yield Engagement(
            patient,
            contract.service_domain,
            contract.categorization,
            logical_address=source,
            source_system=source,
            data_controller=group[0].source.data_controller,
            most_recent_content=newest,
            creation_time=min(record.time for record in group),
            update_time=newest,
        )


def _stale(person: Person, places: Places) -> Iterable[Engagement]:
    """Engagements that a source has forgotten to remove."""
    for code in person.stale:
        producer = places.regions[code]
        for contract in CONTRACTS:
            if not contract.has(producer.slug) or (person.root == NRID and contract.name == "GetCarePlans"):
                continue
            yield Engagement(
                person.number,
                contract.service_domain,
                contract.categorization,
                logical_address=producer.hsa_id,
                source_system=producer.hsa_id,
                data_controller=producer.data_controller,
                most_recent_content=_STALE_CONTENT,
                creation_time=_STALE_CONTENT,
                update_time=_STALE_CONTENT,
            )


def _of_personas() -> Iterable[Engagement]:
    for persona in personas():
        for contract in CONTRACTS:
            for source in persona.sources_for(contract.name):
                objects = ("1001", "1002") if source in persona.twice else ("NA",)
                for object_id in objects:
                    yield Engagement(
                        persona.id,
                        contract.service_domain,
                        contract.categorization,
                        logical_address=persona.logical.get(source, source),
                        source_system=source,
                        data_controller=source,
                        object_id=object_id,
                        most_recent_content=_PERSONA_CONTENT,
                        creation_time=_PERSONA_CONTENT,
                        update_time=_PERSONA_CONTENT,
                    )
