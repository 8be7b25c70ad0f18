"""Consumers that ask one producer again and again while something else is measured."""

import asyncio
import threading
from collections.abc import Callable, Collection
from contextlib import suppress

import uvloop

from .caller import BenchError, content_length, post
from .messages import ENTRY, headers, request
from .processes import on_cores
from .routed import REQUEST_BYTES

_PERIOD = 1.0  # seconds
_LEAD = 0.3  # seconds from the first question to the measurement
_END_SECONDS = 20.0


class Askers:
    """Begins when it is called, and gives what ends it. Each consumer has a connection and one call at a time."""

    def __init__(
        self, port: int, receiver: str, expected: bytes, cores: Collection[int], count: int, *, paced: bool
    ) -> None:
        """Who asks whom.

        Args:
            port: of the gateway.
            receiver: logical address.
            expected: what stands in every answer.
            cores: where this runs.
            count: of the consumers.
            paced: they ask once a second at most, one after another, and all are answered; else all at the same time,
                and an answer is the exception.
        """
        self._message = post(ENTRY, headers(), request(receiver, REQUEST_BYTES))
        self._port, self._expected, self._cores, self._count, self._paced = port, expected, cores, count, paced
        self._receiver = receiver
        self.answers = 0

    def __call__(self) -> Callable[[], None]:
        """Begin."""
        self.answers, self._problems, self._ready = 0, list[str](), threading.Event()
        with on_cores(self._cores):  # a thread stays where it was begun
            thread = threading.Thread(target=lambda: uvloop.run(self._run()), daemon=True)
            thread.start()
        if not self._ready.wait(_END_SECONDS):
            raise BenchError(f"nobody could ask {self._receiver}")

        def end() -> None:
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join(_END_SECONDS)
            if self._problems:
                raise BenchError(f"asking {self._receiver}: {self._problems[0]}")
            if self._paced and not self.answers:
                raise BenchError(f"{self._receiver}: not one call was answered")

        return end

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        asking = [asyncio.create_task(self._ask(number)) for number in range(self._count)]
        await asyncio.sleep(_LEAD)
        self._ready.set()
        await self._stop.wait()
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _ask(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + (number * _PERIOD / self._count if self._paced else 0.0)
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
            try:
                while True:
                    await asyncio.sleep(due - loop.time())
                    writer.write(self._message)
                    head = await reader.readuntil(b"\r\n\r\n")
                    answer = head + await reader.readexactly(content_length(head))
                    if self._expected not in answer:
                        raise BenchError(f"expected {self._expected!r}, got {answer[:600]!r}")
                    self.answers += 1
                    due = max(due + _PERIOD, loop.time())
            finally:
                with suppress(OSError):
                    writer.transport.abort()
        except (OSError, EOFError, BenchError) as error:
            self._problems.append(f"{type(error).__name__}: {error}")
