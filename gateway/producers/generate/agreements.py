"""GetDocumentedAgreements 1.0: writes documented agreements as XML."""

from collections.abc import Iterable

from lxml import etree

from gateway.producers.generate.records import Agreement, Item, TurnTo
from gateway.producers.generate.xmlparts import PLANNING, PlanningWriter, document

FILE = "GetDocumentedAgreements_1.0.xml"
RESPONDER = "urn:riv:coreprocess:planning:coordinatedplanning:GetDocumentedAgreementsResponder:1"

_write = PlanningWriter()


def agreements_file(records: Iterable[Agreement]) -> bytes:
    """The GetDocumentedAgreementsResponse with the records."""
    return document(RESPONDER, PLANNING, "GetDocumentedAgreementsResponse", records, _agreement)


def _agreement(root: etree._Element, record: Agreement) -> None:
    element = etree.SubElement(root, f"{{{RESPONDER}}}documentedAgreement")
    _write.header(element, "documentedAgreementHeader", record, record.process)
    _write.text(element, "title", record.title)
    _write.text(element, "status", record.status)
    _write.text(element, "agreementDate", record.agreed)
    _write.period(element, "period", record.start, record.end)
    _write.text(element, "whatMattersToPatient", record.matters)
    for number, item in enumerate(record.items, start=1):
        _item(element, number, item)
    if record.next is not None:
        step = _write.node(element, "nextStep")
        _write.text(step, "text", record.next.text)
        _write.text(step, "plannedTime", record.next.time)
        _write.text(step, "responsibleParty", record.next.who)
    for entry in record.turn_to:
        _turn_to(element, entry)
    _write.practitioner(element, "accountablePractitioner", record.practitioner)
    _write.care_giver(element, record.unit)
    _write.unit(element, "managingCareUnit", record.unit)
    _write.text(element, "internalNotes", record.internal)
    _write.text(element, "externalNotes", record.external)
    for link in record.links:
        _write.relation(element, link)


def _item(parent: etree._Element, number: int, item: Item) -> None:
    element = _write.node(parent, "agreedItem")
    _write.text(element, "itemId", str(number))
    _write.text(element, "text", item.text)
    _write.text(element, "responsibleParty", item.who)
    if item.practitioner is not None:
        _write.practitioner(element, "responsiblePractitioner", item.practitioner, brief=True)
    _write.period(element, "plannedPeriod", item.start, item.end)
    _write.text(element, "status", item.status)


def _turn_to(parent: etree._Element, entry: TurnTo) -> None:
    element = _write.node(parent, "turnTo")
    _write.text(element, "text", entry.text)
    if entry.practitioner is not None:
        _write.practitioner(element, "practitioner", entry.practitioner, brief=True)
        _write.phone(element, entry.practitioner.unit.phone, entry.hours)
