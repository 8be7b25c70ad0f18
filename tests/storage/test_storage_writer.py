"""``gateway.storage.writer``: many jobs, one commit, and nobody suffers for another."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from storage_parts import opened

from gateway.storage import schema
from gateway.storage.direct import Database, Work
from gateway.storage.errors import StorageError
from gateway.storage.writer import Job, Writer

INSERT = "INSERT INTO data_version (kind, number, changed_us, seed) VALUES (?, 1, 1, '')"


@pytest.fixture
def writer(database_url: str) -> Iterator[Writer]:
    with opened(database_url) as engine:
        schema.prepare(engine)
    found = Writer(Database(database_url))
    yield found
    found.stop()


def job(name: str) -> Job[str]:
    def insert(work: Work) -> str:
        work.execute(INSERT, (name,))
        return name

    return insert


def names(writer: Writer) -> set[str]:
    database = Database(writer._database.url)
    try:
        return {str(row[0]) for row in database.query("SELECT kind FROM data_version")}
    finally:
        database.close()


def test_what_a_job_returns_is_stored_by_then(writer: Writer) -> None:
    async def run() -> None:
        for number in range(3):
            assert await writer.run(job(str(number))) == str(number)
            assert str(number) in names(writer)

    asyncio.run(run())


def test_what_waits_is_carried_out_together(writer: Writer) -> None:
    """While the first job holds the thread up, the others gather; a connection sees a transaction's number."""
    go = threading.Event()
    works: list[int] = []

    def first(work: Work) -> None:
        go.wait(10)

    def note(work: Work) -> None:
        works.append(id(work))

    async def run() -> None:
        waiting = [writer.run(first), *(writer.run(note) for _ in range(50))]
        await asyncio.sleep(0.05)
        go.set()
        await asyncio.gather(*waiting)

    asyncio.run(run())
    assert len(works) == 50
    assert len(set(works)) == 1


def test_one_job_that_fails_costs_the_others_nothing(writer: Writer) -> None:
    async def run() -> list[object]:
        blocked = threading.Event()
        waiting = [writer.run(lambda _work: blocked.wait(10))]
        waiting += [writer.run(job(name)) for name in ("a", "b", "a", "c")]  # the second "a" breaks the primary key
        await asyncio.sleep(0.05)
        blocked.set()
        return await asyncio.gather(*waiting[1:], return_exceptions=True)

    found = asyncio.run(run())
    assert [found[0], found[1], found[3]] == ["a", "b", "c"]
    assert isinstance(found[2], StorageError)
    assert names(writer) == {"a", "b", "c"}


def test_a_bug_in_a_job_reaches_who_waits_for_it(writer: Writer) -> None:
    def bug(_: Work) -> None:
        raise KeyError("här")

    async def run() -> None:
        with pytest.raises(KeyError, match="här"):
            await writer.run(bug)
        assert await writer.run(job("x")) == "x"

    asyncio.run(run())


def test_stop_carries_out_what_waits(writer: Writer) -> None:
    async def run() -> None:
        futures = [writer.run(job(str(number))) for number in range(20)]
        writer.stop()
        await asyncio.gather(*futures)

    asyncio.run(run())
    assert len(names(writer)) == 20


def test_who_no_longer_waits_does_not_stop_the_thread(writer: Writer) -> None:
    async def run() -> None:
        future = writer.run(job("a"))
        future.cancel()
        assert await writer.run(job("b")) == "b"

    asyncio.run(run())
    assert names(writer) == {"a", "b"}


def test_a_locked_file_refuses_all_that_wait_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one after the other: each would wait in vain for as long as SQLite is told to."""
    monkeypatch.setattr("gateway.storage.reading.BUSY_SECONDS", 0.2)
    url = f"sqlite:///{tmp_path / 'index.sqlite3'}"
    with opened(url) as engine:
        schema.prepare(engine)
    writer = Writer(Database(url))
    other = sqlite3.connect(tmp_path / "index.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def run() -> None:
        first = writer.run(job("first"))
        rest = [writer.run(job(str(number))) for number in range(30)]
        found = await asyncio.wait_for(asyncio.gather(first, *rest, return_exceptions=True), 5)
        assert all(isinstance(each, StorageError) and "locked" in str(each) for each in found)
        other.execute("ROLLBACK")
        assert await writer.run(job("then")) == "then"

    try:
        asyncio.run(run())
    finally:
        other.close()
        writer.stop()
    assert names(writer) == {"then"}
