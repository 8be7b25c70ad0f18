"""``gateway.consumers.rules`` and ``access``: what 1177 and NPÖ may show."""

from datetime import date

import pytest
from gateway_samples import NAMES, answer_message, body_of, contract, record
from lxml import etree

from gateway.consumers.access import barred
from gateway.consumers.rules import RULES, apply

NOTES = "<core:internalNotes>internt</core:internalNotes>"


def response(name: str, *records: str) -> etree._Element:
    return body_of(answer_message(name, *records))


def plain(name: str, identity: str = "1", *, approved: str = "true", unit: str = "U", giver: str = "G") -> str:
    """A record with the facts that the rules look at."""
    text = record(name, "S", identity)
    text = text.replace(">true</core:approvedForPatient>", f">{approved}</core:approvedForPatient>")
    if name == "GetCarePlans":
        who = (
            f"<core:healthcareProfessionalCareUnitHSAId>{unit}</core:healthcareProfessionalCareUnitHSAId>"
            f"<core:healthcareProfessionalCareGiverHSAId>{giver}</core:healthcareProfessionalCareGiverHSAId>"
        )
        return text.replace("</core:authorTime>", f"</core:authorTime>{who}")
    own = f"<core:root>1</core:root><core:extension>{unit}</core:extension>"
    end = "</core:accountableHealthcareProviderId>"
    text = text.replace(end, f"{end}<core:accountableCareUnitId>{own}</core:accountableCareUnitId>")
    return text.replace("SE2321000065-GIVER", giver)


def ids(name: str, element: etree._Element) -> list[str]:
    known = contract(name)
    return [each.findtext(known.record["id"], "") for each in element.iterchildren(known.record_tag)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("approved", "shown"), [("true", True), ("1", True), ("false", False), ("0", False), (" true ", True)]
)
def test_1177_shows_what_the_patient_may_see(name: str, approved: str, shown: bool) -> None:
    """Contract description of GetCarePlans, rule R1: only what the information owner has approved."""
    answer = response(name, plain(name, "1", approved=approved), plain(name, "2"))
    view = apply("1177", contract(name), answer)
    assert ids(name, answer) == (["1", "2"] if shown else ["2"])
    assert len(view.records) == (2 if shown else 1)
    assert view.held_back == (() if shown else (("not-approved", 1),))


@pytest.mark.parametrize("name", NAMES)
def test_1177_never_shows_internal_notes(name: str) -> None:
    known = contract(name)
    answer = response(name, plain(name))
    (item,) = answer.iterchildren(known.record_tag)
    for path in known.internal:
        parent = item
        for tag in path.replace("/{", "\n{").split("\n"):
            parent = etree.SubElement(parent, tag)
        parent.text = "internt"
    assert ("internt" in "".join(item.itertext())) == bool(known.internal)
    (shown,) = apply("1177", known, answer).records
    assert "internt" not in "".join(shown.itertext())
    assert not any(shown.findall(path) for path in known.internal)


def test_npo_shows_internal_notes() -> None:
    name = "GetFixedContacts"
    answer = response(name, plain(name).replace("</core:period>", f"</core:period>{NOTES}"))
    (shown,) = apply("npo", contract(name), answer).records
    assert "internt" in "".join(shown.itertext())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("unit", "giver", "shown"), [("U", "G", True), ("", "G", False), ("U", "", False), (" ", "G", False)]
)
def test_npo_needs_care_unit_and_care_giver(name: str, unit: str, giver: str, shown: bool) -> None:
    """Contract description of GetCarePlans, Regel 1: access control in the staff's view needs both ids."""
    answer = response(name, plain(name, "1", unit=unit, giver=giver), plain(name, "2", approved="false"))
    view = apply("npo", contract(name), answer)
    assert ids(name, answer) == (["1", "2"] if shown else ["2"])
    assert view.held_back == (() if shown else (("no-unit", 1),))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("alias", ["vendor", "nobody", "", "1178"])
def test_others_see_what_was_answered(name: str, alias: str) -> None:
    answer = response(name, plain(name, "1", approved="false", unit=""), plain(name, "2"))
    view = apply(alias, contract(name), answer)
    assert (ids(name, answer), view.held_back, len(view.records)) == (["1", "2"], (), 2)


@pytest.mark.parametrize("alias", [*RULES, "vendor"])
def test_an_empty_answer(alias: str) -> None:
    view = apply(alias, contract("GetCarePlans"), response("GetCarePlans"))
    assert (view.records, view.held_back) == ((), ())


def test_what_is_no_record_is_left_alone() -> None:
    answer = response("GetCarePlans", plain("GetCarePlans", approved="false"))
    apply("1177", contract("GetCarePlans"), answer)
    assert [etree.QName(each).localname for each in answer] == ["result"]


TODAY = date(2025, 6, 15)


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ("191212121212", None),
        ("201206160000", None),
        ("201206150000", "in-between"),
        ("201206140000", "in-between"),
        ("200906160000", "in-between"),
        ("200906150000", None),
        ("200906140000", None),
        ("202506150000", None),
        ("197010612391", "no-login"),
        ("200001012AB1", "no-login"),
        ("992026019604", "no-login"),
    ],
)
def test_whose_record_1177_opens(person: str, reason: str | None) -> None:
    """Practice of the regions: a guardian until the 13th birthday, the person from the 16th."""
    assert barred(person, TODAY) == reason


@pytest.mark.parametrize(("today", "reason"), [(date(2025, 2, 28), None), (date(2025, 3, 1), "in-between")])
def test_a_birthday_on_the_leap_day(today: date, reason: str | None) -> None:
    assert barred("201202290000", today) == reason
