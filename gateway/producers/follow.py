"""Follows the record files while they are served: an edited file is read anew, and the engagement index is told."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog

from gateway.contracts.contract import Contracts
from gateway.errors import DataError
from gateway.producers.announce import AnnounceError, Announcer, engagements
from gateway.producers.store import RECORDS, Holdings, load
from gateway.registry.catalogue import Producer

_LOOK_SECONDS = 1.0
_FIRST_RETRY, _LAST_RETRY = 2.0, 60.0  # seconds
_FOLLOWED = ("stub", "pilot")
_log: Any = structlog.get_logger()


def log_to_stderr() -> None:
    """Write this process's events there, a line of JSON each."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # wherever standard error leads at that time
    )


class Follower:
    """Keeps what stubs answer, and what the index knows of it, in step with the files below fixtures/records."""

    def __init__(
        self,
        replace: Callable[[str, Holdings], None],
        root: Path,
        contracts: Contracts,
        producers: Sequence[Producer],
        announcer: Announcer | None,
    ) -> None:
        """Look at the files as they are now.

        Args:
            replace: gets a folder's name and what to answer from it from now on.
            root: the data folder.
            contracts: those that records are held for.
            producers: stubs and pilots; the national mocks' engagements are what the test suites want, not what they
                hold.
            announcer: tells the index; None to tell nobody.
        """
        self._replace, self._root, self._contracts, self._announcer = replace, root, contracts, announcer
        self._producers = [each for each in producers if each.kind in _FOLLOWED and each.records]
        self._stamps = self._look()
        self._held = Holdings()

    def hold(self, holdings: Holdings, *, everything: bool) -> None:
        """What is held at the start: with ``everything`` the index is told of it, otherwise it knows already."""
        ours = {each.records for each in self._producers}
        self._held = Holdings({key: shelf for key, shelf in holdings.items() if key[0] in ours})
        if self._announcer is not None and not everything:
            self._announcer.told = engagements(self._held, self._contracts)

    async def run(self) -> None:
        """Follow until cancelled."""
        pause, wait = _FIRST_RETRY, 0.0
        while True:
            if wait <= 0.0:
                failed = not await asyncio.to_thread(self._tell)
                wait = pause if failed else float("inf")
                pause = min(pause * 2, _LAST_RETRY) if failed else _FIRST_RETRY
            await asyncio.sleep(_LOOK_SECONDS)
            wait -= _LOOK_SECONDS
            if await asyncio.to_thread(self._read):
                wait = 0.0

    def _look(self) -> dict[str, tuple[tuple[str, int], ...]]:
        """The files of each folder with the time of their last change."""
        folders = {each.records: self._root / RECORDS / each.records for each in self._producers}
        return {
            name: tuple((path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.xml")))
            for name, folder in folders.items()
        }

    def _read(self) -> bool:
        """Read what has changed; whether anything has. What is broken stays as it was."""
        try:
            stamps = self._look()
        except OSError:  # a file has just gone
            return False
        changed = [name for name, files in stamps.items() if files != self._stamps[name]]
        self._stamps = stamps
        for name in changed:
            owners = [each for each in self._producers if each.records == name]
            try:
                found = load(self._root, self._contracts, owners)
            except DataError as error:
                _log.warning("records not read anew", folder=name, problem=str(error))
                continue
            self._replace(name, found)
            kept = {key: shelf for key, shelf in self._held.items() if key[0] != name}
            self._held = Holdings({**kept, **found})
            _log.info("records read anew", folder=name)
        return bool(changed)

    def _tell(self) -> bool:
        """Tell the index what is different; whether there was nothing left to tell."""
        if self._announcer is None:
            return True
        try:
            count = self._announcer.tell(self._held)
        except AnnounceError as error:
            _log.warning("engagement index not told", problem=str(error))
            return False
        if count:
            _log.info("engagement index told", changes=count)
        return True
