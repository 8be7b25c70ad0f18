"""``gateway.http.client``: calls to producers that behave, and to all the others."""

import asyncio
import socket
import struct
import time
from typing import Any

import pytest
from http_peers import answering, producing, request_from

from gateway.http import client as module
from gateway.http import pool
from gateway.http.client import HttpClient
from gateway.http.target import target
from gateway.router.producer import ProducerAnswer, ProducerError

pytestmark = pytest.mark.sockets
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/xml\r\n\r\nsvar"


def client(**changes: Any) -> HttpClient:
    values = {"connect_timeout": 2.0, "timeout": 5.0, "max_bytes": 1000, "user_agent": "prov/1", **changes}
    return HttpClient(**values)


def ask(run: Any, script: Any, times: int = 1, *, seconds: float | None = None, **changes: Any) -> list[Any]:
    """Call a producer several times in a row; the answers, or the errors' kinds and texts."""

    async def scene() -> list[Any]:
        async with producing(script) as producer:
            caller = client(**changes)
            found: list[Any] = []
            for _ in range(times):
                try:
                    found.append(await caller.post(producer.url, [(b"x-a", b"1")], b"<fr\xc3\xa5ga/>", seconds))
                except ProducerError as error:
                    found.append((error.kind, error.text))
            found.append(producer.connections)
            await caller.close()
            return found

    return run(scene())


def failure(run: Any, script: Any, **changes: Any) -> tuple[str, str]:
    (found, _) = ask(run, script, **changes)
    assert isinstance(found, tuple)
    assert not isinstance(found, ProducerAnswer), found
    return found


def answers(*given: bytes, close: bool = False) -> Any:
    return answering(*given, close=close)


def test_an_answer(run: Any) -> None:
    (found, _) = ask(run, answers(OK))
    assert found == (200, [(b"content-length", b"4"), (b"content-type", b"text/xml")], b"svar")


def test_what_the_producer_gets(run: Any) -> None:
    seen: list[Any] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await request_from(reader))
        writer.write(OK)

    async def scene() -> int:
        async with producing(script) as producer:
            await client().post(f"{producer.url}/a?b=c", [(b"x-a", b"1"), (b"x-a", b"2")], b"<a/>")
            return producer.port

    port = run(scene())
    first, headers, body = seen[0]
    assert first == "POST /vp/a?b=c HTTP/1.1"
    assert headers == {
        "host": f"127.0.0.1:{port}", "user-agent": "prov/1", "connection": "keep-alive",
        "x-a": "2", "content-length": "4",
    }  # fmt: skip
    assert body == b"<a/>"


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_messages_of_any_size(run: Any, size: int) -> None:
    seen: list[int] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(len((await request_from(reader))[2]))
        writer.write(OK)

    async def scene() -> None:
        async with producing(script) as producer:
            await client().post(producer.url, [], b"x" * size)

    run(scene())
    assert seen == [size]


def test_connections_are_used_again(run: Any) -> None:
    found = ask(run, answers(OK, OK, OK), 3)
    assert [each.body for each in found[:3]] == [b"svar"] * 3
    assert found[3] == 1


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        OK.replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
)
def test_but_not_when_the_producer_says_so(run: Any, answer: bytes) -> None:
    """RFC 9112 9.3."""
    found = ask(run, answers(answer), 3)
    assert [each.body for each in found[:3]] == [b"svar"] * 3
    assert found[3] == 3


def test_a_connection_that_the_producer_has_closed_is_not_used_again(run: Any) -> None:
    async def scene() -> tuple[list[bytes], int]:
        async with producing(answers(OK, close=True)) as producer:
            caller = client()
            found = []
            for _ in range(3):
                found.append((await caller.post(producer.url, [], b"")).body)
                await asyncio.sleep(0.02)
            return found, producer.connections

    assert run(scene()) == ([b"svar"] * 3, 3)


def test_a_connection_that_says_something_unasked_is_not_used_again(run: Any) -> None:
    """What comes after an answer would be taken for the answer to somebody else's question."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_from(reader)
        writer.write(OK)
        await asyncio.sleep(0.01)
        writer.write(OK.replace(b"svar", b"fel!"))
        await reader.read()

    async def scene() -> tuple[list[bytes], int]:
        async with producing(script) as producer:
            caller = client()
            found = []
            for _ in range(2):
                found.append((await caller.post(producer.url, [], b"")).body)
                await asyncio.sleep(0.05)
            return found, producer.connections

    assert run(scene()) == ([b"svar", b"svar"], 2)


def test_nor_one_that_says_more_than_was_asked_at_once(run: Any) -> None:
    more = b"HTTP/1.1 200 OK\r\nX-Wrong: 1\r\nContent-Length: 4\r\n\r\nfel!"
    first, second, connections = ask(run, answers(OK + more), 2)
    assert [first, second] == [(200, [(b"content-length", b"4"), (b"content-type", b"text/xml")], b"svar")] * 2
    assert connections == 2


def test_a_connection_idle_too_long_is_not_used_again(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_IDLE_SECONDS", 0.02)

    async def scene() -> int:
        async with producing(answers(OK, OK)) as producer:
            caller = client()
            await caller.post(producer.url, [], b"")
            await asyncio.sleep(0.05)
            await caller.post(producer.url, [], b"")
            return producer.connections

    assert run(scene()) == 2


def test_only_so_many_connections_are_kept(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_IDLE_MOST", 2)
    ready = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request_from(reader)
            await ready.wait()
            writer.write(OK)

    async def scene() -> tuple[int, int]:
        async with producing(script) as producer:
            caller = client()
            calls = [asyncio.create_task(caller.post(producer.url, [], b"")) for _ in range(5)]
            await asyncio.sleep(0.05)
            ready.set()
            await asyncio.gather(*calls)
            await asyncio.sleep(0.02)
            first = producer.connections
            await asyncio.gather(*(caller.post(producer.url, [], b"") for _ in range(3)))
            return first, producer.connections

    assert run(scene()) == (5, 6)


def test_each_producer_has_its_own_connections(run: Any) -> None:
    async def scene() -> tuple[int, int]:
        async with producing(answers(OK, OK)) as one, producing(answers(OK, OK)) as other:
            caller = client()
            for producer in (one, other, one, other):
                await caller.post(producer.url, [], b"")
            return one.connections, other.connections

    assert run(scene()) == (1, 1)


def chunks(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + end


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (chunks(b"sv", b"ar"), b"svar"),
        (chunks(b"sv", b"ar", end=b"0\r\nX-T: 1\r\n\r\n"), b"svar"),
        (chunks(), b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"svar"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + OK, b"svar"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
def test_answers_in_every_form(run: Any, answer: bytes, body: bytes) -> None:
    """RFC 9112 6 and 7; national VP: an unsolicited 100 Continue is ignored."""
    found = ask(run, answers(answer, answer), 2)
    assert [each.body for each in found[:2]] == [body] * 2
    assert found[2] == 1
    assert (b"link", b"x") not in found[0].headers


def test_an_answer_that_ends_with_its_connection(run: Any) -> None:
    """RFC 9112 6.3, rule 8."""
    found = ask(run, answers(b"HTTP/1.1 200 OK\r\n\r\nsv", close=True), 2)
    assert [each.body for each in found[:2]] == [b"sv"] * 2
    assert found[2] == 2


def test_an_answer_in_single_bytes(run: Any) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_from(reader)
        for at in range(len(OK)):
            writer.write(OK[at : at + 1])
            await asyncio.sleep(0.0005)

    (found, _) = ask(run, script)
    assert found.body == b"svar"


@pytest.mark.parametrize("status", [200, 299, 302, 404, 500, 599])
def test_any_status_is_an_answer(run: Any, status: int) -> None:
    """What it means is the router's business; redirections are not followed."""
    answer = OK.replace(b"200 OK", b"%d X\r\nLocation: http://127.0.0.1:9/" % status)
    (found, connections) = ask(run, answers(answer))
    assert (found.status, found.body, connections) == (status, b"svar", 1)


TOO_LARGE = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
    chunks(b"x" * 600, b"x" * 401, end=b""),
    b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001,
]


@pytest.mark.parametrize("answer", TOO_LARGE)
def test_an_answer_that_is_too_large(run: Any, answer: bytes) -> None:
    """National VP: the same limit as for requests."""
    assert failure(run, answers(answer)) == ("too-large", "The answer is larger than 1000 bytes")


@pytest.mark.parametrize(
    "answer", [chunks(b"x" * 1000), b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000]
)
def test_an_answer_of_the_largest_size(run: Any, answer: bytes) -> None:
    (found, _) = ask(run, answers(answer))
    assert len(found.body) == 1000


@pytest.mark.parametrize("header", [b"X: " + b"x" * 70_000, b"A: b\r\n" * 12_000])
def test_headers_that_are_too_large(run: Any, header: bytes) -> None:
    kind, text = failure(run, answers(b"HTTP/1.1 200 OK\r\n" + header))
    assert kind == "too-large"
    assert "headers" in text


@pytest.mark.parametrize(
    "answer",
    [
        b"Hello World!\r\n\r\n",
        b"<html>\r\n",
        b"HTTP/1.1 XX OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        chunks(end=b"zz\r\n"),
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
)
def test_an_answer_that_is_not_http(run: Any, answer: bytes) -> None:
    """The national test stub has a producer that answers "Hello World!"."""
    kind, text = failure(run, answers(answer))
    assert kind == "status"
    assert text.startswith("The answer is not HTTP")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"", "without an answer"),
        (b"HTTP/1.1 200", "without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n", "without an answer"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "without an answer"),
        (OK[:-1], "in the middle of the answer: 3 of 4 bytes had come"),
        (chunks(b"svar", end=b""), "in the middle of the answer"),
        (chunks(b"svar", end=b"5\r\nab"), "in the middle of the answer"),
        (chunks(b"svar", end=b"0\r\n"), "in the middle of the answer"),
    ],
)
def test_an_answer_that_breaks_off(run: Any, answer: bytes, told: str) -> None:
    """Half a message must never be taken for a whole one (RFC 9112 8)."""
    assert failure(run, answers(answer, close=True)) == ("reset", f"The producer closed the connection {told}")


@pytest.mark.parametrize("answer", [b"", OK[:-1], b"HTTP/1.1 200 OK\r\n\r\nsv"])
def test_a_connection_that_is_reset(run: Any, answer: bytes) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_from(reader)
        writer.write(answer)
        await writer.drain()
        await asyncio.sleep(0.02)
        sock = writer.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets
        writer.transport.abort()

    assert failure(run, script)[0] == "reset"


def test_nobody_listens(run: Any) -> None:
    async def scene() -> ProducerError:
        async with producing(answers(OK)) as producer:
            url = producer.url
        with pytest.raises(ProducerError) as caught:
            await client().post(url, [], b"")
        return caught.value

    error = run(scene())
    assert error.kind == "refused"
    assert error.text.startswith("Cannot connect to 127.0.0.1:")


@pytest.mark.parametrize("url", ["http://", "ftp://h/", "aggregate:", "/vp", "http://h:99999/", "http://h/å", ""])
def test_an_address_that_is_none(run: Any, url: str) -> None:
    async def scene() -> str:
        with pytest.raises(ProducerError) as caught:
            await client().post(url, [], b"")
        return caught.value.kind

    assert run(scene()) == "refused"


def test_a_host_that_does_not_exist(run: Any) -> None:
    async def scene() -> ProducerError:
        with pytest.raises(ProducerError) as caught:
            await client().post("http://host.invalid/", [], b"")
        return caught.value

    assert run(scene()).kind in ("refused", "connect-timeout")


def test_a_connection_that_is_not_made_in_time(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> tuple[ProducerError, float]:
        async def never(*_: object, **__: object) -> None:
            await asyncio.sleep(30)

        caller, started = client(connect_timeout=0.05), time.perf_counter()
        loop = asyncio.get_running_loop()
        standing_in = type("Loop", (), {"create_connection": staticmethod(never)})()
        monkeypatch.setattr(module.asyncio, "get_running_loop", lambda: standing_in)
        try:
            with pytest.raises(ProducerError) as caught:
                await caller._connect(target("http://127.0.0.1:9/"))
        finally:
            monkeypatch.undo()
        assert loop is asyncio.get_running_loop()
        return caught.value, time.perf_counter() - started

    error, seconds = run(scene())
    assert (error.kind, error.text) == ("connect-timeout", "No connection within 0.05 s")
    assert seconds < 2


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request_from(reader)
    writer.write(OK[:-2])
    await reader.read()


@pytest.mark.parametrize("script", [silence, half])
@pytest.mark.parametrize("changes", [{"timeout": 0.05}, {"seconds": 0.05}])
def test_an_answer_that_does_not_come_in_time(run: Any, script: Any, changes: dict[str, float]) -> None:
    """National VP: ``Timeout when waiting on response from producer.``"""
    started = time.perf_counter()
    assert failure(run, script, **changes) == ("timeout", "Timeout when waiting on response from producer.")
    assert time.perf_counter() - started < 2


def test_a_timeout_ends_the_connection(run: Any) -> None:
    """A late answer would be taken for the answer to the next question."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_from(reader)
        await asyncio.sleep(0.15)
        writer.write(OK)

    found = ask(run, script, 2, seconds=0.05)
    assert [each[0] for each in found[:2]] == ["timeout", "timeout"]
    assert found[2] == 2


def test_each_call_has_its_own_time(run: Any) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, _, body = await request_from(reader)
        await asyncio.sleep(float(body))
        writer.write(OK)

    async def scene() -> list[str]:
        async with producing(script) as producer:
            caller = client()
            calls = [
                caller.post(producer.url, [], b"0.2", 0.1),
                caller.post(producer.url, [], b"0.2", 5),
                caller.post(producer.url, [], b"0.0", 0.1),
                caller.post(producer.url, [], b"9", 0.05),
            ]
            found = await asyncio.gather(*calls, return_exceptions=True)
            return [each.kind if isinstance(each, ProducerError) else "ok" for each in found]

    assert run(scene()) == ["timeout", "ok", "ok", "timeout"]


def test_a_call_that_is_given_up_ends_its_connection(run: Any) -> None:
    """A consumer that leaves must not leave a half-used connection to the next."""
    ended = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, _, body = await request_from(reader)
        if body == b"1":
            await reader.read()
            ended.set()
        else:
            writer.write(OK)

    async def scene() -> tuple[bytes, int]:
        async with producing(script) as producer:
            caller = client()
            task = asyncio.create_task(caller.post(producer.url, [], b"1"))
            await asyncio.sleep(0.03)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(ended.wait(), 2)
            return (await caller.post(producer.url, [], b"2")).body, producer.connections

    assert run(scene()) == (b"svar", 2)


def test_closing_drops_idle_connections(run: Any) -> None:
    async def scene() -> int:
        gone = asyncio.Event()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await request_from(reader)
            writer.write(OK)
            await reader.read()
            gone.set()

        async with producing(script) as producer:
            caller = client()
            await caller.post(producer.url, [], b"")
            await caller.close()
            await asyncio.wait_for(gone.wait(), 2)
            return producer.connections

    assert run(scene()) == 1


def test_a_producer_without_tls_at_a_tls_address(run: Any) -> None:
    async def scene() -> ProducerError:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(10)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        async with producing(script) as producer:
            with pytest.raises(ProducerError) as caught:
                await client().post(producer.url.replace("http", "https"), [], b"")
            return caught.value

    error = run(scene())
    assert error.kind == "tls"
    assert error.text.startswith("TLS handshake failed: ")


def test_many_calls_at_once(run: Any) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, _, body = await request_from(reader)
            await asyncio.sleep(0.001)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    async def scene() -> list[bytes]:
        async with producing(script) as producer:
            caller = client()

            async def several(name: int) -> list[bytes]:
                return [(await caller.post(producer.url, [], b"%d-%d" % (name, turn))).body for turn in range(5)]

            return [each for some in await asyncio.gather(*map(several, range(20))) for each in some]

    assert run(scene()) == [b"%d-%d" % (name, turn) for name in range(20) for turn in range(5)]


@pytest.mark.parametrize(
    ("url", "key", "head"),
    [
        ("http://h/vp", ("h", 80, False), b"POST /vp HTTP/1.1\r\nhost: h\r\n"),
        ("http://h:81", ("h", 81, False), b"POST / HTTP/1.1\r\nhost: h:81\r\n"),
        ("https://h/vp?x=1", ("h", 443, True), b"POST /vp?x=1 HTTP/1.1\r\nhost: h\r\n"),
        ("http://[::1]:8080/a", ("::1", 8080, False), b"POST /a HTTP/1.1\r\nhost: [::1]:8080\r\n"),
        ("http://user@H/a#f", ("h", 80, False), b"POST /a HTTP/1.1\r\nhost: h\r\n"),
    ],
)
def test_where_an_address_leads(url: str, key: tuple[str, int, bool], head: bytes) -> None:
    """National VP, target: path and query of the route's address; userinfo is dropped."""
    assert target(url) == (key, head)


WRITTEN = [
    ("http://h/a%20b", b"/a%20b", b"/a%20b"),
    ("http://h/a%2Fb%2fc", b"/a%2Fb%2fc", b"/a/b/c"),
    ("http://h/a%3Fb?c%26d", b"/a%3Fb?c%26d", b"/a?b?c&d"),
    ("http://h/~a%7Eb", b"/~a%7Eb", b"/%7Ea%7Eb"),
    ("http://h/%C3%A5", b"/%C3%A5", "/å".encode()),
    ("http://h/100%25", b"/100%25", b"/100%25"),
    ("http://h/%2541", b"/%2541", b"/%41"),
    ("http://h/%23%7B%22%7D%5E%60%7C%3C%5C", b"/%23%7B%22%7D%5E%60%7C%3C%5C", b"/%23%7B%22%7D%5E%60%7C%3C%5C"),
    ("http://h//a/", b"//a/", b"//a/"),
    ("http://h?a=1", b"/?a=1", b"/?a=1"),
    ("http://h/(a);b=1,2'!$&+:@", b"/(a);b=1,2'!$&+:@", b"/(a);b=1,2'!$&+:@"),
    ("http://h/?a%5B0%5D", b"/?a%5B0%5D", b"/?a[0]"),
]


@pytest.mark.parametrize(("url", "strict", "national"), WRITTEN)
def test_the_path_goes_out_as_it_is_written_or_nationally_built_anew(url: str, strict: bytes, national: bytes) -> None:
    """National VP, target: escapes in the path are decoded, and unsafe characters escaped again."""
    assert target(url).head.split(b" ")[1] == strict
    assert target(url, national=True).head.split(b" ")[1] == national


@pytest.mark.parametrize(
    ("query", "path"),
    [
        (None, b"/vp?a=1"),
        (b"", b"/vp"),
        (b"b=%C3%A5~", b"/vp?b=%C3%A5%7E"),
        (b'"\xe5 %', b"/vp?%22%E5%20%25"),
    ],
)
def test_the_consumers_query_is_escaped_as_nationally(query: bytes | None, path: bytes) -> None:
    assert target("http://h/vp?a=1", national=True).other(b"PUT", query).split(b" ")[:2] == [b"PUT", path]


@pytest.mark.parametrize("national", [True, False])
@pytest.mark.parametrize(
    "url", ["http://h/a b", "http://h/a\x00", "http://h/?a b", "ftp://h/", "http:///a", "http://å/"]
)
def test_an_address_cannot_break_the_request_line(url: str, national: bool) -> None:
    with pytest.raises(ValueError, match="not an http or https address"):
        target(url, national)


@pytest.mark.parametrize("path", ["a%0D%0AHost: x", "a%00", "%5Ba", "a|b", "100%", "a%c2%a0", "a%C2%85"])
def test_what_is_no_uri_nationally_is_refused(path: str) -> None:
    """National VP, generic faults: neither the address nor what is built of it may be anything but a Java URI."""
    with pytest.raises(ValueError, match="not an http or https address"):
        target(f"http://h/{path}", national=True)
