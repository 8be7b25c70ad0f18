"""docs/differences.md: every difference names tests that there are, and every better row of the suite is told there."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "tests" / "interop" / "national"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "differences.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| what ")
]
_FILE = re.compile(r"(test_\w+\.py)(?:::(test_\w+))?")


@cache
def suite() -> str:
    """The names of the suite's tests, with ``-`` for ``_``; collected in a process of their own."""
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", str(SUITE)], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout[-2000:]
    return found.stdout.replace("_", "-")


@pytest.mark.parametrize("cells", ROWS, ids=[row[0] for row in ROWS])
def test_a_difference_is_told_whole_and_shown(cells: list[str]) -> None:
    name, there, here, mode, why, shown = cells
    assert all((name, there, here, why))
    assert mode in ("both", "strict")
    assert (mode == "strict") == name.startswith("Strict: ") or name == "Refusals have a fault in strict mode"
    tests = re.findall(r"`([^`]+)`", shown)
    assert tests
    for test in tests:
        file = _FILE.fullmatch(test)
        if file is None:
            assert re.search(rf"{test}\b", suite()), test
            continue
        (path,) = (ROOT / "tests").rglob(file[1])
        assert file[2] is None or f"def {file[2]}(" in path.read_text("utf-8"), test


def test_each_is_told_once() -> None:
    names = [row[0] for row in ROWS]
    assert len(names) == len(set(names)) > 30
