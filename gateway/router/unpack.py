"""From what arrived to an envelope in UTF-8: compression, attachments and encodings taken off, on both sides."""

from dataclasses import replace
from functools import lru_cache

from gateway.message import Answer, Headers
from gateway.router.call import Call
from gateway.router.form import CONTENT_ENCODING, CONTENT_TYPE, Form, charset_of, relabelled
from gateway.router.refusal import Refusal
from gateway.soap import charset, gzip, mtom, ns, xop
from gateway.soap.head import Head, MessageError
from gateway.soap.xop import Whole

_XOP, _SOAP12_XML = b"application/xop+xml", b"application/soap+xml"
_WARNING = "MTOM/XOP: the national platform would drop the attachments, here they are kept"
_USUAL_DECLARATIONS = tuple(
    f"<?xml version={quote}1.0{quote}{rest}".encode()
    for quote in "\"'"
    for rest in (f" encoding={quote}UTF-8{quote}", f" encoding={quote}utf-8{quote}", "?>", " ?>")
)


class Unpack:
    """Makes the body of a call an envelope in UTF-8."""

    def __init__(self, *, national: bool, max_bytes: int) -> None:
        """``national`` knows no compression, and of packages only MTOM; ``max_bytes`` holds for what comes out too."""
        self._national, self._max_bytes = national, max_bytes

    def __call__(self, call: Call) -> str | None:
        """Change ``body`` and set ``form``, if need be.

        Returns:
            The encoding that the body has to be read in, None when it tells that itself.

        Raises:
            Refusal: VP015, damaged, too large, or in an encoding that is unknown.
        """
        values, body = call.request.values, call.body
        usual, named = _label(values.get(CONTENT_TYPE, b""))
        if usual and (body[1:2].isalpha() or body.startswith(_USUAL_DECLARATIONS)) and CONTENT_ENCODING not in values:
            return named
        try:
            self._unpack(call)
        except MessageError as error:
            raise Refusal("VP015", why=str(error)) from None
        return charset.UTF8

    def _unpack(self, call: Call) -> None:
        content_type = call.request.values.get(CONTENT_TYPE, b"")
        named, package = charset_of(content_type), None
        if self._national:
            if _XOP in content_type.lower():
                package = mtom.split_national(call.body, content_type.decode("latin-1"))
                call.warning = f"{call.warning} {_WARNING}".strip()
        else:
            if coding := call.request.values.get(CONTENT_ENCODING):
                self._inflate(call, coding)
            if mtom.is_package(content_type.decode("latin-1")):
                package = mtom.split(call.body, content_type.decode("latin-1"))
        if package is not None:
            call.body, named = package.root, package.charset
        utf8 = charset.to_utf8(call.body, named, national=self._national)
        call.body = utf8.message
        if utf8.encoding is not None or package is not None:
            call.form = Form(utf8.encoding, package, content_type if package else None)

    def _inflate(self, call: Call, coding: bytes) -> None:
        """From here on, the request is one that was never compressed."""
        request = call.request
        call.body = gzip.inflate(call.body, coding, self._max_bytes)
        headers = [header for header in request.headers if header[0] != CONTENT_ENCODING]
        call.request = replace(request, headers=headers, values=dict(headers), body=call.body)

    def keep_soap12(self, call: Call, head: Head) -> None:
        """Let a SOAP 1.2 message keep its Content-Type, which holds the action; nothing to do for SOAP 1.1."""
        label = call.request.values.get(CONTENT_TYPE, b"")
        form = call.form or Form()
        if head.soap == ns.SOAP12 and form.content_type is None and label.lower().startswith(_SOAP12_XML):
            call.form = replace(form, content_type=relabelled(label, charset.UTF8))


def speaks_soap12(call: Call) -> bool:
    """Whether the consumer speaks SOAP 1.2, by its message, or by its Content-Type when that was not read."""
    if call.head is not None:
        return call.head.soap == ns.SOAP12
    return call.request.values.get(CONTENT_TYPE, b"").lower().startswith(_SOAP12_XML)


def unpacked(headers: Headers, body: bytes, call: Call, max_bytes: int, *, national: bool) -> tuple[Headers, bytes]:
    """A producer's answer, readable for whom it is meant for.

    Compression stays when the consumer accepts it, and in national mode always, unless the answer has to be read here:
    for a merged answer, or to be written in the consumer's encoding. For a merged answer attachments are put into the
    envelope where it refers to them; the log tells of those that it does not refer to.

    Raises:
        MessageError: damaged, or too large.
    """
    coding = _value(headers, CONTENT_ENCODING)
    wanted = call.parent is not None or (call.form is not None and call.form.encoding is not None)
    accepted = national or gzip.accepts(call.request.values.get(b"accept-encoding", b""), coding)
    if coding and gzip.is_known(coding) and (wanted or not accepted):
        body = gzip.inflate(body, coding, max_bytes)
        headers = [header for header in headers if header[0] != CONTENT_ENCODING]
    if call.parent is None:
        return headers, body
    found = _whole(headers, body, max_bytes)
    if found.left:
        call.warning = f"{call.warning} {left_behind(found)}".strip()
    return headers, found.envelope


def readable(answer: Answer, max_bytes: int) -> bytes:
    """The envelope inside an answer, for looking at only; raises as ``in_one_piece``."""
    return in_one_piece(answer, max_bytes).envelope


def in_one_piece(answer: Answer, max_bytes: int) -> Whole:
    """The envelope inside an answer, its attachments put in.

    Raises:
        MessageError: damaged, or too large.
    """
    body = gzip.inflate(answer.body, _value(answer.headers, CONTENT_ENCODING), max_bytes)
    return _whole(answer.headers, body, max_bytes)


def left_behind(found: Whole) -> str:
    """What the log is told of attachments that have no place in the envelope."""
    return f"left behind, because nothing refers to it: attachment {', '.join(found.left)}"


def _whole(headers: Headers, body: bytes, max_bytes: int) -> Whole:
    content_type = _value(headers, CONTENT_TYPE).decode("latin-1")
    return xop.whole(body, content_type, max_bytes) if mtom.is_package(content_type) else Whole(body, ())


def _value(headers: Headers, name: bytes) -> bytes:
    return next((value for known, value in headers if known == name), b"")


@lru_cache(maxsize=256)
def _label(content_type: bytes) -> tuple[bool, str | None]:
    """Whether a Content-Type is that of a plain message in UTF-8, and the charset it names."""
    named = charset_of(content_type)
    plain = _XOP not in content_type.lower() and not mtom.is_package(content_type.decode("latin-1"))
    return plain and (named is None or named.upper() == charset.UTF8), named
