"""The differences of two catalogues, told by contract and address, whatever formats they came from.

Rows are matched by what they say, not by their ids, so that a publication can be compared with files or with a router's
copy. What one of the two has no place for (producers' components, agreements, descriptions) is no difference.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Literal, TypeVar

import msgspec

from gateway.registry.formats.flat import Flat, FlatPermission, FlatRoute

Kind = Literal["added", "removed", "changed"]
What = Literal["route", "permission", "contract", "component", "address"]
R = TypeVar("R", FlatRoute, FlatPermission)

_DESCRIBED: tuple[tuple[What, str], ...] = (("component", "components"), ("address", "addresses"))


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One difference.

    Attributes:
        contract, receiver, sender: what it is about, blank what it is not.
        before, after: the values that differ, by name; all of them for what is added or removed.
    """

    kind: Kind
    what: What
    contract: str = ""
    receiver: str = ""
    sender: str = ""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}

    @property
    def place(self) -> tuple[str, str, str, str]:
        """For sorting: contract, address, kind of row, sender."""
        return self.contract, self.receiver, self.what, self.sender


def compare(before: Flat, after: Flat) -> list[Difference]:
    """Every difference, by contract and address."""
    found = [
        *_rows("route", before.routes, after.routes, lambda row: (row.contract, row.receiver.lower())),
        *_rows(
            "permission",
            before.permissions,
            after.permissions,
            lambda row: (row.contract, row.receiver.lower(), row.sender.lower()),
        ),
        *_contracts(before, after),
        *_described(before, after),
    ]
    return sorted(found, key=lambda each: each.place)


def _rows(
    what: What, old: Sequence[R], new: Sequence[R], key_of: Callable[[R], tuple[str, ...]]
) -> Iterator[Difference]:
    older: dict[tuple[str, ...], list[R]] = _grouped(old, key_of)
    newer: dict[tuple[str, ...], list[R]] = _grouped(new, key_of)
    for key in dict.fromkeys((*older, *newer)):
        was, now = _without_equals(older.get(key, []), newer.get(key, []))
        for one, other in zip(was, now, strict=False):
            first, second = values(one), values(other)
            names = [name for name in first if _differ(name, first[name], second[name])]
            yield _difference("changed", what, other, {n: first[n] for n in names}, {n: second[n] for n in names})
        for one in was[len(now) :]:
            yield _difference("removed", what, one, values(one), {})
        for other in now[len(was) :]:
            yield _difference("added", what, other, {}, values(other))


def _grouped(rows: Iterable[R], key_of: Callable[[R], tuple[str, ...]]) -> dict[tuple[str, ...], list[R]]:
    found: dict[tuple[str, ...], list[R]] = {}
    for row in rows:
        found.setdefault(key_of(row), []).append(row)
    return found


def _without_equals(was: list[R], now: list[R]) -> tuple[list[R], list[R]]:
    """What is left of both when rows that say the same are taken away; the rest in order of time."""
    left = list(now)
    kept = []
    for one in was:
        first = values(one)
        match = next((each for each in left if _equal(first, values(each))), None)
        if match is None:
            kept.append(one)
        else:
            left.remove(match)
    return sorted(kept, key=_by_time), sorted(left, key=_by_time)


def _by_time(row: FlatRoute | FlatPermission) -> tuple[date, date]:
    return row.valid_from, row.valid_to


def _equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return not any(_differ(name, one[name], other[name]) for name in one)


def _differ(name: str, one: Any, other: Any) -> bool:
    """What only one of the two sources knows is no difference."""
    if name in ("component", "agreement"):
        return bool(one and other) and str(one).lower() != str(other).lower()
    if name == "profile":
        return str(one).lower() != str(other).lower()
    return bool(one != other)


def values(row: FlatRoute | FlatPermission) -> dict[str, Any]:
    """What a row says beside its key."""
    found: dict[str, Any]
    if isinstance(row, FlatRoute):
        found = {"address": row.address, "profile": row.profile, "component": row.component}
    else:
        filters = sorted((each.service_domain, sorted(each.categories)) for each in row.filters)
        found = {"agreement": row.agreement, "filters": [[domain, *several] for domain, several in filters]}
    return {**found, "valid_from": row.valid_from, "valid_to": row.valid_to}


def _difference(kind: Kind, what: What, row: FlatRoute | FlatPermission, before: Any, after: Any) -> Difference:
    sender = row.sender if isinstance(row, FlatPermission) else ""
    return Difference(
        kind=kind, what=what, contract=row.contract, receiver=row.receiver, sender=sender, before=before, after=after
    )


def _contracts(before: Flat, after: Flat) -> Iterator[Difference]:
    """Contracts that both know, or that one knows while the other does know some."""
    if not before.contracts or not after.contracts:
        return
    for name in dict.fromkeys((*before.contracts, *after.contracts)):
        one, other = before.contracts.get(name), after.contracts.get(name)
        if one != other:
            was = msgspec.structs.asdict(one) if one else {}
            now = msgspec.structs.asdict(other) if other else {}
            yield Difference(kind=_kind(was, now), what="contract", contract=name, before=was, after=now)


def _described(before: Flat, after: Flat) -> Iterator[Difference]:
    for what, field in _DESCRIBED:
        old: dict[str, str] = getattr(before, field)
        new: dict[str, str] = getattr(after, field)
        if not old or not new:
            continue
        for name in dict.fromkeys((*old, *new)):
            was = {"description": old[name]} if name in old else {}
            now = {"description": new[name]} if name in new else {}
            if was != now:
                yield Difference(kind=_kind(was, now), what=what, receiver=name, before=was, after=now)


def _kind(was: object, now: object) -> Kind:
    return "changed" if was and now else "removed" if was else "added"
