"""Certificates on disk, and peers that speak TLS."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gateway_parts import bench
from gateway_samples import permission, question, route
from http_peers import LOCAL, Response, request_from

from gateway.cli.testca import TestCa
from gateway.http.client import HttpClient
from gateway.http.secured import SecuredListener, Told
from gateway.http.server import Server, listen
from gateway.http.tls import server_context
from gateway.router.call import Call
from gateway.router.router import Router
from gateway.router.send import Sender
from gateway.settings import Settings

HSA_ID, NAME = "SE5565594230-RIVTA1177", "GetFixedContacts"
ANSWER = b"<answer/>"
_folders: list[TemporaryDirectory[str]] = []  # until the tests end


@dataclass(frozen=True)
class Files:
    """An authority's certificate, a server's and a client's, each with its key."""

    ca: str
    server: tuple[str, str]
    client: tuple[str, str]


@cache
def certificates(name: str = "ours", *hosts: str, only: bool = False) -> Files:
    """Files made once for a test run; each ``name`` is an authority of its own. ``only`` leaves out this machine."""
    kept = TemporaryDirectory(prefix="rivta-tls-")
    _folders.append(kept)
    folder = Path(kept.name)
    ca = _OtherHosts(30, hosts) if only else TestCa(30, hosts)
    pairs = {"server": ca.server(), "client": ca.client(HSA_ID)}
    (folder / f"{name}.pem").write_text(ca.pem, "ascii")
    for kind, (certificate, key) in pairs.items():
        (folder / f"{kind}.pem").write_text(certificate, "ascii")
        (folder / f"{kind}.key").write_text(key, "ascii")

    def pair(kind: str) -> tuple[str, str]:
        return str(folder / f"{kind}.pem"), str(folder / f"{kind}.key")

    return Files(str(folder / f"{name}.pem"), pair("server"), pair("client"))


class _OtherHosts(TestCa):
    """An authority whose server has other names than this machine's."""

    def __init__(self, days: int, hosts: tuple[str, ...]) -> None:
        super().__init__(days, hosts)
        self._hosts = hosts


def settings(files: Files | None = None, **more: Any) -> Settings:
    """Settings of a gateway with a TLS listener."""
    files = files or certificates()
    certificate, key = files.server
    own = {"tls_certificate": certificate, "tls_key": key, "tls_client_ca": files.ca}
    return Settings(**own, instance_id="prov", instance_name="prov", **more)


def caller_context(files: Files | None = None, *, own: bool = True, version: ssl.TLSVersion | None = None) -> Any:
    """A consumer's TLS: trusts the authority and shows its certificate."""
    files = files or certificates()
    context = ssl.create_default_context(cafile=files.ca)
    if own:
        context.load_cert_chain(*files.client)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


@asynccontextmanager
async def listening(server: Server, context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """A server on a free port, with TLS or without."""
    listener = await asyncio.get_running_loop().create_server(server.protocol, LOCAL, 0, ssl=context)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        for connection in list(server.connections):
            connection.transport.abort()
        await asyncio.sleep(0.01)


@dataclass
class Gateway:
    """A router behind real listeners, its client, and the calls that it has answered."""

    router: Router
    client: HttpClient
    calls: list[Call]


def gateway(url: str, chosen: Settings) -> Gateway:
    """A gateway with one route to ``url``, that everybody may use, wired as the real one."""
    made = bench([route("A", NAME, url)], [permission("A", NAME, HSA_ID)])
    calls: list[Call] = []
    router = Router(chosen, made.router.snapshot, made.router._check, made.router.events)
    router.events.subscribe(lambda action, call: calls.append(call) if action == "resp-out" else None)
    client = HttpClient.of(chosen)
    sender = Sender(client, chosen)
    router.handlers.update(http=sender, https=sender)
    return Gateway(router, client, calls)


@asynccontextmanager
async def tls_listener(made: Gateway, told: Told = lambda _: None) -> AsyncIterator[int]:
    """The gateway's TLS listener; the port."""
    server, sock = Server(made.router.handle), listen(LOCAL, 0)
    listener = SecuredListener(server.protocol, sock, server_context(made.router.settings), told)
    try:
        yield sock.getsockname()[1]
    finally:
        listener.close()
        for connection in list(server.connections):
            connection.transport.abort()
        await asyncio.sleep(0.01)


async def post(port: int, context: ssl.SSLContext | None, times: int = 1, **headers: str) -> list[Response]:
    """Ask on one connection; ``_`` in a header's name is ``-``."""
    body = question(NAME, "A")
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    head = f"POST /vp HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{''.join(lines)}\r\n"
    name = "localhost" if context else None
    reader, writer = await asyncio.open_connection(LOCAL, port, ssl=context, server_hostname=name)
    try:
        found = []
        for _ in range(times):
            writer.write(head.encode("latin-1") + body)
            found.append(await _response(reader))
        return found
    finally:
        writer.close()


async def _response(reader: asyncio.StreamReader) -> Response:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Response(int(first.split(" ")[1]), headers, await reader.readexactly(int(headers["content-length"])))


class RefusingProducer:
    """A producer that demands a certificate of its own authority, and tells in an alert that it has not got it.

    A thread with a blocking socket: the event loops' own servers drop the connection without the alert.
    """

    def __init__(self, files: Files, version: ssl.TLSVersion) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*files.server)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._context.load_verify_locations(files.ca)
        self._context.minimum_version = self._context.maximum_version = version
        self._sock = socket.create_server((LOCAL, 0))
        self.url = f"https://localhost:{self._sock.getsockname()[1]}/vp"
        self.problem = ""

    def serve(self) -> None:
        """One connection."""
        connection, _ = self._sock.accept()
        try:
            self._handshake(connection)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):  # so that closing does not take the alert back
                pass
        except ConnectionError:
            return
        finally:
            connection.close()
            self._sock.close()

    def _handshake(self, connection: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        secured = self._context.wrap_bio(incoming, outgoing, server_side=True)
        while not self.problem:
            try:
                secured.do_handshake()
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
                incoming.write(connection.recv(65_536))
            except ssl.SSLError as error:
                self.problem = error.reason or ""
                connection.sendall(outgoing.read())


class TlsProducer:
    """A producer that answers over TLS, and keeps what it was sent and who it was that called."""

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []
        self.callers: list[str] = []
        self.versions: list[str] = []
        self.connections = 0
        self.port = 0

    def url(self, host: str = "localhost") -> str:
        """Where it answers."""
        return f"https://{host}:{self.port}/vp"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        connection = writer.get_extra_info("ssl_object")
        subject = dict(part[0] for part in (connection.getpeercert() or {}).get("subject", ()))
        self.callers.append(subject.get("serialNumber", ""))
        self.versions.append(connection.version())
        try:
            while True:
                _, headers, _ = await request_from(reader)
                self.requests.append(headers)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def tls_producer(
    files: Files, *, asks: str = "", version: ssl.TLSVersion | None = None
) -> AsyncIterator[TlsProducer]:
    """A TLS producer on a free port; ``asks`` callers for a certificate from an authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files.server)
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(asks)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    producer = TlsProducer()
    listener = await asyncio.start_server(producer.serve, LOCAL, 0, ssl=context)
    producer.port = listener.sockets[0].getsockname()[1]
    try:
        yield producer
    finally:
        listener.close()
        await asyncio.sleep(0.01)
