"""A few threads for work that libxml2 does without the interpreter lock, with less ceremony than an executor."""

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
_Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[..., Any], tuple[Any, ...]]


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Pool:
    """Runs functions in threads. The threads start with the first job and end with ``stop``, or with the process."""

    def __init__(self, threads: int, name: str = "examine") -> None:
        self._threads, self._name = threads, name
        self._jobs: SimpleQueue[_Job | Callable[[], object]] = SimpleQueue()
        self._running: list[threading.Thread] = []

    def run(self, function: Callable[..., T], *arguments: Any) -> "asyncio.Future[T]":
        """A future of ``function(*arguments)`` in the running event loop."""
        if not self._running:
            self._start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put((loop, future, function, arguments))
        return future

    def stop(self, last: Callable[[], object]) -> None:
        """End the threads when they have done what waits; each calls ``last`` before it does."""
        for _ in self._running:
            self._jobs.put(last)
        for thread in self._running:
            thread.join()
        self._running = []

    def _start(self) -> None:
        for number in range(self._threads):
            thread = threading.Thread(target=self._work, name=f"{self._name}-{number}", daemon=True)
            self._running.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if not isinstance(job, tuple):
                job()
                return
            loop, future, function, arguments = job
            del job
            try:
                result, failure = function(*arguments), None
            except BaseException as error:
                result, failure = None, error
            with suppress(RuntimeError):  # the loop is closed, so nobody waits any more
                loop.call_soon_threadsafe(_settle, future, result, failure)
            del future, arguments, result, failure


def _settle(future: "asyncio.Future[Any]", result: Any, failure: BaseException | None) -> None:
    if future.done():  # cancelled meanwhile
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)
