"""The examples of every rule are its tests: the good ones keep it, the bad ones break it."""

from pathlib import Path

import pytest
from rule_examples import FOLDER, findings, report_findings

from gateway.findings import rules
from gateway.findings.rules import Example, Rule

MESSAGE = [rule for rule in rules.everything().values() if rule.area not in ("lint", "diff", "report")]
REPORT = list(rules.area("report").values())


def cases(found: list[Rule], kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.id}-{number}")
        for rule in found
        for number, example in enumerate(getattr(rule, kind))
    ]


@pytest.mark.parametrize(("rule", "example"), cases(MESSAGE, "good"))
def test_a_good_example_keeps_the_rule(rule: Rule, example: Example) -> None:
    assert [finding for finding in findings(example) if finding.rule == rule.id] == []


@pytest.mark.parametrize(("rule", "example"), cases(MESSAGE, "bad"))
def test_a_bad_example_breaks_the_rule(rule: Rule, example: Example) -> None:
    broken = [finding for finding in findings(example) if finding.rule == rule.id]
    assert broken, [finding.rule for finding in findings(example)]
    for finding in broken:
        assert finding.severity == rule.severity
        assert finding.message.sv
        assert finding.message.en
        assert finding.hint


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in MESSAGE + REPORT])
def test_a_rule_has_both_kinds_of_example(rule: Rule) -> None:
    assert rule.good
    assert rule.bad


@pytest.mark.parametrize(("rule", "example"), cases(REPORT, "good"))
def test_a_good_ignore_file(rule: Rule, example: Example, tmp_path: Path) -> None:
    assert rule.id not in {finding.rule for finding in report_findings(example, tmp_path)}


@pytest.mark.parametrize(("rule", "example"), cases(REPORT, "bad"))
def test_a_bad_ignore_file(rule: Rule, example: Example, tmp_path: Path) -> None:
    assert rule.id in {finding.rule for finding in report_findings(example, tmp_path)}


def test_a_frame_is_good_itself() -> None:
    """Else an example might break its rule for the frame's sake."""
    broken = ("deep.xml", "latin-1.xml", "soap12-question.xml", "contacts-two-", "managers-two-", "plans-large-")
    for path in sorted(FOLDER.glob("*.xml")):
        if not path.name.startswith(broken):
            found = findings(Example(file=path.name))
            assert [each.rule for each in found if each.severity != "info"] == [], path.name


def test_every_example_file_is_used() -> None:
    used = {
        name
        for rule in rules.everything().values()
        for example in (*rule.good, *rule.bad)
        for name in (example.file, example.frame, example.before, example.options.get("xsd", ""))
    }
    assert {path.name for path in FOLDER.iterdir()} - used == set()
