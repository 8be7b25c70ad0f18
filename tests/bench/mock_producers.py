"""Producers that answer the same bytes after the same delay: one small process with a port for each.

Run as a script: ``mock_producers.py PLAN``, where PLAN is a JSON file with ``delay`` (seconds), ``ports`` and
``answers`` (files, one for each port). ``GET /service-times`` tells, and forgets, the longest time that a producer
took for each correlation id, milliseconds from the whole question read to the answer written.
"""

import asyncio
import json
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import cast

import uvloop

_TIMES = b"GET /service-times"
_COARSE = 0.002  # seconds
_CORRELATION = b"x-skltp-correlation-id:"
_slowest: dict[str, float] = {}


class Producer(asyncio.Protocol):
    """A connection; one question at a time, with Content-Length."""

    def __init__(self, answer: bytes, delay: float) -> None:
        self._answer, self._delay, self._got = answer, delay, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._got[:end].lower() + b"\r\n"
        if len(self._got) < end + 4 + int(_value(head, b"\r\ncontent-length:") or 0):
            return
        self._got = b""
        if head.startswith(b"get "):
            self._transport.write(_http(_times() if head.startswith(_TIMES.lower()) else b"ok\n"))
        else:
            call, now = _value(head, _CORRELATION).decode("latin-1"), time.perf_counter()
            # The loop's timers are exact to a millisecond or two only; the rest is waited out turn by turn.
            loop = asyncio.get_running_loop()
            loop.call_later(max(0.0, self._delay - _COARSE), self._send, call, now, now + self._delay)

    def _send(self, call: str, asked: float, due: float) -> None:
        now = time.perf_counter()
        if now < due:
            asyncio.get_running_loop().call_soon(self._send, call, asked, due)
            return
        self._transport.write(self._answer)
        if call:
            _slowest[call] = max(_slowest.get(call, 0.0), (time.perf_counter() - asked) * 1000)


def _value(head: bytes, name: bytes) -> bytes:
    start = head.find(name)
    return head[start + len(name) : head.find(b"\r\n", start + len(name))].strip() if start >= 0 else b""


def _times() -> bytes:
    found = json.dumps(_slowest).encode()
    _slowest.clear()
    return found


def _http(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


async def main(answers: dict[int, bytes], delay: float) -> None:
    """Serve ``answers``, by port, until SIGTERM."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    for port, answer in answers.items():
        await loop.create_server(partial(Producer, _http(answer), delay), "127.0.0.1", port, backlog=512)
    await stop.wait()


if __name__ == "__main__":
    plan = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    files = zip(plan["ports"], plan["answers"], strict=True)
    uvloop.run(main({port: Path(file).read_bytes() for port, file in files}, plan["delay"]))
