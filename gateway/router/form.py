"""The form that a consumer's message came in, when it was not plain SOAP 1.1 in UTF-8, and the way back to it."""

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

from gateway.message import Answer, Headers
from gateway.soap import charset, mtom

CONTENT_TYPE, CONTENT_ENCODING = b"content-type", b"content-encoding"
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]+)[\"']?", re.IGNORECASE)
_MULTIPART = re.compile(rb"\s*multipart/", re.IGNORECASE)
_DECLARATION, _UTF16 = b"<?xml", (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ENCODING = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
_UTF8 = ("UTF-8", "UTF8", "US-ASCII", "ASCII")
_CANONICAL = b"text/xml; charset=UTF-8"
_XML = re.compile(rb"\s*(text/xml|application/xml|application/[\w.-]+\+xml)\s*(;|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Form:
    """What has to be remembered of a message until it is sent on and answered.

    Attributes:
        encoding: the encoding that answers are written in; None for UTF-8.
        package: the attachments around the envelope.
        content_type: what the producer is told instead of ``text/xml``.
    """

    encoding: str | None = None
    package: mtom.Package | None = None
    content_type: bytes | None = None

    def outgoing(self, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        """Headers and body for the producer, from those of a plain message."""
        if self.content_type is not None:
            headers = [header for header in headers if header[0] != CONTENT_TYPE]
            headers.append((CONTENT_TYPE, self.content_type))
        return headers, body if self.package is None else self.package.joined(body)

    def restored(self, answer: Answer) -> Answer:
        """An answer in the consumer's encoding, labelled so; the answer itself when it cannot be written in it."""
        label = next((value for name, value in answer.headers if name == CONTENT_TYPE), b"")
        if self.encoding is None or _XML.match(label) is None:
            return answer
        body = charset.from_utf8(answer.body, self.encoding, charset_of(label))
        if body is None:  # a label that is not true: the national router overwrites the producer's
            body = charset.from_utf8(answer.body, self.encoding)
        if body is None:
            return answer
        headers = [header for header in answer.headers if header[0] != CONTENT_TYPE]
        headers.append((CONTENT_TYPE, relabelled(label, self.encoding)))
        return Answer(answer.status, headers, body, answer.close)


def national_label(content_type: bytes, body: bytes) -> bytes:
    """The Content-Type that a producer's answer gets in national mode.

    The national router calls every answer ``text/xml; charset=UTF-8``. Where that would not be true (attachments,
    another encoding) the producer's own label stays, because it alone says how the answer is to be read.
    """
    named = _named(content_type)
    if body.startswith(_UTF16):
        named = False
    elif named is None and body.startswith(_DECLARATION):
        declared = _ENCODING.match(body)
        named = declared is None or declared[1].upper() == b"UTF-8"
    return content_type if named is False else _CANONICAL


@lru_cache(maxsize=256)
def _named(content_type: bytes) -> bool | None:
    """Whether a label says that the answer is one text in UTF-8; None when it leaves that open."""
    if _MULTIPART.match(content_type):
        return False
    named = charset_of(content_type)
    return None if named is None else named.upper() in _UTF8


@lru_cache(maxsize=256)
def charset_of(content_type: bytes) -> str | None:
    """The charset that a Content-Type names."""
    found = _CHARSET.search(content_type.decode("latin-1"))
    return found[1] if found else None


def relabelled(content_type: bytes, encoding: str) -> bytes:
    """A Content-Type with another charset."""
    text = content_type.decode("latin-1")
    if _CHARSET.search(text):
        return _CHARSET.sub(f"charset={encoding}", text, count=1).encode("latin-1")
    return f"{text}; charset={encoding}".encode("latin-1")
