"""National VP, methods (1.6), transport-level answers (1.7), query string and header side effects (1.8)."""

import re

import pytest
from national_case import Case, check
from national_catalogue import SENDER
from national_certs import header_certificate
from national_messages import C1, message
from national_producer import OK
from national_rows import Row, row, table
from national_site import CONTINUE, INSTANCE, MAX_BYTES, NAME, Answer, Gateway, Site, raw

from gateway.soap import ns

HEAD = f"Host: localhost\r\nx-vp-sender-id: {SENDER}\r\nx-vp-instance-id: {INSTANCE}\r\n"
BODY = message().encode()
METHODS = "GET,HEAD,POST,PUT,DELETE,TRACE,OPTIONS,CONNECT,PATCH"
BODYLESS = "Refusals have a fault in strict mode"


def parsed(data: bytes) -> Answer:
    """The first answer in some bytes."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split(" ")[1]), headers, body)


def head(line: str, length: int | None = len(BODY), more: str = HEAD) -> bytes:
    size = "" if length is None else f"Content-Length: {length}\r\n"
    return f"{line}\r\n{more}{size}\r\n".encode("latin-1")


def bodyless(answer: Answer, status: int, *, closed: bool = True) -> None:
    """An answer of the listener itself."""
    assert (answer.status, answer.headers["content-length"], answer.body) == (status, "0", b"")
    assert (answer.headers["connection"] == "close") == closed


def told_in_strict_mode(site: Site, data: bytes, status: int) -> None:
    """The same in strict mode: a fault, with what to do in both languages."""
    answer = parsed(raw(site.gateways["strict"].port, data))
    assert answer.status == status
    assert answer.fault[1].startswith("VP015 ")
    assert answer.body.count(f'xmlns:g="{ns.GATEWAY}"'.encode()) == 1


@row("transport-01", "a path outside /vp: 404 without a body, closed", "VP transport-level answers; soapui 2.1.1")
def test_transport_01(national: Gateway) -> None:
    answer = parsed(raw(national.port, head("POST /annat HTTP/1.1") + BODY))
    bodyless(answer, 404)
    assert answer.headers["content-type"].startswith("text/plain")


@row("transport-02", "the path begins with /vp in any case, and may go on", "VP transport-level answers")
@pytest.mark.parametrize("path", ["/VP", "/VPfoo", "/vp/", "/vP/fel/sokvag"])
def test_transport_02(site: Site, path: str) -> None:
    assert site.ask(path=path).answer.body == OK


@row("transport-03", "no Host header: 400 without a body, closed", "VP transport-level answers")
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_transport_03(national: Gateway, version: str) -> None:
    bodyless(parsed(raw(national.port, head(f"POST /vp HTTP/{version}", more="") + BODY)), 400)


@row("transport-04", "a request line of more than 4096 bytes: 404", "VP transport-level answers")
def test_transport_04(national: Gateway) -> None:
    assert parsed(raw(national.port, head(f"POST /vp/{'x' * 4070} HTTP/1.1") + BODY)).status == 200
    bodyless(parsed(raw(national.port, head(f"POST /vp/{'x' * 4080} HTTP/1.1") + BODY)), 404)


@row("transport-05", "a request line that cannot be read: 404", "VP transport-level answers")
def test_transport_05(national: Gateway) -> None:
    bodyless(parsed(raw(national.port, b"hej\r\n\r\n")), 404)


@row("transport-06", "headers of more than 8192 bytes: 400 (a long certificate chain)", "VP transport-level answers")
def test_transport_06(national: Gateway) -> None:
    assert (
        parsed(raw(national.port, head("POST /vp HTTP/1.1", more=f"{HEAD}X-A: {'a' * 7800}\r\n") + BODY)).status == 200
    )
    bodyless(parsed(raw(national.port, head("POST /vp HTTP/1.1", more=f"{HEAD}X-A: {'a' * 8200}\r\n") + BODY)), 400)


@row("transport-07", "a body that is too large: 413 without a body", "VP transport-level answers")
def test_transport_07(national: Gateway) -> None:
    answer = parsed(raw(national.port, head("POST /vp HTTP/1.1", MAX_BYTES + 1) + b" " * (MAX_BYTES + 1)))
    bodyless(answer, 413)


@row("transport-08", "the same in chunks: 413, closed", "VP transport-level answers")
def test_transport_08(national: Gateway) -> None:
    chunk = b"%x\r\n%b\r\n" % (MAX_BYTES // 2 + 1, b" " * (MAX_BYTES // 2 + 1))
    more = f"{HEAD}Transfer-Encoding: chunked\r\n"
    bodyless(parsed(raw(national.port, head("POST /vp HTTP/1.1", None, more) + chunk * 2 + b"0\r\n\r\n")), 413)


@row(
    "transport-09",
    "after 413 to a Content-Length the connection stays open",
    "VP transport-level answers",
    better="After a body that is too large the connection ends",
)
def test_transport_09(national: Gateway) -> None:
    """The answer comes at once, before the body, which nobody reads."""
    answer = parsed(raw(national.port, head("POST /vp HTTP/1.1", 10**9)))
    bodyless(answer, 413)


@row(
    "transport-10",
    "Expect: 100-continue: 100, then the answer; the producer never sees it",
    "NettyHttpClientExpectContinueTest",
)
def test_transport_10(site: Site, national: Gateway) -> None:
    more = f"{HEAD}Expect: 100-continue\r\nx-row: transport-10\r\n"
    data = head("POST /vp HTTP/1.1", more=more) + BODY
    told = raw(national.port, data)
    assert told.startswith(CONTINUE)
    assert parsed(told.removeprefix(CONTINUE)).body == OK
    assert site.peers.plain.seen("transport-10")[0].header("expect") is None


@row("transport-11", "Expect: 100-continue and a body that is too large: 413 at once", "VP transport-level answers")
def test_transport_11(national: Gateway) -> None:
    bodyless(parsed(raw(national.port, head("POST /vp HTTP/1.1", 10**9, f"{HEAD}Expect: 100-continue\r\n"))), 413)


@row("transport-12", "Expect: anything else: 417 without a body", "VP transport-level answers")
def test_transport_12(national: Gateway) -> None:
    bodyless(parsed(raw(national.port, head("POST /vp HTTP/1.1", more=f"{HEAD}Expect: 200-ok\r\n"))), 417)


@row("transport-13", "connections are kept, and said to be", "VP transport-level answers; response headers")
@pytest.mark.parametrize("more", ["", "Connection: keep-alive\r\n"])
def test_transport_13(national: Gateway, more: str) -> None:
    """HTTP/1.0 callers ask for it, and hang up unless they are told."""
    version = "1.0" if more else "1.1"
    answer = parsed(raw(national.port, head(f"POST /vp HTTP/{version}", more=HEAD + more) + BODY))
    assert (answer.body, answer.headers["connection"]) == (OK, "keep-alive")


@row("transport-14", "HTTP/1.0 without keep-alive is closed", "VP transport-level answers")
def test_transport_14(national: Gateway) -> None:
    assert parsed(raw(national.port, head("POST /vp HTTP/1.0") + BODY)).headers["connection"] == "close"


@row("transport-15", "requests in chunks are read", "VP transport-level answers")
def test_transport_15(national: Gateway) -> None:
    more = f"{HEAD}Transfer-Encoding: chunked\r\n"
    data = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (10, BODY[:10], len(BODY) - 10, BODY[10:])
    assert parsed(raw(national.port, head("POST /vp HTTP/1.1", None, more) + data)).body == OK


@row("transport-16", "a target with scheme and host is read as its path", "RFC 9112, 3.2.2")
def test_transport_16(site: Site) -> None:
    for each in site.gateways.values():
        data = head("POST http://plattform.example:8080/vp/x HTTP/1.1") + BODY
        answer = parsed(raw(each.port, data))
        assert answer.status == 500 if each.name == "other" else 200
    told = parsed(
        raw(site.gateways["strict"].port, b"GET http://plattform.example:81/vp/x?wsdl HTTP/1.1\r\nHost: fel\r\n\r\n")
    )
    assert b"http://plattform.example:81/vp/" in told.body


@row("transport-17", "TRACE: 405", "VP methods")
def test_transport_17(national: Gateway) -> None:
    assert parsed(raw(national.port, head("TRACE /vp HTTP/1.1", None))).status == 405


@row("transport-18", "OPTIONS: 200 with the methods, without a body, closed", "VP methods")
def test_transport_18(national: Gateway) -> None:
    answer = parsed(raw(national.port, head("OPTIONS /vp HTTP/1.1", None)))
    bodyless(answer, 200)
    assert answer.headers["allow"] == METHODS


@row("transport-19", "any method is a call, and the producer is called with it", "VP methods")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET"])
def test_transport_19(site: Site, method: str) -> None:
    found = site.ask(method=method)
    assert found.answer.body == OK
    assert found.seen[0].line == f"{method} /vp/ok HTTP/1.1"


@row("transport-20", "strict mode: a message is POSTed", "VP methods", better="Strict: only POST")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_transport_20(site: Site, method: str) -> None:
    found = site.ask(method=method, gateway="strict")
    assert (found.answer.status, found.answer.headers["allow"], found.seen) == (405, "POST, GET, HEAD, OPTIONS", [])
    assert found.answer.fault[1].startswith("VP015 ")


CASES = [
    Case(
        row=Row(
            "transport-21",
            "the query becomes headers, and takes the place of the address's own",
            "VP query string and header side effects",
        ),
        ask={"path": "/vp/x?foo=bar", "to": "with-query"},
        body=OK,
        line="POST /vp/ok/?foo=bar HTTP/1.1",
        to_producer={"foo": "bar"},
    ),
    Case(
        row=Row(
            "transport-33",
            "the same in strict mode",
            "VP surprising or awkward",
            "Strict: the consumer's query goes nowhere",
        ),
        ask={"path": "/vp/x?foo=bar", "to": "with-query", "gateway": "strict"},
        body=OK,
        line="POST /vp/ok/?wsdl HTTP/1.1",
        to_producer={"foo": None},
    ),
    Case(
        row=Row("transport-22", "an address with ?wsdl is called like any other", "testVagvalContainingWsdlQuery"),
        ask={"to": "with-query"},
        line="POST /vp/ok/?wsdl HTTP/1.1",
    ),
    Case(
        row=Row(
            "transport-23",
            "form-urlencoded: the body is read as headers, and the connection closed",
            "VP query string and header side effects (not verified there)",
            "Content-Type of a form",
        ),
        ask={"headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        body=OK,
        sent=BODY,
        to_producer={"content-type": re.compile("text/xml; ?charset=UTF-8")},
    ),
    *(
        Case(
            row=Row(
                f"transport-{24 + number}",
                f"the Content-Type {label} is accepted",
                "VP query string and header side effects",
            ),
            ask={"headers": {"Content-Type": label}},
            body=OK,
            to_producer={"content-type": re.compile("text/xml; ?charset=UTF-8")},
        )
        for number, label in enumerate(("application/xml", "text/plain", "application/soap+xml"))
    ),
    Case(
        row=Row("transport-27", "answers are never compressed", "VP transport-level answers"),
        ask={"headers": {"Accept-Encoding": "gzip"}},
        body=OK,
        headers={"content-encoding": None},
    ),
]


@table(CASES)
def test_side_effects(site: Site, case: Case) -> None:
    check(site, case)


@row(
    "transport-28", "two certificate headers are a list, of an unknown type", "VP query string and header side effects"
)
def test_transport_28(national: Gateway) -> None:
    pem = header_certificate(serial=SENDER).replace("\n", " ")
    twice = f"Host: h\r\n{f'x-vp-auth-cert: {pem}' + chr(13) + chr(10)}" * 1 + f"x-vp-auth-cert: {pem}\r\n"
    answer = parsed(raw(national.port, head("POST /vp HTTP/1.1", more=twice) + BODY))
    assert answer.fault[1].startswith(f"VP002 [{NAME}]")
    assert answer.fault[2] == "Exception, unkown certificate type found in httpheader x-vp-auth-cert"


@row(
    "transport-29",
    "what the listener refuses is nowhere in the log",
    "VP transport-level answers",
    better="Refusals are in the log",
)
def test_transport_29(national: Gateway) -> None:
    answer = parsed(raw(national.port, head("POST /annat HTTP/1.1") + BODY))
    events = national.events(answer.headers["x-skltp-correlation-id"])
    assert [event["event.action"] for event in events] == ["error", "resp-out"]
    assert events[1]["http.response.status_code"] == 404


@row("transport-30", "refusals have no body, so nobody knows why", "VP surprising or awkward", better=BODYLESS)
def test_transport_30(site: Site) -> None:
    told_in_strict_mode(site, head("POST /vp HTTP/1.1", 10**9), 413)
    told_in_strict_mode(site, head("POST /vp HTTP/1.1", more="") + BODY, 400)
    told_in_strict_mode(site, head("POST /vp HTTP/1.1", more=f"{HEAD}Expect: 200-ok\r\n"), 417)
    told_in_strict_mode(site, head("POST /vp HTTP/1.1", more=f"{HEAD}X-A: {'a' * 70_000}\r\n"), 431)


@row("transport-31", "a large message is routed like any other", "callHttpVPLargePayloadHappyDays")
@pytest.mark.parametrize("tls", ["", SENDER])
def test_transport_31(site: Site, tls: str) -> None:
    """National: 1 MB; here as much as these gateways take."""
    body = message().replace("</p:GetNote>", f"<p:fil>{'A' * 280_000}</p:fil></p:GetNote>")
    found = site.ask(body=body, tls=tls, log=True)
    assert (found.answer.body, found.seen[0].body) == (OK, body.encode())
    assert found.event("resp-out")["labels"]["servicecontract_namespace"] == C1


@row("transport-32", "strict mode takes any path", "VP transport-level answers", better="Strict: any path")
def test_transport_32(site: Site) -> None:
    assert site.ask(path="/annat", gateway="strict").answer.body == OK
