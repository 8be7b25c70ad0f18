"""What an Update and a ProcessNotification must be (engagement index, Update: the checks in the national order).

The first mistake refuses the whole request. Texts are the national ones, letter for letter.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from gateway import texts
from gateway.observe.mask import mask
from gateway.platform.index.messages import (
    ADDRESS,
    CATEGORIZATION,
    CONTENT,
    CONTROLLER,
    CREATED,
    DOMAIN,
    ELEMENTS,
    OBJECT,
    OWNER,
    PERSON,
    PROCESS,
    SOURCE,
    UPDATED,
    Sent,
)
from gateway.router.refusal import ServiceRefusal
from gateway.storage.engagement import NOT_GIVEN, Engagement
from gateway.storage.engagements import Change

MOST = 1000  # engagements in a request
_MANDATORY = (PERSON, DOMAIN, CATEGORIZATION, ADDRESS, OBJECT, PROCESS, SOURCE, CONTROLLER)
_LENGTHS = (
    (PERSON, 32),
    (DOMAIN, 255),
    (CATEGORIZATION, 255),
    (ADDRESS, 64),
    (OBJECT, 128),
    (PROCESS, 128),
    (SOURCE, 64),
    (CONTROLLER, 64),
    (CONTENT, 14),
    (UPDATED, 14),
    (CREATED, 14),
    (OWNER, 64),  # the national index finds out when it stores it, after its OK
)
_TIMES = (CONTENT, UPDATED, CREATED)
_KEY = (PERSON, DOMAIN, CATEGORIZATION, ADDRESS, OBJECT, SOURCE, CONTROLLER, OWNER, PROCESS)
_OR_NA = (CATEGORIZATION, OBJECT, PROCESS)  # empty stands for NA in the key
_TIME = re.compile(r"[0-9]{14}")


class Rules:
    """The checks, and what is left to store when they are passed."""

    def __init__(self, own: Sequence[str], reserved: Sequence[str], *, national: bool) -> None:
        """What is checked against.

        Args:
            own: the index's HSA-ids, the first of which is the owner of what it is told.
            reserved: HSA-ids that no engagement may name as logical address or source system.
            national: with the national index's quirks, and nothing but its texts.
        """
        self._own, self._reserved, self._national = tuple(filter(None, own)), frozenset(reserved), national

    @property
    def owner(self) -> str:
        """The HSA-id of the index."""
        return self._own[0]

    def addressed(self, logical_address: str) -> None:
        """Rule R7: an Update goes to the index that will own it.

        Raises:
            ServiceRefusal: EI003.
        """
        if logical_address not in self._own:
            raise refused("routing", address=logical_address or "missing", owner=self.owner)

    def check(self, sent: Sequence[Sent], *, owned: bool) -> None:
        """Check a request's transactions, the first one by all rules, then the next.

        Args:
            sent: all of them.
            owned: whether each must name its owner.

        Raises:
            ServiceRefusal: EI000 - EI006.
        """
        if not sent:
            raise refused("few")
        if len(sent) > MOST:
            raise refused("many", count=len(sent))
        seen: dict[str, int] = {}
        for number, each in enumerate(sent, 1):
            values = each.values
            self._unique(number, values, seen)
            self._trimmed(number, values)
            self._allowed(number, values)
            self._there(number, values, owned=owned)
            self._short(number, values)
            self._timed(number, values)

    def received(self, sent: Sequence[Sent], *, keep_owner: bool) -> list[Change]:
        """Changes to carry out, of transactions that are checked.

        Args:
            sent: all of them.
            keep_owner: rule R6: an Update makes this index the owner. Otherwise what this index owns is left out: its
                own notification has gone round in a circle.
        """
        found = (Change(each.delete, _engagement(each.values)) for each in sent)
        if keep_owner:
            return [each for each in found if each.engagement.owner != self.owner]
        return [Change(each.delete, replace(each.engagement, owner=self.owner)) for each in found]

    def _unique(self, number: int, values: list[str | None], seen: dict[str, int]) -> None:
        content = values[CONTENT]
        if self._national and content is not None and not is_time(content):
            raise refused("plain-time", value=content)
        parts = [(values[place] or (NOT_GIVEN if place in _OR_NA else "")) for place in _KEY]
        # The national key has nothing between its parts, so that "AB" and "C" are "A" and "BC" to it.
        key = ("" if self._national else "\0").join(parts)
        first = seen.setdefault(key, number)
        if first != number:
            raise refused("duplicate", first=self._written(first), second=self._written(number))

    def _trimmed(self, number: int, values: list[str | None]) -> None:
        for place in _MANDATORY:
            value = values[place]
            if value and (value[0] <= " " or value[-1] <= " "):
                raise refused("whitespace", field=ELEMENTS[place], number=number)

    def _allowed(self, number: int, values: list[str | None]) -> None:
        for place, key in ((ADDRESS, "reserved-address"), (SOURCE, "reserved-source")):
            if values[place] in self._reserved:
                raise refused(key, number=self._written(number), value=values[place])

    def _there(self, number: int, values: list[str | None], *, owned: bool) -> None:
        for place in (*_MANDATORY, OWNER) if owned else _MANDATORY:
            if not values[place]:
                raise refused("missing", field=ELEMENTS[place], number=number)

    def _short(self, number: int, values: list[str | None]) -> None:
        for place, most in _LENGTHS:
            value = values[place]
            if value is not None and len(value) > most:
                raise refused("long", field=ELEMENTS[place], number=number, most=most, length=len(value))

    def _timed(self, number: int, values: list[str | None]) -> None:
        for place in _TIMES:
            value = values[place]
            if value and not is_time(value):
                told = value if self._national else mask(value)
                raise refused("time", field=ELEMENTS[place], number=number, value=told)

    def _written(self, number: int) -> str:
        """The national index writes #1,000."""
        return f"{number:,}" if self._national else str(number)


def refused(key: str, **values: object) -> ServiceRefusal:
    """The refusal of ``[index.key]`` in the texts."""
    entry = texts.entry("index", key)
    return ServiceRefusal(entry["code"], entry["text"].format(**values), texts.both_fields(entry, **values))


@lru_cache(maxsize=4096)
def is_time(value: str) -> bool:
    """Whether a value is YYYYMMDDhhmmss of a day and time that exist."""
    if not _TIME.fullmatch(value):
        return False
    try:
        datetime.strptime(value, "%Y%m%d%H%M%S")
    except ValueError:
        return False
    return True


def _engagement(values: list[str | None]) -> Engagement:
    given = [value or "" for value in values]
    for place in _OR_NA:
        given[place] = given[place] or NOT_GIVEN
    return Engagement(*given)
