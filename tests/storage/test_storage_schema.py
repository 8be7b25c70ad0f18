"""The tables: made from the models, or by the migrations, they are the same; and nothing that was there is lost."""

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError
from storage_parts import JOURNAL_BEFORE, opened

from gateway.storage import migrate, models, place, schema
from gateway.storage.engine import connect, writing
from gateway.storage.errors import StorageError


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with opened(database_url) as found:
        yield found


def by_migrations(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        place.make_private(place.sqlite_path(str(engine.url)))
    with writing(engine) as connection:
        migrate.upgrade(connection)


def described(engine: Engine) -> dict[str, Any]:
    """Everything that the database says about its tables."""
    found = inspect(engine)
    tables: dict[str, Any] = {}
    for name in found.get_table_names():
        tables[name] = {
            "columns": [
                (each["name"], str(each["type"]), each["nullable"], each["default"]) for each in found.get_columns(name)
            ],
            "key": found.get_pk_constraint(name),
            "refers": sorted(found.get_foreign_keys(name), key=str),
            "unique": sorted(found.get_unique_constraints(name), key=str),
            "indexes": sorted(
                (
                    each["name"],
                    each["column_names"],
                    {key: str(value) for key, value in each["dialect_options"].items()},
                )
                for each in found.get_indexes(name)
            ),
        }
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            for name, made in connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")):
                if name in tables:
                    tables[name]["options"] = [each for each in ("WITHOUT ROWID", "AUTOINCREMENT") if each in made]
    return tables


def test_models_and_migrations_make_the_same_tables(engine: Engine, database_url: str, tmp_path: Path) -> None:
    by_migrations(engine)
    migrated = described(engine)
    with writing(engine) as connection:
        models.metadata.drop_all(connection)
        schema.stamp.drop(connection)
    assert schema.prepare(engine) == ("", schema.HEAD)
    assert described(engine) == migrated
    assert set(migrated) == {*models.metadata.tables, "alembic_version"}


def test_there_is_a_migration_for_every_change_of_the_models(engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    by_migrations(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), models.metadata) == []


def test_the_newest_migration_is_the_one_that_new_databases_are_stamped_with(engine: Engine) -> None:
    assert migrate.head() == schema.HEAD
    schema.prepare(engine)
    assert schema.state(engine) == ("current", schema.HEAD)


def test_preparing_again_changes_nothing(engine: Engine) -> None:
    schema.prepare(engine)
    with writing(engine) as connection:
        connection.execute(insert(models.data_version).values(kind="hsa", number=7, changed_us=1, seed=""))
    assert schema.prepare(engine) == (schema.HEAD, schema.HEAD)
    with engine.connect() as connection:
        assert connection.scalar(select(models.data_version.c.number)) == 7


def test_the_journal_from_before_the_migrations_keeps_its_rows(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        place.make_private(place.sqlite_path(str(engine.url)))
    with writing(engine) as connection:
        for statement in JOURNAL_BEFORE[engine.dialect.name]:
            connection.execute(text(statement))
    assert schema.state(engine) == ("old", "")
    schema.prepare(engine)
    assert schema.state(engine) == ("current", schema.HEAD)
    assert set(inspect(engine).get_table_names()) == {*models.metadata.tables, "alembic_version"}
    with engine.connect() as connection:
        row = connection.execute(select(models.journal_exchange)).mappings().one()
        assert (row["id"], row["outcome"], row["sender"], row["stored_bytes"]) == (41, "answered", "Västerås", 1024)
        assert connection.execute(select(models.journal_message.c.body)).scalar_one() == b"\x78\x9c"
        assert connection.execute(select(models.journal_state.c.next_id)).scalar_one() == 42


def test_a_database_of_a_newer_version_is_left_alone(engine: Engine) -> None:
    schema.prepare(engine)
    with writing(engine) as connection:
        connection.execute(update(schema.stamp).values(version_num="9999"))
    with pytest.raises(StorageError, match=r"version 9999, this program knows 0002: use a newer rivta"):
        schema.prepare(engine)


def test_several_may_make_the_tables_at_once(database_url: str) -> None:
    """As when several workers start on a new database."""
    failed: list[BaseException] = []
    begin = threading.Barrier(4)

    def prepare() -> None:
        try:
            with opened(database_url) as engine:
                begin.wait()
                schema.prepare(engine)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=prepare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with opened(database_url) as engine:
        assert schema.state(engine) == ("current", schema.HEAD)


def test_looking_makes_no_file(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'x' / 'rivta.sqlite3'}")
    assert schema.state(engine) == ("empty", "")
    engine.dispose()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("Hej! " * 400, "utf-8")
    engine = connect(f"sqlite:///{tmp_path / 'text.db'}")
    with pytest.raises(StorageError, match=r"text\.db: file is not a database"):
        schema.prepare(engine)
    engine.dispose()


def test_only_the_owner_may_read_an_sqlite_file(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'state' / 'rivta.sqlite3'}") as engine:
        schema.prepare(engine)
        folder = tmp_path / "state"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_rows_must_not_refer_to_nothing(engine: Engine) -> None:
    schema.prepare(engine)
    row = {"id": 1, "address": "http://x", "profile_id": 5, "component_id": 6, "publication": 1}
    with writing(engine) as connection, pytest.raises(IntegrityError):
        connection.execute(insert(models.call_address), [row])


def test_numbers_of_dead_letters_are_not_used_again(engine: Engine) -> None:
    schema.prepare(engine)
    row = {"subscriber": "A", "created_us": 1, "attempts": 3, "given_up_us": 2, "correlation_id": "x", "payload": b""}
    for _ in range(2):
        with writing(engine) as connection:
            connection.execute(insert(models.dead_letter), [row])
            last = connection.scalar(select(models.dead_letter.c.id))
            connection.execute(models.dead_letter.delete())
    assert last == 2


def test_a_person_s_engagements_are_found_by_the_key(engine: Engine) -> None:
    """FindContent costs the same with ten million rows as with ten."""
    schema.prepare(engine)
    statement = "SELECT * FROM engagement WHERE registered_resident_identification = 'x' AND service_domain = 'y'"
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN {statement}")).all()
            assert "USING PRIMARY KEY (registered_resident_identification=? AND service_domain=?)" in str(plan)
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = connection.execute(text(f"EXPLAIN {statement}")).all()
            assert "engagement_pkey" in str(plan)


def test_a_writer_has_the_sqlite_file_from_its_start(tmp_path: Path) -> None:
    """Else one that reads first and writes later fails when somebody else wrote in between."""
    path = tmp_path / "rivta.sqlite3"
    with opened(f"sqlite:///{path}") as engine:
        schema.prepare(engine)
        with writing(engine), closing(sqlite3.connect(path, timeout=0)) as other:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            assert other.execute("SELECT count(*) FROM route").fetchone() == (0,)
