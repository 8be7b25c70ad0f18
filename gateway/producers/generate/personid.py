"""Swedish person identifiers: forms, check digits and the numbers reserved for tests.

Sources: Skatteverket SKV 704 (personnummer) and SKV 707 (samordningsnummer), PU technical description 5.1
(month 00 and day 60 of a samordningsnummer), the published form of the national reserve id (NRID).
Twelve characters, no separator, everywhere: that is how the contracts carry them.
"""

import re
from datetime import date

PERSONNUMMER = "1.2.752.129.2.1.3.1"
SAMORDNINGSNUMMER = "1.2.752.129.2.1.3.3"
NRID = "1.2.752.74.9.1"
RESERVE_STOCKHOLM = "1.2.752.97.3.1.3"

# Test numbers have birth numbers from 980; those of people born from 1990 on have 238 (women) and 239 (men).
FIRST_YEAR_OF_NEW_SERIES = 1990

NRID_LETTERS = str.maketrans("IOQVW", "JPRXY")
"""Replaces the capital letters that a NRID may not hold."""

_NRID_FORM = re.compile(r"(0[0-9]|[2-7][0-9])[0-9]{6}[A-HJ-NPR-UX-Z]{2}[0-9A-Z][0-9]")


def luhn_digit(digits: str) -> int:
    """The check digit (0-9) that makes ``digits`` followed by it pass the Luhn (mod 10) check.

    Raises:
        ValueError: something else than decimal digits.
    """
    total = 0
    for position, character in enumerate(reversed(digits)):
        product = int(character) * (2 if position % 2 == 0 else 1)
        total += product // 10 + product % 10
    return -total % 10


def luhn_ok(digits: str) -> bool:
    """Whether the last digit of ``digits`` is the Luhn check digit of the ones before it."""
    return digits.isdecimal() and len(digits) > 1 and luhn_digit(digits[:-1]) == int(digits[-1])


def organisation_number_ok(number: str) -> bool:
    """Whether ``number`` is a Swedish organisation number: ten digits, third from 2 up, Luhn."""
    return len(number) == 10 and luhn_ok(number) and number[2] >= "2"


def personnummer(birth: date, woman: bool, serial: int = 0) -> str:
    """A personnummer of the series kept for tests.

    Args:
        birth: the date of birth, 1890 or later.
        woman: True gives an even birth number, False an odd one.
        serial: 0-4, to tell apart people born the same day; the series from 1990 on has room for one.

    Raises:
        ValueError: ``serial`` outside the series.
    """
    if birth.year >= FIRST_YEAR_OF_NEW_SERIES:
        if serial:
            raise ValueError("one woman and one man a day: the test series from 1990 has no further numbers")
        number = 238 if woman else 239
    else:
        if not 0 <= serial <= 4:
            raise ValueError("serial must be 0-4")
        number = 980 + 2 * serial + (0 if woman else 1)
    return _with_check_digit(f"{birth:%Y%m%d}{number:03d}")


def samordningsnummer(birth: date, woman: bool) -> str:
    """A samordningsnummer for tests: as a personnummer with 60 added to the day (SKV 707)."""
    number = 238 if woman else 239
    return _with_check_digit(f"{birth:%Y%m}{birth.day + 60:02d}{number:03d}")


def nrid(birth: date, letters: str, sex: int, check: int) -> str:
    """A national reserve id (NRID) for a known date of birth.

    The century is written three higher (19 as 22, 20 as 23). How the last character is computed is not
    public, so ``check`` is the caller's choice and only the form can be judged.
    """
    century, year = divmod(birth.year, 100)
    return f"{century + 3}{year:02d}{birth:%m%d}{letters}{sex}{check}"


def stockholm_reserve(year: int, serial: int) -> str:
    """A Region Stockholm reserve number, ``99yyyyNNNNNC``: Luhn over positions 5 to 11."""
    body = f"99{year:04d}{serial:05d}"
    return f"{body}{luhn_digit(body[4:])}"


def birth_date(identity: str) -> date | None:
    """The date of birth in a personnummer, samordningsnummer or NRID; None where it holds none."""
    if identity.startswith("99"):
        return None
    century = int(identity[:2]) - (3 if identity[:2] in ("22", "23") else 0)
    day = int(identity[6:8])
    try:
        return date(century * 100 + int(identity[2:4]), int(identity[4:6]), day - 60 if day > 60 else day)
    except ValueError:
        return None


def valid(identity: str, root: str) -> bool:
    """Whether ``identity`` has the form, date and check digit that its type (OID ``root``) demands."""
    if len(identity) != 12:
        return False
    if root == NRID:
        return _NRID_FORM.fullmatch(identity) is not None and birth_date(identity) is not None
    if root == RESERVE_STOCKHOLM:
        return identity.startswith("99") and "1980" <= identity[2:6] <= "2299" and luhn_ok(identity[4:])
    if not luhn_ok(identity[2:]):
        return False
    day = int(identity[6:8])
    if root == SAMORDNINGSNUMMER:
        return 60 <= day <= 91 and int(identity[4:6]) <= 12
    return root == PERSONNUMMER and day <= 31 and birth_date(identity) is not None


def is_test_number(identity: str, root: str) -> bool:
    """Whether a personnummer or samordningsnummer lies in the series kept for tests."""
    if root not in (PERSONNUMMER, SAMORDNINGSNUMMER) or not valid(identity, root):
        return False
    serial = int(identity[8:11])
    if root == SAMORDNINGSNUMMER or int(identity[:4]) >= FIRST_YEAR_OF_NEW_SERIES:
        return serial in (238, 239)
    return 980 <= serial <= 999


def _with_check_digit(eleven: str) -> str:
    return f"{eleven}{luhn_digit(eleven[2:])}"
