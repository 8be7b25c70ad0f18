"""Why a look-up found nothing: the nearest misses, the most telling first.

No rows are searched through: a refusal costs the same whether there are a thousand or a million. (It looks at the names
of the contracts, and at some of the senders.)
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import islice

import msgspec

from gateway import texts
from gateway.registry.catalogue import FOREVER, Route
from gateway.registry.decision import REFUSED, Grant
from gateway.registry.rows import span
from gateway.registry.snapshot import Snapshot

EXPIRED, NOT_YET = "expired", "not-yet"
WHITESPACE, CASE, SENDER_WHITESPACE = "whitespace", "case", "sender-whitespace"
_SENDERS = 50  # looked at for a refusal; the command line looks at all
_NAMED = 3


class Miss(msgspec.Struct, frozen=True):
    """Something that nearly fitted.

    Attributes:
        reason: a key of ``[missing.*]`` (routes) or ``[denied.*]`` (permissions) in the texts.
        address: the logical address that the row is for.
        period: when the row holds.
        other: what fits in place of what was asked for: an address, a contract or senders.
        source: file and line of the row, as far as they are known.
    """

    reason: str
    address: str
    period: str = ""
    other: str = ""
    source: str = ""

    def told(self, group: str, **values: str) -> dict[str, str]:
        """What it means, in each language.

        Args:
            group: ``missing`` for routes, ``denied`` for permissions.
            values: contract, receiver and sender as asked for.
        """
        return texts.both(group, self.reason, **values, **msgspec.structs.asdict(self))

    @property
    def correctable(self) -> bool:
        """The call is to be corrected; there is nothing to order."""
        return self.reason in (WHITESPACE, CASE, SENDER_WHITESPACE)


def of_route(snapshot: Snapshot, receiver: str, contract: str, now: float) -> Iterator[Miss]:
    """Why there is no route; at least one reason."""
    return _or(_near_routes(snapshot, receiver, contract, now), partial(_no_route, snapshot, receiver, contract))


def _near_routes(snapshot: Snapshot, receiver: str, contract: str, now: float) -> Iterator[Miss]:
    for _, address in snapshot.route(receiver, contract, now).steps:
        yield from _of_another_time(address, snapshot.rows(address, contract), now)
    for reason, spelling in _spellings(snapshot, receiver):
        if found := snapshot.route(spelling, contract, now).route:
            yield Miss(reason, receiver, other=spelling, source=found.source)
    if not snapshot.climbs(snapshot.rules.routes, contract):
        for ancestor in snapshot.ancestors(receiver):
            if found := _exact(snapshot, ancestor, contract, now):
                yield Miss("climbing-off", receiver, other=ancestor, source=found.source)
    for version in snapshot.versions(contract):
        if found := snapshot.route(receiver, version, now).route:
            yield Miss("version", receiver, other=found.contract, source=found.source)


def of_permission(
    snapshot: Snapshot, receiver: str, sender: str, contract: str, now: float, *, senders: int | None = _SENDERS
) -> Iterator[Miss]:
    """Why there is no permission; at least one reason.

    Args:
        senders: how many others to look at, None for all.
    """
    found = _near_permissions(snapshot, receiver, sender, contract, now, senders)
    return _or(found, partial(Miss, "none", receiver))


def _near_permissions(
    snapshot: Snapshot, receiver: str, sender: str, contract: str, now: float, senders: int | None
) -> Iterator[Miss]:
    decision = snapshot.permit(receiver, sender, contract, now)
    for _, address in decision.steps:
        yield from _of_another_time(address, snapshot.grants(address, sender, contract), now)
    for reason, spelling in _spellings(snapshot, receiver):
        if grant := snapshot.permit(spelling, sender, contract, now).grant:
            yield Miss(reason, receiver, other=spelling, source=grant.source)
    if sender.strip() != sender and (grant := snapshot.permit(receiver, sender.strip(), contract, now).grant):
        yield Miss(SENDER_WHITESPACE, receiver, other=sender.strip(), source=grant.source)
    if decision.step == REFUSED:
        yield Miss("compound", receiver, other=snapshot.rules.delimiter)
        return
    if not snapshot.climbs(snapshot.rules.permissions, contract):
        for ancestor in snapshot.ancestors(receiver):
            if snapshot.permit(ancestor, sender, contract, now).allowed:
                yield Miss("climbing-off", receiver, other=ancestor)
    for version in snapshot.versions(contract):
        if grant := snapshot.permit(receiver, sender, version, now).grant:
            yield Miss("version", receiver, other=version, source=grant.source)
    if others := _others(snapshot, receiver, sender, contract, now, senders):
        yield Miss("sender", receiver, other=others)


def period(first: date, last: date) -> str:
    """A period for people; open when it has no end."""
    return f"{first} –" if last >= FOREVER else f"{first} – {last}"


def state(row: Route | Grant, now: float) -> str:
    """``expired``, ``not-yet``, or blank for a row that holds now."""
    start, end = span(row)
    return NOT_YET if now < start else EXPIRED if now >= end else ""


def _or(found: Iterator[Miss], otherwise: Callable[[], Miss]) -> Iterator[Miss]:
    first = next(found, None)
    yield first or otherwise()
    yield from found


def _of_another_time(address: str, rows: Sequence[Route | Grant], now: float) -> Iterator[Miss]:
    """The rows that do not hold now, the nearest in time first."""

    def distance(row: Route | Grant) -> float:
        start, end = span(row)
        return start - now if now < start else now - end

    for row in sorted(rows, key=distance):
        if reason := state(row, now):
            yield Miss(reason, address, period(row.valid_from, row.valid_to), source=row.source)


def _spellings(snapshot: Snapshot, receiver: str) -> Iterator[tuple[str, str]]:
    if (stripped := receiver.strip()) != receiver and stripped:
        yield WHITESPACE, stripped
    known = snapshot.tree.spelling(receiver) if snapshot.tree is not None else None
    if known is not None and known != receiver:
        yield CASE, known


def _exact(snapshot: Snapshot, receiver: str, contract: str, now: float) -> Route | None:
    return next((row for row in snapshot.rows(receiver, contract) if not state(row, now)), None)


def _no_route(snapshot: Snapshot, receiver: str, contract: str) -> Miss:
    if snapshot.rules.compound(receiver):
        return Miss("compound", receiver, other=snapshot.rules.delimiter)
    if not snapshot.routable(contract):
        return Miss("contract", receiver)
    return Miss("combination" if snapshot.routed(receiver) else "receiver", receiver)


def _others(snapshot: Snapshot, receiver: str, sender: str, contract: str, now: float, limit: int | None) -> str:
    """The first few senders that may, as text; blank when nobody may."""
    able = (
        other
        for other in islice(snapshot.senders(), limit)
        if other.lower() != sender.strip().lower() and snapshot.permit(receiver, other, contract, now).allowed
    )
    named = list(islice(able, _NAMED + 1))
    return ", ".join(named[:_NAMED]) + (" …" if len(named) > _NAMED else "")
