"""Where the catalogue comes from: the database when anything is published in it, else the files, else the last copy."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from catalogue_parts import CONTRACT, FIRST, catalogue, empty, publish, units
from gateway_samples import ROOT, contracts
from storage_parts import opened

from gateway.errors import DataError
from gateway.registry.catalogue import Filter, Permission, Route, load_catalogue
from gateway.registry.snapshot import Snapshot
from gateway.registry.source import Read, Source
from gateway.settings import Settings
from gateway.storage import catalogue_rows, changes, models
from gateway.storage.engine import writing

FILES = load_catalogue(ROOT, contracts())
UNITS = [("ou=1", "SE1", "SE", "Överst"), ("ou=2,ou=1", "SE2", "SE1", "Under")]
NOWHERE = "postgresql://rivta@127.0.0.1:1/rivta"


def source(url: str, **more: Any) -> Source:
    return Source(Settings(database_url=url, **more), ROOT, contracts())


def read(url: str, *, start: bool = True, **more: Any) -> Read:
    return source(url, **more).read(FILES if start else None)


def test_a_publication_is_read(database_url: str) -> None:
    publish(database_url, 17, catalogue())
    found = read(database_url)
    last = date(2099, 12, 31)  # the row ends when its last day begins, as the national catalogue has it
    assert found.routes == [
        Route("SE2321000016-Åre", CONTRACT, "http://127.0.0.1:9/vp", "rivtabp21", FIRST, last, "publication 17")
    ]
    filters = (Filter("riv:example", ("vko", "dia")),)
    assert found.permissions == [
        Permission("SE2321000016-Åre", "SE1-KONSUMENT", CONTRACT, FIRST, last, "publication 17", filters)
    ]
    assert found.origin.startswith("publication 17 in ")
    assert (found.files, found.numbers, found.trouble, found.tree) == (False, {"catalogue": 1}, "", None)


def test_the_router_can_look_it_up(database_url: str) -> None:
    publish(database_url, 1, catalogue())
    found = read(database_url)
    snapshot = Snapshot(found.routes, found.permissions)
    assert snapshot.route("se2321000016-åre", CONTRACT).route == found.routes[0]
    granted = snapshot.permit("SE2321000016-Åre", "SE1-KONSUMENT", CONTRACT)
    assert granted.allowed
    assert granted.grant is not None
    assert granted.grant.filters == found.permissions[0].filters


def test_equal_rows_with_other_filters_are_not_one(database_url: str) -> None:
    rows = catalogue()
    rows[models.component].append({"id": 4, "hsa_id": "SE1-ANNAN", "description": ""})
    rows[models.permission].append({**rows[models.permission][0], "id": 10, "component_id": 4})
    publish(database_url, 1, rows)
    found = read(database_url)
    snapshot = Snapshot(found.routes, found.permissions)
    limits = [snapshot.permit("SE2321000016-Åre", who, CONTRACT).grant for who in ("SE1-KONSUMENT", "SE1-ANNAN")]
    assert [len(each.filters) for each in limits if each] == [1, 0]


@pytest.mark.parametrize("first", [date(1, 1, 1), date(2020, 1, 1)])
def test_days_outside_of_any_calendar_do_no_harm(database_url: str, first: date) -> None:
    rows = catalogue()
    rows[models.route][0] |= {"valid_from": first, "valid_to": date(9999, 12, 31)}
    publish(database_url, 1, rows)
    assert Snapshot(read(database_url).routes).route("SE2321000016-Åre", CONTRACT).route


def test_a_database_without_a_publication_leaves_it_to_the_files(database_url: str) -> None:
    empty(database_url)
    found = read(database_url)
    assert (found.routes, found.permissions) == (FILES.routes, FILES.permissions)
    assert (found.origin, found.files, found.numbers) == (str(ROOT / "routing"), True, {})


def test_a_database_without_tables_does_so_too(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        path = Path(database_url.removeprefix("sqlite:///"))
        path.parent.mkdir()
        path.touch()
    assert read(database_url).files


def test_the_files_can_be_insisted_on(database_url: str) -> None:
    publish(database_url, 1, catalogue())
    assert read(database_url, catalogue="files").files


@pytest.mark.parametrize("start", [True, False])
def test_the_database_can_be_insisted_on(database_url: str, start: bool) -> None:
    empty(database_url)
    with pytest.raises(DataError, match="holds no publication; see rivta tak publish"):
        read(database_url, catalogue="database", start=start)


def test_reading_makes_no_file(tmp_path: Path) -> None:
    assert read(f"sqlite:///{tmp_path / 'x' / 'rivta.sqlite3'}").files
    assert list(tmp_path.iterdir()) == []


def test_the_tree_is_read(database_url: str) -> None:
    publish(database_url, 1, catalogue())
    units(database_url, UNITS)
    for wanted in ("auto", "files"):
        tree = read(database_url, catalogue=wanted).tree
        assert tree is not None
        assert list(tree.ancestors("SE2")) == ["SE1", "SE"]
        assert tree.name("SE1") == "Överst"


def test_files_of_the_tree_count_before_the_database(database_url: str) -> None:
    publish(database_url, 1, catalogue())
    units(database_url, UNITS)
    assert read(database_url, hsa_files=("hsa.xml",)).tree is None


def test_one_moment_is_read(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody publishes while we read: what we get is all old, or all new."""
    publish(database_url, 1, catalogue())
    before = catalogue_rows.newest_publication

    def slow(select: Any) -> int:
        found = before(select)
        if found == 1:
            publish(database_url, 2, catalogue(address="http://new/"))
        return found

    monkeypatch.setattr(catalogue_rows, "newest_publication", slow)
    old, new = read(database_url), read(database_url)
    assert [(each.routes[0].address, each.routes[0].source) for each in (old, new)] == [
        ("http://127.0.0.1:9/vp", "publication 1"),
        ("http://new/", "publication 2"),
    ]


def test_a_broken_file_leaves_it_to_the_files_at_the_start_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_text("Hej! " * 400, "utf-8")
    found = read(f"sqlite:///{path}")
    assert found.files
    assert found.numbers is None
    assert found.trouble == f"sqlite:///{path}: file is not a database"
    with pytest.raises(DataError, match="file is not a database"):
        read(f"sqlite:///{path}", start=False)


@pytest.mark.sockets
def test_without_a_database_and_a_copy_the_files_are_taken() -> None:
    found = read(NOWHERE)
    assert found.files
    assert found.numbers is None
    assert "127.0.0.1" in found.trouble


@pytest.mark.sockets
def test_who_insists_on_the_database_gets_nothing_rather_than_other_rows() -> None:
    found = read(NOWHERE, catalogue="database")
    assert (found.routes, found.permissions) == ((), ())
    assert found.origin == "nowhere: there is no last good copy either"
    assert found.trouble


@pytest.mark.sockets
def test_a_database_that_is_lost_changes_nothing_later() -> None:
    with pytest.raises(DataError, match="database: postgresql://"):
        read(NOWHERE, start=False)


@pytest.fixture
def shared(request: pytest.FixtureRequest) -> Any:
    server = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@pytest.mark.sockets
def test_the_last_good_copy_is_taken_when_the_database_is_down(shared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(shared, 17, catalogue())
    units(shared, UNITS)
    good = read(shared)
    path = catalogue_rows.copy_path(shared)
    monkeypatch.setattr(catalogue_rows, "copy_path", lambda _: path)
    copy = read(NOWHERE)
    assert (copy.routes, copy.permissions) == (good.routes, good.permissions)
    assert copy.origin == f"publication 17 in the last good copy, {path}"
    assert copy.numbers is None
    assert copy.tree is not None
    assert copy.tree.name("SE1") == "Överst"
    assert read(NOWHERE, catalogue="database").routes == good.routes
    assert read(NOWHERE, catalogue="files").files


@pytest.mark.sockets
def test_a_copy_is_made_when_something_has_changed(shared: str) -> None:
    publish(shared, 1, catalogue())
    path = catalogue_rows.copy_path(shared)
    read(shared)
    first = path.stat()
    read(shared)
    assert path.stat().st_ino == first.st_ino
    publish(shared, 2, catalogue())
    read(shared)
    assert path.stat().st_ino != first.st_ino
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.sockets
def test_a_reading_that_fails_leaves_the_copy_alone(shared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(shared, 1, catalogue())
    read(shared)
    path = catalogue_rows.copy_path(shared)
    before = path.stat().st_ino
    with opened(shared) as engine, writing(engine) as connection:
        changes.bump(connection, "catalogue")
    monkeypatch.setattr(catalogue_rows, "UNITS", catalogue_rows.Part("nothing", ("here",)))
    assert read(shared).trouble
    assert path.stat().st_ino == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.sockets
def test_a_copy_that_cannot_be_written_is_no_reason_to_go_without(
    shared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(catalogue_rows, "copy_path", lambda _: tmp_path / "file" / "copy")
    publish(shared, 3, catalogue())
    assert read(shared).origin.startswith("publication 3 in ")


def test_reading_imports_no_more_than_it_needs(tmp_path: Path) -> None:
    """SQLAlchemy and the driver of the other database would double the time until a gateway is ready."""
    url = f"sqlite:///{tmp_path / 'rivta.sqlite3'}"
    publish(url, 1, catalogue())
    script = (
        "import sys\nfrom pathlib import Path\nfrom gateway.contracts.contract import load_all\n"
        "from gateway.registry.source import Source\nfrom gateway.settings import Settings\n"
        "from gateway.storage.notices import Watch\n"
        "found = Source(Settings(database_url=sys.argv[1], catalogue='database'), Path(), load_all(Path())).read()\n"
        "print(len(found.routes), [name for name in ('sqlalchemy', 'alembic', 'psycopg') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, url], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "1 []\n"
