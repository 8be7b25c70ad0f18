"""The finding and its fingerprint; rules read from data; reports and exit codes."""

from pathlib import Path

import pytest
from finding_samples import PATH, finding, report

from gateway.errors import DataError
from gateway.findings import rules
from gateway.findings.finding import Finding, Text, worse
from gateway.findings.report import Report


@pytest.mark.parametrize(
    "moved",
    [
        {"line": 99, "column": 1, "excerpt": ""},
        {"xpath": PATH.replace("[2]", "[17]")},
        {"xpath": PATH.replace("ns0:", "a:").replace("soapenv:", "S:").replace("core:", "")},
        {"severity": "warning"},
        {"file": "svar\\åäö, 1.xml"},
    ],
)
def test_a_fingerprint_stays_when_things_move(moved: dict[str, object]) -> None:
    assert finding(**moved).fingerprint == finding().fingerprint


@pytest.mark.parametrize(
    "changed",
    [
        {"rule": "RIVTA-XSD-006"},
        {"file": "annat.xml"},
        {"xpath": PATH + "/core:codeSystem"},
        {"message": Text("annat", "other")},
        {"key": "x"},
    ],
)
def test_a_fingerprint_tells_findings_apart(changed: dict[str, object]) -> None:
    assert finding(**changed).fingerprint != finding().fingerprint


def test_a_fingerprint_is_sixteen_digits_and_fixed() -> None:
    """Baselines are kept for years."""
    made = Finding(rule="R-1", severity="error", message=Text("a", "b"), file="f.xml", xpath="/a:b/c[2]")
    assert made.fingerprint == "89b80f4f1f7b1fb3"


def test_a_key_takes_the_place_of_the_message() -> None:
    assert finding(key="k").fingerprint == finding(key="k", message=Text("x", "y")).fingerprint


def test_texts_by_language() -> None:
    text = Text("Hej {name}", "Hello {name}")
    assert (text.of("sv"), text.of("en")) == ("Hej {name}", "Hello {name}")
    assert text.filled(name=Text("du", "you")) == Text("Hej du", "Hello you")
    assert Text(sv="bara").of("en") == "bara"
    assert not Text()


def test_severities_are_ordered() -> None:
    assert worse("error", "warning")
    assert worse("warning", "info")
    assert not worse("info", "info")


@pytest.mark.parametrize(
    ("severities", "fail_on", "code"),
    [
        ((), "info", 0),
        (("warning",), "error", 0),
        (("warning",), "warning", 1),
        (("info",), "warning", 0),
        (("info",), "info", 1),
        (("error", "info"), "error", 1),
    ],
)
def test_the_exit_code_is_decided_by_the_gravest(severities: tuple[str, ...], fail_on: str, code: int) -> None:
    found = report(*(finding(severity=each) for each in severities))
    assert found.exit_code(fail_on) == code


def test_what_could_not_be_read_is_exit_code_2() -> None:
    found = Report(command="check", subjects=(), findings=(finding(layer="input", severity="info"),))
    assert found.exit_code("error") == 2


RULE = """
[[rule]]
id = "{id}"
name = "{name}"
layer = "xsd"
level = "{level}"
title = {{ sv = "rubrik", en = "title" }}
text = {{ sv = "text", en = "text" }}
message = {{ sv = "{{vad}}", en = "{{vad}}" }}
hint = {{ sv = "gör {{vad}}", en = "do {{vad}}" }}
source = {{ document = "Spec", section = "#7" }}
"""


def written(folder: Path, *parts: str) -> Path:
    path = folder / "lint.toml"
    path.write_text("".join(parts), "utf-8")
    return path


def test_a_rule_makes_findings(tmp_path: Path) -> None:
    rule = rules.read(written(tmp_path, RULE.format(id="A-001", name="a", level="bör")))["A-001"]
    assert (rule.area, rule.severity, str(rule.source)) == ("lint", "warning", "Spec #7")
    made = rule.finding({"vad": "x"}, file="f.xml", line=3)
    assert (made.message, made.hint) == (Text("x", "x"), Text("gör x", "do x"))
    assert (made.rule, made.layer, made.severity, made.line) == ("A-001", "xsd", "warning", 3)
    assert rule.finding({"vad": "x"}, severity="info").severity == "info"
    with pytest.raises(KeyError):
        rule.finding()


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        ({"id": "A-001", "name": "b", "level": "skall"}, "twice"),
        ({"id": "A-002", "name": "a", "level": "skall"}, "twice"),
        ({"id": "a1", "name": "b", "level": "skall"}, "Expected"),
        ({"id": "A-002", "name": "B", "level": "skall"}, "Expected"),
        ({"id": "A-002", "name": "b", "level": "must"}, "Invalid"),
    ],
)
def test_wrong_rules_are_told(tmp_path: Path, second: dict[str, str], problem: str) -> None:
    path = written(tmp_path, RULE.format(id="A-001", name="a", level="skall"), RULE.format(**second))
    with pytest.raises(DataError, match=problem) as caught:
        rules.read(path)
    assert caught.value.path == path


def test_all_rules_have_ids_and_names_of_their_own() -> None:
    found = rules.everything()
    assert len({rule.name for rule in found.values()}) == len(found)
    assert {rule.area for rule in found.values()} >= {"message", "report"}


@pytest.mark.parametrize(
    ("wanted", "rule"), [("rivta-env-002", "RIVTA-ENV-002"), (" body-one-child", "RIVTA-ENV-002"), ("nothing", None)]
)
def test_a_rule_is_found_by_id_or_name(wanted: str, rule: str | None) -> None:
    found = rules.find(wanted)
    assert (found.id if found else None) == rule


@pytest.mark.parametrize(("wanted", "rule"), [("RIVTA-SEM-1", "RIVTA-SEM-001"), ("body-one-chlid", "RIVTA-ENV-002")])
def test_the_nearest_rule_is_suggested(wanted: str, rule: str) -> None:
    assert rules.nearest(wanted)[0].id == rule


def test_every_text_of_a_rule_is_in_both_languages() -> None:
    for rule in rules.everything().values():
        for text in (rule.title, rule.text, rule.hint, rule.message):
            assert bool(text.sv) == bool(text.en), rule.id
            assert not text.sv or text.sv != text.en or "{" in text.sv, rule.id
