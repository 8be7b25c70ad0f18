"""``rivta contracts lint``: our own contracts, packages, exit codes and formats."""

import json
from pathlib import Path

import pytest
from cli_runs import rivta
from lint_samples import write

Capture = pytest.CaptureFixture[str]


def test_our_own_contracts_are_clean(capsys: Capture) -> None:
    found = rivta(capsys, "contracts", "lint", "--lang", "en")
    assert (found.code, found.err) == (0, "")
    assert "No findings." in found.out


def test_a_good_package(capsys: Capture, tmp_path: Path) -> None:
    found = rivta(capsys, "contracts", "lint", str(write(tmp_path)))
    assert (found.code, found.err) == (0, "")


def test_levels_decide(capsys: Capture, tmp_path: Path) -> None:
    """A missing document is a warning, a missing xs:any an error."""
    write(tmp_path)
    (tmp_path / "docs" / "TKB_test_visits.docx").unlink()
    assert rivta(capsys, "contracts", "lint", str(tmp_path)).code == 0
    assert rivta(capsys, "contracts", "lint", str(tmp_path), "--fail-on", "warning").code == 1
    schema = tmp_path / "schemas" / "core_components" / "test_visits_1.0.xsd"
    schema.write_text(schema.read_text("utf-8").replace("##other", "##any"), "utf-8")
    found = rivta(capsys, "contracts", "lint", str(tmp_path), "--format", "json")
    assert found.code == 1
    (error,) = [each for each in json.loads(found.out)["findings"] if each["severity"] == "error"]
    assert (error["rule"], error["file"]) == ("RIVTA-LINT-049", str(schema))
    assert error["line"] > 0


def test_a_broken_file_is_told(capsys: Capture, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "schemas" / "core_components" / "bomb.xsd").write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    found = rivta(capsys, "contracts", "lint", str(tmp_path))
    assert found.code == 1
    assert "RIVTA-LINT-004" in found.out


def test_what_is_not_there(capsys: Capture, tmp_path: Path) -> None:
    found = rivta(capsys, "contracts", "lint", str(tmp_path / "gone"))
    assert (found.code, found.out) == (2, "")
    assert "gone" in found.err
