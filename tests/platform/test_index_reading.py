"""``gateway.platform.index.stored``: SQLite is read at once; who would have to wait for it gets a thread."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from gateway_samples import AGDA, TOLVAN
from index_samples import INDEX

from gateway.platform.index.stored import StoredIndex
from gateway.registry.engagements import COLUMNS, IndexFailure
from gateway.storage.direct import Database
from gateway.storage.engagements import Wanted
from gateway.storage.errors import StorageError

DOMAIN = "riv:coreprocess:planning:coordinatedplanning"
ROW = dict.fromkeys(COLUMNS, "NA") | {
    "registered_resident_identification": TOLVAN,
    "service_domain": DOMAIN,
    "categorization": "cpc-ffk",
    "logical_address": "SE-ÅÄÖ",
    "source_system": "SE-ÅÄÖ",
    "data_controller": "SE-ÅÄÖ",
    "most_recent_content": "20260101120000",
}


class Asked:
    """An index whose database is open, and how often a thread was used since."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "index.sqlite3"
        seed = folder / "engagements.csv"
        seed.write_text(f"{';'.join(COLUMNS)}\n{';'.join(ROW[each] for each in COLUMNS)}\n", "utf-8")
        self.stored = StoredIndex(f"sqlite:///{self.file}", seed, INDEX, 5.0)
        self.threads = 0

    def __call__(self, before: Callable[[], object] = lambda: None) -> list[str]:
        """The logical addresses found, after what is to happen before."""

        async def asked() -> list[str]:
            try:
                await self.stored.find(Wanted(AGDA, DOMAIN))
                run, self.stored._readers.run = self.stored._readers.run, self._run  # type: ignore[method-assign]
                self._used = run
                before()
                return [each.logical_address for each in await self.stored.find(Wanted(TOLVAN, DOMAIN))]
            finally:
                self.stored.stop()

        return asyncio.run(asked())

    def _run(self, *work: Any) -> Any:
        self.threads += 1
        return self._used(*work)


@pytest.fixture
def index(tmp_path: Path) -> Asked:
    return Asked(tmp_path)


def test_an_open_file_is_read_without_a_thread(index: Asked) -> None:
    assert index() == ["SE-ÅÄÖ"]
    assert index.threads == 0


def test_who_would_have_to_wait_gets_a_thread(index: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = index.stored._at_once
    assert at_once is not None

    def busy(*_: object) -> None:
        raise StorageError("index.sqlite3", "database is locked")

    assert index(lambda: monkeypatch.setattr(at_once, "query", busy)) == ["SE-ÅÄÖ"]
    assert index.threads == 1


def test_who_reads_at_once_does_not_wait_for_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as held:
        held.execute("CREATE TABLE t (x)")
        held.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        with pytest.raises(StorageError):
            Database(f"sqlite:///{path}", busy_seconds=0.0).query("SELECT x FROM t")
        assert time.monotonic() - started < 2.0


def test_a_file_that_is_gone_is_told_as_before(index: Asked) -> None:
    def gone() -> None:
        for each in index.file.parent.glob(f"{index.file.name}*"):
            each.unlink()
        index.file.mkdir()

    with pytest.raises(IndexFailure):
        index(gone)
