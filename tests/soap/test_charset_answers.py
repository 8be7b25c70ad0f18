"""``gateway.soap.charset.from_utf8``: an answer in the encoding that the consumer uses."""

import codecs

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lxml import etree
from message_styles import ENCODINGS, Style, content, styles

from gateway.soap.charset import from_utf8, to_utf8

ANSWER = '<?xml version="1.0" encoding="UTF-8"?><a b="ö">Åsa</a>'


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ISO-8859-1", ANSWER.replace("UTF-8", "ISO-8859-1").encode("latin-1")),
        ("windows-1252", ANSWER.replace("UTF-8", "windows-1252").encode("latin-1")),
        ("UTF-16BE", ANSWER.replace("UTF-8", "UTF-16BE").encode("utf-16-be")),
        ("UTF-16LE", ANSWER.replace("UTF-8", "UTF-16LE").encode("utf-16-le")),
        ("UTF-16", codecs.BOM_UTF16_BE + ANSWER.replace("UTF-8", "UTF-16").encode("utf-16-be")),
        ("UTF-32", codecs.BOM_UTF32_BE + ANSWER.replace("UTF-8", "UTF-32").encode("utf-32-be")),
        ("US-ASCII", ANSWER.replace("UTF-8", "US-ASCII").encode("ascii", "xmlcharrefreplace")),
    ],
)
def test_the_answer_in_the_consumers_encoding(encoding: str, expected: bytes) -> None:
    """Unlike the national router, the answer's own declaration tells the new encoding too."""
    assert from_utf8(ANSWER.encode(), encoding) == expected


def test_without_a_declaration_none_is_added() -> None:
    assert from_utf8("<a>å</a>".encode(), "ISO-8859-1") == b"<a>\xe5</a>"
    assert from_utf8(b'<?xml version="1.0"?><a/>', "UTF-16BE") == '<?xml version="1.0"?><a/>'.encode("utf-16-be")


@pytest.mark.parametrize(
    ("answer", "charset"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>å</a>'.encode("latin-1"), None),
        ("<a>å</a>".encode("latin-1"), "ISO-8859-1"),
        ("<a>å</a>".encode("utf-16"), None),
        (codecs.BOM_UTF8 + "<a>å</a>".encode(), None),
    ],
)
def test_an_answer_in_another_encoding_is_read_as_what_it_is(answer: bytes, charset: str | None) -> None:
    """The national router takes every answer for UTF-8 here, and loses its characters."""
    found = from_utf8(answer, "UTF-16BE", charset)
    assert found is not None
    assert found.decode("utf-16-be").endswith("<a>å</a>")


def test_what_the_encoding_lacks_becomes_a_reference() -> None:
    """The national router writes a question mark."""
    found = from_utf8('<a b="–">€ Ж</a>'.encode(), "ISO-8859-1")
    assert found == b'<a b="&#8211;">&#8364; &#1046;</a>'
    assert etree.fromstring(found).text == "€ Ж"


@pytest.mark.parametrize(
    "answer",
    ["<a><!--Ж--></a>", "<a><![CDATA[Ж]]></a>", "<a><?p Ж?></a>", "<Ж/>", "<a Ж='1'/>", "<a>Ж", "<!DOCTYPE a><a>Ж</a>"],
)
def test_what_would_be_lost_is_not_turned(answer: str) -> None:
    """A reference in these places would be something else; the answer stays UTF-8."""
    assert from_utf8(answer.encode(), "ISO-8859-1") is None


@pytest.mark.parametrize(
    ("answer", "charset"), [(b"<a>\xe5</a>", None), (b"\x1f\x8b\x08", None), (b"<a/>", "x-unknown")]
)
def test_an_answer_that_cannot_be_read_is_not_turned(answer: bytes, charset: str | None) -> None:
    assert from_utf8(answer, "ISO-8859-1", charset) is None


@given(styles(), st.sampled_from(ENCODINGS))
def test_any_answer_says_the_same_in_any_encoding(style: Style, encoding: str) -> None:
    message = style.bytes()
    found = from_utf8(message, encoding)
    assume(found is not None)
    assert found is not None
    back = to_utf8(found, encoding)
    assert back.encoding == encoding
    assert content(back.message) == content(message)
    if encoding != "US-ASCII" and encoding.startswith(("UTF", "ISO-8859-1")):
        assert back.message == message


@given(styles(), st.sampled_from([name for name in ENCODINGS if name.startswith("UTF")]))
def test_unicode_lacks_nothing(style: Style, encoding: str) -> None:
    assert from_utf8(style.bytes(), encoding) is not None
