"""Input that is an attack or a mistake: a clear finding in the layer input, nothing expanded, nothing fetched."""

import time
import tracemalloc

import pytest
from check_samples import ANSWER, check, checker

from gateway.findings.report import UNREADABLE

BOMB = "<!DOCTYPE b [" + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
BOMBS = {
    "billion laughs": BOMB.replace("<!ENTITY e1", '<!ENTITY e0 "haha"><!ENTITY e1') + "]><b>&e11;</b>",
    "in an attribute": BOMB.replace("<!ENTITY e1", '<!ENTITY e0 "haha"><!ENTITY e1') + ']><b a="&e11;"/>',
    "quadratic": f'<!DOCTYPE b [<!ENTITY a "{"x" * 50_000}">]><b>{"&a;" * 5_000}</b>',
    "external file": '<!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/hostname">]><b>&x;</b>',
    "external address": '<!DOCTYPE b [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><b>&x;</b>',
    "external subset": '<!DOCTYPE b SYSTEM "http://127.0.0.1:9/x.dtd"><b/>',
    "parameter entity": '<!DOCTYPE b [<!ENTITY % x SYSTEM "file:///etc/hostname">%x;]><b/>',
    "in a good message": ANSWER.replace("<soapenv:Envelope", "<!DOCTYPE b>\n<soapenv:Envelope", 1),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", BOMBS)
def test_a_doctype_is_refused_at_once(name: str, encoding: str) -> None:
    text = BOMBS[name].replace('encoding="UTF-8"', f'encoding="{encoding}"')
    judge = checker()
    judge.check("first.xml", ANSWER.encode())
    tracemalloc.start()
    begun = time.process_time()
    found = judge.check("m.xml", text.encode(encoding))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(each.rule, each.layer) for each in found.findings] == [("RIVTA-IN-001", UNREADABLE)]
    assert time.process_time() - begun < 2
    assert peak < 5_000_000
    assert set(found.subject.layers.values()) == {"failed", "skipped"}


def test_the_word_doctype_in_a_text_is_no_doctype() -> None:
    text = ANSWER.replace("Ring mig.", "<![CDATA[<!DOCTYPE html>]]>").replace(
        "<core:name>Å", "<!-- <!DOCTYPE --><core:name>Å"
    )
    assert check(text).findings == []


@pytest.mark.parametrize(
    "text",
    [
        "<a>" * 300 + "</a>" * 300,
        f"<a>{'x' * 10_000_001}</a>",
        f'<a b="{"x" * 10_000_001}"/>',
        f"<{'a' * 60_000}/>",
    ],
    ids=["deep", "long text", "long attribute", "long name"],
)
def test_what_is_beyond_the_limits_is_not_read(text: str) -> None:
    (found,) = check(text).findings
    assert (found.rule, found.layer) == ("RIVTA-IN-002", UNREADABLE)


def test_too_many_bytes_are_not_read() -> None:
    (found,) = check(ANSWER, max_bytes=1000).findings
    assert found.rule == "RIVTA-IN-002"
    assert f"{len(ANSWER.encode())} byte, högst 1000" in found.message.sv


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"\x00" * 5000,
        b"<a>",
        b"<a>\xff</a>",
        "<a>å</a>".encode("latin-1"),
        b"PK\x03\x04zip",
        b"{}",
        b"<a/><b/>",
    ],
)
def test_what_is_not_xml_is_told(data: bytes) -> None:
    (found,) = check(data).findings
    assert (found.rule, found.layer) == ("RIVTA-XML-001", "well-formed")


def test_a_broken_message_tells_line_and_column() -> None:
    (found,) = check(ANSWER.replace("</core:period>", "</core:perod>", 1)).findings
    assert (found.rule, found.line) == ("RIVTA-XML-001", 52)
    assert found.column > 1
    assert "</core:perod>" in found.excerpt


@pytest.mark.parametrize(
    "text",
    [
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname"/>',
        '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><a xmlns="urn:a"/>',
        ANSWER.replace(
            "<ns0:GetFixedContactsResponse",
            '<ns0:GetFixedContactsResponse xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd"',
        ),
    ],
)
def test_nothing_is_fetched_because_a_message_says_so(text: str) -> None:
    """The tests' own guard refuses connections; libxml2 has no network here either."""
    assert all(each.rule.startswith(("RIVTA-ENV", "RIVTA-XSD")) for each in check(text).findings)
