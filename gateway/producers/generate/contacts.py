"""Fixed contacts as XML, in the words of GetFixedContacts 1.0 and in those of GetCareManagers 1.0."""

from collections.abc import Iterable

from lxml import etree

from gateway.producers.generate import codes
from gateway.producers.generate.records import FixedContact
from gateway.producers.generate.xmlparts import PLANNING, PlanningWriter, document

FILE = "GetFixedContacts_1.0.xml"
RESPONDER = "urn:riv:coreprocess:planning:coordinatedplanning:GetFixedContactsResponder:1"
NATIONAL_FILE = "GetCareManagers_1.0.xml"
_NATIONAL = "urn:riv:coreprocess:residentparticipation:residentparticipation"
NATIONAL_RESPONDER, NATIONAL_CORE = f"{_NATIONAL}:GetCareManagersResponder:1", f"{_NATIONAL}:1"


def contacts_file(records: Iterable[FixedContact]) -> bytes:
    """The GetFixedContactsResponse with the records."""
    write = PlanningWriter()

    def add(root: etree._Element, record: FixedContact) -> None:
        element = etree.SubElement(root, f"{{{RESPONDER}}}fixedContact")
        _contact(write, element, "fixedContactHeader", record)
        for link in record.links:
            write.relation(element, link)

    return document(RESPONDER, PLANNING, "GetFixedContactsResponse", records, add)


def managers_file(records: Iterable[FixedContact]) -> bytes:
    """The GetCareManagersResponse with the records; it has no place for their ids and links."""
    write = PlanningWriter(NATIONAL_CORE, national=True)

    def add(root: etree._Element, record: FixedContact) -> None:
        element = etree.SubElement(root, f"{{{NATIONAL_RESPONDER}}}careManager")
        _contact(write, element, "careManagerHeader", record)

    return document(NATIONAL_RESPONDER, NATIONAL_CORE, "GetCareManagersResponse", records, add)


def team_id(record: FixedContact) -> str:
    """HSA-id of the record's team: the unit's with ``T`` for ``V``, one team at a unit. Blank without a team."""
    return record.unit.hsa_id.replace("-V", "-T") if record.team else ""


def _contact(write: PlanningWriter, element: etree._Element, header: str, record: FixedContact) -> None:
    """What both contracts have."""
    write.header(element, header, record, record.process)
    display = codes.FIXED_CONTACT_TYPES.get(record.code, record.code_text)
    write.coded(element, "code", codes.FIXED_CONTACT_TYPE, record.code, display)
    write.practitioner(element, "practitioner", record.practitioner)
    if record.team:
        _team(write, element, record)
    write.period(element, "period", record.start, record.end)
    write.text(element, "internalNotes", record.internal)
    write.text(element, "externalNotes", record.external)
    write.care_giver(element, record.unit)
    write.unit(element, "managingCareUnit", record.unit, address=True)
    if record.team:
        write.unit(element, "careProvidingCareUnit", record.unit)
    write.phone(element, record.unit.phone, record.hours)


def _team(write: PlanningWriter, element: etree._Element, record: FixedContact) -> None:
    team = write.node(element, "careTeam")
    write.identifier(team, "id", codes.HSA_ID, team_id(record))
    write.text(team, "name", record.team)
    write.text(team, "internalNotes", "Teamets gemensamma inkorg bevakas dagligen av sjuksköterska.")
    write.text(team, "externalNotes", "Når du inte din kontakt svarar någon annan i teamet.")
    write.phone(team, record.unit.phone, "")
