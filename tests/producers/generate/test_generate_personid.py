"""Person ids: forms and check digits."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.producers.generate import personid
from gateway.producers.generate.personid import NRID, PERSONNUMMER, RESERVE_STOCKHOLM, SAMORDNINGSNUMMER


@given(st.text("0123456789", min_size=1, max_size=14))
def test_the_check_digit_is_the_only_one_that_passes(digits: str) -> None:
    right = personid.luhn_digit(digits)
    assert [check for check in range(10) if personid.luhn_ok(f"{digits}{check}")] == [right]


@pytest.mark.parametrize(
    "number",
    ["191212121212", "198611062384", "192011189228", "194911172296", "188803099368", "191001229812"],
)
def test_the_national_personas_have_valid_numbers(number: str) -> None:
    assert personid.valid(number, PERSONNUMMER)


@pytest.mark.parametrize(
    "number",
    ["191212121213", "19121212121", "196702291234", "7601011212", "191213121212", "1912-1212121"],
)
def test_broken_numbers_are_refused(number: str) -> None:
    assert not personid.valid(number, PERSONNUMMER)


@given(
    st.dates(date(1900, 1, 1), date(2026, 11, 24)),
    st.booleans(),
)
def test_numbers_lie_in_the_series_for_tests(born: date, woman: bool) -> None:
    number = personid.personnummer(born, woman)
    assert personid.is_test_number(number, PERSONNUMMER)
    assert personid.birth_date(number) == born
    assert int(number[10]) % 2 == (0 if woman else 1)


def test_several_born_the_same_day_get_different_numbers() -> None:
    born = date(1946, 2, 3)
    assert len({personid.personnummer(born, True, serial) for serial in range(5)}) == 5
    with pytest.raises(ValueError, match="0-4"):
        personid.personnummer(born, True, 5)
    with pytest.raises(ValueError, match="no further"):
        personid.personnummer(date(1990, 1, 1), True, 1)


def test_a_samordningsnummer_adds_sixty_to_the_day() -> None:
    number = personid.samordningsnummer(date(1987, 3, 3), woman=False)
    assert number[:8] == "19870363"
    assert personid.is_test_number(number, SAMORDNINGSNUMMER)
    assert not personid.valid(number, PERSONNUMMER)
    assert personid.birth_date(number) == date(1987, 3, 3)


def test_an_ordinary_number_is_no_test_number() -> None:
    body = "19780202123"
    number = f"{body}{personid.luhn_digit(body[2:])}"
    assert personid.valid(number, PERSONNUMMER)
    assert not personid.is_test_number(number, PERSONNUMMER)


@pytest.mark.parametrize(("born", "start"), [(date(1985, 7, 14), "22850714"), (date(2003, 4, 4), "23030404")])
def test_a_nrid_writes_the_century_three_higher(born: date, start: str) -> None:
    number = personid.nrid(born, "WA".translate(personid.NRID_LETTERS), 1, 4)
    assert number.startswith(start)
    assert personid.valid(number, NRID)
    assert personid.birth_date(number) == born


def test_a_nrid_holds_no_letter_that_looks_like_another() -> None:
    assert not personid.valid("22850714IA14", NRID)
    assert set("IOQVW".translate(personid.NRID_LETTERS)).isdisjoint("IOQVW")


@pytest.mark.parametrize("number", ["991981000010", "991945000023", "991993000032"])
def test_the_check_digit_of_stockholm_agrees_with_its_published_numbers(number: str) -> None:
    assert personid.luhn_ok(number[4:])


def test_a_stockholm_reserve_number_holds_no_birth_date() -> None:
    number = personid.stockholm_reserve(2026, 1960)
    assert personid.valid(number, RESERVE_STOCKHOLM)
    assert personid.birth_date(number) is None


@pytest.mark.parametrize(("number", "right"), [("2321000065", True), ("2321000066", False), ("2301000065", True)])
def test_organisation_numbers(number: str, right: bool) -> None:
    assert personid.organisation_number_ok(number) is (right and personid.luhn_ok(number))
