"""``gateway.journal.models``: what is in the database, and who may see it."""

import os
import sqlite3
import stat
from dataclasses import fields
from pathlib import Path

import pytest
from journal_samples import exchanges, ids, sqlite, stored, with_store
from sqlalchemy import update

from gateway.errors import DataError
from gateway.journal import models
from gateway.journal.reader import Entry


@pytest.mark.parametrize("url", ["", "journal.db", "nosuchdatabase://x/y", "sqlite+nosuchdriver:///x.db"])
def test_a_url_that_cannot_be_used_stops_the_start(url: str) -> None:
    with pytest.raises(DataError, match=r"database_url: not usable"):
        models.connect(url)


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    stored(tmp_path, exchanges(1))
    folder = tmp_path / "state"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_readers_do_not_wait_for_writers(tmp_path: Path) -> None:
    stored(tmp_path, exchanges(1))
    with sqlite3.connect(tmp_path / "state" / "journal.sqlite3") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_preparing_twice_changes_nothing(tmp_path: Path) -> None:
    address = stored(tmp_path, exchanges(1))
    with_store(address, lambda store: None)
    assert ids(address) == [1]


def test_reading_makes_no_file(tmp_path: Path) -> None:
    engine = models.connect(sqlite(tmp_path))
    with pytest.raises(models.JournalError, match=r"no journal at .*--journal on"):
        models.check(engine)
    engine.dispose()
    assert os.listdir(tmp_path) == []


def test_a_file_without_a_journal_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    engine = models.connect(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(models.JournalError, match="no journal at"):
        models.check(engine)
    engine.dispose()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("Hej! " * 400, "utf-8")
    engine = models.connect(f"sqlite:///{tmp_path / 'text.db'}")
    with pytest.raises(models.JournalError, match="file is not a database"):
        models.check(engine)
    engine.dispose()


def test_a_journal_of_another_version_is_left_alone(tmp_path: Path) -> None:
    address = stored(tmp_path, exchanges(1))
    engine = models.connect(address)
    with engine.begin() as connection:
        connection.execute(update(models.state).values(schema_version=models.SCHEMA + 1))
    with pytest.raises(models.JournalError, match=f"schema {models.SCHEMA + 1}, expected {models.SCHEMA}"):
        models.prepare(engine)
    engine.dispose()


def test_the_cause_of_an_error_is_without_its_values(tmp_path: Path) -> None:
    engine = models.connect(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(Exception) as caught, engine.begin() as connection:  # noqa: PT011
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (?)", ("191212121212",))
    engine.dispose()
    assert models.cause(caught.value) == "no such table: nowhere"


def test_an_entry_has_every_column() -> None:
    assert [field.name for field in fields(Entry)] == [column.name for column in models.exchange.columns]
