"""``gateway.contracts.check``: messages judged by their contract's schema."""

import asyncio

import pytest
from gateway_samples import (
    AGDA,
    NAMES,
    TOLVAN,
    address_header,
    answer_message,
    body_of,
    contract,
    contracts,
    envelope,
    question,
    record,
    request_element,
    responder,
    soap_fault,
)

from gateway.contracts.check import SchemaCheck, problem
from gateway.soap import ns
from gateway.soap.head import MessageError


@pytest.fixture(scope="module")
def check() -> SchemaCheck:
    return SchemaCheck(contracts())


@pytest.mark.parametrize("name", NAMES)
def test_what_the_schema_allows(check: SchemaCheck, name: str) -> None:
    assert check.judge(question(name), "request") == ""
    assert check.judge(answer_message(name), "response") == ""
    assert check.judge(answer_message(name, record(name, "S", "1")), "response") == ""


@pytest.mark.parametrize("name", NAMES)
def test_the_slots_for_later_versions_are_open(check: SchemaCheck, name: str) -> None:
    """RIV-TA: what a later minor version adds in xs:any must not be refused."""
    assert check.judge(question(name, more="<x:later xmlns:x='urn:x'/>"), "request") == ""


@pytest.mark.parametrize("soap", [ns.SOAP11, ns.SOAP12])
def test_a_fault_is_always_a_valid_response(check: SchemaCheck, soap: str) -> None:
    assert check.judge(soap_fault(soap=soap), "response") == ""


def test_a_fault_is_no_request(check: SchemaCheck) -> None:
    assert "belongs to no contract" in check.judge(soap_fault(), "request")


@pytest.mark.parametrize(
    ("message", "part", "told"),
    [
        (question(), "response", "is a request, expected a response"),
        (answer_message("GetCarePlans"), "request", "is a response, expected a request"),
        (envelope("<x/>"), "request", "x belongs to no contract that is known here"),
        (envelope("<p:GetCarePlans xmlns:p='urn:p'/>"), "request", "{urn:p}GetCarePlans belongs to no contract"),
    ],
)
def test_the_wrong_message(check: SchemaCheck, message: bytes, part: str, told: str) -> None:
    assert told in check.judge(message, part)


@pytest.mark.parametrize("message", [b"", b"<a/>", envelope(""), envelope("<a/><b/>")])
def test_what_is_no_soap_message_is_another_matter(check: SchemaCheck, message: bytes) -> None:
    with pytest.raises(MessageError):
        check.judge(message, "request")


def test_a_breach_is_told_with_line_element_and_contract(check: SchemaCheck) -> None:
    broken = envelope(f"\n\n<q:GetFixedContacts xmlns:q='{responder('GetFixedContacts')}'/>", address_header("X"))
    told = check.judge(broken, "request")
    assert told.startswith("line 3: ")
    assert "patientId" in told
    assert told.endswith("(contract GetFixedContacts_1.0)")


@pytest.mark.parametrize("person", [TOLVAN, AGDA, "197010632391", "20120101-2384", "1212121212"])
def test_person_ids_in_a_breach_are_masked(person: str) -> None:
    text = request_element("GetFixedContacts").replace(
        "<core:root>1.2.752.129.2.1.3.1</core:root>", f"<core:x>{person}</core:x>"
    )
    element = body_of(
        envelope(text.replace("</q:patientId>", f"</q:patientId><q:validityPeriod>{person}</q:validityPeriod>"))
    )
    told = problem(contract("GetFixedContacts"), element)
    assert told
    assert person not in told


def test_a_date_that_is_none_is_told_without_the_value_of_a_person() -> None:
    period = f"<q:datePeriod><core:start>{TOLVAN}</core:start><core:end>2024</core:end></q:datePeriod>"
    told = problem(contract("GetCarePlans"), body_of(question("GetCarePlans", more=period)))
    assert "start" in told
    assert TOLVAN not in told
    assert "‹person-id›" in told


def test_nothing_is_told_about_a_good_element() -> None:
    assert problem(contract("GetCarePlans"), body_of(question("GetCarePlans"))) == ""


@pytest.mark.parametrize("count", [1, 200])
def test_small_and_large_messages_are_judged_alike(check: SchemaCheck, count: int) -> None:
    """Larger ones go to a thread, so that they do not hold up other calls."""
    name = "GetDocumentedAgreements"
    good = answer_message(name, *(record(name, "S", str(number)) for number in range(count)))
    assert (len(good) > 100_000) == (count == 200)
    bad = good.replace(b">ACTIVE<", b">ACTIV<")
    assert asyncio.run(check.message(good, "response")) == ""
    assert "ACTIV" in asyncio.run(check.message(bad, "response"))
