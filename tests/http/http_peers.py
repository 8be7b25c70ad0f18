"""Peers that speak in raw bytes: what a polite library never sends is what these tests are about."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.http.connection import Limits
from gateway.http.server import Server
from gateway.message import TEXT, Answer, Request

LOCAL = "127.0.0.1"
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Response:
    """A response as received."""

    status: int
    headers: dict[str, str]
    body: bytes


async def echo(request: Request) -> Answer:
    """Answers with method, target and body."""
    return Answer(200, [TEXT], b"%b %b %b" % (request.method, request.target, request.body))


@asynccontextmanager
async def serving(
    handler: Callable[[Request], Awaitable[Answer]] = echo, **limits: int
) -> AsyncIterator[tuple[Server, int]]:
    """A server on a free port."""
    server = Server(handler, limits=Limits(**limits))
    listener = await asyncio.get_running_loop().create_server(server.protocol, LOCAL, 0)
    sweeper = asyncio.create_task(server.sweep())
    try:
        yield server, listener.sockets[0].getsockname()[1]
    finally:
        sweeper.cancel()
        listener.close()
        for connection in list(server.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        await listener.wait_closed()


class Caller:
    """A caller with a socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> "Caller":
        """Connect."""
        return cls(*await asyncio.open_connection(LOCAL, port))

    async def send(self, *parts: bytes, pause: float = 0.0) -> None:
        """Send parts one by one."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            if pause:
                await asyncio.sleep(pause)

    async def response(self, *, head_only: bool = False) -> Response:
        """The next response."""
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        version, status, *_ = first.split(" ", 2)
        assert version == "HTTP/1.1"
        size = 0 if head_only else int(headers.get("content-length", "0"))
        return Response(int(status), headers, await asyncio.wait_for(self.reader.readexactly(size), 5))

    async def closed(self, seconds: float = 5) -> bytes:
        """What comes until the other side closes; raises TimeoutError when it does not."""
        try:
            return await asyncio.wait_for(self.reader.read(), seconds)
        except ConnectionError:
            return b""

    async def silent(self, seconds: float = 0.05) -> bool:
        """Whether nothing comes for a while and the connection stays open."""
        try:
            await asyncio.wait_for(self.reader.read(1), seconds)
        except TimeoutError:
            return True
        return False

    async def leave(self) -> None:
        """Close."""
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


@asynccontextmanager
async def calling(port: int) -> AsyncIterator[Caller]:
    """A connected caller that leaves at the end."""
    caller = await Caller.to(port)
    try:
        yield caller
    finally:
        await caller.leave()


async def exchange(port: int, *parts: bytes, pause: float = 0.0) -> Response:
    """One request on a connection of its own."""
    async with calling(port) as caller:
        await caller.send(*parts, pause=pause)
        return await caller.response()


class Producer:
    """A server that follows a script; counts connections and keeps what it received."""

    def __init__(self, script: Script) -> None:
        self.script, self.connections, self.received = script, 0, b""
        self.port = 0
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOCAL}:{self.port}/vp"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            await self.script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self._open.discard(writer)

    def drop(self) -> None:
        """Close every connection."""
        for writer in list(self._open):
            writer.close()


@asynccontextmanager
async def producing(script: Script) -> AsyncIterator[Producer]:
    """A producer on a free port."""
    producer = Producer(script)
    listener = await asyncio.start_server(producer._serve, LOCAL, 0)
    producer.port = listener.sockets[0].getsockname()[1]
    try:
        yield producer
    finally:
        listener.close()
        producer.drop()
        await asyncio.sleep(0.01)


async def request_from(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    """Read one request with Content-Length: its first line, headers and body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return first, headers, await reader.readexactly(int(headers["content-length"]))


def answering(*answers: bytes, close: bool = False) -> Script:
    """A script: one of the answers for each request of a connection; then close, or wait until the other side does."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await request_from(reader)
            writer.write(answer)
            await writer.drain()
        if not close:
            await reader.read()

    return script
