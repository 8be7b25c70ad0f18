"""``gateway.observe.mask``: no person's id gets into a log or an error text, and nothing else is lost."""

import csv
import string
import uuid

import pytest
from gateway_samples import ROOT
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.observe.mask import MASK, mask

with (ROOT / "fixtures" / "persons.csv").open(encoding="utf-8", newline="") as file:
    TEST_PERSONS = [row["patient_id"] for row in csv.DictReader(file, delimiter=";")]
with (ROOT / "routing" / "producers.toml").open(encoding="utf-8") as file:
    ADDRESSES = [line.split('"')[1] for line in file if line.startswith("logical_address")]
WITH_CENTURY = [person for person in TEST_PERSONS if person.isdigit() and person[:2] in ("18", "19", "20")]


@pytest.mark.parametrize("person", TEST_PERSONS)
def test_every_test_person_is_masked(person: str) -> None:
    assert mask(f"patient {person}, källa") == f"patient {MASK}, källa"
    assert mask(person) == MASK


@pytest.mark.parametrize(
    "written",
    [
        "191212121212",
        "19121212-1212",
        "19121212+1212",
        "121212-1212",
        "121212+1212",
        "1212121212",
        "121212121212",
        "197010632391",
        "701063-2391",
        "19991231A123",
        "200001012384",
        "991212121212",
        "70001234AB12",
    ],
)
@pytest.mark.parametrize("around", ["{}", "({})", "'{}'", ">{}<", "={}&", "id:{}.", "\n{}\n", "/{}/", "å{}ö", "_{}_"])
def test_ids_in_every_common_way_of_writing(written: str, around: str) -> None:
    """Skatteverket: personnummer and samordningsnummer, ten or twelve digits, hyphen or plus; reserve numbers."""
    assert mask(around.format(written)) == around.format(MASK)


EDGES = st.text(st.characters(codec="utf-8"), max_size=8)


@given(EDGES, st.sampled_from(WITH_CENTURY), EDGES)
@example("2024-", "191212121212", "")
@example("SE5565594230-", "191212121212", "")
@example("x", "191212121212", "y")
@example("", "191212121212", "-1234-")
def test_a_test_person_survives_in_no_text(before: str, person: str, after: str) -> None:
    """Only as a part of a longer number, which is then no person's id."""
    longer = before[-1:] in tuple(string.digits) or after[:1] in tuple(string.digits)
    assert longer or person not in mask(f"{before}{person}{after}")


@given(st.lists(st.sampled_from(WITH_CENTURY), max_size=5), st.sampled_from([" ", ",", ";", "\n", "/", "-", " och "]))
def test_several_in_one_text(persons: list[str], between: str) -> None:
    assert mask(between.join(persons)) == between.join([MASK] * len(persons))


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_logical_addresses_of_the_project_stay(address: str) -> None:
    assert mask(f"receiverId: {address}") == f"receiverId: {address}"


SUFFIX = st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=8)


@given(st.integers(2_000_000_000, 9_999_999_999).filter(lambda number: str(number)[2] >= "2"), SUFFIX)
def test_hsa_ids_stay(organisation: int, suffix: str) -> None:
    """HSA-id: SE, an organisation number (third digit at least 2), a hyphen and a serial part."""
    address = f"SE{organisation}-{suffix}"
    assert mask(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "232100-0016",
        "2321000016",
        "5565594230",
        "TSTNMT2321000156-B02",
        "SE0000000001-1234",
        "20250101120000",
        "2025-01-01T12:00:00.123+01:00",
        "1.2.752.129.2.1.3.1",
        "127.0.0.1:8080",
        "urn:riv:clinicalprocess:logistics:logistics:GetCarePlansResponder:2",
        "15728640",
        "line 12, column 345",
        "",
    ],
)
def test_what_is_no_person_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "identity", ["12345678-1234-4abc-9def-0123456789ab", "abcdef01-0000-4000-8000-191212121212", str(uuid.UUID(int=0))]
)
def test_a_uuid_stays_even_when_its_groups_are_digits(identity: str) -> None:
    """The correlation id is what the support desk asks for."""
    assert mask(identity) == identity
    assert mask(f"trace {identity}, person 191212121212") == f"trace {identity}, person {MASK}"


@given(st.uuids())
def test_any_uuid_stays(identity: uuid.UUID) -> None:
    assert mask(str(identity)) == str(identity)


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)
