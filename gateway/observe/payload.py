"""Messages for the log at its level ``debug``: as text, whatever form they came in, with person ids masked.

What cannot be read with certainty is not written: a text that nobody can search for ids may hold one. Attachments and
long blocks of base64 are left out for the same reason. Names and notes stay readable.
"""

import re
import zlib
from bisect import bisect_right
from typing import NamedTuple

import msgspec

from gateway.message import Headers
from gateway.observe.batch import Event
from gateway.observe.events import ERROR, REQ_IN, REQ_OUT
from gateway.observe.mask import MASK, spans
from gateway.router.form import CONTENT_ENCODING, CONTENT_TYPE, charset_of
from gateway.soap import charset, mtom
from gateway.soap.head import MessageError

_GZIP = b"\x1f\x8b"
_WRAPPINGS = {b"gzip": (31,), b"x-gzip": (31,), b"deflate": (15, -15)}  # zlib's names
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{60,76}\s+){2,}[A-Za-z0-9+/]*={0,2}|[A-Za-z0-9+/]{100,}={0,2}")
_LAST_TAG = re.compile(r"<[A-Za-z_/][^<]*(?:<![^<]*)*\Z")
# What a reader of XML does not see, and characters written as numbers, also inside XML that is itself escaped.
_REFERENCE = r"&(?:amp;)*#(?:[xX]0*(?P<hex>[0-9A-Fa-f]{1,6})|0*(?P<decimal>[0-9]{1,7}));"
_AS_XML = re.compile(rf"<!\[CDATA\[|\]\]>|<!--.*?-->|<\?.*?\?>|{_REFERENCE}", re.DOTALL)
_AS_TEXT = re.compile(_REFERENCE)
_LAST_CHARACTER = 0x10FFFF


class Payloads:
    """The message of an event, for ``gateway.observe.ecs``."""

    def __init__(self, limit: int) -> None:
        """``limit``: bytes of a message that are looked at and written, a multiple of 4 so that no character is cut."""
        self._limit = limit // 4 * 4

    def __call__(self, event: Event) -> bytes:
        """The message, quoted for JSON; blank for an event that has none."""
        action, _, call, _, body, answer = event
        if action == ERROR:
            return b""
        if action == REQ_IN:
            text = self.text(call.request.headers, call.request.body)
        elif action == REQ_OUT:
            text = self.text([], body)  # the envelope alone, UTF-8
        else:
            text = self.text(answer.headers, answer.body) if answer is not None else ""
        return msgspec.json.encode(text.encode("utf-8", "replace").decode())[1:-1]

    def text(self, headers: Headers, body: bytes) -> str:
        """A message as text. ``headers``: of which Content-Type and Content-Encoding say how to read it."""
        values = dict(headers)
        try:
            return self._text(values.get(CONTENT_TYPE, b""), values.get(CONTENT_ENCODING, b""), body)
        except (MessageError, zlib.error) as error:
            return f"‹{len(body)} bytes that cannot be read: {masked(str(error))}›"

    def _text(self, content_type: bytes, coding: bytes, body: bytes) -> str:
        named, coding = charset_of(content_type), coding.strip().lower()
        if coding in _WRAPPINGS or body.startswith(_GZIP):
            body = _inflated(body, _WRAPPINGS.get(coding, (31,)), self._limit + 1)
        elif coding not in (b"", b"identity"):
            raise MessageError("an unknown Content-Encoding")
        left_out = ""
        if mtom.is_package(content_type.decode("latin-1")):
            package = mtom.split(body, content_type.decode("latin-1"))
            left_out = f"‹{len(package.before) + len(package.after)} bytes around the envelope left out›"
            body, named = package.root, package.charset
        cut = len(body) > self._limit
        text = charset.to_utf8(body[: self._limit], named).message.decode("utf-8", "replace")
        if "\0" in text:
            raise MessageError("not a text")
        if cut:
            text = f"{_whole(text)}‹cut: no more than {self._limit} bytes are written›"
        return masked(_BASE64.sub(lambda block: f"‹{len(block[0])} characters of base64›", text)) + left_out


def masked(text: str) -> str:
    """A text in which no person id is left, however its figures are written.

    Once as a reader of XML puts it together (comments and CDATA marks taken away, references resolved), and once
    as it stands, because comments may hold ids too.
    """
    return _masked(_masked(text, _AS_XML), _AS_TEXT)


def _masked(text: str, tokens: re.Pattern[str]) -> str:
    """Mask the ids that are there when tokens are gone, or replaced by the characters that they stand for."""
    pieces: list[_Piece] = []
    size = end = 0
    for token in (*tokens.finditer(text), None):
        begin, after = token.span() if token else (len(text), len(text))
        pieces.append(_Piece(size, end, begin, text[end:begin]))
        size += begin - end
        if token and (character := _character(token)):
            pieces.append(_Piece(size, begin, after, character))
            size += 1
        end = after
    starts = [piece.start for piece in pieces]
    written: list[str] = []
    done = 0
    for first, after in spans("".join(piece.shown for piece in pieces)):
        begin = pieces[bisect_right(starts, first) - 1].origin(first)
        written += (text[done:begin], MASK)
        done = pieces[bisect_right(starts, after - 1) - 1].origin_after(after - 1)
    return "".join((*written, text[done:]))


class _Piece(NamedTuple):
    """A part of a text as it is shown: from ``start`` on there, between ``begin`` and ``end`` in the text itself."""

    start: int
    begin: int
    end: int
    shown: str

    def origin(self, place: int) -> int:
        return self.begin + place - self.start

    def origin_after(self, place: int) -> int:
        """The place after a character: a reference is longer than what it stands for."""
        return self.end if len(self.shown) == 1 else self.begin + place - self.start + 1


def _character(token: re.Match[str]) -> str:
    number = int(token["hex"], 16) if token["hex"] else int(token["decimal"]) if token["decimal"] else -1
    return chr(number) if 0 <= number <= _LAST_CHARACTER else ""


def _whole(text: str) -> str:
    """A text that was cut somewhere, without the element or word at its end: that may be the beginning of an id."""
    if found := _LAST_TAG.search(text):
        return text[: found.start()]
    return text[: max(text.rfind(" "), text.rfind("\n"), 0)]


def _inflated(data: bytes, wrappings: tuple[int, ...], most: int) -> bytes:
    """The first ``most`` bytes of what was compressed; raises zlib.error."""
    for wrapping in wrappings[:-1]:
        try:
            return zlib.decompressobj(wrapping).decompress(data, most)
        except zlib.error:
            continue
    return zlib.decompressobj(wrappings[-1]).decompress(data, most)
