"""Where the database is, and what its URL means."""

import shutil
from pathlib import Path

import pytest

from gateway import data
from gateway.errors import DataError
from gateway.settings import Settings
from gateway.storage import place


def test_the_database_is_in_the_users_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert place.database_url(Settings()) == f"sqlite:///{tmp_path}/rivta/rivta-{place.own_name()}.sqlite3"


def test_every_data_folder_has_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two copies of the project, or one and a test, must not see each other's engagements."""
    before = place.database_url(Settings())
    for name in data.FOLDERS:
        (tmp_path / name).mkdir()
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    data.root.cache_clear()
    try:
        assert place.database_url(Settings()) != before
        assert place.database_url(Settings()) == place.database_url(Settings())
    finally:
        monkeypatch.undo()
        data.root.cache_clear()
        shutil.rmtree(tmp_path)


@pytest.mark.parametrize("value", [None, "", "relative/folder"])
def test_the_state_folder_has_a_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str | None) -> None:
    """XDG Base Directory Specification 0.8: $HOME/.local/state; relative paths are invalid."""
    monkeypatch.setenv("HOME", str(tmp_path))
    if value is None:
        monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_STATE_HOME", value)
    assert place.state_folder() == tmp_path / ".local" / "state" / "rivta"


def test_the_setting_counts() -> None:
    assert place.database_url(Settings(database_url="sqlite:////x.db")) == "sqlite:////x.db"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://rivta:hemligt@db.example/rivta", "postgresql://rivta:***@db.example/rivta"),
        ("postgresql+psycopg://rivta:a:b@db/x", "postgresql+psycopg://rivta:***@db/x"),
        ("postgresql://db/x", "postgresql://db/x"),
        ("sqlite:////var/lib/rivta.sqlite3", "sqlite:////var/lib/rivta.sqlite3"),
    ],
)
def test_a_password_is_not_shown(url: str, shown: str) -> None:
    assert place.shown(url) == shown


@pytest.mark.parametrize("prefix", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_taken(prefix: str) -> None:
    url = f"{prefix}://rivta:p%40ss@db.example:5433/rivta?sslmode=require"
    assert place.is_postgresql(url)
    assert place.sqlalchemy_url(url) == "postgresql+psycopg://rivta:p%40ss@db.example:5433/rivta?sslmode=require"
    assert place.libpq_url(url) == "postgresql://rivta:p%40ss@db.example:5433/rivta?sslmode=require"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////var/lib/rivta.sqlite3", "/var/lib/rivta.sqlite3"),
        ("sqlite:///rivta.sqlite3", "rivta.sqlite3"),
        ("sqlite+pysqlite:////å ä ö.db?timeout=3", "/å ä ö.db"),
    ],
)
def test_an_sqlite_file_is_found(url: str, path: str) -> None:
    assert place.sqlite_path(url) == Path(path)


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///:memory:", "mysql://x/y", "sqlite+other:///x", "/x.db"])
def test_what_cannot_be_used_is_told(url: str) -> None:
    with pytest.raises(DataError, match="database_url: not usable"):
        place.sqlite_path(url)
