"""A router without a network: a client that answers as it is told, and a list of what happened."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gateway_samples import PLATFORM, contracts, snapshot

from gateway.contracts.check import SchemaCheck
from gateway.message import Answer, Headers, Request
from gateway.observe.events import Events
from gateway.registry.catalogue import Permission, Route
from gateway.router.call import Call
from gateway.router.producer import ProducerAnswer
from gateway.router.router import Router
from gateway.router.send import Sender
from gateway.settings import Settings

Scripted = ProducerAnswer | Exception | Callable[["Sent"], Any]
OK = ProducerAnswer(200, [(b"content-type", b"text/xml")], b"<answer/>")


@dataclass
class Sent:
    """What a producer got."""

    url: str
    headers: Headers
    body: bytes
    timeout: float | None
    method: bytes = b"POST"
    query: bytes | None = None
    fresh: bool = False

    def header(self, name: str) -> list[str]:
        """The values of a header."""
        return [value.decode("latin-1") for known, value in self.headers if known.decode() == name]


@dataclass
class FakeClient:
    """Answers by address: with an answer, by raising, or by a function (also a coroutine function)."""

    answers: dict[str, Scripted] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    async def post(
        self, url: str, headers: Headers, body: bytes, timeout: float | None = None, **more: Any
    ) -> ProducerAnswer:
        """As the HTTP client."""
        sent = Sent(url, headers, body, timeout, **more)
        self.sent.append(sent)
        scripted = self.answers.get(url, OK)
        if callable(scripted) and not isinstance(scripted, Exception):
            scripted = scripted(sent)
            if asyncio.iscoroutine(scripted):
                scripted = await scripted
        if isinstance(scripted, Exception):
            raise scripted
        assert isinstance(scripted, ProducerAnswer)
        return scripted


@dataclass
class Bench:
    """A router, its client, and the events in order: (action, call, body of the answer at that moment)."""

    router: Router
    client: FakeClient
    events: list[tuple[str, Call]]

    @property
    def actions(self) -> list[str]:
        """What happened, in order."""
        return [action for action, _ in self.events]

    def handle(self, request: Request) -> Answer:
        """One call."""
        return asyncio.run(self.router.handle(request))


def bench(
    routes: Iterable[Route] = (),
    permissions: Iterable[Permission] = (),
    answers: dict[str, Scripted] | None = None,
    **settings: Any,
) -> Bench:
    """A router with a catalogue and scripted producers; ``settings`` as in ``Settings``."""
    chosen = Settings(**{"instance_id": PLATFORM, "instance_name": "prov", "producer_retry_delay": 0.0, **settings})
    events: Events[Call] = Events()
    happened: list[tuple[str, Call]] = []
    events.subscribe(lambda action, call: happened.append((action, call)))
    router = Router(chosen, snapshot(routes, permissions), SchemaCheck(contracts()), events)
    client = FakeClient(answers or {})
    sender = Sender(client, chosen)
    router.handlers.update(http=sender, https=sender)
    return Bench(router, client, happened)
