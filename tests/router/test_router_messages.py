"""Encodings and RIV-TA profiles on the way through the router, in both modes."""

import codecs
from typing import Any

import pytest
from gateway_parts import Bench, Scripted, Sent, bench
from gateway_samples import (
    TOLVAN,
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
)
from hypothesis import assume, given
from hypothesis import strategies as st
from message_styles import ADDRESSES, ENCODINGS, PING, Style, content, renamed, styles

from gateway.message import Answer
from gateway.router.send import ProducerAnswer
from gateway.soap import ns
from gateway.soap.head import scan

NAME, URL = "GetFixedContacts", "http://producer/vp"
MODES = pytest.mark.parametrize("mode", ["national", "strict"])
UTF8_LABEL = b"text/xml; charset=UTF-8"
ANSWER = '<?xml version="1.0" encoding="UTF-8"?><a>Åsa – Öberg</a>'
TEXT = question(address="Å", more="<x:å xmlns:x='urn:x'>Öberg</x:å>").decode()


def called(answer: Scripted | None = None, *, address: str = "Å", profile: str = "rivtabp21", **settings: Any) -> Bench:
    return bench(
        [route(address, NAME, URL, profile=profile)],
        [permission(address, NAME)],
        {URL: answer or ProducerAnswer(200, [(b"content-type", UTF8_LABEL)], ANSWER.encode())},
        **settings,
    )


def ask(found: Bench, body: bytes, content_type: str | None = None) -> Answer:
    label = [(b"content-type", content_type.encode())] if content_type else []
    return found.handle(request(body, [*headers(), *label]))


def sent(found: Bench) -> Sent:
    (only,) = found.client.sent
    assert only.header("content-type") == ["text/xml;charset=UTF-8"]
    return only


def label(answer: Answer) -> str:
    (only,) = [value for name, value in answer.headers if name == b"content-type"]
    return only.decode()


def declared(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>{TEXT}'


# The national router's table of encodings, row by row.


@MODES
@pytest.mark.parametrize(
    "body", [TEXT.encode(), declared("UTF-8").encode(), codecs.BOM_UTF8 + declared("UTF-8").encode()]
)
@pytest.mark.parametrize("content_type", [None, "text/xml", "text/xml; charset=UTF-8", "text/xml;charset=utf-8"])
def test_utf_8_with_and_without_a_byte_order_mark(body: bytes, content_type: str | None, mode: str) -> None:
    """Rows 1 and 2: bytes unchanged both ways."""
    found = called(mode=mode)
    answer = ask(found, body, content_type)
    assert (sent(found).body, answer.body, label(answer)) == (body, ANSWER.encode(), "text/xml; charset=UTF-8")
    assert found.events[-1][1].form is None


@MODES
@pytest.mark.parametrize(
    ("body", "content_type", "encoding", "start"),
    [
        (codecs.BOM_UTF16_BE + declared("UTF-16").encode("utf-16-be"), "text/xml", "UTF-16BE", b""),
        (codecs.BOM_UTF16_LE + declared("UTF-16").encode("utf-16-le"), None, "UTF-16LE", b""),
        (declared("UTF-16").encode("utf-16-be"), "text/xml", "UTF-16BE", b""),
        (declared("UTF-16").encode("utf-16"), "text/xml; charset=UTF-16", "UTF-16", codecs.BOM_UTF16_BE),
    ],
)
def test_utf_16(body: bytes, content_type: str | None, encoding: str, start: bytes, mode: str) -> None:
    """Rows 3 and 4: UTF-8 for the producer, declaration rewritten; the answer turned back and labelled so."""
    found = called(mode=mode)
    answer = ask(found, body, content_type)
    assert sent(found).body == declared("UTF-8").encode()
    assert label(answer) == f"text/xml; charset={encoding}"
    assert answer.body == start + ANSWER.replace("UTF-8", encoding).encode(
        "utf-16-le" if "LE" in encoding else "utf-16-be"
    )


@pytest.mark.parametrize("content_type", [None, "text/xml;charset=UTF-8"])
def test_a_declaration_of_utf_16_before_utf_8(content_type: str | None) -> None:
    """Row 5: works, answer in UTF-8. The national router forwards it as it is, the strict mode corrects it."""
    body = declared("UTF-16").encode()
    for mode, expected in (("national", body), ("strict", declared("UTF-8").encode())):
        found = called(mode=mode)
        answer = ask(found, body, content_type)
        assert (sent(found).body, answer.body, label(answer)) == (expected, ANSWER.encode(), "text/xml; charset=UTF-8")


@MODES
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (declared("ISO-8859-1").encode("latin-1"), "text/xml"),
        (declared("ISO-8859-1").encode("latin-1"), 'text/xml; charset="iso-8859-1"'),
        (declared("UTF-8").encode("latin-1"), "text/xml; charset=ISO-8859-1"),
    ],
)
def test_iso_8859_1(body: bytes, content_type: str, mode: str) -> None:
    """Row 6: declared or by Content-Type; UTF-8 for the producer, the answer in ISO-8859-1.

    The dash is not in ISO-8859-1: the national router writes a question mark, we a reference.
    """
    found = called(mode=mode)
    answer = ask(found, body, content_type)
    assert sent(found).body == declared("UTF-8").encode()
    assert label(answer) == "text/xml; charset=ISO-8859-1"
    assert answer.body == b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xc5sa &#8211; \xd6berg</a>'


def test_utf_8_by_content_type_and_iso_8859_1_by_declaration() -> None:
    """Row 7: decoded as UTF-8; bytes unchanged in national mode."""
    body = declared("ISO-8859-1").encode()
    for mode, expected in (("national", body), ("strict", declared("UTF-8").encode())):
        found = called(mode=mode)
        assert label(ask(found, body, "text/xml; charset=UTF-8")) == "text/xml; charset=UTF-8"
        assert sent(found).body == expected


def test_latin_1_without_a_word_about_it() -> None:
    """Row 8: VP015 if the bad byte is in the part that is read; the strict mode reads it all, and says where."""
    in_head, after_head = TEXT.encode("latin-1"), question(address="A", more="<!--å-->").decode().encode("latin-1")
    told = fault_of(ask(called(mode="national"), in_head).body)[2]
    assert told.startswith("Invalid UTF-8 ")
    assert " byte 0x" in told
    national = called(mode="national", address="A")
    assert ask(national, after_head).status == 200
    assert sent(national).body == after_head
    told = fault_of(ask(called(address="A"), after_head).body)[2]
    assert told.startswith("not well-formed XML: ")
    assert "the byte 0xE5 at line 1, column" in told


def test_an_encoding_that_nobody_knows() -> None:
    """The national router reads it as UTF-8; the strict mode refuses it."""
    body = declared("rotten").encode()
    national = called(mode="national")
    assert ask(national, body).status == 200
    assert sent(national).body == body
    assert "unknown encoding: rotten" in fault_of(ask(called(), body).body)[2]
    assert ask(called(mode="national"), TEXT.encode(), "text/xml; charset=x-what").status == 200


@MODES
def test_faults_are_in_the_consumers_encoding(mode: str) -> None:
    """National VP, producer outcomes: faults in the request's original encoding; here with a label that is right."""
    failing = called(ProducerAnswer(404, [], b""), mode=mode)
    answer = ask(failing, declared("ISO-8859-1").encode("latin-1"))
    assert (answer.status, label(answer)) == (500, "text/xml; charset=ISO-8859-1")
    assert "tjänsteproducenten".encode("latin-1") in answer.body
    unknown = ask(called(address="B", mode=mode), declared("UTF-16").encode("utf-16"))
    assert label(unknown) == "text/xml; charset=UTF-16LE"
    assert fault_of(unknown.body.decode("utf-16-le").encode())[1].startswith("VP004 ")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (b"text/xml; charset=UTF-8", "text/xml; charset=ISO-8859-1"),
        (b'application/xml;charset="utf-8"; x=y', "application/xml;charset=ISO-8859-1; x=y"),
        (b"application/soap+xml", "application/soap+xml; charset=ISO-8859-1"),
        (b"text/html", "text/html"),
        (b"multipart/related; boundary=b", "multipart/related; boundary=b"),
    ],
)
def test_what_is_xml_is_turned_back(given: bytes, expected: str) -> None:
    found = called(ProducerAnswer(200, [(b"content-type", given)], "<a>å</a>".encode()))
    answer = ask(found, declared("ISO-8859-1").encode("latin-1"))
    assert label(answer) == expected
    assert answer.body == "<a>å</a>".encode("latin-1" if "ISO" in expected else "utf-8")


@MODES
def test_an_answer_in_another_encoding_is_read_as_what_it_is(mode: str) -> None:
    """The national router overwrites the producer's label and takes the answer for UTF-8."""
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><a>Öberg</a>'
    given = ProducerAnswer(200, [(b"content-type", b"text/xml; charset=ISO-8859-1")], text.encode("latin-1"))
    answer = ask(called(given, mode=mode), TEXT.encode("utf-16"))
    assert answer.body.decode("utf-16-le") == text.replace("ISO-8859-1", "UTF-16LE")


def test_an_answer_that_cannot_be_turned_back_keeps_its_own_label() -> None:
    found = called(ProducerAnswer(200, [(b"content-type", UTF8_LABEL)], "<a><![CDATA[–]]></a>".encode()))
    answer = ask(found, declared("ISO-8859-1").encode("latin-1"))
    assert (answer.body.decode(), label(answer)) == ("<a><![CDATA[–]]></a>", "text/xml; charset=UTF-8")


@pytest.mark.parametrize("validate", ["request", "both"])
def test_a_message_in_another_encoding_is_checked_as_well(validate: str) -> None:
    good = ProducerAnswer(200, [(b"content-type", UTF8_LABEL)], answer_message(NAME, record(NAME, "A", "1")))
    text = question(address="Å").decode()
    assert ask(called(good, validate=validate), text.encode("utf-16")).status == 200
    broken = text.replace("core:root>", "core:rot>").encode("utf-16")
    answer = ask(called(good, validate=validate), broken)
    assert fault_of(answer.body.decode("utf-16-le").encode())[1].startswith("VP015 ")


# RIV-TA Basic Profile 2.0 and 2.1


def to(address: str, more: str = "") -> str:
    return f'<wsa:To xmlns:wsa="{ns.WSA}">{address}</wsa:To>{more}'


MESSAGE_ID = f'<wsa:MessageID xmlns:wsa="{ns.WSA}">urn:uuid:1</wsa:MessageID>'
CDATA = "<x:y xmlns:x='urn:x'><![CDATA[<å>]]><?p q?><!--c--></x:y>"


def test_bp_2_0_to_a_producer_of_bp_2_1() -> None:
    """National VP, R1. Only the address header changes; in national mode every header of its namespace."""
    body = envelope(request_element(NAME, more=CDATA), to("Å", MESSAGE_ID))
    strict = called()
    assert ask(strict, body).status == 200
    address = f'<wsa:LogicalAddress xmlns:wsa="{ns.REGISTRY}">Å</wsa:LogicalAddress>'
    assert sent(strict).body == envelope(request_element(NAME, more=CDATA), address + MESSAGE_ID)
    national = called(mode="national")
    assert ask(national, body).status == 200
    expected = envelope(request_element(NAME, more=CDATA), address + MESSAGE_ID.replace(ns.WSA, ns.REGISTRY))
    assert sent(national).body == b"<?xml version='1.0' encoding='UTF-8'?>" + expected


@MODES
def test_bp_2_1_to_a_producer_of_bp_2_0(mode: str) -> None:
    """National VP, R2."""
    found = called(profile="rivtabp20", mode=mode)
    assert ask(found, TEXT.encode()).status == 200
    head = scan(sent(found).body, whole=True)
    assert (head.profile, head.logical_address) == (ns.BP20, "Å")


@MODES
def test_the_log_tells_both_profiles(mode: str) -> None:
    """National VP, R1 and R2: rivtabp20 when it comes in, RIVTABP21 once it is rewritten; no error."""
    found = called(mode=mode)
    profiles: list[tuple[str, str | None]] = []
    found.router.events.subscribe(lambda action, call: profiles.append((action, call.head and call.head.profile)))
    ask(found, envelope(request_element(NAME), to("Å")))
    new = "RIVTABP21"
    assert profiles == [("req-in", "rivtabp20"), ("req-out", new), ("resp-in", new), ("resp-out", new)]


def test_breakage_that_the_national_head_scan_does_not_see() -> None:
    """National VP, profile transformation: VP012 with the parser's message; without transformation it is forwarded."""
    body = envelope(request_element(NAME), to("Å")).replace(b"</soapenv:Body>", b"</soapenv:Bdy>")
    answer = ask(called(mode="national"), body)
    code, text, detail = fault_of(answer.body)
    assert (code, text.partition(" ")[0]) == ("SOAP-ENV:Server", "VP012")
    assert "[row,col {unknown-source}]" in detail
    assert ask(called(profile="rivtabp20", mode="national"), body).status == 200
    assert fault_of(ask(called(), body).body)[1].startswith("VP015 ")


@MODES
def test_both_at_once(mode: str) -> None:
    body = f'<?xml version="1.0" encoding="UTF-16"?>{envelope(request_element(NAME), to("Å")).decode()}'.encode(
        "utf-16"
    )
    found = called(mode=mode)
    assert label(ask(found, body)) == "text/xml; charset=UTF-16LE"
    assert scan(sent(found).body, whole=True).profile == ns.BP21


@MODES
def test_large_messages_are_rewritten_too(mode: str) -> None:
    many = "".join(f"<q:fixedContactType><core:code>{n}</core:code></q:fixedContactType>" for n in range(3000))
    body = envelope(request_element(NAME, TOLVAN, many), to("Å")).decode().encode("utf-16")
    assert len(body) > 200_000
    large = ProducerAnswer(200, [(b"content-type", UTF8_LABEL)], f"<a>{'å' * 200_000}</a>".encode())
    found = called(large, mode=mode)
    answer = ask(found, body)
    assert answer.body.decode("utf-16-le") == f"<a>{'å' * 200_000}</a>"
    assert scan(sent(found).body, whole=True).profile == ns.BP21


# What a national head is, seen from outside


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "No receiverId (logical address) found in message header. "),
        (
            envelope("", address_header("R")),
            "No receiverId (logical address) found for serviceNamespace: null, receiverId: R",
        ),
        (
            envelope("<x/>", address_header("R")),
            "No receiverId (logical address) found for serviceNamespace: , receiverId: R",
        ),
        (b"", "Unexpected EOF in prolog\n at [row,col {unknown-source}]: [1,0]"),
    ],
)
def test_what_the_national_router_lets_pass_its_parser(body: bytes, told: str) -> None:
    """National VP, edge cases of the head scan; the strict mode calls them all VP015."""
    assert fault_of(ask(called(mode="national"), body).body)[2] == told
    if body != envelope("<x/>", address_header("R")):
        assert fault_of(ask(called(), body).body)[1].startswith("VP015 ")


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_a_document_type_is_refused_in_both_modes(mode: str) -> None:
    """The national router passes it on, with all that it declares: SOAP 1.1, section 3, forbids it."""
    assert "DOCTYPE" in fault_of(ask(called(mode=mode), b"<!DOCTYPE a>" + TEXT.encode()).body)[2]


# Any style


def ready(style: Style, mode: str, profile: str) -> Bench:
    row = route(style.address, PING, URL, profile=profile)
    return bench([row], [permission(style.address, PING)], mode=mode)


@given(styles(), st.sampled_from(["national", "strict"]), st.booleans())
def test_whatever_the_style_the_bytes_arrive_when_nothing_must_change(style: Style, mode: str, bom: bool) -> None:
    assume(mode == "strict" or not style.commented)
    found = ready(style, mode, style.profile)
    body = codecs.BOM_UTF8 * bom + style.bytes()
    assert ask(found, body, "text/xml").status == 200
    assert sent(found).body == body


@given(st.data(), st.sampled_from(["national", "strict"]), st.booleans())
def test_whatever_style_and_encoding_the_message_arrives(data: st.DataObject, mode: str, other: bool) -> None:
    encoding = data.draw(st.sampled_from(ENCODINGS))
    style = data.draw(styles(encoding=encoding))
    assume(mode == "strict" or not style.commented)
    profile = {ns.BP20: ns.BP21, ns.BP21: ns.BP20}[style.profile] if other else style.profile
    found = ready(style, mode, profile)
    assert ask(found, style.bytes(encoding), f"text/xml; charset={encoding}").status == 200
    expected = content(style.bytes(encoding).decode(encoding).replace(encoding, "UTF-8").encode())
    if other:
        expected = renamed(expected, *(ns.clark(*ADDRESSES[each]) for each in (style.profile, profile)))
    assert content(sent(found).body) == expected
