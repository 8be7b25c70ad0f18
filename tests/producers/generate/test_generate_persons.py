"""The persons, and those among them who show something."""

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from generate_samples import Found

from gateway.producers.generate import demo_person
from gateway.producers.generate.dates import age_on
from gateway.producers.generate.personid import (
    NRID,
    PERSONNUMMER,
    RESERVE_STOCKHOLM,
    SAMORDNINGSNUMMER,
    is_test_number,
    valid,
)
from gateway.producers.generate.templates import stories

Rows = list[dict[str, str]]


def _age(row: dict[str, str]) -> int:
    return age_on(date.fromisoformat(row["birth_date"]))


def test_every_id_is_valid_and_meant_for_tests(persons: Rows) -> None:
    for row in persons:
        assert valid(row["patient_id"], row["id_type"]), row
        if row["id_type"] in (PERSONNUMMER, SAMORDNINGSNUMMER):
            assert is_test_number(row["patient_id"], row["id_type"]), row
    assert len({row["patient_id"] for row in persons}) == len(persons) >= 220


def test_every_kind_of_id_occurs(persons: Rows) -> None:
    kinds = Counter(row["id_type"] for row in persons)
    assert kinds[SAMORDNINGSNUMMER] >= 5
    assert kinds[NRID] >= 2
    assert kinds[RESERVE_STOCKHOLM] >= 2
    assert set(kinds) == {PERSONNUMMER, SAMORDNINGSNUMMER, NRID, RESERVE_STOCKHOLM}


def test_sex_and_birth_date_follow_from_the_number(persons: Rows) -> None:
    for row in persons:
        if row["id_type"] == PERSONNUMMER:
            assert row["birth_date"].replace("-", "") == row["patient_id"][:8]
            assert row["sex"] == ("M" if int(row["patient_id"][10]) % 2 else "K")


def test_all_ages_occur(persons: Rows) -> None:
    ages = [_age(row) for row in persons]
    assert min(ages) == 0
    assert max(ages) == 100
    for low, high in ((0, 12), (13, 15), (16, 17), (18, 39), (40, 64), (65, 79), (80, 100)):
        assert sum(low <= age <= high for age in ages) >= 3, (low, high)


def test_persons_live_in_every_region_and_more_where_more_live(persons: Rows) -> None:
    homes = Counter(row["home_county"] for row in persons)
    assert len(homes) == 21
    assert min(homes.values()) >= 7
    assert homes["01"] > homes["09"]


def test_children_have_a_guardian_of_the_same_family(persons: Rows) -> None:
    by_id = {row["patient_id"]: row for row in persons}
    children = [row for row in persons if _age(row) < 18]
    guarded = [row for row in children if row["guardian"]]
    assert len(guarded) > 0.85 * len(children)
    for row in guarded:
        guardian = by_id[row["guardian"]]
        assert guardian["name"].split()[-1] == row["name"].split()[-1]
        assert _age(guardian) >= 18
    assert not [row for row in persons if row["guardian"] and _age(row) >= 18]


def test_every_story_is_somebody_s(persons: Rows) -> None:
    told = {row["story"] for row in persons}
    assert told == {story.title for story in stories().values() if not story.addition}
    assert len(told) >= 16


def test_the_demo_person(persons: Rows, ordinary: list[Found], scenarios: list[dict[str, Any]]) -> None:
    first = persons[0]
    assert (first["patient_id"], first["name"]) == (demo_person(), "Gun-Britt Åkesson")
    assert (first["home_county"], first["municipality"], _age(first)) == ("07", "0780", 85)
    mine = [record for record in ordinary if record.patient == demo_person()]
    slugs = {record.slug for record in mine}
    assert slugs == {"07-kronoberg", "0780-vaxjo", "06-jonkoping", "12-skane", "08-kalmar"}
    assert {record.contract for record in mine} == {
        "GetFixedContacts_1.0",
        "GetDocumentedAgreements_1.0",
        "GetCarePlans_2.0",
    }
    assert [record for record in mine if not record.approved]
    assert [record for record in mine if record.text("internalNotes")]
    assert [(row["producer"], row["outcome"]) for row in scenarios if row["person"] == demo_person()] == [
        ("SE2321000073-RIVTA08", "reset")
    ]


def test_the_main_agreement_of_the_demo_person_may_be_shown(ordinary: list[Found]) -> None:
    shown = [
        record.text("title")
        for record in ordinary
        if record.patient == demo_person() and record.approved and record.text("status") == "ACTIVE"
    ]
    assert "Överenskommelse: hjärtsvikt och KOL" in shown


def test_the_age_rules_can_be_shown_with_one_family(persons: Rows) -> None:
    family = {_age(row): row for row in persons if row["name"].endswith("Ekström") and row["guardian"]}
    assert {8, 14, 17} <= set(family)
    assert len({family[age]["guardian"] for age in (8, 14, 17)}) == 1


def test_somebody_has_a_protected_identity(persons: Rows) -> None:
    assert [row["name"] for row in persons if row["protected"] == "true"] == ["Elin Falk"]


def test_reserve_numbers_only_have_care_plans_in_their_own_region(persons: Rows, ordinary: list[Found]) -> None:
    held = defaultdict(set)
    for record in ordinary:
        held[record.patient].add((record.slug, record.contract))
    for row in persons:
        if row["id_type"] == RESERVE_STOCKHOLM:
            assert held[row["patient_id"]] == {("01-stockholm", "GetCarePlans_2.0")}


def test_the_readme_lists_whoever_shows_something(
    fixtures: Path, persons: Rows, scenarios: list[dict[str, Any]]
) -> None:
    text = (fixtures / "README.md").read_text("utf-8")
    known = {row["patient_id"] for row in persons}
    for person in {row["person"] for row in scenarios} & known | {demo_person()}:
        assert person in text
