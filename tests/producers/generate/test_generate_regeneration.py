"""The committed files are what the generator makes, byte for byte."""

import filecmp
from pathlib import Path

import pytest

from gateway.producers.generate import SEED, Summary, demo_person, generate


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary, list[str]]:
    lines: list[str] = []
    target = tmp_path_factory.mktemp("fixtures")
    return target, generate(SEED, target, lines.append), lines


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_committed_files_are_generated(generated: tuple[Path, Summary, list[str]], fixtures: Path) -> None:
    target, summary, _ = generated
    made = _names(target)
    assert len(made) == summary.files
    assert {name for name in _names(fixtures) if name.startswith("records/")} <= made
    _, different, missing = filecmp.cmpfiles(target, fixtures, sorted(made), shallow=False)
    assert (different, missing) == ([], [])


def test_the_summary_counts_what_was_written(generated: tuple[Path, Summary, list[str]]) -> None:
    target, summary, _ = generated
    assert summary.size == sum((target / name).stat().st_size for name in _names(target))
    assert summary.size < 9_500_000
    assert summary.persons >= 220
    assert summary.demo_person == demo_person() == "194103149805"


def test_progress_is_told_per_file(generated: tuple[Path, Summary, list[str]]) -> None:
    _, summary, lines = generated
    assert lines[0] == f"{summary.persons} persons"
    assert lines[-1].startswith(f"{summary.files}/{summary.files} ")


def test_another_seed_gives_other_persons_but_the_same_demo_person(tmp_path: Path, fixtures: Path) -> None:
    generate(4711, tmp_path, lambda _line: None)
    other = (tmp_path / "persons.csv").read_text("utf-8").splitlines()
    same = (fixtures / "persons.csv").read_text("utf-8").splitlines()
    assert other[1] == same[1]
    assert other[-1] != same[-1]


def test_files_that_no_longer_belong_are_removed(tmp_path: Path) -> None:
    left_over = tmp_path / "records" / "99-atlantis" / "GetCarePlans_2.0.xml"
    kept = tmp_path / "records" / "notes.txt"
    left_over.parent.mkdir(parents=True)
    left_over.write_text("<gone/>", "utf-8")
    kept.write_text("mine", "utf-8")
    generate(SEED, tmp_path, lambda _line: None)
    assert not left_over.exists()
    assert kept.read_text("utf-8") == "mine"


def test_nothing_is_printed_when_nobody_watches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generate(SEED, tmp_path)
    assert capsys.readouterr() == ("", "")
