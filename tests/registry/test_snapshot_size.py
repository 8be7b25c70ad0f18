"""Catalogues of any size: built and released in short steps, looked up in the same time, invisible to the collector."""

import asyncio
import gc
from collections.abc import Iterator
from datetime import date

import pytest
from gateway_samples import permission, route

from gateway.registry.catalogue import ALWAYS, FOREVER, Permission, Route
from gateway.registry.hsa import HsaTree
from gateway.registry.rules import Rules
from gateway.registry.snapshot import Snapshot
from gateway.registry.steps import Work, alongside, finish
from gateway.registry.table import Table, Words

NAME = "urn:riv:x:GetXResponder:1"
MANY = 50_000


def many_routes() -> Iterator[Route]:
    for number in range(MANY):
        yield Route(f"SE-{number:06d}", NAME, f"http://{number}/", "rivtabp21", ALWAYS, FOREVER)


def many_permissions() -> Iterator[Permission]:
    for number in range(MANY):
        yield Permission(f"SE-{number:06d}", f"SE-K{number % 7}", NAME, ALWAYS, FOREVER, "routing/permissions.toml:1")


def counted(work: Work[Snapshot]) -> tuple[Snapshot, int]:
    steps = 0
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value, steps
        steps += 1


def test_a_large_catalogue_is_built_in_steps() -> None:
    """The rows are read as the building goes, so that making them is part of the steps."""
    tree, rules = HsaTree(), Rules(delimiter="@")
    work = Snapshot.build_in_steps(many_routes(), many_permissions(), tree=tree, rules=rules)
    snapshot, steps = counted(work)
    assert steps >= 2 * MANY // 1_000
    assert snapshot.count() == (MANY, MANY)
    assert (snapshot.tree, snapshot.rules) == (tree, rules)
    for number in (0, 16_384, MANY - 1):
        decision = snapshot.route(f"se-{number:06d}", NAME)
        assert decision.route is not None
        assert decision.route.address == f"http://{number}/"
        assert snapshot.permit(f"SE-{number:06d}", f"SE-K{number % 7}", NAME).allowed
        assert not snapshot.permit(f"SE-{number:06d}", f"SE-K{(number + 1) % 7}", NAME).allowed
    assert snapshot.route(f"SE-{MANY:06d}", NAME).route is None
    assert len(snapshot.receivers(NAME)) == MANY


def test_a_large_catalogue_is_released_in_steps() -> None:
    snapshot = Snapshot(many_routes(), many_permissions())
    steps = sum(1 for _ in snapshot.discard_in_steps())
    assert steps >= 2 * MANY // 1_000
    assert snapshot.route("SE-000001", NAME).route is None
    assert not snapshot.permit("SE-000001", "SE-K1", NAME).allowed


def test_no_row_is_visited_by_the_garbage_collector() -> None:
    """A collection visits every tracked object; there must be none for each row."""
    gc.collect()
    before = len(gc.get_objects())
    snapshot = Snapshot(many_routes(), many_permissions())
    assert len(gc.get_objects()) - before < 1_000
    assert snapshot.count() == (MANY, MANY)


def test_a_look_up_touches_a_handful_of_keys_whatever_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a matter of time, which depends on the machine, but of how many keys are looked at."""
    snapshot = Snapshot(many_routes(), many_permissions(), tree=HsaTree())
    asked: list[str] = []
    plain = Table.get

    def get(table: Table[object], key: str) -> object:
        asked.append(key)
        return plain(table, key)

    monkeypatch.setattr(Table, "get", get)
    snapshot.route("SE-000001", NAME)
    assert asked == []
    snapshot.route("SE-UNKNOWN", NAME)
    snapshot.permit("SE-UNKNOWN", "SE-K1", NAME)
    assert asked == ["se", "*", "*\0se-k1", "se\0se-k1"]


def test_one_row_of_a_file_is_one_grant() -> None:
    rows = [permission(each, NAME, source="routing/permissions.toml:1") for each in "ABC"]
    rows += [permission("D", NAME, source="routing/permissions.toml:7")]
    rows += [permission("E", NAME, source="routing/permissions.toml:7", valid_to=date(2030, 1, 1))]
    snapshot = Snapshot([], rows)
    grants = [snapshot.permit(each, rows[0].sender, NAME).grant for each in "ABCDE"]
    assert len({id(each) for each in grants}) == 3
    assert [each.source for each in grants if each] == [row.source for row in rows]


def test_a_second_row_of_a_key_does_not_reach_the_keys_that_share_the_first() -> None:
    late = {"valid_from": date(2090, 1, 1)}
    rows = [permission("A", NAME), permission("B", NAME), permission("A", NAME, **late), permission("C", NAME, **late)]
    snapshot = Snapshot([], rows)
    sender = rows[0].sender
    assert [len(snapshot.grants(each, sender, NAME)) for each in "ABC"] == [2, 1, 1]
    assert [snapshot.permit(each, sender, NAME).allowed for each in "ABC"] == [True, True, False]


def test_a_table_is_a_mapping() -> None:
    table: Table[int] = Table()
    for number in range(MANY):
        table.room(str(number))[str(number)] = number
    assert len(table) == MANY
    assert all(table.get(str(number)) == number for number in range(MANY))
    assert table.get("x") is None
    assert sorted(table.values()) == list(range(MANY))
    finish(table.clear_in_steps())
    assert (len(table), table.get("1")) == (0, None)


def test_words_are_kept_once() -> None:
    words = Words()
    first, second = "".join(["S", "E"]), "".join(["S", "E"])
    assert first is not second
    assert words.intern(first) is first
    assert words.intern(second) is first
    assert list(words.values()) == ["SE"]


def test_steps_are_done_at_once_when_nobody_waits() -> None:
    def work() -> Work[str]:
        yield
        yield
        return "done"

    assert finish(work()) == "done"


def test_steps_are_done_alongside_other_tasks() -> None:
    happened: list[str] = []

    def work() -> Work[str]:
        for number in range(3):
            happened.append(f"step {number}")
            yield
        return "done"

    async def other() -> None:
        for _ in range(3):
            happened.append("call")
            await asyncio.sleep(0)

    async def both() -> str:
        task = asyncio.create_task(other())
        result = await alongside(work())
        await task
        return result

    assert asyncio.run(both()) == "done"
    assert happened == ["step 0", "call", "step 1", "call", "step 2", "call"]


def test_nothing_in_nothing() -> None:
    snapshot, steps = counted(Snapshot.build_in_steps([], []))
    assert (steps, snapshot.count(), list(snapshot.discard_in_steps())) == (0, (0, 0), [])
    assert snapshot.route("A", NAME).route is None
    assert route("A", NAME, "http://a/") not in snapshot.rows("A", NAME)
