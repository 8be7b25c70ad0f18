"""An HTTP request and an answer, as the server gives and takes them."""

import asyncio
from dataclasses import dataclass

Headers = list[tuple[bytes, bytes]]

TEXT = (b"content-type", b"text/plain; charset=utf-8")


@dataclass(slots=True)
class Request:
    """A whole request.

    Attributes:
        target: path and query as sent.
        headers: in order, names in lower case.
        values: the same by name; the last one when a header is repeated.
        ip, port: the caller's address, and the port of ours that it called.
        scheme: ``http`` or ``https``.
        transport: the connection; for the caller's certificate, and for stubs that break it.
    """

    method: bytes
    target: bytes
    headers: Headers
    values: dict[bytes, bytes]
    body: bytes
    ip: str
    port: int
    scheme: str
    transport: asyncio.Transport

    def header(self, name: bytes) -> str:
        """A header's value, blank when absent."""
        return self.values.get(name, b"").decode("latin-1")

    @property
    def path(self) -> str:
        """The path without the query, as sent."""
        return self.target.partition(b"?")[0].decode("latin-1")

    @property
    def url(self) -> str:
        """The whole URL as the caller saw it."""
        host = self.header(b"host") or f"127.0.0.1:{self.port}"
        return f"{self.scheme}://{host}{self.target.decode('latin-1')}"


@dataclass(slots=True)
class Answer:
    """An answer; Content-Length is added when it is sent. ``close`` ends the connection after it."""

    status: int
    headers: Headers
    body: bytes
    close: bool = False
