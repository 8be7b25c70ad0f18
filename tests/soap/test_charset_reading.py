"""``gateway.soap.charset.to_utf8``: which encoding a message is in, and what becomes of it.

The rows of the national router's table of encodings, in ``national`` and strict reading.
"""

import codecs

import pytest
from gateway_samples import address_header, envelope
from hypothesis import given
from hypothesis import strategies as st
from message_styles import ENCODINGS, Style, content, styles

from gateway.soap.charset import explain, to_utf8
from gateway.soap.head import MessageError, scan

TEXT = envelope("<p:Ping xmlns:p='urn:p'>Åäö</p:Ping>", address_header("Å")).decode()


def declared(encoding: str, text: str = TEXT) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>{text}'


UTF8 = [
    TEXT.encode(),
    declared("UTF-8").encode(),
    declared("utf-8").encode(),
    declared("UTF8").encode(),
    b"\xef\xbb\xbf" + TEXT.encode(),
    b"\xef\xbb\xbf" + declared("UTF-8").encode(),
    b'<?xml version="1.0"?>' + TEXT.encode(),
    b"\n" + TEXT.encode(),
    b"",
    b"<",
    b"hej",
]


@pytest.mark.parametrize("national", [True, False])
@pytest.mark.parametrize("charset", [None, "UTF-8", "utf-8", "UTF8"])
@pytest.mark.parametrize("message", UTF8)
def test_utf_8_stays_as_it_is(message: bytes, charset: str | None, national: bool) -> None:
    """Rows 1 and 2: bytes unchanged, the byte order mark too; the answer needs no turning back."""
    found = to_utf8(message, charset, national=national)
    assert found.message is message
    assert found.encoding is None


OTHERS = [
    # message, charset of the transport, encoding of the answer
    (TEXT.encode("utf-16"), None, "UTF-16LE"),
    (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), None, "UTF-16BE"),
    (codecs.BOM_UTF16_BE + declared("UTF-16").encode("utf-16-be"), None, "UTF-16BE"),
    (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16", "UTF-16"),
    (TEXT.encode("utf-16"), "utf-16", "UTF-16"),
    (TEXT.encode("utf-16-be"), "utf-16", "UTF-16"),
    (declared("UTF-16").encode("utf-16-le"), None, "UTF-16LE"),
    (declared("UTF-16").encode("utf-16-be"), None, "UTF-16BE"),
    (f"\n{TEXT}".encode("utf-16-be"), None, "UTF-16BE"),
    (TEXT.encode("utf-16-le"), "UTF-16LE", "UTF-16LE"),
    (TEXT.encode("utf-32"), None, "UTF-32LE"),
    (TEXT.encode("utf-32-be"), None, "UTF-32BE"),
    (TEXT.encode("utf-32-be"), "UTF-32", "UTF-32"),
    (declared("ISO-8859-1").encode("latin-1"), None, "ISO-8859-1"),
    (declared("iso-8859-1").encode("latin-1"), None, "ISO-8859-1"),
    (declared("latin1").encode("latin-1"), None, "ISO-8859-1"),
    (TEXT.encode("latin-1"), "ISO-8859-1", "ISO-8859-1"),
    (declared("UTF-8").encode("latin-1"), "ISO-8859-1", "ISO-8859-1"),
    (declared("windows-1252").encode("windows-1252"), None, "windows-1252"),
    (declared("ISO-8859-15", TEXT + "<!--€-->").encode("iso-8859-15"), None, "ISO-8859-15"),
    (declared("koi8-r", "<a>Ж</a>").encode("koi8-r"), None, "koi8-r"),
    (declared("shift_jis", "<a>漢</a>").encode("shift_jis"), None, "shift_jis"),
    (declared("us-ascii", "<a/>").encode(), None, "US-ASCII"),
]


@pytest.mark.parametrize("national", [True, False])
@pytest.mark.parametrize(("message", "charset", "encoding"), OTHERS)
def test_other_encodings_become_utf_8(message: bytes, charset: str | None, encoding: str, national: bool) -> None:
    """Rows 3, 4 and 6: UTF-8 for the producer, with a declaration that says so, and the encoding remembered."""
    found = to_utf8(message, charset, national=national)
    assert found.encoding == encoding
    text = found.message.decode()
    assert not text.startswith("\ufeff")
    assert "encoding=" not in text or 'encoding="UTF-8"' in text
    assert content(found.message)


def test_the_declaration_changes_in_one_word_only() -> None:
    before = "<?xml version='1.0'\n encoding = 'ISO-8859-1' standalone='yes' ?>\n<a b='encoding=\"x\"'>å</a>"
    assert to_utf8(before.encode("latin-1")).message.decode() == before.replace("ISO-8859-1", "UTF-8")


WRONG = declared("UTF-16").encode()


@pytest.mark.parametrize("charset", [None, "UTF-8"])
def test_a_declaration_of_utf_16_before_utf_8(charset: str | None) -> None:
    """Row 5: the national router leaves it; the strict mode puts right what a producer's parser may stumble over."""
    assert to_utf8(WRONG, charset, national=True) == (WRONG, None)
    assert to_utf8(WRONG, charset) == (declared("UTF-8").encode(), None)
    assert scan(to_utf8(WRONG, charset, national=True).message, "UTF-8", whole=True).logical_address == "Å"


def test_the_transports_utf_8_beats_a_declaration() -> None:
    """Row 7: Content-Type says UTF-8, the declaration ISO-8859-1; decoded as UTF-8, bytes unchanged."""
    message = declared("ISO-8859-1").encode()
    assert to_utf8(message, "UTF-8", national=True) == (message, None)
    assert to_utf8(message, "UTF-8") == (declared("UTF-8").encode(), None)
    marked = codecs.BOM_UTF8 + message
    assert to_utf8(marked, "UTF-8") == (codecs.BOM_UTF8 + declared("UTF-8").encode(), None)


@pytest.mark.parametrize("message", [TEXT.encode("latin-1"), declared("ISO-8859-1").encode("latin-1")])
def test_latin_1_that_is_called_utf_8_is_left_for_the_parser(message: bytes) -> None:
    """Rows 7 and 8: what is wrong is found where it is read, if it is read."""
    assert to_utf8(message, "UTF-8", national=True) == (message, None)
    with pytest.raises(MessageError, match="not well-formed"):
        scan(to_utf8(message, "UTF-8").message, "UTF-8", whole=True)


@pytest.mark.parametrize(("message", "charset"), [(declared("rotten").encode(), None), (TEXT.encode(), "x-unknown")])
def test_an_unknown_encoding(message: bytes, charset: str | None) -> None:
    """The national router tries UTF-8; the strict mode says what is wrong."""
    assert to_utf8(message, charset, national=True) == (message, None)
    with pytest.raises(MessageError, match="encoding cannot be read: unknown encoding: "):
        to_utf8(message, charset)


@pytest.mark.parametrize(
    "name",
    ["utf-7", "idna", "hex", "rot13", "punycode", "undefined", "zlib", "unicode_escape", "utf_8_sig", "a.b", "\u212a"],
)
def test_what_is_no_encoding_of_texts_is_unknown(name: str) -> None:
    with pytest.raises(MessageError, match="unknown encoding"):
        to_utf8(b"<a/>", name)


@pytest.mark.parametrize(
    ("message", "charset", "encoding"),
    [
        (TEXT.encode("utf-16"), "UTF-8", "UTF-16LE"),
        (TEXT.encode("utf-16-be"), "ISO-8859-1", "UTF-16BE"),
        (codecs.BOM_UTF8 + TEXT.encode(), "ISO-8859-1", None),
        (TEXT.encode(), "UTF-16", None),
        (declared("ISO-8859-1").encode("latin-1"), "UTF-16BE", "ISO-8859-1"),
        (TEXT.encode("utf-16-le"), "UTF-16BE", "UTF-16BE"),
    ],
)
def test_bytes_that_cannot_be_what_the_transport_says(message: bytes, charset: str, encoding: str | None) -> None:
    """RFC 7303, section 3: a byte order mark is right when the charset is wrong. Strict; the national router trusts."""
    if encoding == charset:
        assert "ping" not in to_utf8(message, charset).message.decode().lower()  # nobody guesses at byte orders
        return
    found = to_utf8(message, charset)
    assert (found.encoding, scan(found.message, "UTF-8").logical_address) == (encoding, "Å")


@pytest.mark.parametrize(
    ("message", "charset"),
    [
        (TEXT.encode("utf-16")[:-1], None),
        (TEXT.encode(), "us-ascii"),
        (b"\xff\xfe\x00\xd8<\x00", None),
        (b"<a>\x81</a>", "windows-1252"),
    ],
)
@pytest.mark.parametrize("national", [True, False])
def test_bytes_that_are_not_in_their_encoding(message: bytes, charset: str | None, national: bool) -> None:
    with pytest.raises(MessageError, match=r"the message is not .+ at byte \d+"):
        to_utf8(message, charset, national=national)


def test_where_utf_8_breaks_is_told() -> None:
    assert explain(TEXT.encode()) == ""
    assert explain(b"<a>\n<b>\xe5</b>") == (
        "the byte 0xE5 at line 2, column 4 is not UTF-8; "
        "another encoding has to be named in Content-Type or in the XML declaration"
    )


@st.composite
def encoded(draw: st.DrawFn) -> tuple[Style, str]:
    """A message of any style in any encoding, with the encoding."""
    encoding = draw(st.sampled_from(ENCODINGS))
    return draw(styles(encoding=encoding)), encoding


@given(encoded(), st.booleans(), st.booleans())
def test_any_message_in_any_encoding_says_the_same_in_utf_8(
    made: tuple[Style, str], named: bool, national: bool
) -> None:
    style, encoding = made
    message = style.bytes(encoding)
    if encoding in ("UTF-16", "UTF-32"):
        named = True
    text = message.decode(encoding).replace(encoding, "UTF-8")
    found = to_utf8(message, encoding if named or not text.startswith("<?xml") else None, national=national)
    assert found.message.decode() == text.replace("ISO-8859-15", "UTF-8")
    assert scan(found.message, "UTF-8", whole=True).logical_address == style.address


@given(styles(), st.booleans(), st.booleans())
def test_any_utf_8_message_is_left_alone(style: Style, national: bool, bom: bool) -> None:
    message = codecs.BOM_UTF8 * bom + style.bytes()
    found = to_utf8(message, None, national=national)
    assert found == (message, None)
