"""``gateway.soap.xml``: trees from strangers."""

import threading
import time
from pathlib import Path

import pytest
from gateway_samples import ROOT, envelope, soap_fault
from lxml import etree

from gateway.soap import ns, xml
from gateway.soap.head import MessageError


def test_a_document_is_parsed() -> None:
    assert xml.parse("<a>å</a>".encode()).text == "å"


@pytest.mark.parametrize(
    "data", [b"", b"<a>", b"<a>&b;</a>", b"hej", b"<a/><b/>", b"<?xml version='1.0' encoding='x-y'?><a/>", b"\xff<a/>"]
)
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError, match="not well-formed XML"):
        xml.parse(data)


BOMB = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))


@pytest.mark.parametrize(
    "data",
    [
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        f'<!DOCTYPE a [<!ENTITY l0 "lol">{BOMB}]><a>&l12;</a>',
        f'<!DOCTYPE a [<!ENTITY l0 "lol">{BOMB}]><a b="&l12;"/>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><a/>',
    ],
)
def test_a_document_type_is_refused_quickly(data: str) -> None:
    started = time.perf_counter()
    with pytest.raises(MessageError):
        xml.parse(data.encode())
    assert time.perf_counter() - started < 0.5


def test_the_content_of_files_never_comes_in(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hemlighet", "utf-8")
    data = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]><a>&e;</a>'
    with pytest.raises(MessageError) as caught:
        xml.parse(data.encode())
    assert "hemlighet" not in str(caught.value)


@pytest.mark.parametrize("count", [300, 5000])
def test_bottomless_nesting_is_refused(count: int) -> None:
    with pytest.raises(MessageError):
        xml.parse(b"<a>" * count + b"</a>" * count)


def test_each_thread_has_its_own_parser() -> None:
    found = [xml.parser()]
    thread = threading.Thread(target=lambda: found.append(xml.parser()))
    thread.start()
    thread.join()
    assert found[0] is xml.parser()
    assert found[0] is not found[1]


@pytest.mark.parametrize("soap", [ns.SOAP11, ns.SOAP12])
@pytest.mark.parametrize("body", ["<a/>", " <a/>\n", "text<a/>", "<!--c--><?p?><a/>"])
def test_the_one_child_of_body(soap: str, body: str) -> None:
    assert xml.body_child(xml.parse(envelope(body, soap=soap))).tag == "a"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"<a/>", "root element is a, expected a SOAP Envelope"),
        (f'<s:Envelope xmlns:s="{ns.SOAP11}"/>'.encode(), "has no Body"),
        (f'<s:Envelope xmlns:s="{ns.SOAP11}"><Body><a/></Body></s:Envelope>'.encode(), "has no Body"),
        (envelope(""), "found 0: none"),
        (envelope("text<!--c-->"), "found 0: none"),
        (envelope("<a/><p:b xmlns:p='urn:p'/>"), "found 2: a, {urn:p}b"),
        (envelope("<a/>" * 5), "found 5: a, a, a"),
    ],
)
def test_anything_else_in_body_is_refused_with_what_was_found(data: bytes, told: str) -> None:
    """RIV-TA Basic Profile 2.1 #7: Body holds exactly one element."""
    with pytest.raises(MessageError) as caught:
        xml.body_child(xml.parse(data))
    assert told in str(caught.value)


@pytest.mark.parametrize("soap", [ns.SOAP11, ns.SOAP12])
def test_a_fault_is_known(soap: str) -> None:
    assert xml.is_fault(xml.body_child(xml.parse(soap_fault(soap=soap))))


@pytest.mark.parametrize("element", ["<Fault/>", "<p:Fault xmlns:p='urn:p'/>"])
def test_an_element_merely_called_fault_is_none(element: str) -> None:
    assert not xml.is_fault(xml.parse(element.encode()))


def test_a_schema_is_compiled_once() -> None:
    path = ROOT / "xsd" / "core_components" / "interoperability_headers_1.0.xsd"
    assert xml.load_schema(path) is xml.load_schema(path)


def test_a_broken_schema_tells_the_line(tmp_path: Path) -> None:
    path = tmp_path / "x.xsd"
    path.write_text(f'<xs:schema xmlns:xs="{ns.XS}">\n<xs:element name="a" type="b"/>\n</xs:schema>', "utf-8")
    with pytest.raises(etree.XMLSchemaParseError) as caught:
        xml.load_schema(path)
    assert caught.value.error_log[0].line == 2


# Without a tree


@pytest.mark.parametrize(
    "data",
    [
        b"<a/>",
        "<a>å&amp;&#229;</a>".encode(),
        b"<?xml version='1.0' encoding='utf-8'?><p:a xmlns:p='urn:p'><p:b c='d'/></p:a>",
        b"<a><!--c--><![CDATA[<]]><?p?></a>",
        envelope("<x/>"),
    ],
)
def test_what_is_well_formed_is_known_without_a_tree(data: bytes) -> None:
    xml.parse(data)
    assert xml.well_formed(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<a/><b/>",
        b"<a>&b;</a>",
        b"<a b='1' b='2'/>",
        b"<a>\x01</a>",
        b"<a>\xff</a>",
        b"<p:a/>",
        b"<a p:b='1'/>",
        b"<!DOCTYPE a><a/>",
        b"<a>]]></a>",
        b"<a>" * 300 + b"</a>" * 300,
        b"<a>" + b"x" * 10_000_001 + b"</a>",
    ],
)
def test_what_a_tree_would_not_take_is_known_without_one(data: bytes) -> None:
    with pytest.raises(MessageError):
        xml.parse(data)
    assert not xml.well_formed(data)
    assert xml.well_formed(b"<a/>")  # the parser goes on


def test_a_large_document_of_small_texts_is_well_formed() -> None:
    assert xml.well_formed(b"<a>" + b"<b>x</b>" * 1_300_000 + b"</a>")
