"""Person ids never leave in clear: not in logs, not in error texts."""

import re
from collections.abc import Iterator

# personnummer, samordningsnummer and national or regional reserve numbers, with or without century and separator;
# also any twelve digits, because test persons have ids of no real century. What begins with a century and a month is
# found even beside letters; the others would be parts of HSA-ids and references there.
_PERSON_ID = re.compile(
    r"(?=\d)(?<!\d)(?:(?:1[89]|20)\d\d(?:0[1-9]|1[0-2])\d\d[-+]?\d{4}|(?<![A-Za-z])(?:(?:1[89]|20|99)\d{6}[-+]?[0-9A-Z]{2}\d{2}"
    r"|[2-7]\d{7}[-+]?[A-Z]{2}\d[0-9A-Z]|\d{8}[-+]?\d{4}|\d\d(?:0[1-9]|1[0-2])\d\d[-+]?\d{4})(?![A-Za-z]))(?!\d)",
    re.ASCII,
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_LAST_GROUP = 24  # where the twelve digits of a UUID begin
MASK = "‹person-id›"


def mask(text: str) -> str:
    """The text with everything that looks like a person id replaced by ``‹person-id›``.

    Organisation numbers stay: their third digit is at least 2, where a person's id has the tens of a month.
    """
    return _PERSON_ID.sub(_masked, text)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the ids are that ``mask`` would replace: start and end of each."""
    return (found.span() for found in _PERSON_ID.finditer(text) if _masked(found) is MASK)


def _masked(found: re.Match[str]) -> str:
    """A UUID may begin or end with digits alone, and is no person."""
    start = found.start()
    if _UUID.match(found.string, start) or (start >= _LAST_GROUP and _UUID.match(found.string, start - _LAST_GROUP)):
        return found[0]
    return MASK
