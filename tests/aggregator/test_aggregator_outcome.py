"""``gateway.aggregator.outcome.examine``: what a source's answer is worth."""

import pytest
from gateway_samples import AGDA, NAMES, TOLVAN, answer_message, contract, envelope, question, record, soap_fault

from gateway.aggregator.outcome import Failure, examine
from gateway.message import Answer
from gateway.soap import ns

NAME = "GetFixedContacts"
BROKEN = answer_message(NAME, record(NAME, "A", "1").replace("<core:code>1</core:code>", "<core:kod>1</core:kod>"))


def failure(body: bytes, *, lenient: bool = False, status: int = 200) -> Failure:
    with pytest.raises(Failure) as caught:
        examine(contract(NAME), TOLVAN, Answer(status, [], body), lenient)
    return caught.value


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_records_of_a_good_answer(name: str, count: int, lenient: bool) -> None:
    body = answer_message(name, *(record(name, "A", str(number)) for number in range(count)))
    found = examine(contract(name), TOLVAN, Answer(200, [], body), lenient).elements(contract(name))
    path = contract(name).record["id"]
    assert [each.findtext(path) for each in found] == [str(number) for number in range(count)]


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize(
    ("body", "kind", "detail"),
    [
        (b"", "malformed", "not well-formed XML"),
        (b"hej", "malformed", "not well-formed XML"),
        (b"<html/>", "malformed", "expected a SOAP Envelope"),
        (envelope("<a/><b/>"), "malformed", "found 2"),
        (b"<!DOCTYPE a><a/>", "malformed", "DOCTYPE"),
        (soap_fault("Tekniskt fel"), "fault", "Tekniskt fel"),
        (soap_fault("Tekniskt fel", ns.SOAP12), "fault", ""),
        (envelope("<x/>"), "foreign", "x, expected {urn:riv:coreprocess"),
        (question(), "foreign", "GetFixedContacts, expected"),
        (answer_message("GetCarePlans"), "foreign", "GetCarePlansResponse, expected"),
    ],
)
def test_what_is_no_answer(body: bytes, kind: str, detail: str, lenient: bool) -> None:
    found = failure(body, lenient=lenient)
    assert found.kind == kind
    assert detail in found.detail


def test_an_empty_body_is_no_answer_and_nationally_one_without_records() -> None:
    """National AgP, merge; Basic Profile 2.1 #7 demands an element there."""
    assert "exactly one element, found 0" in failure(envelope("")).detail
    assert examine(contract(NAME), TOLVAN, Answer(200, [], envelope("")), True).count == 0


def test_a_fault_with_status_500_is_a_fault() -> None:
    assert failure(soap_fault(), status=500).kind == "fault"


def test_an_answer_that_breaks_the_schema() -> None:
    found = failure(BROKEN)
    assert found.kind == "invalid"
    assert "kod" in found.detail


def test_the_national_service_takes_it_all_the_same() -> None:
    """National AgP: validation of producers' answers is off by default."""
    assert examine(contract(NAME), TOLVAN, Answer(200, [], BROKEN), True).count == 1


@pytest.mark.parametrize("name", NAMES)
def test_records_about_somebody_else_are_kept_out(name: str) -> None:
    """Patient safety: a mixed-up record must never reach the wrong person's view."""
    records = (record(name, "A", "1"), record(name, "A", "2", AGDA), record(name, "A", "3", f"{TOLVAN}0"))
    body = answer_message(name, *records)
    with pytest.raises(Failure) as caught:
        examine(contract(name), TOLVAN, Answer(200, [], body), False)
    assert (caught.value.kind, caught.value.detail) == ("wrong-person", "2 of 3 records")
    assert AGDA not in str(caught.value)


def test_a_record_without_a_person_is_about_somebody_else() -> None:
    body = answer_message(NAME, record(NAME, "A", "1", ""))
    assert failure(body).kind == "wrong-person"


@pytest.mark.parametrize("written", [f" {TOLVAN}", f"\n{TOLVAN}\n"])
def test_white_space_around_the_id_does_not_matter(written: str) -> None:
    body = answer_message(NAME, record(NAME, "A", "1", written))
    assert examine(contract(NAME), TOLVAN, Answer(200, [], body), False).count == 1


def test_the_national_service_does_not_look_whom_it_is_about() -> None:
    body = answer_message(NAME, record(NAME, "A", "1", AGDA))
    assert examine(contract(NAME), TOLVAN, Answer(200, [], body), True).count == 1


def test_a_failure_never_tells_a_persons_id() -> None:
    found = failure(soap_fault(f"Kan inte svara om {TOLVAN}"))
    assert TOLVAN not in found.detail
    assert TOLVAN not in str(found)
    assert str(found).startswith("fault: Kan inte svara om ")
