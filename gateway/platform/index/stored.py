"""The engagement index in the database, as the event loop sees it: reading in threads, writing in one that gathers.

It opens by itself with the first use, or with ``start``: makes the tables, and puts the seed file's rows in place when
the file is another than last time. Until then, and whenever the database is away, questions end with an IndexFailure
and everything else of the gateway goes on.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from gateway.aggregator.pool import Pool
from gateway.errors import DataError
from gateway.registry.engagements import IndexFailure, load_engagements
from gateway.storage import engagements, place
from gateway.storage.direct import Database, Work
from gateway.storage.engagement import Engagement
from gateway.storage.engagements import Wanted
from gateway.storage.errors import StorageError
from gateway.storage.version import HEAD
from gateway.storage.writer import Writer

T = TypeVar("T")
Tell = Callable[[str], object]

_READERS = 4
_FIRST_RETRY, _LAST_RETRY = 0.5, 5.0  # seconds
_COUNT_SECONDS = 30.0  # how old the number of engagements may be
_REFUSED, _TIMED_OUT = "Connection refused", "Read timed out"  # as the national platform's client tells them
# The persons with whom the national test suite rehearses an index that fails.
REHEARSED = "EI:"
_INVALID, _SILENT = "EI:INV_ID", "EI:TIMEOUT"


class StoredIndex:
    """Engagements in a database.

    Attributes:
        database: where; for what is read beside questions.
        writer: what carries out changes.
    """

    def __init__(self, url: str, seed: Path, owner: str, timeout: float = 20.0) -> None:
        """Look at the seed file; the database is not opened yet.

        Args:
            url: of the database.
            seed: a file as ``load_engagements`` reads it.
            owner: who owns its rows.
            timeout: seconds that a question waits for the database.

        Raises:
            DataError: the seed file is broken, or ``url`` is not a database URL.
        """
        self.database = Database(url)
        self.writer = Writer(self.database)
        # Reading SQLite takes a tenth of what it takes to wake a thread for it; who would have to wait gets one.
        self._at_once = None if self.database.shared else Database(url, busy_seconds=0.0)
        self._seed, self._owner, self._timeout = seed, owner, timeout
        self._count, self._counted = len(load_engagements(seed)), 0.0
        self._readers = Pool(_READERS, "database reader")
        self._tell: Tell = lambda _: None
        self._opening: asyncio.Task[None] | None = None
        self._open = False
        self._problem: Exception | None = None
        self._tried = asyncio.Event()  # once, with or without success

    def __len__(self) -> int:
        """How many engagements there are, as far as is known without waiting; counted anew when that is long ago."""
        if self._open and time.monotonic() - self._counted > _COUNT_SECONDS:
            self._counted = time.monotonic()
            with suppress(RuntimeError):  # nobody runs an event loop: the old number will do
                asyncio.get_running_loop()
                self._readers.run(self._recount)
        return self._count

    def start(self, tell: Tell) -> None:
        """Open the database, in the running event loop.

        Args:
            tell: gets a line, English, whenever the database cannot be used, and when it can again.
        """
        self._tell = tell
        self._start()

    def stop(self) -> None:
        """Carry out what waits to be read and written, and close the database."""
        with suppress(RuntimeError):  # the event loop has ended already, and the task with it
            if self._opening is not None:
                self._opening.cancel()
        self.writer.stop()
        self._readers.stop(self.database.close)
        if self._at_once is not None:
            self._at_once.close()

    async def ask(self, person: str, service_domain: str, categorizations: Collection[str]) -> list[Engagement]:
        """As ``Index.ask``."""
        return await self.find(Wanted(person, service_domain), categorizations or None)

    async def find(self, wanted: Wanted, kinds: Collection[str] | None = None) -> list[Engagement]:
        """What a question finds, in order; ``kinds`` are categorizations in lower case, None for any.

        Raises:
            IndexFailure: there is no answer.
        """
        if wanted.person.startswith(REHEARSED):
            await self._rehearsed(wanted.person)
        if self._at_once is not None and self._open:
            with suppress(StorageError):
                return engagements.find(self._at_once, wanted, kinds)
        try:
            async with asyncio.timeout(self._timeout):
                return await self.read(lambda database: engagements.find(database, wanted, kinds))
        except TimeoutError:
            raise IndexFailure("timeout", _TIMED_OUT, f"no answer within {self._timeout:g} s") from None
        except StorageError as error:
            raise IndexFailure("down", _REFUSED, error.problem) from None

    async def read(self, function: Callable[[Database], T]) -> T:
        """Read something, in a thread.

        Raises:
            StorageError: the database cannot be opened or read.
        """
        if not self._open:
            await self._opened()
        try:
            return await self._readers.run(function, self.database)
        except StorageError:
            self._look_again()
            raise

    async def write(self, job: Callable[[Work], T]) -> T:
        """Carry out a job in a transaction; once this returns, what it did is stored for good. See ``Writer``.

        Raises:
            StorageError: the database cannot be opened, or does not take it; nothing is stored then.
        """
        if not self._open:
            await self._opened()
        try:
            return await self.writer.run(job)
        except StorageError:
            self._look_again()
            raise

    async def reseed(self) -> None:
        """Put the seed file's rows in place if it is another than before.

        Raises:
            DataError: the file is broken, or the database does not take its rows; those that were there stay.
        """
        rows, digest = await asyncio.to_thread(self._read)
        now = time.time_ns() // 1000
        try:
            await self.write(lambda work: engagements.seed(work, rows, digest, now))
        except StorageError as error:
            raise DataError(self._seed, 0, f"cannot be put into the database: {error}") from None
        self._counted = 0.0

    async def _rehearsed(self, person: str) -> None:
        if person == _INVALID:
            raise IndexFailure("fault", f"Invalid Id: {person}", "as the national test suite wants it")
        if person == _SILENT:
            await asyncio.sleep(self._timeout)
            raise IndexFailure("timeout", _TIMED_OUT, "as the national test suite wants it")

    def _start(self) -> None:
        if self._opening is None:
            self._tried.clear()
            self._opening = asyncio.get_running_loop().create_task(self._keep_opening())

    async def _opened(self) -> None:
        """Wait until the database is open.

        Raises:
            StorageError: it cannot be opened.
        """
        self._start()
        await self._tried.wait()
        if self._problem is not None:
            raise StorageError(place.shown(self.database.url), str(getattr(self._problem, "problem", self._problem)))

    def _look_again(self) -> None:
        """After a failure: the file may have been replaced, so the next use looks at it as the first one did."""
        if self._open:
            self._open, self._opening = False, None

    async def _keep_opening(self) -> None:
        pause = _FIRST_RETRY
        while True:
            try:
                await asyncio.to_thread(self._prepare)
            except (StorageError, DataError) as error:
                if self._problem is None:
                    self._tell(f"no engagement index, routed calls go on: {error}")
                self._problem = error
                self._tried.set()
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LAST_RETRY)
            else:
                break
        if self._problem is not None:
            self._tell("the engagement index works again")
        self._open, self._problem = True, None
        self._tried.set()

    def _prepare(self) -> None:
        """In a thread of its own: tables and seed. SQLAlchemy is imported only when there are no tables of today."""
        try:
            if not self._current():
                from gateway.storage import engine, schema

                made = engine.connect(self.database.url)
                try:
                    schema.prepare(made)
                finally:
                    made.dispose()
            if engagements.seeded(self.database) != self._digest():
                rows, digest = self._read()
                with self.database.writing() as work:
                    engagements.seed(work, rows, digest, time.time_ns() // 1000)
            self._count, self._counted = engagements.count(self.database), time.monotonic()
        finally:
            self.database.close()  # this thread's connection

    def _current(self) -> bool:
        try:
            return self.database.query("SELECT version_num FROM alembic_version") == [(HEAD,)]
        except StorageError:
            return False  # whatever is wrong, making the tables will tell

    def _recount(self) -> None:
        with suppress(StorageError):
            self._count = engagements.count(self.database)

    def _read(self) -> tuple[list[Engagement], str]:
        digest = self._digest()
        return [replace(each, owner=self._owner) for each in load_engagements(self._seed)], digest

    def _digest(self) -> str:
        digest = blake2b(self._seed.read_bytes(), digest_size=16)
        digest.update(self._owner.encode())
        return digest.hexdigest()
