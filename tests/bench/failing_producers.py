"""Producers that fail, each in its own way and on a port of its own.

Run as a script: ``failing_producers.py PLAN``, where PLAN is a JSON file with the port of each way.
"""

import asyncio
import json
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

import uvloop

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_FAULT = (
    f'<e:Envelope xmlns:e="{_SOAP}"><e:Body><e:Fault><faultcode>e:Server</faultcode>'
    "<faultstring>Trasig</faultstring></e:Fault></e:Body></e:Envelope>"
).encode()
_RESET = struct.pack("ii", 1, 0)
_TRICKLE_SECONDS = 1.0  # between two bytes
KEEP, CLOSE, RESET, TRICKLE, HOLD = "keep", "close", "reset", "trickle", "hold"


def _http(status: str, body: bytes, kind: str = "text/xml", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {size}\r\n\r\n".encode() + body


# What is written once a question has come, and what becomes of the connection.
WAYS: dict[str, tuple[bytes, str]] = {
    "silent": (b"", HOLD),
    "trickle": (_http("200 OK", b"", length=10_000), TRICKLE),
    "reset": (b"", RESET),
    "closed": (b"", CLOSE),
    "cut": (_http("200 OK", _FAULT, length=10_000), CLOSE),
    "garbage": (b"\x16\x03\x01 inte HTTP \xe5\xe4\xf6\r\n" * 20, CLOSE),
    "fault": (_http("500 Internal Server Error", _FAULT), KEEP),
    "html": (_http("404 Not Found", b"<html><h1>Saknas</h1></html>" * 100, "text/html"), KEEP),
    "empty": (_http("200 OK", b""), KEEP),
    "large": (_http("200 OK", b"<" * 10_000, length=1 << 30), HOLD),
    "tls": (b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n", CLOSE),
}


async def _serve(way: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    written, then = WAYS[way]
    with suppress(OSError, asyncio.IncompleteReadError):
        while await _asked(reader, writer, way):
            writer.write(written)
            await writer.drain()
            if then == RESET:
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            if then == HOLD:
                await reader.read()
            while then == TRICKLE and not reader.at_eof():
                await asyncio.sleep(_TRICKLE_SECONDS)
                writer.write(b" ")
            if then != KEEP:
                break
    with suppress(OSError):
        writer.transport.abort() if then == RESET else writer.close()


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> bool:
    """Read a question; False when there is none. Whether this process is ready is asked with GET."""
    if way == "tls":
        return bool(await reader.read(100))
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if head.startswith(b"get "):
        writer.write(_http("200 OK", b"ok\n"))
        return await _asked(reader, writer, way)
    await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
    return True


async def main(ports: dict[str, int]) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    for way, port in ports.items():
        await asyncio.start_server(lambda r, w, way=way: _serve(way, r, w), "127.0.0.1", port, backlog=512)
    await stop.wait()


if __name__ == "__main__":
    uvloop.run(main(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
