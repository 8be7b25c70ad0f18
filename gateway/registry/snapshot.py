"""Routes and permissions in memory, looked up as the national router (VP) looks them up.

The order of the steps is not the same for both: a route is sought at the exact address, then up the HSA tree, then at
the default ``*``; a permission at the exact address, then at ``*``, then up the tree. The first address with a valid
row decides. A look-up costs the same with a thousand rows and with a million.
"""

import time
from collections.abc import Iterable, Iterator, Sequence

from gateway.registry.catalogue import EVERYONE, Permission, Route
from gateway.registry.decision import (
    DEFAULT,
    EXACT,
    LEAF,
    PARENT,
    REFUSED,
    Grant,
    PermissionDecision,
    RouteDecision,
)
from gateway.registry.hsa import HsaTree
from gateway.registry.rows import STOCKHOLM as STOCKHOLM  # where others look for it
from gateway.registry.rows import PermissionRows, RouteRows, Timed, granted, holding, key, valid, valid_at
from gateway.registry.rules import Climbing, Rules
from gateway.registry.steps import Work, finish
from gateway.registry.table import Table

_NEVER = "\0"  # stands in no XML document


class Snapshot:
    """An immutable view of the catalogue; replaced whole, never changed.

    Keys ignore case, ids in the HSA tree do not. Rows hold from 00:00 of their first day to the end of their last,
    Swedish time, by the clock at the look-up (``time.time``).
    """

    def __init__(
        self,
        routes: Iterable[Route] = (),
        permissions: Iterable[Permission] = (),
        *,
        tree: HsaTree | None = None,
        rules: Rules | None = None,
    ) -> None:
        """Without a tree nothing climbs; with an empty one everybody's parent is ``SE``."""
        self.tree, self.rules = tree, rules or Rules()
        self._delimiter = self.rules.delimiter or _NEVER
        self._route_rows, self._permission_rows = RouteRows(), PermissionRows()
        self._routes, self._permissions = self._route_rows.tables, self._permission_rows.tables
        finish(self._fill(routes, permissions))

    @classmethod
    def build_in_steps(
        cls,
        routes: Iterable[Route],
        permissions: Iterable[Permission],
        *,
        tree: HsaTree | None = None,
        rules: Rules | None = None,
    ) -> "Work[Snapshot]":
        """The same as the constructor, some hundred rows at a time. The iterables are read as it goes."""
        snapshot = cls(tree=tree, rules=rules)
        yield from snapshot._fill(routes, permissions)
        return snapshot

    def route(self, receiver: str, contract: str, now: float | None = None) -> RouteDecision:
        """The route for a logical address and a contract (responder namespace).

        Args:
            receiver: the logical address as sent.
            contract: the namespace of Body's first child.
            now: seconds since 1970; the present when left out.
        """
        now = time.time() if now is None else now
        table = self._routes.get(contract.lower())
        if self._delimiter in receiver:
            return self._leaves(receiver, table, now)
        if table is not None:
            lower = receiver.lower()
            row = table.parts[hash(lower) & table.mask].get(lower)  # as Table.get; this is the common way
            if row is not None:
                if row.more is None:
                    if row.start <= now < row.end:
                        return RouteDecision(receiver, row.route)
                elif found := valid(row, now):
                    return _decide(receiver, found, EXACT, ())
        return self._beyond(receiver, contract, table, now)

    def permit(self, receiver: str, sender: str, contract: str, now: float | None = None) -> PermissionDecision:
        """Whether ``sender`` may call ``receiver`` with ``contract``. Arguments as for ``route``."""
        now = time.time() if now is None else now
        table = self._permissions.get(contract.lower())
        if self._delimiter in receiver:
            return self._leaves_permitted(receiver, sender, contract, table, now)
        if table is not None:
            both = key(receiver, sender)
            grant = table.parts[hash(both) & table.mask].get(both)
            if grant is not None and not grant.start <= now < grant.end:
                grant = holding(grant.more, now)
            if grant is not None:
                return PermissionDecision(receiver, grant)
        grant = granted(table, EVERYONE, sender, now)
        if grant is not None or not self.climbs(self.rules.permissions, contract):
            return PermissionDecision(receiver, grant, DEFAULT)
        tried: list[str] = []
        for ancestor in self.ancestors(receiver):
            tried.append(ancestor)
            if (grant := granted(table, ancestor, sender, now)) is not None:
                break
        return PermissionDecision(receiver, grant, PARENT, tuple(tried))

    def rows(self, receiver: str, contract: str) -> list[Route]:
        """Every route of exactly this address and contract, of any time, in the order they were given."""
        return self._route_rows.all(receiver, contract)

    def grants(self, receiver: str, sender: str, contract: str) -> list[Grant]:
        """Every permission of exactly this address, sender and contract, of any time, in the order they were given."""
        return self._permission_rows.all(receiver, sender, contract)

    def routable(self, contract: str) -> bool:
        """Whether any address has a route for a contract, of any time."""
        return contract.lower() in self._routes

    def routed(self, receiver: str) -> bool:
        """Whether an address has a route for any contract, of any time."""
        return self._route_rows.receivers.get(receiver.lower()) is not None

    def senders(self) -> Iterator[str]:
        """Everybody who has a permission, in no order."""
        return self._permission_rows.senders.values()

    def versions(self, contract: str) -> list[str]:
        """The other major versions of a contract that the catalogue knows."""
        asked = contract.lower()
        name = asked.rpartition(":")[0] + ":"
        known = (self._route_rows.contracts, self._permission_rows.contracts)
        found = {
            lower: names[lower]
            for names in known
            for lower in names
            if lower.startswith(name) and lower != asked and ":" not in lower[len(name) :]
        }
        return list(found.values())

    def climbs(self, climbing: Climbing, contract: str) -> bool:
        """Whether a look-up goes up the tree."""
        return self.tree is not None and climbing.allowed(contract)

    def ancestors(self, receiver: str) -> Iterator[str]:
        """The addresses above one in the tree, the nearest first."""
        return self.tree.ancestors(receiver) if self.tree is not None else iter(())

    def count(self) -> tuple[int, int]:
        """How many routes and permissions there are."""
        return self._route_rows.count, self._permission_rows.count

    def receivers(self, contract: str) -> Sequence[str]:
        """The logical addresses that have a route for a contract, sorted."""
        table = self._routes.get(contract.lower())
        return sorted(row.route.receiver for row in table.values()) if table is not None else []

    def discard_in_steps(self) -> Work[None]:
        """Release the rows bit by bit: letting go of a million at once stops all calls for 0.1 s.

        For whoever has replaced this snapshot, once nobody looks anything up in it any more.
        """
        yield from self._route_rows.clear_in_steps()
        yield from self._permission_rows.clear_in_steps()

    def _fill(self, routes: Iterable[Route], permissions: Iterable[Permission]) -> Work[None]:
        yield from self._route_rows.fill(routes)
        yield from self._permission_rows.fill(permissions)

    def _beyond(self, receiver: str, contract: str, table: Table[Timed] | None, now: float) -> RouteDecision:
        """The steps after the exact address."""
        tried: list[str] = []
        if self.climbs(self.rules.routes, contract):
            for ancestor in self.ancestors(receiver):
                tried.append(ancestor)
                if found := valid_at(table, ancestor, now):
                    return _decide(receiver, found, PARENT, tuple(tried))
        return _decide(receiver, valid_at(table, EVERYONE, now), DEFAULT, tuple(tried))

    def _leaves(self, receiver: str, table: Table[Timed] | None, now: float) -> RouteDecision:
        """Old default routing: the parts of ``VG#VE``, the last first, and nothing else."""
        parts = self.rules.parts(receiver)
        for number, part in enumerate(parts, 1):
            if found := valid_at(table, part, now):
                return _decide(receiver, found, LEAF, parts[:number])
        return RouteDecision(receiver, None, LEAF, parts)

    def _leaves_permitted(
        self, receiver: str, sender: str, contract: str, table: Table[Grant] | None, now: float
    ) -> PermissionDecision:
        parts = self.rules.parts(receiver)
        if not self.rules.compound_allowed(parts, sender, contract):
            return PermissionDecision(receiver, None, REFUSED)
        for number, part in enumerate(parts, 1):
            if (grant := granted(table, part, sender, now)) is not None:
                return PermissionDecision(receiver, grant, LEAF, parts[:number])
        return PermissionDecision(receiver, None, LEAF, parts)


def _decide(receiver: str, found: Sequence[Route], step: str, tried: tuple[str, ...]) -> RouteDecision:
    if len(found) == 1:
        return RouteDecision(receiver, found[0], step, tried)
    return RouteDecision(receiver, None, step, tried, several=len(found) > 1)
