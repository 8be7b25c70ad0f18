"""``Head.single``: a promise that Body holds one element, never made wrongly."""

import pytest
from gateway_samples import address_header, envelope
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.soap import ns, xml
from gateway.soap.head import MessageError, scan

ADDRESS = address_header("A")


def single(data: bytes, charset: str | None = None) -> bool:
    return scan(data, charset, whole=True).single


@pytest.mark.parametrize(
    "body",
    [
        "<a></a>",
        "<p:a xmlns:p='urn:p'><p:b/>text</p:a>",
        " \n<a\n>\n</a>\n",
        "<!--before--><a></a>",
        "<a><b><c/></b></a>",
        f"<a>{'x' * 5000}</a>",
    ],
)
def test_plain_messages_need_no_tree(body: str) -> None:
    assert single(envelope(body, ADDRESS))


@pytest.mark.parametrize(
    "body",
    [
        "<a></a><b></b>",
        "<a></a><a></a>",
        "<a/><a></a>",
        "<a></a><b><a></a></b>",
        "<p:a xmlns:p='urn:p'></p:a><q:a xmlns:q='urn:p'></q:a>",
        "<a></a> <a/>",
        "<a><!--</a>--></a><b/>",
        "<a><![CDATA[</a>]]></a><b/>",
        "<a/><b><![CDATA[</a></b></c>]]></b>",
    ],
)
def test_two_children_are_never_promised_to_be_one(body: str) -> None:
    """RIV-TA Basic Profile 2.1 #7."""
    assert not single(envelope(body, ADDRESS))


@pytest.mark.parametrize(
    "body",
    [
        "<a/>",
        "<a></a >",
        "<a><a></a></a>",
        "<a></a><!--c-->",
        "<a><?p?></a>",
        "<a><![CDATA[x]]></a>",
        f"<a></a>{' ' * 600}",
    ],
)
def test_where_the_bytes_cannot_tell_the_tree_must(body: str) -> None:
    data = envelope(body, ADDRESS)
    assert not single(data)
    assert xml.body_child(xml.parse(data)).tag == "a"


def test_without_reading_it_all_nothing_is_promised() -> None:
    assert not scan(envelope("<a></a>", ADDRESS)).single


@pytest.mark.parametrize("charset", [None, "utf-16"])
def test_in_utf_16_nothing_is_promised(charset: str | None) -> None:
    data = envelope("<a></a><b></b>", ADDRESS).decode().encode("utf-16")
    assert not single(data, charset)


def test_what_follows_the_envelope_may_be_white_space() -> None:
    assert single(envelope("<a></a>", ADDRESS, after="\n \n"))


NAMES = st.sampled_from(["a", "ab", "p:a", "p:ab", "q:a", "soapenv:Body", "å"])
FILLERS = st.sampled_from(
    ["", "", " ", "\n", "text", "<!--c-->", "<!--</a>-->", "<?p </a>?>", "<![CDATA[</a>]]>", "&#60;"]
)
QUOTED = st.sampled_from(["", " x='1'", " y='/>'", " xmlns:q='urn:other'", " z=\"'</a'\""])


@st.composite
def elements(draw: st.DrawFn, depth: int = 2) -> str:
    name, attribute = draw(NAMES), draw(QUOTED).replace("</a", "&lt;/a")
    if draw(st.booleans()) and draw(st.booleans()):
        return f"<{name}{attribute}/>"
    inner = draw(FILLERS)
    if depth:
        inner += "".join(draw(elements(depth - 1)) + draw(FILLERS) for _ in range(draw(st.integers(0, 2))))
    return f"<{name}{attribute}>{inner}</{name}{draw(st.sampled_from(['', ' ', chr(10)]))}>"


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    children = [draw(elements()) for _ in range(draw(st.integers(1, 2)))]
    body = draw(FILLERS) + draw(FILLERS).join(children) + draw(FILLERS)
    declared = "xmlns:p='urn:p' xmlns:q='urn:q'"
    tail = draw(st.sampled_from(["", "", "<x/>", "<soapenv:Body><a></a></soapenv:Body>", "<!--c-->"]))
    start = draw(
        st.sampled_from(
            ["", "", "<soapenv:Body/>", "<soapenv:Header><soapenv:Body><a/></soapenv:Body></soapenv:Header>"]
        )
    )
    return (
        f"<soapenv:Envelope xmlns:soapenv='{ns.SOAP11}' {declared}>{start}<soapenv:Body>{body}</soapenv:Body>{tail}"
        f"</soapenv:Envelope>{draw(st.sampled_from(['', chr(10), '<!--c-->']))}"
    ).encode()


@given(messages())
def test_the_promise_holds_for_any_message(data: bytes) -> None:
    """``single`` may be False for a message with one child, but never True for another."""
    try:
        head = scan(data, whole=True)
    except MessageError:
        return
    bodies = etree.fromstring(data).findall(f"{{{ns.SOAP11}}}Body")
    children = [child for body in bodies for child in body if isinstance(child.tag, str)]
    assert etree.QName(children[0]).localname == head.operation
    if head.single:
        assert len(children) == 1


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30), st.integers(0, 3))
def test_the_promise_is_made_for_ordinary_messages(text: str, count: int) -> None:
    """Otherwise every call would cost a tree."""
    inner = f"<p:b>{text.replace('&', '').replace('<', '').replace(']', '')}</p:b>" * count
    try:
        assert single(envelope(f"<p:a xmlns:p='urn:p'>{inner}</p:a>", ADDRESS))
    except MessageError:
        assert any(character in "\ufffe\uffff" for character in text)
