"""Samples of every contract keep its schema and its rules."""

import re
from pathlib import Path

import pytest
from check_samples import NOW
from lxml import etree
from sample_parts import KEYS, contract, odd_package, sampler, shipped_checker, wrong

from gateway.contracts.contract import load_contract
from gateway.contracts.messages.checker import Checker, Options
from gateway.contracts.sample import write
from gateway.contracts.sample.sampler import PARTS, Recipe, Sampler

AGGREGATED = [key for key in KEYS if contract(key).record_tag]
SEEDS = 40


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("style", ["minimal", "full"])
def test_the_least_and_the_most_conform(key: str, style: str) -> None:
    made = sampler(key)
    assert wrong(made, made.pair(Recipe(style)), shipped_checker()) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("key", KEYS)
def test_whatever_the_seed_messages_conform(key: str) -> None:
    made = sampler(key)
    found = {seed: wrong(made, made.pair(Recipe("random", seed)), shipped_checker()) for seed in range(SEEDS)}
    assert {seed: each for seed, each in found.items() if each} == {}


@pytest.mark.parametrize("key", KEYS)
def test_the_same_seed_gives_the_same_bytes(key: str) -> None:
    for part in PARTS:
        first, again = (write.written(Sampler(contract(key)).pair(Recipe("random", 11)).part(part)) for _ in range(2))
        assert first == again


@pytest.mark.parametrize("key", AGGREGATED)
def test_answers_have_as_many_records_as_wanted_about_the_person_asked_for(key: str) -> None:
    made, kept = sampler(key), contract(key)
    pair = made.pair(Recipe("full", 0, 3))
    records = list(pair.response.iterchildren(kept.record_tag))
    assert len(records) == 3
    assert {record.findtext(kept.record["patient"]) for record in records} == {pair.request.findtext(kept.patient)}
    if kept.record["id"]:
        assert len({record.findtext(kept.record["id"]) for record in records}) == 3
    assert len(list(made.pair(Recipe("minimal", 0, 0)).response.iterchildren(kept.record_tag))) == 0


@pytest.mark.parametrize("key", AGGREGATED)
def test_full_holds_everything_that_minimal_holds_and_much_more(key: str) -> None:
    made = sampler(key)
    least, most = (made.pair(Recipe(style, 0, 1)).response for style in ("minimal", "full"))
    small, large = ({str(each.tag) for each in one.iter("*")} for one in (least, most))
    assert len(small) * 2 < len(large)
    assert re.search("[åäöÅÄÖ]", "".join(map(str, most.itertext())))


def test_pairs_of_a_recipe_differ() -> None:
    made = sampler(AGGREGATED[0])
    found = {write.written(pair.request) for pair in made.pairs(Recipe("minimal"), 5)}
    assert len(found) == 5


def test_a_bare_message_is_the_element_itself() -> None:
    made = sampler(AGGREGATED[0])
    request = made.pair(Recipe("full")).request
    root = etree.fromstring(write.bare(request))
    assert root.tag == request.tag
    assert made.contract.schema.validate(root)
    assert b"LogicalAddress" not in write.bare(request)
    assert b">5565594230<" in write.written(request, made.address)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return odd_package(tmp_path_factory.mktemp("odd"))


def test_choices_unions_lists_attributes_and_limits(odd: Path) -> None:
    made = Sampler(load_contract(odd / "contracts" / "GetUdda_1.0.toml", odd))
    judge = Checker(odd, Options(now=NOW))
    recipes = [Recipe("minimal"), Recipe("full"), *(Recipe("random", seed) for seed in range(SEEDS))]
    assert {recipe: found for recipe in recipes if (found := wrong(made, made.pair(recipe), judge))} == {}
    branches = {str(made.pair(Recipe("random", seed)).request[0].tag).rpartition("}")[2] for seed in range(20)}
    assert branches == {"number", "colour"}
