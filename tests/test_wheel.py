"""The wheel carries everything: it works where there is no checkout."""

import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel, as an installer would leave it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    target = folder / "site"
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(target)
    return target


def rivta(installed: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RIVTA_")}
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli.main", *arguments],
        cwd=installed.parent,
        env={**environment, "PYTHONPATH": str(installed), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_wheel_holds_the_data(installed: Path) -> None:
    for name in ("contracts", "wsdl", "xsd", "routing", "fixtures"):
        inside = {path.name for path in (installed / "gateway" / "_data" / name).iterdir()}
        assert {path.name for path in (ROOT / name).iterdir()} <= inside


def test_the_wheel_holds_the_migrations(installed: Path, tmp_path: Path) -> None:
    """A database from before there were any: only running them helps."""
    path = tmp_path / "rivta.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE journal_state (only INTEGER PRIMARY KEY, schema_version, next_id, stored_bytes)"
        )
    done = rivta(installed, "db", "upgrade", "--lang", "en", RIVTA_DATABASE_URL=f"sqlite:///{path}")
    assert done.returncode == 0, done.stderr
    assert "upgraded to version" in done.stdout


def test_commands_find_the_data_of_the_wheel(installed: Path) -> None:
    done = rivta(installed, "fixtures", "generate", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    unknown = rivta(installed, "call", "GetNothing", "--patient", "191212121212", "--as", "npo")
    assert unknown.returncode == 2
    assert "GetCarePlans_2.0" in unknown.stderr


def test_the_wheel_holds_the_templates_of_the_site(installed: Path, tmp_path: Path) -> None:
    done = rivta(installed, "contracts", "docs", "GetCarePlans", "--out", str(tmp_path / "site"))
    assert done.returncode == 0, done.stderr
    assert "GetCarePlansResponse" in (tmp_path / "site" / "en" / "GetCarePlans_2.0.html").read_text("utf-8")
