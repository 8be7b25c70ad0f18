"""Puts the engagement index together, for whoever composes a gateway."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from gateway.contracts.contract import Contracts
from gateway.platform.dispatch import Platform
from gateway.platform.index.change import Changer
from gateway.platform.index.collect import Collector
from gateway.platform.index.deliver import Deliverer
from gateway.platform.index.rules import Rules
from gateway.platform.index.services import IndexServices
from gateway.platform.index.stored import StoredIndex
from gateway.platform.index.subscribers import Subscribers
from gateway.registry.catalogue import Permission
from gateway.router.router import Router
from gateway.settings import Settings
from gateway.soap import ns
from gateway.storage import place

SEED = Path("fixtures", "engagements.csv")
_NATIONAL_WINDOW = 5.0  # seconds


class IndexParts:
    """The engagement index of a gateway.

    Attributes:
        stored: where engagements are kept.
    """

    def __init__(self, settings: Settings, stored: StoredIndex, router: Router, contracts: Contracts) -> None:
        """Wire the parts; nothing runs yet, and nobody subscribes."""
        self._settings, self._national = settings, settings.mode == "national"
        self.stored = stored
        self._changer = Changer(settings.index_address, Subscribers())
        self._deliverer = Deliverer(stored, router)
        window = settings.index_collect_seconds
        seconds = (_NATIONAL_WINDOW if self._national else 0.0) if window is None else window
        self._collector = Collector(stored, self._changer, seconds, self._deliverer.wake)
        reserved = (settings.index_address, settings.index_sender, *settings.index_reserved)
        own = (settings.index_address, settings.index_alternative_address)
        self._services = IndexServices(
            stored,
            Rules(own, reserved, national=self._national),
            self._changer,
            {} if self._national else contracts,
            collect=self._collector.wake if seconds else None,
            told=self._deliverer.wake,
        )
        self._tasks: list[asyncio.Task[None]] = []

    def offer(self, platform: Platform) -> None:
        """Answer the index's contracts."""
        platform.offer(ns.INDEX_UPDATE, self._services.update)
        platform.offer(ns.INDEX_FIND, self._services.find_content)
        platform.offer(ns.INDEX_NOTIFY, self._services.process_notification)

    def subscribers(self, permissions: Iterable[Permission]) -> Subscribers:
        """Who subscribes, by a catalogue's permissions. For a thread, when there may be many of them."""
        ours = (each for each in permissions if each.contract.lower() == _NOTIFY)
        return Subscribers(ours, self._settings.index_sender, national=self._national)

    def replace(self, subscribers: Subscribers) -> None:
        """Notify these from now on."""
        self._changer.subscribers = subscribers

    def start(self, tell: Callable[[str], object]) -> None:
        """Open the database and begin to send, in the running event loop; ``tell`` gets lines for the log, English."""
        self._deliverer.tell = tell
        self.stored.start(tell)
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._deliverer.run()), loop.create_task(self._collector.run())]

    def stop(self) -> None:
        """Carry out what waits to be written; what is still to be sent stays in the database."""
        with suppress(RuntimeError):  # the event loop has ended already, and the tasks with it
            for task in self._tasks:
                task.cancel()
        self.stored.stop()


_NOTIFY = ns.INDEX_NOTIFY.lower()


def stored_index(settings: Settings, root: Path) -> StoredIndex:
    """The index of the settings' database, with ``root``'s seed file.

    Raises:
        DataError: the seed file is broken, or ``database_url`` is none.
    """
    return StoredIndex(place.database_url(settings), root / SEED, settings.index_address, settings.index_timeout)
