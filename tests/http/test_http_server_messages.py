"""``gateway.http.server``: requests in every legal form, and refusals of every other."""

import asyncio
from typing import Any

import pytest
from http_peers import Caller, Response, calling, echo, exchange, serving

from gateway.http import connection as module
from gateway.message import TEXT, Answer, Request

pytestmark = pytest.mark.sockets
GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"


def post(body: bytes, *headers: str, target: str = "/vp") -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"POST {target} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body


def one(run: Any, *parts: bytes, pause: float = 0.0, **limits: int) -> Response:
    """The response to one request."""

    async def scene() -> Response:
        async with serving(**limits) as (_, port):
            return await exchange(port, *parts, pause=pause)

    return run(scene())


def test_a_request_and_its_answer(run: Any) -> None:
    found = one(run, post("Hej å".encode()))
    assert (found.status, found.body) == (200, "POST /vp Hej å".encode())
    length = str(len(found.body))
    kept = {"content-type": "text/plain; charset=utf-8", "content-length": length, "connection": "keep-alive"}
    assert found.headers == kept


def test_what_the_handler_gets(run: Any) -> None:
    seen: list[Request] = []

    async def handler(request: Request) -> Answer:
        seen.append(request)
        return Answer(200, [TEXT], b"")

    async def scene() -> int:
        async with serving(handler) as (_, port):
            await exchange(port, b"POST /vp?a=%C3%A5 HTTP/1.1\r\nHOST: h\r\nX-Twice: 1\r\nx-twice:  2 \r\n\r\n")
            return port

    port = run(scene())
    (request,) = seen
    assert (request.method, request.target, request.body) == (b"POST", b"/vp?a=%C3%A5", b"")
    assert [name for name, _ in request.headers] == [b"host", b"x-twice", b"x-twice"]
    assert request.header(b"x-twice") == "2"
    assert (request.ip, request.port, request.scheme) == ("127.0.0.1", port, "http")


def test_connections_are_kept(run: Any) -> None:
    """RFC 9112 9.3: HTTP/1.1 connections persist unless somebody says close."""

    async def scene() -> int:
        async with serving() as (server, port), calling(port) as caller:
            for number in range(3):
                await caller.send(post(str(number).encode()))
                assert (await caller.response()).body == b"POST /vp %d" % number
            return len(server.connections)

    assert run(scene()) == 1


def test_pipelined_requests_are_answered_in_order(run: Any) -> None:
    """RFC 9112 9.3.2: in the order in which they came, however long each takes."""
    under_way = 0

    async def slow_first(request: Request) -> Answer:
        nonlocal under_way
        under_way += 1
        assert under_way == 1
        await asyncio.sleep(0.03 if request.body == b"0" else 0)
        under_way -= 1
        return Answer(200, [TEXT], request.body)

    async def scene() -> list[bytes]:
        async with serving(slow_first) as (_, port), calling(port) as caller:
            await caller.send(b"".join(post(str(number).encode()) for number in range(5)))
            return [(await caller.response()).body for _ in range(5)]

    assert run(scene()) == [b"0", b"1", b"2", b"3", b"4"]


def test_a_request_may_come_in_single_bytes(run: Any) -> None:
    data = post(b"abc", "X-A: 1")
    found = one(run, *(data[at : at + 1] for at in range(len(data))), pause=0.0005)
    assert found.body == b"POST /vp abc"


@pytest.mark.parametrize("cut", range(1, 80, 7))
def test_two_requests_cut_anywhere(run: Any, cut: int) -> None:
    data = post(b"abc") + post(b"defg")

    async def scene() -> list[bytes]:
        async with serving() as (_, port), calling(port) as caller:
            await caller.send(data[:cut], data[cut:], pause=0.002)
            return [(await caller.response()).body for _ in range(2)]

    assert run(scene()) == [b"POST /vp abc", b"POST /vp defg"]


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", more: str = "") -> bytes:
    head = f"POST /vp HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n{more}\r\n".encode()
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (chunked(b"abc", b"d"), b"abcd"),
        (chunked(), b""),
        (chunked(b"abc", end=b"0\r\nX-Trailer: 1\r\n\r\n"), b"abc"),
        (chunked().replace(b"0\r\n\r\n", b"3;ext=1\r\nabc\r\n0\r\n\r\n"), b"abc"),
        (chunked(b"x" * 200_000), b"x" * 200_000),
    ],
)
def test_chunked_bodies(run: Any, data: bytes, body: bytes) -> None:
    """RFC 9112 7.1: with extensions and trailers."""
    assert one(run, data).body == b"POST /vp " + body


def test_a_request_after_a_chunked_one(run: Any) -> None:
    async def scene() -> list[bytes]:
        async with serving() as (_, port), calling(port) as caller:
            await caller.send(chunked(b"abc", end=b"0\r\nX-T: 1\r\n\r\n") + post(b"d"))
            return [(await caller.response()).body for _ in range(2)]

    assert run(scene()) == [b"POST /vp abc", b"POST /vp d"]


def test_continue_is_said_before_the_body_is_sent(run: Any) -> None:
    """RFC 9110 10.1.1; national VP: Expect: 100-continue is answered and consumed."""

    async def scene() -> tuple[bytes, bytes]:
        async with serving() as (_, port), calling(port) as caller:
            await caller.send(post(b"", "Expect: 100-Continue").replace(b"Content-Length: 0", b"Content-Length: 3"))
            interim = await asyncio.wait_for(caller.reader.readuntil(b"\r\n\r\n"), 5)
            await caller.send(b"abc")
            return interim, (await caller.response()).body

    assert run(scene()) == (b"HTTP/1.1 100 Continue\r\n\r\n", b"POST /vp abc")


def test_nothing_is_said_when_the_body_is_too_large_anyway(run: Any) -> None:
    """National VP, transport level: 413 at once."""
    found = one(run, b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n", body=100)
    assert found.status == 413


def test_another_expectation_is_refused(run: Any) -> None:
    """National VP, transport level: 417."""
    assert one(run, post(b"", "Expect: 200-ok")).status == 417


@pytest.mark.parametrize("size", [99, 100])
def test_a_body_of_the_largest_size(run: Any, size: int) -> None:
    assert one(run, post(b"x" * size), body=100).status == 200
    assert one(run, chunked(b"x" * size), body=100).status == 200


REFUSED = [
    (post(b"x" * 101), 413),
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n", 413),
    (chunked(b"x" * 60, b"y" * 60), 413),
    (chunked(b"x" * 101, end=b""), 413),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
    (b"GET /" + b"x" * 70_000, 431),
    (b"".join([b"GET / HTTP/1.1\r\n", b"A: b\r\n" * 12_000]), 431),
    (b"hej\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    (b"GET / HTTP/3.0\r\n\r\n", 400),
    (b"GET  HTTP/1.1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: h\r\nA\x00: b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: h\r\nA: b\x00\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: h\r\n A: b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n", 400),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    # Requests that two readers could understand in two ways (request smuggling, RFC 9112 6.3 and 11.2).
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999999999999999\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    (chunked().replace(b"0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n"), 400),
    (chunked().replace(b"0\r\n\r\n", b"3\nabc\n0\n\n"), 400),
    (chunked().replace(b"0\r\n\r\n", b"-1\r\n\r\n"), 400),
    (chunked().replace(b"0\r\n\r\n", b"zz\r\n"), 400),
    (b"GET / HTTP/1.1\nHost: h\n\n", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),  # no Host
    (b"GET / HTTP/1.1\r\nHost: h\r\nA: b\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: h\r\nA: b\rC: d\r\n\r\n", 400),
]


@pytest.mark.parametrize(("data", "status"), REFUSED)
def test_what_is_refused_is_answered_and_the_connection_ends(run: Any, data: bytes, status: int) -> None:
    called: list[bytes] = []

    async def handler(request: Request) -> Answer:
        called.append(request.target)
        return await echo(request)

    async def scene() -> Response:
        async with serving(handler, body=100) as (_, port), calling(port) as caller:
            await caller.send(data)
            found = await caller.response()
            await caller.send(GET)
            assert await caller.closed(1) == b""
            return found

    found = run(scene())
    assert found.status == status
    assert found.headers["connection"] == "close"
    assert found.body
    assert called == []


def test_http_1_0_needs_no_host(run: Any) -> None:
    """HAProxy's health checks have none."""
    assert one(run, b"GET /a HTTP/1.0\r\n\r\n").status == 200


def test_a_caller_of_http_1_0_is_told_that_the_connection_is_kept(run: Any) -> None:
    """It hangs up otherwise (RFC 9112, 9.3)."""

    async def scene() -> list[tuple[str, bytes]]:
        async with serving() as (_, port), calling(port) as caller:
            found = []
            for _ in range(2):
                await caller.send(b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                answer = await caller.response()
                found.append((answer.headers["connection"], answer.body))
            return found

    assert run(scene()) == [("keep-alive", b"GET /a ")] * 2


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        ("http://a.example:81/vp?x=1", b"/vp?x=1", b"a.example:81"),
        ("HTTPS://a.example", b"/", b"a.example"),
        ("http://a.example?x", b"/?x", b"a.example"),
        ("*", b"*", b"h"),
    ],
)
def test_a_target_as_for_a_proxy(run: Any, target: str, path: bytes, host: bytes) -> None:
    """RFC 9112, 3.2.2: a server has to accept it, and its host counts before the header."""
    seen: list[Request] = []

    async def handler(request: Request) -> Answer:
        seen.append(request)
        return await echo(request)

    async def scene() -> None:
        async with serving(handler) as (_, port):
            await exchange(port, f"OPTIONS {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode())

    run(scene())
    (found,) = seen
    assert (found.target, found.values[b"host"]) == (path, host)
    assert [value for name, value in found.headers if name == b"host"] == [host]


def test_the_head_can_be_limited(run: Any) -> None:
    assert one(run, post(b"abc", f"X-A: {'a' * 900}"), head=1000).status == 200
    assert one(run, post(b"abc" * 1000, f"X-A: {'a' * 900}"), head=1000).status == 200
    assert one(run, post(b"abc", f"X-A: {'a' * 1000}"), head=1000).status == 431


def test_an_answer_can_end_the_connection(run: Any) -> None:
    async def handler(_: Request) -> Answer:
        return Answer(200, [TEXT], b"", close=True)

    async def scene() -> tuple[str, bytes]:
        async with serving(handler) as (_, port), calling(port) as caller:
            await caller.send(GET)
            return (await caller.response()).headers["connection"], await caller.closed(1)

    assert run(scene()) == ("close", b"")


def test_this_is_no_proxy(run: Any) -> None:
    assert one(run, b"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n").status == 501


OFFER = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAA")

OFFERED = "".join(f"{line}\r\n" for line in OFFER)


@pytest.mark.parametrize("size", [0, 3, 300_000])
def test_an_offer_of_another_protocol_is_ignored(run: Any, size: int) -> None:
    """RFC 9110 7.8: Java's HttpClient offers HTTP/2 with its first request, and goes on in HTTP/1.1."""
    body = b"x" * size

    async def scene() -> list[bytes]:
        async with serving() as (_, port), calling(port) as caller:
            await caller.send(post(body, *OFFER) + post(b"2", *OFFER) + chunked(b"3", more=OFFERED) + post(b"4"))
            return [(await caller.response()).body for _ in range(4)]

    assert run(scene()) == [b"POST /vp " + body, b"POST /vp 2", b"POST /vp 3", b"POST /vp 4"]


def test_an_offer_in_single_bytes(run: Any) -> None:
    data = post(b"abc", *OFFER)
    assert one(run, *(data[at : at + 1] for at in range(len(data))), pause=0.0005).body == b"POST /vp abc"


def test_a_large_request_that_is_refused_still_hears_why(run: Any) -> None:
    """RFC 9112 9.6: closing while the caller sends would reset the connection and lose the answer."""
    assert one(run, post(b"x" * 8_000_000), body=1000).status == 413


def test_a_refusal_waits_for_the_answers_before_it(run: Any) -> None:
    """Otherwise the caller takes the refusal for the answer to its first request."""

    async def slow(request: Request) -> Answer:
        await asyncio.sleep(0.03)
        return await echo(request)

    async def scene() -> list[tuple[int, bytes]]:
        async with serving(slow, body=100) as (_, port), calling(port) as caller:
            await caller.send(post(b"1") + post(b"2") + post(b"x" * 101) + post(b"4"))
            found = [await caller.response() for _ in range(3)]
            assert await caller.closed(1) == b""
            return [(each.status, each.body[:10] if each.status == 200 else each.body[:4]) for each in found]

    assert run(scene()) == [(200, b"POST /vp 1"), (200, b"POST /vp 2"), (413, b"413 ")]


def test_too_many_pipelined_requests(run: Any) -> None:
    async def slow(request: Request) -> Answer:
        await asyncio.sleep(0.001)
        return await echo(request)

    async def scene() -> list[int]:
        async with serving(slow) as (_, port), calling(port) as caller:
            await caller.send(post(b"") * 40)
            found = [(await caller.response()).status for _ in range(module._MAX_QUEUE + 2)]
            assert await caller.closed(1) == b""
            return found

    assert run(scene()) == [200] * (module._MAX_QUEUE + 1) + [429]


def test_head_has_the_length_and_no_body(run: Any) -> None:
    """RFC 9110 9.3.2."""

    async def scene() -> tuple[Response, Response]:
        async with serving() as (_, port), calling(port) as caller:
            await caller.send(b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + GET)
            return await caller.response(head_only=True), await caller.response()

    head, after = run(scene())
    assert (head.status, head.headers["content-length"]) == (200, str(len("HEAD /a ")))
    assert after.body == b"GET /a "


@pytest.mark.parametrize(
    "data",
    [
        b"GET /a HTTP/1.0\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n",
    ],
)
def test_a_caller_that_wants_one_answer_only(run: Any, data: bytes) -> None:
    """RFC 9112 9.6; HTTP/1.0 connections do not persist. What follows is not answered."""

    async def scene() -> tuple[Response, bytes]:
        async with serving() as (_, port), calling(port) as caller:
            await caller.send(data + GET)
            return await caller.response(), await caller.closed(1)

    found, rest = run(scene())
    assert (found.body, found.headers["connection"], rest) == (b"GET /a ", "close", b"")


@pytest.mark.parametrize("status", [200, 299, 218, 500, 599])
def test_any_status_of_a_producer_can_be_passed_on(run: Any, status: int) -> None:
    """National VP, producer outcomes: 200-299 are passed through, also those that no standard names."""

    async def handler(_: Request) -> Answer:
        return Answer(status, [(b"x-a", b"1")], b"svar")

    async def scene() -> Response:
        async with serving(handler) as (_, port):
            return await exchange(port, GET)

    found = run(scene())
    assert (found.status, found.headers["x-a"], found.body) == (status, "1", b"svar")


def test_empty_lines_before_a_request_are_skipped(run: Any) -> None:
    """RFC 9112 2.2."""
    assert one(run, b"\r\n\r\n" + GET).body == b"GET /a "


def test_a_large_answer_arrives_whole(run: Any) -> None:
    async def large(_: Request) -> Answer:
        return Answer(200, [TEXT], b"x" * 5_000_000)

    async def scene() -> list[int]:
        async with serving(large) as (_, port), calling(port) as caller:
            await caller.send(GET + GET)
            return [len((await caller.response()).body) for _ in range(2)]

    assert run(scene()) == [5_000_000, 5_000_000]


def test_the_refusal_can_be_written_by_others(run: Any) -> None:
    """The gateway answers with SOAP faults, also to what never reaches it."""

    def refuse(status: int, reason: str, request: Request) -> Answer:
        return Answer(status, [TEXT], f"{status} {request.target.decode()} {request.header(b'x-a')} {reason}".encode())

    async def scene() -> Response:
        async with serving(body=10) as (server, port):
            server.refuse = refuse
            return await exchange(port, post(b"x" * 11, "X-A: 7", target="/q"))

    assert run(scene()).body.startswith(b"413 /q 7 the message is larger than 10 bytes")


def test_callers_do_not_wait_for_each_other(run: Any) -> None:
    async def slow(request: Request) -> Answer:
        await asyncio.sleep(0.05)
        return await echo(request)

    async def scene() -> float:
        async with serving(slow) as (_, port):
            started = asyncio.get_running_loop().time()
            callers = [await Caller.to(port) for _ in range(20)]
            await asyncio.gather(*(caller.send(GET) for caller in callers))
            await asyncio.gather(*(caller.response() for caller in callers))
            for caller in callers:
                await caller.leave()
            return asyncio.get_running_loop().time() - started

    assert run(scene()) < 0.6
