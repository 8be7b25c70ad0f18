"""``rivta contracts diff``: folders, zip files and revisions in git; exit codes and formats."""

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from cli_runs import rivta
from gateway_samples import ROOT

Capture = pytest.CaptureFixture[str]
SCHEMA = "xsd/interactions/GetFixedContactsInteraction/GetFixedContactsResponder_1.0.xsd"
CORE = "xsd/core_components/coreprocess_planning_coordinatedplanning_1.0.xsd"


def copy(folder: Path, old: str = "", new: str = "", file: str = SCHEMA) -> Path:
    """Our own schemas in a folder, with one change."""
    for kind in ("xsd", "wsdl"):
        for path in (ROOT / kind).rglob(f"*.{kind}"):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    if old:
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return folder


RENAMED = ('name="careGiverId"', 'name="vårdgivarId"')


def test_the_same_is_the_same(capsys: Capture, tmp_path: Path) -> None:
    found = rivta(capsys, "contracts", "diff", str(copy(tmp_path)), str(ROOT), "--contract", "GetFixedContacts")
    assert (found.code, found.err) == (0, "")
    assert "inga ändringar" in found.out


def test_what_breaks_is_found(capsys: Capture, tmp_path: Path) -> None:
    new = copy(tmp_path, *RENAMED)
    found = rivta(capsys, "contracts", "diff", str(ROOT), str(new), "--lang", "en", "--contract", "getfixedcontacts")
    assert found.code == 1
    assert "breaks" in found.out
    assert "the optional element careGiverId is gone" in " ".join(found.out.split())
    assert "RIVTA-DIFF-080" in found.out
    assert max(map(len, found.out.splitlines())) <= 100


def test_only_this_contract_is_touched(capsys: Capture, tmp_path: Path) -> None:
    old, new = copy(tmp_path / "old"), copy(tmp_path / "new", *RENAMED)
    found = rivta(capsys, "contracts", "diff", str(old), str(new), "--format", "json")
    data = json.loads(found.out)
    assert {each["contract"] for each in data["findings"]} == {"GetFixedContacts_1.0"}
    assert {each["contract"]: each["kind"].partition(",")[0] for each in data["subjects"]}["GetCarePlans"] == "same"


def test_a_shared_type_touches_all_that_use_it(capsys: Capture, tmp_path: Path) -> None:
    new = copy(tmp_path, 'name="extension"', 'name="extensiön"', CORE)
    found = rivta(capsys, "contracts", "diff", str(ROOT), str(new), "--format", "json")
    touched = {each["contract"] for each in json.loads(found.out)["findings"]}
    assert {"GetFixedContacts_1.0", "GetDocumentedAgreements_1.0"} <= touched


def test_zip_files(capsys: Capture, tmp_path: Path) -> None:
    folder = copy(tmp_path / "new", *RENAMED)
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as archive:
        for path in folder.rglob("*.*"):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    one = rivta(capsys, "contracts", "diff", str(ROOT), str(folder), "--format", "json")
    two = rivta(capsys, "contracts", "diff", str(ROOT), str(tmp_path / "new.zip"), "--format", "json")
    assert one.code == two.code == 1
    assert json.loads(one.out) == json.loads(two.out)


def test_revisions_in_git(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = copy(tmp_path / "repository")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    git = ["git", "-c", "user.name=Åsa", "-c", "user.email=asa@example.org", "-c", "commit.gpgsign=false"]
    for step in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *step], cwd=repository, env=clean, check=True)
    copy(repository, *RENAMED)
    monkeypatch.chdir(repository)
    for old in ("HEAD", "HEAD:."):
        found = rivta(capsys, "contracts", "diff", old, ".", "--format", "json")
        assert found.code == 1, found.err
        assert {each["rule"] for each in json.loads(found.out)["findings"]} >= {"RIVTA-DIFF-014", "RIVTA-DIFF-080"}
    found = rivta(capsys, "contracts", "diff", "HEAD:xsd", "HEAD:xsd")
    assert found.code == 0


@pytest.mark.parametrize("old", ["nowhere", "--output=x", "HEAD~999", ":", "nowhere.zip"])
def test_what_is_not_there(capsys: Capture, tmp_path: Path, old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = rivta(capsys, "contracts", "diff", "--", old, str(ROOT))
    assert (found.code, found.out) == (2, "")
    assert old in found.err
    assert "Traceback" not in found.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_schemas(capsys: Capture, tmp_path: Path) -> None:
    found = rivta(capsys, "contracts", "diff", str(tmp_path), str(ROOT))
    assert found.code == 2
    assert "inga scheman" in found.err


def test_a_bomb_is_not_read(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "bomb.xsd").write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "utf-8")
    found = rivta(capsys, "contracts", "diff", str(tmp_path), str(ROOT))
    assert found.code == 2
    assert "bomb.xsd" in found.err


def test_an_unknown_contract(capsys: Capture) -> None:
    found = rivta(capsys, "contracts", "diff", str(ROOT), str(ROOT), "--contract", "GetEverything")
    assert found.code == 2
    assert "GetFixedContacts" in found.err
