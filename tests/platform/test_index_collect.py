"""National mode: single changes are acknowledged, kept, and carried out together some seconds later."""

import asyncio
from pathlib import Path

import pytest
from index_parts import World, until
from index_samples import PERSON, found, question, transaction, update

from gateway.message import Answer

OK = b"<ns2:ResultCode>OK</ns2:ResultCode>"
NEWER = "20270101120000"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'index.sqlite3'}"


def collecting(url: str, folder: Path, seconds: float = 0.3) -> World:
    return World(url, folder, mode="national", index_collect_seconds=seconds)


def at_once_and_later(here: World, *bodies: bytes) -> tuple[Answer, Answer]:
    """The answers to a question right after the calls, and when nothing waits any more."""

    async def work() -> tuple[Answer, Answer]:
        for body in bodies:
            assert OK in (await here.call(body)).body
        first = await here.call(question())
        await until(lambda: here.stored.database.query("SELECT count(*) FROM engagement_inbox") == [(0,)])
        here.stored.database.close()
        return first, await here.call(question())

    return here.run(work)


def contents(answer: Answer) -> list[str]:
    return [hit["mostRecentContent"] for hit in found(answer.body)]


def test_the_next_question_does_not_see_it_yet(database_url: str, tmp_path: Path) -> None:
    first, later = at_once_and_later(collecting(database_url, tmp_path), update(transaction()))
    assert (len(found(first.body)), len(found(later.body))) == (0, 1)


def test_several_changes_in_a_request_are_carried_out_at_once(url: str, tmp_path: Path) -> None:
    both = update(transaction(sourceSystem="A"), transaction(sourceSystem="B"))
    first, _ = at_once_and_later(collecting(url, tmp_path, 60.0), both)
    assert len(found(first.body)) == 2


def test_a_removal_counts_whatever_comes_with_it(url: str, tmp_path: Path) -> None:
    """National quirk: what is removed and stored again within the time is lost."""
    here = collecting(url, tmp_path)
    _, later = at_once_and_later(here, update(transaction(True)), update(transaction(mostRecentContent=NEWER)))
    assert contents(later) == []


def test_without_a_removal_the_newest_content_counts(url: str, tmp_path: Path) -> None:
    told = [update(transaction(mostRecentContent=each)) for each in ("20260101120000", NEWER, "20200101120000", None)]
    assert contents(at_once_and_later(collecting(url, tmp_path), *told)[1]) == [NEWER]


def test_between_batches_the_last_one_counts(url: str, tmp_path: Path) -> None:
    """National quirk: older content overwrites newer."""
    at_once_and_later(collecting(url, tmp_path), update(transaction(mostRecentContent=NEWER)))
    _, later = at_once_and_later(collecting(url, tmp_path), update(transaction()))
    assert contents(later) == ["20260101120000"]


def test_what_was_acknowledged_is_carried_out_after_a_restart(database_url: str, tmp_path: Path) -> None:
    """The national index has it in a queue then; here it is in the database before the OK. Strict mode does so too."""
    here = collecting(database_url, tmp_path, 3600.0)
    (receipt,) = here.calls(update(transaction()))
    assert OK in receipt.body
    later = World(database_url, tmp_path)

    async def wait() -> Answer:
        async with asyncio.timeout(10):
            while not found((answer := await later.call(question())).body):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return answer

    assert len(found(later.run(wait).body)) == 1


def test_the_national_time_is_five_seconds(url: str, tmp_path: Path) -> None:
    for mode, wanted in (("national", 5_000_000), ("strict", 0)):
        assert World(url, tmp_path, mode=mode).parts._collector._window == wanted
    assert found(World(url, tmp_path).calls(update(transaction()), question(PERSON))[1].body)
