"""Stubs tell the engagement index what they hold, and what changes when a record file is edited."""

import asyncio
import os
import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from gateway_samples import ROOT, soap_fault
from stub_samples import AGDA, CONTRACTS, NORTH, PRODUCERS, TOLVAN, contract, record
from told_index import index

from gateway.contracts.contract import Contracts
from gateway.producers import announce
from gateway.producers.announce import AnnounceError, Announcer, Engagements, Held, Key, changes, engagements
from gateway.producers.follow import Follower
from gateway.producers.store import Holdings, load
from gateway.registry.catalogue import load_catalogue
from gateway.registry.engagements import load_engagements

NAME = "GetFixedContacts"
KEY = Key("S", TOLVAN, "riv:a", "x", "C")


def file(root: Path, *records: str) -> Path:
    """The north's records for one contract."""
    folder = root / "fixtures" / "records" / "north"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "fixtures" / "records" / "mocks").mkdir(exist_ok=True)
    path = folder / f"{contract(NAME).key}.xml"
    responder = contract(NAME).descriptor.responder
    core = "urn:riv:coreprocess:planning:coordinatedplanning:1"
    text = f'<ns0:{NAME}Response xmlns:ns0="{responder}" xmlns:core="{core}">{"".join(records)}</ns0:{NAME}Response>'
    path.write_text(text, "utf-8")
    return path


def held(root: Path) -> Holdings:
    return load(root, CONTRACTS, [each for each in PRODUCERS if each.records == "north"])


def test_an_engagement_for_each_person_with_the_newest_time(tmp_path: Path) -> None:
    file(tmp_path, record(NAME, TOLVAN, NORTH, "1"), record(NAME, TOLVAN, NORTH, "2"), record(NAME, AGDA, NORTH, "3"))
    found = engagements(held(tmp_path), CONTRACTS)
    domain = contract(NAME).descriptor.aggregate.service_domain
    assert {key: value.newest for key, value in found.items()} == {
        Key(NORTH, person, domain, "cpc-gfc", "SE2321000016-GIVER"): "20240501120000" for person in (TOLVAN, AGDA)
    }


def test_without_a_categorization_there_is_nothing_to_tell(tmp_path: Path) -> None:
    """A contract that the national service asks for without any: what its engagements are called is not known."""
    file(tmp_path, record(NAME, TOLVAN, NORTH, "1"))
    known = contract(NAME)
    aggregate = msgspec.structs.replace(known.descriptor.aggregate, categorization=())
    descriptor = msgspec.structs.replace(known.descriptor, aggregate=aggregate)
    changed = Contracts(CONTRACTS | {known.descriptor.responder: replace(known, descriptor=descriptor)})
    assert engagements(held(tmp_path), changed) == {}


def test_local_reserve_ids_are_not_told(tmp_path: Path) -> None:
    """Rule of the national index."""
    local = record(NAME, TOLVAN, NORTH, "1").replace("1.2.752.129.2.1.3.1", "1.2.752.97.3.1.3")
    file(tmp_path, local, record(NAME, AGDA, NORTH, "2"))
    assert [key.person for key in engagements(held(tmp_path), CONTRACTS)] == [AGDA]


def test_what_the_stubs_tell_is_what_the_seed_file_says() -> None:
    """Told or seeded, the index holds the same: nothing twice."""
    stubs = [each for each in load_catalogue(ROOT, CONTRACTS).producers if each.kind in ("stub", "pilot")]
    told = {(*key, held.newest[:8]) for key, held in engagements(load(ROOT, CONTRACTS, stubs), CONTRACTS).items()}
    seeded = {
        (e.source_system, e.registered_resident_identification, e.service_domain, e.categorization, e.data_controller)
        for e in load_engagements(ROOT / "fixtures" / "engagements.csv")
    }
    assert len(told) > 900
    assert {each[:5] for each in told} <= seeded


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({}, {KEY: Held("1", 1)}, [(False, KEY, "1")]),
        ({KEY: Held("1", 1)}, {}, [(True, KEY, "1")]),
        ({KEY: Held("1", 1)}, {KEY: Held("1", 1)}, []),
    ],
)
def test_what_differs(before: Engagements, after: Engagements, wanted: list[object]) -> None:
    assert changes(before, after) == wanted


def test_what_was_edited_is_as_new_as_the_edit() -> None:
    ((removed, key, newest),) = changes({KEY: Held("20200101000000", 1)}, {KEY: Held("20200101000000", 2)})
    assert (removed, key) == (False, KEY)
    assert newest > "20240101000000"


def announcer(url: str) -> Announcer:
    return Announcer(url, CONTRACTS, address="5565594230", sender="SE-KÄLLA".replace("Ä", "A"), instance_id="plattform")


@pytest.mark.sockets
def test_the_index_is_told_once_and_then_only_what_differs(tmp_path: Path) -> None:
    file(tmp_path, record(NAME, TOLVAN, NORTH, "1"))
    with index() as there:
        teller = announcer(there.url)
        assert (teller.tell(held(tmp_path)), teller.tell(held(tmp_path))) == (1, 0)
        file(tmp_path, record(NAME, AGDA, NORTH, "1"))
        assert teller.tell(held(tmp_path)) == 2
    assert there.told == [[("false", TOLVAN)], [("true", TOLVAN), ("false", AGDA)]]
    assert (there.headers[0]["x-vp-sender-id"], there.headers[0]["x-vp-instance-id"]) == ("SE-KALLA", "plattform")


@pytest.mark.sockets
def test_what_was_refused_is_told_again(tmp_path: Path) -> None:
    file(tmp_path, record(NAME, TOLVAN, NORTH, "1"))
    with index() as there:
        teller, good = announcer(there.url), there.answer
        there.answer = (500, soap_fault("VP007 nej"))
        with pytest.raises(AnnounceError, match="VP007 nej"):
            teller.tell(held(tmp_path))
        there.answer = good
        assert teller.tell(held(tmp_path)) == 1
    with pytest.raises(AnnounceError, match="no answer"):
        announcer(there.url).tell(held(tmp_path))


@pytest.mark.sockets
def test_no_call_has_more_changes_than_the_contract_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announce, "MOST", 2)
    persons = [f"1912{number:08d}" for number in range(5)]
    file(tmp_path, *(record(NAME, person, NORTH, person) for person in persons))
    with index() as there:
        assert announcer(there.url).tell(held(tmp_path)) == 5
    assert list(map(len, there.told)) == [2, 2, 1]


@pytest.mark.sockets
def test_an_edited_file_is_read_anew_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.producers.follow._LOOK_SECONDS", 0.02)
    path = file(tmp_path, record(NAME, TOLVAN, NORTH, "1"))
    answered: list[Holdings] = []
    with index() as there:
        follower = Follower(
            lambda _folder, found: answered.append(found), tmp_path, CONTRACTS, PRODUCERS[:1], announcer(there.url)
        )
        follower.hold(held(tmp_path), everything=False)

        async def run() -> None:
            task = asyncio.get_running_loop().create_task(follower.run())
            for records, told in (([], 0), ([record(NAME, AGDA, NORTH, "2")], 1)):
                if records:
                    file(tmp_path, *records)
                async with asyncio.timeout(10):
                    while len(there.told) < told:  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
            path.write_text("<trasig", "utf-8")
            os.utime(path, (1, 1))
            await asyncio.sleep(0.2)
            task.cancel()

        asyncio.run(run())
    assert there.told == [[("true", TOLVAN), ("false", AGDA)]]
    assert [list(shelf.records) for found in answered for shelf in found.values()] == [[(NORTH, AGDA)]]


def test_without_an_index_files_are_followed_all_the_same(tmp_path: Path) -> None:
    file(tmp_path, record(NAME, TOLVAN, NORTH, "1"))
    follower = Follower(lambda *_: None, tmp_path, CONTRACTS, PRODUCERS[:1], None)
    follower.hold(held(tmp_path), everything=True)
    assert follower._tell()
    assert not follower._read()
    shutil.rmtree(tmp_path / "fixtures" / "records" / "north")
    assert follower._read()
