"""What a gateway has loaded, and the one way to load it anew."""

import asyncio
from collections.abc import Awaitable, Callable, Sized
from datetime import datetime

from gateway.errors import DataError
from gateway.observe.metrics import Figures
from gateway.registry.snapshot import STOCKHOLM
from gateway.registry.tak.national import REFRESH_FAILED, RESTORED, Refreshed
from gateway.router.router import Router

Reader = Callable[[], Awaitable[None]]


class Holdings:
    """Counts the data of a running gateway, and remembers how the last reading of it went.

    Attributes:
        reader: reads everything anew and puts it in place whole, or raises DataError and leaves all as it was.
        hsa_files: what the HSA tree was read from.
        origin: where the catalogue came from, English.
        database_problem: why the database could not be read at the start, English; blank since it could.
        refresh: of a national catalogue, how the last fetch went; None without one.
        copy: where the local copy of it is.
    """

    refresh: Refreshed | None = None
    copy = "routing"

    def __init__(self, router: Router, contracts: Sized, index: Sized, hsa_files: tuple[str, ...] = ()) -> None:
        self.reader: Reader | None = None
        self.hsa_files = hsa_files
        self.origin = self.database_problem = ""
        self._router, self._contracts, self._index = router, contracts, index
        self._refreshed, self._problem, self._hsa_problem = datetime.now(STOCKHOLM), "", ""
        self._units_before = 0
        self._one_at_a_time = asyncio.Lock()

    async def reload(self) -> str:
        """Read everything anew; why that failed, English, blank when it did not."""
        async with self._one_at_a_time:
            units = self._units()
            self._problem = self._hsa_problem = ""
            try:
                if self.reader is None:
                    self._problem = "this gateway reads its data at its start only; restart it"
                else:
                    await self.reader()
            except DataError as error:
                self._problem = str(error)
                self._hsa_problem = self._problem if str(error.path) in self.hsa_files else ""
            self._refreshed, self._units_before = datetime.now(STOCKHOLM), units
            return self._problem

    def unready(self) -> str:
        """Why calls should go elsewhere, English, blank when they need not. It names no host: anybody may ask."""
        return f"the database cannot be reached; in use: {self.origin}" if self.database_problem else ""

    def unloaded(self) -> bool:
        """Whether there is no catalogue: the national one could not be reached, and there is no copy of it."""
        return self.refresh is not None and self.refresh.status == REFRESH_FAILED

    def figures(self) -> Figures:
        """The state of things now."""
        routes, permissions = self._router.snapshot.count()
        return Figures(
            contracts=len(self._contracts),
            routes=routes,
            permissions=permissions,
            engagements=len(self._index),
            refreshed=self._refreshed,
            problem=self._problem,
            hsa_units=self._units(),
            hsa_units_before=self._units_before,
            hsa_files=self.hsa_files,
            hsa_problem=self._hsa_problem,
            database_problem=self.database_problem,
            loaded=not self.unloaded(),
            restored=self.refresh is not None and self.refresh.status == RESTORED,
            copy=self.copy,
            copy_problem=self.refresh.copy_problem if self.refresh else "",
        )

    def _units(self) -> int:
        tree = self._router.snapshot.tree
        return len(tree) if tree is not None else 0
