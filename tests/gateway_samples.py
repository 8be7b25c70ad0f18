"""Messages, contracts, catalogues and requests that the tests of several packages share."""

import asyncio
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

from lxml import etree

from gateway.contracts.contract import Contract, Contracts, load_all
from gateway.message import Headers, Request
from gateway.registry.catalogue import ALWAYS, FOREVER, Permission, Route
from gateway.registry.engagements import Engagement
from gateway.registry.snapshot import Snapshot
from gateway.soap import ns

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("GetFixedContacts", "GetDocumentedAgreements", "GetCarePlans")
PLATFORM, SENDER, TOLVAN, AGDA = "rivta-gateway", "SE0000000001-KONSUMENT", "191212121212", "188803099368"
AGGREGATE = "5565594230"
HSA = "1.2.752.129.2.1.4.1"
PERSONNUMMER = "1.2.752.129.2.1.3.1"
CORE = {
    "GetFixedContacts": "urn:riv:coreprocess:planning:coordinatedplanning:1",
    "GetDocumentedAgreements": "urn:riv:coreprocess:planning:coordinatedplanning:1",
    "GetCareManagers": "urn:riv:coreprocess:residentparticipation:residentparticipation:1",
    "GetCarePlans": "urn:riv:clinicalprocess:logistics:logistics:3",
}


@cache
def contracts() -> Contracts:
    """The project's contracts."""
    return load_all(ROOT)


def contract(name: str) -> Contract:
    """One of them, by name."""
    found = contracts().find(name)
    assert found is not None
    return found


def responder(name: str) -> str:
    """Its responder namespace."""
    return contract(name).descriptor.responder


def address_header(address: str) -> str:
    """The address header of RIV-TA Basic Profile 2.1."""
    return f'<itr:LogicalAddress xmlns:itr="{ns.REGISTRY}">{address}</itr:LogicalAddress>'


def envelope(
    body: str, header: str | None = None, *, soap: str = ns.SOAP11, before: str = "", after: str = ""
) -> bytes:
    """A SOAP message, UTF-8. ``header`` None leaves out the Header element."""
    head = "" if header is None else f"<soapenv:Header>{header}</soapenv:Header>"
    text = f'<soapenv:Envelope xmlns:soapenv="{soap}">{head}<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
    return f"{before}{text}{after}".encode()


def _identity(name: str, root: str, extension: str) -> str:
    return f"<core:{name}><core:root>{root}</core:root><core:extension>{extension}</core:extension></core:{name}>"


def request_element(name: str, person: str = TOLVAN, more: str = "") -> str:
    """A request of a contract; ``more`` is what follows patientId, with the prefixes ``q`` and ``core``."""
    patient = (
        f"<core:id>{person}</core:id><core:type>{PERSONNUMMER}</core:type>"
        if name == "GetCarePlans"
        else f"<core:root>{PERSONNUMMER}</core:root><core:extension>{person}</core:extension>"
    )
    return (
        f'<q:{name} xmlns:q="{responder(name)}" xmlns:core="{CORE[name]}">'
        f"<q:patientId>{patient}</q:patientId>{more}</q:{name}>"
    )


def question(name: str = "GetFixedContacts", address: str = AGGREGATE, person: str = TOLVAN, more: str = "") -> bytes:
    """A whole request message."""
    return envelope(request_element(name, person, more), address_header(address))


def record(name: str, source: str, identity: str, person: str = TOLVAN) -> str:
    """A record that the contract's schema allows, prefixes ``ns0`` and ``core``."""
    head = (
        "<core:accessControlHeader>"
        + _identity("accountableHealthcareProviderId", HSA, "SE2321000065-GIVER")
        + _identity("patientId", PERSONNUMMER, person)
        + "<core:blockComparisonTime>20240501120000</core:blockComparisonTime>"
        "<core:approvedForPatient>true</core:approvedForPatient></core:accessControlHeader>"
        + _identity("sourceSystemId", HSA, source)
        + _identity("recordId", HSA, identity)
    )
    giver = f"<core:managingCareGiver>{_identity('hsaId', HSA, 'G')}</core:managingCareGiver>"
    period = "<core:period><core:start>20240501</core:start></core:period>"
    practitioner = f"{_identity('hsaId', HSA, 'P')}<core:name>Åsa Öberg</core:name>"
    if name == "GetFixedContacts":
        return (
            f"<ns0:fixedContact><core:fixedContactHeader>{head}</core:fixedContactHeader>"
            f"<core:code><core:code>1</core:code></core:code><core:practitioner>{practitioner}</core:practitioner>"
            f"{period}{giver}</ns0:fixedContact>"
        )
    if name == "GetDocumentedAgreements":
        return (
            f"<ns0:documentedAgreement><core:documentedAgreementHeader>{head}</core:documentedAgreementHeader>"
            "<core:title>Överenskommelse</core:title><core:status>ACTIVE</core:status>"
            f"<core:agreementDate>20240501</core:agreementDate>{period}<core:agreedItem><core:itemId>1</core:itemId>"
            "<core:text>Gå ut varje dag</core:text><core:responsibleParty>PATIENT</core:responsibleParty>"
            "<core:status>ONGOING</core:status></core:agreedItem>"
            f"<core:accountablePractitioner>{practitioner}</core:accountablePractitioner>{giver}"
            "</ns0:documentedAgreement>"
        )
    return (
        f"<ns0:carePlan><core:carePlanHeader><core:documentId>{identity}</core:documentId>"
        f"<core:sourceSystemHSAId>{source}</core:sourceSystemHSAId>"
        f"<core:patientId><core:id>{person}</core:id><core:type>{PERSONNUMMER}</core:type></core:patientId>"
        "<core:accountableHealthcareProfessional><core:authorTime>20240501120000</core:authorTime>"
        "</core:accountableHealthcareProfessional><core:approvedForPatient>true</core:approvedForPatient>"
        "</core:carePlanHeader><core:carePlanBody/></ns0:carePlan>"
    )


def result_element(name: str) -> str:
    """What must follow the records of GetCarePlans; nothing for the others."""
    code = "<core:resultCode>OK</core:resultCode><core:logId>NA</core:logId>"
    return f"<ns0:result>{code}</ns0:result>" if name == "GetCarePlans" else ""


def response_element(name: str, *records: str) -> str:
    """A response of a contract with records written with the prefixes ``ns0`` and ``core``."""
    return (
        f'<ns0:{name}Response xmlns:ns0="{responder(name)}" xmlns:core="{CORE[name]}">'
        f"{''.join(records)}{result_element(name)}</ns0:{name}Response>"
    )


def answer_message(name: str, *records: str) -> bytes:
    """A whole answer message."""
    return envelope(response_element(name, *records))


def soap_fault(text: str = "Tekniskt fel", soap: str = ns.SOAP11) -> bytes:
    """A producer's fault."""
    code = "<faultcode>soapenv:Server</faultcode>"
    return envelope(f"<soapenv:Fault>{code}<faultstring>{text}</faultstring></soapenv:Fault>", soap=soap)


def route(receiver: str, name: str, address: str, **changes: Any) -> Route:
    """A route that is always valid, for a contract's name or a namespace."""
    namespace = name if name.startswith("urn:") else responder(name)
    values = {"profile": "rivtabp21", "valid_from": ALWAYS, "valid_to": FOREVER, **changes}
    return Route(receiver=receiver, contract=namespace, address=address, **values)


def permission(receiver: str, name: str, sender: str = SENDER, **changes: Any) -> Permission:
    """A permission that is always valid."""
    namespace = name if name.startswith("urn:") else responder(name)
    values = {"valid_from": ALWAYS, "valid_to": FOREVER, **changes}
    return Permission(receiver=receiver, sender=sender, contract=namespace, **values)


def snapshot(routes: Iterable[Route] = (), permissions: Iterable[Permission] = ()) -> Snapshot:
    """A catalogue in memory."""
    return Snapshot(routes, permissions)


def engagement(source: str, address: str = "", person: str = TOLVAN, name: str = "GetFixedContacts") -> Engagement:
    """An engagement of a contract; the logical address is the source system unless given."""
    aggregate = contract(name).descriptor.aggregate
    return Engagement(
        registered_resident_identification=person,
        service_domain=aggregate.service_domain,
        categorization=aggregate.categorization[0],
        logical_address=address or source,
        source_system=source,
        data_controller=source,
    )


def headers(sender: str = SENDER, instance: str = PLATFORM, **more: str) -> Headers:
    """Request headers of an identified consumer; ``more`` with ``_`` for ``-``."""
    found = {"x-vp-sender-id": sender, "x-vp-instance-id": instance}
    found |= {name.replace("_", "-"): value for name, value in more.items()}
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in found.items() if value]


def request(
    body: bytes, sent: Headers | None = None, *, ip: str = "127.0.0.1", method: bytes = b"POST", target: bytes = b"/vp"
) -> Request:
    """A request as the server hands it over, without a connection."""
    given = [(b"host", b"127.0.0.1:8080"), *(headers() if sent is None else sent)]
    nobody = cast(asyncio.Transport, None)
    return Request(method, target, given, dict(given), body, ip, 8080, "http", nobody)


def body_of(message: bytes) -> etree._Element:
    """Body's first child, found by another parser than the gateway's."""
    found = etree.fromstring(message).find(f"{{{ns.SOAP11}}}Body")
    assert found is not None
    return found[0]


def fault_of(message: bytes) -> tuple[str, str, str]:
    """faultcode, faultstring and detailString of a fault message."""
    fault = body_of(message)
    assert fault.tag == f"{{{ns.SOAP11}}}Fault"
    return (
        fault.findtext("faultcode", ""),
        fault.findtext("faultstring", ""),
        fault.findtext("detail/detailString", ""),
    )
