"""Baseline and ignore file: what counts and what does not."""

import json
from datetime import date
from pathlib import Path

import pytest
from finding_samples import PATH, finding

from gateway.errors import DataError
from gateway.findings import select

TODAY = date(2026, 11, 24)


def ignoring(folder: Path, text: str) -> Path:
    path = folder / "ignore.toml"
    path.write_text(text, "utf-8")
    return path


def row(**fields: str) -> str:
    given = {"rule": "RIVTA-XSD-007", "reason": "känt", **fields}
    lines = [f"{name} = {value}" if name == "expires" else f'{name} = "{value}"' for name, value in given.items()]
    return "[[ignore]]\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"rule": "value-enumeration"},
        {"rule": "rivta-xsd-*"},
        {"file": "svar/*"},
        {"xpath": PATH.replace("[2]", "")},
        {"xpath": "*/core:code"},
        {"contract": "Answer_*"},
        {"expires": "2026-11-24"},
    ],
)
def test_what_a_row_names_is_left_out(tmp_path: Path, fields: dict[str, str]) -> None:
    assert select.apply_ignores([finding()], ignoring(tmp_path, row(**fields)), TODAY) == ([], 1)


@pytest.mark.parametrize(
    "fields",
    [{"rule": "RIVTA-XSD-006"}, {"file": "annat/*"}, {"xpath": "/a"}, {"contract": "Other_1.0"}],
)
def test_a_row_that_names_something_else_is_told(tmp_path: Path, fields: dict[str, str]) -> None:
    left, ignored = select.apply_ignores([finding()], ignoring(tmp_path, "\n\n" + row(**fields)), TODAY)
    assert ignored == 0
    assert [(each.rule, each.severity, each.line) for each in left[1:]] == [("RIVTA-REP-002", "info", 3)]


def test_a_row_that_has_expired_is_a_finding(tmp_path: Path) -> None:
    left, ignored = select.apply_ignores([finding()], ignoring(tmp_path, row(expires="2026-11-23")), TODAY)
    assert ignored == 0
    assert [each.rule for each in left] == ["RIVTA-XSD-007", "RIVTA-REP-001"]
    assert "2026-11-23" in left[1].message.sv
    assert "känt" in left[1].message.sv


def test_the_unreadable_is_never_left_out(tmp_path: Path) -> None:
    unreadable = finding(rule="RIVTA-IN-001", layer="input")
    left, ignored = select.apply_ignores([unreadable], ignoring(tmp_path, row(rule="*")), TODAY)
    assert (left[0], ignored) == (unreadable, 0)
    baseline = tmp_path / "b.json"
    assert select.write_baseline([unreadable], baseline) == 0
    assert select.apply_baseline([unreadable], baseline) == ([unreadable], 0)


@pytest.mark.parametrize("text", ['[[ignore]]\nrule = "X-1"\n', row(reason=""), row(reson="x"), "[[ignore]\n"])
def test_a_wrong_ignore_file_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"ignore\.toml"):
        select.apply_ignores([], ignoring(tmp_path, text), TODAY)


def test_a_baseline_knows_findings_and_how_many(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    assert select.write_baseline([finding(), finding(line=99), finding(rule="RIVTA-XSD-006")], path) == 3
    known = json.loads(path.read_text("utf-8"))["findings"]
    assert [(each["rule"], each["count"]) for each in known] == [("RIVTA-XSD-006", 1), ("RIVTA-XSD-007", 2)]
    new = finding(file="ny.xml")
    moved = [finding(line=1), finding(line=2), finding(line=3), new]
    assert select.apply_baseline(moved, path) == ([moved[2], new], 2)


@pytest.mark.parametrize("text", ["", "{}", '{"version": 1, "findings": [{"count": 1}]}'])
def test_a_wrong_baseline_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "known.json"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match="--write-baseline"):
        select.apply_baseline([], path)
    with pytest.raises(DataError):
        select.apply_baseline([], tmp_path / "none.json")
