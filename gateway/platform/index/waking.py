"""Work that is done again and again: when somebody says that there is some, or when it may be due."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress

from gateway.storage.errors import StorageError

_AFTER_FAILURE = 1.0  # seconds


class Waking(ABC):
    """Does what is due, then waits until more may be, or until it is woken."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    @abstractmethod
    async def due(self) -> float:
        """Do what is due now; seconds until more may be.

        Raises:
            StorageError: the database is away.
        """

    async def run(self) -> None:
        """Do what is due, until cancelled."""
        while True:
            self._woken.clear()
            try:
                pause = await self.due()
            except StorageError:
                pause = _AFTER_FAILURE
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()
