"""``gateway.journal.store``: batches in, the oldest out when a limit is reached."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from gateway_samples import AGGREGATE
from journal_samples import ask, exchanges, good, ids, site, sqlite, stored, with_reader, with_store
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import ProgrammingError

from gateway.journal import models, store
from gateway.journal.exchange import Exchange
from gateway.journal.rows import ROW_BYTES, Rows


def questions(count: int) -> list[Exchange]:
    """Aggregated questions to two sources each."""
    found, collector = site({"A": good("A"), "B": good("B")})
    for _ in range(count):
        ask(found, AGGREGATE)
    return collector.take(count)


def state_of(address: str) -> dict[str, Any]:
    """The state row, how many rows there are in the other tables, and what the exchanges weigh."""
    engine = models.connect(address)
    with engine.connect() as connection:
        found = dict(connection.execute(select(models.state)).mappings().one())
        top = models.exchange.c.parent_id.is_(None)
        found["exchanges"] = connection.scalar(select(func.count()).select_from(models.exchange))
        found["messages"] = connection.scalar(select(func.count()).select_from(models.message))
        found["weight"] = connection.scalar(select(func.sum(models.exchange.c.stored_bytes)).where(top)) or 0
    engine.dispose()
    return found


def test_ids_go_on_from_batch_to_batch(tmp_path: Path) -> None:
    address = stored(tmp_path, exchanges(3))
    with_store(address, lambda each: each.add(exchanges(2)))
    assert ids(address) == [5, 4, 3, 2, 1]
    assert state_of(address)["next_id"] == 6


def test_a_batch_larger_than_a_slice_is_one_transaction(tmp_path: Path) -> None:
    found = exchanges(1) * (2 * store._SLICE + 1)
    address = stored(tmp_path, found)
    assert len(ids(address)) == len(found)
    assert state_of(address)["stored_bytes"] == len(found) * ROW_BYTES


def test_a_batch_that_fails_leaves_nothing(tmp_path: Path) -> None:
    good_one, bad_one = exchanges(2)
    broken = bad_one._replace(correlation_id=object())  # type: ignore[arg-type]
    with pytest.raises(ProgrammingError):
        stored(tmp_path, [good_one] * store._SLICE + [broken])
    assert ids(sqlite(tmp_path)) == []
    assert state_of(sqlite(tmp_path))["next_id"] == 1


def test_between_slices_others_get_their_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    found = exchanges(1) * (store._SLICE + 1)
    with_store(sqlite(tmp_path), lambda each: each.add(found, 0.25))
    assert pauses == [0.25, 0.25]


def test_sources_follow_their_question(tmp_path: Path) -> None:
    address = stored(tmp_path, questions(2))
    assert ids(address) == [4, 1]
    for number in (1, 4):
        found = with_reader(address, lambda reader, number=number: reader.sources(number))
        assert [entry.id for entry in found] == [number + 1, number + 2]


def trimmed(folder: Path, found: list[Exchange], **limits: Any) -> list[int]:
    """The ids that are left."""
    address = stored(folder, found)
    with_store(address, lambda each: each.trim(), **limits)
    state = state_of(address)
    assert state["weight"] == state["stored_bytes"]
    return ids(address)


def test_within_the_limits_nothing_goes(tmp_path: Path) -> None:
    assert trimmed(tmp_path, exchanges(4), journal_max_exchanges=4) == [4, 3, 2, 1]


def test_too_many_go(tmp_path: Path) -> None:
    assert trimmed(tmp_path, exchanges(6), journal_max_exchanges=4) == [6, 5, 4, 3]


def test_a_question_goes_with_its_sources(tmp_path: Path) -> None:
    assert trimmed(tmp_path, questions(3), journal_max_exchanges=2) == [7, 4]
    assert state_of(sqlite(tmp_path))["exchanges"] == 6


def test_the_old_go(tmp_path: Path) -> None:
    old = [each._replace(started_us=each.started_us - 7_300_000_000) for each in exchanges(2)]
    assert trimmed(tmp_path, [*old, *exchanges(2)], journal_max_age_hours=2) == [4, 3]


def test_all_may_be_old(tmp_path: Path) -> None:
    old = [each._replace(started_us=each.started_us - 7_300_000_000) for each in questions(2)]
    assert trimmed(tmp_path, old, journal_max_age_hours=2) == []
    assert state_of(sqlite(tmp_path))["exchanges"] == 0


def test_a_young_source_of_an_old_question_goes_with_it(tmp_path: Path) -> None:
    (old,) = questions(1)
    old = old._replace(started_us=old.started_us - 7_300_000_000)
    assert trimmed(tmp_path, [old, *exchanges(1)], journal_max_age_hours=2) == [4]
    assert state_of(sqlite(tmp_path))["exchanges"] == 1


@pytest.mark.parametrize(("limit", "left"), [(6, [6, 5, 4, 3, 2, 1]), (5.5, [6, 5, 4, 3, 2]), (2, [6, 5]), (0.5, [])])
def test_too_many_bytes_go(tmp_path: Path, limit: float, left: list[int]) -> None:
    assert trimmed(tmp_path, exchanges(6), journal_max_bytes=int(limit * ROW_BYTES)) == left


def test_bytes_of_messages_count(tmp_path: Path) -> None:
    heavy = exchanges(3, payloads=True)
    each = Rows(heavy[:1], 1).stored_bytes
    assert trimmed(tmp_path, heavy, journal_max_bytes=2 * each) == [3, 2]
    assert state_of(sqlite(tmp_path))["messages"] == 8


def test_the_strictest_limit_counts(tmp_path: Path) -> None:
    found = [each._replace(started_us=each.started_us - 7_300_000_000) for each in exchanges(2)] + exchanges(4)
    limits = {"journal_max_exchanges": 5, "journal_max_age_hours": 2, "journal_max_bytes": 3 * ROW_BYTES}
    assert trimmed(tmp_path, found, **limits) == [6, 5, 4]


def test_zero_is_no_limit(tmp_path: Path) -> None:
    old = [each._replace(started_us=1_000_000) for each in exchanges(3)]
    limits = {"journal_max_exchanges": 0, "journal_max_age_hours": 0, "journal_max_bytes": 0}
    assert trimmed(tmp_path, old, **limits) == [3, 2, 1]


def file_size(address: str) -> int:
    """Bytes of the database when its log has been written into it."""
    engine = models.connect(address)
    file = models.sqlite_file(engine)
    assert file is not None
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file.stat().st_size


def test_clear_deletes_everything_and_gives_the_space_back(tmp_path: Path) -> None:
    empty = file_size(stored(tmp_path / "empty", []))
    address = stored(tmp_path, exchanges(40, payloads=True, size=20_000) + questions(1))
    full = file_size(address)
    engine = models.connect(address)
    assert store.clear(engine) == 41
    engine.dispose()
    assert ids(address) == []
    state = state_of(address)
    assert (state["exchanges"], state["messages"], state["stored_bytes"]) == (0, 0, 0)
    assert state["next_id"] == 44
    assert file_size(address) <= empty < full


def test_cleared_messages_are_nowhere_in_the_files(tmp_path: Path) -> None:
    """Messages are about people: what is deleted is overwritten."""
    marker = b"c-marker-of-an-exchange"
    found = [each._replace(correlation_id=marker.decode()) for each in exchanges(5)]
    address = stored(tmp_path, found)
    files = [path for path in (tmp_path / "state").iterdir() if path.is_file()]
    assert any(marker in path.read_bytes() for path in files)
    engine = models.connect(address)
    store.clear(engine)
    engine.dispose()
    assert not any(marker in path.read_bytes() for path in (tmp_path / "state").iterdir())


def test_a_driver_that_wants_names_gets_names() -> None:
    """PostgreSQL's drivers do; SQLite's wants places."""
    sent: list[tuple[str, Any]] = []
    named = SimpleNamespace(dialect=postgresql.dialect(paramstyle="pyformat"))
    connection = SimpleNamespace(exec_driver_sql=lambda statement, values: sent.append((statement, values)))
    insert = store._Insert(models.message, cast(Engine, named))
    insert(cast(Connection, connection), [(1, "req-in", None, b"x")])
    insert(cast(Connection, connection), [])
    ((statement, values),) = sent
    assert "%(kind)s" in statement
    assert values == [{"exchange_id": 1, "kind": "req-in", "same_as": None, "body": b"x"}]
