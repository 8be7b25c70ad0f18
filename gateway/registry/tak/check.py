"""The rules that a catalogue's rows follow (national catalogue, validation of its fields)."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from gateway import texts
from gateway.registry.formats.content import Content
from gateway.registry.formats.flat import Flat, of_content

_HSA_ID = re.compile(r"[0-9a-zA-Z_\-]*")
_NAMESPACE = re.compile(r"[0-9a-zA-Z_.:\-]*")
_ADDRESS = re.compile(r"[0-9a-zA-Z_.:/\-?&]*")
_MOST, _SHORTEST_ADDRESS = 255, 5
_EVERYONE = "*"


class Problem(NamedTuple):
    """A rule that is broken.

    Attributes:
        rule: key of ``[tak-rule]`` in the texts.
        where: what it is about: a HSA-id, a namespace, ``route SE1 urn:…``.
        told: by language.
    """

    rule: str
    where: str
    told: dict[str, str]


def problem(rule: str, where: str, **values: object) -> Problem:
    """A problem with the texts of its rule."""
    return Problem(rule, where, texts.both("tak-rule", rule, **values))


def check(catalogue: Content | Flat) -> list[Problem]:
    """Every rule that is broken, in the order of the rows."""
    flat = of_content(catalogue) if isinstance(catalogue, Content) else catalogue
    doubles = _doubles(catalogue) if isinstance(catalogue, Content) else ()
    return [*doubles, *_names(flat), *_addresses(flat), *_periods(flat), *_overlaps(flat)]


def _doubles(content: Content) -> Iterator[Problem]:
    """HSA-ids ignore case; namespaces do not."""
    kinds: tuple[tuple[str, Iterable[str], Callable[[str], str]], ...] = (
        ("service_contract", (row.namespace for row in content.service_contract), str),
        ("component", (row.hsa_id for row in content.component), str.lower),
        ("logical_address", (row.hsa_id for row in content.logical_address), str.lower),
    )
    for kind, names, folded in kinds:
        seen: set[str] = set()
        for name in names:
            if folded(name) in seen:
                yield problem("double", name, name=name, kind=kind)
            seen.add(folded(name))


def _names(flat: Flat) -> Iterator[Problem]:
    hsa_ids = {*flat.components, *flat.addresses}
    hsa_ids |= {name for row in flat.routes for name in (row.receiver, row.component) if name}
    hsa_ids |= {name for row in flat.permissions for name in (row.receiver, row.sender)}
    for hsa_id in sorted(hsa_ids - {_EVERYONE}):
        if not _HSA_ID.fullmatch(hsa_id):
            yield problem("hsa-id", hsa_id, name=hsa_id, odd=_odd(_HSA_ID, hsa_id))
        yield from _length(hsa_id, hsa_id, 1)
    spaces = {*flat.contracts, *(row.contract for row in flat.routes), *(row.contract for row in flat.permissions)}
    for namespace in sorted(spaces):
        if not _NAMESPACE.fullmatch(namespace):
            yield problem("namespace", namespace, name=namespace, odd=_odd(_NAMESPACE, namespace))
        yield from _length(namespace, namespace, 1)
    described = {**flat.components, **flat.addresses, **{key: each.description for key, each in flat.contracts.items()}}
    for name, text in described.items():
        yield from _length(name, text, 0)


def _addresses(flat: Flat) -> Iterator[Problem]:
    for address, where in sorted({row.address: _route(row.receiver, row.contract) for row in flat.routes}.items()):
        if not _ADDRESS.fullmatch(address):
            yield problem("address", where, name=address, odd=_odd(_ADDRESS, address))
        yield from _length(where, address, _SHORTEST_ADDRESS)


def _length(where: str, text: str, least: int) -> Iterator[Problem]:
    if not least <= len(text) <= _MOST:
        yield problem("length", where, text=text[:40], least=least, most=_MOST, length=len(text))


def _periods(flat: Flat) -> Iterator[Problem]:
    for row in flat.routes:
        if row.valid_from > row.valid_to:
            yield problem("order", _route(row.receiver, row.contract), first=row.valid_from, end=row.valid_to)
    for each in flat.permissions:
        if each.valid_from > each.valid_to:
            where = _permission(each.receiver, each.contract, each.sender)
            yield problem("order", where, first=each.valid_from, end=each.valid_to)


def _overlaps(flat: Flat) -> Iterator[Problem]:
    routes: dict[tuple[str, ...], list[tuple[date, date, str]]] = {}
    for row in flat.routes:
        where = _route(row.receiver, row.contract)
        routes.setdefault((row.receiver.lower(), row.contract), []).append((row.valid_from, row.valid_to, where))
    yield from _colliding("route-overlap", routes)
    permissions: dict[tuple[str, ...], list[tuple[date, date, str]]] = {}
    for each in flat.permissions:
        where = _permission(each.receiver, each.contract, each.sender)
        key = each.receiver.lower(), each.contract, each.sender.lower()
        permissions.setdefault(key, []).append((each.valid_from, each.valid_to, where))
    yield from _colliding("permission-overlap", permissions)


def _colliding(rule: str, groups: dict[tuple[str, ...], list[tuple[date, date, str]]]) -> Iterator[Problem]:
    """Rows of the same key that hold on the same day. One may begin on the day when the other ends."""
    for rows in groups.values():
        reached: tuple[date, date, str] | None = None
        for row in sorted(rows):
            if reached is not None and row[0] < reached[1]:
                one, other = f"{reached[0]} – {reached[1]}", f"{row[0]} – {row[1]}"
                yield problem(rule, row[2], one=one, other=other)
            if reached is None or row[1] > reached[1]:
                reached = row


def _odd(pattern: re.Pattern[str], text: str) -> str:
    """The first character that is not allowed."""
    found = pattern.match(text)
    return text[found.end() if found else 0]


def _route(receiver: str, contract: str) -> str:
    return f"{receiver} {contract}"


def _permission(receiver: str, contract: str, sender: str) -> str:
    return f"{sender} -> {receiver} {contract}"
