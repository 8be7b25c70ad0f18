"""Hears that data has changed, whoever changed it: a thread that waits for it, and calls back in the event loop.

Straight on the drivers, as ``reading``, and for the same reason.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

from gateway.storage import place
from gateway.storage.errors import StorageError
from gateway.storage.reading import (
    Numbers,
    listen_connection,
    numbers_by,
    open_sqlite,
    raising,
)

CHANNEL = "rivta_data"
KINDS = ("catalogue", "engagements", "hsa")
_LOOK_SECONDS = 0.25  # between looks at an SQLite file
_WAIT_SECONDS = 0.25  # for a notice, before it is looked whether to stop
_SURE_SECONDS = 20.0  # a pooler between us and PostgreSQL may swallow notices
_FIRST_RETRY, _LAST_RETRY = 0.5, 5.0


class Watch:
    """Calls back with the kind of data (``changes.Kind``) that has changed.

    Also once with each kind when the database can be reached again after it could not: nobody knows what was missed.
    """

    def __init__(self, url: str, changed: Callable[[str], object], tell: Callable[[str], object]) -> None:
        """Wait for ``start``.

        Args:
            url: of the database.
            changed: called in the event loop with a kind.
            tell: called in the event loop with a line, English, when the database is lost or found again.
        """
        self._url, self._changed, self._tell = url, changed, tell
        self._seen: Numbers = {}
        self._lost = False
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, seen: Numbers | None) -> None:
        """Start the thread, from within the event loop.

        Args:
            seen: how often each kind had changed when the data was read (``reading.numbers``), None when the database
                could not be reached: then the first success counts as a change of every kind.
        """
        self._loop, self._lost, self._seen = asyncio.get_running_loop(), seen is None, seen or {}
        threading.Thread(target=self._run, name="database notices", daemon=True).start()

    def stop(self) -> None:
        """End the thread within half a second; it calls back no more."""
        self._stopping.set()

    def _run(self) -> None:
        pause = _FIRST_RETRY
        look = _in_postgresql if place.is_postgresql(self._url) else _in_sqlite
        while not self._stopping.is_set():
            try:
                with raising(self._url):
                    for numbers in look(self._url, self._stopping):
                        pause = _FIRST_RETRY
                        self._compare(numbers)
            except StorageError as error:
                if not self._lost:
                    self._call(self._tell, f"the database is lost, what was read from it stays: {error}")
                self._lost = True
                self._stopping.wait(pause)
                pause = min(pause * 2, _LAST_RETRY)

    def _compare(self, numbers: Numbers) -> None:
        changed = [kind for kind, number in numbers.items() if self._seen.get(kind) != number]
        if self._lost:
            self._lost, changed = False, list(KINDS)
            self._call(self._tell, f"the database answers: {place.shown(self._url)}")
        self._seen = numbers
        for kind in changed:
            self._call(self._changed, kind)

    def _call(self, function: Callable[[str], object], argument: str) -> None:
        if self._loop is not None and not self._loop.is_closed() and not self._stopping.is_set():
            self._loop.call_soon_threadsafe(function, argument)


def _in_sqlite(url: str, stopping: threading.Event) -> Iterator[Numbers]:
    """What the file says, whenever somebody has written to it; a new file of the same name is read from its start."""
    path = place.sqlite_path(url)
    while not stopping.is_set():
        file = place.identity(path)
        if file == place.NO_FILE:
            yield {}
            stopping.wait(_LOOK_SECONDS)
            continue
        with closing(open_sqlite(url)) as connection:
            written = None
            while not stopping.is_set() and place.identity(path) == file:
                now = connection.execute("PRAGMA data_version").fetchone()  # grows when another connection commits
                if now != written:
                    written = now
                    yield numbers_by(connection.execute)
                stopping.wait(_LOOK_SECONDS)


def _in_postgresql(url: str, stopping: threading.Event) -> Iterator[Numbers]:
    with listen_connection(url) as connection:
        connection.execute(f"LISTEN {CHANNEL}".encode())
        yield numbers_by(connection.execute)
        sure = time.monotonic() + _SURE_SECONDS
        while not stopping.is_set():
            heard = list(connection.notifies(timeout=_WAIT_SECONDS, stop_after=1))
            if heard or time.monotonic() >= sure:
                sure = time.monotonic() + _SURE_SECONDS
                yield numbers_by(connection.execute)
