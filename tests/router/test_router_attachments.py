"""Attachments and compression on the way through the router, in both modes."""

import gzip
import zlib
from typing import Any

import pytest
from gateway_parts import Bench, Scripted, Sent, bench
from gateway_samples import (
    address_header,
    answer_message,
    envelope,
    fault_of,
    headers,
    permission,
    question,
    record,
    request,
    request_element,
    route,
    soap_fault,
)

from gateway.message import Answer, Headers
from gateway.router.send import ProducerAnswer
from gateway.soap import ns
from gateway.soap.head import scan

NAME, URL = "GetFixedContacts", "http://producer/vp"
MODES = pytest.mark.parametrize("mode", ["national", "strict"])
RELATED = 'Multipart/Related; boundary="=_b"; type="application/xop+xml"; start="<root@x>"; start-info="text/xml"'
INCLUDE = (
    "<x:i xmlns:x='urn:x'><xop:Include xmlns:xop='http://www.w3.org/2004/08/xop/include' href='cid:bild@x'/></x:i>"
)
IMAGE = b"\x89PNG\r\n\x1a\n\x00--=_b\r\n<soapenv:Envelope>\xff"
ENVELOPE = envelope(request_element(NAME, more=INCLUDE), address_header("A"))


def package(root: bytes, kind: str = "application/xop+xml; charset=UTF-8", line: str = "\r\n") -> bytes:
    """A message with the root last, a preamble and an epilogue."""
    parts = [
        "preamble", "--=_b", "Content-Type: image/png", "Content-ID: <bild@x>", "", IMAGE,
        "--=_b", f"Content-Type: {kind}", "Content-ID: <root@x>", "", root, "--=_b--", "epilogue",
    ]  # fmt: skip
    return line.encode().join(part if isinstance(part, bytes) else part.encode() for part in parts)


def called(answer: Scripted | None = None, **settings: Any) -> Bench:
    rows = [route("A", NAME, URL), route("B", NAME, URL, profile="rivtabp20")]
    answers = {URL: answer} if answer else {}
    return bench(rows, [permission("A", NAME), permission("B", NAME)], answers, **settings)


def ask(found: Bench, body: bytes, *sent: tuple[str, str]) -> Answer:
    return found.handle(request(body, [*headers(), *((name.encode(), value.encode()) for name, value in sent)]))


def only(found: Bench) -> Sent:
    (sent,) = found.client.sent
    return sent


def detail(answer: Answer) -> str:
    return fault_of(answer.body)[2]


def values(answer: Answer, name: str) -> list[bytes]:
    return [value for known, value in answer.headers if known == name.encode()]


# Attachments


@pytest.mark.parametrize("line", ["\r\n", "\n"])
@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        (RELATED, "application/xop+xml; charset=UTF-8"),
        (RELATED.replace("application/xop+xml", "text/xml"), "text/xml"),
    ],
)
def test_a_package_is_forwarded_as_it_is(content_type: str, kind: str, line: str) -> None:
    """MTOM and SOAP with Attachments: routed by the root part, every byte and the Content-Type kept."""
    found = called()
    body = package(ENVELOPE, kind, line)
    assert ask(found, body, ("content-type", content_type), ("mime-version", "1.0")).status == 200
    assert only(found).body == body
    assert only(found).header("content-type") == [content_type]
    assert only(found).header("mime-version") == ["1.0"]


@pytest.mark.parametrize("cut", [0, len(b"--=_b--\r\nepilogue")])
def test_the_national_router_would_drop_the_attachments(cut: int) -> None:
    """National VP, MTOM: only the envelope goes on there. Here all does, also without the last delimiter."""
    found = called(mode="national")
    body = package(b'<?xml version="1.0"?>\n' + ENVELOPE).replace(b"<soapenv:Envelope>\xff", b"")
    body = body[: len(body) - cut]
    assert ask(found, body, ("content-type", RELATED)).status == 200
    assert only(found).body == body
    assert only(found).header("content-type") == [RELATED]
    told = "MTOM/XOP: the national platform would drop the attachments, here they are kept"
    assert found.events[0][1].warning == told


def test_what_the_national_router_cannot_cut_out() -> None:
    """National VP, MTOM: its own text; a multipart message without xop in its Content-Type is no XML."""
    found = called(mode="national")
    without = package(ENVELOPE.replace(b"soapenv:", b"").replace(b"xmlns:soapenv", b"xmlns")).replace(b"soapenv:", b"")
    assert detail(ask(found, without, ("content-type", RELATED))) == (
        "Inkommande begäran är ej korrekt utformat och kan därför inte behandlas."
    )
    plain = b"--b\r\nContent-Type: text/xml\r\n\r\n" + ENVELOPE + b"\r\n--b--"
    told = detail(ask(found, plain, ("content-type", "multipart/related; boundary=b; type=text/xml")))
    assert told.startswith("Unexpected character '-' (code 45) in prolog; expected '<'")


def test_a_package_in_the_other_profile_has_another_root_only() -> None:
    found = called()
    root = ENVELOPE.replace(b">A<", b">B<")
    assert ask(found, package(root), ("content-type", RELATED)).status == 200
    new = scan(only(found).body[slice(*_root(only(found).body))], whole=True)
    assert (new.profile, new.logical_address) == (ns.BP20, "B")
    start, end = _root(only(found).body)
    before, after = _root(package(root))
    assert only(found).body[:start] == package(root)[:before]
    assert only(found).body[end:] == package(root)[after:]


def _root(body: bytes) -> tuple[int, int]:
    start = body.index(b"<soapenv:Envelope xmlns")
    return start, body.index(b"\r\n--=_b--")


def test_a_package_in_another_encoding_becomes_utf_8() -> None:
    found = called()
    root = ENVELOPE.decode().encode("utf-16")
    kind = "application/xop+xml; charset=UTF-16; type='text/xml'"
    answer = ask(found, package(root, kind), ("content-type", RELATED))
    assert values(answer, "content-type") == [b"text/xml; charset=UTF-16"]
    assert only(found).body == package(ENVELOPE, kind.replace("UTF-16", "UTF-8"))


@pytest.mark.parametrize(
    ("body", "content_type", "told"),
    [
        (package(ENVELOPE), "multipart/related; type=text/xml", "names no boundary"),
        (package(ENVELOPE)[:-20], RELATED, "no closing delimiter"),
        (package(ENVELOPE), RELATED.replace("root@x", "rot@x"), "no part with Content-ID <rot@x>"),
        (package(ENVELOPE[:-1]), RELATED, "not well-formed"),
        (ENVELOPE, RELATED, "no closing delimiter"),
    ],
)
def test_what_is_wrong_with_a_package_is_told(body: bytes, content_type: str, told: str) -> None:
    answer = ask(called(), body, ("content-type", content_type))
    assert fault_of(answer.body)[1].startswith("VP015 ")
    assert told in detail(answer)


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_an_answer_with_attachments(mode: str) -> None:
    """The national router passes the bytes and overwrites the Content-Type, so that the boundary is lost."""
    body = package(answer_message(NAME, record(NAME, "A", "1")))
    found = called(ProducerAnswer(200, [(b"content-type", RELATED.encode())], body), mode=mode)
    answer = ask(found, question(address="A"))
    assert answer.body == body
    assert values(answer, "content-type") == [RELATED.encode()]


def test_an_answer_with_attachments_is_checked_by_its_envelope() -> None:
    good = answer_message(NAME, record(NAME, "A", "1"))
    label: Headers = [(b"content-type", RELATED.encode())]
    assert ask(called(ProducerAnswer(200, label, package(good)), validate="both"), question(address="A")).status == 200
    broken = package(good.replace(b"core:root>", b"core:rot>"))
    answer = ask(called(ProducerAnswer(200, label, broken), validate="both"), question(address="A"))
    assert "rot" in detail(answer)
    cut = ask(called(ProducerAnswer(200, label, b"--=_b"), validate="both"), question(address="A"))
    assert "no closing delimiter" in detail(cut)


# Compression


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "identity"])
def test_a_compressed_request_arrives_plain(coding: str) -> None:
    """The producer hears nothing of it: it gets the message itself, without Content-Encoding."""
    found = called(validate="request")
    body = question(address="A")
    packed = {"deflate": zlib.compress(body), "identity": body}.get(coding, gzip.compress(body))
    assert ask(found, packed, ("content-encoding", coding), ("x-other", "1")).status == 200
    assert only(found).body == body
    assert only(found).header("content-encoding") == []
    assert only(found).header("x-other") == ["1"]


def test_a_compressed_package_arrives_as_a_package() -> None:
    found = called()
    packed = gzip.compress(package(ENVELOPE))
    assert ask(found, packed, ("content-encoding", "gzip"), ("content-type", RELATED)).status == 200
    assert only(found).body == package(ENVELOPE)


def test_national_mode_does_not_know_compression() -> None:
    """National VP, malformed messages: its parser's words about the first bytes of gzip."""
    answer = ask(called(mode="national"), gzip.compress(question(address="A")), ("content-encoding", "gzip"))
    assert detail(answer) == "Invalid UTF-8 start byte 0x8b (at char #2, byte #-1)"


@pytest.mark.parametrize(
    ("body", "coding", "told"),
    [
        (question(address="A"), "gzip", "the compressed message is damaged"),
        (gzip.compress(question(address="A"))[:-4], "gzip", "ends too early"),
        (question(address="A"), "br", "Content-Encoding br is not known here"),
        (gzip.compress(question(address="A", more="<!--" + " " * 5000 + "-->")), "gzip", "larger than 5000 bytes"),
        (b"", "gzip", "no element found"),
    ],
)
def test_compression_that_does_not_work_is_told(body: bytes, coding: str, told: str) -> None:
    """Size limits: what comes out may not be larger than what may come in."""
    answer = ask(called(max_message_bytes=5000), body, ("content-encoding", coding))
    assert fault_of(answer.body)[1].startswith("VP015 ")
    assert told in detail(answer)


ANSWER = answer_message(NAME, record(NAME, "A", "1"))
PACKED = ProducerAnswer(200, [(b"content-encoding", b"gzip"), (b"content-type", b"text/xml")], gzip.compress(ANSWER))


def test_a_compressed_answer_passes_to_who_accepts_it() -> None:
    answer = ask(called(PACKED), question(address="A"), ("accept-encoding", "deflate, gzip"))
    assert (answer.body, values(answer, "content-encoding")) == (PACKED.body, [b"gzip"])


@pytest.mark.parametrize("sent", [(), (("accept-encoding", "identity"),), (("accept-encoding", "gzip;q=0"),)])
def test_others_get_it_plain(sent: tuple[tuple[str, str], ...]) -> None:
    answer = ask(called(PACKED), question(address="A"), *sent)
    assert (answer.body, values(answer, "content-encoding")) == (ANSWER, [])


def test_national_mode_passes_it_to_everybody() -> None:
    """National VP, producer outcomes: gzip although not asked for, passed through with Content-Encoding."""
    answer = ask(called(PACKED, mode="national"), question(address="A"))
    assert (answer.body, values(answer, "content-encoding")) == (PACKED.body, [b"gzip"])


@MODES
def test_who_writes_in_another_encoding_gets_it_plain(mode: str) -> None:
    sent = (("accept-encoding", "gzip"), ("content-type", "text/xml; charset=ISO-8859-1"))
    answer = ask(called(PACKED, mode=mode), question(address="A"), *sent)
    assert (answer.body, values(answer, "content-encoding")) == (ANSWER.decode().encode("latin-1"), [])


def test_a_compressed_answer_is_checked_as_well() -> None:
    accepting = ("accept-encoding", "gzip")
    answer = ask(called(PACKED, validate="both"), question(address="A"), accepting)
    assert answer.body == PACKED.body
    broken = PACKED._replace(body=gzip.compress(ANSWER.replace(b"core:root>", b"core:rot>")))
    assert "rot" in detail(ask(called(broken, validate="both"), question(address="A"), accepting))


def test_a_compressed_fault_is_a_fault() -> None:
    fault = PACKED._replace(status=500, body=gzip.compress(soap_fault()))
    assert ask(called(fault), question(address="A")).body == soap_fault()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (PACKED.body[:-4], "The answer cannot be unpacked: the compressed message ends too early"),
        (
            gzip.compress(bytes(300_000)),
            "The answer cannot be unpacked: the message is larger than 100000",
        ),
    ],
)
def test_a_compressed_answer_that_cannot_be_unpacked(body: bytes, told: str) -> None:
    found = called(PACKED._replace(body=body), max_message_bytes=100_000)
    answer = ask(found, question(address="A"))
    assert fault_of(answer.body)[1].startswith("VP009 ")
    assert told in detail(answer)


def test_an_answer_in_a_coding_we_do_not_know_is_left_alone() -> None:
    unknown = PACKED._replace(headers=[(b"content-encoding", b"br")], body=b"\x0b\x02")
    answer = ask(called(unknown), question(address="A"))
    assert (answer.body, values(answer, "content-encoding")) == (b"\x0b\x02", [b"br"])


def test_large_compressed_answers_are_unpacked_too() -> None:
    noise = "".join(f"<!--{n * 7919 % 100_003}-->" for n in range(60_000)).encode()
    large = PACKED._replace(body=gzip.compress(b"<a>" + noise + b"</a>"))
    assert len(large.body) > 100_000
    assert ask(called(large), question(address="A")).body == b"<a>" + noise + b"</a>"
