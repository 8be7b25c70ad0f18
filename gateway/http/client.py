"""The outgoing HTTP seam: HTTP/1.1 to producers over pooled keep-alive connections.

Small on purpose: httptools (llhttp) parses, asyncio carries. Why not a client library: docs/adr/0002.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable

from gateway.http import tlsreason
from gateway.http.exchange import Exchange
from gateway.http.lookup import Lookup
from gateway.http.pool import Pool
from gateway.http.target import Target, target
from gateway.http.tls import ProducerTls
from gateway.message import Headers
from gateway.router.headers import user_agent
from gateway.router.outcome import UNKNOWN_HOST
from gateway.router.producer import CONNECT_TIMEOUT, POST, REFUSED, TLS, ProducerAnswer, ProducerError
from gateway.settings import Settings

_TICK_SECONDS = 0.05  # how exactly timeouts are kept
_ADDRESS = "address"
_HUNG_UP = (ConnectionAbortedError, ConnectionResetError)
TlsFor = Callable[[str, int], ssl.SSLContext]


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
        connections: int = 1000,
        keep_alive: bool = True,
        chunked: bool = False,
        national: bool = False,
    ) -> None:
        """Timeouts in seconds: for the connection, and for an answer when ``post`` names none.

        Args:
            connect_timeout: also for the TLS handshake, and for a place when all ``connections`` are in use.
            timeout: until the whole answer has come; in national mode, for each part of it.
            max_bytes: of an answer.
            user_agent: what producers are told.
            tls_for: ``tls_for(host, port)`` gives the context for an https producer; left out, Python's default.
            connections: to one producer at once.
            keep_alive: whether connections are used again.
            chunked: whether requests go out chunked.
            national: as the national router, where that differs: an answer that ends before its Content-Length is
                taken, and a host name with ``_`` is not.
        """
        self._connect_timeout, self._timeout, self._max = connect_timeout, timeout, max_bytes
        self._limit, self._keep_alive, self._chunked, self._national = connections, keep_alive, chunked, national
        kept = b"keep-alive" if keep_alive else b"close"
        self._own = b"user-agent: %b\r\nconnection: %b\r\n" % (user_agent.encode("ascii"), kept)
        self._tls_for = tls_for or (lambda *_: ssl.create_default_context())
        self._pools: dict[tuple[str, int, bool], Pool] = {}
        self._lookup = Lookup()
        self._busy: dict[Exchange, float] = {}  # with the time of the loop at which each expires
        self._ticker: asyncio.TimerHandle | None = None

    @classmethod
    def of(cls, settings: Settings) -> "HttpClient":
        """A client as the settings want it.

        Raises:
            DataError: a file for TLS is missing or cannot be used.
        """
        return cls(
            connect_timeout=settings.connect_timeout,
            timeout=settings.producer_timeout,
            max_bytes=settings.max_message_bytes,
            user_agent=user_agent(settings),
            tls_for=ProducerTls(settings),
            connections=settings.producer_connections,
            keep_alive=settings.producer_keep_alive,
            chunked=settings.producer_chunked,
            national=settings.mode == "national",
        )

    async def post(
        self,
        url: str,
        headers: Headers,
        body: bytes,
        timeout: float | None = None,
        *,
        method: bytes = POST,
        query: bytes | None = None,
        fresh: bool = False,
    ) -> ProducerAnswer:
        """Send a message, with POST unless told otherwise, and read the whole answer; see ``router.producer.Client``.

        Args:
            url: where to.
            headers: names and values; Host, Content-Length, Connection and User-Agent are added.
            body: the message.
            timeout: seconds for the exchange once connected, None for the client's own.
            method: HTTP method.
            query: takes the place of the URL's own query.
            fresh: use no connection that has been used before.

        Raises:
            ProducerError: no usable answer; ``kind`` tells why.
        """
        try:
            where = target(url, self._national)
        except ValueError as error:
            raise ProducerError(REFUSED, str(error), _ADDRESS) from None
        pool = self._pools.get(where.key)
        if pool is None:
            pool = self._pools[where.key] = Pool(self._limit)
        if pool.busy < self._limit:
            pool.busy += 1
        else:
            await pool.enter(self._connect_timeout)
        try:
            connection = None if fresh else pool.take()
            if connection is None:
                connection = await self._connect(where)
            loop = asyncio.get_running_loop()
            waiter: asyncio.Future[ProducerAnswer] = loop.create_future()
            self._watch(loop, connection, self._timeout if timeout is None else timeout)
            line = where.head if query is None and method is POST else where.other(method, query)
            try:
                head = self._head(line, headers, body)
                connection.send(head, _chunk(body) if self._chunked else body, waiter, method is not POST)
                answer = await waiter
            except asyncio.CancelledError:
                connection.abort()
                raise
            finally:
                del self._busy[connection]
            if connection.usable:
                if self._keep_alive:
                    pool.give(connection)
                else:
                    connection.abort()
            return answer
        finally:
            if pool.waiting:
                pool.leave()
            else:
                pool.busy -= 1

    def _watch(self, loop: asyncio.AbstractEventLoop, connection: Exchange, seconds: float) -> None:
        """One timer looks after all exchanges: a timer for each costs more than the look."""
        connection.seconds = seconds
        self._busy[connection] = loop.time() + seconds
        if self._ticker is None:
            self._ticker = loop.call_later(_TICK_SECONDS, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in [each for each, deadline in self._busy.items() if deadline <= now]:
            patient = connection.heard_at + connection.seconds if self._national else 0.0
            if patient > now:
                self._busy[connection] = patient
            else:
                connection.expire()
        self._ticker = loop.call_later(_TICK_SECONDS, self._tick, loop) if self._busy else None

    def _head(self, head: bytes, headers: Headers, body: bytes) -> bytes:
        lines = [head, self._own]
        lines += [b"%b: %b\r\n" % header for header in headers]
        if self._chunked:
            lines.append(b"transfer-encoding: chunked\r\n\r\n")
        else:
            lines.append(b"content-length: %d\r\n\r\n" % len(body))
        return b"".join(lines)

    async def _connect(self, where: Target) -> Exchange:
        host, port, tls = where.key
        if self._national and "_" in host:  # a Java URL with such a name has no host at all
            raise ProducerError(REFUSED, f"Cannot connect to null:{port}", UNKNOWN_HOST)
        try:
            async with asyncio.timeout(self._connect_timeout):
                return await self._first(await self._lookup(host, port), host, port, tls)
        except TimeoutError:
            raise ProducerError(CONNECT_TIMEOUT, f"No connection within {self._connect_timeout:g} s") from None
        except ssl.SSLError as error:
            text = f"TLS handshake failed: {tlsreason.reason(error)}"
            raise ProducerError(TLS, text, java=tlsreason.java(error, host)) from None
        except OSError as error:
            if tls and isinstance(error, _HUNG_UP):
                text = "TLS handshake failed: the producer closed the connection"
                raise ProducerError(TLS, text, java=tlsreason.CLOSED) from None
            what = UNKNOWN_HOST if isinstance(error, socket.gaierror) else REFUSED
            text = f"Cannot connect to {host}:{port}: {error.strerror or error}"
            raise ProducerError(REFUSED, text, what) from None

    async def _first(self, addresses: list[str], host: str, port: int, tls: bool) -> Exchange:
        """A connection to the first address that takes one; what went wrong with the last is told."""
        context = self._tls_for(host, port) if tls else None
        loop = asyncio.get_running_loop()
        for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            try:
                _, connection = await loop.create_connection(
                    lambda: Exchange(host, self._max, national=self._national),
                    address,
                    port,
                    ssl=context,
                    server_hostname=host if tls else None,
                )
            except OSError as error:
                if not left or isinstance(error, ssl.SSLError) or (tls and isinstance(error, _HUNG_UP)):
                    raise
            else:
                return connection
        raise OSError(f"{host} has no address")

    async def close(self) -> None:
        """Drop all idle connections."""
        for pool in self._pools.values():
            pool.clear()


def _chunk(body: bytes) -> bytes:
    """A body as one chunk (RFC 9112 7.1)."""
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
