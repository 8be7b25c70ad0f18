"""``rivta tak``: import, differences, publications and roll-back, on both databases."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from storage_parts import opened
from tak_samples import ARE, BOOKING, FOLLOW_UP, URL, flat

from gateway.cli.tak import command
from gateway.registry.formats import cache, order, snapshot
from gateway.registry.formats.content import Content, Publication
from gateway.registry.formats.flat import Flat
from gateway.registry.formats.order import Order, OrderedName, OrderedRoute, Section
from gateway.registry.formats.rebuild import rebuild
from gateway.registry.tak import reading, store
from gateway.registry.tak.tables import held
from gateway.storage.reading import numbers


@pytest.fixture(autouse=True)
def _in_the_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "Åsa")
    if "database_url" in request.fixturenames:
        monkeypatch.setenv("RIVTA_DATABASE_URL", request.getfixturevalue("database_url"))


def tak(*arguments: str, code: int = 0) -> Result:
    result: Result = CliRunner().invoke(command, arguments, standalone_mode=False)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        if code == 2:
            return result
        raise result.exception
    assert result.return_value == code, result.output
    return result


def refused(*arguments: str) -> str:
    """The one line of a refusal."""
    result = tak(*arguments, code=2)
    assert result.exception is not None
    return str(getattr(result.exception, "message", result.exception))


@pytest.fixture
def first(tmp_path: Path) -> str:
    """A catalogue as a national publication."""
    path = tmp_path / "PubVersion-7.json.gzip"
    made = Publication(rebuild(flat(), Content()), 7, 1_000_000, "N", "K")
    path.write_bytes(snapshot.compressed(snapshot.write(made)))
    return str(path)


@pytest.fixture
def second(tmp_path: Path) -> str:
    """The same with another address, one route less and a description, as a router's copy."""
    one = flat()
    routes = (
        msgspec.structs.replace(one.routes[0], address="http://ny.example/åäö".replace("åäö", "vp")),
        one.routes[1],
    )
    path = tmp_path / "kopia.xml"
    path.write_bytes(cache.write(rebuild(Flat(routes, one.permissions), Content())))
    return str(path)


def published(first: str, comment: str = "Första") -> None:
    tak("import", first)
    tak("publish", "--comment", comment)


def test_import_and_publish(database_url: str, first: str) -> None:
    done = tak("import", first, "--lang", "sv")
    assert "ändringar väntar på att publiceras: rivta tak publish" in done.output
    assert reading.newest(database_url) is None
    assert numbers(database_url) == {}
    done = tak("publish", "--comment", "Första versionen", "--lang", "en")
    assert done.output.endswith("Version 1 published by Åsa.\n")
    found = reading.newest(database_url)
    assert found is not None
    assert (found.version, found.author, found.comment) == (1, "Åsa", "Första versionen")
    wanted = rebuild(flat(), Content())
    assert store.changes(found.content, wanted) == []
    assert {row.publication for _, row in found.content.all()} == {1}
    assert numbers(database_url) == {"catalogue": 1}
    stored = reading.version(database_url, 1)
    assert stored is not None
    assert stored.content == found.content
    assert tak("list", "--pending", "--lang", "en").output == "No edits wait.\n"


def test_a_dry_run_changes_nothing(database_url: str, first: str) -> None:
    tak("import", first, "--dry-run")
    assert json.loads(tak("list", "--pending", "--format", "json").output) == {"pending": []}
    tak("import", first)
    done = tak("publish", "--dry-run", "--lang", "sv")
    assert "+ vägval: " in done.output
    assert done.output.endswith("Version 1 skulle publiceras av Åsa. Ingenting är sparat.\n")
    assert reading.newest(database_url) is None
    published(first)
    tak("rollback", "--dry-run")
    assert reading.newest(database_url) is not None


def test_the_difference_is_readable(database_url: str, first: str, second: str) -> None:
    published(first)
    done = tak("diff", "published", second, "--lang", "sv", code=1)
    lines = done.output.splitlines()
    assert lines[0] == FOLLOW_UP
    assert f"  {ARE}" in lines
    assert any(line.startswith("    ~ vägval: adress ") and "->" in line for line in lines)
    assert BOOKING in lines
    assert any(line.startswith("    - vägval: ") for line in lines)
    assert lines[-1] == "0 tillagda, 1 ändrade, 1 borttagna."
    assert max(map(len, lines)) <= 100
    english = tak("diff", "published", second, "--lang", "en", code=1).output
    assert english.splitlines()[-1] == "0 added, 1 changed, 1 removed."
    data = json.loads(tak("diff", "published", second, "--format", "json", code=1).output)
    assert (data["changed"], data["removed"], data["added"]) == (1, 1, 0)
    (changed,) = (each for each in data["differences"] if each["kind"] == "changed")
    assert changed["after"] == {"address": "http://ny.example/vp"}


def test_no_difference(database_url: str, first: str, tmp_path: Path) -> None:
    published(first)
    for name in ("ut.json", "ut.gz", "ut.xml", "routing"):
        tak("export", str(tmp_path / name))
    for name in ("ut.json", "ut.gz", "ut.xml"):
        assert tak("diff", "published", str(tmp_path / name), "--lang", "sv").output == "Ingen skillnad.\n"
    assert tak("diff", "1", "published").return_value == 0
    text = (tmp_path / "routing" / "routes.toml").read_text("utf-8")
    assert text.count("[[route]]") == 3


def test_ids_stay_and_only_changed_rows_get_the_new_version(database_url: str, first: str, second: str) -> None:
    published(first)
    before = reading.newest(database_url)
    tak("import", second)
    tak("publish")
    after = reading.newest(database_url)
    assert before is not None
    assert after is not None
    assert after.version == 2
    assert [row.id for row in after.content.permission] == [row.id for row in before.content.permission]
    assert {row.publication for row in after.content.permission} == {1}
    assert {row.id: row.publication for row in after.content.route} == {1: 2, 2: 1}
    assert [row.hsa_id for row in after.content.component] == [row.hsa_id for row in before.content.component]


def test_what_is_kept_stays(database_url: str, first: str, second: str) -> None:
    published(first)
    done = json.loads(tak("import", second, "--keep", "--format", "json").output)
    assert (done["removed"], done["changed"]) == (0, 1)


def test_roll_back_takes_the_newest_version_away(database_url: str, first: str, second: str) -> None:
    published(first)
    before = reading.newest(database_url)
    tak("import", second)
    tak("publish")
    done = tak("rollback", "--lang", "sv")
    assert done.output.endswith("Version 2 borttagen; version 1 gäller.\n")
    assert reading.newest(database_url) == before
    assert [each["version"] for each in json.loads(tak("list", "--format", "json").output)["publications"]] == [1]
    assert numbers(database_url) == {"catalogue": 3}
    assert tak("rollback", "--lang", "en").output.endswith("nothing is published.\n")
    assert reading.newest(database_url) is None
    assert refused("rollback", "--lang", "sv") == "Ingenting är publicerat."


def test_roll_back_further_makes_a_new_version(database_url: str, first: str, second: str) -> None:
    published(first)
    tak("import", second)
    tak("publish")
    assert "Version 3 publicerad, med innehållet i version 1." in tak("rollback", "--to", "1", "--lang", "sv").output
    assert tak("diff", "1", "published").return_value == 0
    assert refused("rollback", "--to", "9", "--lang", "en") == "There is no published version 9."
    assert refused("diff", "9", "published", "--lang", "sv") == "Det finns ingen publicerad version 9."


def test_names_that_change_places(database_url: str, first: str, tmp_path: Path) -> None:
    """Ids of an earlier version may belong to others today."""
    published(first)
    with opened(database_url) as engine, store.alone(engine) as connection:
        before = held(connection)
        one, other, *rest = before.component
        swapped = (
            msgspec.structs.replace(one, hsa_id=other.hsa_id),
            msgspec.structs.replace(other, hsa_id=one.hsa_id),
            *rest,
        )
        values = {kind: before.rows(kind) for kind in store.c.KINDS}
        after = Content(**{**values, "component": swapped})
        store.keep(connection, "Bo", before, after)
        done = store.publish(connection, "Bo", "")
        assert store.changes(held(connection), after) == []
        assert done.version == 2
    tak("rollback")
    assert tak("diff", "published", first).return_value == 0


def test_only_the_authors_own_edits_are_published(database_url: str, first: str, second: str) -> None:
    published(first)
    tak("import", second, "--author", "Bo")
    assert refused("publish", "--lang", "sv") == (
        "Det finns inga ändringar, genomförda av inloggad användare, att publicera"
    )
    assert "Bo" in tak("list", "--pending").output
    assert refused("import", second, "--lang", "sv").startswith("vagval 1")
    assert "glömda" in tak("discard", "--author", "Bo", "--lang", "sv").output
    tak("import", second)
    tak("publish")


def test_edits_that_depend_on_anothers_are_refused(database_url: str, first: str) -> None:
    published(first)
    with opened(database_url) as engine, store.alone(engine) as connection:
        base = held(connection)
        bo = store.c.LogicalAddress(id=50, hsa_id="SE-BO")
        both = {kind: base.rows(kind) for kind in store.c.KINDS}
        store.keep(connection, "Bo", base, Content(**{**both, "logical_address": (*base.logical_address, bo)}))
        route = msgspec.structs.replace(base.route[0], id=60, logical_address_id=50)
        store.keep(connection, "Åsa", base, Content(**{**both, "route": (*base.route, route)}))
    assert refused("publish", "--lang", "sv").startswith("Olika användare har uppdaterat beroende objekt")
    assert "Bo" in refused("publish", "--lang", "en")
    tak("publish", "--author", "Bo")
    tak("publish")


def test_what_others_need_is_not_taken_away(database_url: str, first: str) -> None:
    published(first)
    with opened(database_url) as engine, store.alone(engine) as connection:
        base = held(connection)
        both = {kind: base.rows(kind) for kind in store.c.KINDS}
        store.keep(connection, "Åsa", base, Content(**{**both, "profile": ()}))
    assert "behövs av anropsadress" in refused("publish", "--lang", "sv")


def test_rules_are_kept(database_url: str, tmp_path: Path) -> None:
    one = flat()
    bad = msgspec.structs.replace(one.routes[0], address="http://ä/")
    path = tmp_path / "fel.xml"
    path.write_bytes(cache.write(rebuild(Flat((bad,)), Content())))
    done = tak("validate", str(path), "--lang", "sv", code=1)
    assert "adressen http://ä/ innehåller ä" in " ".join(done.output.split())
    assert done.output.endswith(f"{path}: 1 brott mot reglerna.\n")
    assert json.loads(tak("validate", str(path), "--format", "json", code=1).output)["problems"][0]["rule"] == "address"
    assert "Inte importerat" in tak("import", str(path), "--lang", "sv", code=1).output
    assert tak("list", "--pending", "--lang", "sv").output == "Inga ändringar väntar.\n"
    tak("import", str(path), "--force")
    tak("publish")


def test_an_order_adds_to_the_authors_edits(database_url: str, first: str, tmp_path: Path) -> None:
    published(first)
    path = tmp_path / "order.json"
    for number in (1, 2):
        name = f"SE9-NY{number}"
        section = Section(
            logiskadresser=[OrderedName(name)],
            vagval=[OrderedRoute(URL, name, FOLLOW_UP, "RIVTABP21", "SE1-PRODUCENT")],
        )
        path.write_bytes(order.write(Order(platform="P", effective=_day(), include=section)))
        done = tak("import", str(path), "--lang", "sv")
        assert f"  Nyskapad: Logisk adress: {name}" in done.output.splitlines()
    tak("publish")
    found = reading.newest(database_url)
    assert found is not None
    assert [row.hsa_id for row in found.content.logical_address][-2:] == ["SE9-NY1", "SE9-NY2"]
    assert refused("import", str(path), "--platform", "Q", "--lang", "sv").endswith(
        "Beställningen avser plattform P, men den här instansen av tak-web hanterar Q."
    )


def _day():
    from datetime import date

    return date(2026, 1, 24)


def test_what_cannot_be_read(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "trasig.json"
    path.write_text('{"formatVersion": 1,\n"data": {"vagval": [{"id": "å"}]}}', "utf-8")
    assert refused("import", str(path), "--lang", "sv") == (f"{path}:2: $.data.vagval[0].id: väntade int, fann str")
    assert refused("diff", str(path), "--lang", "en").endswith("expected int, found str")


@pytest.mark.parametrize("form", ["snapshot", "export", "cache", "routes", "permissions", "contracts", "components"])
def test_every_format_goes_to_standard_output(database_url: str, first: str, form: str) -> None:
    published(first)
    found = tak("export", "-", "--form", form).output
    assert found.startswith(("{", "<"))


def test_two_do_not_publish_at_once(database_url: str, first: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("there the second one waits for the first")
    published(first)
    with opened(database_url) as engine, store.alone(engine):
        assert refused("publish", "--lang", "en").startswith("Publish failed. A publication job is already running")


def test_nothing_is_there_yet(database_url: str) -> None:
    assert tak("list", "--lang", "sv").output == "Ingenting är publicerat.\n"
    assert tak("diff", "--lang", "en").output == "No difference.\n"
