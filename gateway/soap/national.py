"""The head of a message as the national router reads it, and its parser's own words about what cannot be read.

It matches local names only, in any namespace and at any depth, from the first ``Header`` to the first element after
``Body``'s start tag; what follows is not looked at. Of several addresses the last one counts. A DOCTYPE is refused,
which it is not there.
"""

import re
from contextlib import suppress
from xml.parsers import expat

from gateway.soap import ns
from gateway.soap.head import Head, MessageError, refuse_doctype

_PROFILES = {"To": ns.BP20, "LogicalAddress": ns.BP21}
_BLANK = " \t\r\n"
_NO_CONTRACT = "null"  # what the national router looks up, and tells, when Body is empty
_BOM = b"\xef\xbb\xbf"
_PROLOG = re.compile(rb"(?:<\?xml\s[^>]*\?>)?\s*")
_NAME_CUT = re.compile(rb"<[^\s<>/='\"]*")
_ATTRIBUTE_CUT = re.compile(
    rb"""<[^\s<>/='"!?]+(?:\s+[^\s<>/='"]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s+[^\s<>/='"]+\s+(?P<odd>[^\s=])"""
)
_LATE_DECLARATION = re.compile(rb"\s+<\?xml\s")
_SIZES = {0xC: 2, 0xD: 2, 0xE: 3, 0xF: 4}  # bytes of a UTF-8 character by the first four bits of its first byte
_NO_LEAD = 0xF8
_BUFFER = 4000  # bytes that the national router's parser decodes before it looks at them


class _Found(Exception):
    """Stops the parser."""


def scan(message: bytes, charset: str | None = None) -> Head:
    """Read the head of a message as the national router does. ``Head.single`` is never known.

    Args:
        message: the message, usually in UTF-8.
        charset: overrides the XML declaration when given.

    Raises:
        MessageError: not well-formed up to Body's first child, in the words of the national router; or has a DOCTYPE.
    """
    head = Head("", None, None, _NO_CONTRACT, "", None)
    parser = expat.ParserCreate(charset, " ")
    in_header = in_body = False
    start, depth = 0, -1  # of the address element that is open; -1 when none is
    text: list[str] = []

    def begin(name: str, _attributes: object) -> None:
        nonlocal in_header, in_body, start, depth, text
        uri, _, local = name.rpartition(" ")
        if in_body:
            head.contract, head.operation = uri, local
            raise _Found
        if depth >= 0:
            depth += 1
            parser.CharacterDataHandler = None
        if in_header and local in _PROFILES:
            head.profile, start, depth, text = _PROFILES[local], parser.CurrentByteIndex, 0, []
            parser.CharacterDataHandler, parser.EndElementHandler = text.append, finish
        elif local == "Body":
            in_body = True
        elif local == "Header":
            in_header = True
        elif local == "Envelope":
            head.soap = uri

    def finish(_name: str) -> None:
        nonlocal depth
        depth -= 1
        if depth >= 0:
            return
        parser.CharacterDataHandler = parser.EndElementHandler = None
        closing = message.find(b">", parser.CurrentByteIndex) + 1
        element = message[start:closing]
        address = _first_piece(element) if b"<!" in element or b"<?" in element else "".join(text)
        filled = bool(address.strip(_BLANK))
        head.logical_address, head.address_span = (address, (start, closing)) if filled else (None, None)

    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        with suppress(_Found):
            parser.Parse(message, True)
    except expat.ExpatError as error:
        raise MessageError(breakage(message, error)) from None
    except (LookupError, ValueError) as error:
        raise MessageError(str(error)) from None
    return head


def _first_piece(element: bytes) -> str:
    """The text of an element up to a comment or the like; the comment's text when that comes first.

    The national router takes the first piece of content for the address, whatever it is.
    """
    pieces: list[str] = []
    parser = expat.ParserCreate("UTF-8")

    def comment(text: str) -> None:
        if not pieces:
            pieces.append(text)
        raise _Found

    def stop(*_: object) -> None:
        raise _Found

    def first(*_: object) -> None:
        parser.StartElementHandler = stop

    parser.StartElementHandler, parser.CharacterDataHandler = first, pieces.append
    parser.CommentHandler, parser.ProcessingInstructionHandler = comment, stop
    with suppress(_Found, expat.ExpatError):
        parser.Parse(element, True)
    return "".join(pieces)


def breakage(message: bytes, error: expat.ExpatError) -> str:
    """What is wrong with a message, as the national router's parser (Woodstox) says it where we know its words.

    Args:
        message: UTF-8, or bytes that should have been.
        error: what our own parser says.
    """
    own = f"{expat.ErrorString(error.code)}{_place(error.lineno, error.offset + 1)}"
    return _not_utf8(message, _BUFFER) or _known(message) or _not_utf8(message, len(message)) or own


def _known(message: bytes) -> str:
    message = message.removeprefix(_BOM)
    prolog = _PROLOG.match(message)
    start = prolog.end() if prolog else 0
    if start == len(message):
        return f"Unexpected EOF in prolog{_at(message, start - 1)}"
    if message[start : start + 1] != b"<":
        return f"{_unexpected(message, start)} in prolog; expected '<'{_at(message, start)}"
    if _LATE_DECLARATION.match(message):
        text = 'Illegal processing instruction target ("xml"); xml (case insensitive) is reserved by the specs.'
        return f"{text}{_at(message, start + 4)}"
    if _NAME_CUT.fullmatch(message, start):
        return f"Unexpected end of input block; expected an identifier{_at(message, len(message) - 1)}"
    if cut := _ATTRIBUTE_CUT.match(message, start):
        return f"{_unexpected(message, cut.start('odd'))} expected '='{_at(message, cut.start('odd'))}"
    return ""


def _unexpected(message: bytes, index: int) -> str:
    character = message[index : index + 4].decode("utf-8", "ignore")[0]
    return f"Unexpected character '{character}' (code {ord(character)})"


def _not_utf8(message: bytes, end: int) -> str:
    """The first byte up to ``end`` that UTF-8 does not allow; the byte's own number is always -1, as it is there."""
    try:
        message[:end].decode()
    except UnicodeDecodeError as error:
        if error.end == end < len(message):
            return ""  # the character goes on
        lead = message[error.start]
        size = _SIZES.get(lead >> 4, 0) if lead < _NO_LEAD else 0
        tail = range(error.start + 1, min(error.start + size, len(message)))
        wrong = next((index for index in tail if message[index] & 0xC0 != 0x80), None)
        at, kind = (error.start, "start") if wrong is None else (wrong, "middle")
        number = len(message[: error.start].decode()) + 1
        return f"Invalid UTF-8 {kind} byte 0x{message[at]:x} (at char #{number}, byte #-1)"
    return ""


def _at(message: bytes, index: int) -> str:
    """Row and column of a byte, both from 1; column 0 before the first."""
    before = message[: max(index, 0)]
    return _place(before.count(b"\n") + 1, index - before.rfind(b"\n"))


def _place(row: int, column: int) -> str:
    return f"\n at [row,col {{unknown-source}}]: [{row},{column}]"
