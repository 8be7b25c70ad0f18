"""``gateway.soap.profile.rewrite_national``: the header's elements as the national router renames them."""

import codecs

import pytest
from gateway_samples import envelope
from hypothesis import given
from message_styles import ADDRESSES, Style, content, renamed, styles

from gateway.soap import national, ns
from gateway.soap.head import MessageError
from gateway.soap.profile import Rewritten, rewrite_national

OTHER = {ns.BP20: ns.BP21, ns.BP21: ns.BP20}
REGISTRY, WSA = ns.REGISTRY, ns.WSA
CHILD = "<p:Ping xmlns:p='urn:p'/>"
DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>"


def rewritten(message: bytes) -> Rewritten:
    head = national.scan(message)
    assert head.profile is not None
    found = rewrite_national(message, head.address_span, head.profile, OTHER[head.profile])
    again = national.scan(found.message)
    assert again.logical_address == head.logical_address
    assert again.address_span == found.address_span
    return found


def test_the_message_starts_with_an_xml_declaration() -> None:
    """National VP: the output starts so, whatever stood there."""
    header = f'<w:To xmlns:w="{WSA}">A</w:To>'
    expected = envelope(CHILD, f'<w:LogicalAddress xmlns:w="{REGISTRY}">A</w:LogicalAddress>', before=DECLARATION)
    plain = envelope(CHILD, header)
    for message in (plain, codecs.BOM_UTF8 + plain, b'<?xml version="1.0" encoding="utf-8" standalone="yes"?>' + plain):
        assert rewritten(message).message == expected
    kept = rewritten(b'<?xml version="1.0"?>\n<!--a-->' + plain).message
    assert kept == f"{DECLARATION}\n<!--a-->".encode() + expected.removeprefix(DECLARATION.encode())


@pytest.mark.parametrize("own", [True, False])
def test_every_header_in_the_old_namespace_is_renamed(own: bool) -> None:
    """National VP: ``wsa:MessageID`` and ``wsa:Action`` turn into elements of the registry's namespace."""
    declare = f' xmlns:wsa="{WSA}"' if own else ""
    header = "".join(
        f"<wsa:{name}{declare}>{text}</wsa:{name}>"
        for name, text in (("MessageID", "urn:uuid:1"), ("To", "A"), ("Action", "å<!--c-->"))
    )
    message = envelope(CHILD, f"{header}<wsa:Empty{declare}/><x xmlns='urn:x'>A</x>").decode()
    if not own:
        message = message.replace("<soapenv:Envelope", f'<soapenv:Envelope xmlns:wsa="{WSA}"')
    said = content(rewritten(message.encode()).message)
    expected = content(message.encode())
    for old, new in (("MessageID", "MessageID"), ("To", "LogicalAddress"), ("Action", "Action"), ("Empty", "Empty")):
        expected = renamed(expected, ns.clark(WSA, old), ns.clark(REGISTRY, new))
    assert said == expected


def test_elements_in_elements_are_renamed_each() -> None:
    inside = f"<w:Address>a</w:Address><o:p xmlns:o='urn:o'><w:q/></o:p><w:r xmlns:w='{WSA}'/>"
    header = f'<w:ReplyTo xmlns:w="{WSA}">{inside}</w:ReplyTo><w:To xmlns:w="{WSA}">A</w:To>'
    text = rewritten(envelope(CHILD, header)).message.decode()
    assert WSA not in text
    assert text.count(f'xmlns:w="{REGISTRY}"') == 5


def test_from_2_1_to_2_0() -> None:
    header = f'<u:LogicalAddress xmlns:u="{REGISTRY}">A</u:LogicalAddress><u:actor xmlns:u="{REGISTRY}">B</u:actor>'
    text = rewritten(envelope(CHILD, header)).message.decode()
    assert f'<u:To xmlns:u="{WSA}">A</u:To><u:actor xmlns:u="{WSA}">B</u:actor>' in text


def test_the_body_is_left_alone() -> None:
    """The national router renames there too, and may write one declaration twice: not well-formed."""
    child = f'<p:Ping xmlns:p="urn:p"><u:actor xmlns:u="{REGISTRY}">x</u:actor><![CDATA[<å>]]><?p q?><!--c--></p:Ping>'
    message = envelope(child, f'<u:LogicalAddress xmlns:u="{REGISTRY}">A</u:LogicalAddress>')
    assert child.encode() in rewritten(message).message


@pytest.mark.parametrize("kept", ["<![CDATA[<A>]]>", "<?p <A> ?>", "<!-- <A> -->", "&lt;&amp;&#229;"])
def test_nothing_is_lost(kept: str) -> None:
    """The national router deletes CDATA sections and processing instructions."""
    header = f'<w:Action xmlns:w="{WSA}">{kept}</w:Action><x xmlns="urn:x">{kept}</x><w:To xmlns:w="{WSA}">A</w:To>'
    message = envelope(f"<p:Ping xmlns:p='urn:p'>{kept}</p:Ping>", header)
    assert rewritten(message).message.count(kept.encode()) == message.count(kept.encode())


@pytest.mark.parametrize(
    "header",
    [
        f'<r:LogicalAddress xmlns:r="{ns.REGISTRY2}">A</r:LogicalAddress>',
        "<LogicalAddress>A</LogicalAddress>",
        "<x xmlns='urn:x'><To>A</To></x>",
    ],
)
def test_an_address_in_another_namespace_is_read_but_not_renamed(header: str) -> None:
    """National VP, word for word."""
    message = envelope(CHILD, header)
    assert rewritten(message).message == DECLARATION.encode() + message


@pytest.mark.parametrize(
    "message",
    [
        envelope("<a><b></a>", f'<w:To xmlns:w="{WSA}">A</w:To>'),
        envelope(CHILD, f'<w:To xmlns:w="{WSA}">A</w:To>')[:-2],
        envelope("<a>&x;</a>", f'<w:To xmlns:w="{WSA}">A</w:To>'),
    ],
)
def test_breakage_after_the_head_is_found(message: bytes) -> None:
    """National VP: what the head scan did not see is an error of the transformation, VP012."""
    with pytest.raises(MessageError, match=r"\n at \[row,col \{unknown-source\}\]: \[1,\d+\]"):
        rewritten(message)


def test_a_document_type_is_refused() -> None:
    before = '<!DOCTYPE a [<!ENTITY e "<w:x/>">]>'
    message = envelope("<a>&e;</a>", f'<w:To xmlns:w="{WSA}">A</w:To>', before=before)
    with pytest.raises(MessageError, match="DOCTYPE"):
        rewritten(message)


def test_without_a_place_there_is_none_afterwards() -> None:
    message = envelope(CHILD, f'<w:To xmlns:w="{WSA}">A</w:To>')
    assert rewrite_national(message, None, ns.BP20, ns.BP21).address_span is None


def test_an_envelope_in_the_old_namespace_is_no_header() -> None:
    message = f'<Envelope xmlns="{WSA}"><Header><To>A</To></Header><Body><p/></Body></Envelope>'.encode()
    text = rewritten(message).message.decode()
    assert f'<Envelope xmlns="{WSA}"><Header xmlns="{REGISTRY}"><LogicalAddress xmlns="{REGISTRY}">A</Log' in text


@given(styles())
def test_any_message_says_the_same_but_for_the_headers_name(style: Style) -> None:
    message = style.bytes()
    found = rewrite_national(message, None, style.profile, OTHER[style.profile])
    old, new = (ns.clark(*ADDRESSES[profile]) for profile in (style.profile, OTHER[style.profile]))
    assert content(found.message) == renamed(content(message), old, new)
