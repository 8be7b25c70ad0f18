"""Broken messages: the checker catches every one by the rule that must catch it."""

from pathlib import Path

import pytest
from check_samples import NOW
from gateway_samples import ROOT
from sample_parts import KEYS, contract, odd_package, sampler

from gateway.contracts.contract import load_contract
from gateway.contracts.sample.mutants import Mutant, mutants, unbroken
from gateway.contracts.sample.sampler import Sampler
from gateway.contracts.sample.verify import verify
from gateway.findings import rules

EVERYWHERE = [key for key in KEYS if not contract(key).internal]  # the large ones take half a minute each
NOT_BROKEN = {"RIVTA-XSD-008"}  # no shipped schema has a length or a limit


@pytest.mark.parametrize("key", KEYS)
def test_every_broken_message_is_caught_by_its_rule(key: str) -> None:
    made = list(mutants(sampler(key)))
    assert [each for each in verify(ROOT, made, NOW) if not each.caught] == []
    assert unbroken(sampler(key), made) == []
    own = {each.id for each in rules.area(key).values()}
    assert own <= {each.rule for each in made}


@pytest.mark.parametrize("key", EVERYWHERE)
def test_at_every_place_too(key: str) -> None:
    verdicts = verify(ROOT, mutants(sampler(key), 3, every=True), NOW)
    assert [(each.mutant.title, each.mutant.where, each.rules) for each in verdicts if not each.caught] == []


def test_together_they_break_every_rule_for_messages() -> None:
    broken = {each.rule for key in KEYS if contract(key).record_tag for each in mutants(sampler(key))}
    assert rules.area("message").keys() - broken <= NOT_BROKEN


def test_limits_attributes_and_values_of_other_schemas(tmp_path: Path) -> None:
    odd = odd_package(tmp_path / "odd")
    made = list(mutants(Sampler(load_contract(odd / "contracts" / "GetUdda_1.0.toml", odd)), every=True))
    assert [
        (each.mutant.title, each.mutant.where, each.rules) for each in verify(odd, made, NOW) if not each.caught
    ] == []
    names = {each.name for each in made}
    assert names >= {"too-long", "too-short", "too-low", "too-high", "too-many-digits", "missing-attribute"}
    assert names >= {"wrong-attribute", "wrong-value", "wrong-pattern", "wrong-type", "element-in-text"}


def test_what_no_rule_catches_is_a_survivor() -> None:
    right = Mutant("RIVTA-SEM-001", "nothing", "request", next(iter(mutants(sampler(KEYS[0])))).data)
    (verdict,) = verify(ROOT, [right], NOW)
    assert not verdict.caught
