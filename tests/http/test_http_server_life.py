"""``gateway.http.server``: connections that fail, wait, are too many, or end with the server."""

import asyncio
import signal
import socket
import struct
import threading
import time
from typing import Any

import pytest
from http_peers import LOCAL, Caller, calling, echo, exchange, serving

from gateway.http import connection, server
from gateway.http.connection import Limits, plain
from gateway.http.server import Server, listen, serve
from gateway.message import TEXT, Answer, Request

pytestmark = pytest.mark.sockets
GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"


def test_a_handler_that_fails_costs_one_answer(run: Any) -> None:
    async def handler(request: Request) -> Answer:
        if request.target == b"/bad":
            raise RuntimeError("hemligt")
        return await echo(request)

    async def scene() -> tuple[int, bytes, bytes]:
        async with serving(handler) as (_, port), calling(port) as caller:
            await caller.send(GET.replace(b"/a", b"/bad"))
            bad = await caller.response()
            await caller.send(GET)
            return bad.status, bad.body, (await caller.response()).body

    status, body, after = run(scene())
    assert (status, after) == (500, b"GET /a ")
    assert b"hemligt" not in body


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_caller_that_leaves_cancels_its_call(run: Any, how: str) -> None:
    happened: list[str] = []

    async def handler(_: Request) -> Answer:
        happened.append("started")
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            happened.append("cancelled")
            raise
        raise AssertionError

    async def scene() -> tuple[int, int]:
        async with serving(handler) as (running, port):
            caller = await Caller.to(port)
            await caller.send(GET + GET)
            await asyncio.sleep(0.02)
            if how == "reset":
                sock = caller.writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            await caller.leave()
            await asyncio.sleep(0.05)
            return len(running.connections), running.calls

    assert run(scene()) == (0, 0)
    assert happened == ["started", "cancelled"]


def fast(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    monkeypatch.setattr(server, "_SWEEP_SECONDS", 0.01)
    for name, value in seconds.items():
        monkeypatch.setattr(connection, name, value)


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
def test_a_connection_that_says_nothing_is_dropped(run: Any, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    fast(monkeypatch, _READ_SECONDS=0.05)

    async def scene() -> bytes:
        async with serving() as (_, port), calling(port) as caller:
            await caller.send(sent)
            return await caller.closed(2)

    assert run(scene())[:12] == (b"HTTP/1.1 408" if sent else b"")


@pytest.mark.parametrize("sent", [b"GET /a HTTP/1.1\r\nHost", b"POST / HTTP/1.0\r\nContent-Length: 10\r\n\r\nabc"])
def test_half_a_request_is_told_that_it_came_too_late(run: Any, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """RFC 9110 15.5.9."""
    fast(monkeypatch, _READ_SECONDS=0.05)

    async def scene() -> int:
        async with serving() as (_, port):
            return (await exchange(port, sent)).status

    assert run(scene()) == 408


def test_a_slow_head_is_dropped_however_steadily_it_comes(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a few slow callers hold connections for ever (slowloris)."""
    fast(monkeypatch, _READ_SECONDS=0.1)

    async def drip(caller: Caller) -> None:
        try:
            for byte in b"GET / HTTP/1.1\r\nX-A: " + b"x" * 1000:
                await caller.send(bytes([byte]), pause=0.02)
        except ConnectionError:
            return

    async def scene() -> tuple[int, float]:
        async with serving() as (_, port), calling(port) as caller:
            started = asyncio.get_running_loop().time()
            task = asyncio.create_task(drip(caller))
            status = (await caller.response()).status
            task.cancel()
            return status, asyncio.get_running_loop().time() - started

    status, seconds = run(scene())
    assert status == 408
    assert seconds < 1.0


def test_a_slow_body_has_time_for_each_part(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fast(monkeypatch, _READ_SECONDS=0.15)

    async def scene() -> bytes:
        async with serving() as (_, port):
            head = b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\n"
            return (await exchange(port, head, *(b"%d" % number for number in range(6)), pause=0.05)).body

    assert run(scene()) == b"POST /a 012345"


def test_a_kept_connection_is_dropped_in_silence(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fast(monkeypatch, _IDLE_SECONDS=0.05)

    async def scene() -> bytes:
        async with serving() as (_, port), calling(port) as caller:
            await caller.send(GET)
            await caller.response()
            return await caller.closed(2)

    assert run(scene()) == b""


def test_a_call_under_way_is_never_too_slow(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fast(monkeypatch, _READ_SECONDS=0.03, _IDLE_SECONDS=0.03)

    async def slow(request: Request) -> Answer:
        await asyncio.sleep(0.15)
        return await echo(request)

    async def scene() -> int:
        async with serving(slow) as (_, port):
            return (await exchange(port, GET)).status

    assert run(scene()) == 200


def test_a_refused_caller_that_goes_on_sending_is_dropped(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fast(monkeypatch, _LINGER_SECONDS=0.05)

    async def scene() -> int:
        async with serving() as (running, port):
            caller = await Caller.to(port)
            await caller.send(b"oj\r\n\r\n")
            assert (await caller.response()).status == 400
            await asyncio.sleep(0.2)
            left = len(running.connections)
            await caller.leave()
            return left

    assert run(scene()) == 0


def test_a_caller_that_does_not_read_is_dropped(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fast(monkeypatch, _IDLE_SECONDS=0.1)

    async def large(_: Request) -> Answer:
        return Answer(200, [TEXT], b"x" * 4_000_000)

    async def scene() -> int:
        async with serving(large) as (running, port):
            reader, writer = await asyncio.open_connection(LOCAL, port, limit=1024)
            writer.write(GET * 10)
            await asyncio.sleep(0.5)
            left = len(running.connections)
            writer.transport.abort()
            assert reader is not None
            return left

    assert run(scene()) == 0


def test_too_many_connections(run: Any) -> None:
    async def scene() -> tuple[int, int, int]:
        async with serving(connections=2) as (_, port):
            first, second = await Caller.to(port), await Caller.to(port)
            await asyncio.sleep(0.01)
            third = (await exchange(port)).status
            await second.leave()
            await asyncio.sleep(0.02)
            fourth = (await exchange(port, GET)).status
            await first.send(GET)
            answer = await first.response()
            await first.leave()
            return third, fourth, answer.status

    assert run(scene()) == (503, 200, 200)


def test_too_many_calls(run: Any) -> None:
    """Those beyond the limit hear at once; their connections stay."""
    go = asyncio.Event()

    async def waiting(request: Request) -> Answer:
        await go.wait()
        return await echo(request)

    async def scene() -> tuple[int, list[int], int]:
        async with serving(waiting, calls=2) as (running, port):
            callers = [await Caller.to(port) for _ in range(3)]
            for caller in callers:
                await caller.send(GET)
                await asyncio.sleep(0.01)
            third = (await callers[2].response()).status
            go.set()
            others = [(await caller.response()).status for caller in callers[:2]]
            await callers[2].send(GET)
            again = (await callers[2].response()).status
            for caller in callers:
                await caller.leave()
            return third, others, again + running.calls

    assert run(scene()) == (503, [200, 200], 200)


def test_a_stop_lets_calls_under_way_finish(run: Any) -> None:
    async def slow(request: Request) -> Answer:
        await asyncio.sleep(0.05)
        return await echo(request)

    async def scene() -> tuple[bytes, dict[str, str], bytes]:
        async with serving(slow) as (running, port), calling(port) as idle, calling(port) as busy:
            await busy.send(GET)
            await asyncio.sleep(0.01)
            stopped = asyncio.create_task(running.stop())
            assert await idle.closed(1) == b""
            answer = await busy.response()
            assert await busy.closed(1) == b""
            await asyncio.wait_for(stopped, 1)
            return answer.body, answer.headers, b""

    body, headers, _ = run(scene())
    assert (body, headers["connection"]) == (b"GET /a ", "close")


def test_a_stop_ends_when_its_time_is_over(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_GRACE_SECONDS", 0.05)

    async def never(_: Request) -> Answer:
        await asyncio.sleep(30)
        raise AssertionError

    async def scene() -> tuple[bytes, float]:
        async with serving(never) as (running, port), calling(port) as caller:
            await caller.send(GET)
            await asyncio.sleep(0.01)
            started = asyncio.get_running_loop().time()
            await running.stop()
            took = asyncio.get_running_loop().time() - started
            return await caller.closed(1), took

    rest, took = run(scene())
    assert rest == b""
    assert took < 1.0


def test_a_port_can_be_had_once() -> None:
    with listen(LOCAL, 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(OSError, match=r"in use|permitted|denied"):
            listen(LOCAL, port)


def test_a_port_can_be_shared() -> None:
    """For several processes on the same port."""
    with listen(LOCAL, 0, shared=True) as first, listen(LOCAL, first.getsockname()[1], shared=True) as second:
        assert first.getsockname() == second.getsockname()


def test_an_address_of_the_newer_kind() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        with listen("::1", 0) as sock:
            assert sock.family is socket.AF_INET6
    except OSError:
        pytest.skip("no IPv6 loopback here")


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(OSError, match=r"assign"):
        listen("192.0.2.1", 0)


def test_serving_ends_with_the_signal() -> None:
    """SIGTERM, as from ``kill`` or a container."""
    sock = listen(LOCAL, 0)
    found: list[bytes] = []

    def call() -> None:
        with socket.create_connection(sock.getsockname(), 5) as caller:
            caller.sendall(GET)
            found.append(caller.recv(1000))
        signal.raise_signal(signal.SIGTERM)

    def ready() -> None:
        threading.Thread(target=call).start()

    started = time.monotonic()
    serve(Server(echo), [sock], ready)
    assert found[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert time.monotonic() - started < 5


def test_the_plain_refusal() -> None:
    answer = plain(413, "too much", Request(b"", b"", [], {}, b"", "", 0, "http", None))  # type: ignore[arg-type]
    assert answer.body.startswith(b"413 ")
    assert answer.body.endswith(b": too much\n")


def test_limits_have_defaults() -> None:
    """National VP: 15 MiB for a message."""
    assert Limits().body == 15 * 1024 * 1024
