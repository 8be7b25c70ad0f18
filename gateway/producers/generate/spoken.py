"""Which sources have which contract for fixed contacts, and what becomes of records that only the national one carries.

The national contract has no mark for what the patient must not see, so such records are not given out with it. It has
no record ids either: agreements link to a contact by the id that the platform's bridge gives it.
"""

from dataclasses import replace

from gateway.contracts.crossing import digest
from gateway.producers.generate.contacts import team_id
from gateway.producers.generate.records import Agreement, FixedContact, Holdings

NATIONAL_ONLY = frozenset({"07-kronoberg"})
"""Folders of the sources that have only the national contract."""

NATIONAL_TOO = frozenset({"03-uppsala", "06-jonkoping", "1480-goteborg", "mocks"})
"""Folders of those that have both."""


def has_proposal(slug: str) -> bool:
    """Whether a source has GetFixedContacts."""
    return slug not in NATIONAL_ONLY


def has_national(slug: str) -> bool:
    """Whether a source has GetCareManagers."""
    return slug in NATIONAL_ONLY | NATIONAL_TOO


def as_spoken(held: Holdings) -> Holdings:
    """The records as their sources can give them out: see above."""
    ids: dict[str, str] = {}
    contacts = []
    for contact in held.contacts:
        if has_proposal(contact.source.slug):
            contacts.append(contact)
            continue
        ids[contact.record_id] = _bridged_id(contact) if contact.approved else ""
        if contact.approved:
            contacts.append(replace(contact, record_id=ids[contact.record_id]))
    agreements = tuple(_relinked(agreement, ids) for agreement in held.agreements)
    return Holdings(tuple(contacts), agreements, held.plans)


def _relinked(agreement: Agreement, ids: dict[str, str]) -> Agreement:
    """With links to the contacts' ids, and without those to contacts that are not given out."""
    links = [replace(link, object_id=ids.get(link.object_id, link.object_id)) for link in agreement.links]
    return replace(agreement, links=tuple(link for link in links if link.object_id))


def _bridged_id(contact: FixedContact) -> str:
    """What contracts/bridges/FixedContacts_CareManagers.toml makes of the record's content, value for value."""
    unit = contact.unit
    return digest(
        [
            contact.source.hsa_id,
            unit.producer.care_giver,
            unit.hsa_id,
            contact.patient,
            contact.process,
            contact.code,
            "" if contact.code else contact.code_text,
            contact.practitioner.hsa_id,
            team_id(contact),
            unit.hsa_id,
            contact.start,
        ]
    )
