"""Connections to producers: one that does not answer holds up only its own calls."""

import asyncio
import time

import pytest
from conftest import Run
from http_peers import answering, producing, request_from
from producer_site import XML, before, http, site

from gateway.http.client import HttpClient
from gateway.http.pool import Pool
from gateway.router.producer import ProducerError
from gateway.settings import Settings

pytestmark = pytest.mark.sockets


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await request_from(reader)
        writer.write(http())


def client(**settings: object) -> HttpClient:
    return HttpClient.of(Settings(**{"connect_timeout": 0.1, "producer_connections": 2, **settings}))  # type: ignore[arg-type]


def test_calls_beyond_the_limit_wait_a_while_and_are_refused(run: Run) -> None:
    async def scene() -> tuple[ProducerError, int, float]:
        async with producing(silence) as producer:
            caller = client()
            waiting = [asyncio.create_task(caller.post(producer.url, [], b"")) for _ in range(2)]
            await asyncio.sleep(0.02)
            started = time.perf_counter()
            with pytest.raises(ProducerError) as caught:
                await caller.post(producer.url, [], b"")
            seconds = time.perf_counter() - started
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            return caught.value, producer.connections, seconds

    error, connections, seconds = run(scene())
    assert (error.kind, error.text) == ("busy", "All 2 connections to the producer are in use")
    assert connections == 2
    assert 0.09 <= seconds < 1  # the loop counts in whole milliseconds


def test_a_place_that_becomes_free_is_taken_in_order(run: Run) -> None:
    order: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            order.append((await request_from(reader))[2])
            await asyncio.sleep(0.002)
            writer.write(http())

    async def scene() -> int:
        async with producing(script) as producer:
            caller = client(connect_timeout=5.0, producer_connections=1)
            await asyncio.gather(*(caller.post(producer.url, [], b"%d" % number) for number in range(10)))
            await caller.close()
            return producer.connections

    assert run(scene()) == 1
    assert order == [b"%d" % number for number in range(10)]


@pytest.mark.parametrize("end", ["answer", "error", "cancelled", "refused", "cancelled in the queue"])
def test_places_come_back_however_a_call_ends(run: Run, end: str) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            body = (await request_from(reader))[2]
            if body == b"wait":
                await reader.read()
            writer.write({b"error": b"nonsense\r\n\r\n"}.get(body, http()))

    async def scene() -> bytes:
        async with producing(script) as producer:
            caller, url = client(producer_connections=1), producer.url
            for _ in range(3):
                if end.startswith("cancelled"):
                    tasks = [asyncio.create_task(caller.post(url, [], b"wait")) for _ in range(3)]
                    await asyncio.sleep(0.02)
                    for task in reversed(tasks) if end == "cancelled" else tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
                elif end == "refused":
                    with pytest.raises(ProducerError):
                        await caller.post("http://127.0.0.1:1/", [], b"")
                elif end == "error":
                    with pytest.raises(ProducerError):
                        await caller.post(url, [], b"error")
                else:
                    await caller.post(url, [], b"")
            found = (await caller.post(url, [], b"")).body
            assert [pool.busy for pool in caller._pools.values()] == [0] * len(caller._pools)
            await caller.close()
            return found

    assert run(scene()) == XML


def test_a_place_given_to_a_call_that_has_just_left_is_passed_on(run: Run) -> None:
    async def scene() -> tuple[int, bool]:
        pool = Pool(1)
        pool.busy = 1
        first, second = (asyncio.create_task(pool.enter(5.0)) for _ in range(2))
        await asyncio.sleep(0)
        pool.leave()
        first.cancel()  # before it has heard of its place
        await asyncio.gather(first, return_exceptions=True)
        await asyncio.wait_for(second, 1)
        busy = pool.busy
        pool.leave()
        return busy, pool.busy == 0 and not pool.waiting

    assert run(scene()) == (1, True)


@pytest.mark.parametrize("listens", [True, False], ids=["silent", "refusing"])
def test_200_calls_waiting_on_one_producer_do_not_touch_another(run: Run, listens: bool) -> None:
    """The others' calls need none of its places: as many connections as they want, and no time in a queue."""

    async def scene() -> tuple[float, float]:
        async with producing(silence) as black_hole, producing(echo) as other:
            caller = client(producer_connections=100, connect_timeout=2.0)
            alone = await _slowest(caller, other.url)
            url = black_hole.url if listens else "http://127.0.0.1:1/"
            waiting = [asyncio.create_task(caller.post(url, [], b"")) for _ in range(200)]
            await asyncio.sleep(0.1)
            beside = await _slowest(caller, other.url)
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            await caller.close()
            return alone, beside

    alone, beside = run(scene())
    assert beside < max(5 * alone, 0.2)  # the machine may be busy; make bench measures


async def _slowest(caller: HttpClient, url: str) -> float:
    slowest = 0.0
    for _ in range(50):
        started = time.perf_counter()
        await caller.post(url, [], b"x")
        slowest = max(slowest, time.perf_counter() - started)
    return slowest


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_a_consumer_hears_of_it(run: Run, mode: str) -> None:
    async def scene() -> str:
        settings = {"producer_connections": 1, "connect_timeout": 0.05}
        async with before(silence, mode=mode, **settings) as (made, _):
            waiting = asyncio.create_task(made.ask())
            await asyncio.sleep(0.02)
            told = await made.failure()
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            return told

    told = run(scene())
    if mode == "national":
        assert "(java.net.ConnectException: Cannot connect to 127.0.0.1:" in told
    else:
        assert told == "All 1 connections to the producer are in use [java.net.ConnectException]"


# Settings of the connection


def test_connections_need_not_be_kept(run: Run) -> None:
    """National VP, ``producer.http.keepAlive``."""
    seen: list[str] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await request_from(reader))[1]["connection"])
        writer.write(http())
        await reader.read()

    async def scene() -> int:
        async with before(script, producer_keep_alive=False) as (made, producer):
            for _ in range(3):
                assert (await made.ask()).status == 200
            return producer.connections

    assert run(scene()) == 3
    assert seen == ["close"] * 3


@pytest.mark.parametrize("size", [0, 10, 100_000])
def test_requests_may_go_out_chunked(run: Run, size: int) -> None:
    """National VP, ``producer.chunked.encoding``."""
    seen: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"content-length" not in head
        assert b"\r\ntransfer-encoding: chunked\r\n" in head
        body = b""
        while length := int(await reader.readline(), 16):
            body += await reader.readexactly(length)
            await reader.readline()
        await reader.readline()
        seen.append(body)
        writer.write(http())

    async def scene() -> bytes:
        async with producing(script) as producer:
            return (await client(producer_chunked=True).post(producer.url, [], b"x" * size)).body

    assert run(scene()) == XML
    assert seen == [b"x" * size]


@pytest.mark.parametrize(
    ("target", "query", "line"),
    [
        ("/vp?a=1", None, "POST /vp?a=1 HTTP/1.1"),
        ("/vp?a=1", b"b=2", "POST /vp?b=2 HTTP/1.1"),
        ("/vp?a=1", b"", "POST /vp HTTP/1.1"),
        ("/vp", b"a b\r\n\xe5", "POST /vp?a%20b%0D%0A%E5 HTTP/1.1"),
    ],
)
def test_the_request_line(run: Run, target: str, query: bytes | None, line: str) -> None:
    seen: list[str] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await request_from(reader))[0])
        writer.write(http())

    async def scene() -> None:
        async with producing(script) as producer:
            url = producer.url.removesuffix("/vp") + target
            await client().post(url, [], b"", query=query)
            await client().post(url, [], b"", query=query, method=b"PUT")

    run(scene())
    assert seen == [line, line.replace("POST", "PUT")]


def test_an_answer_to_head_has_no_body(run: Run) -> None:
    """RFC 9110 9.3.2; its Content-Length is that of an answer to GET."""

    async def scene() -> tuple[int, bytes]:
        async with producing(answering(http()[: -len(XML)])) as producer:
            found = await client().post(producer.url, [], b"", method=b"HEAD")
            return found.status, found.body

    assert run(scene()) == (200, b"")


def test_a_producer_that_answers_before_it_has_read_gets_no_further_question(run: Run) -> None:
    """The rest of the first question would be taken for the beginning of the second."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http(XML, "413 Content Too Large"))
        await writer.drain()
        await asyncio.sleep(0.2)

    async def scene() -> tuple[list[int], int]:
        async with producing(script) as producer:
            caller = client()
            found = [(await caller.post(producer.url, [], b"x" * 20_000_000)).status for _ in range(2)]
            return found, producer.connections

    assert run(scene()) == ([413, 413], 2)


def test_the_site_keeps_its_connections(run: Run) -> None:
    async def scene() -> int:
        async with before(echo) as (made, producer):
            other = site(producer.url)
            for _ in range(3):
                assert (await made.ask()).status == (await other.ask()).status == 200
            await other.client.close()
            return producer.connections

    assert run(scene()) == 2
