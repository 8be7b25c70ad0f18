"""Routes and permissions hold whole days in Swedish time, the first and the last included."""

import time
from datetime import date

import pytest
from freezegun import freeze_time
from gateway_samples import SENDER, permission, responder, route, snapshot

from gateway.registry.catalogue import FOREVER
from gateway.registry.misses import of_route

PLANS = responder("GetCarePlans")

# Moments in UTC around the ends of days, among them the days of 23 and 25 hours in 2025 (30 March, 26 October).
CASES = [
    (date(2025, 1, 10), date(2025, 1, 12), "2025-01-09 22:59:59", False),
    (date(2025, 1, 10), date(2025, 1, 12), "2025-01-09 23:00:00", True),
    (date(2025, 1, 10), date(2025, 1, 12), "2025-01-12 22:59:59", True),
    (date(2025, 1, 10), date(2025, 1, 12), "2025-01-12 23:00:00", False),
    (date(2025, 7, 1), date(2025, 7, 1), "2025-06-30 21:59:59", False),
    (date(2025, 7, 1), date(2025, 7, 1), "2025-06-30 22:00:00", True),
    (date(2025, 7, 1), date(2025, 7, 1), "2025-07-01 21:59:59", True),
    (date(2025, 7, 1), date(2025, 7, 1), "2025-07-01 22:00:00", False),
    (date(2025, 3, 30), date(2025, 3, 30), "2025-03-29 22:59:59", False),
    (date(2025, 3, 30), date(2025, 3, 30), "2025-03-29 23:00:00", True),
    (date(2025, 3, 30), date(2025, 3, 30), "2025-03-30 01:00:00", True),
    (date(2025, 3, 30), date(2025, 3, 30), "2025-03-30 21:59:59", True),
    (date(2025, 3, 30), date(2025, 3, 30), "2025-03-30 22:00:00", False),
    (date(2025, 10, 26), date(2025, 10, 26), "2025-10-25 21:59:59", False),
    (date(2025, 10, 26), date(2025, 10, 26), "2025-10-25 22:00:00", True),
    (date(2025, 10, 26), date(2025, 10, 26), "2025-10-26 22:59:59", True),
    (date(2025, 10, 26), date(2025, 10, 26), "2025-10-26 23:00:00", False),
    (date(2024, 2, 29), date(2024, 2, 29), "2024-02-29 12:00:00", True),
    (date(2025, 1, 1), FOREVER, "2224-01-01 00:00:00", True),
    (date(2025, 1, 1), FOREVER, "2024-12-31 22:59:59", False),
]


@pytest.mark.parametrize(("first", "last", "now", "valid"), CASES)
def test_the_first_and_the_last_day_count(first: date, last: date, now: str, valid: bool) -> None:
    """National VP, primitive look-up: both ends of the period are inclusive, now is asked at the call."""
    found = snapshot(
        [route("A", PLANS, "http://a/", valid_from=first, valid_to=last)],
        [permission("A", PLANS, valid_from=first, valid_to=last)],
    )
    with freeze_time(now):
        assert (found.route("A", PLANS).route is not None) == valid
        assert found.permit("A", SENDER, PLANS).allowed == valid


@pytest.mark.parametrize(
    ("now", "address"),
    [("2025-12-31 22:59:59", "http://old/"), ("2025-12-31 23:00:00", "http://new/")],
)
def test_a_producer_moves_at_midnight_without_a_gap(now: str, address: str) -> None:
    found = snapshot(
        [
            route("A", PLANS, "http://old/", valid_to=date(2025, 12, 31)),
            route("A", PLANS, "http://new/", valid_from=date(2026, 1, 1)),
        ]
    )
    with freeze_time(now):
        decision = found.route("A", PLANS)
    assert decision.route is not None
    assert decision.route.address == address


def test_an_expired_route_gives_way_to_the_default() -> None:
    """National VP: rows that are not valid are skipped silently."""
    found = snapshot(
        [route("A", PLANS, "http://a/", valid_to=date(2024, 12, 31)), route("*", PLANS, "http://default/")],
        [permission("A", PLANS, valid_to=date(2024, 12, 31)), permission("*", PLANS)],
    )
    with freeze_time("2025-01-01 12:00"):
        assert found.route("A", PLANS).trace == "A,(default),*"
        decision = found.permit("A", SENDER, PLANS)
    assert (decision.allowed, decision.trace) == (True, "A,(default),*")


def test_two_permissions_with_a_gap() -> None:
    found = snapshot(
        [],
        [
            permission("A", PLANS, valid_to=date(2025, 1, 31)),
            permission("A", PLANS, valid_from=date(2025, 3, 1)),
        ],
    )
    verdicts = []
    for now in ("2025-01-31 12:00", "2025-02-15 12:00", "2025-03-01 12:00"):
        with freeze_time(now):
            verdicts.append(found.permit("A", SENDER, PLANS).allowed)
    assert verdicts == [True, False, True]


@pytest.mark.parametrize(
    ("now", "reason", "period"),
    [
        ("2023-12-31 12:00", "not-yet", "2024-01-01 – 2024-06-30"),
        ("2025-06-01 12:00", "expired", "2024-07-01 – 2024-12-31"),
    ],
)
def test_a_route_of_another_time_is_told_with_its_period(now: str, reason: str, period: str) -> None:
    """The nearest in time first."""
    found = snapshot(
        [
            route("A", PLANS, "http://a/", valid_from=date(2024, 1, 1), valid_to=date(2024, 6, 30)),
            route("A", PLANS, "http://b/", valid_from=date(2024, 7, 1), valid_to=date(2024, 12, 31)),
        ]
    )
    with freeze_time(now):
        assert found.route("a", PLANS).route is None
        first = next(of_route(found, "a", PLANS, time.time()))
    assert (first.reason, first.period) == (reason, period)
