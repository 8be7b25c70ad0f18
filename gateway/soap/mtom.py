"""Messages with attachments: multipart/related (RFC 2387) around an envelope, as MTOM/XOP and SOAP with Attachments.

Only the root part is looked into. What stands around it (preamble, headers, attachments, line ends) keeps its bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gateway.soap.head import MessageError

_MAX_PARTS = 1000
_MAX_LOOKED_AT = 100_000  # places that look like a delimiter; a real message has no more of them than parts
_PARAMETER = re.compile(r""";\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)""")
_ESCAPED = re.compile(r"\\(.)")
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_NO_HEADERS = re.compile(rb"\r?\n")
_FOLDED = re.compile(rb"\r?\n[ \t]+")
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_LENGTH = re.compile(rb"^(content-length[ \t]*:[ \t]*)\d+", re.IGNORECASE | re.MULTILINE)
_CHARSET = re.compile(rb"""(;\s*charset\s*=\s*)("[^"]*"|[^\s;"]+)""", re.IGNORECASE)
_READABLE = (b"", b"7bit", b"8bit", b"binary")
_FIRST_ENVELOPE = re.compile(rb"<\w+:Envelope", re.IGNORECASE)
_LAST_ENVELOPE = re.compile(rb"</\w+:Envelope>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Package:
    """A multipart message, taken apart around its root.

    Attributes:
        content_type: of the whole message, as sent.
        before, after: everything around the root's content.
        root: the root's content, the envelope.
        headers: start and end of the root's headers in ``before``.
        charset: encoding that the root's headers name, None when they name none.
    """

    content_type: bytes
    before: bytes
    root: bytes
    after: bytes
    headers: tuple[int, int]
    charset: str | None

    def joined(self, root: bytes) -> bytes:
        """The whole message with another root, UTF-8; the same bytes when the root is the same."""
        before = self.before
        if root != self.root:
            start, end = self.headers
            told = _LENGTH.sub(rb"\g<1>%d" % len(root), before[start:end])
            before = before[:start] + _CHARSET.sub(rb"\g<1>UTF-8", told) + before[end:]
        return b"".join((before, root, self.after))


@lru_cache(maxsize=256)
def parameters(content_type: str) -> tuple[str, dict[str, str]]:
    """Media type and parameters of a Content-Type, names in lower case, quotes taken off (RFC 2045, 5.1)."""
    media, _, _ = content_type.partition(";")
    found = {
        name.lower(): _ESCAPED.sub(r"\1", value[1:-1]) if value.startswith('"') else value.strip()
        for name, value in _PARAMETER.findall(content_type)
    }
    return media.strip().lower(), found


def is_package(content_type: str) -> bool:
    """Whether a Content-Type is that of an envelope with attachments."""
    return parameters(content_type)[0] == "multipart/related"


def split(message: bytes, content_type: str) -> Package:
    """Find the root part: the one that ``start`` names, otherwise the first (RFC 2387, 3.2).

    Raises:
        MessageError: no boundary, a part that does not end, no such root, or a root in base64 or the like.
    """
    _, given = parameters(content_type)
    boundary, wanted = given.get("boundary", ""), given.get("start", "").strip("<> ")
    if not boundary:
        raise MessageError("the Content-Type multipart/related names no boundary")
    spans = list(_parts(message, boundary.encode("latin-1", "replace")))
    for start, end in spans:
        found = _NO_HEADERS.match(message, start, end) or _HEADERS_END.search(message, start, end)
        if found is None:
            continue
        headers = _headers(message[start : found.start()])
        if wanted and headers.get(b"content-id", b"").strip(b"<> ") != wanted.encode("latin-1", "replace"):
            continue
        coding = headers.get(b"content-transfer-encoding", b"").lower()
        if coding not in _READABLE:
            raise MessageError(f"the root part is written in {coding.decode('latin-1')}, expected binary or 8bit")
        _, own = parameters(headers.get(b"content-type", b"").decode("latin-1"))
        content = found.end()
        return Package(
            content_type.encode("latin-1", "replace"),
            message[:content],
            message[content:end],
            message[max(content, end) :],
            (start, found.start()),
            own.get("charset"),
        )
    named = f"with Content-ID <{wanted}>" if wanted else "with headers"
    raise MessageError(f"the multipart message has no part {named} among its {len(spans)} parts")


def attachments(message: bytes, package: Package) -> Iterator[tuple[str, bytes, bytes]]:
    """Content-ID, transfer encoding in lower case, and content as sent, of every part but the root that has such an id.

    Args:
        package: the message, taken apart by ``split``.
    """
    boundary = parameters(package.content_type.decode("latin-1"))[1].get("boundary", "").encode("latin-1", "replace")
    for start, end in _parts(message, boundary):
        found = _HEADERS_END.search(message, start, end)
        if found is None or found.end() == len(package.before):
            continue
        headers = _headers(message[start : found.start()])
        if name := headers.get(b"content-id", b"").strip(b"<> "):
            coding = headers.get(b"content-transfer-encoding", b"").lower()
            yield name.decode("latin-1"), coding, message[found.end() : end]


def split_national(message: bytes, content_type: str) -> Package:
    """Find the envelope in what the national router would find one in, and keep everything around it.

    That router searches the whole message for a prefixed ``Envelope``, to the last end tag of one, and sends nothing
    else on. Here the parts are read where they can be, so that an attachment cannot be taken for the envelope.

    Raises:
        MessageError: there is no prefixed envelope; the text is the national one.
    """
    try:
        package = split(message, content_type)
    except MessageError:
        start, end = _envelope(message)
        named = parameters(content_type)[1].get("charset")
        around = message[:start], message[start:end], message[end:]
        return Package(content_type.encode("latin-1", "replace"), *around, (0, 0), named)
    _envelope(package.root)
    return package


def _envelope(message: bytes) -> tuple[int, int]:
    """Start and end of what the national router takes for the envelope.

    Raises:
        MessageError: there is none; the text is the national one.
    """
    first = _FIRST_ENVELOPE.search(message)
    ends = [found.end() for found in _LAST_ENVELOPE.finditer(message, first.end())] if first else []
    if first is None or not ends:
        raise MessageError("Inkommande begäran är ej korrekt utformat och kan därför inte behandlas.")
    return first.start(), ends[-1]


def _parts(message: bytes, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of each part, with its headers, without the line break that belongs to the next delimiter.

    Raises:
        MessageError: the closing delimiter is missing, or there are too many parts.
    """
    delimiter = b"--" + boundary
    begun = -1
    at = message.find(delimiter)
    count = looked_at = 0
    while at >= 0 and looked_at < _MAX_LOOKED_AT:
        looked_at += 1
        after = _AFTER_BOUNDARY.match(message, at + len(delimiter))
        if after is not None and (at == 0 or message[at - 1 : at] == b"\n"):
            if begun >= 0:
                count += 1
                yield begun, max(begun, at - (2 if message[at - 2 : at] == b"\r\n" else 1))
            if after[1]:
                return
            if count > _MAX_PARTS:
                raise MessageError(f"the multipart message has more than {_MAX_PARTS} parts")
            begun = after.end()
        at = message.find(delimiter, at + len(delimiter))
    raise MessageError(f"the multipart message has no closing delimiter --{boundary.decode('latin-1')}--")


def _headers(block: bytes) -> dict[bytes, bytes]:
    """A part's headers by name in lower case."""
    lines = (line.partition(b":") for line in _FOLDED.sub(b" ", block).splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in lines}
