"""When a producer is tried again (docs/adr/0005): at once on a fresh connection, or after a while."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache

from gateway.router.producer import CONNECT_TIMEOUT, REFUSED, ProducerAnswer, ProducerError
from gateway.settings import Settings

Send = Callable[[bool], Awaitable[ProducerAnswer]]
"""Sends the call once more; told whether it has to be on a fresh connection."""

_UNSENT = frozenset((REFUSED, CONNECT_TIMEOUT))
_SOCKET_ERRORS = frozenset((*_UNSENT, "reset"))  # by ``what``: a name that nobody knows, or a mere end, is another
# Verbs that ask and change nothing (RIV-TA's rules for the names of service interactions).
_READS = re.compile(r".*:(Get|Find|Search|List|Is|Has|Check|Ping)[A-Z]\w*:[^:]+")


class Retry:
    """Gets an answer after all, where that is safe."""

    def __init__(self, settings: Settings) -> None:
        """``producer_retries`` attempts more, ``producer_retry_delay`` apart; what is safe goes by the mode."""
        self._times, self._delay = settings.producer_retries, settings.producer_retry_delay
        self._again = _SOCKET_ERRORS if settings.mode == "national" else _UNSENT

    async def __call__(self, error: ProducerError, send: Send, contract: str, deadline: float | None) -> ProducerAnswer:
        """Go on after the first attempt has failed.

        Args:
            error: of the first attempt.
            send: makes another.
            contract: the responder namespace.
            deadline: ``time.perf_counter()`` at which nobody waits any more; an attempt that would begin after it is
                not waited for.

        Raises:
            ProducerError: of the last attempt; ``attempts`` tells how many there were.
        """
        if error.stale and (error.unseen or _reads(contract)):
            try:
                return await send(True)
            except ProducerError as second:
                error, second.attempts = second, 2
        if error.what not in self._again or not self._times:
            raise error
        return await self._wait(error, send, deadline)

    async def _wait(self, first: ProducerError, send: Send, deadline: float | None) -> ProducerAnswer:
        """After a pause once more, or as often as is set. A dead producer fails often: once needs no library."""
        left = None if deadline is None else deadline - time.perf_counter() - self._delay
        if left is not None and left <= 0:
            raise first
        await asyncio.sleep(self._delay)
        number = first.attempts

        async def attempt() -> ProducerAnswer:
            nonlocal number
            number += 1
            try:
                return await send(False)
            except ProducerError as error:
                error.attempts = number
                raise

        return await (attempt() if self._times == 1 else self._several(attempt, left))

    async def _several(self, attempt: Callable[[], Awaitable[ProducerAnswer]], left: float | None) -> ProducerAnswer:
        """Attempts with pauses between them; none begins when ``left``, in seconds, is over."""
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_before_delay, wait_fixed
        from tenacity.stop import stop_base

        stop: stop_base = stop_after_attempt(self._times)
        if left is not None:
            stop |= stop_before_delay(left)
        worth, pause = retry_if_exception(self._worth), wait_fixed(self._delay)
        retrying = AsyncRetrying(stop=stop, wait=pause, retry=worth, reraise=True)
        try:
            return await retrying(attempt)
        finally:
            retrying.iter_state.reset()  # what it would do next knows it: a circle, see ``forget``

    def _worth(self, error: BaseException) -> bool:
        return isinstance(error, ProducerError) and error.what in self._again


def forget(error: BaseException | None) -> None:
    """Let go of the places where an error, and those that led to it, came by.

    They hold the call and its message, and most of them the error: circles that would stay until somebody looks for
    garbage, and then be a pause for all other calls.
    """
    while error is not None:
        error.__traceback__ = None
        error = error.__context__


@lru_cache(maxsize=1024)
def _reads(contract: str) -> bool:
    return _READS.fullmatch(contract) is not None
