"""Route and permission look-ups in memory, each answered by a decision that can tell its steps.

The order of the steps is the national one (takdatahandler): exact address, then the default ``*``.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.registry.catalogue import EVERYONE, FOREVER, Permission, Route

STOCKHOLM = ZoneInfo("Europe/Stockholm")


class RouteDecision(NamedTuple):
    """Which route a call takes.

    Attributes:
        receiver: the logical address as asked for.
        route: the row that won, None when there was none or more than one.
        by_default: the row for ``*`` won.
        several: more than one row is valid.
    """

    receiver: str
    route: Route | None
    by_default: bool = False
    several: bool = False

    @property
    def trace(self) -> str:
        """The steps tried, as the national platform logs them (``labels.routerVagvalTrace``)."""
        if not self.by_default and (self.route or self.several):
            return self.receiver
        return f"{self.receiver},(default),{EVERYONE}"


class PermissionDecision(NamedTuple):
    """Whether a sender may call, and by which step that was decided."""

    receiver: str
    allowed: bool
    by_default: bool = False

    @property
    def trace(self) -> str:
        """The steps tried (``labels.routerBehorighetTrace``)."""
        return self.receiver if self.allowed and not self.by_default else f"{self.receiver},(default),{EVERYONE}"


class Missing(NamedTuple):
    """The nearest reason why no route was found: a key of ``[missing.*]`` in the texts, and what to fill in."""

    reason: str
    period: str = ""


_Timed = tuple[float, float, Route]


class Snapshot:
    """An immutable view of the catalogue; replaced whole, never changed.

    Keys ignore case. Rows hold from 00:00 of their first day to the end of their last, Swedish time.
    """

    def __init__(self, routes: Iterable[Route], permissions: Iterable[Permission]) -> None:
        self._routes: dict[tuple[str, str], list[_Timed]] = defaultdict(list)
        self._permissions: dict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
        for route in routes:
            start, end = _span(route.valid_from, route.valid_to)
            self._routes[route.receiver.lower(), route.contract.lower()].append((start, end, route))
        for row in permissions:
            key = (row.receiver.lower(), row.sender.lower(), row.contract.lower())
            self._permissions[key].append(_span(row.valid_from, row.valid_to))
        self._routes.default_factory = self._permissions.default_factory = None

    def route(self, receiver: str, contract: str) -> RouteDecision:
        """The route for a logical address and a contract (responder namespace), now."""
        now = time.time()
        rows = self._routes.get((receiver.lower(), contract.lower()))
        if rows is not None and (found := _valid(rows, now)):
            return _decide(receiver, found, by_default=False)
        rows = self._routes.get((EVERYONE, contract.lower()))
        found = _valid(rows, now) if rows else ()
        return _decide(receiver, found, by_default=bool(found))

    def permit(self, receiver: str, sender: str, contract: str) -> PermissionDecision:
        """Whether ``sender`` may call ``receiver`` with ``contract``, now."""
        now = time.time()
        sender, contract = sender.lower(), contract.lower()
        for key, by_default in ((receiver.lower(), False), (EVERYONE, True)):
            rows = self._permissions.get((key, sender, contract))
            if rows is not None and (rows[0][0] <= now < rows[0][1] or any(start <= now < end for start, end in rows)):
                return PermissionDecision(receiver, True, by_default)
        return PermissionDecision(receiver, False)

    def missing(self, receiver: str, contract: str) -> Missing:
        """Why ``route`` found nothing. Walks the whole catalogue: for refusals only."""
        rows = self._routes.get((receiver.lower(), contract.lower()))
        if rows:
            newest = max(rows, key=lambda row: row[1])[2]
            return Missing("expired", f"{newest.valid_from} – {newest.valid_to}")
        if receiver.strip() != receiver and (receiver.strip().lower(), contract.lower()) in self._routes:
            return Missing("whitespace")
        if not any(known == contract.lower() for _, known in self._routes):
            return Missing("contract")
        if any(known == receiver.lower() for known, _ in self._routes):
            return Missing("combination")
        return Missing("receiver")

    def count(self) -> tuple[int, int]:
        """How many routes and permissions there are."""
        return sum(map(len, self._routes.values())), sum(map(len, self._permissions.values()))

    def receivers(self, contract: str) -> Sequence[str]:
        """The logical addresses that have a route for a contract, sorted."""
        return sorted(rows[0][2].receiver for (_, known), rows in self._routes.items() if known == contract.lower())


def _valid(rows: list[_Timed], now: float) -> Sequence[Route]:
    return [route for start, end, route in rows if start <= now < end]


def _decide(receiver: str, found: Sequence[Route], *, by_default: bool) -> RouteDecision:
    if len(found) == 1:
        return RouteDecision(receiver, found[0], by_default)
    return RouteDecision(receiver, None, by_default, several=len(found) > 1)


def _span(first: date, last: date) -> tuple[float, float]:
    """Epoch seconds from the start of the first day up to, not including, the day after the last."""
    start = datetime.combine(first, clock.min, STOCKHOLM).timestamp()
    if last >= FOREVER:
        return start, float("inf")
    return start, datetime.combine(last + timedelta(days=1), clock.min, STOCKHOLM).timestamp()
