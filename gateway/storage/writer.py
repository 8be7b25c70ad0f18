"""One thread that writes: what waits is carried out together, in one transaction with one commit."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from gateway.storage.direct import Database, Work
from gateway.storage.errors import StorageError

T = TypeVar("T")
Job = Callable[[Work], T]

_TOGETHER = 100  # jobs in a transaction


class _Waiting(NamedTuple):
    job: Job[Any]
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


class _DatabaseFailed(Exception):
    """A transaction could not begin or end: no job is to blame."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        super().__init__(str(error))


class Writer:
    """Carries out jobs in the order given. Who waits for one knows, when it is done, that it is stored for good.

    A commit waits for the disk, so a hundred small jobs cost hardly more than one. A job may be carried out again when
    one beside it fails; it must do the same thing then.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def run(self, job: Job[T]) -> "asyncio.Future[T]":
        """A future, in the running event loop, of what the job returns.

        It raises StorageError when the database does not take it, or what the job raises; nothing is stored then.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="database writer", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.put(_Waiting(job, future, loop))
        return future

    def stop(self) -> None:
        """Carry out what waits, and end the thread."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            together, ended = self._gather(first)
            self._together(together)
            if ended:
                break
        self._database.close()

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """The jobs that wait already, and whether the end is among them."""
        found = [first]
        with suppress(Empty):
            while len(found) < _TOGETHER:
                following = self._waiting.get_nowait()
                if following is None:
                    return found, True
                found.append(following)
        return found, False

    def _together(self, jobs: list[_Waiting]) -> None:
        try:
            results = self._carry_out(jobs)
        except _DatabaseFailed as failed:
            _fail(jobs, failed.error)
        except BaseException as error:
            if len(jobs) == 1:
                _fail(jobs, error)
            else:
                self._one_by_one(jobs)
        else:
            for each, result in zip(jobs, results, strict=True):
                _settle(each, result, None)

    def _one_by_one(self, jobs: list[_Waiting]) -> None:
        """One of them is at fault, the others are not to suffer for it."""
        for number, each in enumerate(jobs):
            try:
                _settle(each, self._carry_out([each])[0], None)
            except _DatabaseFailed as failed:  # it will not be better for the next one
                _fail(jobs[number:], failed.error)
                return
            except BaseException as error:
                _fail([each], error)

    def _carry_out(self, jobs: list[_Waiting]) -> list[Any]:
        at_work = False
        try:
            with self._database.writing() as work:
                at_work = True
                results = [each.job(work) for each in jobs]
                at_work = False
        except Exception as error:
            if at_work:
                raise
            raise _DatabaseFailed(error) from None
        return results


def _fail(jobs: list[_Waiting], error: BaseException) -> None:
    for each in jobs:
        _settle(each, None, error)


def _settle(waiting: _Waiting, result: Any, failure: BaseException | None) -> None:
    with suppress(RuntimeError):  # the loop is closed, so nobody waits any more
        waiting.loop.call_soon_threadsafe(_set, waiting.future, result, failure)


def _set(future: "asyncio.Future[Any]", result: Any, failure: BaseException | None) -> None:
    if future.done():  # cancelled meanwhile
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure if isinstance(failure, Exception) else StorageError("", repr(failure)))
