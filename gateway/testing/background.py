"""Servers in a thread of their own, beside the test that calls them."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from gateway.http.server import Server, listen

T = TypeVar("T")
_SECONDS = 30.0  # for anything to be done there
HOST = "127.0.0.1"


class Background:
    """An event loop in a daemon thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="rivta", daemon=True)
        self._closing: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)

    def do(self, function: Callable[[], T]) -> T:
        """Call a function there, between two calls, and wait for it."""

        async def once() -> T:
            return function()

        return self.call(once())

    def serve(self, server: Server) -> int:
        """Let a server listen on a free port of this machine; the port."""
        return self.call(self._serve(server))

    async def _serve(self, server: Server) -> int:
        sock = listen(HOST, 0)
        listener = await self._loop.create_server(server.protocol, sock=sock)
        sweeper = self._loop.create_task(server.sweep())

        async def close() -> None:
            sweeper.cancel()
            listener.close()
            server.stopping = True
            for connection in list(server.connections):
                connection.transport.abort()

        self._closing.append(close)
        port: int = sock.getsockname()[1]
        return port

    def stop(self) -> None:
        """Close every server and end the thread."""
        for close in self._closing:
            with contextlib.suppress(TimeoutError):
                self.call(close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
