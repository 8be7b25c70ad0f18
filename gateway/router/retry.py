"""When a producer is tried again (docs/adr/0005): at once on a fresh connection, or after a while."""

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
        """Tenacity comes in here, for a call that has failed already: around every call it would cost 56 µs."""
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_before_delay, wait_fixed
        from tenacity.stop import stop_base

        stop: stop_base = stop_after_attempt(1 + self._times)
        if deadline is not None:
            stop |= stop_before_delay(deadline - time.perf_counter())
        made = first.attempts - 1
        async for attempt in AsyncRetrying(
            stop=stop, wait=wait_fixed(self._delay), retry=retry_if_exception(self._worth), reraise=True
        ):
            with attempt:
                if attempt.retry_state.attempt_number == 1:
                    raise first
                try:
                    return await send(False)
                except ProducerError as error:
                    error.attempts = made + attempt.retry_state.attempt_number
                    raise
        raise first

    def _worth(self, error: BaseException) -> bool:
        return isinstance(error, ProducerError) and error.what in self._again


@lru_cache(maxsize=1024)
def _reads(contract: str) -> bool:
    return _READS.fullmatch(contract) is not None
