"""The HTTP server seam: HTTP/1.1 requests to a handler, by asyncio (uvloop) and httptools (llhttp).

Small on purpose: whole requests in, whole answers out. Why not a server library: docs/adr/0002.
"""

import asyncio
import gc
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterable

from gateway.http.connection import Connection, Shared
from gateway.http.secured import SecuredListener, Told

_SWEEP_SECONDS = 1.0
_YOUNG = 20_000  # new objects between two looks for garbage in circles, which calls hardly make
_GRACE_SECONDS = 5.0

Secured = tuple[socket.socket, ssl.SSLContext]


class Server(Shared):
    """Looks after the connections of a process.

    Attributes:
        handshakes: is told of those of the TLS listener.
    """

    handshakes: Told = staticmethod(lambda _: None)

    def protocol(self) -> Connection:
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


_Opened = tuple[Server, socket.socket, ssl.SSLContext | None]


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


def serve(
    server: Server,
    sockets: Iterable[socket.socket],
    ready: Callable[[], None],
    *,
    secured: Iterable[Secured] = (),
    beside: Iterable[tuple[Server, socket.socket]] = (),
) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is called once when the sockets accept connections.

    ``secured`` are sockets that speak TLS; their requests have the scheme ``https``. ``beside`` are other servers,
    which stop when ``server`` has finished its calls.
    """
    opened: list[_Opened] = [(server, sock, None) for sock in sockets]
    opened += ((server, sock, context) for sock, context in secured)
    opened += ((other, sock, None) for other, sock in beside)
    if sys.platform != "win32":
        import uvloop

        uvloop.run(_serve(opened, ready))
    else:
        asyncio.run(_serve(opened, ready))


async def _serve(opened: list[_Opened], ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    if sys.platform != "win32":
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
    gc.collect()
    gc.freeze()  # what has been loaded stays; no need to look through it again and again
    gc.set_threshold(_YOUNG)
    listeners = [(server, await _listener(loop, server, sock, tls)) for server, sock, tls in opened]
    sweepers = {server: loop.create_task(server.sweep()) for server in dict(listeners)}
    ready()
    await stop.wait()
    for server, sweeper in sweepers.items():
        sweeper.cancel()
        for owner, listener in listeners:
            if owner is server:
                listener.close()
        await server.stop()


async def _listener(
    loop: asyncio.AbstractEventLoop, server: Server, sock: socket.socket, tls: ssl.SSLContext | None
) -> asyncio.Server | SecuredListener:
    if tls is not None:
        return SecuredListener(server.protocol, sock, tls, server.handshakes)
    return await loop.create_server(server.protocol, sock=sock)
