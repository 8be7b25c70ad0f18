"""The rows of the catalogue in memory, by contract and then by address, each with its time in seconds.

Nothing that there is one of for every row is looked at by the garbage collector (``gc=False``): a collection that
visits a million rows would stop all calls for as long as that takes.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from datetime import time as clock
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from gateway.registry.catalogue import FOREVER, Permission, Route
from gateway.registry.decision import Grant
from gateway.registry.steps import Work
from gateway.registry.table import Table, Words

STOCKHOLM = ZoneInfo("Europe/Stockholm")
_ROWS = 500  # put in place in one step


class Timed(msgspec.Struct, frozen=True, gc=False):
    """A route and when it holds: seconds since 1970, the end excluded; ``more`` is another one of the same key."""

    start: float
    end: float
    route: Route
    more: "Timed | None"


class RouteRows:
    """Routes.

    Attributes:
        tables: by contract in lower case, then by address in lower case.
        contracts: contracts as written, by lower case.
        receivers: every address that has a route for any contract, in lower case.
    """

    def __init__(self) -> None:
        self.tables: dict[str, Table[Timed]] = {}
        self.contracts: dict[str, str] = {}
        self.receivers = Words()
        self.count = 0

    def fill(self, rows: Iterable[Route]) -> Work[None]:
        """Put rows in place."""
        tables: dict[str, Table[Timed]] = {}
        intern = self.receivers.intern
        for number, row in enumerate(rows, 1):
            table = tables.get(row.contract)
            if table is None:
                key = row.contract.lower()
                self.contracts.setdefault(key, row.contract)
                table = tables[row.contract] = self.tables.setdefault(key, Table())
            receiver = intern(row.receiver.lower())
            start, end = span(row)
            part = table.room(receiver)
            part[receiver] = Timed(start, end, row, part.get(receiver))
            self.count = number
            if number % _ROWS == 0:
                yield

    def all(self, receiver: str, contract: str) -> list[Route]:
        """The rows of a key, of any time, in the order they were given."""
        found: list[Route] = []
        table = self.tables.get(contract.lower())
        row = table.get(receiver.lower()) if table is not None else None
        while row is not None:
            found.append(row.route)
            row = row.more
        return found[::-1]

    def clear_in_steps(self) -> Work[None]:
        """Let go of all rows bit by bit."""
        for table in self.tables.values():
            yield from table.clear_in_steps()
        yield from self.receivers.clear_in_steps()


class PermissionRows:
    """Permissions.

    Attributes:
        tables: by contract in lower case, then by ``key``.
        contracts: contracts as written, by lower case.
        senders: everybody who may call anything, as written.
    """

    def __init__(self) -> None:
        self.tables: dict[str, Table[Grant]] = {}
        self.contracts: dict[str, str] = {}
        self.senders = Words()
        self.count = 0

    def fill(self, rows: Iterable[Permission]) -> Work[None]:
        """Put rows in place."""
        tables: dict[str, Table[Grant]] = {}
        intern, last = self.senders.intern, None
        for number, row in enumerate(rows, 1):
            table = tables.get(row.contract)
            if table is None:
                contract = row.contract.lower()
                self.contracts.setdefault(contract, row.contract)
                table = tables[row.contract] = self.tables.setdefault(contract, Table())
            intern(row.sender)
            both = key(row.receiver, row.sender)
            part = table.room(both)
            more = part.get(both)
            if more is not None:
                part[both] = _grant(row, more)
            elif last is not None and _same(row, last):
                part[both] = last  # the rows that one row of a file stands for share it
            else:
                part[both] = last = _grant(row, None)
            self.count = number
            if number % _ROWS == 0:
                yield

    def all(self, receiver: str, sender: str, contract: str) -> list[Grant]:
        """The rows of a key, of any time, in the order they were given."""
        found: list[Grant] = []
        table = self.tables.get(contract.lower())
        grant = table.get(key(receiver, sender)) if table is not None else None
        while grant is not None:
            found.append(grant)
            grant = grant.more
        return found[::-1]

    def clear_in_steps(self) -> Work[None]:
        """Let go of all rows bit by bit."""
        for table in self.tables.values():
            yield from table.clear_in_steps()
        yield from self.senders.clear_in_steps()


def key(receiver: str, sender: str) -> str:
    """The key of a permission within its contract. NUL stands in no XML document and in no HTTP header."""
    return f"{receiver}\0{sender}".lower()


def valid(row: Timed | None, now: float) -> list[Route]:
    """The rows of a key that hold."""
    found = []
    while row is not None:
        if row.start <= now < row.end:
            found.append(row.route)
        row = row.more
    return found


def valid_at(table: Table[Timed] | None, receiver: str, now: float) -> list[Route]:
    """The rows of an address that hold."""
    return valid(table.get(receiver.lower()), now) if table is not None else []


def holding(grant: Grant | None, now: float) -> Grant | None:
    """The newest row of a key that holds."""
    while grant is not None and not grant.start <= now < grant.end:
        grant = grant.more
    return grant


def granted(table: Table[Grant] | None, receiver: str, sender: str, now: float) -> Grant | None:
    """A row of an address and a sender that holds."""
    return holding(table.get(key(receiver, sender)), now) if table is not None else None


def span(row: Route | Permission | Grant) -> tuple[float, float]:
    """Seconds since 1970 from the start of a row's first day up to, not including, the day after its last."""
    return _seconds(row.valid_from, row.valid_to)


@lru_cache(maxsize=4096)
def _seconds(first: date, last: date) -> tuple[float, float]:
    start = datetime.combine(first, clock.min, STOCKHOLM).timestamp()
    if last >= FOREVER:
        return start, float("inf")
    return start, datetime.combine(last + timedelta(days=1), clock.min, STOCKHOLM).timestamp()


def _grant(row: Permission, more: Grant | None) -> Grant:
    start, end = span(row)
    return Grant(start, end, row.valid_from, row.valid_to, row.source, more, row.filters)


def _same(row: Permission, grant: Grant) -> bool:
    same = row.source == grant.source and row.valid_to == grant.valid_to and row.valid_from == grant.valid_from
    return same and row.filters == grant.filters
