"""Person ids never leave in clear: not in logs, not in error texts."""

import re

# personnummer, samordningsnummer and national or regional reserve numbers, with or without century and separator;
# also any twelve digits, because test persons have ids of no real century. A UUID is none of these.
_PERSON_ID = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9a-f]{4}-)(?:(?:1[89]|20|99)\d{6}[-+]?[0-9A-Z]{2}\d{2}|[2-7]\d{7}[-+]?[A-Z]{2}\d[0-9A-Z]|\d{8}[-+]?\d{4}"
    r"|\d\d(?:0[1-9]|1[0-2])\d\d[-+]?\d{4})(?![0-9A-Za-z]|-[0-9a-f]{4}-)"
)
MASK = "‹person-id›"


def mask(text: str) -> str:
    """The text with everything that looks like a person id replaced by ``‹person-id›``.

    Organisation numbers stay: their third digit is at least 2, where a person's id has the tens of a month.
    """
    return _PERSON_ID.sub(MASK, text)
