"""Which encoding a message is written in, and the way to UTF-8 and back.

Rules of the national router: the charset of Content-Type counts first, then the byte order mark or the shape of the
first bytes, then the XML declaration, then UTF-8. A declaration that cannot be true (UTF-16 in front of 8-bit text) is
passed over. Whatever is not UTF-8 becomes UTF-8 for the producer, and the answer is turned back for the consumer.
"""

import codecs
import re
from typing import NamedTuple
from xml.parsers import expat

from gateway.soap.head import MessageError

UTF8 = "UTF-8"
_BOMS = (  # the longer ones first: UTF-32's begin with UTF-16's
    (codecs.BOM_UTF32_LE, "UTF-32LE"),
    (codecs.BOM_UTF32_BE, "UTF-32BE"),
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "UTF-16LE"),
    (codecs.BOM_UTF16_BE, "UTF-16BE"),
)
# Which of the first four bytes are zero. The first character of a document is ASCII, the second nearly always.
_SHAPES = {"0111": "UTF-32LE", "1110": "UTF-32BE", "0101": "UTF-16LE", "1010": "UTF-16BE"}
_DECLARED = re.compile(r"""(<\?xml\s[^>]*?\bencoding\s*=\s*)("[^"]*"|'[^']*')""")
_DECLARATION_MAX = 400  # characters; a declaration ends long before that
# Names that may be looked up. Python knows codecs that are no text encoding, or slow on purpose-made input, and keeps
# a memory of every unknown name.
_NAMES = re.compile(
    r"utf[-_]?(8|16|32)([-_]?[lb]e)?|(us-)?ascii|iso[-_]?8859[-_]\d{1,2}|latin[-_]?\d{1,2}|windows-\d{3,4}"
    r"|(cp|ibm)\d{3,4}|koi8[-_][a-z]|mac(intosh|[-_]?roman)|euc[-_][a-z]{2}|gb(k|2312|18030)|big5|shift[-_]jis",
    re.IGNORECASE,
)


class Utf8(NamedTuple):
    """A message in UTF-8.

    Attributes:
        message: its bytes.
        encoding: label of the encoding it came in; None when it was UTF-8 already.
    """

    message: bytes
    encoding: str | None


def to_utf8(message: bytes, charset: str | None = None, *, national: bool = False) -> Utf8:
    """A message in UTF-8, with an XML declaration that says so if it has one. UTF-8 text is never changed.

    Args:
        message: as received.
        charset: the encoding that the transport names.
        national: an unknown encoding is read as UTF-8, the transport is believed against all appearances, and a
            declaration in front of UTF-8 text may go on telling something else.

    Raises:
        MessageError: the encoding is unknown, or the bytes are not in it.
    """
    try:
        encoding = _decide(message, charset, trusting=national)
    except LookupError as error:
        if not national:
            raise MessageError(f"the message's encoding cannot be read: {error}") from None
        encoding = UTF8
    if encoding == UTF8:
        return Utf8(message if national else _with_true_declaration(message), None)
    return Utf8(_redeclared(_decoded(message, encoding), UTF8).encode(), encoding)


def from_utf8(message: bytes, encoding: str, charset: str | None = None) -> bytes | None:
    """An answer in the encoding that the consumer uses; None when it cannot be written in it without loss.

    Characters that the encoding lacks become character references, which mean the same in text and attributes.

    Args:
        message: the answer, in whatever encoding it says.
        encoding: a label from ``to_utf8``.
        charset: the encoding that the transport names for the answer.
    """
    try:
        text = _redeclared(_decoded(to_utf8(message, charset).message, UTF8), encoding)
    except MessageError:
        return None
    prefix, codec = _written(encoding)
    try:
        return prefix + text.encode(codec)
    except UnicodeEncodeError:
        return _with_references(text, codec)


def explain(message: bytes) -> str:
    """Where bytes that should be UTF-8 are not, English; blank when they are."""
    try:
        message.decode()
    except UnicodeDecodeError as error:
        before = message[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        return (
            f"the byte 0x{message[error.start]:02X} at line {line}, column {column} is not UTF-8; "
            "another encoding has to be named in Content-Type or in the XML declaration"
        )
    return ""


def _decide(message: bytes, charset: str | None, *, trusting: bool) -> str:
    """The label of the encoding; raises LookupError for one that is unknown."""
    seen = _seen(message)
    if charset:
        named = _label(charset)
        # The first bytes cannot be mistaken: they are right when the transport is wrong (RFC 7303, section 3).
        if trusting or (_family(named) == _family(seen) if seen else not _wide(named)):
            return named
    return seen or _declared(message)


def _seen(message: bytes) -> str | None:
    """What the first bytes show: a byte order mark, or zero bytes around the first characters."""
    for mark, encoding in _BOMS:
        if message.startswith(mark):
            return encoding
    return _SHAPES.get("".join("1" if byte == 0 else "0" for byte in message[:4]))


def _declared(message: bytes) -> str:
    """The declared encoding of 8-bit text; UTF-8 when there is none or it cannot be true."""
    found = _DECLARED.match(message[:_DECLARATION_MAX].decode("latin-1"))
    label = _label(found[2][1:-1]) if found else UTF8
    return UTF8 if _wide(label) else label


def _label(name: str) -> str:
    """The usual spelling of an encoding's name; raises LookupError when it is unknown."""
    if _NAMES.fullmatch(name) is None:
        raise LookupError(f"unknown encoding: {name}")
    codec = codecs.lookup(name).name
    if codec.startswith("utf-"):
        return codec.upper().replace("-LE", "LE").replace("-BE", "BE")
    if codec.startswith("iso8859-"):
        return f"ISO-8859-{codec[8:]}"
    return "US-ASCII" if codec == "ascii" else name


def _wide(encoding: str) -> bool:
    return encoding.startswith(("UTF-16", "UTF-32"))


def _family(encoding: str) -> str:
    return encoding[:6]  # UTF-16 and UTF-32 in each byte order


def _decoded(message: bytes, encoding: str) -> str:
    codec = encoding
    if encoding in ("UTF-16", "UTF-32"):  # the byte order is what the bytes show; big when they do not (RFC 2781, 4.3)
        seen = _seen(message)
        codec = seen if seen is not None and _family(seen) == encoding else f"{encoding}BE"
    try:
        return message.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise MessageError(f"the message is not {encoding}: {error.reason} at byte {error.start}") from None


def _redeclared(text: str, encoding: str) -> str:
    """The text with ``encoding`` named in its XML declaration, if that names any."""
    found = _DECLARED.match(text, 0, _DECLARATION_MAX)
    if found is None:
        return text
    quote = found[2][0]
    return f"{found[1]}{quote}{encoding}{quote}{text[found.end() :]}"


def _with_true_declaration(message: bytes) -> bytes:
    """UTF-8 text whose declaration names another encoding: only the name is changed."""
    start = len(codecs.BOM_UTF8) if message.startswith(codecs.BOM_UTF8) else 0
    found = _DECLARED.match(message[start : start + _DECLARATION_MAX].decode("latin-1"))
    if found is None or found[2][1:-1].upper() in (UTF8, "UTF8"):
        return message
    first, last = start + found.start(2) + 1, start + found.end(2) - 1
    return b"%b%b%b" % (message[:first], UTF8.encode(), message[last:])


def _written(encoding: str) -> tuple[bytes, str]:
    """Byte order mark and codec to write an encoding with: big-endian where the name leaves it open, as in Java."""
    if encoding == "UTF-16":
        return codecs.BOM_UTF16_BE, "UTF-16BE"
    if encoding == "UTF-32":
        return codecs.BOM_UTF32_BE, "UTF-32BE"
    return b"", encoding


def _with_references(text: str, codec: str) -> bytes | None:
    """The text with references for what the codec lacks; None where a reference would mean something else."""
    if "<!" in text or "<?" in text[2:]:  # in comments, CDATA and processing instructions it would be text
        return None
    written = text.encode(codec, "xmlcharrefreplace")
    parser = expat.ParserCreate(UTF8)
    try:
        parser.Parse(written.decode(codec).encode(), True)
    except expat.ExpatError:  # a name cannot hold a reference
        return None
    return written
