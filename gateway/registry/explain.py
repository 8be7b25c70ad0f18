"""A look-up told step by step: what was tried, which row won, what nearly fitted and what to order."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime

import msgspec

from gateway.contracts.bridge import Bridge, Bridges
from gateway.registry.bridged import over
from gateway.registry.catalogue import Route
from gateway.registry.decision import (
    DEFAULT,
    EXACT,
    LEAF,
    PARENT,
    REFUSED,
    Grant,
    PermissionDecision,
    RouteDecision,
    Steps,
)
from gateway.registry.misses import SENDER_WHITESPACE, Miss, of_permission, of_route, state
from gateway.registry.rows import STOCKHOLM
from gateway.registry.snapshot import Snapshot

ROUTE, PERMISSION = "route", "permission"
FOUND, VALID = "ok", "valid"
_NAMES = {EXACT: "exact", PARENT: "parent", DEFAULT: "default", LEAF: "part"}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the catalogue.

    Attributes:
        address, profile: of a route; blank for a permission.
        state: ``valid``, ``expired`` or ``not-yet``.
        source: file and line, as far as they are known.
    """

    address: str = ""
    profile: str = ""
    valid_from: date
    valid_to: date
    state: str
    source: str


class Step(msgspec.Struct, frozen=True):
    """One address looked up.

    Attributes:
        step: ``exact``, ``parent``, ``default`` or ``part``.
        unit: the unit's name in the HSA tree, blank when it is not there.
        rows: the rows of this address, of any time.
    """

    step: str
    address: str
    unit: str
    rows: tuple[Row, ...]


class Half(msgspec.Struct, frozen=True):
    """How the route, or the permission, was sought.

    Attributes:
        trace: as the national platform logs it.
        row: the row that won, None when none or several did.
        misses: what nearly fitted, the most telling first; none when a row won.
    """

    trace: str
    steps: tuple[Step, ...]
    row: Row | None
    misses: tuple[Miss, ...]


class Order(msgspec.Struct, frozen=True):
    """What to order from those who keep the catalogue.

    Attributes:
        kind: ``route`` or ``permission``.
        consumer: HSA-id; blank for a route, which is everybody's.
    """

    kind: str
    consumer: str
    contract: str
    logical_address: str


class Crossed(msgspec.Struct, frozen=True):
    """The step over a bridge, for an address that does not have the contract asked with.

    Attributes:
        name: ``Name_m.n -> Name_m.n``.
        contract: the one that the source is asked with, responder namespace.
        route, permission: how those for it were sought; the sender needs permission for both contracts.
    """

    name: str
    contract: str
    route: Half
    permission: Half


class Explanation(msgspec.Struct, frozen=True):
    """The whole answer.

    Attributes:
        at: the moment asked about, Swedish time.
        outcome: ``ok``, or the code of the refusal that a call would get.
        corrections: what the call should have named, by ``logical_address`` and ``sender``.
        orders: what is missing even then; none when the catalogue itself has to be corrected (VP006, VP010).
        bridge: the step over a bridge, None when the call takes none.
    """

    sender: str
    logical_address: str
    contract: str
    at: datetime
    outcome: str
    route: Half
    permission: Half
    corrections: dict[str, str]
    orders: tuple[Order, ...]
    bridge: Crossed | None = None


def explain(
    snapshot: Snapshot, *, sender: str, receiver: str, contract: str, now: float, bridges: Bridges | None = None
) -> Explanation:
    """Look up route and permission as a call would at ``now`` (seconds since 1970), and tell everything.

    The permission is looked up also when there is no route, where a call would stop.
    """
    seen = _Look(snapshot, now)
    found = snapshot.route(receiver, contract, now)
    permitted = snapshot.permit(receiver, sender, contract, now)
    permission = seen.permission(permitted, receiver, sender, contract)
    if found.route is None and not found.several and bridges:
        crossing = over(snapshot, bridges, receiver, contract, now)
        if crossing is not None:
            return _explain_bridge(seen, sender, receiver, contract, *crossing)
    route = seen.route(found, receiver, contract)
    corrections = _corrections(route, permission)
    return Explanation(
        sender,
        receiver,
        contract,
        datetime.fromtimestamp(now, STOCKHOLM),
        _outcome(found, permitted),
        route,
        permission,
        corrections,
        tuple(_orders(snapshot, {"sender": sender, "logical_address": receiver} | corrections, contract, now)),
    )


def _explain_bridge(
    seen: "_Look", sender: str, receiver: str, contract: str, bridge: Bridge, route: RouteDecision
) -> Explanation:
    """The same for a call that goes over a bridge: permission is needed for both contracts."""
    other = bridge.other.descriptor.responder
    decisions = {each: seen.snapshot.permit(receiver, sender, each, seen.now) for each in (contract, other)}
    halves = {each: seen.permission(decision, receiver, sender, each) for each, decision in decisions.items()}
    refused = next((decision for decision in decisions.values() if not decision.allowed), decisions[other])
    return Explanation(
        sender,
        receiver,
        contract,
        datetime.fromtimestamp(seen.now, STOCKHOLM),
        _outcome(route, refused),
        seen.route(seen.snapshot.route(receiver, contract, seen.now), receiver, contract, misses=False),
        halves[contract],
        {},
        tuple(Order(PERMISSION, sender, each, receiver) for each in decisions if not decisions[each].allowed),
        Crossed(bridge.name, other, seen.route(route, receiver, other), halves[other]),
    )


def _corrections(*halves: Half) -> dict[str, str]:
    first = [half.misses[0] for half in halves if half.misses]
    return {
        "sender" if miss.reason == SENDER_WHITESPACE else "logical_address": miss.other
        for miss in first
        if miss.correctable
    }


def _orders(snapshot: Snapshot, call: dict[str, str], contract: str, now: float) -> Iterator[Order]:
    """What a call that names everything right still lacks."""
    sender, receiver = call["sender"], call["logical_address"]
    target = next(iter(snapshot.rules.parts(receiver)), receiver) if snapshot.rules.compound(receiver) else receiver
    found = snapshot.route(receiver, contract, now)
    if found.route is None and not found.several:
        yield Order(ROUTE, "", contract, target)
    permitted = snapshot.permit(receiver, sender, contract, now)
    if not permitted.allowed and permitted.step != REFUSED:
        yield Order(PERMISSION, sender, contract, target)


class _Look:
    """Rows as they are at a moment."""

    def __init__(self, snapshot: Snapshot, now: float) -> None:
        self.snapshot, self.now = snapshot, now

    def route(self, found: RouteDecision, receiver: str, contract: str, *, misses: bool = True) -> Half:
        """How a route was sought; without ``misses`` when something else answers."""
        near = of_route(self.snapshot, receiver, contract, self.now)
        return Half(
            found.trace,
            self.steps(found.steps, lambda address: self.snapshot.rows(address, contract)),
            self.row(found.route),
            () if found.route or found.several or not misses else tuple(near),
        )

    def permission(self, found: PermissionDecision, receiver: str, sender: str, contract: str) -> Half:
        """How a permission was sought."""
        near = of_permission(self.snapshot, receiver, sender, contract, self.now, senders=None)
        return Half(
            found.trace,
            self.steps(found.steps, lambda address: self.snapshot.grants(address, sender, contract)),
            self.row(found.grant),
            () if found.grant else tuple(near),
        )

    def steps(self, steps: Steps, rows_of: Callable[[str], Sequence[Route | Grant]]) -> tuple[Step, ...]:
        tree = self.snapshot.tree
        return tuple(
            Step(
                _NAMES[step],
                address,
                tree.name(address) if tree is not None else "",
                tuple(row for row in map(self.row, rows_of(address)) if row),
            )
            for step, address in steps
        )

    def row(self, row: Route | Grant | None) -> Row | None:
        if row is None:
            return None
        address, profile = (row.address, row.profile) if isinstance(row, Route) else ("", "")
        return Row(
            address=address,
            profile=profile,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            state=state(row, self.now) or VALID,
            source=row.source,
        )


def _outcome(found: RouteDecision, permitted: PermissionDecision) -> str:
    """In the order that the router checks."""
    if found.route is None:
        return "VP006" if found.several else "VP004"
    if not found.route.address.strip():
        return "VP010"
    return FOUND if permitted.allowed else "VP007"
