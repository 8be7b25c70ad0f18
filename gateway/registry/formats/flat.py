"""The catalogue without ids: routes and permissions by their names. The form that formats are compared and joined in.

As in the national catalogue a row ends when the day ``valid_to`` *begins*.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import msgspec

from gateway.registry import catalogue
from gateway.registry.catalogue import Filter
from gateway.registry.formats.content import Content

_A_DAY = timedelta(days=1)


class Described(msgspec.Struct, frozen=True, gc=False):
    """A service contract's description and version."""

    description: str = ""
    major: int = 1
    minor: int = 0


class FlatRoute(msgspec.Struct, frozen=True, gc=False, order=True):
    """A route; ``component`` is blank where the source does not name the producer."""

    receiver: str
    contract: str
    address: str
    profile: str
    valid_from: date
    valid_to: date
    component: str = ""


class FlatPermission(msgspec.Struct, frozen=True, gc=False, order=True):
    """A permission; ``agreement`` is blank where the source does not know any."""

    receiver: str
    sender: str
    contract: str
    valid_from: date
    valid_to: date
    agreement: str = ""
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Flat:
    """A catalogue.

    Attributes:
        contracts: what is known of contracts, by namespace.
        components, addresses: descriptions, by HSA-id; blank for none.
    """

    routes: tuple[FlatRoute, ...] = ()
    permissions: tuple[FlatPermission, ...] = ()
    contracts: dict[str, Described] = field(default_factory=dict)
    components: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)


def of_content(content: Content) -> Flat:
    """The same catalogue without ids."""
    contracts = {row.id: row.namespace for row in content.service_contract}
    components = {row.id: row.hsa_id for row in content.component}
    addresses = {row.id: row.hsa_id for row in content.logical_address}
    profiles = {row.id: row.name for row in content.profile}
    calls = {
        row.id: (row.address, profiles[row.profile_id], components[row.component_id]) for row in content.call_address
    }
    filters = _filters(content)
    routes = []
    for row in content.route:
        url, profile, component = calls[row.call_address_id]
        who = addresses[row.logical_address_id], contracts[row.service_contract_id]
        routes.append(FlatRoute(*who, url, profile, row.valid_from, row.valid_to, component))
    permissions = tuple(
        FlatPermission(
            addresses[row.logical_address_id],
            components[row.component_id],
            contracts[row.service_contract_id],
            row.valid_from,
            row.valid_to,
            row.agreement,
            filters.get(row.id, ()),
        )
        for row in content.permission
    )
    return Flat(
        tuple(routes),
        permissions,
        {row.namespace: Described(row.description, row.major, row.minor) for row in content.service_contract},
        {row.hsa_id: row.description for row in content.component},
        {row.hsa_id: row.description for row in content.logical_address},
    )


def _filters(content: Content) -> dict[int, tuple[Filter, ...]]:
    categories: dict[int, list[str]] = {}
    for row in content.filter_category:
        categories.setdefault(row.permission_filter_id, []).append(row.category)
    found: dict[int, list[Filter]] = {}
    for each in content.permission_filter:
        one = Filter(each.service_domain, tuple(categories.get(each.id, ())))
        found.setdefault(each.permission_id, []).append(one)
    return {key: tuple(several) for key, several in found.items()}


def of_rows(routes: Iterable[catalogue.Route], permissions: Iterable[catalogue.Permission]) -> Flat:
    """The rows that a gateway routes by, whose last day is included."""
    return Flat(
        tuple(
            FlatRoute(
                row.receiver, row.contract, row.address, row.profile.upper(), row.valid_from, row.valid_to + _A_DAY
            )
            for row in routes
        ),
        tuple(
            FlatPermission(
                row.receiver, row.sender, row.contract, row.valid_from, row.valid_to + _A_DAY, "", row.filters
            )
            for row in permissions
        ),
    )


def of_catalogue(found: catalogue.Catalogue) -> Flat:
    """The files in routing/."""
    rows = of_rows(found.routes, found.permissions)
    components = {each.hsa_id: each.name for each in found.consumers}
    addresses = {each.logical_address: each.name for each in found.producers}
    return Flat(rows.routes, rows.permissions, {}, components, addresses)


def to_rows(flat: Flat, source: str) -> tuple[list[catalogue.Route], list[catalogue.Permission]]:
    """The rows that a gateway routes by; ``source`` is where they came from, for people."""
    routes = [
        catalogue.Route(
            row.receiver, row.contract, row.address, row.profile.lower(), row.valid_from, last(row.valid_to), source
        )
        for row in flat.routes
    ]
    permissions = [
        catalogue.Permission(
            row.receiver, row.sender, row.contract, row.valid_from, last(row.valid_to), source, row.filters
        )
        for row in flat.permissions
    ]
    return routes, permissions


def last(end: date) -> date:
    """The last whole day of a row that ends when a day begins."""
    return end - _A_DAY if end > date.min else end
