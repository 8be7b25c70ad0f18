"""National VP, identity (2): who calls, on both listeners, and what a sender may say about others."""

import re
import ssl

import pytest
from national_case import Case, check
from national_catalogue import OTHER, SENDER, STRANGER
from national_certs import NOBODY, bare, header_certificate
from national_messages import C1, message
from national_producer import OK
from national_rows import Row, row, table
from national_site import INSTANCE, NAME, NONE, Site, raw, request

CERT, XFF, HISTORY = "x-vp-auth-cert", "X-Forwarded-For", "x-rivta-routing-history"
ORIGINAL, BEHALF = "x-rivta-original-serviceconsumer-hsaid", "x-rivta-acting-on-behalf-of-hsaid"
PEM = header_certificate(common="PROV", serial=SENDER)
OTHERS = header_certificate(common="PROV", serial=OTHER)
LINE = PEM.replace("\n", " ")
DENIED = (
    "Caller was not on the white list of accepted IP-addresses.  IP-address: {}. HTTP header that caused checking: {}"
)
NO_CERT = f"No certificate found in httpheader {CERT}"


def by_cert(value: str = LINE, **more: str) -> dict[str, object]:
    """A call with a certificate in a header."""
    return {"sender": None, "headers": {CERT: value, **{name.replace("_", "-"): text for name, text in more.items()}}}


PLAIN = [
    Case(
        row=Row(
            "identity-01",
            "a plain call without a certificate header: VP002",
            "callHttpVP… VP002; CertificateReaderTest",
        ),
        ask={"sender": None},
        code="VP002",
        detail=NO_CERT,
        actions=("error", "resp-out"),
    ),
    Case(
        row=Row(
            "identity-02",
            "x-vp-sender-id with the platform's instance id is the sender",
            "HttpSenderIdExtractorProcessorImplTest",
        ),
        labels={"senderid": SENDER, "originalServiceconsumerHsaid": SENDER, "originalServiceconsumerHsaid_in": None},
        to_producer={HISTORY: None},
    ),
    Case(
        row=Row("identity-03", "x-vp-sender-id alone does not count", "HttpSenderIdExtractorProcessorImplTest"),
        ask={"headers": {"x-vp-instance-id": NONE}},
        code="VP002",
        detail=NO_CERT,
    ),
    Case(
        row=Row(
            "identity-04",
            "x-vp-sender-id with another instance id does not count",
            "HttpSenderIdExtractorProcessorImplTest",
        ),
        ask={"headers": {"x-vp-instance-id": "annan"}},
        code="VP002",
        detail=NO_CERT,
    ),
    Case(
        row=Row(
            "identity-05",
            "with another instance id the certificate counts, even from a foreign X-Forwarded-For",
            "HttpSenderIdExtractorProcessorImplTest",
        ),
        ask={"sender": OTHER, "headers": {"x-vp-instance-id": "annan", CERT: LINE, XFF: "10.9.9.9"}},
        body=OK,
        labels={"senderid": SENDER},
    ),
    Case(
        row=Row("identity-06", "PEM with blanks for line ends", "PemConverterTest"),
        ask=by_cert(),
        body=OK,
        labels={"senderid": SENDER},
    ),
    Case(
        row=Row("identity-07", "PEM with tabs for line ends", "PemConverterTest"),
        ask=by_cert(PEM.replace("\n", "\t")),
        body=OK,
    ),
    Case(
        row=Row("identity-08", "bare base64", "HeaderCertificateHelperImplTest"),
        ask=by_cert(bare(PEM)),
        body=OK,
    ),
    Case(
        row=Row(
            "identity-09", "a chain of base64, the first of which counts", "HeaderCertificateHelperImplTest, Traefik"
        ),
        ask=by_cert(",".join(bare(each) for each in (PEM, OTHERS, OTHERS))),
        body=OK,
        labels={"senderid": SENDER},
    ),
    Case(
        row=Row("identity-10", "something else", "HeaderCertificateHelperImplTest"),
        ask=by_cert("hej"),
        code="VP002",
        detail=f"Exception, unkown certificate type found in httpheader {CERT}",
    ),
    Case(
        row=Row("identity-11", "a certificate that cannot be parsed", "HeaderCertificateHelperImplTest"),
        ask=by_cert(bare(PEM)[:200]),
        code="VP002",
        detail=f"Exception occured parsing certificate in httpheader {CERT}",
    ),
    Case(
        row=Row("identity-12", "a subject without an id", "HeaderCertificateHelperImplTest"),
        ask=by_cert(header_certificate(common="PROV").replace("\n", " ")),
        code="VP002",
        detail="No senderId found in Certificate",
    ),
    Case(
        row=Row("identity-13", "PEM that is URL-encoded is not understood", "VP HTTP listener"),
        ask=by_cert(LINE.replace(" ", "%20")),
        code="VP002",
    ),
    Case(
        row=Row("identity-14", "X-Forwarded-For of an internal call must be on the list: VP011", "VP011, XFF"),
        ask={"headers": {XFF: "10.20.30.40"}},
        code="VP011",
        detail=DENIED.format("10.20.30.40", XFF),
        actions=("error", "resp-out"),
    ),
    Case(
        row=Row("identity-15", "X-Forwarded-For on the list", "HttpSenderIdExtractorProcessorImplTest"),
        ask={"headers": {XFF: "1.2.3.4"}},
        body=OK,
    ),
    Case(
        row=Row("identity-16", "the list holds beginnings of addresses", "IPWhitelistHandlerTest"),
        ask={"headers": {XFF: "1.2.3.45"}},
        body=OK,
    ),
    Case(
        row=Row("identity-17", "blanks around entries do not count", "IPWhitelistHandlerTest"),
        ask={"headers": {XFF: "5.6.7.8"}},
        body=OK,
    ),
    Case(
        row=Row("identity-18", "of several addresses the first is enough", "VP HTTP listener"),
        ask={"headers": {XFF: "1.2.3.4, 10.9.9.9"}},
        body=OK,
    ),
    Case(
        row=Row("identity-19", "the end of an address does not do", "IPWhitelistHandlerTest"),
        ask={"headers": {XFF: "11.2.3.4"}},
        code="VP011",
    ),
    Case(
        row=Row("identity-20", "an empty list lets nobody in", "IPWhitelistHandlerTest"),
        ask={"gateway": "other"},
        code="VP011",
        detail=DENIED.format("127.0.0.1", "CamelNettyRemoteAddress"),
    ),
]

OUT = [
    Case(
        row=Row("identity-21", "who is not on the sender's list may not name an original consumer: VP013", "VP013"),
        ask=by_cert(**{ORIGINAL.replace("-", "_"): "annan"}),
        code="VP013",
        detail="Sender is not approved to set header x-rivta-original-serviceconsumer-hsaid.",
        actions=("error", "resp-out"),
    ),
    Case(
        row=Row("identity-22", "who is on the list may", "OriginalConsumerIdProcessorTest"),
        ask=by_cert(OTHERS.replace("\n", " "), **{ORIGINAL.replace("-", "_"): "annan"}),
        body=OK,
        to_producer={ORIGINAL: "annan"},
        labels={"originalServiceconsumerHsaid": "annan", "originalServiceconsumerHsaid_in": "annan", "senderid": OTHER},
    ),
    Case(
        row=Row("identity-23", "internal calls may", "OriginalConsumerIdProcessorTest"),
        ask={"headers": {ORIGINAL: "annan"}},
        body=OK,
        to_producer={ORIGINAL: "annan"},
        labels={"originalServiceconsumerHsaid": "annan", "originalServiceconsumerHsaid_in": "annan"},
    ),
    Case(
        row=Row("identity-24", "x-vp-sender-id without instance id does not help", "HttpRequestHeadersIT, VP013"),
        ask={"sender": None, "headers": {CERT: LINE, "x-vp-sender-id": OTHER, ORIGINAL: "annan"}},
        code="VP013",
    ),
    Case(
        row=Row(
            "identity-25",
            "any TLS caller may, that names the platform's instance id",
            "VP x-rivta-original-serviceconsumer-hsaid",
        ),
        ask={"tls": SENDER, "headers": {ORIGINAL: "annan", "x-vp-instance-id": INSTANCE}},
        body=OK,
        to_producer={ORIGINAL: "annan"},
    ),
    Case(
        row=Row("identity-26", "VP013 over TLS", "VP x-rivta-original-serviceconsumer-hsaid"),
        ask={"tls": SENDER, "headers": {ORIGINAL: "annan"}},
        code="VP013",
    ),
    Case(
        row=Row("identity-27", "unless told to refuse, it is only a warning", "OriginalConsumerIdProcessorTest"),
        ask={"tls": SENDER, "gateway": "other", "headers": {ORIGINAL: "annan"}},
        body=OK,
        to_producer={ORIGINAL: "annan"},
        labels={"warning": re.compile(f".*{SENDER}.*")},
    ),
    Case(
        row=Row("identity-28", "the producer hears the sender when nobody else is named", "HttpRequestHeadersIT"),
        to_producer={ORIGINAL: SENDER},
        labels={"originalServiceconsumerHsaid_in": None},
    ),
    Case(
        row=Row("identity-29", "on whose behalf is passed on and logged", "HttpRequestHeadersIT"),
        ask={"headers": {BEHALF: "ombud"}},
        to_producer={BEHALF: "ombud"},
        labels={"actingOnBehalfOfHsaid": "ombud"},
    ),
]

ROUND = [
    Case(
        row=Row("history-01", "the history begins with the sender", "HttpSenderIdExtractorProcessorImplTest"),
        ask=by_cert(),
        to_producer={HISTORY: f"{SENDER}#{INSTANCE}"},
    ),
    Case(
        row=Row("history-02", "the platform's id is added to a history", "HttpSenderIdExtractorProcessorImplTest"),
        ask=by_cert(**{HISTORY.replace("-", "_"): "a#b"}),
        to_producer={HISTORY: f"a#b#{INSTANCE}"},
    ),
    Case(
        row=Row(
            "history-03",
            "a call that has been here before: VP014 with an empty detail",
            "HttpSenderIdExtractorProcessorImplTest; soapui 2.11.1",
        ),
        ask=by_cert(**{HISTORY.replace("-", "_"): f"a# {INSTANCE} #b"}),
        code="VP014",
        detail="",
        actions=("error", "resp-out"),
    ),
    Case(
        row=Row(
            "history-04", "an internal call's history goes on unchanged", "HttpResponseHeadersIT, testRoutingHistory"
        ),
        ask={"headers": {HISTORY: f"some-server#{INSTANCE}"}},
        to_producer={HISTORY: f"some-server#{INSTANCE}"},
    ),
    Case(
        row=Row("history-05", "a TLS call's history goes on unchanged and unchecked", "VP routing history"),
        ask={"tls": SENDER, "headers": {HISTORY: f"a#{INSTANCE}"}},
        to_producer={HISTORY: f"a#{INSTANCE}"},
    ),
    Case(
        row=Row(
            "history-06",
            "strict mode finds a circle over TLS too",
            "VP surprising or awkward",
            "Strict: circles over TLS",
        ),
        ask={"tls": SENDER, "gateway": "strict", "headers": {HISTORY: f"a#{INSTANCE}"}},
        code="VP014",
    ),
]

TLS = [
    Case(
        row=Row("tls-in-01", "the certificate's id is the sender", "callHttpsVPEndpoint2HttpProducerHappyDays"),
        ask={"tls": SENDER},
        body=OK,
        labels={"senderid": SENDER, "route": "vp-https-route"},
    ),
    Case(
        row=Row("tls-in-02", "x-vp-sender-id does not count", "VPRouterIT, https route"),
        ask={"tls": SENDER, "headers": {"x-vp-sender-id": OTHER, "x-vp-instance-id": INSTANCE}},
        labels={"senderid": SENDER},
    ),
    Case(
        row=Row("tls-in-03", "x-vp-auth-cert does not count", "VPRouterIT, https route"),
        ask={"tls": SENDER, "headers": {CERT: OTHERS.replace("\n", " ")}},
        labels={"senderid": SENDER},
    ),
    Case(
        row=Row("tls-in-04", "a subject without an id: VP002 with the subject", "VP HTTPS listener"),
        ask={"tls": NOBODY},
        code="VP002",
        detail=re.compile("No senderId found in Certificate: .*PROV SYSTEM.*"),
    ),
    Case(
        row=Row("tls-in-05", "no list of addresses for TLS", "VP HTTPS listener"),
        ask={"tls": SENDER, "gateway": "other"},
        body=OK,
    ),
    Case(
        row=Row("tls-in-06", "the id is found by the pattern that is set", "CertificateReaderIT"),
        ask={"tls": SENDER, "gateway": "other"},
        labels={"senderid": SENDER},
    ),
]


@table([*PLAIN, *OUT, *ROUND, *TLS])
def test_who_calls(site: Site, case: Case) -> None:
    check(site, case)


@row("tls-in-07", "no client certificate: no connection", "VP HTTPS listener")
def test_tls_in_07(site: Site) -> None:
    context = ssl.create_default_context(cafile=site.peers.certificates.ca)
    with pytest.raises(OSError, match=r"(?i)certificate|reset|closed|EOF"):
        request("127.0.0.1", site.gateways["national"].tls_port, "POST", "/vp", message().encode(), {}, context)


@row("tls-in-08", "plain HTTP to the TLS port: no answer", "VP HTTPS listener")
def test_tls_in_08(site: Site) -> None:
    assert raw(site.gateways["national"].tls_port, b"GET /vp HTTP/1.1\r\nHost: h\r\n\r\n") == b""


@row("identity-30", "the sender's address is that of the connection, or X-Forwarded-For", "SenderIpExtractorIT")
def test_identity_30(site: Site) -> None:
    assert site.ask(log=True).event("req-in")["source.ip"] == "127.0.0.1"
    assert site.ask(headers={XFF: "1.2.3.4"}, log=True).event("req-in")["source.ip"] == "1.2.3.4"


@row(
    "identity-31",
    "all but the first of several addresses go unchecked",
    "VP surprising or awkward",
    better="Strict: identity",
)
def test_identity_31(site: Site) -> None:
    """In strict mode every address must be allowed, and an entry is an address or a network."""
    assert site.ask(headers={XFF: "127.0.0.1"}, gateway="strict").answer.body == OK
    for value in ("127.0.0.1, 10.9.9.9", "127.0.0.11"):
        assert site.ask(headers={XFF: value}, gateway="strict").answer.fault[1].startswith(f"VP011 [{NAME}]")


@row(
    "identity-32", "VP013 can be avoided by naming the platform", "VP surprising or awkward", better="Strict: identity"
)
def test_identity_32(site: Site) -> None:
    found = site.ask(tls=SENDER, gateway="strict", headers={ORIGINAL: "annan", "x-vp-instance-id": INSTANCE})
    assert found.answer.fault[1].startswith("VP013 ")


@row(
    "identity-33", "a URL-encoded certificate is not understood", "VP surprising or awkward", better="Strict: identity"
)
def test_identity_33(site: Site) -> None:
    found = site.ask(sender=None, headers={CERT: LINE.replace(" ", "%20")}, gateway="strict", log=True)
    assert (found.answer.body, found.event("resp-out")["labels"]["senderid"]) == (OK, SENDER)


@row("identity-34", "who has no permission is told so by its own id", "BehorighetProcessorTest")
def test_identity_34(site: Site) -> None:
    told = site.ask(sender=STRANGER).answer.fault[2]
    assert told == f"Authorization missing for serviceNamespace: {C1}, receiverId: ok, senderId: {STRANGER}"
