"""GetCarePlans 2.0: writes care plans as XML, with names and order of the national schema."""

import base64
import uuid
from collections.abc import Iterable

from lxml import etree

from gateway.producers.generate import codes
from gateway.producers.generate.records import Plan
from gateway.producers.generate.xmlparts import Writer, document

FILE = "GetCarePlans_2.0.xml"
RESPONDER = "urn:riv:clinicalprocess:logistics:logistics:GetCarePlansResponder:2"
LOGISTICS = "urn:riv:clinicalprocess:logistics:logistics:3"

_write = Writer(LOGISTICS)


def plans_file(records: Iterable[Plan], slug: str) -> bytes:
    """The GetCarePlansResponse with the records. ``slug`` decides the log id of the result."""

    def result(root: etree._Element) -> None:
        element = etree.SubElement(root, f"{{{RESPONDER}}}result")
        _write.text(element, "resultCode", "OK")
        _write.text(element, "logId", str(uuid.uuid5(uuid.NAMESPACE_URL, f"{RESPONDER}:{slug}")))

    return document(RESPONDER, LOGISTICS, "GetCarePlansResponse", records, _plan, result)


def _plan(root: etree._Element, record: Plan) -> None:
    element = etree.SubElement(root, f"{{{RESPONDER}}}carePlan")
    _header(_write.node(element, "carePlanHeader"), record)
    body = _write.node(element, "carePlanBody")
    content = _write.node(body, "content")
    _write.text(content, "mediaType", "text/plain")
    _write.text(content, "value", base64.b64encode(record.text.encode()).decode())
    for unit in record.participants:
        _write.identifier(body, "participatingCareUnitHSAId", codes.HSA_ID, unit)
    _write.text(body, "typeOfCarePlanEnum", record.type)


def _header(header: etree._Element, record: Plan) -> None:
    _write.text(header, "documentId", record.record_id)
    _write.text(header, "sourceSystemHSAId", record.source.hsa_id)
    _write.text(header, "documentTitle", record.title)
    _write.text(header, "documentTime", record.document_time)
    patient = _write.node(header, "patientId")
    _write.text(patient, "id", record.patient)
    _write.text(patient, "type", record.root)
    _professional(_write.node(header, "accountableHealthcareProfessional"), record)
    if record.signature_time:
        signer = _write.node(header, "legalAuthenticator")
        _write.text(signer, "signatureTime", record.signature_time)
        _write.text(signer, "legalAuthenticatorHSAId", record.practitioner.hsa_id)
        _write.text(signer, "legalAuthenticatorName", record.practitioner.name)
    _write.text(header, "approvedForPatient", "true" if record.approved else "false")
    _write.text(header, "careContactId", record.care_contact)


def _professional(element: etree._Element, record: Plan) -> None:
    """Everything that a staff view (NPÖ) demands before it shows a record."""
    who, unit = record.practitioner, record.unit
    _write.text(element, "authorTime", record.time)
    _write.text(element, "healthcareProfessionalHSAId", who.hsa_id)
    _write.text(element, "healthcareProfessionalName", who.name)
    _write.position(element, "healthcareProfessionalRoleCode", who.profession)
    org = _write.node(element, "healthcareProfessionalOrgUnit")
    _write.text(org, "orgUnitHSAId", unit.hsa_id)
    _write.text(org, "orgUnitName", unit.name)
    _write.text(org, "orgUnitTelecom", unit.phone)
    _write.text(org, "orgUnitAddress", f"{unit.street}, {unit.town.postal_code} {unit.town.name}")
    _write.text(element, "healthcareProfessionalCareUnitHSAId", unit.hsa_id)
    _write.text(element, "healthcareProfessionalCareGiverHSAId", unit.producer.care_giver)
