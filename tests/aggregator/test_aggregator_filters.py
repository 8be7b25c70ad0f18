"""``gateway.aggregator.filters``: where the national service looks, and where strict mode does."""

from collections.abc import Iterable

import pytest
from gateway_samples import AGGREGATE, SENDER, contract, engagement, permission, route

from gateway.aggregator.filters import Filters
from gateway.contracts.bridge import Bridges
from gateway.registry.catalogue import Permission, Route
from gateway.registry.hsa import HsaTree
from gateway.registry.snapshot import Snapshot

NAME = "GetFixedContacts"


def verdict(
    routes: Iterable[str], permissions: Iterable[str], *, national: bool, address: str = "CHILD", tree: bool = True
) -> str:
    """Of an engagement at ``address``, below ``SE`` in the tree, when these addresses have rows."""
    rows: list[Route] = [route(each, NAME, "http://x/") for each in routes]
    grants: list[Permission] = [permission(each, NAME) for each in permissions]
    snapshot = Snapshot(rows, grants, tree=HsaTree({}) if tree else None)
    filters = Filters(snapshot, Bridges(), AGGREGATE, national=national)
    return filters.verdict(contract(NAME), engagement("S", address), (SENDER,), "")


@pytest.mark.parametrize(
    ("routes", "permissions", "national", "strict"),
    [
        (["CHILD"], ["CHILD"], "asked", "asked"),
        (["*"], ["*"], "asked", "asked"),
        (["CHILD"], ["*"], "asked", "asked"),
        (["CHILD"], ["SE"], "denied", "asked"),
        (["SE"], ["CHILD"], "unroutable", "asked"),
        (["SE", "*"], ["CHILD"], "asked", "asked"),
        (["SE"], ["SE"], "unroutable", "asked"),
        ([], ["CHILD"], "unroutable", "unroutable"),
        (["CHILD"], [], "denied", "denied"),
    ],
)
def test_the_national_service_does_not_climb(
    routes: list[str], permissions: list[str], national: str, strict: str
) -> None:
    """National AgP, rule c: exact, then the default receiver; no HSA tree, although the router may climb."""
    assert verdict(routes, permissions, national=True) == national
    assert verdict(routes, permissions, national=False) == strict


def test_compound_addresses_are_whole_for_the_national_service() -> None:
    for rows, national, strict in ((["A"], "unroutable", "asked"), (["*"], "asked", "unroutable")):
        assert verdict(rows, rows, national=True, address="A#B") == national
        assert verdict(rows, rows, national=False, address="A#B") == strict
