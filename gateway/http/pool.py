"""The connections to one producer: those that wait for the next call, and how many may be in use at once."""

import asyncio
import time
from collections import deque

from gateway.http.exchange import Exchange
from gateway.router.producer import BUSY, ProducerError

_IDLE_SECONDS = 4.0  # shorter than the keep-alive of common servers (5 s), so that a used connection is seldom dead
_IDLE_MOST = 256


class Pool:
    """``busy`` calls have a place, those in ``waiting`` get one in order: who does not answer holds up only its own."""

    __slots__ = ("_idle", "_limit", "busy", "waiting")

    def __init__(self, limit: int) -> None:
        """``limit``: connections in use at once."""
        self._limit, self.busy = limit, 0
        self._idle: deque[Exchange] = deque()
        self.waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self, seconds: float) -> None:
        """Wait for a place; ``leave`` gives it back.

        Raises:
            ProducerError: ``busy``, there was none in time.
        """
        waiter = asyncio.get_running_loop().create_future()
        self.waiting.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled():  # given a place at the last moment
                self.leave()
            if isinstance(error, TimeoutError):
                raise ProducerError(BUSY, f"All {self._limit} connections to the producer are in use") from None
            raise

    def leave(self) -> None:
        """Give the place to the next that waits."""
        while self.waiting:
            waiter = self.waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self.busy -= 1

    def take(self) -> Exchange | None:
        """The connection used last that is still usable; those idle too long are dropped."""
        idle, oldest = self._idle, time.monotonic() - _IDLE_SECONDS
        while idle:
            connection = idle.pop()
            if connection.usable and connection.idle_since > oldest:
                return connection
            connection.abort()
        return None

    def give(self, connection: Exchange) -> None:
        """Keep a connection for the next call."""
        idle, now = self._idle, time.monotonic()
        connection.idle_since = now
        idle.append(connection)
        if len(idle) > _IDLE_MOST or idle[0].idle_since < now - _IDLE_SECONDS:
            idle.popleft().abort()

    def clear(self) -> None:
        """Drop what waits for a call."""
        while self._idle:
            self._idle.pop().abort()
