"""Every outcome at a producer (national VP, producer outcomes) over real connections: what the consumer hears.

In national mode word for word; in strict mode the same code, what people search for, and what to do.
"""

import asyncio
import gzip
import re
from typing import Any

import pytest
from conftest import Run
from gateway_samples import TOLVAN, envelope, fault_of, headers, soap_fault
from http_peers import Script, answering, request_from
from producer_site import XML, Site, before, http, reset, resetting, site

from gateway.message import Answer
from gateway.soap import ns

pytestmark = pytest.mark.sockets
BOTH = pytest.mark.parametrize("mode", ["national", "strict"])
EXCEPTION = "Exception Caught by Camel when contacting producer. Exception information: "
NETTY = "org.apache.camel.component.netty.http.NettyHttpOperationFailedException"


def asked(run: Run, script: Script, mode: str, **settings: Any) -> Answer:
    async def scene() -> Answer:
        async with before(script, mode=mode, **settings) as (made, _):
            return await made.ask()

    return run(scene())


def failed(run: Run, script: Script, mode: str, **settings: Any) -> tuple[str, str]:
    """The detail of a VP009 after the address, and the address."""

    async def scene() -> tuple[str, str]:
        async with before(script, mode=mode, **settings) as (made, producer):
            return await made.failure(), producer.url

    return run(scene())


def advice(answer: Answer) -> dict[str, str]:
    found = re.findall(r'<g:hint xml:lang="(\w+)">(.*?)</g:hint>', answer.body.decode())
    return dict(found)


@BOTH
@pytest.mark.parametrize("body", [XML, soap_fault(), b"<html>Hej</html>", b"hej"])
def test_2xx_with_a_body(run: Run, body: bytes, mode: str) -> None:
    found = asked(run, answering(http(body, "202 Accepted", "Content-Type: text/plain")), mode)
    assert (found.status, found.body) == (202, body)
    label = dict(found.headers)[b"content-type"]
    assert label == (b"text/xml; charset=UTF-8" if mode == "national" else b"text/plain")
    assert b"x-skltp-prt" in dict(found.headers)


@BOTH
@pytest.mark.parametrize("answer", [http(b""), http(b"", length=False)], ids=["length 0", "closed"])
def test_2xx_without_a_body(run: Run, answer: bytes, mode: str) -> None:
    found = asked(run, answering(answer, close=True), mode)
    assert found.status == 500
    detail = fault_of(found.body)[2]
    assert detail.endswith("/vp. Empty message when server responded with status code: 200 OK")
    assert (b"content-type" in dict(found.headers)) == (mode == "strict")
    assert [name for name, _ in found.headers if name != b"content-type"] == [b"x-skltp-correlation-id"]


@BOTH
def test_500_with_a_soap_11_fault(run: Run, mode: str) -> None:
    found = asked(run, answering(http(soap_fault(), "500 Internal Server Error", "X-Their: 1")), mode)
    assert (found.status, found.body) == (500, soap_fault())
    assert (b"x-their", b"1") in found.headers
    assert b"x-skltp-prt" in dict(found.headers)


SOAP12_FAULT = envelope(
    "<soapenv:Fault><soapenv:Code><soapenv:Value>soapenv:Receiver</soapenv:Value></soapenv:Code>"
    '<soapenv:Reason><soapenv:Text xml:lang="sv">Trasig</soapenv:Text></soapenv:Reason></soapenv:Fault>',
    soap=ns.SOAP12,
)
ERRORS = [
    ("500 Internal Server Error", SOAP12_FAULT, "SOAP fault Receiver: Trasig"),
    ("500 Internal Server Error", soap_fault("Trasig", soap=ns.SOAP12), "soapenv:Server Trasig"),
    ("500 Internal Server Error", b"<html><script>x</script><h1>Oj &amp; oj</h1></html>", "Oj & oj"),
    ("500 Internal Server Error", b"", None),
    ("404 Not Found", soap_fault("Saknas"), "SOAP fault Server: Saknas"),
    ("404 Not Found", f"Person {TOLVAN} saknas".encode(), "Person ‹person-id› saknas"),
    ("503 Service Unavailable", b'{"fel": "stopp"}', '{"fel": "stopp"}'),
    ("401 Unauthorized", b"", None),
]


@pytest.mark.parametrize(("status", "body", "wrote"), ERRORS)
def test_any_other_status(run: Run, status: str, body: bytes, wrote: str | None) -> None:
    number = status[:3]
    script = answering(http(body, status))
    told, url = failed(run, script, "national")
    assert told == (
        f"{EXCEPTION}({NETTY}: Netty HTTP operation failed invoking {url} with statusCode: {number})"
        f"\nVP_PRODUCER_EXCEPTION_HTTP_STATUS={number}"
    )
    told, _ = failed(run, script, "strict")
    assert told == (
        f"The producer answered with HTTP status {status}, and wrote{f': {wrote}' if wrote else ' nothing'} [{NETTY}]"
        f"\nVP_PRODUCER_EXCEPTION_HTTP_STATUS={number}"
    )


@pytest.mark.parametrize("body", [b"", XML])
def test_a_redirection(run: Run, body: bytes) -> None:
    script = answering(http(body, "302 Found", "Location: https://annan.example.se/vp"))
    told, url = failed(run, script, "national")
    assert told == (
        f"{EXCEPTION}({NETTY}: Netty HTTP operation failed invoking {url} with statusCode: 302, "
        "redirectLocation: https://annan.example.se/vp)\nVP_PRODUCER_EXCEPTION_HTTP_STATUS=302"
    )
    told, _ = failed(run, script, "strict")
    assert "HTTP status 302 Found, a redirection to https://annan.example.se/vp" in told


@pytest.mark.parametrize(("mode", "attempts"), [("national", 2), ("strict", 2)])
def test_nobody_listens(run: Run, mode: str, attempts: int) -> None:
    async def scene() -> tuple[str, str, float]:
        async with before(answering(), mode=mode) as (_, producer):
            url = producer.url
        return await site(url, mode=mode, producer_retry_delay=0.05).failure(), url, 0.0

    told, url, _ = run(scene())
    peer = url.removeprefix("http://").removesuffix("/vp")
    if mode == "national":
        assert told == f"{EXCEPTION}(java.net.ConnectException: Cannot connect to {peer})"
    else:
        assert re.fullmatch(
            rf"Cannot connect to {re.escape(peer)}: .+ \(tried {attempts} times\) \[java\.net\.ConnectException\]", told
        )


@BOTH
def test_no_answer_in_time(run: Run, mode: str) -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    told, _ = failed(run, silent, mode, producer_timeout=0.06)
    java = "io.netty.handler.timeout.ReadTimeoutException"
    said = "Timeout when waiting on response from producer."
    if mode == "national":
        assert told == f"{EXCEPTION}({java}: {said})"
    else:
        assert told == f"{said} No answer within 0.06 s [{java}]"


def test_an_answer_that_goes_on_coming_is_waited_for_in_national_mode_only(run: Run) -> None:
    """The national router's time limit is for each part of an answer; ours is for the whole."""

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_from(reader)
        for at in range(len(whole)):
            writer.write(whole[at : at + 1])
            await asyncio.sleep(0.008)

    whole = http(XML)
    assert asked(run, slow, "national", producer_timeout=0.25).body == XML
    assert failed(run, slow, "strict", producer_timeout=0.25)[0].startswith("Timeout when waiting")


@pytest.mark.parametrize(("mode", "connections"), [("national", 2), ("strict", 1)])
@pytest.mark.parametrize("begun", [b"", http()[:-2]], ids=["before", "in the middle of"])
def test_a_reset(run: Run, begun: bytes, mode: str, connections: int) -> None:
    """National VP: after another attempt, even when the producer may have done what was asked."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_from(reader)
        writer.write(begun)
        await writer.drain()
        await asyncio.sleep(0.02)
        reset(writer)

    async def scene() -> tuple[str, int]:
        async with before(script, mode=mode) as (made, producer):
            return await made.failure(), producer.connections

    told, made = run(scene())
    assert made == connections
    if mode == "national":
        assert told == f"{EXCEPTION}(java.net.SocketException: Connection reset)"
    else:
        where = "in the middle of the answer" if begun else "without an answer"
        assert told == f"The producer reset the connection {where} [java.net.SocketException]"


def generic(run: Run, script: Script, **settings: Any) -> tuple[str, str, str]:
    """A fault that the national router did not foresee: faultcode, faultstring, detail."""

    async def scene() -> tuple[Answer, str]:
        async with before(script, mode="national", **settings) as (made, _):
            return await made.ask(sent=headers(x_skltp_correlation_id="c-1")), made.url

    answer, url = run(scene())
    assert answer.status == 500
    assert dict(answer.headers) == {b"content-type": b"text/xml; charset=UTF-8", b"x-skltp-correlation-id": b"c-1"}
    side, text, detail = fault_of(answer.body)
    return side, text.replace(url.removeprefix("http://").removesuffix("/vp"), "PEER"), detail


CUT = [b"", b"HTTP/1.1 200", http()[: http().index(b"\r\n\r\n")]]
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<sva\r\n"


@pytest.mark.parametrize("begun", [*CUT, CHUNKED])
def test_an_orderly_end_without_an_answer(run: Run, begun: bytes) -> None:
    """National VP: the bare text of an exception, without a code; in strict mode VP009 like all others."""
    side, text, detail = generic(run, answering(begun, close=True))
    assert side == "SOAP-ENV:Server"
    assert text == "No response received from remote server: PEER. Exchange[c-1]"
    assert detail.startswith(
        "org.apache.camel.CamelExchangeException: No response received from remote server: 127.0.0.1:"
    )
    told, _ = failed(run, answering(begun, close=True), "strict")
    where = "in the middle of the answer" if begun is CHUNKED else "without an answer"
    assert told == f"The producer closed the connection {where} [org.apache.camel.CamelExchangeException]"


def test_an_answer_that_is_too_large(run: Run) -> None:
    """National VP: the producer's headers leak; in strict mode only its size is told."""
    script = answering(http(b"x" * 1025, "200 OK", "X-Hemlig: ja"))
    side, text, detail = generic(run, script, max_message_bytes=1024)
    assert side == "SOAP-ENV:Server"
    assert text == (
        "Response entity too large: DefaultHttpResponse(decodeResult: success, version: HTTP/1.1)\n"
        "HTTP/1.1 200 OK\nX-Hemlig: ja\nContent-Length: 1025"
    )
    assert detail == f"io.netty.handler.codec.http.TooLongHttpContentException: {text}"
    told, _ = failed(run, script, "strict", max_message_bytes=1024)
    assert told == ("The answer is larger than 1024 bytes [io.netty.handler.codec.http.TooLongHttpContentException]")


def test_a_length_larger_than_the_body(run: Run) -> None:
    """National VP takes what came; in strict mode half a message must not pass for a whole one (RFC 9112 8)."""
    script = answering(http(XML + b"-----")[:-5], close=True)
    found = asked(run, script, "national")
    assert (found.status, found.body) == (200, XML)
    told, _ = failed(run, script, "strict")
    assert told.startswith(f"The producer closed the connection in the middle of the answer: {len(XML)} of 12 bytes")


@BOTH
def test_a_close_or_reset_after_a_whole_answer(run: Run, mode: str) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_from(reader)
        writer.write(http())
        await writer.drain()
        await asyncio.sleep(0.01)
        reset(writer)

    async def scene() -> list[str]:
        async with before(script, mode=mode) as (made, _):
            for _ in range(2):
                assert (await made.ask()).body == XML
                await asyncio.sleep(0.03)
            return [action for action, _ in made.calls]

    assert run(scene()) == ["req-in", "req-out", "resp-in", "resp-out"] * 2


@BOTH
def test_an_unsolicited_100_continue(run: Run, mode: str) -> None:
    assert asked(run, answering(b"HTTP/1.1 100 Continue\r\n\r\n" + http()), mode).body == XML


@pytest.mark.parametrize(
    ("mode", "accepts", "inflated"), [("national", "", False), ("strict", "", True), ("strict", "gzip", False)]
)
def test_gzip_that_nobody_asked_for(run: Run, mode: str, accepts: str, inflated: bool) -> None:
    """National VP: passed through as it is; in strict mode unpacked for who does not accept it."""

    async def scene() -> Answer:
        script = answering(http(gzip.compress(XML), "200 OK", "Content-Encoding: gzip"))
        async with before(script, mode=mode) as (made, _):
            return await made.ask(sent=headers(accept_encoding=accepts))

    found = run(scene())
    assert (b"content-encoding" not in dict(found.headers)) == inflated
    assert (found.body if inflated else gzip.decompress(found.body)) == XML


@BOTH
@pytest.mark.parametrize(
    "answer", [http(length=False), b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n<svar/>\r\n0\r\n\r\n"]
)
def test_answers_without_a_length(run: Run, answer: bytes, mode: str) -> None:
    assert asked(run, answering(answer, close=True), mode).body == XML


@pytest.mark.parametrize("answer", [b"Hello World!\r\n\r\n", b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"])
def test_what_is_not_http(run: Run, answer: bytes) -> None:
    """The national router's HTTP library gives it a status of its own, 999."""
    told, url = failed(run, answering(answer), "national")
    assert told.startswith(f"{EXCEPTION}({NETTY}: Netty HTTP operation failed invoking {url} with statusCode: 999)")
    assert failed(run, answering(answer), "strict")[0].startswith("The answer is not HTTP: ")


def test_a_host_name_that_java_does_not_take(run: Run) -> None:
    """National VP: host names with ``_`` cannot be called."""

    async def scene(mode: str) -> str:
        return await site("http://min_maskin.invalid:8080/vp", mode=mode).failure()

    assert run(scene("national")) == f"{EXCEPTION}(java.net.ConnectException: Cannot connect to null:8080)"
    assert run(scene("strict")).startswith("Cannot connect to min_maskin.invalid:8080: ")


@pytest.mark.parametrize(
    ("script", "swedish", "english"),
    [
        (answering(http(b"", "404 Not Found")), "Kontrollera adressen http", "Check the address http"),
        (answering(http(b"", "301 Moved", "Location: /x")), "hänvisar vidare", "redirects"),
        (answering(http(soap_fault(soap=ns.SOAP12), "500 X")), "SOAP 1.2-fel", "SOAP 1.2 fault"),
        (answering(http(b"")), "utan innehåll", "without content"),
        (answering(b"", close=True), "stängde förbindelsen", "closed the connection"),
        (resetting(), "bröt förbindelsen", "broke the connection"),
        (answering(http()[:-1], close=True), "tog slut för tidigt", "ended too early"),
        (answering(b"Hello World!\r\n\r\n"), "talar inte HTTP", "does not speak HTTP"),
        (answering(http(b"x" * 1025)), "för stort", "too large"),
        (answering(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), "HTTP-huvuden", "HTTP headers"),
        (answering(http(b"x", "200 OK", "Content-Encoding: gzip")), "skadat", "damaged"),
    ],
)
def test_what_to_do_is_said_in_strict_mode(run: Run, script: Script, swedish: str, english: str) -> None:
    found = advice(asked(run, script, "strict", max_message_bytes=1024))
    assert swedish in found["sv"]
    assert english in found["en"]
    assert advice(asked(run, script, "national", max_message_bytes=1024)) == {}


def test_correlation_ids_and_times(run: Run) -> None:
    """National VP: the id is on every answer, the producer's time not on faults that the platform makes."""

    async def told(made: Site) -> tuple[bool, bool]:
        found = dict((await made.ask(sent=headers(x_skltp_correlation_id="c-1"))).headers)
        return found.get(b"x-skltp-correlation-id") == b"c-1", b"x-skltp-prt" in found

    async def scene(script: Script, mode: str) -> tuple[bool, bool]:
        async with before(script, mode=mode, producer_timeout=0.1) as (made, _):
            return await told(made)

    for mode in ("national", "strict"):
        for script in (answering(http()), answering(http(soap_fault(), "500 X"))):
            assert run(scene(script, mode)) == (True, True)
        for script in (answering(http(b"")), answering(http(b"", "404 X")), answering(b"", close=True), resetting()):
            assert run(scene(script, mode)) == (True, False)
