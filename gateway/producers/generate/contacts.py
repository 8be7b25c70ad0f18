"""GetFixedContacts 1.0: writes fixed contacts as XML."""

from collections.abc import Iterable

from lxml import etree

from gateway.producers.generate import codes
from gateway.producers.generate.records import FixedContact
from gateway.producers.generate.xmlparts import PLANNING, PlanningWriter, document

FILE = "GetFixedContacts_1.0.xml"
RESPONDER = "urn:riv:coreprocess:planning:coordinatedplanning:GetFixedContactsResponder:1"

_write = PlanningWriter()


def contacts_file(records: Iterable[FixedContact]) -> bytes:
    """The GetFixedContactsResponse with the records."""
    return document(RESPONDER, PLANNING, "GetFixedContactsResponse", records, _contact)


def _contact(root: etree._Element, record: FixedContact) -> None:
    element = etree.SubElement(root, f"{{{RESPONDER}}}fixedContact")
    _write.header(element, "fixedContactHeader", record, record.process)
    display = codes.FIXED_CONTACT_TYPES.get(record.code, record.code_text)
    _write.coded(element, "code", codes.FIXED_CONTACT_TYPE, record.code, display)
    _write.practitioner(element, "practitioner", record.practitioner)
    if record.team:
        _team(element, record)
    _write.period(element, "period", record.start, record.end)
    _write.text(element, "internalNotes", record.internal)
    _write.text(element, "externalNotes", record.external)
    _write.care_giver(element, record.unit)
    _write.unit(element, "managingCareUnit", record.unit, address=True)
    if record.team:
        _write.unit(element, "careProvidingCareUnit", record.unit)
    _write.phone(element, record.unit.phone, record.hours)
    for link in record.links:
        _write.relation(element, link)


def _team(element: etree._Element, record: FixedContact) -> None:
    """The team has the unit's number with ``T`` for ``V``: one team at a unit."""
    team = _write.node(element, "careTeam")
    _write.identifier(team, "id", codes.HSA_ID, record.unit.hsa_id.replace("-V", "-T"))
    _write.text(team, "name", record.team)
    _write.text(team, "internalNotes", "Teamets gemensamma inkorg bevakas dagligen av sjuksköterska.")
    _write.text(team, "externalNotes", "Når du inte din kontakt svarar någon annan i teamet.")
    _write.phone(team, record.unit.phone, "")
