"""Records, questions and running pilots for the tests of the Kronoberg producer."""

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import pytest
import xmlschema
from lxml import etree

from gateway import data
from gateway.contracts.filters import find
from gateway.producers.kronoberg.server import Site
from gateway.producers.kronoberg.service import CONTRACTS, LOGICAL_ADDRESS, Producer

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
REGISTRY = "urn:riv:itintegration:registry:1"
HSA = "1.2.752.129.2.1.4.1"
XML = "text/xml; charset=utf-8"
PILOT = "gateway.producers.kronoberg"
PERSON, OTHER_PERSON = "191212121212", "198611062384"
_PLANNING = "urn:riv:coreprocess:planning:coordinatedplanning"
_NATIONAL = "urn:riv:coreprocess:residentparticipation:residentparticipation"
_LOGISTICS = "urn:riv:clinicalprocess:logistics:logistics"
_VALUES = {
    "DateType": "20250101",
    "TimeStampType": "20250101120000",
    "TimeType": "120000",
    "boolean": "true",
    "base64Binary": "w6XDpMO2",
    "anyURI": "https://example.org/plan",
}


@dataclass(frozen=True)
class Case:
    """One contract as the tests see it: names, namespaces, and where the patient stands."""

    key: str
    responder: str
    core: str
    patient: str
    records: str
    record_patient: str

    @property
    def name(self) -> str:
        return self.key.partition("_")[0]

    @property
    def path(self) -> str:
        return f"/{self.name}/{self.key.partition('_')[2][0]}/rivtabp21"

    @property
    def xsd(self) -> Path:
        return data.root() / f"xsd/interactions/{self.name}Interaction/{self.key.replace('_', 'Responder_')}.xsd"

    @property
    def wsdl(self) -> Path:
        return data.root() / f"wsdl/{self.key.replace('_', 'Interaction_')}_RIVTABP21.wsdl"

    def question(
        self, before: str = "", after: str = "", person: str = PERSON, to: str | None = LOGICAL_ADDRESS
    ) -> bytes:
        """A request in the prefixes of SoapUI; ``before`` and ``after`` stand around patientId."""
        header = "" if to is None else f"<urn:LogicalAddress>{to}</urn:LogicalAddress>"
        patient = self.patient.format(person=person)
        return (
            f'<soapenv:Envelope xmlns:soapenv="{SOAP}" xmlns:urn="{REGISTRY}" xmlns:r="{self.responder}" '
            f'xmlns:c="{self.core}"><soapenv:Header>{header}</soapenv:Header><soapenv:Body><r:{self.name}>'
            f"{before}<r:patientId>{patient}</r:patientId>{after}</r:{self.name}></soapenv:Body></soapenv:Envelope>"
        ).encode()


_II = "<c:root>1.2.752.129.2.1.3.1</c:root><c:extension>{person}</c:extension>"
CASES = {
    "GetCareManagers": Case(
        key="GetCareManagers_1.0",
        responder=f"{_NATIONAL}:GetCareManagersResponder:1",
        core=f"{_NATIONAL}:1",
        patient=_II,
        records="careManager",
        record_patient="careManagerHeader/accessControlHeader/patientId/extension",
    ),
    "GetDocumentedAgreements": Case(
        key="GetDocumentedAgreements_1.0",
        responder=f"{_PLANNING}:GetDocumentedAgreementsResponder:1",
        core=f"{_PLANNING}:1",
        patient=_II,
        records="documentedAgreement",
        record_patient="documentedAgreementHeader/accessControlHeader/patientId/extension",
    ),
    "GetCarePlans": Case(
        key="GetCarePlans_2.0",
        responder=f"{_LOGISTICS}:GetCarePlansResponder:2",
        core=f"{_LOGISTICS}:3",
        patient="<c:id>{person}</c:id><c:type>1.2.752.129.2.1.3.1</c:type>",
        records="carePlan",
        record_patient="carePlanHeader/patientId/id",
    ),
}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes
    content_type: str = ""

    @property
    def message(self) -> etree._Element:
        """The child of Body."""
        (child,) = etree.fromstring(self.body).findall(f"{{{SOAP}}}Body/*")
        return child

    @property
    def fault(self) -> str:
        """faultcode without prefix, and faultstring."""
        fault = self.message
        assert fault.tag == f"{{{SOAP}}}Fault"
        return f"{fault.findtext('faultcode', '').rpartition(':')[2]} {fault.findtext('faultstring')}"

    def ids(self) -> list[str | None]:
        """Ids of the records, in order; for those without ids the year that their period begins, which is the same."""
        found = find(self.message, "*/*/recordId/extension") or find(self.message, "*/carePlanHeader/documentId")
        return [one.text for one in found] or [one.text[:4] for one in find(self.message, "careManager/period/start")]


def sample(declaration: xmlschema.XsdElement, full: bool) -> etree._Element:
    """An element with everything its type allows, repeated things twice; or with as little as possible."""
    element = etree.Element(declaration.name)
    if declaration.type.is_simple():
        values = declaration.type.enumeration
        text = f"{declaration.local_name} åäö"
        element.text = str(values[0]) if values else _VALUES.get(declaration.type.local_name, text)
        return element
    for child in declaration.type.content.iter_elements():
        if isinstance(child, xmlschema.XsdElement):
            most = 1 if child.max_occurs == 1 else 2
            always = max(child.min_occurs, child.local_name == "extension")  # an id without value is none
            element.extend(sample(child, full) for _ in range(most if full else always))
    return element


def put(record: etree._Element, **values: str | None) -> etree._Element:
    """Set (or with None remove) the elements whose path, with ``__`` for ``/``, is given."""
    for path, value in values.items():
        for element in find(record, path.replace("__", "/")):
            element.text = value
            if value is None:
                element.getparent().remove(element)
    return record


def _header(record: etree._Element, name: str, person: str, number: str, unit: str) -> etree._Element:
    (header,) = find(record, f"{name}Header")
    put(
        header,
        recordId__extension=number,
        sourceSystemId__root=HSA,
        sourceSystemId__extension=LOGICAL_ADDRESS,
        accessControlHeader__patientId__extension=person,
        accessControlHeader__accountableHealthcareProviderId__root=HSA,
        accessControlHeader__accountableHealthcareProviderId__extension=f"SE2321000065-VG{unit}",
        accessControlHeader__accountableCareUnitId__root=HSA,
        accessControlHeader__accountableCareUnitId__extension=f"SE2321000065-VE{unit}",
        accessControlHeader__careProcessId__extension=f"process-{number}",
    )
    end = None if number == "2027" else f"{number}1231"
    return put(record, period__start=f"{number}0101", period__end=end)


def _care_manager(record: etree._Element, person: str, number: str, unit: str) -> etree._Element:
    return put(_header(record, "careManager", person, number, unit), code__code=unit)


def _agreement(record: etree._Element, person: str, number: str, unit: str) -> etree._Element:
    status = "ACTIVE" if unit == "1" else "COMPLETED"
    return put(_header(record, "documentedAgreement", person, number, unit), status=status)


def _care_plan(record: etree._Element, person: str, number: str, unit: str) -> etree._Element:
    return put(
        record,
        carePlanHeader__documentId=number,
        carePlanHeader__documentTime=f"{number}0101120000",
        carePlanHeader__sourceSystemHSAId=LOGICAL_ADDRESS,
        carePlanHeader__patientId__id=person,
        carePlanHeader__careContactId=f"contact-{number}",
        carePlanHeader__accountableHealthcareProfessional__healthcareProfessionalCareUnitHSAId=(
            f"SE2321000065-VE{unit}"
        ),
    )


_FILL = {
    "GetCareManagers": _care_manager,
    "GetDocumentedAgreements": _agreement,
    "GetCarePlans": _care_plan,
}


def holdings(case: Case) -> etree._Element:
    """Four records: 2025, 2026 (as little as possible) and 2027 of PERSON, 2028 of OTHER_PERSON."""
    schema = xmlschema.XMLSchema10(case.xsd)
    root = sample(schema.elements[f"{case.name}Response"], full=False)
    (declaration,) = (one for one in schema.elements[f"{case.name}Response"].type.content.iter_elements()
                      if one.local_name == case.records)  # fmt: skip
    for index, (person, number, unit) in enumerate(
        [(PERSON, "2025", "1"), (PERSON, "2026", "2"), (PERSON, "2027", "2"), (OTHER_PERSON, "2028", "1")]
    ):
        record = sample(declaration, full=number != "2026")
        root.insert(index, _FILL[case.name](record, person, number, unit))
    return root


@pytest.fixture(scope="session")
def cases() -> dict[str, Case]:
    """The contracts by name."""
    return CASES


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    """Each contract in turn."""
    return CASES[request.param]


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's contracts and schemas with records made for these tests."""
    root = tmp_path_factory.mktemp("kronoberg")
    for folder in ("contracts", "xsd"):
        (root / folder).symlink_to(data.root() / folder)
    records = root / "fixtures/records/07-kronoberg"
    records.mkdir(parents=True)
    for case in CASES.values():
        etree.ElementTree(holdings(case)).write(records / f"{case.key}.xml", encoding="UTF-8")
    return root


def caller(data_root: Path) -> Callable[..., Answer]:
    producers = [Producer(data_root, key) for key in CONTRACTS]
    site = Site({producer.path: producer.application() for producer in producers})

    def send(path: str, body: bytes = b"", content_type: str = XML, method: str = "POST", query: str = "") -> Answer:
        environ = {
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": method,
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        setup_testing_defaults(environ)
        started: list[tuple[str, dict[str, str]]] = []
        sent = b"".join(site(environ, lambda status, headers, *_: started.append((status, dict(headers)))))
        ((status, headers),) = started
        return Answer(int(status[:3]), sent, headers["Content-Type"])

    return send


@pytest.fixture(scope="session")
def call(data_root: Path) -> Callable[..., Answer]:
    """Call the pilot without sockets: ``call(path, body, content_type=…, method=…, query=…)``."""
    return caller(data_root)


@pytest.fixture(scope="session")
def call_real() -> Callable[..., Answer]:
    """The same, with the records of the project's fixtures."""
    return caller(data.root())


@pytest.fixture(scope="session")
def check() -> Callable[[Case, etree._Element], None]:
    """Fail unless a message is valid for two independent validators."""
    judges: dict[str, tuple[etree.XMLSchema, xmlschema.XMLSchema10]] = {}

    def validate(case: Case, message: etree._Element) -> None:
        if case.key not in judges:
            judges[case.key] = etree.XMLSchema(file=str(case.xsd)), xmlschema.XMLSchema10(case.xsd)
        one, other = judges[case.key]
        copy = etree.fromstring(etree.tostring(message))
        one.assertValid(copy)
        other.validate(copy)

    return validate


@dataclass(frozen=True)
class Running:
    """A pilot process, the line it printed when ready, and its address."""

    process: "subprocess.Popen[str]"
    ready: str

    @property
    def url(self) -> str:
        return self.ready.split()[2].rstrip(",")


@pytest.fixture(scope="session")
def start(data_root: Path) -> Callable[..., AbstractContextManager[Running]]:
    """Start a pilot process: ``with start("--delay", "1") as running``."""

    @contextmanager
    def run(*options: str) -> Iterator[Running]:
        process = subprocess.Popen(
            [sys.executable, "-m", PILOT, "--port", "0", "--healthy", "--data-root", str(data_root), *options],
            cwd=Path(data.__file__).parents[1],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                assert process.stdout
                yield Running(process, process.stdout.readline())
            finally:
                process.terminate()

    return run


@pytest.fixture(scope="session")
def url(start: Callable[..., AbstractContextManager[Running]]) -> Iterator[str]:
    """Address of a running pilot."""
    with start() as running:
        yield running.url
