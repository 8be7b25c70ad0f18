"""``rivta fixtures``: the committed test data and what is derived from its seed."""

import json
from pathlib import Path

import pytest
from cli_runs import rivta

from gateway.cli import fixtures


def fake(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Stands in for the generator, which has tests of its own: writes two files."""
    seeds: list[int] = []

    def write(seed: int, folder: Path) -> None:
        seeds.append(seed)
        (folder / "sub").mkdir(parents=True, exist_ok=True)
        (folder / "a.csv").write_text(f"{seed}\n", "utf-8")
        (folder / "sub" / "b.xml").write_text("<b/>\n", "utf-8")

    monkeypatch.setattr(fixtures, "_write", write)
    return seeds


def test_generating_writes_to_a_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seeds = fake(monkeypatch)
    run = rivta(capsys, "fixtures", "generate", "--seed", "7", "--target", str(tmp_path))
    assert (run.code, seeds) == (0, [7])
    assert (tmp_path / "a.csv").read_text("utf-8") == "7\n"


def test_without_a_seed_it_is_the_projects_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from gateway.producers.generate import SEED

    seeds = fake(monkeypatch)
    rivta(capsys, "fixtures", "generate", "--target", str(tmp_path))
    assert seeds == [SEED]


@pytest.mark.parametrize(
    ("change", "different"),
    [
        (lambda folder: None, []),
        (lambda folder: (folder / "a.csv").write_text("8\n", "utf-8"), ["a.csv"]),
        (lambda folder: (folder / "sub" / "b.xml").unlink(), ["sub/b.xml"]),
        (lambda folder: (folder / "extra").write_text("x", "utf-8"), ["extra"]),
    ],
)
def test_checking_names_what_differs(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    change: object,
    different: list[str],
) -> None:
    fake(monkeypatch)
    arguments = ("fixtures", "generate", "--seed", "7", "--target", str(tmp_path))
    rivta(capsys, *arguments)
    change(tmp_path)  # type: ignore[operator]
    before = sorted(path.name for path in tmp_path.rglob("*"))
    run = rivta(capsys, *arguments, "--check")
    assert (run.code, run.out.split()) == (1 if different else 0, different)
    run = rivta(capsys, *arguments, "--check", "--format", "json")
    assert json.loads(run.out) == {"different": different}
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
