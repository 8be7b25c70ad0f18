"""National VP, the call to the producer (4): outcomes, retries, timeouts, and headers both ways."""

import re
import time

import pytest
from national_case import XML, Case, check
from national_messages import C4, WRITES
from national_producer import FAULT11, GZIPPED, OK, REPLIES
from national_rows import Row, row, table
from national_site import NAME, RETRY_DELAY, TIMEOUT, Site

CAMEL = "Exception Caught by Camel when contacting producer. Exception information: "
HTTP_FAILED = "org.apache.camel.component.netty.http.NettyHttpOperationFailedException"
PASSED = ("req-in", "req-out", "resp-in", "resp-out")
FAILED = ("req-in", "req-out", "error", "resp-out")
TEXT = "VP producer outcomes"


def passed(number: int, says: str, to: str, body: bytes, test: str = "ErrorInResponseTest", status: int = 200) -> Case:
    """The body's bytes and the status come through, under the national label."""
    return Case(
        row=Row(f"outcome-{number:02}", says, test), ask={"to": to}, body=body, status=status,
        headers={"content-type": XML}, calls=1,
    )  # fmt: skip


PASS = [
    passed(1, "200 with a message", "ok", OK),
    passed(2, "any status from 200 to 299 with a body comes through", "accepted", OK, status=202),
    passed(3, "HTML is passed on as it is", "html", b"<html>hej</html>"),
    passed(4, "text is passed on as it is", "text", "hallå".encode(), "HttpResponseHeadersIT, text/plain"),
    passed(5, "an answer without a label gets the national one", "unlabelled", OK),
    passed(6, "a fault with status 200 is passed on", "fault-200", FAULT11),
    passed(
        7, "500 with a SOAP 1.1 fault is passed on", "fault-500", FAULT11, "soapFaultPropagated; soapui 2.10.1", 500
    ),
    passed(
        8,
        "500 that only names the SOAP 1.1 namespace too",
        "fault-500-quoted",
        REPLIES["fault-500-quoted"][0].partition(b"\r\n\r\n")[2],
        TEXT,
        500,
    ),
    passed(9, "an unasked 100 Continue is passed over", "continue", OK, "NettyHttpClientUnexpectedContinueTest"),
    passed(
        10,
        "a Content-Length that is too large, and the end: the body is delivered",
        "cut",
        OK,
        "FullServiceInvalidContentLengthIT",
    ),
    passed(11, "reset after a whole answer: no error", "then-reset", OK, "errorWithClosedChanel"),
    passed(12, "closed after a whole answer: no error", "then-close", OK, TEXT),
    passed(13, "compression that nobody asked for goes through", "gzip", GZIPPED, TEXT),
]


def vp009(number: int, says: str, to: str, why: str, test: str = TEXT, **more: object) -> Case:
    """VP009; ``{url}`` in the text is the address."""
    return Case(
        row=Row(f"outcome-{number:02}", says, test),
        ask={"to": to},
        code="VP009",
        detail=why,
        **{"actions": FAILED, **more},  # type: ignore[arg-type]
    )


def by_status(status: int, more: str = "") -> str:
    told = f"({HTTP_FAILED}: Netty HTTP operation failed invoking {{url}} with statusCode: {status}{more})"
    return f"{CAMEL}{told}\nVP_PRODUCER_EXCEPTION_HTTP_STATUS={status}"


FAIL = [
    vp009(
        14,
        "200 without a body",
        "empty",
        "Empty message when server responded with status code: 200 OK",
        "ErrorInResponseTest",
        actions=("req-in", "req-out", "resp-in", "error", "resp-out"),
        headers={"content-type": None},
    ),
    vp009(15, "500 with a SOAP 1.2 fault", "fault-12", by_status(500)),
    vp009(16, "500 with HTML", "html-500", by_status(500)),
    vp009(17, "500 without a body", "empty-500", by_status(500)),
    vp009(18, "another status, also with a SOAP fault", "fault-400", by_status(400)),
    vp009(19, "404", "not-found", by_status(404), "ErrorInResponseTest, 404"),
    vp009(20, "a redirection is not followed", "moved", by_status(302, ", redirectLocation: http://127.0.0.1:9/annan")),
    vp009(21, "nobody listens", "refused", CAMEL + "(java.net.ConnectException: Cannot connect to {peer})", "VP009"),
    vp009(
        22,
        "a host that nobody knows",
        "unknown-host",
        CAMEL + "(java.net.ConnectException: Cannot connect to finns-inte.invalid:80)",
    ),
    vp009(
        23,
        "no answer in time",
        "slow",
        CAMEL + "(io.netty.handler.timeout.ReadTimeoutException: Timeout when waiting on response from producer.)",
        "ProducerTimeoutTest",
        calls=1,
    ),
    vp009(
        24,
        "a TLS handshake that fails",
        "not-tls",
        CAMEL + "(javax.net.ssl.SSLHandshakeException: {any})",
        "ProducerErrorsIT",
    ),
    vp009(
        25,
        "a producer whose certificate nobody knows",
        "tls-foreign",
        CAMEL + "(javax.net.ssl.SSLHandshakeException: {any})",
        "FullServiceHostnameVerificationIT",
    ),
    vp009(
        26,
        "reset without an answer, tried again",
        "reset",
        CAMEL + "(java.net.SocketException: Connection reset)",
        "errorWithLiveChanel",
        calls=2,
    ),
]


@table(PASS)
def test_outcomes_that_pass(site: Site, case: Case) -> None:
    check(site, case)


@table(FAIL)
def test_outcomes_that_fail(site: Site, case: Case) -> None:
    name = str(case.ask["to"])
    urls = {
        "refused": f"http://localhost:{site.peers.closed_port}/vp",
        "unknown-host": "http://finns-inte.invalid/vp",
        "not-tls": f"https://localhost:{site.peers.plain.port}/vp/ok",
        "tls-foreign": f"https://localhost:{site.peers.secure['foreign'].port}/vp/ok",
    }
    url = urls.get(name, f"http://127.0.0.1:{site.peers.plain.port}/vp/{name}")
    pattern = re.escape(f"Error connecting to service producer at address {url}. {case.detail}")
    values = {r"\{url\}": re.escape(url), r"\{peer\}": f"localhost:{site.peers.closed_port}", r"\{any\}": ".+"}
    for mark, value in values.items():
        pattern = pattern.replace(mark, value)
    found = check(site, Case(**{**vars(case), "detail": re.compile(pattern)}))
    assert found.event("resp-out")["url.original"] == url


def generic(site: Site, to: str) -> tuple[str, str]:
    """faultstring and detail of a fault that the national router did not foresee."""
    found = site.ask(to, log=True)
    code, text, detail = found.answer.fault
    assert (found.answer.status, code) == (500, "SOAP-ENV:Server")
    assert found.event("error")["labels"]["errorCode"] == "VP009"
    return text, detail or ""


@row("outcome-27", "closed without an answer: a fault without a code, in the library's words", TEXT)
def test_outcome_27(site: Site) -> None:
    text, detail = generic(site, "no-answer")
    assert text.startswith(f"No response received from remote server: 127.0.0.1:{site.peers.plain.port}. Exchange[")
    assert detail.endswith(text)


@row("outcome-28", "an answer that is too large: a fault with the producer's headers in it", TEXT)
def test_outcome_28(site: Site) -> None:
    text, detail = generic(site, "too-large")
    assert text.startswith("Response entity too large: DefaultHttpResponse(")
    assert "\nHTTP/1.1 200 OK\n" in text
    assert "\nX-Hemlig: 1\n" in text
    assert detail.endswith(text)


@row(
    "outcome-29",
    "the same in strict mode",
    "VP surprising or awkward, generic faults",
    better="Strict: producer faults have a code",
)
@pytest.mark.parametrize("to", ["no-answer", "too-large", "empty"])
def test_outcome_29(site: Site, to: str) -> None:
    """VP009, no header of the producer in it, and a Content-Type."""
    answer = site.ask(to, gateway="strict").answer
    assert answer.fault[1].startswith(f"VP009 [{NAME}] ")
    assert b"X-Hemlig" not in answer.body
    assert answer.headers["content-type"] == XML


@row(
    "outcome-30",
    "what the producer wrote is lost",
    "VP surprising or awkward",
    better="Strict: what the producer wrote is told",
)
def test_outcome_30(site: Site) -> None:
    assert "404" in (site.ask("not-found", gateway="strict").answer.fault[2] or "")
    assert "fel" in (site.ask("html-500", gateway="strict").answer.fault[2] or "")


@row("outcome-31", "the second attempt may succeed", "ReSendIT")
def test_outcome_31(site: Site) -> None:
    found = site.ask("second-time", log=True)
    assert (found.answer.body, len(found.seen)) == (OK, 2)
    assert found.actions == list(PASSED)


@row(
    "outcome-32",
    "reset: the request may be delivered twice",
    "VP surprising or awkward",
    better="Strict: no second delivery",
)
def test_outcome_32(site: Site) -> None:
    found = site.ask("reset", WRITES, gateway="strict")
    assert (found.answer.fault[1].partition(" ")[0], len(found.seen)) == ("VP009", 1)


@row("outcome-33", "a dead producer is tried again after a while", "soapui 2.9.1")
def test_outcome_33(site: Site) -> None:
    started = time.monotonic()
    site.ask("refused")
    assert time.monotonic() - started > RETRY_DELAY


@row("outcome-34", "a contract's own timeout counts", "ProducerTimeoutTest")
def test_outcome_34(site: Site) -> None:
    assert site.ask("short").answer.body == OK
    started = time.monotonic()
    assert "ReadTimeoutException" in (site.ask("short", C4).answer.fault[2] or "")
    assert time.monotonic() - started < TIMEOUT


@row("outcome-35", "a passed-on fault is an error in the log, once", "soapFaultPropagated")
def test_outcome_35(site: Site) -> None:
    actions = site.ask("fault-500", log=True).actions
    assert (actions.count("error"), actions.count("resp-out")) == (1, 1)


@row(
    "outcome-36",
    "an address that is no URI: a fault without a code",
    "VP generic faults",
    better="Addresses that are no URI",
)
def test_outcome_36(site: Site) -> None:
    """VP009, which says that the address is wrong."""
    told = site.ask("trailing").answer.fault
    assert told[1].startswith(f"VP009 [{NAME}] ")


@row("outcome-37", "a host name with _ is called null", "VP generic faults")
def test_outcome_37(site: Site) -> None:
    told = site.ask("underscore").answer.fault
    assert f"Cannot connect to null:{site.peers.plain.port}" in (told[2] or "")
