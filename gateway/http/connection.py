"""One connection of a caller: bytes in, whole requests to the handler, whole answers out, one at a time and in order.

llhttp refuses what could be read in two ways (both lengths given, bare line ends, odd chunks).
"""

import asyncio
import http
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

import httptools

from gateway.message import TEXT, Answer, Headers, Request

Handler = Callable[[Request], Awaitable[Answer]]
Refuse = Callable[[int, str, Request], Answer]

_MAX_QUEUE = 16  # pipelined requests that wait on one connection
_READ_SECONDS = 30.0  # for a request's head to arrive, and then for each part of its body
_IDLE_SECONDS = 75.0  # for the next request on a kept connection
_LINGER_SECONDS = 2.0  # for the rest of a refused request to come in and be thrown away
_NEVER = float("inf")
_ABSOLUTE = re.compile(rb"https?://(?P<host>[^/?#]+)(?P<path>.*)", re.IGNORECASE)
_KEPT = b"connection: keep-alive\r\n\r\n"  # said to all, because a caller of HTTP/1.0 hangs up without it
_CLOSED = b"connection: close\r\n\r\n"
_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in http.HTTPStatus}


@dataclass(frozen=True, slots=True)
class Limits:
    """``body``: bytes of a request's body. ``head``: bytes of its request line and headers.

    ``connections`` and ``calls``: at once, for each process.
    """

    body: int = 15_728_640
    head: int = 65_536
    connections: int = 10_000
    calls: int = 10_000


def plain(status: int, reason: str, _request: Request) -> Answer:
    """The default answer to a request that breaks HTTP or a limit."""
    return Answer(status, [TEXT], f"{status} {http.HTTPStatus(status).phrase}: {reason}\n".encode())


class Shared:
    """What the connections of a process have in common."""

    def __init__(self, handler: Handler, *, limits: Limits | None = None, refuse: Refuse = plain) -> None:
        """``refuse(status, reason, request)`` answers what never reaches the handler, by as much as has been read."""
        self.handler, self.limits, self.refuse = handler, limits or Limits(), refuse
        self.connections: set[Connection] = set()
        self.calls = 0
        self.stopping = False


class Connection(asyncio.Protocol):
    """One connection. ``deadline`` is the time of the loop at which it has been silent too long."""

    transport: asyncio.Transport

    def __init__(self, server: Shared) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._max_head = server.limits.head
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[tuple[Request, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._writable = True
        self._broken = False  # what comes in is thrown away
        self._ended = False  # the last answer has been written
        self._refusal: Answer | None = None  # the last answer, when others have to go first
        self.deadline = _NEVER
        self._head_size = 0
        self._clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        peer = transport.get_extra_info("peername") or ("", 0)
        here = transport.get_extra_info("sockname") or ("", 0)
        self._ip, self._port = peer[0], here[1]
        self._scheme = "https" if transport.get_extra_info("ssl_object") else "http"
        self._server.connections.add(self)
        self.deadline = self._loop.time() + _READ_SECONDS
        if len(self._server.connections) > self._server.limits.connections:
            self._reject(503, "too many connections")

    def connection_lost(self, error: Exception | None) -> None:
        self._server.connections.discard(self)
        self._queue.clear()
        if self._task is not None:
            self._task.cancel()
        del self._parser  # it knows us: a circle, which would stay until somebody looks for garbage

    def data_received(self, data: bytes) -> None:
        if self._broken:
            return
        if self._task is None and not (self._in_head and self._head_size):
            self.deadline = self._loop.time() + _READ_SECONDS
        self._head_size += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            self._reject(400, f"this is not HTTP/1.1: {error}")
        if self._in_head and self._head_size > self._max_head:
            self._head_too_large()

    def _feed(self, data: bytes) -> None:
        while not self._broken:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                data = self._head_without_offer() + data[offer.args[0] :]
                self._parser = httptools.HttpRequestParser(self)
            else:
                return

    def _head_without_offer(self) -> bytes:
        """The head just read, to be read again without ``Upgrade``.

        A server may ignore the offer of another protocol (RFC 9110 7.8), and Java's HttpClient makes one with its first
        request; llhttp would take the body for the other protocol.
        """
        version = self._parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b\r\n" % (self._parser.get_method(), self._target, version)]
        lines += [b"%b: %b\r\n" % header for header in self._headers if header[0] != b"upgrade"]
        return b"".join((*lines, b"\r\n"))

    # Parser callbacks

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
        name, value = name.lower(), value.rstrip()  # llhttp leaves the blanks at the end
        self._headers.append((name, value))
        self._values[name] = value

    def on_headers_complete(self) -> None:
        size, self._head_size, self._in_head = self._head_size, 0, False
        length, expect = self._values.get(b"content-length"), self._values.get(b"expect")
        if size > self._max_head and sum(len(name) + len(value) + 4 for name, value in self._headers) > self._max_head:
            self._head_too_large()
        elif b"host" not in self._values and self._parser.get_http_version() == "1.1":
            self._reject(400, "no Host header (RFC 9112, 3.2)")
        elif self._parser.should_upgrade():
            if self._parser.get_method() == b"CONNECT":
                self._reject(501, "this is no proxy")
        elif length is not None and int(length) > self._server.limits.body:
            self._too_large()
        elif expect is not None and expect.lower() != b"100-continue":
            self._reject(417, "only Expect: 100-continue is known")
        elif expect is not None and self._task is None and not self._broken:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._server.limits.body:
            self._too_large()
        elif not self._broken:
            self._parts.append(part)

    def on_message_complete(self) -> None:
        self._in_head = True
        self._head_size = 0
        if self._broken or self._parser.should_upgrade():
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
        if self._target[:1] != b"/":
            self._take_host()
        return Request(
            method, self._target, self._headers, self._values, body,
            self._ip, self._port, self._scheme, self.transport,
        )  # fmt: skip

    def _take_host(self) -> None:
        """``http://host/path`` as a target, as for a proxy: its host counts before the header (RFC 9112, 3.2.2)."""
        found = _ABSOLUTE.fullmatch(self._target)
        if found is not None:
            self._target = found["path"] if found["path"].startswith(b"/") else b"/" + found["path"]
            self._values[b"host"] = found["host"]
            self._headers = [header for header in self._headers if header[0] != b"host"]
            self._headers.append((b"host", found["host"]))

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
        keep = keep and not answer.close and not server.stopping
        self._write(answer, keep, head_only=request.method == b"HEAD")
        self._next()

    def _write(self, answer: Answer, keep: bool, *, head_only: bool = False, linger: bool = False) -> None:
        if self._ended or self.transport.is_closing():
            return
        lines = [_STATUS.get(answer.status) or b"HTTP/1.1 %d \r\n" % answer.status]
        lines += [b"%b: %b\r\n" % header for header in answer.headers]
        body = b"" if head_only else answer.body
        lines.append(b"content-length: %d\r\n%b" % (len(answer.body), _KEPT if keep else _CLOSED))
        if body:
            self.transport.writelines((b"".join(lines), body))  # not joined: that would copy a large body
        else:  # asyncio's writelines never ends with nothing to write, and the connection stays open (Python 3.12 on)
            self.transport.write(b"".join(lines))
        if not keep:
            self._ended = self._broken = True
            if linger:
                self.transport.write_eof()
            else:
                self.transport.close()

    def _next(self) -> None:
        """Go on with a request that waits, or wait for one."""
        if self._ended:
            return
        if self._queue and self._writable:
            self._start(*self._queue.popleft())
        elif self._refusal is not None and not self._queue:
            self._end(self._refusal)
        else:
            self.deadline = self._loop.time() + _IDLE_SECONDS

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        if self._task is None:
            self._next()

    def _head_too_large(self) -> None:
        self._reject(431, f"request line and headers are larger than {self._max_head} bytes")

    def _too_large(self) -> None:
        self._reject(413, f"the message is larger than {self._server.limits.body} bytes")

    def _reject(self, status: int, reason: str) -> None:
        """Answer, after what came before; what follows on this connection cannot be trusted and is thrown away."""
        if self._broken:
            return
        self._broken = True
        refusal = self._server.refuse(status, reason, self._request(b"", b""))
        if self._task is None and not self._queue:
            self._end(refusal)
        else:
            self._refusal = refusal

    def _end(self, refusal: Answer) -> None:
        """Closing while the caller still sends would reset the connection and lose the answer (RFC 9112 9.6)."""
        self._write(refusal, keep=False, linger=self.transport.can_write_eof())
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
