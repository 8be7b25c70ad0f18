"""Read catalogue, HSA tree and engagement index anew while calls go on.

On SIGHUP, on request, when a file changes, and when somebody changes the database.
"""

import asyncio
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from gateway.aggregator.plan import Planner
from gateway.http.documents import Library
from gateway.http.operations import Holdings
from gateway.http.wsdl import WsdlPages
from gateway.platform.index.subscribers import Subscribers
from gateway.platform.index.wiring import SEED, IndexParts
from gateway.registry.hsa import load_tree_in_steps
from gateway.registry.rules import Rules
from gateway.registry.snapshot import Snapshot
from gateway.registry.source import Read, Source
from gateway.registry.steps import alongside
from gateway.router.router import Router
from gateway.settings import Settings
from gateway.storage.notices import Watch

_LOOK_SECONDS = 1.0
_AGAIN_SECONDS = 2.0  # after a reading that the database asked for failed
_OURS = ("catalogue", "hsa")  # kinds of data that are read into memory

T = TypeVar("T")


class Reloader:
    """Replaces what the router and the planner look things up in, whole or not at all.

    Contracts, the schemas that messages are checked against, and settings are read at the start only.

    Attributes:
        documents: reads the WSDL and schema files, and the pages that show them; None to leave them as they are.
        listeners: more to be called, in the event loop, when data of a kind (``changes.Kind``) has changed in the
            database, or may have while it was out of reach.
    """

    def __init__(
        self,
        settings: Settings,
        root: Path,
        router: Router,
        planner: Planner,
        index: IndexParts,
        source: Source,
        read: Read,
    ) -> None:
        """``read`` is what the source gave at the start."""
        self._settings, self._root = settings, root
        self._router, self._planner, self._index, self._source = router, planner, index, source
        self._numbers = read.numbers
        self.documents: tuple[Callable[[], Library], WsdlPages] | None = None
        self.listeners: defaultdict[str, list[Callable[[], object]]] = defaultdict(list)
        self._seen = self._stamps()
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked = False  # by the database, and not begun

    async def read(self, holdings: Holdings) -> None:
        """Read everything in a thread and in steps, then put it in place between two calls.

        Raises:
            DataError: a file is broken, or the database cannot be read; the data that was there stays.
        """
        settings, self._asked = self._settings, False
        try:
            found, subscribers = await asyncio.to_thread(self._load)
        except asyncio.CancelledError:
            self._source.stop()  # a gateway that ends waits for its threads, and this thread for a process
            raise
        tree = found.tree or await alongside(load_tree_in_steps(map(Path, settings.hsa_files)))
        rows = _used_up(found.routes), _used_up(found.permissions)
        work = Snapshot.build_in_steps(*rows, tree=tree, rules=Rules.of(settings))
        library = await asyncio.to_thread(self.documents[0]) if self.documents else None
        before, snapshot = self._router.snapshot, await alongside(work)
        self._router.snapshot = snapshot
        self._planner.replace(snapshot)
        if self.documents and library:
            self.documents[1].library = library
        self._index.replace(subscribers)
        holdings.origin, holdings.database_problem, holdings.refresh = found.origin, "", found.refresh
        await alongside(before.discard_in_steps())  # a million rows freed at once would hold up calls
        await self._index.stored.reseed()

    def start(self, holdings: Holdings, tell: Callable[[str], None]) -> None:
        """Reload when there is a reason to, in the running event loop; ``tell`` gets a line each time."""
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":
            loop.add_signal_handler(signal.SIGHUP, lambda: self._spawn(holdings, tell))
        self._keep(loop.create_task(self._watch(holdings, tell)))
        Watch(self._source.url, lambda kind: self._heard(kind, holdings, tell), tell).start(self._numbers)

    def _heard(self, kind: str, holdings: Holdings, tell: Callable[[str], None]) -> None:
        for listener in self.listeners[kind]:
            listener()
        if kind in _OURS and not self._asked:
            self._asked = True
            self._keep(asyncio.get_running_loop().create_task(self._read_until_done(holdings, tell)))

    async def _read_until_done(self, holdings: Holdings, tell: Callable[[str], None]) -> None:
        told = ""
        while problem := await holdings.reload():
            if problem != told:
                told = problem
                _tell(problem, holdings, tell)
            await asyncio.sleep(_AGAIN_SECONDS)
        _tell("", holdings, tell)

    def _spawn(self, holdings: Holdings, tell: Callable[[str], None]) -> None:
        self._keep(asyncio.get_running_loop().create_task(_reload(holdings, tell)))

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, holdings: Holdings, tell: Callable[[str], None]) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            stamps = self._stamps()
            if stamps != self._seen:
                self._seen = stamps
                await _reload(holdings, tell)

    def _load(self) -> tuple[Read, Subscribers]:
        found = self._source.read()
        return found, self._index.subscribers(found.permissions)

    def _stamps(self) -> dict[Path, int]:
        """When each file was changed last; one that is missing counts as changed at 0."""
        files = [*sorted((self._root / "routing").glob("*.toml")), self._root / SEED]
        files += map(Path, self._settings.hsa_files)
        return {path: path.stat().st_mtime_ns if path.exists() else 0 for path in files}


async def _reload(holdings: Holdings, tell: Callable[[str], None]) -> None:
    _tell(await holdings.reload(), holdings, tell)


def _tell(problem: str, holdings: Holdings, tell: Callable[[str], None]) -> None:
    figures = holdings.figures()
    kept = f"{figures.routes} routes, {figures.permissions} permissions, {figures.engagements} engagements"
    tell(f"not reloaded, {kept} kept: {problem}" if problem else f"reloaded: {kept}")


def _used_up(rows: Iterable[T]) -> Iterator[T]:
    """The rows; those of a list leave it, because letting go of a million at once would hold up calls."""
    if not isinstance(rows, list):
        yield from rows
        return
    rows.reverse()
    while rows:
        yield rows.pop()
