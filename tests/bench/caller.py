"""A consumer on one kept connection, with as little of its own cost as Python allows."""

import socket
import time
from dataclasses import dataclass

_SECONDS = 15.0


class BenchError(Exception):
    """A measurement would be worthless; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``milliseconds`` from the first byte sent to the last byte read."""

    status: int
    body: bytes
    milliseconds: float


class Caller:
    """A connection to 127.0.0.1; use as a context manager."""

    def __init__(self, port: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), _SECONDS)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(1 << 20)

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def ask(self, message: bytes) -> Reply:
        """Send a whole HTTP request and read the answer, which must have a Content-Length.

        Raises:
            BenchError: the connection ended, or the answer is not HTTP.
        """
        started = time.perf_counter()
        self._sock.sendall(message)
        size = end = length = 0
        while not end or size < end + length:
            got = self._sock.recv_into(memoryview(self._buffer)[size:])
            if not got:
                raise BenchError("the connection was closed before the answer was complete")
            size += got
            if not end and (found := self._buffer.find(b"\r\n\r\n", 0, size)) >= 0:
                end = found + 4
                length = content_length(bytes(self._buffer[:end]))
                if end + length > len(self._buffer):
                    self._buffer.extend(bytes(end + length - len(self._buffer)))
        took = (time.perf_counter() - started) * 1000
        return Reply(int(self._buffer[9:12]), bytes(self._buffer[end : end + length]), took)


def content_length(head: bytes) -> int:
    """The body's size by an answer's head.

    Raises:
        BenchError: the head does not tell.
    """
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise BenchError(f"no Content-Length in the answer: {head[:60]!r}")


def post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A whole HTTP/1.1 request."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode() + body


def get(path: str) -> bytes:
    """A whole HTTP/1.1 request without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
