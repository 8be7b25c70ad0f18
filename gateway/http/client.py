"""The outgoing HTTP seam: HTTP/1.1 to producers over pooled keep-alive connections.

Small on purpose: httptools (llhttp) parses, asyncio carries. Why not a client library: docs/adr/0002.
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable
from typing import cast

import httptools

from gateway.http.target import Target, target
from gateway.message import Headers
from gateway.router.send import ProducerAnswer, ProducerError

_IDLE_SECONDS = 4.0  # shorter than the keep-alive of common servers (5 s), so that a used connection is seldom dead
_IDLE_PER_HOST = 256
_TICK_SECONDS = 0.05  # how exactly timeouts are kept
_MAX_HEAD = 65_536  # bytes of status line and headers
_INFORMATIONAL = range(100, 200)
TlsFor = Callable[[str, int], ssl.SSLContext]
_LARGE = 65_536  # bytes; larger bodies are written apart from the head, to save a copy


class _Connection(asyncio.Protocol):
    """One connection; carries one exchange at a time."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self.idle_since = 0.0
        self.transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[ProducerAnswer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._parser = httptools.HttpResponseParser(self)

    @property
    def usable(self) -> bool:
        return self.transport is not None and not self.transport.is_closing()

    def exchange(self, head: bytes, body: bytes, waiter: "asyncio.Future[ProducerAnswer]") -> None:
        """Send a request; the answer, or a ProducerError, goes to ``waiter``."""
        assert self.transport is not None
        self._waiter, self._parts = waiter, list[bytes]()
        self._size = self._head_size = 0
        self._head_done, self._keep = False, True
        if len(body) > _LARGE:
            self.transport.write(head)
            self.transport.write(body)
        else:
            self.transport.write(head + body)

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:  # nothing was asked for: not to be trusted any more
            self.abort()
            return
        if not self._head_done:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.fail("status", f"The answer is not HTTP: {error}")
            return
        if not self._head_done and self._head_size > _MAX_HEAD:
            self.fail("too-large", f"The answer's headers are larger than {_MAX_HEAD} bytes")

    # Parser callbacks

    def on_message_begin(self) -> None:
        self._headers: Headers = []
        self._length: int | None = None
        self._chunked = False
        if self._waiter is None:  # a second answer
            self.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        self._headers.append((name, value))
        if name == b"content-length":
            self._length = int(value)
        elif name == b"transfer-encoding":
            self._chunked = True

    def on_headers_complete(self) -> None:
        if self._parser.get_status_code() in _INFORMATIONAL:
            return
        self._head_done = True
        if self._length is not None and self._length > self._max:
            self._too_large()

    def on_body(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._max:
            self._too_large()
        else:
            self._parts.append(part)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status in _INFORMATIONAL:
            return
        self._keep = self._parser.should_keep_alive()
        self._finish(status)

    def _finish(self, status: int) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            waiter.set_result(ProducerAnswer(status, self._headers, body))
        if not self._keep:
            self.abort()

    def _too_large(self) -> None:
        self.fail("too-large", f"The answer is larger than {self._max} bytes")

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiter is None:
            return
        if error is None and self._head_done and self._length is None and not self._chunked:
            self._keep = False
            self._finish(self._parser.get_status_code())  # the end of the connection is the end of the answer
        elif isinstance(error, ssl.SSLError):  # with TLS 1.3 a refused certificate is told after the handshake
            self.fail("tls", f"TLS handshake failed: {_reason(error)}")
        else:
            part = "in the middle of the answer" if self._head_done else "without an answer"
            self.fail("reset", f"The producer closed the connection {part}")

    def fail(self, kind: str, text: str) -> None:
        """End the exchange with an error and drop the connection."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(ProducerError(kind, text))
        self.abort()

    def expire(self) -> None:
        """The time for the exchange is over."""
        self.fail("timeout", "Timeout when waiting on response from producer.")

    def abort(self) -> None:
        """Drop the connection at once."""
        if self.transport is not None:
            self.transport.abort()


class HttpClient:
    """Calls producers. Redirects are not followed, answers not decompressed, proxies of the machine not used."""

    def __init__(
        self,
        *,
        connect_timeout: float,
        timeout: float,
        max_bytes: int,
        user_agent: str,
        tls_for: TlsFor | None = None,
    ) -> None:
        """Timeouts in seconds: for the connection, and for an answer when ``post`` names none.

        ``tls_for(host, port)`` gives the context for an https producer; left out, Python's default.
        """
        self._connect_timeout, self._timeout, self._max = connect_timeout, timeout, max_bytes
        self._agent = b"user-agent: %b\r\n" % user_agent.encode("ascii")
        self._tls_for = tls_for or (lambda *_: ssl.create_default_context())
        self._pools: dict[tuple[str, int, bool], deque[_Connection]] = {}
        self._busy: dict[_Connection, float] = {}  # with the time of the loop at which each expires
        self._ticker: asyncio.TimerHandle | None = None

    async def post(self, url: str, headers: Headers, body: bytes, timeout: float | None = None) -> ProducerAnswer:
        """POST a message and read the whole answer.

        Args:
            url: where to.
            headers: names and values; Host, Content-Length and User-Agent are added.
            body: the message.
            timeout: seconds for the exchange once connected, None for the client's own.

        Raises:
            ProducerError: no usable answer; ``kind`` tells why.
        """
        try:
            where = target(url)
        except ValueError as error:
            raise ProducerError("refused", str(error)) from None
        pool = self._pools.get(where.key)
        if pool is None:
            pool = self._pools[where.key] = deque()
        connection = _take(pool) or await self._connect(where)
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[ProducerAnswer] = loop.create_future()
        self._watch(loop, connection, self._timeout if timeout is None else timeout)
        try:
            connection.exchange(self._head(where, headers, body), body, waiter)
            answer = await waiter
        except asyncio.CancelledError:
            connection.abort()
            raise
        finally:
            del self._busy[connection]
        if connection.usable:
            _give(pool, connection)
        return answer

    def _watch(self, loop: asyncio.AbstractEventLoop, connection: _Connection, seconds: float) -> None:
        """One timer looks after all exchanges: a timer for each costs more than the look."""
        self._busy[connection] = loop.time() + seconds
        if self._ticker is None:
            self._ticker = loop.call_later(_TICK_SECONDS, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in [each for each, deadline in self._busy.items() if deadline <= now]:
            connection.expire()
        self._ticker = loop.call_later(_TICK_SECONDS, self._tick, loop) if self._busy else None

    def _head(self, where: Target, headers: Headers, body: bytes) -> bytes:
        lines = [where.head, self._agent]
        lines += [b"%b: %b\r\n" % header for header in headers]
        lines.append(b"content-length: %d\r\n\r\n" % len(body))
        return b"".join(lines)

    async def _connect(self, where: Target) -> _Connection:
        host, port, tls = where.key
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self._max),
                    host,
                    port,
                    ssl=self._tls_for(host, port) if tls else None,
                )
        except TimeoutError:
            raise ProducerError("connect-timeout", f"No connection within {self._connect_timeout:g} s") from None
        except ssl.SSLError as error:
            raise ProducerError("tls", f"TLS handshake failed: {_reason(error)}") from None
        except OSError as error:
            if tls and isinstance(error, (ConnectionAbortedError, ConnectionResetError)):
                raise ProducerError("tls", "TLS handshake failed: the producer closed the connection") from None
            text = error.strerror or str(error)
            raise ProducerError("refused", f"Cannot connect to {host}:{port}: {text}") from None
        return connection

    async def close(self) -> None:
        """Drop all idle connections."""
        for pool in self._pools.values():
            while pool:
                pool.pop().abort()


def _reason(error: ssl.SSLError) -> str:
    """What TLS did not like: ``Hostname mismatch, certificate is not valid for 'x'`` and the like."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return error.reason or str(error)


def _take(pool: deque[_Connection]) -> _Connection | None:
    """The connection used last that is still usable; those idle too long are dropped."""
    oldest = time.monotonic() - _IDLE_SECONDS
    while pool:
        connection = pool.pop()
        if connection.usable and connection.idle_since > oldest:
            return connection
        connection.abort()
    return None


def _give(pool: deque[_Connection], connection: _Connection) -> None:
    connection.idle_since = time.monotonic()
    pool.append(connection)
    if len(pool) > _IDLE_PER_HOST or pool[0].idle_since < connection.idle_since - _IDLE_SECONDS:
        pool.popleft().abort()
