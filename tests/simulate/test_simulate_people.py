"""Persons and their engagements: the same every time, unlike each other, in the order of the index."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from gateway_samples import contracts
from simulate_samples import OWNER, people

from gateway.producers.generate.personid import PERSONNUMMER, valid
from gateway.simulate.people import FIRST, LAST, MOST, Row
from gateway.storage.engagement import Engagement


def engagement(row: Row) -> Engagement:
    person, domain, categorization, _, address, giver, content = row
    return Engagement(person, domain, categorization, address, address, giver, most_recent_content=content, owner=OWNER)


@pytest.mark.parametrize("count", [1, 30, 2_000, MOST])
def test_numbers_are_valid_and_ascend_and_nobody_has_them(count: int) -> None:
    known = people(persons=count)
    indexes = range(count) if count < MOST else [0, 1, 999, 1_000, 17_000_000, MOST - 2, MOST - 1]
    numbers = [known.number(index) for index in indexes]
    assert all(one < other for one, other in pairwise(numbers))
    assert all(valid(number, PERSONNUMMER) for number in numbers)
    assert numbers[0] >= FIRST
    assert numbers[-1][:8] <= LAST


def test_the_same_seed_gives_the_same_rows() -> None:
    rows = list(people().all_rows(0, 200))
    assert rows == list(people().all_rows(0, 200))
    assert rows != list(people(seed=8).all_rows(0, 200))
    assert rows[:100] == list(people().all_rows(0, 200))[:100]


def test_rows_are_in_the_order_of_the_index_and_have_its_keys() -> None:
    rows = list(people().all_rows(0, 2_000))
    assert rows == sorted(rows)
    assert len({row[:4] for row in rows}) == len(rows)
    for row in rows[:300]:
        assert engagement(row).key() == row.key
        assert replace(engagement(row), owner="SE1").key() != row.key


def test_a_few_engagements_each_and_all_over_the_country() -> None:
    known = people(persons=12_000)
    each = [known.holdings(index) for index in range(12_000)]
    assert all(len(set(holdings)) == len(holdings) >= 1 for holdings in each)
    counts = sorted(map(len, each))
    assert 2.0 < sum(counts) / len(counts) < 3.5
    assert counts[-1] >= 21, "somebody is known in every region"
    of_producer = Counter(holding.producer for holdings in each for holding in holdings)
    assert len(of_producer) == 311
    assert of_producer[0] > 5 * of_producer[7], "Stockholm has more inhabitants than Gotland"
    assert {holding.contract for holdings in each for holding in holdings} == set(range(len(contracts().aggregated())))


def test_a_country_without_municipalities_will_do() -> None:
    known = people(producers=1, persons=50)
    assert {holding.producer for index in range(50) for holding in known.holdings(index)} == {0}
