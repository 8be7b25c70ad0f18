"""``gateway.storage.engagements`` and ``direct``: the engagement index in SQLite and PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from storage_parts import opened

from gateway.storage import engagements, schema
from gateway.storage.direct import Database
from gateway.storage.engagement import Engagement
from gateway.storage.engagements import Change, Wanted
from gateway.storage.errors import StorageError
from gateway.storage.reading import numbers

NOW, LATER = "20260102030405", "20270102030405"
PERSON, DOMAIN = "191212121212", "riv:a:b"


def engagement(source: str = "SE-KÄLLA", content: str = "20260101120000", **changed: str) -> Engagement:
    values = {"logical_address": source, "data_controller": "SE2321000065", "owner": "INDEX", **changed}
    return Engagement(PERSON, DOMAIN, "cat", source_system=source, most_recent_content=content, **values)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with opened(database_url) as engine:
        schema.prepare(engine)
    found = Database(database_url)
    yield found
    found.close()


def change(database: Database, *changes: Change, now: str = NOW) -> list[Change]:
    with database.writing() as work:
        return engagements.change(work, changes, now)


def stored(database: Database, **equal: str) -> list[Engagement]:
    return engagements.find(database, Wanted(PERSON, DOMAIN, tuple(equal.items())))


def test_a_new_engagement_gets_the_time_of_the_index(database: Database) -> None:
    """Engagement index: what the sender says of creation and update does not count."""
    sent = replace(engagement(), creation_time="19990101000000", update_time="19990101000000")
    wanted = replace(sent, creation_time=NOW, update_time="")
    assert change(database, Change(False, sent)) == [Change(False, wanted)]
    assert stored(database) == [wanted]


def test_the_same_once_more_is_no_news(database: Database) -> None:
    change(database, Change(False, engagement()))
    assert change(database, Change(False, engagement()), now=LATER) == []
    assert [(each.creation_time, each.update_time) for each in stored(database)] == [(NOW, "")]


@pytest.mark.parametrize("content", ["20260303120000", "19990303120000", ""])
def test_other_content_is_news_also_when_it_is_older_or_none(database: Database, content: str) -> None:
    """National index: the last one to write wins."""
    change(database, Change(False, engagement()))
    (told,) = change(database, Change(False, engagement(content=content)), now=LATER)
    assert told == Change(False, replace(engagement(content=content), creation_time=NOW, update_time=LATER))
    assert stored(database) == [told.engagement]


def test_removing_what_is_not_there_is_told_too(database: Database) -> None:
    change(database, Change(False, engagement("A")))
    gone = [Change(True, engagement("A")), Change(True, engagement("B"))]
    assert change(database, *gone) == gone
    assert stored(database) == []


def test_removals_come_first(database: Database) -> None:
    """The same key cannot be both in one request; here another owner's."""
    change(database, Change(False, engagement("A")), Change(False, engagement("A", owner="ANNAN")))
    told = change(database, Change(False, engagement("B")), Change(True, engagement("A")))
    assert [(each.delete, each.engagement.source_system) for each in told] == [(False, "B"), (True, "A")]
    assert [(each.source_system, each.owner) for each in stored(database)] == [("A", "ANNAN"), ("B", "INDEX")]


@pytest.mark.parametrize(
    "field",
    [
        "logical_address",
        "source_system",
        "data_controller",
        "business_object_instance_identifier",
        "clinical_process_interest_id",
        "owner",
    ],
)
def test_every_field_of_the_key_tells_engagements_apart_and_can_be_asked_for(database: Database, field: str) -> None:
    one, other = replace(engagement(), **{field: "EN"}), replace(engagement(), **{field: "en"})
    change(database, Change(False, one), Change(False, other))
    assert len(stored(database)) == 2
    assert [getattr(each, field) for each in stored(database, **{field: "EN"})] == ["EN"]
    assert stored(database, **{field: ""}) == []


def test_the_order_does_not_depend_on_who_came_first(database: Database) -> None:
    found = [engagement(source, owner=owner) for source in ("ö", "a", "Z", "å") for owner in ("2", "1")]
    change(database, *(Change(False, each) for each in found))
    assert [(each.source_system, each.owner) for each in stored(database)] == sorted(
        (each.source_system, each.owner) for each in found
    )


def test_since_lets_through_what_is_as_new_or_newer(database: Database) -> None:
    for source, content in (("A", "20260101120000"), ("B", "20260101120001"), ("C", "")):
        change(database, Change(False, engagement(source, content)))
    for since, wanted in (("", "ABC"), ("20260101120000", "AB"), ("20260101120001", "B"), ("20260101120002", "")):
        found = engagements.find(database, Wanted(PERSON, DOMAIN, since=since))
        assert "".join(each.source_system for each in found) == wanted


def test_a_field_that_is_none_is_a_mistake_of_ours(database: Database) -> None:
    with pytest.raises(ValueError, match="1=1"):
        stored(database, **{"1=1 OR owner": "x"})
    with pytest.raises(ValueError, match="1=1"):
        engagements.listing(database, [("1=1", "x")], 0)


def test_a_thousand_at_once(database: Database) -> None:
    many = [replace(engagement(), registered_resident_identification=f"{number:012d}") for number in range(1000)]
    assert len(change(database, *(Change(False, each) for each in many))) == 1000
    assert engagements.count(database) == 1000
    assert change(database, *(Change(False, each) for each in many)) == []
    assert len(change(database, *(Change(True, each) for each in many))) == 1000
    assert engagements.count(database) == 0


def seed(database: Database, digest: str, *found: Engagement) -> bool:
    with database.writing() as work:
        return engagements.seed(work, found, digest, 1)


def test_the_seed_is_replaced_when_it_is_another_and_what_was_told_stays(database: Database) -> None:
    assert seed(database, "one", engagement("A"), engagement("B"))
    assert engagements.seeded(database) == "one"
    assert not seed(database, "one", engagement("C"))
    change(database, Change(False, engagement("A", "20260303120000")), Change(False, engagement("T")))
    assert seed(database, "two", engagement("A"), engagement("D"))
    found = [(each.source_system, each.most_recent_content) for each in stored(database)]
    assert found == [("A", "20260303120000"), ("D", "20260101120000"), ("T", "20260101120000")]
    assert [seed for _, seed in engagements.listing(database, (), 0)].count(True) == 1


def test_a_seed_row_that_an_update_confirms_is_the_updates(database: Database) -> None:
    seed(database, "one", engagement("A"), engagement("B"))
    assert change(database, Change(False, engagement("A"))) == []
    seed(database, "two")
    assert [each.source_system for each in stored(database)] == ["A"]


def test_others_hear_of_a_new_seed(database: Database) -> None:
    seed(database, "one", engagement())
    assert numbers(database.url) == {"engagements": 1}
    seed(database, "two", engagement())
    assert numbers(database.url) == {"engagements": 2}


def test_many_gateways_that_start_at_once_seed_once(database: Database) -> None:
    done: list[bool] = []

    def start() -> None:
        done.append(seed(database, "one", *(engagement(str(number)) for number in range(200))))
        database.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == [False, False, False, True]


def test_writers_of_the_same_rows_in_different_order_do_not_block_each_other(database: Database) -> None:
    """On PostgreSQL they would wait for each other in a circle, if rows were not locked in one order."""
    failed: list[BaseException] = []
    changes = [Change(False, engagement(str(number))) for number in range(60)]

    def write(order: int) -> None:
        try:
            for turn in range(5):
                content = f"2026010112{order:02d}{turn:02d}"
                rows = [Change(False, replace(each.engagement, most_recent_content=content)) for each in changes]
                change(database, *rows[::order])
        except BaseException as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=write, args=(order,)) for order in (1, -1, 1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert engagements.count(database) == 60


def test_nothing_of_a_transaction_that_fails_is_stored(database: Database) -> None:
    with suppress(ZeroDivisionError), database.writing() as work:
        engagements.change(work, [Change(False, engagement())], NOW)
        raise ZeroDivisionError
    assert stored(database) == []
    assert change(database, Change(False, engagement()))


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path}/nothing.sqlite3")
    with pytest.raises(StorageError, match=r"nothing\.sqlite3"):
        stored(away)
    with pytest.raises(StorageError), away.writing():
        pass


def test_a_file_that_was_replaced_is_opened_anew(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'index.sqlite3'}")
    for count in (1, 0):
        with opened(database.url) as engine:
            schema.prepare(engine)
        for _ in range(count):
            change(database, Change(False, engagement()))
        assert len(stored(database)) == count
        for path in tmp_path.glob("index.sqlite3*"):
            path.unlink()


def test_listing_stops_at_the_limit(database: Database) -> None:
    change(database, *(Change(False, engagement(str(number))) for number in range(5)))
    assert len(engagements.listing(database, (), 3)) == 3
    assert len(engagements.listing(database, (), 0)) == 5
    assert [each.source_system for each, _ in engagements.listing(database, [("source_system", "4")], 9)] == ["4"]


def test_kinds_are_found_whatever_their_case(database: Database) -> None:
    """National AgP, rule a: what is stored is compared in lower case with what the service is set up for."""
    kinds = ("cpc-gfc", "CPC-GFC", "Cpc-Gda", "cll-cp")
    change(database, *(Change(False, replace(engagement(kind), categorization=kind)) for kind in kinds))
    for wanted, count in ((("cpc-gfc",), 2), (("cpc-gfc", "cpc-gda"), 3), (("CPC-GFC",), 0), (None, 4)):
        assert len(engagements.find(database, Wanted(PERSON, DOMAIN), wanted)) == count
