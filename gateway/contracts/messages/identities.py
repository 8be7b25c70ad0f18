"""Identities, dates and codes judged one value at a time. Nothing here knows about messages."""

import re
from calendar import monthrange
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from gateway.findings.finding import Text
from gateway.tomlfile import load

OID = re.compile(r"[012](\.(0|[1-9][0-9]*))+")
_HSA = re.compile(r"SE(16)?[0-9]{10}(-[A-Z0-9][A-Z0-9-]*)?")
_HSA_MOST = 31  # characters
_TWELVE = re.compile(r"[0-9]{12}")
_NRID = re.compile(r"[0-9]{8}[A-HJ-NPR-UX-Z]{2}[0-9A-Z][0-9A-Z]")
_VGR = re.compile(r"(19|20)[0-9]{6}[KMX][0-9]{3}")
_STOCKHOLM = re.compile(r"99(19|2[0-2])[0-9]{8}")
_ORGANISATION = re.compile(r"[0-9]{2}[2-9][0-9]{7}")
_VGR_DIGITS = str.maketrans("KMX", "578")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_COORDINATION = 60  # added to the day

Kind = Literal["personnummer", "samordningsnummer", "nrid", "stockholm", "vgr", "text", "hsa", "organisation", "codes"]


class Oid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A name space that the checks know.

    Attributes:
        kind: how a value is judged.
        patient: whether it may identify a patient.
        codes: all codes, for a code system.
    """

    oid: str
    kind: Kind
    name: Text
    patient: bool = False
    codes: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    oid: tuple[Oid, ...]


class Problem(NamedTuple):
    """What is wrong with a value: the rule and what its texts want."""

    rule: str
    values: dict[str, object]


@cache
def known() -> dict[str, Oid]:
    """All name spaces, by OID."""
    return {each.oid: each for each in load(Path(__file__).with_name("oids.toml"), _File).oid}


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it (modulus 10)."""
    numbers = [ord(digit) - 48 for digit in reversed(digits)]
    return (sum(numbers[::2]) + sum(_DOUBLED[number] for number in numbers[1::2])) % 10 == 0


def day_exists(text: str) -> bool:
    """Whether the first eight digits, ``ÅÅÅÅMMDD``, are a day of the calendar."""
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    return year > 0 and 0 < month < 13 and 0 < day <= monthrange(year, month)[1]


def identity(system: str, value: str) -> Problem | None:
    """What is wrong with a value of a name space; None when nothing is, or when the name space is not known."""
    found = known().get(system)
    if found is None or found.kind in ("text", "codes"):
        return None
    if found.kind == "hsa":
        return None if hsa(value) else Problem("RIVTA-SEM-003", {"value": value})
    if found.kind == "organisation":
        right = _ORGANISATION.fullmatch(value) is not None and luhn(value)
        return None if right else Problem("RIVTA-SEM-004", {"value": value})
    why = _person_form(found.kind, value)
    if why:
        return Problem("RIVTA-SEM-002", {"kind": found.name, "why": why})
    return None if _check_digit(found.kind, value) else Problem("RIVTA-SEM-001", {"kind": found.name})


def hsa(value: str) -> bool:
    """Whether a value has the form of an HSA-id, or of a care provider's SE and organisation number."""
    return len(value) <= _HSA_MOST and _HSA.fullmatch(value) is not None


def _person_form(kind: Kind, value: str) -> Text | None:
    if kind == "nrid":
        return None if _NRID.fullmatch(value) else _FORM
    if kind == "vgr":
        return None if _VGR.fullmatch(value) else _FORM
    if kind == "stockholm":
        return None if _STOCKHOLM.fullmatch(value) else _FORM
    if not _TWELVE.fullmatch(value):
        return _FORM
    if kind == "personnummer":
        return None if day_exists(value) else _NO_DAY
    # Month 00 and day 60 stand for what is not known (PU-TKB).
    month, day = int(value[4:6]), int(value[6:8]) - _COORDINATION
    return None if 0 <= month <= 12 and 0 <= day <= 31 else _NO_DAY


def _check_digit(kind: Kind, value: str) -> bool:
    """Reserve numbers without a published algorithm pass; Stockholm's have two in use."""
    if kind == "vgr":
        return luhn(value[2:].translate(_VGR_DIGITS))
    if kind == "stockholm":
        return luhn(value[4:]) or luhn(value[2:])
    return kind == "nrid" or luhn(value[2:])


_FORM = Text("det ska vara tolv tecken utan bindestreck", "it must be twelve characters without hyphen")
_NO_DAY = Text("datumet finns inte", "the date does not exist")
