"""A client built from nothing but our WSDL files writes messages that the schemas accept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xmlschema
import zeep
from contract_files import ROOT, descriptors
from lxml import etree
from zeep.transports import Transport

SOAP_ENV = "{http://schemas.xmlsoap.org/soap/envelope/}"
PATIENT = {"root": "1.2.752.129.2.1.3.1", "extension": "191212121212"}
HSA = {"root": "1.2.752.129.2.1.4.1", "extension": "SE2321000065-RIVTA07"}
PERIOD = {"start": "20260101", "end": "20261231"}
ENGAGEMENT = {
    "registeredResidentIdentification": "191212121212",
    "serviceDomain": "riv:coreprocess:planning:coordinatedplanning",
    "categorization": "cpc-gfc",
    "logicalAddress": "SE2321000065-RIVTA07",
    "businessObjectInstanceIdentifier": "NA",
    "clinicalProcessInterestId": "NA",
    "mostRecentContent": "20260101120000",
    "sourceSystem": "SE2321000065-RIVTA07",
    "dataController": "SE2321000065",
}
CHANGES = {"engagementTransaction": [{"deleteFlag": deleted, "engagement": ENGAGEMENT} for deleted in (False, True)]}
REQUESTS: dict[str, dict[str, Any]] = {
    "Update": CHANGES,
    "ProcessNotification": CHANGES,
    "FindContent": {name: ENGAGEMENT[name] for name in ("registeredResidentIdentification", "serviceDomain")},
    "GetFixedContacts": {
        "patientId": PATIENT,
        "careGiverId": HSA,
        "careUnitId": HSA,
        "fixedContactType": [
            {"code": "1", "codeSystem": "1.2.752.129.5.1.69"},
            {"code": "3", "codeSystem": "1.2.752.129.5.1.69"},
        ],
        "careProcessId": {"root": "1.2.752.129.2.1.2.1", "extension": "ärende-7"},
        "validityPeriod": PERIOD,
        "sourceSystemId": HSA,
    },
    "GetCareManagers": {
        "patientId": PATIENT,
        "careGiverId": HSA,
        "careUnitId": HSA,
        "careManagerType": [
            {"code": "1", "codeSystem": "1.2.752.129.5.1.69"},
            {"code": "3", "codeSystem": "1.2.752.129.5.1.69"},
        ],
        "careProcessId": {"root": "1.2.752.129.2.1.2.1", "extension": "ärende-7"},
    },
    "GetDocumentedAgreements": {
        "patientId": PATIENT,
        "careGiverId": HSA,
        "careUnitId": HSA,
        "status": ["PROPOSED", "ACTIVE"],
        "validityPeriod": {"start": "20260101"},
        "sourceSystemId": HSA,
    },
    "GetCarePlans": {
        "careUnitHSAId": ["SE2321000065-1A2B", "SE2321000065-3C4D"],
        "patientId": {"id": "191212121212", "type": "1.2.752.129.2.1.3.1"},
        "datePeriod": PERIOD,
        "sourceSystemHSAId": "SE2321000065-RIVTA07",
        "careContactId": ["vk-1"],
    },
}
_CONTRACT = {"ServiceContractNamespace": "urn:riv:coreprocess:planning:coordinatedplanning:GetFixedContactsResponder:1"}
_CONSUMER = {"serviceConsumerHsaId": "SE0000000001-KONSUMENT"}
REQUESTS |= {
    "GetSupportedServiceContracts": {**_CONSUMER, "logicalAdress": "SE2321000065-RIVTA07"},
    "GetLogicalAddresseesByServiceContract": {**_CONSUMER, "serviceContractNameSpace": _CONTRACT},
    "PingForConfiguration": {"serviceContractNamespace": "urn:x", "logicalAddress": "5565594230"},
}
REPLIES: dict[str, dict[str, Any]] = {
    "GetSupportedServiceContracts": {"serviceContractNamespace": _CONTRACT},
    "GetLogicalAddresseesByServiceContract": {},
    "PingForConfiguration": {"version": "1", "pingDateTime": "20261124120000"},
    "Update": {"ResultCode": "OK"},
    "ProcessNotification": {"comment": "Tack", "ResultCode": "OK"},
    "FindContent": {"engagement": ENGAGEMENT},
    "GetFixedContacts": {},
    "GetCareManagers": {},
    "GetDocumentedAgreements": {},
    "GetCarePlans": {"result": {"resultCode": "OK", "logId": "4f6d0a52-4c3b-4d0e-9f65-0a3d1c7a7d10"}},
}
HEADERS = {
    "": ("urn:riv:itintegration:registry:1", "itintegration_registry_1.0.xsd"),
    "infrastructure:itintegration:registry": (  # the national contracts of this domain have the header of their own
        "urn:riv:infrastructure:itintegration:registry:2",
        "infrastructure_itintegration_registry_2.0.xsd",
    ),
}
PERIODS = {"datePeriod", "validityPeriod"}
CONTRACTS = [pytest.param(d, id=f"{d['name']}-{d['version']}") for d in descriptors()]
AGGREGATED = [pytest.param(d, id=f"{d['name']}-{d['version']}") for d in descriptors() if "aggregate" in d]

TIMED = [each for each in AGGREGATED if PERIODS & REQUESTS[each.values[0]["name"]].keys()]


class NoNetwork(Transport):
    """Reads files and refuses everything else."""

    def _load_remote_data(self, url: str) -> bytes:
        raise AssertionError(f"{url} was asked for over the network")


@pytest.fixture
def client(descriptor: dict[str, Any]) -> Iterator[zeep.Client]:
    transport = NoNetwork()
    yield zeep.Client(str(ROOT / "wsdl" / descriptor["wsdl"]), transport=transport)
    transport.session.close()


def problems(element: etree._Element, path: Path) -> list[str]:
    """What lxml and xmlschema each say about the element; both must be content."""
    judge = etree.XMLSchema(etree.parse(path))
    alone = etree.fromstring(etree.tostring(element))
    found = [] if judge.validate(alone) else [str(judge.error_log)]
    return found + [str(error.reason) for error in xmlschema.XMLSchema(str(path)).iter_errors(alone)]


def written(client: zeep.Client, descriptor: dict[str, Any], **request: Any) -> etree._Element:
    return client.create_message(
        client.service, descriptor["name"], _soapheaders={"LogicalAddress": "5565594230"}, **request
    )


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_the_question_it_writes_is_valid(client: zeep.Client, descriptor: dict[str, Any]) -> None:
    envelope = written(client, descriptor, **REQUESTS[descriptor["name"]])
    body = envelope.find(f"{SOAP_ENV}Body")
    assert [child.tag for child in body] == [f"{{{descriptor['responder']}}}{descriptor['name']}"]
    assert len(body[0]) >= len(REQUESTS[descriptor["name"]])
    assert problems(body[0], ROOT / "xsd" / descriptor["xsd"]) == []


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_the_logical_address_is_the_only_header_and_valid(client: zeep.Client, descriptor: dict[str, Any]) -> None:
    header = written(client, descriptor, **REQUESTS[descriptor["name"]]).find(f"{SOAP_ENV}Header")
    uri, xsd = HEADERS.get(descriptor["domain"], HEADERS[""])
    assert [child.tag for child in header] == [f"{{{uri}}}LogicalAddress"]
    assert header[0].text == "5565594230"
    assert problems(header[0], ROOT / "xsd" / "core_components" / xsd) == []


@pytest.mark.parametrize("descriptor", AGGREGATED)
def test_a_question_without_a_patient_is_noticed(client: zeep.Client, descriptor: dict[str, Any]) -> None:
    request = {key: value for key, value in REQUESTS[descriptor["name"]].items() if key != "patientId"}
    with pytest.raises(zeep.exceptions.ValidationError, match="patientId"):
        written(client, descriptor, **request)


@pytest.mark.parametrize("descriptor", TIMED)
def test_the_check_notices_a_question_with_a_wrong_date(client: zeep.Client, descriptor: dict[str, Any]) -> None:
    request = dict(REQUESTS[descriptor["name"]])
    period = "datePeriod" if "datePeriod" in request else "validityPeriod"
    request[period] = {"start": "2026-01-01", "end": "20261231"}
    body = written(client, descriptor, **request).find(f"{SOAP_ENV}Body")
    assert len(problems(body[0], ROOT / "xsd" / descriptor["xsd"])) >= 2


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_it_sends_the_soap_action_of_rule_15(client: zeep.Client, descriptor: dict[str, Any]) -> None:
    operation = client.service._binding.get(descriptor["name"])
    assert operation.soapaction == f"{descriptor['responder']}:{descriptor['name']}"


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_it_writes_and_reads_the_smallest_answer(client: zeep.Client, descriptor: dict[str, Any]) -> None:
    kind = client.get_element(f"{{{descriptor['responder']}}}{descriptor['name']}Response")
    parent = etree.Element("parent")
    kind.render(parent, kind(**REPLIES[descriptor["name"]]))
    assert problems(parent[0], ROOT / "xsd" / descriptor["xsd"]) == []
    answer = kind.parse(parent[0], client.wsdl.types)
    if "aggregate" in descriptor:
        assert answer[descriptor["aggregate"]["records"]] == []
