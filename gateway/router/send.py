"""The outgoing call: dressed, sent, tried again where that is safe, and its outcome judged."""

import asyncio
import time
from functools import partial

from gateway.message import Answer, Headers
from gateway.router.call import Call
from gateway.router.headers import XML, Dressing
from gateway.router.outcome import UNPACK, judge, refused
from gateway.router.producer import POST, STATUS, TOO_LARGE, Client, ProducerAnswer, ProducerError
from gateway.router.retry import Retry, forget
from gateway.router.timeouts import Timeouts
from gateway.router.unpack import unpacked
from gateway.settings import Settings
from gateway.soap import gzip
from gateway.soap.head import MessageError

__all__ = ("XML", "Client", "ProducerAnswer", "ProducerError", "Sender")
_LARGE = 100_000  # bytes; more is unpacked in a thread


class Sender:
    """Sends calls to ``http(s)://`` addresses."""

    def __init__(self, client: Client, settings: Settings) -> None:
        """Takes what is set for producers.

        Raises:
            DataError: the file with timeouts is missing or broken.
        """
        self._client, self._national = client, settings.mode == "national"
        self._max_bytes = settings.max_message_bytes
        self._timeouts, self._retry, self._dressing = Timeouts.of(settings), Retry(settings), Dressing(settings)

    async def __call__(self, call: Call, timeout: float | None = None) -> Answer:
        """Send, and judge the outcome (rules of the national router).

        Args:
            call: routed and permitted.
            timeout: seconds for all attempts together, None for no limit but the contract's for each.

        Raises:
            Refusal: VP009; ``kind`` tells the outcome.
        """
        started = time.perf_counter()
        request = call.request
        assert call.head is not None
        seconds = self._timeouts(call.head.contract)
        if timeout is not None and timeout < seconds:
            seconds = timeout
        headers, body = self._dressing.outgoing(call), call.body
        if call.form is not None:
            headers, body = call.form.outgoing(headers, body)
        try:
            try:
                if self._national and (request.method != POST or b"?" in request.target):
                    found = await self._send(call, headers, body, seconds)
                else:
                    found = await self._client.post(call.address, headers, body, seconds)
            except ProducerError as error:
                deadline = None if timeout is None else started + timeout
                found = await self._again(error, call, headers, body, seconds, deadline)
            if found.body[:1] != b"<":
                found = await self._unpacked(found, call)
            judge(found, call, national=self._national)
        except ProducerError as error:
            call.producer_seconds = time.perf_counter() - started
            forget(error)
            raise refused(error, call, seconds, national=self._national) from None
        call.producer_seconds = time.perf_counter() - started
        return self._dressing.answer(found, call)

    async def _send(
        self, call: Call, headers: Headers, body: bytes, seconds: float, *, fresh: bool = False
    ) -> ProducerAnswer:
        """An attempt. The national router passes on the consumer's method and query; strict mode knows POST only."""
        method, query = POST, None
        if self._national and call.parent is None:
            method = call.request.method
            _, mark, after = call.request.target.partition(b"?")
            query = after if mark else None
        return await self._client.post(call.address, headers, body, seconds, method=method, query=query, fresh=fresh)

    async def _again(
        self, error: ProducerError, call: Call, headers: Headers, body: bytes, seconds: float, deadline: float | None
    ) -> ProducerAnswer:
        """What another attempt gives; it sends the same headers and the same body."""

        async def send(fresh: bool) -> ProducerAnswer:
            left = seconds if deadline is None else min(seconds, max(deadline - time.perf_counter(), 0.0))
            return await self._send(call, headers, body, left, fresh=fresh)

        assert call.head is not None
        try:
            found = await self._retry(error, send, call.head.contract, deadline)
        finally:
            forget(error)
        call.warning = f"{call.warning} answered only when tried again: {error.text}".strip()
        call.told = None  # what the log has gathered of the call lacks this
        return found

    async def _unpacked(self, found: ProducerAnswer, call: Call) -> ProducerAnswer:
        """The answer without what its reader does not understand."""
        work = partial(unpacked, found.headers, found.body, call, self._max_bytes, national=self._national)
        try:
            headers, body = work() if len(found.body) < _LARGE else await asyncio.to_thread(work)
        except gzip.TooLargeError as error:
            raise ProducerError(TOO_LARGE, f"The answer cannot be unpacked: {error}", found=found) from None
        except MessageError as error:
            raise ProducerError(STATUS, f"The answer cannot be unpacked: {error}", UNPACK) from None
        return ProducerAnswer(found.status, headers, body)
