"""What the README promises is there: verbs, files, links and figures."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


def test_the_make_verbs_exist() -> None:
    verbs = set(re.findall(r"make (\w+)", (ROOT / "README.md").read_text("utf-8")))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert {"demo", "run", "test"} <= verbs
    for verb in verbs:
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE), verb


def test_the_number_of_test_persons_is_right() -> None:
    persons = len((ROOT / "fixtures" / "persons.csv").read_text("utf-8").splitlines()) - 1
    assert f"{persons} test persons" in (ROOT / "README.md").read_text("utf-8")
    assert f"{persons} testpersoner" in (ROOT / "README.md").read_text("utf-8")


def test_every_dependency_has_a_reason() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    for name in ("runtime", "test", "build"):
        for line in (ROOT / "requirements" / f"{name}.in").read_text("utf-8").splitlines():
            package = line.partition(";")[0].strip()
            if package and not package.startswith(("#", "-")):
                assert re.search(rf"(?<![\w-]){re.escape(package)}(?![\w-])", reasons), package


def test_requirements_are_pinned_hashed_and_name_no_registry() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text("utf-8")
        packages = re.findall(r"^[a-z][\w.-]*", text, re.MULTILINE)
        assert len(packages) == len(re.findall(r"^[a-z][\w.-]*==", text, re.MULTILINE))
        assert len(packages) <= text.count("--hash=sha256:")
        assert "http" not in text.replace("httptools", "")
