"""Person ids never leave in clear: not in logs, not in error texts."""

import re

# personnummer, samordningsnummer and national or regional reserve numbers, with or without century and separator
_PERSON_ID = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:1[89]|20|99)\d{6}[-+]?[0-9A-Z]{2}\d{2}|[2-7]\d{7}[-+]?[A-Z]{2}\d[0-9A-Z]|\d{6}[-+]?\d{4})(?![0-9A-Za-z])"
)
MASK = "‹person-id›"


def mask(text: str) -> str:
    """The text with everything that looks like a person id replaced by ``‹person-id›``.

    Organisation numbers without a prefix look the same and go too; inside an HSA-id (``SE…-…``) they stay.
    """
    return _PERSON_ID.sub(MASK, text)
