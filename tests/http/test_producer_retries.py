"""A second attempt at a producer over real connections: when there is one, and when there must not be."""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conftest import Run
from http_peers import Producer, answering, request_from
from producer_site import XML, Site, before, http, reset, resetting, site

pytestmark = pytest.mark.sockets
BOTH = pytest.mark.parametrize("mode", ["national", "strict"])
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel what has been acknowledged")


@BOTH
def test_a_producer_that_comes_back_is_reached(run: Run, mode: str) -> None:
    """National VP: one more attempt after a while. Nothing had been sent, so nothing can happen twice."""

    async def scene() -> tuple[int, bytes, str, int]:
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))  # a port of our own, on which nobody listens yet
        made = site(f"http://127.0.0.1:{sock.getsockname()[1]}/vp", mode=mode, producer_retry_delay=0.3)
        call = asyncio.create_task(made.update())
        await asyncio.sleep(0.1)
        producer = Producer(answering(http()))
        listener = await asyncio.start_server(producer._serve, sock=sock)
        answer = await call
        listener.close()
        await made.client.close()
        producer.drop()
        await asyncio.sleep(0.02)
        prt = int(dict(answer.headers)[b"x-skltp-prt"])
        return answer.status, answer.body, made.calls[-1][1].warning, prt

    status, body, warning, milliseconds = run(scene())
    assert (status, body) == (200, XML)
    assert warning.startswith("answered only when tried again: Cannot connect to ")
    assert 300 <= milliseconds < 2000  # all attempts, and what was waited between them


@pytest.mark.parametrize(("retries", "at_least", "below"), [(0, 0.0, 0.15), (1, 0.2, 0.39), (2, 0.4, 1.0)])
@BOTH
def test_how_often_is_a_setting(run: Run, retries: int, at_least: float, below: float, mode: str) -> None:
    """National VP, ``vp.producer.retry.attempts`` and ``vp.producer.retry.delay``."""

    async def scene() -> float:
        with socket.create_server(("127.0.0.1", 0)) as sock:
            port = sock.getsockname()[1]
        made = site(f"http://127.0.0.1:{port}/vp", mode=mode, producer_retries=retries, producer_retry_delay=0.2)
        started = time.perf_counter()
        assert "Cannot connect to" in await made.failure()
        return time.perf_counter() - started

    assert at_least <= run(scene()) < below


@pytest.mark.parametrize(("mode", "requests"), [("national", 2), ("strict", 1)])
@pytest.mark.parametrize("writes", [False, True])
def test_a_reset_on_a_new_connection(run: Run, mode: str, requests: int, writes: bool) -> None:
    """National VP tries again though the producer may have done what was asked; the strict mode never does."""
    seen: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await request_from(reader))[2])
        if len(seen) == 1:
            reset(writer)
        else:
            writer.write(http())

    async def scene() -> int:
        async with before(script, mode=mode) as (made, _):
            return (await (made.update() if writes else made.ask())).status

    assert run(scene()) == (200 if mode == "national" else 500)
    assert len(seen) == requests
    assert len(set(seen)) == 1


@BOTH
@pytest.mark.parametrize(
    "answer",
    [http(b"", "503 Service Unavailable"), http(b""), b"Hello World!\r\n\r\n", b""],
    ids=["503", "empty", "no HTTP", "closed"],
)
def test_what_is_not_tried_again(run: Run, answer: bytes, mode: str) -> None:
    """National VP: read timeouts, HTTP errors and an orderly end are final."""

    async def scene() -> int:
        async with before(answering(answer, close=True), mode=mode) as (made, producer):
            assert (await made.ask()).status == 500
            return producer.connections

    assert run(scene()) == 1


@BOTH
def test_nor_what_was_too_late(run: Run, mode: str) -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def scene() -> int:
        async with before(silent, mode=mode, producer_timeout=0.06) as (made, producer):
            assert (await made.ask()).status == 500
            return producer.connections

    assert run(scene()) == 1


# A kept connection that turns out to be dead


class Fading:
    """A producer in a thread, without an event loop: closes a connection when it is told to, and counts requests."""

    def __init__(self, first: bytes) -> None:
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._sock.getsockname()[1]}/vp"
        self.requests = 0
        self._first = first
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for answer, closes in ((self._first, True), (http(), False)):
            try:
                connection, _ = self._sock.accept()
            except OSError:
                return
            with connection:
                self._request(connection)
                connection.sendall(answer)
                if not closes:
                    connection.recv(1)

    def _request(self, connection: socket.socket) -> None:
        got = b""
        while b"</soapenv:Envelope>" not in got:
            part = connection.recv(65_536)
            if not part:
                return
            got += part
        self.requests += 1

    def stop(self) -> None:
        """End."""
        self._sock.close()


@contextmanager
def fading() -> Iterator[Fading]:
    made = Fading(http())
    try:
        yield made
    finally:
        made.stop()


@LINUX
@BOTH
@pytest.mark.parametrize("writes", [False, True])
def test_a_connection_closed_before_the_request_came(run: Run, writes: bool, mode: str) -> None:
    """RFC 9112 9.3.1: what the producer's machine has not acknowledged with its end, it has not received."""

    async def scene(producer: Fading) -> list[int]:
        made = site(producer.url, mode=mode)
        found = []
        for _ in range(2):
            found.append((await (made.update() if writes else made.ask())).status)
            time.sleep(0.05)  # noqa: ASYNC251  # the end has come, and the loop has not heard of it
        await made.client.close()
        return found

    with fading() as producer:
        assert run(scene(producer)) == [200, 200]
        assert producer.requests == 2


def swallowing(at: int) -> tuple[list[bytes], object]:
    """A script that takes the request number ``at`` of all and closes without an answer; the requests."""
    seen: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen.append((await request_from(reader))[2])
            if len(seen) == at:
                return
            writer.write(http())

    return seen, script


@BOTH
@pytest.mark.parametrize(("writes", "status", "requests"), [(False, 200, 3), (True, 500, 2)])
def test_a_connection_closed_after_the_request_came(
    run: Run, writes: bool, status: int, requests: int, mode: str
) -> None:
    """What only reads is asked again at once; what writes may have been done, and is not sent twice."""
    seen, script = swallowing(2)

    async def scene() -> list[int]:
        async with before(script, mode=mode) as (made, _):  # type: ignore[arg-type]
            return [(await (made.update() if writes else made.ask())).status for _ in range(2)]

    assert run(scene()) == [200, status]
    assert len(seen) == requests


@BOTH
def test_the_second_attempt_takes_a_new_connection(run: Run, mode: str) -> None:
    """Other kept connections are likely to be as dead as the first."""
    seen: list[bytes] = []

    async def dying(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_from(reader)
        await asyncio.sleep(0.02)
        writer.write(http())
        await request_from(reader)
        seen.append(b"dead")

    async def scene() -> list[int]:
        async with before(dying, mode=mode) as (made, producer):
            assert [each.status for each in await asyncio.gather(*(made.ask() for _ in range(3)))] == [200] * 3
            answer = await made.ask()
            return [answer.status, len(seen), producer.connections]

    assert run(scene()) == [200, 1, 4]


def test_an_answer_that_has_begun_is_never_asked_for_again(run: Run) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_from(reader)
        writer.write(http())
        await request_from(reader)
        writer.write(http()[:-2])

    async def scene() -> tuple[list[int], int]:
        async with before(script) as (made, producer):
            return [(await made.ask()).status for _ in range(2)], producer.connections

    assert run(scene()) == ([200, 500], 1)


def test_waiting_for_another_attempt_takes_no_place(run: Run) -> None:
    """A call that waits holds up nobody who wants to call the same producer."""

    async def scene() -> tuple[list[bytes], int]:
        first = True

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal first
            while True:
                await request_from(reader)
                if first:
                    first = False
                    reset(writer)
                    return
                writer.write(http())

        settings = {"producer_connections": 1, "producer_retry_delay": 0.4, "connect_timeout": 0.1}
        async with before(script, mode="national", **settings) as (made, producer):
            waiting = asyncio.create_task(made.ask())
            await asyncio.sleep(0.1)
            other = await made.ask()
            assert not waiting.done()
            return [other.body, (await waiting).body], producer.connections

    assert run(scene()) == ([XML, XML], 2)


def test_resetting_is_what_it_says(run: Run) -> None:
    async def scene() -> str:
        async with before(resetting(http())) as (made, _):
            await made.update()
            return await _detail(made)

    assert run(scene()).startswith("The producer reset the connection without an answer")


async def _detail(made: Site) -> str:
    answer = await made.update()
    assert answer.status == 500
    return answer.body.decode().partition("/vp. ")[2]
