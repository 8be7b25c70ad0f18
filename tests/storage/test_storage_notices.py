"""Every process hears within a second that data has changed, whoever changed it."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from catalogue_parts import empty
from gateway_samples import ROOT
from postgres_cluster import PostgreSQL, cluster
from sqlalchemy import select
from storage_parts import opened

from gateway.storage import changes, models, schema
from gateway.storage.engine import writing
from gateway.storage.notices import KINDS, Watch
from gateway.storage.reading import numbers

SECOND = 2.0  # one, and one for a machine that is busy with other tests


def bump(url: str, *kinds: changes.Kind) -> None:
    with opened(url) as engine, writing(engine) as connection:
        for kind in kinds:
            changes.bump(connection, kind)


class Heard:
    """What a watch called back with."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.lines: list[str] = []

    async def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> float:
        """Wait; how long it took."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() < began + seconds, (self.kinds, self.lines)
            await asyncio.sleep(0.01)
        return time.monotonic() - began


def watched(url: str, story: Callable[[Heard], object], seen: dict[str, int] | None) -> Heard:
    """Run a story while a watch is on."""
    heard = Heard()

    async def run() -> None:
        watch = Watch(url, heard.kinds.append, heard.lines.append)
        watch.start(seen)
        await asyncio.sleep(0.6)  # nothing is changed before it listens
        try:
            await story(heard)  # type: ignore[misc]
        finally:
            watch.stop()

    asyncio.run(run())
    return heard


def test_a_change_is_counted(database_url: str) -> None:
    empty(database_url)
    assert numbers(database_url) == {}
    bump(database_url, "hsa", "catalogue", "hsa")
    assert numbers(database_url) == {"hsa": 2, "catalogue": 1}
    with opened(database_url) as engine, engine.connect() as connection:
        changed = connection.execute(select(models.data_version.c.changed_us)).scalars().all()
    assert all(abs(each / 1e6 - time.time()) < 60 for each in changed)


def test_a_change_that_is_taken_back_is_none(database_url: str) -> None:
    empty(database_url)
    with opened(database_url) as engine, pytest.raises(ZeroDivisionError), writing(engine) as connection:
        1 / changes.bump(connection, "hsa") / 0
    assert numbers(database_url) == {}


def test_where_the_seed_came_from_is_remembered(database_url: str) -> None:
    empty(database_url)
    with opened(database_url) as engine:
        with writing(engine) as connection:
            assert changes.seed_of(connection, "engagements") == ""
            changes.set_seed(connection, "engagements", "abc")
        with engine.connect() as connection:
            assert changes.seed_of(connection, "engagements") == "abc"
            assert changes.seed_of(connection, "hsa") == ""
    assert numbers(database_url) == {"engagements": 1}


@pytest.mark.sockets
def test_another_process_is_heard_within_a_second(database_url: str) -> None:
    """Two processes watch, a third one changes; on both databases."""
    empty(database_url)
    script = (
        "import asyncio, sys, time\nfrom gateway.storage.notices import Watch\n"
        "async def main():\n"
        "    Watch(sys.argv[1], lambda kind: print(kind, time.time(), flush=True), print).start({})\n"
        "    print('ready', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    others = [
        subprocess.Popen(
            [sys.executable, "-c", script, database_url],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        for other in others:
            assert other.stdout is not None
            assert other.stdout.readline() == "ready\n"
        time.sleep(1.5)  # a driver is imported, and a connection made
        for kind in KINDS:
            done = time.time()
            bump(database_url, kind)
            ended = time.time()
            for other in others:
                assert other.stdout is not None
                name, when = other.stdout.readline().split()
                assert name == kind
                assert done < float(when) < ended + SECOND
    finally:
        for other in others:
            other.kill()
            other.communicate()


def test_only_what_changed_is_told(database_url: str) -> None:
    empty(database_url)
    bump(database_url, "hsa")

    async def story(heard: Heard) -> None:
        await asyncio.to_thread(bump, database_url, "engagements")
        assert await heard.until(lambda: bool(heard.kinds)) < SECOND

    assert watched(database_url, story, {"hsa": 1}).kinds == ["engagements"]


def test_what_changed_between_reading_and_listening_is_told(database_url: str) -> None:
    empty(database_url)
    bump(database_url, "hsa")
    bump(database_url, "hsa")

    async def story(heard: Heard) -> None:
        await heard.until(lambda: heard.kinds == ["hsa"])

    watched(database_url, story, {"hsa": 1})


def test_a_file_that_others_make_later_is_found(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'later' / 'rivta.sqlite3'}"

    async def story(heard: Heard) -> None:
        empty(url)
        bump(url, "catalogue")
        await heard.until(lambda: heard.kinds == ["catalogue"])
        (tmp_path / "later").rename(tmp_path / "gone")
        await asyncio.sleep(0.6)
        empty(url)
        bump(url, "catalogue", "catalogue")
        await heard.until(lambda: heard.kinds[1:] == ["catalogue"])

    assert watched(url, story, {}).lines == []


def test_a_file_that_is_damaged_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "rivta.sqlite3"
    url = f"sqlite:///{path}"

    async def story(heard: Heard) -> None:
        path.write_text("Hej! " * 400, "utf-8")
        await heard.until(lambda: len(heard.lines) == 1)
        await asyncio.sleep(1.2)  # it is tried again
        path.unlink()
        empty(url)
        await heard.until(lambda: len(heard.kinds) == len(KINDS))

    heard = watched(url, story, {})
    assert heard.lines == [
        f"the database is lost, what was read from it stays: {url}: file is not a database",
        f"the database answers: {url}",
    ]
    assert sorted(heard.kinds) == sorted(KINDS)


@pytest.mark.sockets
def test_a_server_that_comes_back_makes_all_data_suspect(postgres: PostgreSQL) -> None:
    """Nobody knows what was changed meanwhile. A server of its own: the other tests need theirs."""
    if postgres.cluster is None:
        pytest.skip("the server that RIVTA_TEST_POSTGRES names is not ours to stop")
    with cluster() as server:
        url = server.url()
        empty(url)

        async def story(heard: Heard) -> None:
            await asyncio.to_thread(server.stop)
            await heard.until(lambda: len(heard.lines) == 1)
            await asyncio.to_thread(server.start)
            await heard.until(lambda: len(heard.kinds) == len(KINDS), 20)

        heard = watched(url, story, {})
    assert heard.lines[0].startswith("the database is lost, what was read from it stays: postgresql://")
    assert heard.lines[1:] == [f"the database answers: {url}"]
    assert sorted(heard.kinds) == sorted(KINDS)


def test_nobody_is_called_after_the_end(database_url: str) -> None:
    empty(database_url)
    heard = Heard()

    async def run() -> None:
        watch = Watch(database_url, heard.kinds.append, heard.lines.append)
        watch.start({})
        await asyncio.sleep(0.3)
        watch.stop()
        await asyncio.to_thread(bump, database_url, "hsa")
        await asyncio.sleep(0.8)

    asyncio.run(run())
    assert (heard.kinds, heard.lines) == ([], [])


def test_the_number_is_that_of_the_kind(database_url: str) -> None:
    with opened(database_url) as engine:
        schema.prepare(engine)
        with writing(engine) as connection:
            assert [changes.bump(connection, kind) for kind in ("hsa", "catalogue", "hsa")] == [1, 1, 2]
