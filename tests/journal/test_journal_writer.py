"""``gateway.journal.writer``: the thread, and what it does when the database does not."""

import io
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from gateway_samples import ROOT
from journal_samples import ANSWER, ask, exchanges, ids, site, sqlite, stored, writing
from sqlalchemy.exc import OperationalError

from gateway.errors import DataError
from gateway.journal import models, writer
from gateway.journal.collect import Collector
from gateway.journal.writer import Journal, start
from gateway.settings import Settings
from gateway.storage import engine

PATIENCE = 10.0


def until(condition: Callable[[], bool]) -> None:
    """Wait for what takes a fraction of a second."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def call(journal: Journal, times: int = 1) -> None:
    """Calls through a router that this journal listens to."""
    found, _ = site(collector=journal.collect)
    for _ in range(times):
        ask(found)


def written(folder: Path) -> list[int]:
    """The ids in the journal of a folder, the newest first, as soon as there is one."""
    try:
        return ids(sqlite(folder))
    except models.JournalError:
        return []


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries and tells sooner than a gateway does."""
    monkeypatch.setattr(writer, "_FIRST_RETRY", 0.02)
    monkeypatch.setattr(writer, "_LAST_RETRY", 0.02)
    monkeypatch.setattr(writer, "_TELL_SECONDS", 0.0)
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)


def test_what_happens_is_in_the_database_soon(tmp_path: Path) -> None:
    said: list[tuple[str, str]] = []
    journal = writing(sqlite(tmp_path), said)
    call(journal, 3)
    until(lambda: written(tmp_path) == [3, 2, 1])
    journal.stop()
    assert said == []


def test_stopping_writes_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_TICK", 60.0)
    journal = writing(sqlite(tmp_path), [])
    until(lambda: (tmp_path / "state" / "journal.sqlite3").exists())
    call(journal, 5)
    started = time.monotonic()
    journal.stop()
    assert time.monotonic() - started < 5
    assert len(ids(sqlite(tmp_path))) == 5


def test_large_batches_are_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_BATCH", 2)
    journal = Journal(Settings(journal="on", database_url=sqlite(tmp_path)), lambda *_: None)
    call(journal, 5)
    journal.start()
    journal.stop()
    assert len(ids(sqlite(tmp_path))) == 5


def test_the_limits_are_kept(tmp_path: Path) -> None:
    stored(tmp_path, exchanges(6))
    journal = writing(sqlite(tmp_path), [], journal_max_exchanges=4)
    until(lambda: written(tmp_path) == [6, 5, 4, 3])
    call(journal, 1)
    until(lambda: written(tmp_path) == [7, 6, 5, 4])
    journal.stop()


def test_messages_are_kept_when_asked_for(tmp_path: Path) -> None:
    journal = writing(sqlite(tmp_path), [], journal="payloads")
    call(journal)
    journal.stop()
    with sqlite3.connect(tmp_path / "state" / "journal.sqlite3") as connection:
        kept = connection.execute("SELECT kind FROM journal_message ORDER BY kind").fetchall()
    connection.close()
    assert [kind for (kind,) in kept] == ["req-in", "req-out", "resp-in", "resp-out"]
    assert ANSWER


@pytest.mark.usefixtures("fast")
def test_a_database_that_cannot_be_opened_is_told_once_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be", "utf-8")
    said: list[tuple[str, str]] = []
    journal = writing(sqlite(tmp_path), said)
    call(journal, 2)
    until(lambda: len(said) == 1)
    time.sleep(0.2)
    ((level, text),) = said
    assert level == "error"
    assert text.startswith("the journal is off, calls go on: ")
    (tmp_path / "state").unlink()
    until(lambda: len(said) == 2)
    assert said[1] == ("info", f"the journal works again: {sqlite(tmp_path)}")
    journal.stop()
    assert len(ids(sqlite(tmp_path))) == 2


@pytest.mark.usefixtures("fast")
def test_a_locked_database_costs_no_exchange(tmp_path: Path) -> None:
    address = stored(tmp_path, exchanges(1))
    other = sqlite3.connect(tmp_path / "state" / "journal.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    said: list[tuple[str, str]] = []
    journal = writing(address, said)
    call(journal, 3)
    until(lambda: len(said) == 1)
    assert "database is locked" in said[0][1]
    other.execute("COMMIT")
    other.close()
    until(lambda: len(ids(address)) == 4)
    journal.stop()
    assert [level for level, _ in said] == ["error", "info"]


def test_a_deleted_file_comes_back(tmp_path: Path) -> None:
    said: list[tuple[str, str]] = []
    journal = writing(sqlite(tmp_path), said)
    call(journal)
    until(lambda: written(tmp_path) == [1])
    for path in (tmp_path / "state").iterdir():
        path.unlink()
    call(journal)
    until(lambda: written(tmp_path) == [1])
    journal.stop()
    assert said == []


@pytest.mark.usefixtures("fast")
def test_what_no_database_would_take_is_dropped_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, str]] = []
    journal = Journal(
        Settings(journal="on", database_url=sqlite(tmp_path)), lambda level, text: said.append((level, text))
    )
    (odd,) = exchanges(1)
    monkeypatch.setattr(journal.collect, "take", _script([[odd._replace(path=SimpleNamespace())], exchanges(2)]))
    journal.start()
    until(lambda: len(said) == 3)
    journal.stop()
    assert said[0][1].startswith("the journal is off, calls go on: ProgrammingError")
    assert said[1][1].startswith("the journal works again")
    assert said[2] == ("error", "the journal lost 1 exchanges: the database could not keep up")
    assert len(ids(sqlite(tmp_path))) == 2


def _script(answers: list[list[object]]) -> Callable[[int], list[object]]:
    return lambda most: answers.pop(0) if answers else []


@pytest.mark.usefixtures("fast")
def test_what_was_dropped_is_counted(tmp_path: Path) -> None:
    said: list[tuple[str, str]] = []
    journal = Journal(
        Settings(journal="on", database_url=sqlite(tmp_path)), lambda level, text: said.append((level, text))
    )
    journal.collect = Collector(payloads=False, max_waiting=2)
    call(journal, 5)
    journal.start()
    until(lambda: len(said) == 1)
    journal.stop()
    assert said == [("error", "the journal lost 3 exchanges: the database could not keep up")]


def test_what_cannot_be_written_at_the_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, str]] = []
    monkeypatch.setattr(models, "prepare", _broken)
    journal = writing(sqlite(tmp_path), said)
    call(journal, 2)
    journal.stop()
    assert said[-1] == ("error", "the journal stops without 2 exchanges")


def _broken(_engine: object) -> None:
    raise OperationalError("INSERT … 191212121212", {}, Exception("disk I/O error"))


def test_the_log_hears_no_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, str]] = []
    monkeypatch.setattr(models, "prepare", _broken)
    journal = writing(sqlite(tmp_path), said)
    until(lambda: len(said) == 1)
    journal.stop()
    assert said[0] == ("error", "the journal is off, calls go on: OperationalError: disk I/O error")


def test_two_processes_may_write_the_same_journal(tmp_path: Path) -> None:
    said: list[tuple[str, str]] = []
    journals = [writing(sqlite(tmp_path), said) for _ in range(3)]
    for _ in range(5):
        for journal in journals:
            call(journal)
    for journal in journals:
        journal.stop()
    assert sorted(ids(sqlite(tmp_path))) == list(range(1, 16))
    assert said == []


def test_a_wrong_url_stops_the_start() -> None:
    with pytest.raises(DataError, match="database_url"):
        start(Settings(journal="on", database_url="nowhere"))


@pytest.mark.parametrize(("log", "lines"), [("info", 1), ("error", 1), ("off", 0)])
def test_the_gateways_log_has_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: str, lines: int) -> None:
    heard = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(buffer=heard, isatty=lambda: False))
    (tmp_path / "state").write_text("a file where a folder should be", "utf-8")
    settings = {"journal": "on", "log": log, "log_format": "json", "database_url": sqlite(tmp_path)}
    journal = start(Settings(**settings))  # type: ignore[arg-type]
    journal.stop()
    found = heard.getvalue().decode().splitlines()
    assert len(found) == lines
    assert all('"event.action":"journal"' in line and '"log.level":"error"' in line for line in found)


@pytest.mark.sockets
def test_a_gateway_without_a_journal_does_not_load_the_database_library() -> None:
    """Start under a second, and 35 MB less."""
    program = (
        "import sys, gateway.http.compose, gateway.cli.serve, gateway.cli.journal; print('sqlalchemy' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60)
    assert (found.stdout.strip(), found.stderr) == ("False", "")
