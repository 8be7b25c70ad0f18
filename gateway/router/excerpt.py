"""A producer's own words about what went wrong, short enough for a fault and without person ids."""

import html
import re

from gateway.observe.mask import mask
from gateway.router.form import CONTENT_ENCODING, CONTENT_TYPE, charset_of
from gateway.router.producer import ProducerAnswer
from gateway.soap import fault, gzip, xml
from gateway.soap.head import MessageError

_SHOWN = 300  # characters
_READ = 20_000  # bytes of a text; a SOAP message is read whole, up to _LARGE
_LARGE = 1_000_000
_UNSEEN = re.compile(r"<(script|style)\b.*?(</\1\s*>|\Z)|<!--.*?(-->|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[!/?]?[A-Za-z][^<>]*>?")
_BLANKS = re.compile("[\\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def excerpt(answer: ProducerAnswer) -> str:
    """What a producer wrote: a SOAP fault's code and reason, else the first words; blank when there are none."""
    headers = dict(answer.headers)
    body = answer.body
    try:
        body = gzip.inflate(body, headers.get(CONTENT_ENCODING, b""), _LARGE)
    except MessageError:
        return ""
    return _shortened(_fault(body) or _words(body, charset_of(headers.get(CONTENT_TYPE, b""))))


def _fault(body: bytes) -> str:
    if len(body) > _LARGE or not body.lstrip().startswith((b"<", b"\xef\xbb\xbf")):
        return ""
    try:
        child = xml.body_child(xml.parse(body))
    except MessageError:
        return ""
    if not xml.is_fault(child):
        return ""
    code, reason = fault.read(child)
    return f"SOAP fault {code}: {reason}" if reason else ""


def _words(body: bytes, charset: str | None) -> str:
    try:
        text = body[:_READ].decode(charset or "utf-8", "replace")
    except LookupError:
        text = body[:_READ].decode("utf-8", "replace")
    if "<" in text:
        text = html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text)))
    return text


def _shortened(text: str) -> str:
    """Masked before it is cut: half a person id would not be known for one."""
    text = mask(_BLANKS.sub(" ", text).strip())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()} …"
