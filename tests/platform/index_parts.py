"""An engagement index behind a router, without a network: a database, subscribers that answer as they are told."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from gateway_parts import Bench, Scripted, bench
from gateway_samples import SENDER as CALLER
from gateway_samples import contracts, headers, permission, request, route
from index_samples import FIND, INDEX, NOTIFY, SENDER, UPDATE

from gateway.message import Answer, Headers
from gateway.platform.dispatch import Platform
from gateway.platform.index.stored import StoredIndex
from gateway.platform.index.wiring import IndexParts
from gateway.registry.catalogue import Filter
from gateway.registry.engagements import COLUMNS

T = TypeVar("T")
EMPTY = ";".join(COLUMNS) + "\n"


class World:
    """A platform with nothing but its index; everything happens in ``run``.

    Attributes:
        bench: the router, what it sent and what happened.
        told: lines for the log.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        subscribers: dict[str, tuple[Filter, ...]] | None = None,
        answers: dict[str, Scripted] | None = None,
        seed: str = EMPTY,
        **settings: Any,
    ) -> None:
        """``subscribers`` by logical address; each answers at ``http://<address in lower case>/``."""
        known = subscribers or {}
        routes = [route(INDEX, each, "platform:") for each in (UPDATE, FIND, NOTIFY)]
        routes += [route("SE-ANNAT-VÄGVAL", UPDATE, "platform:")]
        routes += [route(each, NOTIFY, address(each)) for each in known]
        permissions = [permission(INDEX, each, CALLER) for each in (UPDATE, FIND, NOTIFY)]
        permissions += [permission("SE-ANNAT-VÄGVAL", UPDATE, CALLER)]
        permissions += [permission(each, NOTIFY, SENDER, filters=filters) for each, filters in known.items()]
        self.bench: Bench = bench(routes, permissions, answers, database_url=url, **settings)
        self.told: list[str] = []
        path = folder / "engagements.csv"
        path.write_text(seed, "utf-8")
        router = self.bench.router
        self.stored = StoredIndex(url, path, INDEX, router.settings.index_timeout)
        self.parts = IndexParts(router.settings, self.stored, router, contracts())
        self.parts.replace(self.parts.subscribers(permissions))
        platform = Platform()
        self.parts.offer(platform)
        router.handlers["platform"] = platform

    async def call(self, body: bytes, sent: Headers | None = None, target: bytes = b"/vp") -> Answer:
        """One call of a consumer."""
        answered = await self.bench.router.handle(request(body, sent or headers(), target=target))
        assert isinstance(answered, Answer)
        return answered

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Start everything, do the work, stop everything."""

        async def whole() -> T:
            self.parts.start(self.told.append)
            try:
                return await work()
            finally:
                self.parts.stop()

        return asyncio.run(whole())

    def calls(self, *bodies: bytes) -> list[Answer]:
        """Several calls, one after the other."""

        async def all_of_them() -> list[Answer]:
            return [await self.call(body) for body in bodies]

        return self.run(all_of_them)

    def notified(self) -> list[str]:
        """The URLs of what was sent to subscribers."""
        return [sent.url for sent in self.bench.client.sent]


def address(subscriber: str) -> str:
    """Where a subscriber answers."""
    return f"http://{subscriber.lower()}/"


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something to happen."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for may happen in a thread
            await asyncio.sleep(0.01)
