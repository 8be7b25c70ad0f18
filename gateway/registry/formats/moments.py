"""Dates and times of the catalogue: ``yyyy-MM-dd'T'HH:mm:ssZ`` in its JSON, without a zone in its XML.

A date is stored at 00:00 Swedish time; whatever zone it is written in, the Swedish day is meant.
"""

import re
from datetime import date, datetime
from datetime import time as clock
from functools import lru_cache

from gateway.registry.rows import STOCKHOLM

_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:(Z)|([+-]\d\d):?(\d\d))?)?")
_SECOND = 1_000_000


@lru_cache(maxsize=4096)
def day(text: str) -> date:
    """The Swedish day of a written date or time.

    Raises:
        ValueError: it is neither.
    """
    found = moment(text)
    try:
        return found.astimezone(STOCKHOLM).date()
    except OverflowError:  # the first or the last day there is
        return found.date()


def moment(text: str) -> datetime:
    """A written time; one without a zone is Swedish, a date is its beginning.

    Raises:
        ValueError: it is none.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    on, at, utc, hours, minutes = found.groups()
    plain = datetime.fromisoformat(f"{on}T{at or '00:00:00'}")
    if utc or hours:
        return datetime.fromisoformat(f"{on}T{at}{'+00:00' if utc else f'{hours}:{minutes}'}")
    return plain.replace(tzinfo=STOCKHOLM)


def microseconds(text: str) -> int:
    """A written time in microseconds since 1970.

    Raises:
        ValueError: it is none.
    """
    return int(moment(text).timestamp()) * _SECOND


@lru_cache(maxsize=4096)
def written(value: date) -> str:
    """A day as the catalogue's JSON has it, at 00:00 Swedish time."""
    offset = datetime.combine(value, clock.min, STOCKHOLM).strftime("%z")
    return f"{value.isoformat()}T00:00:00{offset[:5]}"


def written_moment(microseconds_: int) -> str:
    """A time, in microseconds since 1970, as the catalogue's JSON has it."""
    found = datetime.fromtimestamp(microseconds_ // _SECOND, STOCKHOLM)
    return f"{found:%Y-%m-%dT%H:%M:%S}{found:%z}"[:24]


@lru_cache(maxsize=4096)
def plain(value: date) -> str:
    """A day as the catalogue's XML has it: a time without a zone."""
    return f"{value.isoformat()}T00:00:00"
