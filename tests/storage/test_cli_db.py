"""``rivta db``: tables made, brought up to date, and told about, on both databases."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from catalogue_parts import catalogue, publish
from click.testing import CliRunner, Result
from sqlalchemy import text, update
from storage_parts import JOURNAL_BEFORE, opened

from gateway.cli.db import command
from gateway.errors import DataError
from gateway.storage import models, place, schema
from gateway.storage.engine import writing
from gateway.storage.reading import numbers

UNITS = """<ns0:FileGetHsaUnitsResponse xmlns:ns0="urn:example">
<ns0:hsaUnit><ns0:hsaIdentity>SE1</ns0:hsaIdentity><ns0:DN>ou=Väst,c=SE</ns0:DN><ns0:name>Väst</ns0:name></ns0:hsaUnit>
<ns0:hsaUnit><ns0:hsaIdentity>SE2</ns0:hsaIdentity><ns0:DN>ou=Åre,ou=Väst,c=SE</ns0:DN><ns0:name>Åre</ns0:name></ns0:hsaUnit>
</ns0:FileGetHsaUnitsResponse>"""


@pytest.fixture(autouse=True)
def _in_the_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "database_url" in request.fixturenames:
        monkeypatch.setenv("RIVTA_DATABASE_URL", request.getfixturevalue("database_url"))


def db(*arguments: str) -> Result:
    result: Result = CliRunner().invoke(command, arguments, standalone_mode=False)
    return result


def test_the_tables_are_made(database_url: str) -> None:
    done = db("upgrade", "--lang", "en")
    where = place.sqlalchemy_url(database_url)
    assert (done.return_value, done.output) == (0, f"Database: {where}\nThe tables have been made (version 0002).\n")
    with opened(database_url) as engine:
        assert schema.state(engine) == ("current", schema.HEAD)


def test_nothing_is_done_twice(database_url: str) -> None:
    db("upgrade")
    done = db("upgrade", "--format", "json")
    where = place.sqlalchemy_url(database_url)
    assert json.loads(done.output) == {"database": where, "before": "current", "version": "0002"}
    assert db("upgrade").output.endswith("Tabellerna är aktuella (version 0002).\n")


def test_an_older_journal_is_upgraded(database_url: str) -> None:
    with opened(database_url) as engine:
        if engine.dialect.name == "sqlite":
            place.make_private(place.sqlite_path(database_url))
        with writing(engine) as connection:
            for statement in JOURNAL_BEFORE[engine.dialect.name]:
                connection.execute(text(statement))
    before = db("status", "--lang", "en")
    assert before.return_value == 1
    assert before.output.endswith("The tables are from before versions were noted: run rivta db upgrade\n")
    assert "uppgraderade till version 0002" in db("upgrade").output
    rows = json.loads(db("status", "--format", "json").output)["rows"]
    assert (rows["journal_exchange"], rows["journal_message"], rows["route"]) == (1, 1, 0)


def test_what_is_there_is_told(database_url: str) -> None:
    publish(database_url, 17, catalogue())
    done = db("status", "--format", "json")
    found = json.loads(done.output)
    assert done.return_value == 0
    assert (found["state"], found["version"], found["newest"]) == ("current", "0002", "0002")
    assert found["changes"] == {"catalogue": 1}
    assert (found["publication"]["version"], found["publication"]["author"]) == (17, "Åsa")
    assert found["publication"]["time"] == "1970-01-01T01:00:00+01:00"
    assert (found["rows"]["route"], found["rows"]["filter_category"], found["rows"]["engagement"]) == (1, 2, 0)
    assert set(found["rows"]) == set(models.metadata.tables)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_people_get_a_table_that_fits(database_url: str, language: str) -> None:
    publish(database_url, 17, catalogue())
    lines = db("status", "--lang", language).output.splitlines()
    assert max(map(len, lines)) <= 100
    assert any(line.split() == ["filter_category", "2"] for line in lines)
    assert any("17" in line and "Åsa" in line for line in lines)


def test_a_database_without_tables_is_told_and_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIVTA_DATABASE_URL", f"sqlite:///{tmp_path / 'x.db'}")
    done = db("status")
    assert done.return_value == 1
    assert "Det finns inga tabeller ännu: kör rivta db upgrade" in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_newer_one_is_told(database_url: str) -> None:
    db("upgrade")
    with opened(database_url) as engine, writing(engine) as connection:
        connection.execute(update(schema.stamp).values(version_num="9999"))
    done = db("status", "--lang", "en")
    assert done.return_value == 1
    assert "version 9999, this program only knows 0002" in " ".join(done.output.split())
    failed = db("upgrade")
    assert failed.exception is not None
    assert "use a newer rivta" in failed.exception.message  # type: ignore[attr-defined]


@pytest.mark.sockets
def test_a_database_out_of_reach_is_one_line_without_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIVTA_DATABASE_URL", "postgresql://rivta:hemligt@127.0.0.1:1/rivta")
    failed = db("status").exception
    assert failed is not None
    message: str = failed.message  # type: ignore[attr-defined]
    assert message.startswith("postgresql+psycopg://rivta:***@127.0.0.1:1/rivta: ")
    assert "\n" not in message
    assert "hemligt" not in message


def test_the_tree_is_put_in(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "hsa.xml"
    path.write_text(UNITS, "utf-8")
    for _ in range(2):
        assert json.loads(db("hsa", str(path), "--format", "json").output) == {"units": 2}
    assert numbers(database_url) == {"hsa": 2}
    with opened(database_url) as engine, engine.connect() as connection:
        rows = connection.execute(models.hsa_unit.select().order_by(models.hsa_unit.c.hsa_id)).all()
    assert rows == [("ou=Väst,c=SE", "SE1", "SE", "Väst"), ("ou=Åre,ou=Väst,c=SE", "SE2", "SE1", "Åre")]


def test_a_broken_file_changes_nothing(database_url: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "hsa.xml", tmp_path / "bad.xml"
    good.write_text(UNITS, "utf-8")
    bad.write_text(UNITS.replace("</ns0:name>", "", 1), "utf-8")
    db("hsa", str(good))
    assert isinstance(db("hsa", str(bad)).exception, DataError)
    assert numbers(database_url) == {"hsa": 1}


def test_the_file_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    db("upgrade")
    path = tmp_path / "rivta" / f"rivta-{place.own_name()}.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM route").fetchone() == (0,)
