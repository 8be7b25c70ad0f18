"""Work that is due is done at once when somebody says so, and again after a failure."""

import asyncio
from contextlib import suppress

from gateway.platform.index import waking
from gateway.platform.index.waking import Waking
from gateway.storage.errors import StorageError


class Worker(Waking):
    """Counts how often it was asked, and fails as long as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__()
        self.asked, self._failures = 0, failures

    async def due(self) -> float:
        self.asked += 1
        if self.asked <= self._failures:
            raise StorageError("sqlite://", "away")
        return 3600.0


async def turns(worker: Worker, wakes: int) -> list[int]:
    """How often it had been asked, at the start and after each time it was woken."""
    task, found = asyncio.create_task(worker.run()), []
    for number in range(wakes + 1):
        if number:
            worker.wake()
        for _ in range(5):
            await asyncio.sleep(0)
        found.append(worker.asked)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return found


def test_it_looks_at_the_start_and_whenever_it_is_woken() -> None:
    assert asyncio.run(turns(Worker(), 3)) == [1, 2, 3, 4]


def test_a_database_that_is_away_does_not_end_it(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(waking, "_AFTER_FAILURE", 0.0)
    assert asyncio.run(turns(Worker(failures=2), 2))[-1] >= 3
