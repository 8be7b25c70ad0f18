"""``gateway.registry.misses``: why a look-up found nothing, the most telling reason first."""

from datetime import date, datetime
from itertools import chain

import pytest
from gateway_samples import SENDER, permission, route

from gateway import texts
from gateway.registry.hsa import HsaTree, Unit
from gateway.registry.misses import Miss, of_permission, of_route, period
from gateway.registry.rows import STOCKHOLM
from gateway.registry.rules import Climbing, Rules
from gateway.registry.snapshot import Snapshot

ONE, TWO, OTHER = "urn:riv:x:GetXResponder:1", "urn:riv:x:GetXResponder:2", "urn:riv:x:GetYResponder:1"
UNIT, ABOVE = "SE-UNIT", "SE-ABOVE"
TREE = HsaTree({UNIT: Unit(ABOVE, "Enheten"), ABOVE: Unit("SE", "Ovanför")})
OFF = Climbing(False)
NOW = datetime(2026, 6, 1, 12, tzinfo=STOCKHOLM).timestamp()
OLD = {"valid_from": date(2024, 1, 1), "valid_to": date(2026, 5, 31), "source": "routing/x.toml:4"}
NEW = {"valid_from": date(2026, 6, 2), "source": "routing/x.toml:9"}


def no_route(snapshot: Snapshot, receiver: str, contract: str = ONE) -> list[Miss]:
    assert snapshot.route(receiver, contract, NOW).route is None
    return list(of_route(snapshot, receiver, contract, NOW))


def no_permission(snapshot: Snapshot, receiver: str, sender: str = SENDER, contract: str = ONE) -> list[Miss]:
    assert not snapshot.permit(receiver, sender, contract, NOW).allowed
    return list(of_permission(snapshot, receiver, sender, contract, NOW))


@pytest.mark.parametrize(
    ("times", "reason", "told"),
    [(OLD, "expired", "2024-01-01 – 2026-05-31"), (NEW, "not-yet", "2026-06-02 –")],
)
@pytest.mark.parametrize("at", [UNIT, ABOVE, "*"])
def test_rows_of_another_time(times: dict[str, object], reason: str, told: str, at: str) -> None:
    """At every address that was tried, with the file and line."""
    miss = Miss(reason, at, told, source=str(times["source"]))
    assert no_route(Snapshot([route(at, ONE, "http://a/", **times)], tree=TREE), UNIT) == [miss]
    assert no_permission(Snapshot([], [permission(at, ONE, **times)], tree=TREE), UNIT) == [miss]


def test_the_nearest_in_time_comes_first() -> None:
    rows = [
        route("A", ONE, "http://1/", valid_to=date(2025, 1, 1)),
        route("A", ONE, "http://2/", valid_from=date(2026, 8, 1)),
        route("A", ONE, "http://3/", valid_from=date(2026, 1, 1), valid_to=date(2026, 4, 1)),
    ]
    assert [miss.period[:10] for miss in no_route(Snapshot(rows), "A")] == ["2026-08-01", "2026-01-01", "2000-01-01"]


@pytest.mark.parametrize("asked", [f" {UNIT}", f"{UNIT}\n", f"\t{UNIT.lower()} "])
def test_white_space_around_the_address(asked: str) -> None:
    right = asked.strip()
    [miss] = no_route(Snapshot([route(UNIT, ONE, "http://a/", source="f:1")]), asked)
    assert miss == Miss("whitespace", asked, other=right, source="f:1")
    [miss] = no_permission(Snapshot([], [permission(UNIT, ONE, source="f:1")]), asked)
    assert (miss, miss.correctable) == (Miss("whitespace", asked, other=right, source="f:1"), True)


def test_white_space_around_the_sender() -> None:
    [miss] = no_permission(Snapshot([], [permission("A", ONE, "SE-K")]), "A", " SE-K")
    assert miss == Miss("sender-whitespace", "A", other="SE-K")
    assert miss.correctable


def test_the_case_of_an_id_in_the_tree() -> None:
    """The catalogue ignores case, the tree does not: a climb from the wrong spelling goes straight to SE."""
    miss = Miss("case", UNIT.lower(), other=UNIT)
    assert no_route(Snapshot([route(ABOVE, ONE, "http://a/")], tree=TREE), UNIT.lower()) == [miss]
    assert no_permission(Snapshot([], [permission(ABOVE, ONE)], tree=TREE), UNIT.lower()) == [miss]
    assert miss.correctable


def test_climbing_that_is_off() -> None:
    miss = Miss("climbing-off", UNIT, other=ABOVE)
    assert no_route(Snapshot([route(ABOVE, ONE, "http://a/")], tree=TREE, rules=Rules(routes=OFF)), UNIT) == [miss]
    found = Snapshot([], [permission(ABOVE, ONE)], tree=TREE, rules=Rules(permissions=OFF))
    assert no_permission(found, UNIT) == [miss]
    expired = Snapshot([route(ABOVE, ONE, "http://a/", **OLD)], tree=TREE, rules=Rules(routes=OFF))
    assert [miss.reason for miss in no_route(expired, UNIT)] == ["receiver"]


def test_another_version_of_the_contract() -> None:
    """Of the same name only, and only when it would have worked."""
    found = Snapshot([route("A", TWO, "http://a/"), route("A", OTHER, "http://a/"), route("B", ONE, "http://b/")])
    assert no_route(found, "A") == [Miss("version", "A", other=TWO)]
    found = Snapshot([], [permission("A", TWO), permission("A", OTHER)])
    assert no_permission(found, "A") == [Miss("version", "A", other=TWO)]
    expired = Snapshot([route("A", TWO, "http://a/", **OLD)])
    assert [miss.reason for miss in no_route(expired, "A")] == ["contract"]


def test_other_versions_are_those_of_the_same_name() -> None:
    names = [ONE, TWO, OTHER, "urn:riv:x:GetXResponder:1:more", "urn:riv:x:GetXResponder"]
    found = Snapshot([route("A", each, "http://a/") for each in names[:2]], [permission("A", each) for each in names])
    assert found.versions(ONE.upper()) == [TWO]
    assert found.versions("urn:riv:x:GetXResponder:7") == [ONE, TWO]
    assert found.versions("none") == []


def test_senders_that_may() -> None:
    """Three by name, and that there are more; only those that may now, by whatever step."""
    rows = [permission("A", ONE, f"SE-K{number}") for number in range(3)]
    rows += [permission("A", OTHER, "SE-WRONG"), permission("A", ONE, "SE-OLD", **OLD), permission("B", ONE, "SE-B")]
    [miss] = no_permission(Snapshot([], rows), "A")
    assert (miss.reason, miss.other) == ("sender", "SE-K0, SE-K1, SE-K2")
    [miss] = no_permission(Snapshot([], [*rows, permission("*", ONE, "SE-K3")]), "A")
    assert miss.other == "SE-K0, SE-K1, SE-K2 …"
    assert [each.reason for each in no_permission(Snapshot([], [permission("A", OTHER, "SE-WRONG")]), "A")] == ["none"]


def test_a_refusal_looks_at_some_senders_only() -> None:
    """So that its cost does not grow with the catalogue; the command line looks at all."""
    rows = [permission("B", ONE, f"SE-K{number}") for number in range(50)] + [permission("A", ONE, "SE-LAST")]
    found = Snapshot([], rows)
    assert [miss.reason for miss in no_permission(found, "A")] == ["none"]
    [miss] = of_permission(found, "A", SENDER, ONE, NOW, senders=None)
    assert miss.other == "SE-LAST"


def test_compound_addresses() -> None:
    found = Snapshot([route("*", ONE, "http://a/")], [permission("A", ONE)])
    assert no_route(found, "B#C") == [Miss("compound", "B#C", other="#")]
    assert no_permission(found, "A#B#C") == [Miss("compound", "A#B#C", other="#")]
    assert no_route(Snapshot([route("B", ONE, "http://a/", **OLD)]), "B#C")[0].address == "B"


@pytest.mark.parametrize(
    ("receiver", "contract", "reason"),
    [("A", "urn:riv:none:GetZResponder:1", "contract"), ("Z", ONE, "receiver"), ("A", ONE, "combination")],
)
def test_when_nothing_is_near(receiver: str, contract: str, reason: str) -> None:
    found = Snapshot([route("A", OTHER, "http://a/"), route("B", ONE, "http://b/")])
    assert no_route(found, receiver, contract) == [Miss(reason, receiver)]
    assert no_permission(found, receiver, contract=contract) == [Miss("none", receiver)]


def test_every_reason_is_told_in_both_languages() -> None:
    """With what was asked for and what would have fitted; nothing is left to fill in."""
    values = {"contract": ONE, "receiver": "SE-Å", "sender": SENDER}
    for group, reason in chain.from_iterable(
        [(group, key) for key in texts.keys(group)] for group in ("missing", "denied")
    ):
        told = Miss(reason, "SE-Å", "2024-01-01 –", "{other}").told(group, **values)
        assert set(told) == {"sv", "en"}
        assert all(text.endswith(".") for text in told.values())


def test_periods() -> None:
    assert period(date(2026, 1, 1), date(2026, 2, 3)) == "2026-01-01 – 2026-02-03"
    assert period(date(2026, 1, 1), date(2124, 12, 31)) == "2026-01-01 –"
