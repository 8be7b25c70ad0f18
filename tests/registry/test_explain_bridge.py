"""How a look-up that goes over a bridge is explained."""

from datetime import date

import pytest
from bridge_parts import KRONOBERG, NATIONAL, PROPOSAL, bridges, url
from gateway_samples import SENDER, permission, responder, route, snapshot

from gateway.contracts.bridge import Bridges
from gateway.registry.explain import Explanation, Order, explain
from gateway.registry.snapshot import Snapshot

NOW = 1_795_000_000.0  # 2026-11-18
BOTH = (permission(KRONOBERG, PROPOSAL), permission(KRONOBERG, NATIONAL))


def told(catalogue: Snapshot, known: Bridges | None = None) -> Explanation:
    return explain(
        catalogue,
        sender=SENDER,
        receiver=KRONOBERG,
        contract=responder(PROPOSAL),
        now=NOW,
        bridges=bridges() if known is None else known,
    )


def national(**changes: object) -> Snapshot:
    return snapshot([route(KRONOBERG, NATIONAL, url(KRONOBERG, NATIONAL), **changes)], BOTH)


def test_the_bridge_is_a_step_of_its_own() -> None:
    found = told(national())
    assert (found.outcome, found.orders, found.corrections) == ("ok", (), {})
    assert (found.route.row, found.route.misses) == (None, ())
    bridge = found.bridge
    assert bridge is not None
    assert bridge.name == "GetFixedContacts_1.0 -> GetCareManagers_1.0"
    assert bridge.contract == responder(NATIONAL)
    assert bridge.route.row is not None
    assert bridge.route.row.address == url(KRONOBERG, NATIONAL)
    assert bridge.permission.row is not None


def test_a_route_of_the_contracts_own_needs_no_bridge() -> None:
    own = route(KRONOBERG, PROPOSAL, url(KRONOBERG, PROPOSAL))
    found = told(snapshot([own, route(KRONOBERG, NATIONAL, url(KRONOBERG, NATIONAL))], BOTH))
    assert (found.outcome, found.bridge) == ("ok", None)


def test_without_bridges_a_route_is_missing() -> None:
    found = told(national(), Bridges())
    assert (found.outcome, found.bridge) == ("VP004", None)


def test_a_bridge_with_nothing_at_its_other_end_is_none() -> None:
    found = told(national(valid_to=date(2026, 1, 1)))
    assert (found.outcome, found.bridge) == ("VP004", None)
    assert found.route.misses


@pytest.mark.parametrize(("kept", "missing"), [(0, NATIONAL), (1, PROPOSAL)])
def test_what_is_missing_is_ordered_by_its_own_name(kept: int, missing: str) -> None:
    catalogue = snapshot([route(KRONOBERG, NATIONAL, url(KRONOBERG, NATIONAL))], BOTH[kept : kept + 1])
    found = told(catalogue)
    assert found.outcome == "VP007"
    assert found.orders == (Order("permission", SENDER, responder(missing), KRONOBERG),)


def test_mistakes_of_the_other_route_are_told() -> None:
    twice = [route(KRONOBERG, NATIONAL, url(KRONOBERG, NATIONAL))] * 2
    assert told(snapshot(twice, BOTH)).outcome == "VP006"
    assert told(snapshot([route(KRONOBERG, NATIONAL, " ")], BOTH)).outcome == "VP010"
