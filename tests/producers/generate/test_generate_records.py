"""What the records say: identifiers, dates, links, notes and texts."""

import base64
import re
from collections import Counter, defaultdict
from datetime import datetime

import pytest
from generate_samples import Found
from lxml import etree

from gateway.producers.generate import codes, personid
from gateway.producers.generate.names import Names
from gateway.producers.generate.places import Places

REGIONS = ["01", "03", "04", "05", "06", "07", "08", "09", "10", "12", "13"]
REGIONS += ["14", "17", "18", "19", "20", "21", "22", "23", "24", "25"]
PHONE = re.compile(r"070-174 06 (0[5-9]|[1-9]\d)|08-465 004 \d\d|031-390 06 \d\d|040-628 04 \d\d|0980-319 2\d\d")
REFERENCE = "20261124"


def _find(records: list[Found], path: str) -> list[str]:
    return [element.text or "" for record in records for element in record.all(path)]


def test_record_ids_are_unique(records: list[Found]) -> None:
    ids = Counter(record.record_id for record in records)
    assert [name for name, count in ids.items() if count > 1] == []
    assert all(record.record_id.startswith(f"{record.source}:") for record in records)


def test_every_record_lies_with_its_source(ordinary: list[Found]) -> None:
    source_of = {producer.slug: producer.hsa_id for producer in Places(1, Names()).producers}
    assert {record.slug for record in ordinary} == set(source_of)
    assert [record for record in ordinary if record.source != source_of[record.slug]] == []


def test_the_accountable_provider_is_the_source_s_own(ordinary: list[Found]) -> None:
    for record in ordinary:
        path = (
            "carePlanHeader/accountableHealthcareProfessional/healthcareProfessionalCareGiverHSAId"
            if record.is_plan
            else f"{record.header}/accessControlHeader/accountableHealthcareProviderId/extension"
        )
        assert record.text(path) == record.source.split("-RIVTA")[0]


def test_every_region_knows_at_least_eight_persons(ordinary: list[Found]) -> None:
    persons = defaultdict(set)
    for record in ordinary:
        persons[record.slug.split("-")[0]].add(record.patient)
    assert {code: len(persons[code]) for code in REGIONS if len(persons[code]) < 8} == {}


def test_many_persons_are_known_to_several_producers(ordinary: list[Found]) -> None:
    producers = defaultdict(set)
    for record in ordinary:
        producers[record.patient].add(record.source)
    assert sum(1 for sources in producers.values() if len(sources) >= 2) > len(producers) / 2
    assert max(len(sources) for sources in producers.values()) >= 4


def test_municipalities_name_the_home_care_contact(ordinary: list[Found]) -> None:
    slugs = {record.slug for record in ordinary if record.text("code/code") == "3"}
    assert slugs == {"0780-vaxjo", "0781-ljungby", "1480-goteborg"}


def test_at_most_one_physician_in_primary_care_per_person(ordinary: list[Found]) -> None:
    physicians = Counter(record.patient for record in ordinary if record.text("code/code") == "2")
    assert physicians
    assert max(physicians.values()) == 1


def test_every_kind_of_contact_status_and_plan_occurs(ordinary: list[Found]) -> None:
    assert set(_find(ordinary, "code/code")) == {"1", "2", "3", "4"}
    assert "Kontaktsjuksköterska" in _find(ordinary, "code/originalText")
    assert set(_find(ordinary, "status")) == {"PROPOSED", "ACTIVE", "COMPLETED", "REVOKED"}
    assert set(_find(ordinary, "agreedItem/status")) == {"PLANNED", "ONGOING", "DONE", "CANCELLED"}
    parties = {"PATIENT", "RELATIVE", "CARE", "SOCIAL_CARE"}
    assert set(_find(ordinary, "agreedItem/responsibleParty")) == parties
    kinds = {"SIP", "SPLPTLRV", "SPU", "VP", "HP", "RP", "GP", "SVP"}
    assert set(_find(ordinary, "carePlanBody/typeOfCarePlanEnum")) == kinds


def test_a_coded_value_has_either_a_code_or_original_text(records: list[Found]) -> None:
    """Rule of the national CVType: code with system and display name, or original text alone."""
    for record in records:
        for original in record.element.iter("{*}originalText"):
            parent = original.getparent()
            assert parent is not None
            assert len(parent) == 1
        for code in record.element.iter("{*}codeSystem"):
            parent = code.getparent()
            assert parent is not None
            assert [etree.QName(child).localname for child in parent] == ["code", "codeSystem", "displayName"]


def test_persons_have_ended_and_ongoing_records(ordinary: list[Found], persons: list[dict[str, str]]) -> None:
    statuses = defaultdict(set)
    for record in ordinary:
        statuses[record.patient].add(record.text("status"))
    indexed = [row["patient_id"] for row in persons if row["id_type"] == personid.PERSONNUMMER]
    several = [person for person in indexed if len(statuses[person] - {""}) >= 2]
    assert len(several) > 0.9 * len(indexed)
    ended = sum(1 for record in ordinary if "" < record.text("period/end") < REFERENCE)
    assert 200 < ended < sum(1 for record in ordinary if record.text("period/start")) / 2


def test_about_one_in_eight_is_not_approved_for_the_patient(ordinary: list[Found]) -> None:
    share = sum(not record.approved for record in ordinary) / len(ordinary)
    assert 0.1 < share < 0.15


def test_what_is_withheld_has_a_reason(ordinary: list[Found]) -> None:
    for record in ordinary:
        if record.is_plan:
            reason = "Visas inte för patienten" in _content(record)
        else:
            reason = "Ej godkänd att visas" in record.text("internalNotes")
        assert reason is not record.approved


def test_external_notes_never_repeat_what_is_internal(ordinary: list[Found]) -> None:
    for record in ordinary:
        internal, external = record.text("internalNotes"), record.text("externalNotes")
        assert "Ej godkänd" not in external
        assert not internal or internal != external


def _content(record: Found) -> str:
    return base64.b64decode(record.text("carePlanBody/content/value"), validate=True).decode("utf-8")


def test_care_plans_tell_status_and_goals(ordinary: list[Found]) -> None:
    plans = [record for record in ordinary if record.is_plan]
    for plan in plans:
        content = _content(plan)
        assert content.startswith("Status: ")
        assert "Mål" in content or "mål" in content
        assert len(content.encode()) < 100_000
        assert plan.text("carePlanHeader/documentTitle")
        assert not plan.all("carePlanHeader/nullified")


def test_care_plans_can_be_shown_to_staff(records: list[Found]) -> None:
    """The fields without which a staff view (NPÖ) shows nothing."""
    who = "carePlanHeader/accountableHealthcareProfessional"
    for plan in (record for record in records if record.is_plan):
        for path in ("HSAId", "Name", "OrgUnit/orgUnitHSAId", "OrgUnit/orgUnitName", "CareUnitHSAId"):
            assert plan.text(f"{who}/healthcareProfessional{path}"), path
        assert plan.all(f"{who}/healthcareProfessionalRoleCode")


def test_care_plan_times_are_in_order(records: list[Found]) -> None:
    signed = 0
    for plan in (record for record in records if record.is_plan):
        signature = plan.text("carePlanHeader/legalAuthenticator/signatureTime")
        signed += bool(signature)
        times = [plan.text("carePlanHeader/documentTime"), plan.time] + ([signature] if signature else [])
        assert times == sorted(times)
    assert 0 < signed < sum(record.is_plan for record in records)


@pytest.mark.parametrize("length", [8, 14])
def test_dates_are_days_of_the_calendar(records: list[Found], length: int) -> None:
    pattern = "%Y%m%d" if length == 8 else "%Y%m%d%H%M%S"
    names = {"start", "end", "agreementDate"} if length == 8 else set()
    names |= {"blockComparisonTime", "plannedTime", "documentTime", "authorTime", "signatureTime"}
    checked = 0
    for record in records:
        for element in record.element.iter(*(f"{{*}}{name}" for name in names)):
            if len(element.text or "") == length:
                datetime.strptime(element.text or "", pattern)
                checked += 1
    assert checked > 1000


def test_records_were_made_in_the_past_and_on_working_days(records: list[Found]) -> None:
    for record in records:
        assert record.time < f"{REFERENCE}235959"
        assert datetime.strptime(record.time, "%Y%m%d%H%M%S").weekday() < 5


def test_periods_do_not_end_before_they_start(records: list[Found]) -> None:
    checked = 0
    for record in records:
        for end in record.element.iter("{*}end"):
            parent = end.getparent()
            assert parent is not None
            start = parent.findtext("{*}start") or ""
            assert start <= (end.text or "")
            checked += 1
    assert checked > 1000


def test_no_element_is_empty(records: list[Found]) -> None:
    for record in records:
        for element in record.element.iter("*"):
            assert len(element) or (element.text or "").strip(), element.tag


def test_links_lead_to_records_of_the_same_person(ordinary: list[Found]) -> None:
    known = {record.record_id: record for record in ordinary}
    kinds = {
        "FIXED_CONTACT": "GetFixedContacts_1.0",
        "DOCUMENTED_AGREEMENT": "GetDocumentedAgreements_1.0",
        "CARE_PLAN": "GetCarePlans_2.0",
    }
    without_plans = {personid.NRID}
    counted: Counter[str] = Counter()
    for record in ordinary:
        for relation in record.all("relation"):
            kind = relation.findtext("{*}objectType") or ""
            target = relation.findtext("{*}objectId/{*}extension") or ""
            counted[kind] += 1
            if kind == "BOOKED_TIME":
                assert relation.findtext("{*}plannedTime")
                continue
            if kind == "CARE_PLAN" and record.patient_type in without_plans:
                continue
            found = known[target]
            assert (found.patient, found.contract) == (record.patient, kinds[kind])
            assert relation.findtext("{*}sourceSystemId/{*}extension") == found.source
    assert min(counted[kind] for kind in (*kinds, "BOOKED_TIME")) > 50


def test_links_cross_from_one_producer_to_another(ordinary: list[Found]) -> None:
    foreign = [
        record
        for record in ordinary
        for source in record.all("relation/sourceSystemId/extension")
        if source.text != record.source
    ]
    assert len(foreign) > 10


def test_a_booked_time_is_the_next_step(ordinary: list[Found]) -> None:
    booked = 0
    for record in ordinary:
        for relation in record.all("relation"):
            if relation.findtext("{*}objectType") == "BOOKED_TIME":
                assert relation.findtext("{*}plannedTime") == record.text("nextStep/plannedTime")
                booked += 1
    assert booked > 100


def test_agreements_say_what_matters_who_does_what_and_whom_to_turn_to(ordinary: list[Found]) -> None:
    agreements = [record for record in ordinary if record.contract.startswith("GetDocumented")]
    for agreement in agreements:
        assert agreement.text("whatMattersToPatient")
        ids = [element.text for element in agreement.all("agreedItem/itemId")]
        assert ids == [str(number) for number in range(1, len(ids) + 1)]
        if agreement.text("status") == "ACTIVE":
            assert agreement.text("nextStep/text")
            assert agreement.all("turnTo")


def test_telephone_numbers_are_fictional(records: list[Found]) -> None:
    unit = "carePlanHeader/accountableHealthcareProfessional/healthcareProfessionalOrgUnit"
    places = ("contact/telecom/value", "turnTo/contact/telecom/value", f"{unit}/orgUnitTelecom")
    numbers = {number for path in places for number in _find(records, path)}
    assert numbers
    assert [number for number in numbers if not PHONE.fullmatch(number)] == []


def test_hours_of_service_name_days_and_times(ordinary: list[Found]) -> None:
    days = set(_find(ordinary, "contact/telecom/period/weekDay"))
    assert {"Monday", "Sunday"} <= days
    starts = _find(ordinary, "contact/telecom/period/time/start")
    assert starts
    assert all(re.fullmatch(r"[0-2]\d[0-5]\d00", start) for start in starts)


def test_hsa_ids_hold_the_producer_s_organisation_number(ordinary: list[Found]) -> None:
    form = re.compile(r"SE(\d{10})(-[VPT]\d{4}|-RIVTA\d{2}|-RIVTA\d{4})?")
    for record in ordinary:
        for root in record.element.iter("{*}root"):
            if root.text == codes.HSA_ID:
                parent = root.getparent()
                assert parent is not None
                match = form.fullmatch(parent.findtext("{*}extension") or "")
                assert match
                assert personid.organisation_number_ok(match[1])


def test_no_placeholder_is_left(records: list[Found]) -> None:
    for record in records:
        text = "".join(record.element.itertext()) + (_content(record) if record.is_plan else "")
        assert "{" not in text


def test_swedish_letters_are_written(ordinary: list[Found]) -> None:
    text = " ".join(_find(ordinary, "externalNotes"))
    assert {"å", "ä", "ö"} <= set(text)
