"""A small data folder and messages for the tests of the stub producers."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import xmlschema
from lxml import etree

from gateway.contracts.contract import Contract, Contracts, load_all
from gateway.message import Request
from gateway.producers.scenarios import Scenario, Scenarios, load_scenarios
from gateway.producers.store import load
from gateway.producers.stub import StubApp
from gateway.registry.catalogue import Producer
from gateway.soap import ns

ROOT = Path(__file__).parents[2]
CONTRACTS: Contracts = load_all(ROOT)
NAMES = ("GetFixedContacts", "GetDocumentedAgreements", "GetCarePlans", "GetCareManagers")

NORTH, SOUTH = "SE2321000016-RIVTA01", "SE2321000024-RIVTA03"
MOCK1, MOCK2 = "HSA-ID-1", "SKLTP-MOCK02"
PRODUCERS = (
    Producer(logical_address=NORTH, name="Norr", kind="stub", port=9101, records="north"),
    Producer(logical_address=SOUTH, name="Söder", kind="stub", port=9103),
    Producer(logical_address=MOCK1, name=MOCK1, kind="mock", port=9160, records="mocks"),
    Producer(logical_address=MOCK2, name=MOCK2, kind="mock", port=9160, records="mocks"),
    Producer(logical_address="SE2321000065-RIVTA07", name="Pilot", kind="pilot", port=9107, records="pilot"),
)
PORTS = {producer.logical_address: producer.port for producer in PRODUCERS}
TOLVAN, AGDA, NOBODY = "191212121212", "188803099368", "194911172296"

_CORE = {
    "GetCarePlans": "urn:riv:clinicalprocess:logistics:logistics:3",
    "GetFixedContacts": "urn:riv:coreprocess:planning:coordinatedplanning:1",
    "GetDocumentedAgreements": "urn:riv:coreprocess:planning:coordinatedplanning:1",
    "GetCareManagers": "urn:riv:coreprocess:residentparticipation:residentparticipation:1",
}
_NO_ID = "{*}practitioner/{*}hsaId/{*}extension"  # where the samples have it in records without an id


def contract(name: str) -> Contract:
    found = CONTRACTS.find(name)
    assert found is not None
    return found


def _ii(name: str, root: str, extension: str) -> str:
    parts = f"<core:root>{root}</core:root><core:extension>{extension}</core:extension>"
    return f"<core:{name}>{parts}</core:{name}>"


def _header(name: str, person: str, system: str, identity: str, unit: str) -> str:
    hsa = "1.2.752.129.2.1.4.1"
    national = name == "careManagerHeader"
    approved = "" if national else "<core:approvedForPatient>true</core:approvedForPatient>"
    return (
        f"<core:{name}><core:accessControlHeader>"
        + _ii("accountableHealthcareProviderId", hsa, "SE2321000016-GIVER")
        + _ii("accountableCareUnitId", hsa, unit)
        + _ii("patientId", "1.2.752.129.2.1.3.1", person)
        + "<core:blockComparisonTime>20240501120000</core:blockComparisonTime>"
        + f"{approved}</core:accessControlHeader>"
        + _ii("sourceSystemId", hsa, system)
        + ("" if national else _ii("recordId", hsa, identity))
        + f"</core:{name}>"
    )


def record(name: str, person: str, system: str, identity: str, *, unit: str = "U1", day: str = "20240501") -> str:
    """A record as it stands in a file: ``unit`` is its care unit, ``day`` its date or first day."""
    hsa = "1.2.752.129.2.1.4.1"
    organisation = f"<core:managingCareGiver>{_ii('hsaId', hsa, 'G')}</core:managingCareGiver>"
    period = f"<core:period><core:start>{day}</core:start><core:end>{day}</core:end></core:period>"
    if name in ("GetFixedContacts", "GetCareManagers"):
        element = "fixedContact" if name == "GetFixedContacts" else "careManager"
        who = _ii("hsaId", hsa, "P" if name == "GetFixedContacts" else identity)
        return (
            f"<ns0:{element}>{_header(f'{element}Header', person, system, identity, unit)}"
            "<core:code><core:code>1</core:code></core:code>"
            f"<core:practitioner>{who}<core:name>Åsa Öberg</core:name></core:practitioner>"
            f"{period}{organisation}</ns0:{element}>"
        )
    if name == "GetDocumentedAgreements":
        return (
            f"<ns0:documentedAgreement>{_header('documentedAgreementHeader', person, system, identity, unit)}"
            f"<core:title>Överenskommelse</core:title><core:status>ACTIVE</core:status>"
            f"<core:agreementDate>{day}</core:agreementDate>{period}<core:agreedItem><core:itemId>1</core:itemId>"
            "<core:text>Gå ut varje dag</core:text><core:responsibleParty>PATIENT</core:responsibleParty>"
            "<core:status>ONGOING</core:status></core:agreedItem>"
            f"<core:accountablePractitioner>{_ii('hsaId', hsa, 'P')}</core:accountablePractitioner>"
            f"{organisation}</ns0:documentedAgreement>"
        )
    return (
        f"<ns0:carePlan><core:carePlanHeader><core:documentId>{identity}</core:documentId>"
        f"<core:sourceSystemHSAId>{system}</core:sourceSystemHSAId><core:documentTitle>Vårdplan</core:documentTitle>"
        f"<core:documentTime>{day}080000</core:documentTime>"
        f"<core:patientId><core:id>{person}</core:id><core:type>1.2.752.129.2.1.3.1</core:type></core:patientId>"
        "<core:accountableHealthcareProfessional><core:authorTime>20240501120000</core:authorTime>"
        f"<core:healthcareProfessionalCareUnitHSAId>{unit}</core:healthcareProfessionalCareUnitHSAId>"
        "</core:accountableHealthcareProfessional><core:approvedForPatient>true</core:approvedForPatient>"
        f"<core:careContactId>{identity}-K</core:careContactId></core:carePlanHeader>"
        "<core:carePlanBody/></ns0:carePlan>"
    )


def document(name: str, *records: str) -> str:
    """A file of fixtures/records."""
    result = (
        "<ns0:result><core:resultCode>OK</core:resultCode><core:logId>NA</core:logId></ns0:result>"
        if name == "GetCarePlans"
        else ""
    )
    responder = contract(name).descriptor.responder
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<ns0:{name}Response xmlns:ns0="{responder}" xmlns:core="{_CORE[name]}">',
            *records,
            result,
            f"</ns0:{name}Response>",
        )
    )


def write_records(root: Path) -> Path:
    """Two records about Tolvan and one about Agda in the north; the mocks know Tolvan."""
    for name in NAMES:
        key = contract(name).key
        north = [
            record(name, TOLVAN, NORTH, "N1", unit="U1", day="20240501"),
            record(name, AGDA, NORTH, "N2"),
            record(name, TOLVAN, NORTH, "N3", unit="U2", day="20240701"),
        ]
        mocks = [record(name, TOLVAN, MOCK1, "M1"), record(name, TOLVAN, MOCK2, "M1")]
        for folder, records in (("north", north), ("mocks", mocks)):
            path = root / "fixtures" / "records" / folder / f"{key}.xml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(document(name, *records), "utf-8")
    return root


def data_folder(root: Path, scenarios: str = "") -> Path:
    """A data folder with the project's contracts, the records above, and the given scenarios."""
    for folder in ("contracts", "wsdl", "xsd"):
        (root / folder).symlink_to(ROOT / folder)
    write_records(root)
    (root / "fixtures" / "scenarios.toml").write_text(scenarios, "utf-8")
    return root


def app(root: Path, *rows: Scenario, offset: int = 0) -> StubApp:
    """The application over the records in ``root``, with scenarios that name no contract."""
    served = [producer for producer in PRODUCERS if producer.kind != "pilot"]
    layer = {(row.producer, row.person, row.contract): row for row in rows}
    return StubApp(CONTRACTS, served, load(root, CONTRACTS, served), Scenarios(layer), port_offset=offset)


def read_scenarios(root: Path, text: str, extra: str | None = None) -> Scenarios:
    """Scenarios as read from files with these contents."""
    path = root / "fixtures" / "scenarios.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    if extra is not None:
        (root / "mine.toml").write_text(extra, "utf-8")
    return load_scenarios(root, CONTRACTS, PRODUCERS, None if extra is None else root / "mine.toml")


def question(name: str, address: str = NORTH, person: str = TOLVAN, *, before: str = "", more: str = "") -> str:
    """A request; ``before`` and ``more`` are elements around patientId, prefixed ``q`` and ``core``."""
    kind = "1.2.752.129.2.1.3.1"
    patient = (
        f"<core:id>{person}</core:id><core:type>{kind}</core:type>"
        if name == "GetCarePlans"
        else f"<core:root>{kind}</core:root><core:extension>{person}</core:extension>"
    )
    return (
        f'<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}" xmlns:r="{ns.REGISTRY}"'
        f' xmlns:q="{contract(name).descriptor.responder}" xmlns:core="{_CORE[name]}">'
        f"<soapenv:Header><r:LogicalAddress>{address}</r:LogicalAddress></soapenv:Header>\n<soapenv:Body>"
        f"<q:{name}>\n{before}<q:patientId>{patient}</q:patientId>\n{more}</q:{name}></soapenv:Body></soapenv:Envelope>"
    )


class Transport:
    """Stands in for the connection: remembers that it was cut, and how."""

    def __init__(self) -> None:
        self.options: list[tuple[int, int, bytes]] = []
        self.aborted = False

    def get_extra_info(self, name: str) -> "Transport":
        assert name == "socket"
        return self

    def setsockopt(self, level: int, option: int, value: bytes) -> None:
        self.options.append((level, option, value))

    def abort(self) -> None:
        self.aborted = True


@dataclass
class Exchange:
    """What came back from one request."""

    status: int
    headers: dict[str, str]
    body: bytes
    transport: Transport


def call(
    stub: StubApp, message: str | bytes, port: int = 9101, *, method: str = "POST", path: str = "/any"
) -> Exchange:
    """Send one request to a port, without sockets."""
    return asyncio.run(ask(stub, message, port, method=method, path=path))


async def ask(
    stub: StubApp, message: str | bytes, port: int = 9101, *, method: str = "POST", path: str = "/any"
) -> Exchange:
    """As ``call``, in a running event loop."""
    transport = Transport()
    body = message.encode() if isinstance(message, str) else message
    connection = cast(asyncio.Transport, transport)
    answer = await stub(Request(method.encode(), path.encode(), [], {}, body, "127.0.0.1", port, "http", connection))
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Exchange(answer.status, headers, answer.body, transport)


_second_opinion: dict[str, xmlschema.XMLSchema] = {}


def verdicts(name: str, answer: bytes) -> tuple[bool, bool]:
    """Whether lxml and xmlschema find the response element in an envelope valid."""
    body = etree.fromstring(answer).find(f"{{{ns.SOAP11}}}Body")
    assert body is not None
    known = contract(name)
    if name not in _second_opinion:
        _second_opinion[name] = xmlschema.XMLSchema(str(ROOT / "xsd" / known.descriptor.xsd))
    element = etree.fromstring(etree.tostring(body[0]))
    return known.schema.validate(element), _second_opinion[name].is_valid(element)


def ids(name: str, answer: bytes) -> list[str | None]:
    """The record ids in an answer, in order."""
    known = contract(name)
    return [record.findtext(known.record["id"] or _NO_ID) for record in etree.fromstring(answer).iter(known.record_tag)]


def fault_of(exchange: Exchange) -> str:
    """faultcode, faultstring and detail of a fault in one text."""
    assert exchange.status == 500
    assert exchange.headers["content-type"] == "text/xml; charset=utf-8"
    fault = etree.fromstring(exchange.body).find(f".//{{{ns.SOAP11}}}Fault")
    assert fault is not None
    return " | ".join(str(text) for text in fault.itertext())
