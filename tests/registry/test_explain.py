"""``gateway.registry.explain``: every step, the row that won, what nearly fitted and what to order."""

from datetime import date, datetime

import msgspec
import pytest
from gateway_samples import SENDER, permission, route

from gateway.registry.explain import Explanation, Order, explain
from gateway.registry.hsa import HsaTree, Unit
from gateway.registry.rows import STOCKHOLM
from gateway.registry.rules import Climbing, Rules
from gateway.registry.snapshot import Snapshot

ONE = "urn:riv:x:GetXResponder:1"
UNIT, ABOVE = "SE-UNIT", "SE-ABOVE"
TREE = HsaTree({UNIT: Unit(ABOVE, "Enheten"), ABOVE: Unit("SE", "Ovanför")})
NOW = datetime(2026, 6, 1, 12, tzinfo=STOCKHOLM).timestamp()
ORDER_ROUTE, ORDER_PERMISSION = Order("route", "", ONE, UNIT), Order("permission", SENDER, ONE, UNIT)


def asked(snapshot: Snapshot, receiver: str = UNIT, sender: str = SENDER, contract: str = ONE) -> Explanation:
    return explain(snapshot, sender=sender, receiver=receiver, contract=contract, now=NOW)


def steps(half: object) -> list[tuple[str, str, str, list[str]]]:
    return [(each.step, each.address, each.unit, [row.state for row in each.rows]) for each in half.steps]  # type: ignore[attr-defined]


def test_a_call_that_goes_through() -> None:
    """Every address on the way, with all its rows; the ones that won."""
    rows = [
        route(UNIT, ONE, "http://old/", valid_to=date(2026, 5, 31), source="r:1"),
        route(UNIT, ONE, "http://new/", valid_from=date(2026, 7, 1), source="r:2"),
        route(ABOVE, ONE, "http://a/", source="r:3"),
        route("*", ONE, "http://default/", source="r:4"),
    ]
    found = asked(Snapshot(rows, [permission("SE", ONE, source="p:1")], tree=TREE))
    assert (found.outcome, found.orders, found.corrections) == ("ok", (), {})
    assert found.at == datetime(2026, 6, 1, 12, tzinfo=STOCKHOLM)
    assert steps(found.route) == [
        ("exact", UNIT, "Enheten", ["expired", "not-yet"]),
        ("parent", ABOVE, "Ovanför", ["valid"]),
    ]
    assert found.route.row is not None
    assert (found.route.row.address, found.route.row.profile, found.route.row.source) == (
        "http://a/",
        "rivtabp21",
        "r:3",
    )
    assert found.route.trace == f"{UNIT},(parent),{ABOVE}"
    assert steps(found.permission) == [
        ("exact", UNIT, "Enheten", []),
        ("default", "*", "", []),
        ("parent", ABOVE, "Ovanför", []),
        ("parent", "SE", "", ["valid"]),
    ]
    assert found.permission.row is not None
    assert (found.permission.row.address, found.permission.row.profile) == ("", "")
    assert (found.permission.row.source, found.permission.row.valid_from) == ("p:1", date(2000, 1, 1))
    assert (found.route.misses, found.permission.misses) == ((), ())


def test_nothing_fits() -> None:
    """Route and permission are both looked into, and both have to be ordered."""
    found = asked(Snapshot(tree=TREE))
    assert found.outcome == "VP004"
    assert found.orders == (ORDER_ROUTE, ORDER_PERMISSION)
    assert [miss.reason for miss in found.route.misses] == ["contract"]
    assert [miss.reason for miss in found.permission.misses] == ["none"]


@pytest.mark.parametrize(
    ("routes", "permitted", "outcome", "orders"),
    [
        (["http://a/"], True, "ok", ()),
        (["http://a/"], False, "VP007", (ORDER_PERMISSION,)),
        ([], True, "VP004", (ORDER_ROUTE,)),
        ([" "], False, "VP010", (ORDER_PERMISSION,)),
        ([""], True, "VP010", ()),
        (["http://a/", "http://b/"], False, "VP006", (ORDER_PERMISSION,)),
        (["http://a/", "http://b/"], True, "VP006", ()),
    ],
)
def test_the_outcome_is_the_one_of_a_call(
    routes: list[str], permitted: bool, outcome: str, orders: tuple[Order, ...]
) -> None:
    """National VP, order of checks: route, then address, then permission."""
    found = asked(
        Snapshot([route(UNIT, ONE, address) for address in routes], [permission(UNIT, ONE)] if permitted else [])
    )
    assert (found.outcome, found.orders) == (outcome, orders)
    assert (found.route.row is None, bool(found.route.misses)) == (outcome in ("VP004", "VP006"), outcome == "VP004")


@pytest.mark.parametrize("permitted", [True, False])
def test_a_call_to_correct_needs_no_order_for_what_is_there(permitted: bool) -> None:
    snapshot = Snapshot([route(UNIT, ONE, "http://a/")], [permission(UNIT, ONE)] if permitted else [])
    found = asked(snapshot, f"{UNIT} ")
    assert (found.outcome, found.corrections) == ("VP004", {"logical_address": UNIT})
    assert found.orders == (() if permitted else (ORDER_PERMISSION,))


def test_sender_and_address_to_correct() -> None:
    snapshot = Snapshot([route(ABOVE, ONE, "http://a/")], [permission(ABOVE, ONE)], tree=TREE)
    found = asked(snapshot, UNIT.lower())
    assert (found.outcome, found.corrections, found.orders) == ("VP004", {"logical_address": UNIT}, ())
    found = asked(Snapshot([route(UNIT, ONE, "http://a/")], [permission(UNIT, ONE)]), sender=f" {SENDER}")
    assert (found.outcome, found.corrections, found.orders) == ("VP007", {"sender": SENDER}, ())


def test_compound_addresses() -> None:
    """What is ordered is for the last part; what is not tried at all has no steps, and no order would help."""
    snapshot = Snapshot([route("A", ONE, "http://a/")])
    found = asked(snapshot, "A#B")
    assert steps(found.route) == [("part", "B", "", []), ("part", "A", "", ["valid"])]
    assert (found.outcome, found.orders) == ("VP007", (Order("permission", SENDER, ONE, "B"),))
    found = asked(snapshot, "A#B#C")
    assert (found.permission.steps, found.permission.trace) == ((), "(leaf),Invalid parameters")
    assert (found.outcome, found.orders) == ("VP007", ())
    assert asked(Snapshot(), "#").orders == (Order("route", "", ONE, "#"), Order("permission", SENDER, ONE, "#"))


def test_climbing_that_is_off_is_seen() -> None:
    snapshot = Snapshot([route(ABOVE, ONE, "http://a/")], tree=TREE, rules=Rules(routes=Climbing(False)))
    found = asked(snapshot)
    assert [step.step for step in found.route.steps] == ["exact", "default"]
    assert [(miss.reason, miss.other) for miss in found.route.misses] == [("climbing-off", ABOVE)]


def test_it_can_be_written_as_data() -> None:
    plain = msgspec.to_builtins(asked(Snapshot([route(UNIT, ONE, "http://a/", source="r:1")], tree=TREE)))
    assert plain["route"]["row"] == {
        "address": "http://a/",
        "profile": "rivtabp21",
        "valid_from": "2000-01-01",
        "valid_to": "2124-12-31",
        "state": "valid",
        "source": "r:1",
    }
    assert plain["at"] == "2026-06-01T12:00:00+02:00"
    assert plain["orders"] == ({"kind": "permission", "consumer": SENDER, "contract": ONE, "logical_address": UNIT},)
