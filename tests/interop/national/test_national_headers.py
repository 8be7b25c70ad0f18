"""National VP, headers to and from producers (4.2, 4.3, 4.7), and TLS to them (4.8)."""

import re

from national_case import XML, Case, check
from national_catalogue import SENDER
from national_messages import message
from national_producer import OK
from national_rows import Row, row, table
from national_site import INSTANCE, Site

HISTORY, ORIGINAL = "x-rivta-routing-history", "x-rivta-original-serviceconsumer-hsaid"
HEADERS_SENT = {
    "SOAPAction": '"urn:a"', "x-rivta-test1": "1", "x-rivta-TEST2": "2", "x-rivta-123": "3", "Accept": "text/xml",
    "Authorization": "Basic eA==", "Cookie": "a=b", "MIME-Version": "1.0", "X-Egen": "ja",
}  # fmt: skip
HEADERS_DROPPED = (
    "x-vp-annat",
    "PEER_CERTIFICATES",
    "X-Forwarded-Host",
    "MULE_A",
    "X-MULE_B",
    "accept-encoding",
    "X-Forwarded-Tls-Client-Cert",
    "Cache-Control",
    "Date",
    "Pragma",
    "Via",
    "Warning",
    "CamelFoo",
)
SECURE = {"to": "tls-usual"}
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
OUT = [
    Case(
        row=Row(
            "request-01",
            "SOAPAction, x-rivta-…, Accept, Authorization, Cookie and unknown headers go along",
            "HttpRequestHeadersIT",
        ),
        ask={"headers": HEADERS_SENT},
        to_producer=HEADERS_SENT,
    ),
    Case(
        row=Row(
            "request-02",
            "what belongs to platform and transport does not",
            "VP headers sent; HttpHeaderFilterPropertiesTest",
        ),
        ask={"headers": dict.fromkeys(HEADERS_DROPPED, "x")},
        to_producer=dict.fromkeys(HEADERS_DROPPED),
    ),
    Case(
        row=Row("request-03", "an http producer hears sender and instance", "HttpRequestHeadersIT"),
        to_producer={"x-vp-sender-id": SENDER, "x-vp-instance-id": INSTANCE},
    ),
    Case(
        row=Row("request-04", "Content-Type is the platform's own", "HttpRequestHeadersIT"),
        ask={"headers": {"Content-Type": "application/soap+xml; action=x"}},
        to_producer={"content-type": "text/xml;charset=UTF-8"},
    ),
    Case(
        row=Row("request-05", "User-Agent is the platform's own", "HttpsRequestHeadersIT"),
        ask={"headers": {"User-Agent": "jag"}},
        to_producer={"user-agent": "SKLTP VP/4.3.x"},
    ),
    Case(
        row=Row("request-06", "Content-Length, and a connection to be kept", "VP headers sent"),
        to_producer={
            "content-length": str(len(message().encode())),
            "connection": "keep-alive",
            "transfer-encoding": None,
        },
    ),
    Case(
        row=Row(
            "request-07", "a given correlation id goes along, comes back and is in the log", "HttpRequestHeadersIT"
        ),
        ask={"headers": {"x-skltp-correlation-id": "mitt-eget"}, "log": False},
        to_producer={"x-skltp-correlation-id": "mitt-eget"},
        headers={"x-skltp-correlation-id": "mitt-eget"},
    ),
    Case(
        row=Row("request-08", "without one, a random UUID", "HttpRequestHeadersIT"),
        ask={"headers": {"x-skltp-correlation-id": ""}},
        to_producer={"x-skltp-correlation-id": UUID},
        headers={"x-skltp-correlation-id": UUID},
    ),
    Case(
        row=Row("request-09", "an https producer hears neither sender nor instance", "HttpsRequestHeadersIT"),
        ask=SECURE,
        to_producer={"x-vp-sender-id": None, "x-vp-instance-id": None},
    ),
    Case(
        row=Row("request-10", "nor what the consumer says of them", "HttpsRequestHeadersIT"),
        ask={**SECURE, "tls": SENDER, "headers": {"x-vp-sender-id": "a", "x-vp-instance-id": "b"}},
        to_producer={"x-vp-sender-id": None, "x-vp-instance-id": None},
    ),
    Case(
        row=Row("request-11", "an https producer gets no correlation id", "HttpsRequestHeadersIT, propagate=false"),
        ask=SECURE,
        to_producer={"x-skltp-correlation-id": None},
    ),
    Case(
        row=Row("request-12", "unless it is set", "HttpsRequestHeadersIT, propagate=true"),
        ask={**SECURE, "tls": SENDER, "gateway": "other"},
        to_producer={"x-skltp-correlation-id": re.compile(r"row-\d+")},
    ),
    Case(
        row=Row("request-13", "a new one too", "HttpsRequestHeadersIT, propagate=true"),
        ask={**SECURE, "tls": SENDER, "gateway": "other", "headers": {"x-skltp-correlation-id": ""}},
        to_producer={"x-skltp-correlation-id": UUID},
    ),
    Case(
        row=Row("request-14", "https: SOAPAction and the original consumer", "HttpsRequestHeadersIT"),
        ask={**SECURE, "headers": {"SOAPAction": "urn:a", ORIGINAL: "annan"}},
        to_producer={"soapaction": "urn:a", ORIGINAL: "annan"},
    ),
    Case(
        row=Row("request-15", "https: else the sender", "HttpsRequestHeadersIT"),
        ask=SECURE,
        to_producer={ORIGINAL: SENDER},
    ),
    Case(
        row=Row("request-16", "Host is that of the address; what stands before @ is left out", "VP target"),
        ask={"to": "user-info"},
        line="POST /vp/ok HTTP/1.1",
        to_producer={"host": re.compile(r"127\.0\.0\.1:\d+"), "authorization": None},
    ),
    Case(
        row=Row("request-17", "escapes leave the path, unsafe characters are escaped again", "VP target"),
        ask={"to": "escaped"},
        body=OK,
        line="POST /vp/a%20b/c%7E\xc3\xa5/ok HTTP/1.1",
    ),
    Case(
        row=Row("request-18", "the same in strict mode", "VP target", "Strict: addresses to the letter"),
        ask={"to": "escaped", "gateway": "strict"},
        body=OK,
        line="POST /vp/a%20b%2Fc~%C3%A5/ok HTTP/1.1",
    ),
]


@table(OUT)
def test_headers_for_the_producer(site: Site, case: Case) -> None:
    check(site, case)


GONE = (
    "soapaction",
    "mule_a",
    "x-mule_b",
    "local_certificate",
    "peer_certificates",
    "http.method",
    "via",
    "pragma",
    "warning",
    "cache-control",
)
BACK = [
    Case(
        row=Row(
            "response-01",
            "SOAPAction, MULE_*, certificates and what belongs to the transport are removed",
            "HttpResponseHeadersIT",
        ),
        ask={"to": "headers"},
        headers=dict.fromkeys(GONE),
    ),
    Case(
        row=Row("response-02", "unknown headers are kept", "HttpResponseHeadersIT"),
        ask={"to": "headers"},
        headers={"x-egen": "ja", "set-cookie": "a=1"},
    ),
    Case(
        row=Row("response-03", "Content-Type is overwritten", "HttpResponseHeadersIT"),
        ask={"to": "text"},
        headers={"content-type": XML},
    ),
    Case(
        row=Row("response-04", "also that of SOAP 1.2", "VP response headers"),
        ask={"to": "headers"},
        headers={"content-type": XML},
    ),
    Case(
        row=Row(
            "response-05", "the producer's routing history comes back", "HttpResponseHeadersIT, testRoutingHistory"
        ),
        ask={"to": "headers"},
        headers={HISTORY: "svarade"},
    ),
    Case(
        row=Row("response-06", "x-skltp-prt, the producer's time in ms", "X_skltp_prt_headerTest"),
        ask={"to": "headers"},
        headers={"x-skltp-prt": re.compile(r"\d{1,3}")},
    ),
    Case(
        row=Row("response-07", "also on a fault that is passed on", "VP response headers"),
        ask={"to": "fault-500"},
        status=500,
        headers={"x-skltp-prt": re.compile(r"\d{1,3}"), "x-felkod": "17"},
    ),
    Case(
        row=Row("response-08", "not on a fault of the router", "VP response headers"),
        ask={"to": "not-found"},
        status=500,
        headers={"x-skltp-prt": None},
    ),
    Case(
        row=Row("response-09", "over https too", "XSkltpPrtHeaderSslBundlesTest"),
        ask={"to": "tls-headers"},
        headers={"x-skltp-prt": re.compile(r"\d{1,3}"), "x-egen": "ja"},
    ),
    Case(
        row=Row(
            "response-10", "the producer's Connection: close ends the consumer's connection", "VP response headers"
        ),
        ask={"to": "says-close"},
        headers={"connection": "close"},
    ),
    Case(
        row=Row(
            "response-12",
            "the same in strict mode",
            "VP surprising or awkward",
            "Strict: the consumer's connection is its own",
        ),
        ask={"to": "says-close", "gateway": "strict"},
        headers={"connection": "keep-alive"},
    ),
    Case(
        row=Row("response-11", "Content-Length and a connection that is kept", "VP response headers"),
        headers={"content-length": str(len(OK)), "connection": "keep-alive"},
    ),
]


@table(BACK)
def test_headers_for_the_consumer(site: Site, case: Case) -> None:
    check(site, case)


TLS = [
    Case(
        row=Row(
            "tls-out-01",
            "the newest version, and the platform's own certificate",
            "TLSConfigurationIT; callHttpVPEndpoint2HttpsProducerHappyDays",
        ),
        ask=SECURE,
        body=OK,
        to_producer={},
        calls=1,
    ),
    Case(
        row=Row("tls-out-02", "host names are not verified", "VP outgoing TLS"),
        ask={"to": "tls-elsewhere"},
        body=OK,
        calls=1,
    ),
    Case(
        row=Row("tls-out-03", "unless it is set: VP009", "FullServiceHostnameVerificationIT"),
        ask={"to": "tls-elsewhere", "gateway": "other", "tls": SENDER},
        code="VP009",
        detail=re.compile(r"(?s).*SSLHandshakeException.*"),
        calls=0,
    ),
    Case(
        row=Row("tls-out-04", "a host name that is right", "FullServiceHostnameVerificationIT"),
        ask={**SECURE, "gateway": "other", "tls": SENDER},
        body=OK,
    ),
]


@table(TLS)
def test_tls_to_producers(site: Site, case: Case) -> None:
    check(site, case)


@row(
    "tls-out-05",
    "settings for one suffix and port, and for one name and port, in turn",
    "TLSConfigurationIT; SSLContextServiceImplTest",
)
def test_tls_out_05(site: Site) -> None:
    expected = {"tls-usual": "TLSv1.3", "tls-by-suffix": "TLSv1.2", "tls-by-name": "TLSv1.2"}
    for _ in range(2):
        for to, version in expected.items():
            assert site.ask(to).seen[0].cipher == version


@row("tls-out-06", "two consecutive calls", "callHttpVPEndpoint2HttpsProducerHappyDays")
def test_tls_out_06(site: Site) -> None:
    first, second = site.ask("tls-usual", log=True), site.ask("tls-usual", log=True)
    assert first.answer.body == second.answer.body == OK
    assert second.event("req-in")["source.ip"] == "127.0.0.1"
    assert second.event("resp-out")["labels"]["originalServiceconsumerHsaid"] == SENDER


@row("tls-out-07", "host names are not verified", "VP outgoing TLS", better="Strict: host names of producers")
def test_tls_out_07(site: Site) -> None:
    assert site.ask("tls-elsewhere", gateway="strict").answer.fault[1].startswith("VP009 ")
