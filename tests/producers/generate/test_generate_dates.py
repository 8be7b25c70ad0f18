"""The calendar of the data."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gateway.producers.generate.dates import (
    REFERENCE,
    Timeline,
    age_on,
    is_working_day,
    time_text,
    working_day,
)


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.booleans())
def test_a_working_day_is_found_on_the_right_side(day: date, forward: bool) -> None:
    found = working_day(day, forward)
    assert is_working_day(found)
    assert (found >= day) if forward else (found <= day)


@given(st.lists(st.integers(-3000, 400), min_size=2, max_size=2), st.integers(0, 40), st.integers(0, 12))
def test_a_timeline_keeps_the_order(offsets: list[int], earlier: int, later: int) -> None:
    timeline = Timeline(date(1950, 1, 1), earlier, later)
    first, second = sorted(offsets)
    assert timeline.day(first) <= timeline.day(second)
    assert (timeline.day(first) < REFERENCE) == (first < 0)


def test_nothing_happens_before_birth() -> None:
    assert Timeline(date(2026, 3, 2), 10, 0).day(-2000) == date(2026, 3, 9)


def test_ages_and_times() -> None:
    assert age_on(date(1926, 7, 7)) == 100
    assert age_on(date(2012, 11, 25)) == 13
    assert time_text(date(2026, 12, 1), 8 * 60 + 5) == "20261201080500"
