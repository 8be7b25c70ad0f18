"""The TLS listener: takes connections, shakes hands, and tells how that went."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from gateway.http.tls import refusals

_SECONDS = 10.0  # for a handshake
_PAUSE_SECONDS = 0.1  # when the process has no more file descriptors


@dataclass(frozen=True, slots=True)
class Handshake:
    """How one went.

    Attributes:
        ip, port: the caller's.
        version, cipher: what was agreed on; blank when it failed.
        reason: OpenSSL's name for why it failed, ``CERTIFICATE_VERIFY_FAILED``.
        detail: what it says about the caller's certificate, ``self-signed certificate``; mostly blank.
    """

    ip: str
    port: int
    version: str = ""
    cipher: str = ""
    reason: str = ""
    detail: str = ""


Told = Callable[[Handshake], None]


class SecuredListener:
    """Accepts on a socket. The event loop's own TLS server would not say whose handshake has failed."""

    def __init__(
        self,
        protocol: Callable[[], asyncio.BaseProtocol],
        sock: socket.socket,
        context: ssl.SSLContext,
        told: Told = lambda _: None,
    ) -> None:
        """``protocol`` makes what a connection belongs to; ``told`` gets every handshake that ended by TLS's word.

        What only hangs up, as health checks do, is not told.
        """
        self._protocol, self._sock, self._context, self._told = protocol, sock, context, told
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._keep(self._accept())

    def close(self) -> None:
        """Accept no more, and leave handshakes that are not done."""
        for task in self._tasks:
            task.cancel()
        self._sock.close()

    def _keep(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self) -> None:
        while True:
            try:
                sock, peer = await self._loop.sock_accept(self._sock)
            except OSError:
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                self._keep(self._shake_hands(sock, peer))

    async def _shake_hands(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        refused: list[ssl.SSLError] = []
        refusals.set(refused)  # for this task, and what the loop does on its behalf
        try:
            transport, _ = await self._loop.connect_accepted_socket(
                self._protocol, sock, ssl=self._context, ssl_handshake_timeout=_SECONDS
            )
        except ssl.SSLError as error:
            self._failed(peer, refused[0] if refused else error)
        except OSError:  # hung up, or out of time
            if refused:
                self._failed(peer, refused[0])
        else:
            agreed = transport.get_extra_info("ssl_object")
            cipher = agreed.cipher() or ("",)
            self._told(Handshake(*peer[:2], version=agreed.version() or "", cipher=cipher[0]))

    def _failed(self, peer: tuple[str, int], error: ssl.SSLError) -> None:
        detail = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else ""
        self._told(Handshake(*peer[:2], reason=error.reason or str(error), detail=detail))
