"""``gateway.registry.snapshot``: who answers, who may call, and why not."""

import time

import pytest
from gateway_samples import SENDER, permission, responder, route, snapshot

from gateway.registry.misses import of_route

PLANS, CONTACTS = responder("GetCarePlans"), responder("GetFixedContacts")


def test_an_exact_route_wins_over_the_default() -> None:
    """National VP, routing: the exact address before the default ``*``."""
    found = snapshot([route("*", PLANS, "http://default/"), route("A", PLANS, "http://a/")])
    decision = found.route("A", PLANS)
    assert decision.route is not None
    assert (decision.route.address, decision.several) == ("http://a/", False)
    assert decision.trace == "A"


def test_the_default_answers_for_the_others() -> None:
    """National VP, trace strings: ``(default),*``."""
    decision = snapshot([route("*", PLANS, "http://default/")]).route("AnyReceiver", PLANS)
    assert decision.route is not None
    assert decision.route.address == "http://default/"
    assert decision.trace == "AnyReceiver,(default),*"


def test_the_default_is_for_its_contract_only() -> None:
    assert snapshot([route("*", PLANS, "http://default/")]).route("A", CONTACTS).route is None


def test_no_route_at_all() -> None:
    decision = snapshot().route("A", PLANS)
    assert (decision.route, decision.several) == (None, False)
    assert decision.trace == "A,(default),*"


@pytest.mark.parametrize(("stored", "asked"), [("gemenlogiskadress", "GemenLogiskAdress"), ("SE-Å", "se-å")])
def test_keys_ignore_case(stored: str, asked: str) -> None:
    """National VP, primitive look-up: receiver, sender and contract ignore case."""
    found = snapshot([route(stored, PLANS, "http://a/")], [permission(stored, PLANS, "Sender")])
    assert found.route(asked, PLANS.upper()).route is not None
    assert found.permit(asked, "sENDER", PLANS.upper()).allowed
    assert found.route(asked, PLANS).trace == asked


@pytest.mark.parametrize("asked", [" A", "A ", "A\n", "", "A*"])
def test_addresses_are_not_trimmed(asked: str) -> None:
    """National VP, reading the request: blanks belong to the address."""
    assert snapshot([route("A", PLANS, "http://a/")]).route(asked, PLANS).route is None


@pytest.mark.parametrize(("receiver", "trace"), [("A", "A"), ("*", "A,(default),*")])
def test_two_valid_routes_are_a_mistake_of_the_catalogue(receiver: str, trace: str) -> None:
    """National VP, step 8: more than one hit is VP006, whatever their profiles."""
    rows = [route(receiver, PLANS, "http://1/"), route(receiver, PLANS, "http://2/", profile="rivtabp20")]
    decision = snapshot(rows).route("A", PLANS)
    assert (decision.route, decision.several, decision.trace) == (None, True, trace)


def test_permissions_fall_back_to_the_default() -> None:
    """National VP, authorization: the exact receiver, then ``*``."""
    found = snapshot([], [permission("A", PLANS), permission("*", PLANS, "OTHER")])
    for receiver, sender, trace in (
        ("A", SENDER, "A"),
        ("A", "OTHER", "A,(default),*"),
        ("B", "OTHER", "B,(default),*"),
    ):
        decision = found.permit(receiver, sender, PLANS)
        assert (decision.allowed, decision.trace) == (True, trace)


@pytest.mark.parametrize(
    ("receiver", "sender", "contract"), [("B", SENDER, PLANS), ("A", "X", PLANS), ("A", SENDER, CONTACTS)]
)
def test_a_permission_is_for_one_of_each(receiver: str, sender: str, contract: str) -> None:
    decision = snapshot([], [permission("A", PLANS)]).permit(receiver, sender, contract)
    assert not decision.allowed
    assert decision.trace == f"{receiver},(default),*"


def test_a_star_is_no_sender() -> None:
    assert not snapshot([], [permission("A", PLANS, "*")]).permit("A", SENDER, PLANS).allowed


@pytest.mark.parametrize(
    ("receiver", "contract", "reason"),
    [
        ("A", "urn:riv:unknown:GetXResponder:1", "contract"),
        ("Z", PLANS, "receiver"),
        ("B", PLANS, "combination"),
        (" A ", PLANS, "whitespace"),
        ("a\n", PLANS, "whitespace"),
        (" Z", PLANS, "receiver"),
    ],
)
def test_the_nearest_reason_for_a_missing_route(receiver: str, contract: str, reason: str) -> None:
    found = snapshot([route("A", PLANS, "http://a/"), route("B", CONTACTS, "http://b/")])
    assert [miss.reason for miss in of_route(found, receiver, contract, time.time())] == [reason]


def test_how_many_there_are_and_for_whom() -> None:
    rows = [route("b", PLANS, "http://b/"), route("A", PLANS, "http://a/"), route("C", CONTACTS, "http://c/")]
    found = snapshot(rows, [permission("A", PLANS)])
    assert found.count() == (3, 1)
    assert found.receivers(PLANS) == ["A", "b"]
    assert found.receivers(PLANS.upper()) == ["A", "b"]
    assert found.receivers("urn:none") == []


def test_looking_up_changes_nothing() -> None:
    """A snapshot is replaced whole: what is asked of it must not grow it."""
    found = snapshot([route("A", PLANS, "http://a/")], [permission("A", PLANS)])
    for receiver in ("B", "C", "A"):
        found.route(receiver, CONTACTS)
        found.permit(receiver, "x", PLANS)
        list(of_route(found, receiver, PLANS, time.time()))
    assert found.count() == (1, 1)


def test_what_it_was_made_of_may_change_afterwards() -> None:
    routes, permissions = [route("A", PLANS, "http://a/")], [permission("A", PLANS)]
    found = snapshot(routes, permissions)
    routes.clear()
    permissions.clear()
    assert found.count() == (1, 1)


def test_rows_and_decisions_are_immutable() -> None:
    row = route("A", PLANS, "http://a/")
    with pytest.raises(AttributeError):
        row.address = "http://b/"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        snapshot([row]).route("A", PLANS).route = None  # type: ignore[misc]
