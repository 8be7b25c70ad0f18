"""Identities and dates, one value at a time. Numbers are published test numbers or computed by the published rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.messages import identities

PERSON, COORDINATION, NRID = "1.2.752.129.2.1.3.1", "1.2.752.129.2.1.3.3", "1.2.752.74.9.1"
STOCKHOLM, VGR = "1.2.752.97.3.1.3", "1.2.752.113.11.0.2.1.1.1"
HSA, ORGANISATION, LOCAL = "1.2.752.129.2.1.4.1", "2.5.4.97", "1.2.752.129.2.1.2.1"


@pytest.mark.parametrize(
    ("system", "value"),
    [
        *((PERSON, each) for each in ("191212121212", "194911172296", "188803099368", "200001052380", "200512312398")),
        (COORDINATION, "198611622384"),
        (COORDINATION, "198600602386"),
        (NRID, "22890512AB1X"),
        (STOCKHOLM, "991981000010"),
        (STOCKHOLM, "992004391013"),
        (VGR, "19810829M071"),
        (VGR, "19450829K088"),
        (VGR, "19930829X802"),
        (HSA, "SE2321000065-RIVTA07"),
        (HSA, "SE2321000065"),
        (HSA, "SE162321000065-1A2B"),
        (ORGANISATION, "2321000065"),
        (ORGANISATION, "5565594230"),
        (LOCAL, "vad som helst"),
        ("1.2.3", "vad som helst"),
    ],
)
def test_good_identities(system: str, value: str) -> None:
    if system == COORDINATION:
        value = value[:11] + next(digit for digit in "0123456789" if identities.luhn(value[2:11] + digit))
    assert identities.identity(system, value) is None


@pytest.mark.parametrize(
    ("system", "value", "rule"),
    [
        (PERSON, "191212121213", "RIVTA-SEM-001"),
        (PERSON, "191212121221", "RIVTA-SEM-001"),
        (PERSON, "1212121212", "RIVTA-SEM-002"),
        (PERSON, "19121212-1212", "RIVTA-SEM-002"),
        (PERSON, "19121212+212", "RIVTA-SEM-002"),
        (PERSON, "１９１２１２１２１２１２", "RIVTA-SEM-002"),
        (PERSON, "191213121219", "RIVTA-SEM-002"),
        (PERSON, "191202301212", "RIVTA-SEM-002"),
        (PERSON, "198611622384", "RIVTA-SEM-002"),
        (PERSON, "", "RIVTA-SEM-002"),
        (COORDINATION, "191212121212", "RIVTA-SEM-002"),
        (COORDINATION, "198613622384", "RIVTA-SEM-002"),
        (COORDINATION, "198611922384", "RIVTA-SEM-002"),
        (COORDINATION, "198611622389", "RIVTA-SEM-001"),
        (NRID, "22890512IO1X", "RIVTA-SEM-002"),
        (STOCKHOLM, "991981000011", "RIVTA-SEM-001"),
        (STOCKHOLM, "981981000010", "RIVTA-SEM-002"),
        (VGR, "19810829M072", "RIVTA-SEM-001"),
        (VGR, "19810829A071", "RIVTA-SEM-002"),
        (HSA, "se2321000065-rivta07", "RIVTA-SEM-003"),
        (HSA, "SE232100006-X", "RIVTA-SEM-003"),
        (HSA, "SE2321000065-", "RIVTA-SEM-003"),
        (HSA, "SE2321000065-" + "A" * 20, "RIVTA-SEM-003"),
        (ORGANISATION, "2321000066", "RIVTA-SEM-004"),
        (ORGANISATION, "1212121212", "RIVTA-SEM-004"),
        (ORGANISATION, "232100-0065", "RIVTA-SEM-004"),
    ],
)
def test_bad_identities(system: str, value: str, rule: str) -> None:
    found = identities.identity(system, value)
    assert found is not None
    assert found.rule == rule


@given(st.text("0123456789", min_size=1, max_size=12), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(digits: str, place: int, step: int) -> None:
    """The property for which the check digit was chosen."""
    whole = digits + next(digit for digit in "0123456789" if identities.luhn(digits + digit))
    at = place % len(whole)
    wrong = whole[:at] + str((int(whole[at]) + step) % 10) + whole[at + 1 :]
    assert not identities.luhn(wrong)


@given(st.dates())
def test_every_day_exists(day: object) -> None:
    assert identities.day_exists(f"{day:%Y%m%d}".zfill(8))


@pytest.mark.parametrize("text", ["20260229", "20260431", "20261301", "20260001", "20260100", "00000101", "19000229"])
def test_no_such_day(text: str) -> None:
    assert not identities.day_exists(text)


def test_the_name_spaces_are_oids_and_come_once() -> None:
    found = identities.known()
    assert all(identities.OID.fullmatch(oid) for oid in found)
    assert all(bool(each.codes) == (each.kind == "codes") for each in found.values())


@pytest.mark.parametrize("text", ["1", "1.2.", "1..2", "3.1", "1.02", "urn:oid:1.2", "1.2 ", "1,2", ""])
def test_what_is_no_oid(text: str) -> None:
    assert not identities.OID.fullmatch(text)
