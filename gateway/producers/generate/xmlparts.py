"""Elements that the contracts of the planning domain share with each other and with the national one for contacts.

Every element has a prefix and no namespace is the default one: records can then be copied byte for byte into
a merged answer that declares the same prefixes.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeVar

import msgspec
from lxml import etree

from gateway.producers.generate import codes
from gateway.producers.generate.places import Practitioner, Unit
from gateway.producers.generate.records import Link, Record
from gateway.producers.generate.templates import DATA, toml

PLANNING = "urn:riv:coreprocess:planning:coordinatedplanning:1"

R = TypeVar("R", bound=Record)


class Hours(msgspec.Struct, forbid_unknown_fields=True):
    """One HoursOfService of ``data/hours.toml``."""

    days: list[str] = []
    months: list[str] = []
    start: str = ""
    end: str = ""


@cache
def _hours_of_service() -> dict[str, list[Hours]]:
    rows = toml(DATA / "hours.toml")
    return {name: [msgspec.convert(row, Hours) for row in entries] for name, entries in rows.items()}


def document(
    responder: str,
    core: str,
    name: str,
    records: Iterable[R],
    build: Callable[[etree._Element, R], None],
    finish: Callable[[etree._Element], None] | None = None,
) -> bytes:
    """A whole response element ``name`` with the records in it, indented by one blank per level.

    Args:
        responder: namespace of the response element, prefix ``ns0``.
        core: namespace of the types, prefix ``core``.
        build: adds one record below the response element.
        finish: adds what stands after the records.
    """
    root = etree.Element(f"{{{responder}}}{name}", nsmap={"ns0": responder, "core": core})
    for record in records:
        build(root, record)
    if finish is not None:
        finish(root)
    etree.indent(root, space=" ")
    text: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


class Writer:
    """Adds elements of one namespace. Texts that are empty leave no element behind."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def node(self, parent: etree._Element, name: str) -> etree._Element:
        """An element with children."""
        return etree.SubElement(parent, f"{{{self._namespace}}}{name}")

    def text(self, parent: etree._Element, name: str, value: str) -> None:
        """An element with text."""
        if value:
            self.node(parent, name).text = value

    def identifier(self, parent: etree._Element, name: str, root: str, extension: str) -> None:
        """An IIType."""
        element = self.node(parent, name)
        self.text(element, "root", root)
        self.text(element, "extension", extension)

    def coded(self, parent: etree._Element, name: str, system: str, code: str, display: str) -> None:
        """A CVType with code, or with original text alone where ``code`` is empty."""
        element = self.node(parent, name)
        if code:
            self.text(element, "code", code)
            self.text(element, "codeSystem", system)
            self.text(element, "displayName", display)
        else:
            self.text(element, "originalText", display)

    def position(self, parent: etree._Element, name: str, profession: str) -> None:
        """A position (KV Befattning) where its code is known, otherwise the profession as text."""
        code, display = codes.POSITIONS.get(profession, ("", profession[0].upper() + profession[1:]))
        self.coded(parent, name, codes.POSITION, code, display)


class PlanningWriter(Writer):
    """The compound types of the planning domain; ``namespace`` for another domain that has the same.

    ``national`` leaves out what the national header lacks: the record's id and whether the patient may see it.
    """

    def __init__(self, namespace: str = PLANNING, *, national: bool = False) -> None:
        super().__init__(namespace)
        self._national = national

    def header(self, parent: etree._Element, name: str, record: Record, process: str) -> None:
        """The HeaderType: what access control needs, source system and record id."""
        header = self.node(parent, name)
        access = self.node(header, "accessControlHeader")
        hsa = codes.HSA_ID
        self.identifier(access, "accountableHealthcareProviderId", hsa, record.unit.producer.care_giver)
        self.identifier(access, "accountableCareUnitId", hsa, record.unit.hsa_id)
        self.identifier(access, "patientId", record.root, record.patient)
        if process:
            self.identifier(access, "careProcessId", codes.LOCAL_ID, process)
        self.text(access, "blockComparisonTime", record.time)
        if not self._national:
            self.text(access, "approvedForPatient", "true" if record.approved else "false")
        self.identifier(header, "sourceSystemId", hsa, record.source.hsa_id)
        if not self._national:
            self.identifier(header, "recordId", codes.LOCAL_ID, record.record_id)

    def practitioner(self, parent: etree._Element, name: str, practitioner: Practitioner, brief: bool = False) -> None:
        """A PractitionerType; ``brief`` leaves out the qualification."""
        element = self.node(parent, name)
        self.identifier(element, "hsaId", codes.HSA_ID, practitioner.hsa_id)
        self.text(element, "name", practitioner.name)
        if not brief:
            self.position(element, "qualification", practitioner.profession)

    def period(self, parent: etree._Element, name: str, start: str, end: str) -> None:
        """A DatePeriodType; without an end it applies until further notice."""
        element = self.node(parent, name)
        self.text(element, "start", start)
        self.text(element, "end", end)

    def care_giver(self, parent: etree._Element, unit: Unit) -> None:
        """The managing care provider."""
        element = self.node(parent, "managingCareGiver")
        self.identifier(element, "hsaId", codes.HSA_ID, unit.producer.care_giver)
        self.text(element, "name", unit.producer.name)

    def unit(self, parent: etree._Element, name: str, unit: Unit, address: bool = False) -> None:
        """A care unit, with its visiting address where asked."""
        element = self.node(parent, name)
        self.identifier(element, "hsaId", codes.HSA_ID, unit.hsa_id)
        self.text(element, "name", unit.name)
        if address:
            contact = self.node(element, "contact")
            where = self.node(contact, "address")
            self.coded(where, "type", codes.ADDRESS_TYPE, "physical", "Besöksadress")
            self.text(where, "line", unit.street)
            self.text(where, "city", unit.town.name)
            self.text(where, "postalCode", unit.town.postal_code)

    def phone(self, parent: etree._Element, number: str, hours: str) -> None:
        """A ContactType with a telephone number and, where ``hours`` says so, when it is answered."""
        telecom = self.node(self.node(parent, "contact"), "telecom")
        self.coded(telecom, "system", codes.CONTACT_POINT, "phone", "Telefon")
        self.text(telecom, "value", number)
        for entry in _hours_of_service()[hours] if hours else ():
            if entry.days:
                self._hours(telecom, entry)

    def _hours(self, telecom: etree._Element, entry: Hours) -> None:
        period = self.node(telecom, "period")
        for day in entry.days:
            self.text(period, "weekDay", day)
        for month in entry.months:
            self.text(period, "month", month)
        time = self.node(period, "time")
        self.text(time, "start", entry.start)
        self.text(time, "end", entry.end)

    def relation(self, parent: etree._Element, link: Link) -> None:
        """A RelationType."""
        element = self.node(parent, "relation")
        self.text(element, "type", link.type)
        self.text(element, "objectType", link.object_type)
        self.identifier(element, "objectId", codes.LOCAL_ID, link.object_id)
        self.identifier(element, "sourceSystemId", codes.HSA_ID, link.source)
        self.text(element, "plannedTime", link.planned_time)
        self.text(element, "description", link.text)
