"""The check of one message: its layers, where findings stand and what they say."""

import pytest
from check_samples import ANSWER, PLANS, QUESTION, check, checker, only
from gateway_samples import soap_fault

from gateway.findings.finding import Text
from gateway.soap import ns

LAYERS = ["well-formed", "envelope", "headers", "schema", "contract", "semantics"]


def test_a_good_message_passes_all_layers() -> None:
    found = check(ANSWER)
    assert found.findings == []
    assert found.subject.contract == "GetFixedContacts_1.0"
    assert found.subject.kind == "response"
    assert found.subject.layers == dict.fromkeys(LAYERS, "passed")


def test_a_bare_body_is_taken_as_a_message() -> None:
    start, end = QUESTION.index("    <ns0:"), QUESTION.index("  </soapenv:Body>")
    found = check(QUESTION[start:end])
    assert (found.findings, found.subject.kind) == ([], "request")


def test_a_finding_tells_where_exactly() -> None:
    found = only(ANSWER.replace("<core:start>20240501", "<core:start>2024-05-01", 1))
    assert (found.rule, found.file, found.line, found.column) == ("RIVTA-XSD-006", "m.xml", 50, 11)
    assert found.excerpt == "          <core:start>2024-05-01</core:start>"
    assert found.xpath == (
        "/soapenv:Envelope/soapenv:Body/ns0:GetFixedContactsResponse/ns0:fixedContact[1]/core:period/core:start"
    )
    assert found.namespaces["core"] == "urn:riv:coreprocess:planning:coordinatedplanning:1"
    assert found.hint.sv == "Skriv ÅÅÅÅMMDD, till exempel 20260131."
    assert found.contract == "GetFixedContacts_1.0"


def test_a_finding_on_one_long_line_has_its_column() -> None:
    text = "".join(line.strip() for line in ANSWER.splitlines()).replace("<core:start>20240501", "<core:start>x", 1)
    found = only(text)
    assert (found.line, found.column) == (1, text.index("<core:start>") + 1)
    assert found.excerpt.startswith("<core:start>x</core:start>")


def test_an_element_without_prefix_gets_a_readable_path() -> None:
    space = "urn:riv:coreprocess:planning:coordinatedplanning:1"
    text = QUESTION.replace("<core:start>20260101</core:start>", f'<start xmlns="{space}">nu</start>')
    found = only(text)
    assert found.xpath.endswith("/ns0:validityPeriod/core:start") or found.xpath.endswith("/d:start")
    assert set(found.namespaces.values()) >= {space, ns.SOAP11}


def test_the_contracts_own_text_on_the_element_is_told() -> None:
    found = only(ANSWER.replace("<core:approvedForPatient>true", "<core:approvedForPatient>ja", 1))
    assert found.about == Text(
        "true om den som äger informationen har beslutat att patienten får se den.",
        "true if the owner of the information has decided that the patient may see it.",
    )
    assert found.message == Text(
        "värdet ”ja” i core:approvedForPatient är inte av typen xs:boolean",
        "the value “ja” of core:approvedForPatient is not of the type xs:boolean",
    )


@pytest.mark.parametrize(
    ("old", "new", "rule", "expected"),
    [
        ("<core:period>\n          <core:start>20240501</core:start>", "<core:period>", "RIVTA-XSD-002", "core:start"),
        ("          <core:approvedForPatient>true", "          <core:approved>true", "", ""),
        ("<core:type>SUPPORTS", "<core:type>SUPPORT", "RIVTA-XSD-007", "PART_OF"),
        ("<core:name>Åsa Öberg</core:name>", "<core:nmae>Åsa Öberg</core:nmae>", "RIVTA-XSD-001", "core:name"),
    ],
)
def test_what_was_expected(old: str, new: str, rule: str, expected: str) -> None:
    text = ANSWER.replace(old, new, 1)
    if not rule:
        assert [each.rule for each in check(text).findings] == ["RIVTA-XML-001"]
        return
    found = only(text)
    assert found.rule == rule
    assert expected in found.expected


def test_the_nearest_name_is_suggested() -> None:
    misspelt = ANSWER.replace("<core:name>Åsa Öberg</core:name>", "<core:nmae>Åsa Öberg</core:nmae>")
    assert only(misspelt).hint.en.endswith("Nearest: name.")
    assert only(ANSWER.replace(">SUPPORTS<", ">SUPPORT<")).hint.sv.endswith("Närmast: SUPPORTS.")


def test_every_breach_is_explained_and_said_once() -> None:
    text = ANSWER.replace("<core:start>20240501", "<core:start>igår").replace(">true<", ">ja<")
    assert [each.rule for each in check(text).findings] == 2 * ["RIVTA-XSD-005", "RIVTA-XSD-006"]


def test_person_ids_are_never_quoted() -> None:
    text = ANSWER.replace("191212121212", "191212121213").replace("<core:start>20240501", "<core:start>191212121212")
    found = check(text).findings
    assert {each.rule for each in found} == {"RIVTA-SEM-001", "RIVTA-XSD-006"}
    assert "1912121212" not in repr(found)
    assert "‹person-id›" in repr(found)


def test_what_the_schema_has_spoken_about_is_not_judged_by_meaning_too() -> None:
    assert only(ANSWER.replace("<core:start>20240501", "<core:start>", 1)).rule == "RIVTA-XSD-006"


@pytest.mark.parametrize("soap", [ns.SOAP11, ns.SOAP12])
def test_a_fault_is_recognised(soap: str) -> None:
    found = check(soap_fault(soap=soap))
    assert found.subject.kind == "fault"
    assert found.subject.layers["schema"] == "skipped"
    assert [each.severity for each in found.findings if each.rule != "RIVTA-ENV-007"] in ([], ["warning"])


def test_an_unknown_contract_names_the_known_and_the_nearest() -> None:
    text = QUESTION.replace("GetFixedContacts", "GetFixedContact")
    found = only(text)
    assert found.rule == "RIVTA-ENV-005"
    assert "GetFixedContacts 1.0" in found.expected
    assert "Närmast: GetFixedContacts 1.0." in found.hint.sv
    assert check(text).subject.layers["schema"] == "skipped"


@pytest.mark.parametrize(
    ("options", "rules"),
    [
        ({"contract": "getfixedcontacts"}, []),
        ({"contract": "GetFixedContacts 1.0", "part": "response"}, []),
        ({"contract": "GetCarePlans"}, ["RIVTA-ENV-006"]),
        ({"part": "request"}, ["RIVTA-ENV-006"]),
    ],
)
def test_the_wanted_contract_and_direction(options: dict[str, str], rules: list[str]) -> None:
    assert [each.rule for each in check(ANSWER, **options).findings] == rules


def test_a_wanted_contract_that_nobody_knows() -> None:
    with pytest.raises(LookupError, match="GetNothing"):
        checker(contract="GetNothing")


def test_an_answer_is_compared_with_its_request() -> None:
    assert check(ANSWER, QUESTION).findings == []
    other = QUESTION.replace("191212121212", "188803099368")
    assert [each.rule for each in check(ANSWER, other).findings] == 2 * ["RIVTA-SEM-015"]


@pytest.mark.parametrize("request_text", ["<", "<a/>", ANSWER, "<!DOCTYPE a><a/>"])
def test_a_request_that_says_nothing_is_no_hindrance(request_text: str) -> None:
    assert check(ANSWER, request_text).findings == []


def test_identities_of_different_source_systems_may_be_equal() -> None:
    records = PLANS[PLANS.index("      <ns0:carePlan>") : PLANS.index("      <ns0:result>")]
    both = PLANS.replace(records, records + records)
    assert [each.rule for each in check(both).findings] == ["RIVTA-SEM-014"]
    system = "<core:sourceSystemHSAId>SE2321000065-RIVTA07<"
    apart = PLANS.replace(records, records + records.replace(system, system.replace("07", "08")))
    assert check(apart).findings == []


@pytest.mark.parametrize(
    ("reader", "rules"),
    [("", []), ("resident", ["RIVTA-SEM-017", "RIVTA-SEM-019"]), ("staff", ["RIVTA-SEM-020"])],
)
def test_what_a_reader_may_see(reader: str, rules: list[str]) -> None:
    unit = ANSWER.index("            <core:accountableCareUnitId>"), ANSWER.index("            <core:patientId>")
    text = (ANSWER[: unit[0]] + ANSWER[unit[1] :]).replace(">true<", ">false<", 1)
    assert [each.rule for each in check(text, reader=reader).findings] == rules


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_allowed_and_lines_are_told(encoding: str) -> None:
    text = ANSWER.replace("UTF-8", "UTF-16").replace("<core:start>20240501", "<core:start>x", 1)
    mark = "" if encoding == "utf-16" else "\ufeff"
    found = only((mark + text).encode(encoding))
    assert (found.rule, found.line) == ("RIVTA-XSD-006", 50)
    assert "<core:start>x" in found.excerpt


def test_a_contract_without_records_is_checked_too() -> None:
    text = '<u:Update xmlns:u="urn:riv:itintegration:engagementindex:UpdateResponder:1"/>'
    found = only(text)
    assert (found.rule, found.contract) == ("RIVTA-XSD-002", "Update_1.0")
