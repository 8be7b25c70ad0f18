"""The HTTP server seam: HTTP/1.1 requests to a handler, by asyncio (uvloop) and httptools (llhttp).

Small on purpose: whole requests in, whole answers out, one at a time on each connection. Why not a server library:
docs/adr/0002. llhttp refuses what could be read in two ways (both lengths given, bare line ends, odd chunks).
"""

import asyncio
import gc
import http
import signal
import socket
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import cast

import httptools

from gateway.message import TEXT, Answer, Headers, Request

Handler = Callable[[Request], Awaitable[Answer]]

_MAX_HEAD = 65_536  # bytes of request line and headers
_MAX_QUEUE = 16  # pipelined requests that wait on one connection
_READ_SECONDS = 30.0  # for a request to arrive, counted anew when a part of its body comes
_IDLE_SECONDS = 75.0  # for the next request on a kept connection
_SWEEP_SECONDS = 1.0
_GRACE_SECONDS = 5.0
_LINGER_SECONDS = 2.0  # for the rest of a refused request to come in and be thrown away
_NEVER = float("inf")
_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in http.HTTPStatus}


@dataclass(frozen=True, slots=True)
class Limits:
    """``body``: bytes of a request's body. ``connections`` and ``calls``: at once, for each process."""

    body: int = 15_728_640
    connections: int = 10_000
    calls: int = 10_000


Refuse = Callable[[int, str, Request], Answer]


def plain(status: int, reason: str, _request: Request) -> Answer:
    """The default answer to a request that breaks HTTP or a limit."""
    return Answer(status, [TEXT], f"{status} {http.HTTPStatus(status).phrase}: {reason}\n".encode())


class Server:
    """What the connections of a process share."""

    def __init__(self, handler: Handler, *, limits: Limits | None = None, refuse: Refuse = plain) -> None:
        """``refuse(status, reason, request)`` answers what never reaches the handler, by as much as has been read."""
        self.handler, self.limits, self.refuse = handler, limits or Limits(), refuse
        self.connections: set[Connection] = set()
        self.calls = 0
        self.stopping = False

    def protocol(self) -> "Connection":
        """A protocol for a new connection."""
        return Connection(self)

    async def sweep(self) -> None:
        """Drop connections that have been silent too long; runs until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            now = loop.time()
            for connection in [each for each in self.connections if each.deadline < now]:
                connection.expire()

    async def stop(self) -> None:
        """Let calls under way finish within the grace period, then drop all connections."""
        self.stopping = True
        for connection in list(self.connections):
            connection.retire()
        end = asyncio.get_running_loop().time() + _GRACE_SECONDS
        while self.connections and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        for connection in list(self.connections):
            connection.transport.abort()


class Connection(asyncio.Protocol):
    """One connection of a caller."""

    transport: asyncio.Transport

    def __init__(self, server: Server) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[tuple[Request, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._writable = True
        self._broken = False
        self.deadline = _NEVER
        self._clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        peer = transport.get_extra_info("peername") or ("", 0)
        here = transport.get_extra_info("sockname") or ("", 0)
        self._ip, self._port = peer[0], here[1]
        self._scheme = "https" if transport.get_extra_info("ssl_object") else "http"
        self._server.connections.add(self)
        self.deadline = self._loop.time() + _READ_SECONDS
        self._head_size = 0
        if len(self._server.connections) > self._server.limits.connections:
            self._reject(503, "too many connections")

    def connection_lost(self, error: Exception | None) -> None:
        self._server.connections.discard(self)
        self._queue.clear()
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        if self._broken:
            return
        if self._task is None:
            self.deadline = self._loop.time() + _READ_SECONDS
        try:
            self._head_size += len(data)
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._reject(501, "only HTTP/1.1 without upgrade is served here")
        except httptools.HttpParserError as error:
            self._reject(400, f"this is not HTTP/1.1: {error}")
        if self._in_head and self._head_size > _MAX_HEAD:
            self._reject(431, f"request line and headers are larger than {_MAX_HEAD} bytes")

    # Parser callbacks

    _in_head = True

    def on_message_begin(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._target = b""
        self._headers: Headers = []
        self._values: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []
        self._size = 0
        self._in_head = True

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        self._headers.append((name, value))
        self._values[name] = value

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_size = 0
        length = self._values.get(b"content-length")
        if length is not None and int(length) > self._server.limits.body:
            self._too_large()
        elif b"expect" in self._values and not self._broken:
            if self._values[b"expect"].lower() == b"100-continue":
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            else:
                self._reject(417, "only Expect: 100-continue is known")

    def on_body(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._server.limits.body:
            self._too_large()
        elif not self._broken:
            self._parts.append(part)

    def on_message_complete(self) -> None:
        self._in_head = True
        self._head_size = 0
        if self._broken:
            return
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        request = self._request(self._parser.get_method(), body)
        keep = self._parser.should_keep_alive() and not self._server.stopping
        if self._task is None and self._writable:
            self._start(request, keep)
        elif len(self._queue) < _MAX_QUEUE:
            self._queue.append((request, keep))
        else:
            self._reject(429, "too many requests wait on this connection")

    def _request(self, method: bytes, body: bytes) -> Request:
        return Request(
            method, self._target, self._headers, self._values, body,
            self._ip, self._port, self._scheme, self.transport,
        )  # fmt: skip

    def _start(self, request: Request, keep: bool) -> None:
        self.deadline = _NEVER
        self._task = self._loop.create_task(self._run(request, keep))

    async def _run(self, request: Request, keep: bool) -> None:
        server = self._server
        server.calls += 1
        try:
            if server.calls > server.limits.calls:
                answer = server.refuse(503, "too many calls", request)
            else:
                answer = await server.handler(request)
        except Exception:  # the handler answers its own errors; this is the last resort
            answer = server.refuse(500, "internal error", request)
        finally:
            server.calls -= 1
        self._task = None
        self._write(answer, keep and not self._server.stopping, head_only=request.method == b"HEAD")
        self._next()

    def _write(self, answer: Answer, keep: bool, *, head_only: bool = False, linger: bool = False) -> None:
        if self._broken or self.transport.is_closing():
            return
        lines = [_STATUS[answer.status]]
        lines += [b"%b: %b\r\n" % header for header in answer.headers]
        body = b"" if head_only else answer.body
        end = b"\r\n" if keep else b"connection: close\r\n\r\n"
        lines.append(b"content-length: %d\r\n%b" % (len(answer.body), end))
        lines.append(body)
        self.transport.write(b"".join(lines))
        if linger:
            self.transport.write_eof()
        elif not keep:
            self._broken = True
            self.transport.close()

    def _next(self) -> None:
        """Go on with a request that waits, or wait for one."""
        if self._broken:
            return
        if self._queue and self._writable:
            self._start(*self._queue.popleft())
        else:
            self.deadline = self._loop.time() + _IDLE_SECONDS

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        if self._task is None:
            self._next()

    def _too_large(self) -> None:
        self._reject(413, f"the message is larger than {self._server.limits.body} bytes")

    def _reject(self, status: int, reason: str) -> None:
        """Answer at once; what follows on this connection cannot be trusted and is thrown away.

        Closing while the caller still sends would reset the connection, and the answer would be lost (RFC 9112 9.6).
        """
        if self._broken:
            return
        answer = self._server.refuse(status, reason, self._request(b"", b""))
        self._write(answer, keep=False, linger=self.transport.can_write_eof())
        self._broken = True
        self.deadline = self._loop.time() + _LINGER_SECONDS

    def expire(self) -> None:
        """Nothing has come in time."""
        if self._broken or (self._in_head and not self._head_size):
            self.transport.abort()
        else:
            self._reject(408, "no complete request")

    def retire(self) -> None:
        """The server stops: an idle connection closes now, a busy one after its answer."""
        if self._task is None:
            self.transport.close()


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening TCP socket on ``host``; ``shared`` lets several processes have the same port.

    Raises:
        OSError: the port is taken, or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
        sock.listen(2048)
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def serve(server: Server, sockets: Iterable[socket.socket], ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is called once when the sockets accept connections."""
    if sys.platform != "win32":
        import uvloop

        uvloop.run(_serve(server, list(sockets), ready))
    else:
        asyncio.run(_serve(server, list(sockets), ready))


async def _serve(server: Server, sockets: list[socket.socket], ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    if sys.platform != "win32":
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
    gc.collect()
    gc.freeze()  # what has been loaded stays; no need to look through it again and again
    listeners = [await loop.create_server(server.protocol, sock=sock) for sock in sockets]
    sweeper = loop.create_task(server.sweep())
    ready()
    await stop.wait()
    sweeper.cancel()
    for listener in listeners:
        listener.close()
    await server.stop()
