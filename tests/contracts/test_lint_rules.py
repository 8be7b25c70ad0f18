"""The examples of the rules for contract files are their tests."""

import pytest
from lint_samples import findings, package

from gateway.contracts.lint.run import lint
from gateway.findings import rules
from gateway.findings.rules import Example, Rule

RULES = list(rules.area("lint").values())


def cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.id}-{number}")
        for rule in RULES
        for number, example in enumerate(getattr(rule, kind))
    ]


@pytest.mark.parametrize(("rule", "example"), cases("good"))
def test_a_good_example_keeps_every_rule(rule: Rule, example: Example) -> None:
    assert [(found.rule, found.message.en) for found in findings(example)] == []


@pytest.mark.parametrize(("rule", "example"), cases("bad"))
def test_a_bad_example_breaks_the_rule(rule: Rule, example: Example) -> None:
    found = [each for each in findings(example) if each.rule == rule.id]
    assert found, [(each.rule, each.message.en) for each in findings(example)]
    for each in found:
        assert each.severity == rule.severity
        assert each.file
        assert each.message.sv
        assert each.message.en
        assert each.hint


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])
def test_a_rule_has_both_kinds_of_example(rule: Rule) -> None:
    assert rule.good
    assert rule.bad


def test_only_documents_are_judged_without_the_layout() -> None:
    example = Example(options={"target": "tkb", "folder": "tmp"})
    assert {found.layer for found in lint(package(example))} == {"layout"}
    assert lint(package(example), whole=False) == []
