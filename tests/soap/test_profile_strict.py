"""``gateway.soap.profile.rewrite``: from BP 2.0 to BP 2.1 and back, nothing but the address header."""

import codecs

import pytest
from gateway_samples import envelope
from hypothesis import given
from hypothesis import strategies as st
from message_styles import ADDRESSES, Style, content, renamed, styles

from gateway.soap import ns
from gateway.soap.head import MessageError, scan
from gateway.soap.profile import can_become, rewrite

OTHER = {ns.BP20: ns.BP21, ns.BP21: ns.BP20}
CHILD = "<p:Ping xmlns:p='urn:p'/>"
REGISTRY, WSA = ns.REGISTRY, ns.WSA


def both(header: str, *, around: str = "") -> tuple[str, str]:
    """A header element in a message, before and after, as text."""
    message = envelope(CHILD, header).replace(b"<soapenv:Envelope", f"<soapenv:Envelope{around}".encode())
    head = scan(message)
    assert head.profile is not None
    assert head.address_span is not None
    found = rewrite(message, head.address_span, OTHER[head.profile])
    start, end = head.address_span
    assert found.address_span is not None
    assert found.message[: found.address_span[0]] == message[:start]
    assert found.message[found.address_span[1] :] == message[end:]
    return message[start:end].decode(), found.message[found.address_span[0] : found.address_span[1]].decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f'<wsa:To xmlns:wsa="{WSA}">A</wsa:To>', f'<wsa:LogicalAddress xmlns:wsa="{REGISTRY}">A</wsa:LogicalAddress>'),
        (f"<To xmlns='{WSA}'>A</To>", f'<LogicalAddress xmlns="{REGISTRY}">A</LogicalAddress>'),
        (
            f'<To\n\tid="1"  xmlns = "{WSA}" b=">"\n>A</To  >',
            f'<LogicalAddress\n\tid="1"  xmlns = "{REGISTRY}" b=">"\n>A</LogicalAddress>',
        ),
        (f'<å:To xmlns:å="{WSA}">Å</å:To>', f'<å:LogicalAddress xmlns:å="{REGISTRY}">Å</å:LogicalAddress>'),
        (
            f'<urn:LogicalAddress xmlns:urn="{REGISTRY}" xmlns:urn1="urn:x">A</urn:LogicalAddress>',
            f'<urn:To xmlns:urn="{WSA}" xmlns:urn1="urn:x">A</urn:To>',
        ),
        (f'<r:LogicalAddress xmlns:r="{ns.REGISTRY2}">A</r:LogicalAddress>', f'<r:To xmlns:r="{WSA}">A</r:To>'),
        (
            f'<w:To xmlns:w="{WSA}"> <![CDATA[</w:To>]]><!-- å --><?p q?>&amp;</w:To>',
            f'<w:LogicalAddress xmlns:w="{REGISTRY}"> <![CDATA[</w:To>]]><!-- å --><?p q?>&amp;</w:LogicalAddress>',
        ),
    ],
)
def test_the_two_tags_are_renamed(before: str, after: str) -> None:
    """National VP, profile transformation: prefix and attributes are kept; here everything else too."""
    assert both(before) == (before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<w:To>A</w:To>", f'<w:LogicalAddress xmlns:w="{REGISTRY}">A</w:LogicalAddress>'),
        ('<w:To id="1">A</w:To>', f'<w:LogicalAddress xmlns:w="{REGISTRY}" id="1">A</w:LogicalAddress>'),
    ],
)
def test_a_declaration_further_out_is_left_to_the_others(before: str, after: str) -> None:
    """Its prefix may be used anywhere; the national router changes its meaning for all of them."""
    assert both(before, around=f' xmlns:w="{WSA}"') == (before, after)


@pytest.mark.parametrize(
    "attributes", ['w:IsReferenceParameter="true"', "w:a='1' w:b='2'", f'xmlns:w="{WSA}" w:a="1"', "t='w:x'"]
)
def test_a_prefix_that_an_attribute_needs_keeps_its_meaning(attributes: str) -> None:
    before, after = both(f"<w:To {attributes}>A</w:To>", around=f' xmlns:w="{WSA}"')
    assert after == f'<riv0:LogicalAddress xmlns:riv0="{REGISTRY}" {attributes}>A</riv0:LogicalAddress>'
    assert before != after


def test_a_new_prefix_is_really_new() -> None:
    _, after = both("<w:To w:a='1'>A</w:To>", around=f' xmlns:w="{WSA}" xmlns:riv0="urn:0" xmlns:riv1="urn:1"')
    assert after.startswith("<riv2:LogicalAddress")


def test_a_place_without_an_element_is_an_error() -> None:
    with pytest.raises(MessageError, match="cannot be found"):
        rewrite(envelope(CHILD), (0, 0), ns.BP20)
    with pytest.raises(MessageError, match="cannot be found"):
        rewrite(b"<a/>", (0, 4), ns.BP20)


@pytest.mark.parametrize(
    ("profile", "wanted", "possible"),
    [
        (ns.BP20, ns.BP21, True),
        (ns.BP21, ns.BP20, True),
        (ns.BP21, ns.BP21, False),
        (ns.BP21, "rivtabp22", False),
        ("rivtabp22", ns.BP21, False),
        (None, ns.BP21, False),
    ],
)
def test_which_profiles_can_be_rewritten(profile: str | None, wanted: str, possible: bool) -> None:
    """National VP, VP005: only 2.0 to 2.1 and back."""
    assert can_become(profile, wanted) == possible


@given(styles(), st.booleans())
def test_any_message_says_the_same_but_for_the_headers_name(style: Style, bom: bool) -> None:
    message = codecs.BOM_UTF8 * bom + style.bytes()
    head = scan(message, whole=True)
    assert head.address_span is not None
    wanted = OTHER[style.profile]
    found = rewrite(message, head.address_span, wanted)
    old, new = (ns.clark(*ADDRESSES[profile]) for profile in (style.profile, wanted))
    assert content(found.message) == renamed(content(message), old, new)
    again = scan(found.message, whole=True)
    assert (again.profile, again.logical_address, again.contract) == (wanted, style.address, head.contract)
    assert again.address_span == found.address_span
    start, end = head.address_span
    assert found.address_span is not None
    assert (found.message[: found.address_span[0]], found.message[found.address_span[1] :]) == (
        message[:start],
        message[end:],
    )


@given(styles())
def test_there_and_back_says_what_it_said(style: Style) -> None:
    message = style.bytes()
    head = scan(message)
    assert head.address_span is not None
    there = rewrite(message, head.address_span, OTHER[style.profile])
    assert there.address_span is not None
    back = rewrite(there.message, there.address_span, style.profile)
    assert content(back.message) == content(message)
