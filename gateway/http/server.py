"""The HTTP server seam: HTTP/1.1 requests to a handler, by asyncio (uvloop) and httptools (llhttp).

Small on purpose: whole requests in, whole answers out. Why not a server library: docs/adr/0002.
"""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterable

from gateway.http.connection import Connection, Shared

_SWEEP_SECONDS = 1.0
_GRACE_SECONDS = 5.0


class Server(Shared):
    """Looks after the connections of a process."""

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
