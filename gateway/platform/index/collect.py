"""Carries out the Updates that were acknowledged and kept: in national mode single changes are collected for a while.

They stand in the database from before their OK, which the national index does not promise; so a gateway that is killed
carries them out when it starts again.
"""

from collections.abc import Callable
from functools import partial

from gateway.platform.index.change import Changer, now_us
from gateway.platform.index.rules import MOST
from gateway.platform.index.stored import StoredIndex
from gateway.platform.index.waking import Waking
from gateway.storage import notifications
from gateway.storage.direct import Work

_SECOND = 1_000_000  # microseconds
_LOOK_SECONDS = 5.0  # between looks for what other gateways have left behind
_LEAST = 0.01  # seconds


class Collector(Waking):
    """Carries out what was collected, when the oldest of it has waited long enough, or there is a batch of it."""

    def __init__(self, index: StoredIndex, changer: Changer, seconds: float, told: Callable[[], object]) -> None:
        """``told`` is called when subscribers are to be notified."""
        self._index, self._changer, self._told = index, changer, told
        self._window = int(seconds * _SECOND)
        super().__init__()

    async def due(self) -> float:
        """Carry out what has waited long enough by now; seconds until more may have.

        Raises:
            StorageError: the database is away.
        """
        while True:
            first, count = await self._index.read(notifications.first_waiting)
            if first is None:
                return _LOOK_SECONDS
            left = first + self._window - now_us()
            if left > 0 and count < MOST:
                return max(left / _SECOND, _LEAST)
            if await self._index.write(partial(_collected, self._changer)):
                self._told()


def _collected(changer: Changer, work: Work) -> int:
    return changer.collected(MOST, work)
