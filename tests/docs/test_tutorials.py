"""The tutorials do what they say."""

from pathlib import Path

import pytest
from tutorial_runner import Command, run, steps

DOCS = Path(__file__).resolve().parents[2] / "docs"
TUTORIALS = [*sorted(DOCS.glob("tutorial-*.md")), DOCS / "contracts-packages.md"]


@pytest.mark.sockets
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_tutorial_does_what_it_says(path: Path, tmp_path: Path) -> None:
    text = path.read_text("utf-8")
    commands = [step for step in steps(text) if isinstance(step, Command)]
    assert any(command.expected for command in commands)
    assert run(text, tmp_path) == len(commands)


@pytest.mark.sockets
def test_a_tutorial_that_lies_is_caught(tmp_path: Path) -> None:
    lie = "```console\n$ rivta --version\nrivta, version 999\n```\n"
    with pytest.raises(AssertionError, match="did not print"):
        run(lie, tmp_path)
