# ruff: noqa: E501 - a mistake a line, to be read as a table
"""What a caller can do wrong: each mistake gets a fault that says so, and one line in the log."""

import gzip
import http.client
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from interop_expected import contract, found_ids, held
from interop_messages import DEMO, GFC, message, request
from interop_site import (
    MAX_BYTES,
    NATIONAL,
    PATIENCE,
    SENDERS,
    SETTINGS,
    Answer,
    Gateway,
    Site,
    gateway_beside,
    names,
    other_routes,
    sender_headers,
)
from lxml import etree

from gateway.consumers.ask import question
from gateway.soap import fault, ns

pytestmark = pytest.mark.sockets

REGION = "SE2321000057-RIVTA06"
SOAP = f"{{{ns.SOAP11}}}"
HELP = f"{{{ns.GATEWAY}}}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# The national texts, word for word.
TEXTS = {
    "VP002": "Fel i klientcertifikat. Saknas, är av felaktig typ, eller är felaktigt utformad.",
    "VP003": "Logisk adressat (ReceiverId) saknas i RivHeadern i inkommande meddelande.",
    "VP004": (
        "Det finns inget vägval i tjänsteadresseringskatalogen som matchar anropets logiska adressat (ReceiverId) "
        "och tjänstekontrakt. Kontrollera uppgifterna i anropet och vid behov, beställ konfigurering i aktuell "
        "tjänsteplattform."
    ),
    "VP007": (
        "Tjänstekonsumenten saknar behörighet att anropa den logiska adressaten via detta tjänstekontrakt. "
        "Kontrollera uppgifterna och vid behov, tillse att det beställs konfiguration i aktuell tjänsteplattform."
    ),
    "VP009": "Fel vid kontakt med tjänsteproducenten.",
    "VP015": "Anrop ej korrekt utformat och kan därför inte behandlas.",
}
SIDES = {"VP007": "Server", "VP009": "Server"}  # the others are the caller's to correct
PASSED_ON = ["req-in", "req-out", "resp-in", "error", "resp-out"]
UNREAD, ROUTED, SENT = (
    ["error", "resp-out"],
    ["req-in", "error", "resp-out"],
    ["req-in", "req-out", "error", "resp-out"],
)


@dataclass(frozen=True)
class Mistake:
    """A bad call and what must be said about it; ``detail`` is a regular expression for the whole detailString."""

    name: str
    body: bytes
    code: str
    detail: str
    events: list[str] = field(default_factory=lambda: UNREAD)
    headers: dict[str, str] = field(default_factory=sender_headers)

    def __str__(self) -> str:
        return self.name


def _without(name: str, **more: str) -> dict[str, str]:
    return {key: value for key, value in sender_headers(**more).items() if key != name}


def _no_route(receiver: str, namespace: str = GFC, blank: str = "") -> str:
    text = f"No receiverId (logical address) found for serviceNamespace: {namespace}, receiverId: {receiver}{blank}"
    return re.escape(text)


def _denied(sender: str, receiver: str) -> str:
    return re.escape(f"Authorization missing for serviceNamespace: {GFC}, receiverId: {receiver}, senderId: {sender}")


def _header(inner: str) -> str:
    return f'<e:Header xmlns:l="{ns.REGISTRY}">{inner}</e:Header>'


DOCTYPE = r"a document type declaration \(DOCTYPE\) is not allowed in a SOAP message"
NO_ADDRESS = re.escape("No receiverId (logical address) found in message header. ")
BLANK = ". Whitespace detected in incoming request!"
BOMB = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
WHOLE = message(REGION)
HALF = WHOLE.index(b"<c:root>")
NOT_XML = "not well-formed XML: .+: line 1, column 0"

MISTAKES = [
    # Not XML, or not to its end.
    Mistake("broken-in-the-head", b"<felaktigt format e:Envelope>" + WHOLE, "VP015", r"not well-formed XML: .+ column \d+"),
    Mistake("broken-in-the-header", WHOLE.replace(b"</l:LogicalAddress>", b""), "VP015", r"not well-formed XML: mismatched.+"),
    Mistake("broken-after-the-head", WHOLE.replace(b"</c:root>", b"<c:root>"), "VP015", r"not well-formed XML: mismatched.+"),
    Mistake("cut-in-the-body", WHOLE[:HALF], "VP015", r"not well-formed XML: .+"),
    Mistake("two-documents", WHOLE + WHOLE, "VP015", r"not well-formed XML: junk after document element.+"),
    Mistake("text-after-the-end", WHOLE + b"tack", "VP015", r"not well-formed XML: .+"),
    Mistake("newline-before-declaration", b'\n<?xml version="1.0"?>' + WHOLE, "VP015", r"not well-formed XML: .+line 2.+"),
    Mistake("undeclared-prefix", WHOLE.replace(b"c:", b"d:"), "VP015", r"not well-formed XML: .+"),
    Mistake("json", b'{"patient": "194103149805"}', "VP015", NOT_XML),
    Mistake("empty", b"", "VP015", NOT_XML),
    Mistake("blank", b"  \n ", "VP015", r"not well-formed XML: .+"),
    Mistake("gzip", gzip.compress(WHOLE, mtime=0), "VP015", r"not well-formed XML: .+"),
    Mistake("zero-byte", WHOLE.replace(b"<c:root>", b"<c:root>\0"), "VP015", r"not well-formed XML: .+"),
    Mistake("latin-1-without-saying-so", message(REGION, before="<!--å-->").decode().encode("latin-1"), "VP015", r"not well-formed XML: .+"),
    Mistake("unknown-encoding", message(REGION, before='<?xml version="1.0" encoding="rotten"?>'), "VP015", r".+encoding.+", UNREAD, {**sender_headers(), "Content-Type": "text/xml"}),
    # XML, but not SOAP as the platform needs it.
    Mistake("xhtml", b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', "VP015", r"the root element is \{http://www\.w3\.org/1999/xhtml\}html, expected a SOAP Envelope"),
    Mistake("no-body", message(REGION, body=""), "VP015", "the SOAP Envelope has no Body with a request in it"),
    Mistake("empty-body", message(REGION, body="<e:Body/>"), "VP015", "the SOAP Envelope has no Body with a request in it"),
    Mistake("text-body", message(REGION, body="<e:Body>hej</e:Body>"), "VP015", "the SOAP Envelope has no Body with a request in it"),
    Mistake("two-requests", message(REGION, body=f"<e:Body>{request()}{request()}</e:Body>"), "VP015", r"the SOAP Body must hold exactly one element, found 2: .+"),
    Mistake("second-body-child-behind-a-comment", message(REGION, body=f"<e:Body>{request()}<!--x--><x/></e:Body>"), "VP015", r"the SOAP Body must hold exactly one element, found 2: .+"),
    Mistake("doctype", message(REGION, before="<!DOCTYPE e:Envelope>"), "VP015", DOCTYPE),
    Mistake("entity-bomb", message(REGION, before=f'<!DOCTYPE x [<!ENTITY x0 "ha">{BOMB}]>', person="&x9;"), "VP015", DOCTYPE),
    Mistake("external-dtd", message(REGION, before='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'), "VP015", DOCTYPE),
    # The address.
    Mistake("no-header", message(header=""), "VP003", NO_ADDRESS, ROUTED),
    Mistake("no-address", message(None), "VP003", NO_ADDRESS, ROUTED),
    Mistake("blank-address", message(""), "VP003", NO_ADDRESS, ROUTED),
    Mistake("empty-address-element", message(header=_header("<l:LogicalAddress/>")), "VP003", NO_ADDRESS, ROUTED),
    Mistake("whitespace-address", message(" \n\t "), "VP003", NO_ADDRESS, ROUTED),
    Mistake("address-of-another-namespace", message(header='<e:Header><LogicalAddress>5565594230</LogicalAddress></e:Header>'), "VP003", NO_ADDRESS, ROUTED),
    Mistake("address-in-the-body-only", message(header="", body=f'<e:Body>{request()}<!--{REGION}--></e:Body>'), "VP003", NO_ADDRESS, ROUTED),
    Mistake("leading-blank", message(f" {REGION}"), "VP004", _no_route(f" {REGION}", blank=BLANK), ROUTED),
    Mistake("trailing-blank", message(f"{REGION} "), "VP004", _no_route(f"{REGION} ", blank=BLANK), ROUTED),
    Mistake("trailing-newline", message(f"{REGION}\n"), "VP004", _no_route(f"{REGION}\n"), ROUTED),
    Mistake("unknown-address", message("SE0000000000-NOBODY"), "VP004", _no_route("SE0000000000-NOBODY"), ROUTED),
    Mistake("national-mock-without-route", message("HSA-ID-7"), "VP004", _no_route("HSA-ID-7"), ROUTED),
    Mistake("unknown-contract", message(REGION, namespace="urn:riv:x:GetNothingResponder:1"), "VP004", _no_route(REGION, "urn:riv:x:GetNothingResponder:1"), ROUTED),
    Mistake("another-major-version", message(REGION, namespace=GFC[:-1] + "2"), "VP004", _no_route(REGION, GFC[:-1] + "2"), ROUTED),
    Mistake("no-contract", message(REGION, body="<e:Body><x/></e:Body>"), "VP004", _no_route(REGION, ""), ROUTED),
    # Who asks.
    Mistake("no-permission", message(), "VP007", _denied(SENDERS["nobody"], NATIONAL), ROUTED, sender_headers(SENDERS["nobody"])),
    Mistake("no-permission-at-a-region", message(REGION), "VP007", _denied(SENDERS["nobody"], REGION), ROUTED, sender_headers(SENDERS["nobody"])),
    Mistake("unknown-sender", message(REGION), "VP007", _denied("SE0-WHO", REGION), ROUTED, sender_headers("SE0-WHO")),
    Mistake("route-without-permission", message("HSA-ID-77"), "VP007", _denied(SENDERS["1177"], "HSA-ID-77"), ROUTED),
    Mistake("nobody-says-who", message(), "VP002", "No certificate found in httpheader x-vp-auth-cert", UNREAD, {}),
    Mistake("no-instance-id", message(), "VP002", "No certificate found in httpheader x-vp-auth-cert", UNREAD, _without("x-vp-instance-id")),
    Mistake("wrong-instance-id", message(), "VP002", "No certificate found in httpheader x-vp-auth-cert", UNREAD, {**sender_headers(), "x-vp-instance-id": "THEIRS"}),
    Mistake("no-sender-id", message(), "VP002", "No certificate found in httpheader x-vp-auth-cert", UNREAD, _without("x-vp-sender-id")),
    # Who answers.
    Mistake("producer-down", message("PRODUCER-NOT-AVAILABLE"), "VP009", re.escape("Error connecting to service producer at address http://127.0.0.1:9/GetFixedContacts/1/rivtabp21. Cannot connect to 127.0.0.1:9: ") + ".+", SENT),
    # What only the aggregating service reads.
    Mistake("wrong-body-child", message(body=f"<e:Body>{request(name='GetFixedContact')}</e:Body>"), "VP015", re.escape(f"Body holds {{{GFC}}}GetFixedContact, expected {{{GFC}}}GetFixedContacts"), SENT),
    Mistake("no-person", message(person=""), "VP015", "the request names no person: expected patientId/extension", SENT),
    Mistake("blank-person", message(person=" \n "), "VP015", "the request names no person: expected patientId/extension", SENT),
    Mistake("too-deep", message(body=f"<e:Body>{'<x>' * 300}{'</x>' * 300}</e:Body>".replace("<x>", f'<r:GetFixedContacts xmlns:r="{GFC}">', 1).replace("</x></e:Body>", "</r:GetFixedContacts></e:Body>")), "VP015", r"not well-formed XML: .*[Dd]epth.*", SENT),
]  # fmt: skip


def judge_shape(answer: Answer, code: str, status: int = 500) -> etree._Element:
    """The Fault element, after a look at everything that SOAP 1.1 and the national form demand of it."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "text/xml; charset=UTF-8"
    assert not answer.body.startswith(b"<?xml")
    envelope = etree.fromstring(answer.body)
    assert answer.body.count(b"\n") == "".join(envelope.itertext()).count("\n")  # one line, but for what a text quotes
    assert envelope.tag == f"{SOAP}Envelope"
    assert [child.tag for child in envelope] == [f"{SOAP}Header", f"{SOAP}Body"]
    ((fault,),) = ([*envelope[1]],)
    assert fault.tag == f"{SOAP}Fault"
    assert [child.tag for child in fault] == ["faultcode", "faultstring", "detail"]
    prefix, _, side = fault.findtext("faultcode").partition(":")
    assert (fault.nsmap[prefix], side) == (ns.SOAP11, SIDES.get(code, "Client"))
    return fault


def judge_help(fault: etree._Element, answer: Answer, code: str) -> dict[str, str]:
    """What strict mode adds to the detail: code, correlation id and advice in both languages, which is returned."""
    detail, help_ = fault.find("detail")
    assert (detail.tag, help_.tag) == ("detailString", f"{HELP}help")
    assert names(help_) == ["code", "correlationId", "hint", "hint"]
    assert help_.findtext(f"{HELP}code") == code
    assert help_.findtext(f"{HELP}correlationId") == answer.trace
    hints = {hint.get(LANG): hint.text for hint in help_.findall(f"{HELP}hint")}
    assert set(hints) == {"sv", "en"}
    assert all(len(text) > 20 for text in hints.values())
    return hints


@pytest.fixture(scope="module")
def made(site: Site) -> dict[str, tuple[Answer, Answer]]:
    """The answer to every mistake, and to a good call right after it. Made in one go: log lines wait a moment."""
    good = question(contract("GetFixedContacts"), DEMO, REGION)
    return {
        mistake.name: (
            site.post(mistake.body, {**mistake.headers, "x-skltp-correlation-id": f"mistake-{mistake.name}"}),
            site.post(good),
        )
        for mistake in MISTAKES
    }


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_mistake(site: Site, made: dict[str, tuple[Answer, Answer]], mistake: Mistake) -> None:
    answer, good = made[mistake.name]
    assert answer.trace == f"mistake-{mistake.name}"
    fault = judge_shape(answer, mistake.code)
    judge_help(fault, answer, mistake.code)
    assert fault.findtext("faultstring") == f"{mistake.code} [{SETTINGS.instance_name}] {TEXTS[mistake.code]}"
    detail = fault.findtext("detail/detailString")
    assert re.fullmatch(mistake.detail, detail, re.DOTALL), detail
    judge_log(site, answer.trace, mistake.code, detail, mistake.events)
    assert found_ids("GetFixedContacts", good) == {REGION: held()["GetFixedContacts", REGION, DEMO]}


def judge_log(gateway: Gateway, trace: str, code: str, detail: str, events: list[str]) -> None:
    found = gateway.log.of(trace)
    assert [event["event.action"] for event in found] == events
    (error,) = (event for event in found if event["event.action"] == "error")
    assert error["labels"]["errorCode"] == code
    assert error["error.message"].startswith(f"{code} ")
    assert error["error.message"] == error["labels"]["sessionErrorDescription"]
    assert error["labels"]["sessionStatus"] == "true"
    if not re.search(r"\d{10}", detail):  # what looks like a person id is masked in the log
        assert detail in error["error.message"]


def test_a_new_correlation_id_when_the_caller_has_none(site: Site) -> None:
    first, second = (site.post(b"", sender_headers()) for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first.trace)
    assert first.trace != second.trace
    judge_log(site, first.trace, "VP015", "no element found", UNREAD)


@pytest.mark.parametrize("entity", ["&xxe;", "x"])
def test_a_local_file_stays_where_it_is(site: Site, tmp_path: Path, entity: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hemligheten")
    before = f'<!DOCTYPE x [<!ENTITY xxe SYSTEM "file://{secret}">]>'
    for address in (REGION, NATIONAL):
        answer = site.post(message(address, before=before, person=entity))
        fault = judge_shape(answer, "VP015")
        assert re.fullmatch(DOCTYPE, fault.findtext("detail/detailString"))
        assert b"hemligheten" not in answer.body
    assert "hemligheten" not in site.log.text()


@pytest.mark.parametrize(
    ("address", "known"), [(REGION, "GetFixedContacts"), ("SE2321000065-RIVTA07", "GetCareManagers")]
)
def test_a_wrong_request_is_the_producers_to_refuse(site: Site, address: str, known: str) -> None:
    """Routing needs the namespace only; stub and pilot each refuse, and their fault comes back untouched."""
    wrong = request(namespace=contract(known).descriptor.responder, name=known.removesuffix("s"))
    answer = site.post(message(address, body=f"<e:Body>{wrong}</e:Body>"))
    assert answer.status == 500
    assert answer.child.tag == f"{SOAP}Fault"
    assert known.removesuffix("s") in answer.child.findtext("faultstring")
    assert not answer.child.findtext("faultstring").startswith("VP")
    assert [event["event.action"] for event in site.log.of(answer.trace)] == PASSED_ON


def test_over_a_bridge_a_wrong_request_is_refused_before_it_is_told_anew(site: Site) -> None:
    answer = site.post(message("SE2321000065-RIVTA07", body=f"<e:Body>{request(name='GetFixedContact')}</e:Body>"))
    assert fault.read(answer.child)[1].startswith("VP015 ")
    assert "GetFixedContact, expected " in answer.child.findtext("detail/detailString")


def _chunked(port: int, body: bytes) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        pieces = (body[start : start + 1_000_000] for start in range(0, len(body), 1_000_000))
        connection.request("POST", "/vp", pieces, sender_headers(), encode_chunked=True)
        found = connection.getresponse()
        return Answer(found.status, {name.lower(): value for name, value in found.getheaders()}, found.read())
    finally:
        connection.close()


@pytest.mark.parametrize("way", ["content-length", "chunked"])
def test_a_message_over_the_limit(site: Site, way: str) -> None:
    """The answer arrives although the caller is still sending; a caller that only sees a reset learns nothing."""
    body = message(REGION) + b" " * (MAX_BYTES - len(message(REGION)) + 1)
    answer = site.post(body) if way == "content-length" else _chunked(site.port, body)
    fault = judge_shape(answer, "VP015", status=413)
    hints = judge_help(fault, answer, "VP015")
    assert fault.findtext("faultstring") == f"VP015 [{SETTINGS.instance_name}] {TEXTS['VP015']}"
    assert fault.findtext("detail/detailString") == hints["en"]
    assert hints["en"] == f"The message is larger than {MAX_BYTES} bytes (the setting max_message_bytes)."
    assert hints["sv"] == f"Meddelandet är större än {MAX_BYTES} byte (inställningen max_message_bytes)."
    judge_log(site, answer.trace, "VP015", hints["en"], UNREAD)
    assert site.post(message(REGION)).status == 200


def test_a_message_of_exactly_the_limit_is_read(site: Site) -> None:
    """Filled up with an extension at the end of the request, where the contracts allow elements of others."""
    head, end, tail = message(REGION).partition(b"</r:GetFixedContacts>")
    piece = b'<p:fill xmlns:p="urn:fill">' + b"x" * 4000 + b"</p:fill>"
    count, rest = divmod(MAX_BYTES - len(head + end + tail), len(piece))
    body = b"".join((head, piece * count, end, tail, b" " * rest))
    assert len(body) == MAX_BYTES
    answer = site.post(body)
    assert found_ids("GetFixedContacts", answer) == {REGION: held()["GetFixedContacts", REGION, DEMO]}


def _raw(site: Site, text: bytes) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", site.port), PATIENCE)
    sock.sendall(text)
    return sock


def _head(body: bytes, **more: str) -> bytes:
    headers = {**sender_headers(), "Host": "x", "Content-Length": str(len(body)), **more}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /vp HTTP/1.1\r\n{lines}\r\n".encode()


def test_a_consumer_that_leaves_before_the_answer(site: Site) -> None:
    """The call is given up, at every source, and the log says why."""
    body = message(person="191001309812")  # no source answers in time
    sock = _raw(site, _head(body, **{"x-skltp-correlation-id": "gone"}) + body)
    site.log.of("gone", until="req-in")
    sock.close()
    events = site.log.of("gone", until="error")
    assert "resp-out" not in {event["event.action"] for event in events}
    causes = {event["error.message"] for event in site.log.of("gone", "error") if event["event.action"] == "error"}
    assert "the consumer closed the connection before the answer" in causes
    assert site.post(message(REGION)).status == 200


def test_expect_continue(site: Site) -> None:
    """.NET clients and curl wait for leave to send; leave is given, or refused before anything is sent."""
    body = message(REGION)
    with _raw(site, _head(body, Expect="100-continue")) as sock:
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")
    huge = {"Content-Length": str(MAX_BYTES + 1), "Expect": "100-continue"}
    with _raw(site, _head(b"", **huge)) as sock:
        assert sock.recv(1000).startswith(b"HTTP/1.1 413 ")
    with _raw(site, _head(body, Expect="a-miracle")) as sock:
        assert sock.recv(1000).startswith(b"HTTP/1.1 417 ")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"Hej!\r\n\r\n", 400),
        (b"POST /vp HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /vp HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 70_000, 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
    ids=["not-http", "two-lengths", "endless-header", "tls"],
)
def test_not_http(site: Site, text: bytes, status: int) -> None:
    """Even then the answer is a SOAP fault, and the log has a line about it."""
    with _raw(site, text) as sock:
        head, _, body = _until_closed(sock).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    answer = Answer(status, headers, body)
    fault = judge_shape(answer, "VP015", status)
    judge_help(fault, answer, "VP015")
    judge_log(site, answer.trace, "VP015", "could not be read as HTTP/1.1", UNREAD)


def _until_closed(sock: socket.socket) -> bytes:
    parts = []
    while part := sock.recv(65_536):
        parts.append(part)
    return b"".join(parts)


@pytest.fixture(scope="module")
def narrow(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose municipalities answer GetFixedContacts only, one of them until yesterday's year."""
    root = tmp_path_factory.mktemp("narrow")
    other_routes(
        root,
        {
            "SE2120000662-RIVTA0780": 'contracts = ["GetFixedContacts"]\naddress = "{producer}/{name}/{major}/rivtabp21"',
            "SE2120000670-RIVTA0781": (
                'contracts = ["GetFixedContacts"]\naddress = "{producer}/{name}/{major}/rivtabp21"\nvalid_to = 2025-12-31'
            ),
        },
    )
    with gateway_beside(site, RIVTA_DATA=str(root)) as found:
        yield found


@pytest.mark.parametrize(
    ("name", "address", "hint"),
    [
        ("GetCarePlans", "SE2120000662-RIVTA0780", "exists, but not for this service contract"),
        ("GetFixedContacts", "SE2120000670-RIVTA0781", "2000-01-01 – 2025-12-31"),
        ("GetFixedContacts", "SE2120000662-RIVTA0780 ", "white space around it; without it the address exists"),
        ("GetFixedContacts", "SE0", "The logical address SE0 is not known for any service contract."),
    ],
)
def test_why_there_is_no_route(narrow: Gateway, name: str, address: str, hint: str) -> None:
    answer = narrow.post(question(contract(name), DEMO, address))
    fault = judge_shape(answer, "VP004")
    detail = _no_route(address, contract(name).descriptor.responder, BLANK if " " in address else "")
    assert re.fullmatch(detail, fault.findtext("detail/detailString"))
    assert hint in judge_help(fault, answer, "VP004")["en"]
    judge_log(narrow, answer.trace, "VP004", fault.findtext("detail/detailString"), ROUTED)


def test_the_rest_of_a_narrow_catalogue_still_works(narrow: Gateway) -> None:
    answer = narrow.post(question(contract("GetFixedContacts"), DEMO, "SE2120000662-RIVTA0780"))
    assert answer.status == 200


def test_national_faults_are_byte_for_byte_the_national_form(national: Gateway) -> None:
    """One line, no declaration, nothing in the detail but detailString."""
    head = (
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/>'
        "<SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>SOAP-ENV:{side}</faultcode><faultstring>{code} [rivta] {text}"
        "</faultstring><detail>{detail}</detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    place = f"serviceNamespace: {GFC}, receiverId: "
    for body, sender, code, detail in (
        (message("X"), "1177", "VP004", f"No receiverId (logical address) found for {place}X"),
        (
            message(REGION),
            "nobody",
            "VP007",
            f"Authorization missing for {place}{REGION}, senderId: {SENDERS['nobody']}",
        ),
        (message(None), "1177", "VP003", "No receiverId (logical address) found in message header. "),
    ):
        answer = national.post(body, sender_headers(SENDERS[sender]))
        assert answer.status == 500
        side, text = SIDES.get(code, "Client"), TEXTS[code]
        expected = head.format(side=side, code=code, text=text, detail=f"<detailString>{detail}</detailString>")
        assert answer.body.decode() == expected


def test_national_mode_reads_no_further_than_the_head(national: Gateway) -> None:
    """What is broken after that is for the producer to say."""
    answer = national.post(WHOLE[:HALF])
    assert answer.status == 500
    assert not answer.child.findtext("faultstring").startswith("VP")
    actions = [event["event.action"] for event in national.log.of(answer.trace)]
    assert actions == PASSED_ON
