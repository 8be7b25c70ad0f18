"""A gateway in front of one producer that does as a test wants, wired as the real one, with real connections."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from gateway_parts import bench
from gateway_samples import fault_of, permission, question, request, responder, route
from http_peers import Producer, Script, producing, request_from

from gateway.http.client import HttpClient
from gateway.message import Answer
from gateway.router.call import Call
from gateway.router.router import Router
from gateway.router.send import Sender
from gateway.settings import Settings

READS = "GetFixedContacts"
WRITES = responder(READS).replace("GetFixedContacts", "UpdateFixedContacts")
XML = b"<svar/>"


def http(body: bytes = XML, status: str = "200 OK", *headers: str, length: bool = True) -> bytes:
    """An answer's bytes."""
    lines = [f"HTTP/1.1 {status}", *headers, *([f"Content-Length: {len(body)}"] if length else [])]
    return "\r\n".join((*lines, "", "")).encode() + body


@dataclass
class Site:
    """The gateway's router, its client, and what the log heard."""

    router: Router
    client: HttpClient
    url: str
    calls: list[tuple[str, Call]]

    async def ask(self, **more: Any) -> Answer:
        """A call that reads."""
        return await self.router.handle(request(question(READS, "A"), **more))

    async def update(self) -> Answer:
        """A call that writes."""
        body = question(READS, "A").replace(responder(READS).encode(), WRITES.encode())
        return await self.router.handle(request(body))

    async def failure(self, **more: Any) -> str:
        """The detail of a VP009, after the address."""
        answer = await self.ask(**more)
        assert answer.status == 500
        side, text, detail = fault_of(answer.body)
        assert (side, text) == ("SOAP-ENV:Server", "VP009 [prov] Fel vid kontakt med tjänsteproducenten.")
        before = f"Error connecting to service producer at address {self.url}. "
        assert detail.startswith(before)
        return detail.removeprefix(before)


def site(url: str, **settings: Any) -> Site:
    """A gateway with one route."""
    chosen = Settings(**{"instance_name": "prov", "producer_retry_delay": 0.01, "producer_timeout": 5.0, **settings})
    rows = [route("A", READS, url), route("A", WRITES, url)]
    made = bench(rows, [permission("A", READS), permission("A", WRITES)], mode=chosen.mode)
    router = Router(chosen, made.router.snapshot, made.router._check, made.router.events)
    client = HttpClient.of(chosen)
    sender = Sender(client, chosen)
    router.handlers.update(http=sender, https=sender)
    calls: list[tuple[str, Call]] = []
    router.events.subscribe(lambda action, call: calls.append((action, call)))
    return Site(router, client, url, calls)


@asynccontextmanager
async def before(script: Script, **settings: Any) -> AsyncIterator[tuple[Site, Producer]]:
    """A gateway and its producer."""
    async with producing(script) as producer:
        made = site(producer.url, **settings)
        try:
            yield made, producer
        finally:
            await made.client.close()


def resetting(*answers: bytes, after: float = 0.0) -> Script:
    """A script: the answers, and for the question after them a reset, without closing in good order."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await request_from(reader)
            writer.write(answer)
        await request_from(reader)
        await asyncio.sleep(after)
        reset(writer)

    return script


def reset(writer: asyncio.StreamWriter) -> None:
    """Drop a connection so that the other side gets a reset."""
    sock = writer.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
