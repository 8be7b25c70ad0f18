"""The examples of the rules about changes are their tests, and the verdicts cover every rule."""

import pytest
from diff_samples import findings, package, pairs

from gateway.contracts.diff import judge
from gateway.contracts.diff.package import compare
from gateway.findings import rules
from gateway.findings.rules import Example, Rule

RULES = list(rules.area("diff").values())
VERSION = [rule for rule in RULES if rule.layer == "version"]


def cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.id}-{number}")
        for rule in RULES
        for number, example in enumerate(getattr(rule, kind))
    ]


@pytest.mark.parametrize(("rule", "example"), cases("good"))
def test_a_good_example_says_nothing(rule: Rule, example: Example) -> None:
    assert [found.rule for found in findings(example) if found.rule == rule.id] == []


@pytest.mark.parametrize(("rule", "example"), cases("bad"))
def test_a_bad_example_is_found(rule: Rule, example: Example) -> None:
    found = [each for each in findings(example) if each.rule == rule.id]
    assert found, [each.rule for each in findings(example)]
    for each in found:
        assert each.message.sv
        assert each.message.en
        assert each.hint
    if rule not in VERSION:
        wanted = judge.verdicts()[rule.name]
        severities = {(each.key.partition(" ")[0], each.severity) for each in found}
        assert severities == {(direction, verdict.severity) for direction, verdict in wanted.items()}


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])
def test_a_bad_example_shows_one_thing(rule: Rule) -> None:
    """Nothing else is found in it but what the version number should be."""
    others = {rule.id, *(each.id for each in VERSION)}
    for example in rule.bad:
        if rule.layer != "version":
            assert {found.rule for found in findings(example)} - others <= _PART_OF.get(rule.id, set())


# A contract that goes is another one that comes, and another group holds other particles.
_PART_OF = {
    "RIVTA-DIFF-001": {"RIVTA-DIFF-002"},
    "RIVTA-DIFF-002": {"RIVTA-DIFF-001"},
    "RIVTA-DIFF-003": {"RIVTA-DIFF-004"},
    "RIVTA-DIFF-006": {"RIVTA-DIFF-007"},
    "RIVTA-DIFF-007": {"RIVTA-DIFF-006"},
}


def test_every_change_has_a_verdict() -> None:
    names = {rule.name for rule in RULES if rule.layer != "version"}
    in_messages = {rule.name for rule in RULES if rule.layer not in ("version", "contract", "wsdl")}
    assert names == set(judge.verdicts())
    for name, verdict in judge.verdicts().items():
        both = name not in in_messages or name == "contract-namespace-changed"
        assert set(verdict) == ({"both"} if both else {"request", "response"}), name


OLD = '<xs:sequence><xs:element name="a" type="xs:string"/></xs:sequence>'
NEW = OLD.replace("</xs:sequence>", '<xs:element name="ö" type="xs:string"/></xs:sequence>')


def test_a_new_major_version_may_break() -> None:
    (pair,) = compare(package(OLD), package(NEW, version="2.0"))
    assert pair.title == "GetVisits 1.0 → 2.0"
    assert pair.breaks
    assert {found.severity for found in pair.findings} == {"warning"}


def test_a_minor_version_that_only_extends_is_right() -> None:
    old = OLD.replace("</xs:sequence>", '<xs:any namespace="##other" minOccurs="0"/></xs:sequence>')
    new = old.replace("<xs:any", '<xs:element ref="ext:c" minOccurs="0"/><xs:any')
    (pair,) = compare(package(old), package(new, version="1.1"))
    assert not pair.breaks
    assert pair.first == "any"
    assert {found.rule for found in pair.findings} == {"RIVTA-DIFF-012"}


def test_how_it_is_written_does_not_matter() -> None:
    """A named type, a group in a group, and minOccurs="1" written out are the same contract."""
    written = (
        '<xs:sequence minOccurs="1"><xs:sequence><xs:element name="a" minOccurs="1" maxOccurs="1">'
        '<xs:simpleType><xs:restriction base="xs:string"/></xs:simpleType></xs:element></xs:sequence></xs:sequence>'
    )
    (pair,) = compare(package(OLD), package(written))
    assert pair.findings == ()


def test_requests_and_answers_are_judged_apart() -> None:
    optional = NEW.replace('name="ö"', 'name="ö" minOccurs="0"')
    (pair,) = compare(package(OLD), package(optional))
    judged = {found.key.partition(" ")[0]: found.severity for found in pair.findings if found.rule == "RIVTA-DIFF-011"}
    assert judged == {"request": "info", "response": "error"}
    assert pair.first == "together"


def test_fingerprints_stay_when_lines_move() -> None:
    moved = NEW.replace("<xs:sequence>", "<xs:sequence>\n\n\n")
    one = [found.fingerprint for found in compare(package(OLD), package(NEW))[0].findings]
    two = [found.fingerprint for found in compare(package(OLD), package(moved))[0].findings]
    assert sorted(one) == sorted(two)
    assert len(set(one)) == len(one)


def test_a_type_that_holds_itself() -> None:
    ring = (
        '<xs:sequence><xs:element ref="tns:GetVisits" minOccurs="0"/><xs:element name="a" type="xs:{}"/></xs:sequence>'
    )
    (pair,) = compare(package(ring.format("date")), package(ring.format("boolean")))
    assert [found.rule for found in pair.findings if found.layer == "type"] == ["RIVTA-DIFF-030"] * 3


def test_an_example_is_compared_by_both_sides() -> None:
    example = Example(before=OLD, snippet=NEW)
    assert [pair.name for pair in pairs(example)] == ["GetVisits"]
