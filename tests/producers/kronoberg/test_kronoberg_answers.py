"""What the pilot answers, without sockets: spyne parses the question and writes the answer."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest
from lxml import etree

from gateway import data
from gateway.contracts.filters import find
from gateway.producers.kronoberg import service
from gateway.producers.kronoberg.service import LOGICAL_ADDRESS

Call = Callable[..., Any]
PERSON, OTHER_PERSON, HSA = "191212121212", "198611062384", "1.2.752.129.2.1.4.1"


def ii(name: str, extension: str, root: str = HSA) -> str:
    return f"<r:{name}><c:root>{root}</c:root><c:extension>{extension}</c:extension></r:{name}>"


def period(name: str, start: str, end: str = "") -> str:
    end = end and f"<c:end>{end}</c:end>"
    return f"<r:{name}><c:start>{start}</c:start>{end}</r:{name}>"


def canonical(records: Iterable[etree._Element]) -> list[str]:
    """Records without regard to prefixes and to blanks between elements."""
    found = []
    for record in records:
        copy = deepcopy(record)
        for element in copy.iter():
            element.tail = None
            if len(element):
                element.text = None
        found.append(etree.canonicalize(etree.tostring(copy, encoding="unicode"), rewrite_prefixes=True))
    return found


def test_answer_is_valid_and_holds_the_records_as_they_are(case: Any, call: Call, check: Any, data_root: Any) -> None:
    answer = call(case.path, case.question())
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert answer.ids() == ["2025", "2026", "2027"]
    check(case, answer.message)
    held = etree.parse(data_root / f"fixtures/records/07-kronoberg/{case.key}.xml").getroot()
    assert canonical(find(answer.message, case.records)) == canonical(find(held, case.records)[:3])


def test_the_regions_own_records_come_back_as_they_are(case: Any, call_real: Call, check: Any) -> None:
    path = data.root() / f"fixtures/records/07-kronoberg/{case.key}.xml"
    records = find(etree.parse(path).getroot(), case.records) if path.exists() else []
    held: dict[str | None, list[etree._Element]] = {}
    for record in records:
        (patient,) = find(record, case.record_patient)
        held.setdefault(patient.text, []).append(record)
    for patient_id, expected in held.items():
        answer = call_real(case.path, case.question(person=patient_id))
        check(case, answer.message)
        assert canonical(find(answer.message, case.records)) == canonical(expected)
    assert find(call_real(case.path, case.question(person="nobody")).message, case.records) == []


def test_namespaces_are_declared_once(case: Any, call: Call) -> None:
    body = call(case.path, case.question()).body
    assert body.count(f'"{case.core}"'.encode()) == 1
    assert b"xsi:nil" not in body


def test_unknown_person_gets_an_empty_answer(case: Any, call: Call, check: Any) -> None:
    answer = call(case.path, case.question(person="200001052380"))
    assert (answer.status, answer.ids()) == (200, [])
    check(case, answer.message)


def test_each_person_gets_their_own(case: Any, call: Call) -> None:
    assert call(case.path, case.question(person=OTHER_PERSON)).ids() == ["2028"]


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        ("GetCareManagers", "", ii("careGiverId", "SE2321000065-VG2"), ["2026", "2027"]),
        ("GetCareManagers", "", ii("careGiverId", "se2321000065-vg2"), ["2026", "2027"]),
        ("GetCareManagers", "", ii("careGiverId", "SE2321000065-VG9"), []),
        ("GetCareManagers", "", ii("careUnitId", "SE2321000065-VE2"), ["2027"]),
        ("GetCareManagers", "", "<r:careManagerType><c:code>1</c:code></r:careManagerType>", ["2025"]),
        (
            "GetCareManagers",
            "",
            "<r:careManagerType><c:code>1</c:code></r:careManagerType>"
            "<r:careManagerType><c:code>2</c:code></r:careManagerType>",
            ["2025", "2027"],
        ),
        ("GetCareManagers", "", ii("careProcessId", "process-2025", "1.2.3"), ["2025"]),
        (
            "GetCareManagers",
            "",
            ii("careGiverId", "SE2321000065-VG2") + "<r:careManagerType><c:code>2</c:code></r:careManagerType>",
            ["2027"],
        ),
        ("GetDocumentedAgreements", "", "<r:status>ACTIVE</r:status>", ["2025"]),
        (
            "GetDocumentedAgreements",
            "",
            "<r:status>PROPOSED</r:status><r:status>COMPLETED</r:status>",
            ["2026", "2027"],
        ),
        ("GetDocumentedAgreements", "", ii("careUnitId", "SE2321000065-VE1"), ["2025"]),
        ("GetDocumentedAgreements", "", period("validityPeriod", "20250601", "20260101"), ["2025", "2026"]),
        ("GetCarePlans", "<r:careUnitHSAId>se2321000065-ve2</r:careUnitHSAId>", "", ["2027"]),
        ("GetCarePlans", "", period("datePeriod", "20250101", "20250101"), ["2025"]),
        ("GetCarePlans", "", period("datePeriod", "20250102", "20270101"), ["2027"]),
        (
            "GetCarePlans",
            "",
            f"<r:sourceSystemHSAId>{LOGICAL_ADDRESS}</r:sourceSystemHSAId>",
            ["2025", "2026", "2027"],
        ),
        (
            "GetCarePlans",
            "",
            f"<r:sourceSystemHSAId>{LOGICAL_ADDRESS}</r:sourceSystemHSAId>"
            "<r:careContactId>contact-2027</r:careContactId><r:careContactId>okänd</r:careContactId>",
            ["2027"],
        ),
    ],
)
def test_filters(cases: Any, call: Call, check: Any, name: str, before: str, after: str, expected: list[str]) -> None:
    answer = call(cases[name].path, cases[name].question(before, after))
    assert answer.ids() == expected
    check(cases[name], answer.message)


def result(message: etree._Element) -> dict[str, str | None]:
    (found,) = find(message, "result")
    return {etree.QName(child).localname: child.text for child in found}


def test_care_plans_result_is_ok_with_a_log_id(cases: Any, call: Call) -> None:
    said = result(call(cases["GetCarePlans"].path, cases["GetCarePlans"].question()).message)
    assert set(said) == {"resultCode", "logId"}
    assert said["resultCode"] == "OK"
    assert UUID(said["logId"]).version == 4


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (
            "<r:sourceSystemHSAId>SE2321000065-ANNAT</r:sourceSystemHSAId>",
            "Frågan gäller ett annat källsystem än det som den skickades till.",
        ),
        (
            "<r:careContactId>contact-2025</r:careContactId>",
            "Frågan nämner en vårdkontakt men inte källsystemet som har den.",
        ),
    ],
)
def test_care_plans_logical_errors(cases: Any, call: Call, check: Any, after: str, message: str) -> None:
    case = cases["GetCarePlans"]
    answer = call(case.path, case.question(after=after))
    assert (answer.status, answer.ids()) == (200, [])
    said = result(answer.message)
    assert (said["resultCode"], said["errorCode"], said["message"]) == ("ERROR", "INVALID_REQUEST", message)
    assert UUID(said["logId"]).version == 4
    check(case, answer.message)


@pytest.mark.parametrize("address", [LOGICAL_ADDRESS, LOGICAL_ADDRESS.lower()])
def test_logical_address_in_any_case(case: Any, call: Call, address: str) -> None:
    assert call(case.path, case.question(to=address)).status == 200


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (None, "LogicalAddress is missing"),
        ("", "LogicalAddress is missing"),
        ("5565594230", f"LogicalAddress is not {LOGICAL_ADDRESS}"),
        (f" {LOGICAL_ADDRESS}", f"LogicalAddress is not {LOGICAL_ADDRESS}"),
    ],
)
def test_wrong_logical_address_is_a_fault(case: Any, call: Call, address: str | None, text: str) -> None:
    answer = call(case.path, case.question(to=address))
    assert answer.status == 500
    assert answer.fault.startswith("Client LogicalAddress")
    assert text in answer.fault
    assert UUID(answer.message.findtext("detail/logId")).version == 4


def test_logical_address_counts_only_in_its_own_namespace(case: Any, call: Call) -> None:
    foreign = case.question().replace(b"urn:riv:itintegration:registry:1", b"urn:riv:itintegration:registry:2")
    assert "LogicalAddress is missing" in call(case.path, foreign).fault


def test_internal_errors_say_nothing_but_their_log_id(
    case: Any, call: Call, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> bool:
        raise RuntimeError(PERSON)

    monkeypatch.setattr(service, "matches", fail)
    answer = call(case.path, case.question())
    assert (answer.status, answer.fault) == (500, "Server Tekniskt fel / Internal error")
    assert answer.message.findtext("detail/logId") in caplog.text
    assert "RuntimeError at" in caplog.text
    assert PERSON not in caplog.text + answer.body.decode()


def test_extensions_are_ignored(case: Any, call: Call) -> None:
    strange = (
        '<x:careUnitId xmlns:x="urn:x"><c:extension>nobody</c:extension></x:careUnitId>'
        '<x:sourceSystemHSAId xmlns:x="urn:x">nobody</x:sourceSystemHSAId><c:patientId>1</c:patientId>'
    )
    assert call(case.path, case.question(after=strange)).ids() == ["2025", "2026", "2027"]
