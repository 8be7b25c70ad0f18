"""``gateway.soap.national.scan``: a head as the national router reads it, and its words for what it cannot read."""

import time

import pytest
from gateway_samples import address_header, envelope
from hypothesis import given
from message_styles import PING, Style, styles

from gateway.soap import ns
from gateway.soap.head import MessageError
from gateway.soap.head import scan as strict_scan
from gateway.soap.national import scan

CHILD = f'<p:Ping xmlns:p="{PING}"/>'
TO = f'<wsa:To xmlns:wsa="{ns.WSA}">TO</wsa:To>'


def message(header: str, body: str = CHILD) -> bytes:
    return envelope(body, header)


@given(styles())
def test_what_is_right_is_read_as_in_strict_mode(style: Style) -> None:
    found, strict = scan(style.bytes()), strict_scan(style.bytes())
    if not style.commented:  # there the two differ, see below
        assert found == strict
    assert (found.profile, found.contract, found.address_span) == (style.profile, PING, strict.address_span)


@pytest.mark.parametrize("charset", [None, "UTF-8"])
def test_the_head_of_an_ordinary_message(charset: str | None) -> None:
    head = scan(message(address_header("Å")), charset)
    assert (head.soap, head.profile, head.logical_address) == (ns.SOAP11, ns.BP21, "Å")
    assert (head.contract, head.operation, head.single) == (PING, "Ping", False)


@pytest.mark.parametrize(
    ("header", "profile", "address"),
    [
        (TO + address_header("LA"), ns.BP21, "LA"),
        (address_header("LA") + TO, ns.BP20, "TO"),
        (f"{address_header('LA')}<x xmlns='urn:x'>{TO}</x>", ns.BP20, "TO"),
        (f"<x xmlns='urn:x'><y>{TO}</y></x>", ns.BP20, "TO"),
        ("<LogicalAddress>LA</LogicalAddress>", ns.BP21, "LA"),
        ("<To xmlns='urn:x'>TO</To>", ns.BP20, "TO"),
        (f'<r:LogicalAddress xmlns:r="{ns.REGISTRY2}">LA</r:LogicalAddress>', ns.BP21, "LA"),
        (f"{TO}<To/>", ns.BP20, None),
        (f"{TO}<LogicalAddress> </LogicalAddress>", ns.BP21, None),
        ("<To>A<To>B</To></To>", ns.BP20, "B"),
        ("<To>A<x>B</x></To>", ns.BP20, "A"),
        ("<To><x>B</x>A</To>", ns.BP20, None),
    ],
)
def test_local_names_count_and_the_last_one_wins(header: str, profile: str, address: str | None) -> None:
    """National VP, what is extracted: any namespace, any depth, last in document order."""
    head = scan(message(header))
    assert (head.profile, head.logical_address) == (profile, address)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<![CDATA[A&B]]>", "A&B"),
        ("A&amp;B", "A&B"),
        ("SE&#45;1", "SE-1"),
        (" A", " A"),
        ("A ", "A "),
        ("\n A\n", "\n A\n"),
        ("<!--c-->L", "c"),
        ("A<!--c-->B", "A"),
        ("<?p q?>A", None),
        ("A<?p q?>B", "A"),
        ("A<x/><!--c-->", "A"),
        ("", None),
        (" ", None),
        ("\n\t", None),
        ("\u00a0", "\u00a0"),
    ],
)
def test_the_text_of_the_address(written: str, read: str | None) -> None:
    """National VP, edge cases: references and CDATA decoded, nothing trimmed, a leading comment is the address."""
    head = scan(message(address_header(written)))
    assert head.logical_address == read
    assert head.profile == ns.BP21
    assert (head.address_span is None) == (read is None)


def test_the_span_is_the_whole_element() -> None:
    data = message(f"<!--å--><x xmlns='urn:x'><To a='>' >TO</To ></x>{'text'}")
    span = scan(data).address_span
    assert span is not None
    assert data[slice(*span)] == b"<To a='>' >TO</To >"


@pytest.mark.parametrize(
    ("text", "profile", "address", "contract"),
    [
        ("<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", None, None, "null"),
        (f"<Envelope><Header>{TO}</Header><Body><x/></Body></Envelope>", ns.BP20, "TO", ""),
        (f"<a><Header/>{TO}<b><Body><x xmlns='urn:x'/></Body></b></a>", ns.BP20, "TO", "urn:x"),
        (f"<a>{TO}<Header/><Body><x/></Body></a>", None, None, ""),
        (f"<a><Header>{TO}</Header><Body/></a>", ns.BP20, "TO", "null"),
        (f"<a><Header>{TO}</Header></a>", ns.BP20, "TO", "null"),
        (f"<a><Header>{TO}</Header><Body>text</Body><x xmlns='urn:x'/></a>", ns.BP20, "TO", "urn:x"),
        ("<a><Body><x/></Body></a>", None, None, ""),
    ],
)
def test_any_xml_is_read(text: str, profile: str | None, address: str | None, contract: str) -> None:
    """National VP, edge cases: no Header, an empty Body, a child without namespace, XML that is not SOAP."""
    head = scan(text.encode())
    assert (head.profile, head.logical_address, head.contract) == (profile, address, contract)


def test_what_follows_the_first_child_is_not_read() -> None:
    assert scan(message(TO, "<a><b></a>")).logical_address == "TO"
    assert scan(message(TO) + b"\x00\xff" * 100_000).logical_address == "TO"


@pytest.mark.parametrize(
    "doctype", ["<!DOCTYPE a>", '<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd">', '<!DOCTYPE a [<!ENTITY e "A">]>']
)
def test_a_document_type_is_refused(doctype: str) -> None:
    """Unlike nationally, where it is skipped and sent on."""
    with pytest.raises(MessageError, match="DOCTYPE"):
        scan(envelope(CHILD, TO, before=doctype))


def test_entities_do_not_multiply() -> None:
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(30))
    doctype = f'<!DOCTYPE a [<!ENTITY l0 "lol">{laughs}]>'
    started = time.perf_counter()
    with pytest.raises(MessageError, match="DOCTYPE"):
        scan(envelope(CHILD, "<x a='&l30;'/>", before=doctype))
    assert time.perf_counter() - started < 0.5


AT = "\n at [row,col {unknown-source}]: "


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", f"Unexpected EOF in prolog{AT}[1,0]"),
        (b" \n ", f"Unexpected EOF in prolog{AT}[2,1]"),
        (b'<?xml version="1.0"?>', f"Unexpected EOF in prolog{AT}[1,21]"),
        (b"<felaktigt format soapenv:Envelope>", f"Unexpected character 's' (code 115) expected '='{AT}[1,19]"),
        (b"<a b='1' c \xc3\xa5>", f"Unexpected character 'å' (code 229) expected '='{AT}[1,12]"),
        (b"<Soap", f"Unexpected end of input block; expected an identifier{AT}[1,5]"),
        (b'{"a": 1}', f"Unexpected character '{{' (code 123) in prolog; expected '<'{AT}[1,1]"),
        (b'<?xml version="1.0"?>\nhej', f"Unexpected character 'h' (code 104) in prolog; expected '<'{AT}[2,1]"),
        (b"\xef\xbb\xbfhej", f"Unexpected character 'h' (code 104) in prolog; expected '<'{AT}[1,1]"),
        ("åja".encode(), f"Unexpected character 'å' (code 229) in prolog; expected '<'{AT}[1,1]"),
        (b"--MIME_boundary\r\n", f"Unexpected character '-' (code 45) in prolog; expected '<'{AT}[1,1]"),
        (
            b"\n<?xml version='1.0'?><a/>",
            f'Illegal processing instruction target ("xml"); xml (case insensitive) is reserved by the specs.{AT}[2,5]',
        ),
        (b"\x1f\x8b\x08\x00", "Invalid UTF-8 start byte 0x8b (at char #2, byte #-1)"),
        (b"<a>\xe5</a>", "Invalid UTF-8 middle byte 0x3c (at char #4, byte #-1)"),
        ("<a>å".encode() + b"\xff</a>", "Invalid UTF-8 start byte 0xff (at char #5, byte #-1)"),
        (b"<a>\xc3", "Invalid UTF-8 start byte 0xc3 (at char #4, byte #-1)"),
        (b"<a>" + b" " * 5000 + b"\xff</a>", "Invalid UTF-8 start byte 0xff (at char #5004, byte #-1)"),
        (b"hej" + b" " * 5000 + b"\xff", f"Unexpected character 'h' (code 104) in prolog; expected '<'{AT}[1,1]"),
        (b"{\xff", "Invalid UTF-8 start byte 0xff (at char #2, byte #-1)"),
        (b"-" + "å".encode() * 2100, f"Unexpected character '-' (code 45) in prolog; expected '<'{AT}[1,1]"),
        (b"<a></b>", f"mismatched tag{AT}[1,6]"),
        (b"<a\n b='1' b='2'/>", f"duplicate attribute{AT}[2,8]"),
    ],
)
def test_what_cannot_be_read_is_told_in_its_parsers_words(data: bytes, told: str) -> None:
    """National VP, malformed messages; the last ones, of which its words are not known, in ours."""
    with pytest.raises(MessageError) as caught:
        scan(data)
    assert str(caught.value) == told


@pytest.mark.parametrize("charset", ["hex", "shift_jis", "x"])
def test_an_encoding_that_the_parser_does_not_know(charset: str) -> None:
    with pytest.raises(MessageError):
        scan(message(TO), charset)
