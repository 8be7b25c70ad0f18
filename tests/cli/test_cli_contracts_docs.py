"""``rivta contracts docs``: what it writes and what it refuses; and the site in a browser, where there is one."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cli_runs import rivta
from package_samples import folder, package, zipped

Capture = pytest.CaptureFixture[str]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless_shell")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), "")


@pytest.fixture(autouse=True)
def _contracts_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIVTA_CONTRACTS_FOLDER", str(tmp_path / "added"))


def test_one_contract(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "site"
    done = rivta(capsys, "contracts", "docs", "getcareplans 2.0", "--out", str(out), "--lang", "en")
    assert (done.code, done.out) == (0, f"1 contracts described; open {out / 'index.html'} in a browser.\n")
    assert {path.name for path in out.glob("Get*.html")} == {"GetCarePlans_2.0.html"}
    page = (out / "en" / "GetCarePlans_2.0.html").read_text("utf-8")
    producers = page.partition('id="producers"')[2]
    assert "The aggregating service" in producers
    consumers = page.partition('id="consumers"')[2].partition('id="producers"')[0]
    assert "NPÖ" in consumers


def test_added_contracts_are_there_too(tmp_path: Path, capsys: Capture) -> None:
    assert rivta(capsys, "contracts", "add", str(folder(tmp_path / "p", package()))).code == 0
    out = tmp_path / "site"
    assert rivta(capsys, "contracts", "docs", "--out", str(out)).code == 0
    page = (out / "GetLoans_1.0.html").read_text("utf-8")
    assert "files/test_loans_1.0/xsd/core_components/test_loans_1.0.xsd" in page
    assert (out / "files" / "test_loans_1.0" / "xsd" / "core_components" / "test_loans_1.0.xsd").is_file()
    assert (out / "GetFixedContacts_1.0.html").is_file()


def test_a_package_and_its_previous_version(tmp_path: Path, capsys: Capture) -> None:
    new, old = zipped(tmp_path / "new.zip", package()), folder(tmp_path / "old", package())
    out = tmp_path / "site"
    done = rivta(
        capsys, "contracts", "docs", "--package", str(new), "--previous", str(old), "--out", str(out), "--lang", "en"
    )
    assert done.code == 0
    assert "GetLoans 1.0 → 1.0" in (out / "en" / "GetLoans_1.0.html").read_text("utf-8")


def test_what_is_refused(tmp_path: Path, capsys: Capture) -> None:
    out = str(tmp_path / "site")
    unknown = rivta(capsys, "contracts", "docs", "GetNothing", "--out", out, "--lang", "en")
    assert unknown.code == 2
    assert "GetCarePlans_2.0" in unknown.err
    lost = rivta(capsys, "contracts", "docs", "--package", str(tmp_path / "lost.zip"), "--out", out, "--lang", "en")
    assert (lost.code, "Does not exist" in lost.err) == (2, True)
    previous = rivta(capsys, "contracts", "docs", "--previous", str(tmp_path / "lost"), "--out", out, "--lang", "sv")
    assert previous.code == 2
    assert not Path(out).exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "brev.txt").write_text("mitt")
    full = rivta(capsys, "contracts", "docs", "--out", str(tmp_path / "full"))
    assert (full.code, "skrivs inte över" in full.err) == (2, True)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["brev.txt"]


@pytest.mark.sockets
@pytest.mark.skipif(not BROWSER, reason=f"needs one of {', '.join(BROWSERS)}")
def test_the_search_works_in_a_browser(tmp_path: Path, capsys: Capture) -> None:
    """The script has run when the form is no longer hidden."""
    out = tmp_path / "site"
    assert rivta(capsys, "contracts", "docs", "GetFixedContacts", "--out", str(out)).code == 0
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
               "--window-size=1280,1600"]  # fmt: skip
    address = (out / "index.html").as_uri()
    done = subprocess.run(
        [*command, "--dump-dom", address], capture_output=True, text=True, timeout=90, check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    assert '<form id="search" role="search">' in done.stdout
    picture = tmp_path / "page.png"
    subprocess.run([*command, f"--screenshot={picture}", address], capture_output=True, timeout=90, check=True)
    assert picture.stat().st_size > 10_000
