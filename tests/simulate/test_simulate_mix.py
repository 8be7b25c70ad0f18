"""The shape of the national load test, the figures and the verdict."""

from collections import Counter

import pytest
from gateway_samples import contracts
from simulate_samples import maker

from gateway.simulate.drive import Driven, Outcome
from gateway.simulate.figures import rows, verdict
from gateway.simulate.mix import DIRECT, UPDATE, Rates, kinds, timeline

CONTRACTS = contracts().aggregated()


def due(rates: Rates, duration: float) -> dict[str, list[float]]:
    return {kind.name: list(kind.due) for kind in kinds(maker(), CONTRACTS, rates, duration)}


def test_ten_minutes_are_those_of_the_national_load_test() -> None:
    found = due(Rates(), 600)
    each = 33 / len(CONTRACTS)
    for contract in CONTRACTS:
        moments = found[contract.key]
        assert sum(1 for moment in moments if moment >= 60) == pytest.approx(540 * each, abs=2)
        assert sum(1 for moment in moments if moment < 60) == pytest.approx(60 * each * 2 / 3, abs=2)
        assert moments[1] - moments[0] == pytest.approx(3 / each, rel=0.05)
    assert len(found[DIRECT]) == 600
    in_bursts = [moment for moment in found[UPDATE] if moment % 60 >= 55]
    assert len(in_bursts) == pytest.approx(10 * 5 * 15, abs=15)
    assert len(found[UPDATE]) - len(in_bursts) == pytest.approx(10 * 55 * 3, abs=15)
    assert [len(found[code]) for code in ("VP004", "VP007", "VP009")] == [5, 5, 5]


def test_two_seconds_have_every_kind() -> None:
    found = due(Rates(), 2)
    assert set(found) == {*(contract.key for contract in CONTRACTS), DIRECT, UPDATE, "VP004", "VP007", "VP009"}
    assert all(0 <= moment < 2 for moments in found.values() for moment in moments)
    assert all(moments == sorted(moments) for moments in found.values())


def test_rates_count() -> None:
    assert Rates().times(2).update_burst == 30
    assert len(due(Rates().times(3), 60)[DIRECT]) == 180
    assert set(due(Rates(aggregated=0, direct=2, update=0, update_burst=0, faults=0), 5)) == {DIRECT}


def test_a_rate_may_be_none_for_a_while() -> None:
    only_bursts = Rates(aggregated=0, direct=0, update=0, update_burst=10, faults=0)
    moments = due(only_bursts, 120)[UPDATE]
    assert len(moments) == pytest.approx(100, abs=3)
    assert all(moment % 60 >= 55 for moment in moments)
    no_bursts = due(Rates(aggregated=0, direct=0, update=10, update_burst=0, faults=0), 60)[UPDATE]
    assert max(no_bursts) < 55 < len(no_bursts) / 9
    assert due(Rates(aggregated=0, direct=0, update=0, update_burst=0, faults=0), 60) == {}


def test_the_timeline_holds_every_call_in_order() -> None:
    wanted = kinds(maker(), CONTRACTS, Rates(), 10)
    line = list(timeline(wanted))
    assert line == sorted(line)
    assert len(line) == sum(len(kind.due) for kind in wanted)


def outcome(right: int, wrong: int) -> Outcome:
    return Outcome("x", right + wrong, [number / 1000 for number in range(1, right + 1)], Counter({"HTTP 500": wrong}))


def test_figures_are_ranks_of_what_went_well() -> None:
    driven = Driven([outcome(200, 0), outcome(0, 3)], seconds=20.0)
    one, none, whole = rows(driven, 10.0)
    assert (one.p50_ms, one.p95_ms, one.p99_ms, one.most_ms) == (100.0, 190.0, 198.0, 200.0)
    assert (one.wanted_per_second, one.held_per_second, one.errors) == (20.0, 10.0, 0)
    assert (none.p50_ms, none.errors) == (None, 3)
    assert (whole.calls, whole.errors, whole.kind) == (203, 3, "")


@pytest.mark.parametrize(
    ("outcomes", "passed"),
    [
        ([outcome(10, 0), outcome(1, 0)], True),
        ([outcome(10_000, 0), outcome(0, 1)], False),
        ([outcome(9_999, 1)], False),
        ([], False),
    ],
    ids=["all right", "one named request", "one of many", "nothing"],
)
def test_every_named_request_has_to_go_well(outcomes: list[Outcome], passed: bool) -> None:
    found = verdict([Outcome(str(at), each.wanted, each.latencies, +each.errors) for at, each in enumerate(outcomes)])
    assert found.passed is passed
