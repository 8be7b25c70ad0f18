"""The writer: a thread that carries exchanges from the collector to the database, a batch at a time."""

import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import InterfaceError, OperationalError

from gateway.journal import models
from gateway.journal.collect import Collector
from gateway.journal.exchange import Exchange
from gateway.journal.store import Store
from gateway.observe.log import writer
from gateway.settings import Settings
from gateway.storage import place
from gateway.storage.errors import StorageError

_TICK = 0.3  # seconds between looks at what has gathered
_BATCH = 2_000  # exchanges in a transaction
_BREATH = 0.002  # seconds for the calls under way, after each few exchanges
_TRIM_SECONDS, _IDLE_TRIM_SECONDS = 1.0, 60.0
_FIRST_RETRY, _LAST_RETRY = 1.0, 30.0  # seconds
_TELL_SECONDS = 10.0  # between two lines about what was dropped
_STOP_SECONDS = 8.0
_TRANSIENT = (OperationalError, InterfaceError, StorageError, OSError)  # the database, not the batch, is at fault
_UNKNOWN = (-1, -1)  # a file that is none

Tell = Callable[[str, str], None]


class Journal:
    """A journal that is being written.

    Attributes:
        collect: the subscriber for the events of calls.
        where: the database, without its password.
    """

    def __init__(self, settings: Settings, tell: Tell) -> None:
        """``tell(level, text)`` writes a line in the log, called by the writer's thread; ``error`` or ``info``.

        Raises:
            DataError: the setting ``database_url`` cannot be used.
        """
        self.collect = Collector(payloads=settings.journal == "payloads")
        url = place.database_url(settings)
        self.where = place.shown(url)
        self._engine = models.connect(url)
        self._store, self._tell = Store(self._engine, settings), tell
        self._batch: list[Exchange] = []
        self._file, self._broken = _UNKNOWN, False
        self._retry = _FIRST_RETRY
        self._lost = self._told = 0
        self._next_trim = self._next_tell = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, once, and end the thread."""
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = self._work()
        self._work()
        if left := len(self._batch) + len(self.collect):
            self._tell("error", f"the journal stops without {left} exchanges")
        self._engine.dispose()

    def _work(self) -> float:
        """Write what has gathered; how many seconds to wait until the next time."""
        try:
            if self._file != models.identity(self._engine):  # not there yet, or deleted while we write
                self._engine.dispose()
                models.prepare(self._engine)
                self._file = models.identity(self._engine)
            self._write()
            self._trim()
        except Exception as error:  # whatever it is, calls go on without a journal
            return self._failed(error)
        if self._broken:
            self._broken, self._retry = False, _FIRST_RETRY
            self._tell("info", f"the journal works again: {self.where}")
        self._tell_lost()
        return _TICK

    def _write(self) -> None:
        while True:
            if not self._batch:
                self._batch = self.collect.take(_BATCH)
            if not self._batch:
                return
            hurry = self._stopping.is_set() or len(self.collect) > _BATCH
            self._store.add(self._batch, 0.0 if hurry else _BREATH)
            self._batch = []
            self._next_trim = min(self._next_trim, time.monotonic() + _TRIM_SECONDS)

    def _trim(self) -> None:
        now = time.monotonic()
        if now >= self._next_trim:
            self._store.trim()
            self._next_trim = now + _IDLE_TRIM_SECONDS

    def _failed(self, error: Exception) -> float:
        """Tell once, and try again later with a new connection: the file may have been replaced."""
        if not isinstance(error, _TRANSIENT):
            self._lost += len(self._batch)
            self._batch = []
        if not self._broken:
            self._broken = True
            self._tell("error", f"the journal is off, calls go on: {type(error).__name__}: {models.cause(error)}")
        self._file = _UNKNOWN
        self._engine.dispose()
        pause, self._retry = self._retry, min(self._retry * 2, _LAST_RETRY)
        return pause

    def _tell_lost(self) -> None:
        lost = self._lost + self.collect.dropped
        if lost > self._told and time.monotonic() >= self._next_tell:
            self._tell("error", f"the journal lost {lost - self._told} exchanges: the database could not keep up")
            self._told, self._next_tell = lost, time.monotonic() + _TELL_SECONDS


def start(settings: Settings) -> Journal:
    """A journal whose thread runs and tells what goes wrong in the gateway's log.

    Raises:
        DataError: the setting ``database_url`` cannot be used.
    """
    journal = Journal(settings, _teller(settings))
    journal.start()
    return journal


def _teller(settings: Settings) -> Tell:
    """Writes to the log from another thread: a writer of its own, because the gateway's belongs to the event loop."""
    if settings.log == "off":
        return lambda level, text: None
    logger, _ = writer(settings.log_format)

    def tell(level: str, text: str) -> None:
        if level == "error" or settings.log != "error":
            getattr(logger, level)(None, **{"message": text, "event.action": "journal", "log.level": level})

    return tell
