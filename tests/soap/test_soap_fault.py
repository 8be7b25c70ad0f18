"""``gateway.soap.fault``: refusals as the national platform writes them, and producers' faults read."""

from xml.sax.saxutils import escape

import pytest
from gateway_samples import envelope, fault_of, soap_fault
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.soap import fault, ns, xml
from gateway.soap.fault import Fault

REFUSED = Fault(
    code="VP004",
    side=fault.CLIENT,
    text="VP004 [NTjP Develop] Det finns inget vägval",
    detail="No receiverId (logical address) found for serviceNamespace: urn:x, receiverId: X",
    hints={"sv": "Lägg till ett vägval.", "en": "Add a route."},
    correlation_id="c-1",
)


def test_the_national_form_is_one_exact_line() -> None:
    """National VP, fault format: one line, no XML declaration, detailString without namespace."""
    assert fault.render(REFUSED, national=True).decode() == (
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/>'
        "<SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode>"
        "<faultstring>VP004 [NTjP Develop] Det finns inget vägval</faultstring>"
        "<detail><detailString>No receiverId (logical address) found for serviceNamespace: urn:x, receiverId: X"
        "</detailString></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )


def test_an_empty_detail_is_an_empty_element() -> None:
    """National VP, VP014: ``<detailString/>``."""
    assert b"<detail><detailString/></detail>" in fault.render(Fault("VP014", "Server", "t", ""), national=True)


def test_the_strict_form_adds_help_after_the_national_detail() -> None:
    detail = etree.fromstring(fault.render(REFUSED)).find(".//detail")
    assert detail is not None
    assert [child.tag for child in detail] == ["detailString", f"{{{ns.GATEWAY}}}help"]
    code, identity, *hints = detail[1]
    assert (code.text, identity.text) == ("VP004", "c-1")
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    assert {hint.get(language): hint.text for hint in hints} == REFUSED.hints


def test_the_children_of_fault_keep_their_order() -> None:
    """SOAP 1.1, section 4.4: faultcode, faultstring, (faultactor,) detail; without namespace."""
    found = etree.fromstring(fault.render(REFUSED)).find(f".//{{{ns.SOAP11}}}Fault")
    assert found is not None
    assert [child.tag for child in found] == ["faultcode", "faultstring", "detail"]


def test_without_correlation_id_there_is_no_empty_element() -> None:
    assert b"correlationId" not in fault.render(Fault("VP015", "Client", "t", "d"))


def test_the_faultcode_uses_the_prefix_of_the_envelope() -> None:
    """SOAP 1.1: faultcode is a qualified name, so its prefix must be declared."""
    found = etree.fromstring(fault.render(REFUSED)).find(".//faultcode")
    assert found is not None
    assert found.text is not None
    prefix, _, name = found.text.partition(":")
    assert (found.nsmap[prefix], name) == (ns.SOAP11, "Client")


@pytest.mark.parametrize("national", [False, True])
@pytest.mark.parametrize("text", ["<x>", "a&b", "]]>", "&amp;", "\"'", "Åäö", "‹person-id›", "𝄞"])
def test_texts_are_escaped_and_come_back(text: str, national: bool) -> None:
    written = fault.render(Fault("VP009", "Server", text, text, {"sv": text}, text), national=national)
    assert fault_of(written)[1:] == (text, text)


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_xml_forbids_are_replaced(character: str) -> None:
    """XML 1.0, production 2 (Char): a fault must be well-formed whatever the text came from."""
    assert fault_of(fault.render(Fault("VP015", "Client", f"a{character}b", "")))[1] == "a\ufffdb"


@given(st.text(st.characters() | st.sampled_from("\0\x1f\x7f\ud800\udfff\ufffe\uffff&<>]")))
def test_any_text_gives_a_well_formed_fault(text: str) -> None:
    written = fault.render(Fault("VP015", "Client", text, text, {"sv": text, "en": text}, text))
    assert fault_of(written)[0] == "SOAP-ENV:Client"


def read(message: bytes) -> tuple[str, str]:
    return fault.read(xml.body_child(xml.parse(message)))


def test_our_own_fault_is_read_back() -> None:
    assert read(fault.render(REFUSED)) == ("Client", REFUSED.text)


def test_a_producers_fault_is_read() -> None:
    assert read(soap_fault("Tekniskt fel & <annat>".replace("&", "&amp;").replace("<", "&lt;"))) == (
        "Server",
        "Tekniskt fel & <annat>",
    )


def test_a_soap_12_fault_is_read() -> None:
    written = (
        "<soapenv:Fault><soapenv:Code><soapenv:Value> soapenv:Receiver </soapenv:Value></soapenv:Code>"
        f"<soapenv:Reason><soapenv:Text xml:lang='sv'>\n{escape('Å & Ä')}\n</soapenv:Text></soapenv:Reason>"
        "</soapenv:Fault>"
    )
    assert read(envelope(written, soap=ns.SOAP12)) == ("Receiver", "Å & Ä")


@pytest.mark.parametrize("soap", [ns.SOAP11, ns.SOAP12])
@pytest.mark.parametrize("inner", ["", "<faultcode/><faultstring/>", "<x>y</x>"])
def test_a_fault_with_nothing_in_it_is_blank(inner: str, soap: str) -> None:
    assert read(envelope(f"<soapenv:Fault>{inner}</soapenv:Fault>", soap=soap)) == ("", "")
