"""Read catalogue, HSA tree and engagement index anew while calls go on: on SIGHUP, on request, when a file changes."""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from gateway.aggregator.plan import Planner
from gateway.contracts.contract import Contracts
from gateway.http.operations import Holdings
from gateway.registry.catalogue import Permission, Route, load_catalogue
from gateway.registry.engagements import EngagementIndex, load_engagements
from gateway.registry.hsa import load_tree_in_steps
from gateway.registry.rules import Rules
from gateway.registry.snapshot import Snapshot
from gateway.registry.steps import alongside
from gateway.router.router import Router
from gateway.settings import Settings

_LOOK_SECONDS = 1.0


class Reloader:
    """Replaces what the router and the planner look things up in, whole or not at all.

    Contracts, schemas and settings are read at the start only.
    """

    def __init__(self, settings: Settings, root: Path, contracts: Contracts, router: Router, planner: Planner) -> None:
        self._settings, self._root, self._contracts = settings, root, contracts
        self._router, self._planner = router, planner
        self._seen = self._stamps()
        self._tasks: set[asyncio.Task[None]] = set()

    async def read(self, holdings: Holdings) -> None:
        """Read everything in a thread and in steps, then put it in place between two calls.

        Raises:
            DataError: a file is broken; the data that was there stays.
        """
        settings = self._settings
        routes, permissions, index = await asyncio.to_thread(self._load)
        tree = await alongside(load_tree_in_steps(map(Path, settings.hsa_files)))
        work = Snapshot.build_in_steps(routes, permissions, tree=tree, rules=Rules.of(settings))
        before, snapshot = self._router.snapshot, await alongside(work)
        self._router.snapshot = snapshot
        self._planner.replace(index, snapshot)
        holdings.replace(index)
        await alongside(before.discard_in_steps())  # a million rows freed at once would hold up calls

    def start(self, holdings: Holdings, tell: Callable[[str], None]) -> None:
        """Reload on SIGHUP and when a file changes, in the running event loop; ``tell`` gets a line each time."""
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":
            loop.add_signal_handler(signal.SIGHUP, lambda: self._spawn(holdings, tell))
        self._keep(loop.create_task(self._watch(holdings, tell)))

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

    def _load(self) -> tuple[tuple[Route, ...], tuple[Permission, ...], EngagementIndex]:
        catalogue = load_catalogue(self._root, self._contracts, port_offset=self._settings.producer_port_offset)
        index = load_engagements(self._root / "fixtures" / "engagements.csv")
        return catalogue.routes, catalogue.permissions, index

    def _stamps(self) -> dict[Path, int]:
        """When each file was changed last; one that is missing counts as changed at 0."""
        files = [*sorted((self._root / "routing").glob("*.toml")), self._root / "fixtures" / "engagements.csv"]
        files += map(Path, self._settings.hsa_files)
        return {path: path.stat().st_mtime_ns if path.exists() else 0 for path in files}


async def _reload(holdings: Holdings, tell: Callable[[str], None]) -> None:
    problem = await holdings.reload()
    figures = holdings.figures()
    kept = f"{figures.routes} routes, {figures.permissions} permissions, {figures.engagements} engagements"
    tell(f"not reloaded, {kept} kept: {problem}" if problem else f"reloaded: {kept}")
