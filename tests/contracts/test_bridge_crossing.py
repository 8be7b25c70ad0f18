"""Messages over the bridge: nothing is lost but what the mapping lists, and what is added is never a guess."""

import hashlib
from copy import deepcopy

import pytest
from bridge_samples import (
    AGREED,
    EXTENSION,
    NATIONAL,
    OTHER,
    PROPOSAL,
    assert_valid,
    bridge,
    canonical,
    contract,
    copied,
    full,
    messages,
)
from hypothesis import HealthCheck, given, settings
from lxml import etree

from gateway.contracts.crossing import Crossing, digest
from gateway.soap import ns

CORE = "urn:riv:coreprocess:planning:coordinatedplanning:1"
NATIONAL_CORE = "urn:riv:coreprocess:residentparticipation:residentparticipation:1"
PATHS = contract(PROPOSAL).record
many = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def there(element: etree._Element, source: str = OTHER) -> etree._Element:
    """An answer of the proposal, as a consumer of the national contract gets it."""
    return copied(Crossing(bridge(NATIONAL)).answer(copied(element), source))


def here(element: etree._Element, source: str = OTHER) -> etree._Element:
    """An answer of the national contract, as a consumer of the proposal gets it."""
    return copied(Crossing(bridge(PROPOSAL)).answer(copied(element), source))


def without(element: etree._Element, *tags: str) -> etree._Element:
    """A copy without all elements of some names, wherever they stand."""
    copy = deepcopy(element)
    for found in list(copy.iter(*tags)):
        parent = found.getparent()
        assert parent is not None
        parent.remove(found)
    return copy


def as_listed(element: etree._Element) -> etree._Element:
    """Without the extensions that the mapping lists as lost."""
    copy = deepcopy(element)
    places = [copy, *copy.iter(f"{{{CORE}}}time")]
    for place in places:
        for note in place.findall(EXTENSION):
            place.remove(note)
    return copy


@given(messages(PROPOSAL, "response"))
@many
def test_the_proposals_answer_comes_back_as_it_was(answer: etree._Element) -> None:
    assert_valid(PROPOSAL, answer)
    told = there(answer)
    assert_valid(NATIONAL, told)
    back = here(told)
    assert_valid(PROPOSAL, back)
    assert canonical(back) == canonical(as_listed(answer))


@given(messages(NATIONAL, "response"))
@many
def test_the_national_answer_comes_back_with_what_was_given_to_it(answer: etree._Element) -> None:
    assert_valid(NATIONAL, answer)
    told = here(answer, AGREED)  # of another source nothing would come back: see below
    assert_valid(PROPOSAL, told)
    back = there(told)
    assert_valid(NATIONAL, back)
    assert canonical(without(back, f"{{{CORE}}}recordId", f"{{{CORE}}}approvedForPatient")) == canonical(answer)


@given(messages(PROPOSAL, "request"))
@many
def test_the_proposals_question_comes_back_without_what_the_gateway_applies(question: etree._Element) -> None:
    assert_valid(PROPOSAL, question)
    crossing = Crossing(bridge(PROPOSAL))
    told = copied(crossing.question(copied(question)))
    assert_valid(NATIONAL, told)
    back = copied(Crossing(bridge(NATIONAL)).question(told))
    held = [f"{{{ns.namespace(str(question.tag))}}}{name}" for name in ("validityPeriod", "sourceSystemId")]
    assert canonical(back) == canonical(without(question, *held))
    kept = [] if crossing.asked is None else [child.tag for child in crossing.asked]
    assert kept == [child.tag for child in question if child.tag in held]


@given(messages(NATIONAL, "request"))
@many
def test_the_national_question_comes_back_as_it_was(question: etree._Element) -> None:
    assert_valid(NATIONAL, question)
    told = copied(Crossing(bridge(NATIONAL)).question(copied(question)))
    assert_valid(PROPOSAL, told)
    assert canonical(Crossing(bridge(PROPOSAL)).question(told)) == canonical(question)


def national(*changes: tuple[str, str]) -> etree._Element:
    """A national answer with every element, and texts at paths below the record replaced."""
    answer = full(NATIONAL, "response")
    for path, text in changes:
        for found in answer[0].findall("/".join(f"{{{NATIONAL_CORE}}}{name}" for name in path.split("/"))):
            found.text = text
    return answer


def record_id(answer: etree._Element) -> str:
    return answer[0].findtext(PATHS["id"], "")


@pytest.mark.parametrize(
    ("source", "approved"), [(OTHER, "false"), (AGREED, "true"), ("", "false"), (AGREED.lower(), "false")]
)
def test_approval_is_agreed_upon_or_missing_but_never_guessed(source: str, approved: str) -> None:
    told = here(without(national(), f"{{{CORE}}}approvedForPatient"), source)
    assert told[0].findtext(PATHS["approved"]) == approved


def test_the_source_is_the_one_called_and_not_the_one_that_the_record_names() -> None:
    told = here(national(("careManagerHeader/sourceSystemId/extension", AGREED)), OTHER)
    assert told[0].findtext(PATHS["source_system"]) == AGREED
    assert told[0].findtext(PATHS["approved"]) == "false"


def test_approval_that_the_source_sends_itself_counts() -> None:
    """As an extension, which is how it comes from a source that crosses a bridge elsewhere."""
    for sent in ("true", "false"):
        answer = national()
        header = answer[0].find(f".//{{{NATIONAL_CORE}}}accessControlHeader")
        etree.SubElement(header, f"{{{CORE}}}approvedForPatient").text = sent
        assert_valid(NATIONAL, answer)
        for source in (OTHER, AGREED):
            assert here(answer, source)[0].findtext(PATHS["approved"]) == sent


@pytest.mark.parametrize(
    ("text", "crosses"), [("true", True), ("1", True), (" true ", True), ("false", False), ("0", False)]
)
def test_what_the_patient_must_not_see_does_not_cross(text: str, crosses: bool) -> None:
    answer = full(PROPOSAL, "response")
    answer[0].find(PATHS["approved"]).text = text
    assert_valid(PROPOSAL, answer)
    crossing = Crossing(bridge(NATIONAL))
    told = crossing.answer(copied(answer), OTHER)
    assert len(told.findall(contract(NATIONAL).record_tag)) == crosses
    assert crossing.left["fixedContact"] == (not crosses)


def test_a_record_without_the_mark_does_not_cross_either() -> None:
    answer = without(full(PROPOSAL, "response"), f"{{{CORE}}}approvedForPatient")
    assert there(answer).findall(contract(NATIONAL).record_tag) == []


def test_the_record_id_is_the_source_and_a_digest_of_what_the_record_is() -> None:
    told = here(national(("careManagerHeader/sourceSystemId/extension", AGREED)))
    assert told[0].findtext(f"{{{CORE}}}fixedContactHeader/{{{CORE}}}recordId/{{{CORE}}}root") == "1.2.752.129.2.1.2.1"
    values = [AGREED, *["åäö"] * 9, "20240229"]
    expected = hashlib.sha256("".join(f"{value}\n" for value in values).encode()).hexdigest()[:32].upper()
    assert record_id(told) == f"{AGREED}:{expected}" == digest(values)


@pytest.mark.parametrize(
    "path",
    [
        "careManagerHeader/sourceSystemId/extension",
        "careManagerHeader/accessControlHeader/accountableHealthcareProviderId/extension",
        "careManagerHeader/accessControlHeader/accountableCareUnitId/extension",
        "careManagerHeader/accessControlHeader/patientId/extension",
        "careManagerHeader/accessControlHeader/careProcessId/extension",
        "code/code",
        "code/originalText",
        "practitioner/hsaId/extension",
        "careTeam/id/extension",
        "managingCareUnit/hsaId/extension",
        "period/start",
    ],
)
def test_another_contact_has_another_id(path: str) -> None:
    assert record_id(here(national((path, "20250101")))) != record_id(here(national()))


@pytest.mark.parametrize(
    "path",
    [
        "period/end",
        "internalNotes",
        "externalNotes",
        "practitioner/name",
        "code/displayName",
        "contact/telecom/value",
        "careManagerHeader/accessControlHeader/blockComparisonTime",
        "careTeam/name",
        "managingCareUnit/name",
    ],
)
def test_the_same_contact_keeps_its_id(path: str) -> None:
    changed = national((path, "20250101"))
    assert canonical(changed) != canonical(national())
    assert record_id(here(changed)) == record_id(here(national()))


def test_blanks_and_line_ends_in_a_value_do_not_count() -> None:
    spread = national(("practitioner/hsaId/extension", "  SE\n1  2 "))
    assert record_id(here(spread)) == record_id(here(national(("practitioner/hsaId/extension", "SE 1 2"))))


def test_values_do_not_flow_into_each_other() -> None:
    one = here(national(("code/code", "ab"), ("code/originalText", "c")))
    other = here(national(("code/code", "a"), ("code/originalText", "bc")))
    assert record_id(one) != record_id(other)


def test_ids_are_unique_within_an_answer() -> None:
    answer = national()
    answer.extend([copied(answer[0]), copied(answer[0])])
    told = here(answer)
    assert_valid(PROPOSAL, told)
    first, *more = [each.findtext(PATHS["id"]) for each in told]
    assert more == [f"{first}-2", f"{first}-3"]


def question(more: str) -> etree._Element:
    patient = "<q:patientId><c:root>1.2.752.129.2.1.3.1</c:root><c:extension>191212121212</c:extension></q:patientId>"
    responder = contract(PROPOSAL).descriptor.responder
    found = etree.fromstring(
        f'<q:GetFixedContacts xmlns:q="{responder}" xmlns:c="{CORE}">{patient}{more}</q:GetFixedContacts>'
    )
    assert_valid(PROPOSAL, found)
    return found


def starts(more: str) -> list[str | None]:
    """The first days of the records that a question leaves, of three: 2024, 2025 until its end, and 2026."""
    answer = national()
    for start, end in (("20250101", "20251231"), ("20260101", "")):
        answer.append(copied(answer[0]))
        period = answer[-1].find(f"{{{NATIONAL_CORE}}}period")
        period[0].text, period[1].text = start, end
        if not end:
            period.remove(period[1])
    crossing = Crossing(bridge(PROPOSAL))
    told = crossing.question(question(more))
    assert "validityPeriod" not in etree.tostring(told, encoding="unicode")
    found = crossing.answer(answer, OTHER)
    assert_valid(PROPOSAL, found)
    return [each.findtext(f"{{{CORE}}}period/{{{CORE}}}start") for each in found.findall(contract(PROPOSAL).record_tag)]


def period(start: str, end: str = "") -> str:
    close = f"<c:end>{end}</c:end>" if end else ""
    return f"<q:validityPeriod><c:start>{start}</c:start>{close}</q:validityPeriod>"


def source(name: str) -> str:
    return f"<q:sourceSystemId><c:root>1.2.752.129.2.1.4.1</c:root><c:extension>{name}</c:extension></q:sourceSystemId>"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ["20240229", "20250101", "20260101"]),
        (period("20240229", "20240229"), ["20240229"]),
        (period("20250601"), ["20250101", "20260101"]),
        (period("20251231", "20260101"), ["20250101", "20260101"]),
        (period("20240301", "20241231"), []),
        (source("åäö"), ["20240229", "20250101", "20260101"]),
        (source("SE-ANNAN"), []),
        (period("20260101") + source("åäö"), ["20260101"]),
    ],
)
def test_conditions_that_the_source_cannot_be_asked_for_are_applied_here(more: str, expected: list[str]) -> None:
    """The sample's end is its start, 20240229."""
    assert starts(more) == expected


def test_prefixes_of_extensions_stay_and_the_rest_are_the_usual_ones() -> None:
    responder = contract(NATIONAL).descriptor.responder
    text = (
        f'<urn:GetCareManagersResponse xmlns:urn="{responder}" xmlns:x="urn:x" xsi:schemaLocation="a b" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><urn:careManager><y:careManagerHeader '
        f'xmlns:y="{NATIONAL_CORE}" xsi:type="y:HeaderType"><y:sourceSystemId><y:root>1</y:root></y:sourceSystemId>'
        '<x:kind xsi:type="x:Kind">x:one</x:kind></y:careManagerHeader></urn:careManager></urn:GetCareManagersResponse>'
    )
    told = etree.tostring(Crossing(bridge(PROPOSAL)).answer(etree.fromstring(text), OTHER), encoding="unicode")
    assert told.startswith("<ns0:GetFixedContactsResponse ")
    assert 'xmlns:core="urn:riv:coreprocess:planning:coordinatedplanning:1"' in told
    assert 'xmlns:x="urn:x"' in told
    assert '<x:kind xsi:type="x:Kind">x:one</x:kind>' in told
    assert told.count("xmlns:core=") == 1
    assert "residentparticipation" not in told
    assert "HeaderType" not in told
    assert "schemaLocation" not in told


def test_order_is_the_new_schemas_also_after_extensions_and_comments() -> None:
    answer = national()
    header = answer[0].find(f"{{{NATIONAL_CORE}}}careManagerHeader")
    etree.SubElement(header, f"{{{CORE}}}recordId").append(etree.fromstring(f'<r:root xmlns:r="{CORE}">1.2.3</r:root>'))
    header.insert(0, etree.Comment("först"))
    assert_valid(NATIONAL, answer)
    told = here(answer)
    assert_valid(PROPOSAL, told)
    assert record_id(told) == ""
    assert [ns.local(str(each.tag)) for each in told[0][0].iterchildren("*")][-2:] == ["recordId", "note"]


def test_extensions_in_the_targets_own_namespace_cannot_travel() -> None:
    """``##other`` would make them invalid, or worse, pass for elements of the contract."""
    answer = full(PROPOSAL, "response")
    etree.SubElement(answer[0], f"{{{NATIONAL_CORE}}}internalNotes").text = "hemligt"
    assert_valid(PROPOSAL, answer)
    crossing = Crossing(bridge(NATIONAL))
    told = crossing.answer(copied(answer), OTHER)
    assert_valid(NATIONAL, told)
    assert "hemligt" not in etree.tostring(told, encoding="unicode")
    assert crossing.left["internalNotes"] == 1


def test_an_empty_answer_is_an_empty_answer() -> None:
    empty = etree.Element(contract(NATIONAL).response_tag)
    told = here(empty)
    assert_valid(PROPOSAL, told)
    assert len(told) == 0
