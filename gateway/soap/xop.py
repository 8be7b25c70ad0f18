"""Attachments put back where an envelope refers to them (XOP 1.0): the message becomes one text that says the same.

For whoever has to tell the message anew: behind a bridge, or merged with others, attachments have no place.
"""

import base64
import binascii
import quopri
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

from lxml import etree

from gateway.soap import mtom, ns, xml
from gateway.soap.head import MessageError

_MARK = ns.XOP.encode()
_INCLUDE = ns.clark(ns.XOP, "Include")
_CID = "cid:"
_GROWTH = 4 / 3  # of base64
_DECODERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"base64": base64.b64decode,
    b"quoted-printable": quopri.decodestring,
}


class Whole(NamedTuple):
    """A message in one piece.

    Attributes:
        envelope: as it was sent, when it refers to no attachment.
        left: Content-IDs of attachments that nothing refers to; they are not in it.
    """

    envelope: bytes
    left: tuple[str, ...]


def whole(message: bytes, content_type: str, max_bytes: int) -> Whole:
    """A multipart message in one piece.

    Args:
        max_bytes: the most that the result may have.

    Raises:
        MessageError: damaged; an attachment that is referred to is missing or cannot be read, or the result too large.
    """
    package = mtom.split(message, content_type)
    parts = {name: (coding, data) for name, coding, data in mtom.attachments(message, package)}
    if _MARK not in package.root:
        return Whole(package.root, tuple(parts))
    envelope = xml.parse(package.root)
    places = list(envelope.iter(_INCLUDE))
    size, used = len(package.root), set[str]()
    for place in places:
        name = _named(place)
        if name not in parts:
            raise MessageError(f"the envelope refers to the attachment {name!r}, which is not in the message")
        size += int(len(parts[name][1]) * _GROWTH)
        if size > max_bytes:
            raise MessageError(f"with its attachments in it the envelope is larger than {max_bytes} bytes")
        used.add(name)
        _put(place, name, *parts[name])
    root = etree.tostring(envelope, encoding="utf-8") if places else package.root
    return Whole(root, tuple(name for name in parts if name not in used))


def _named(place: etree._Element) -> str:
    href = place.get("href", "")
    if not href.lower().startswith(_CID):
        raise MessageError(f"xop:Include refers to {href!r}, expected cid: and a Content-ID")
    return unquote(href[len(_CID) :])


def _put(place: etree._Element, name: str, coding: bytes, data: bytes) -> None:
    """Replace a reference by the attachment in base64 (XOP 1.0, section 3.2)."""
    parent = place.getparent()
    if parent is None or len(parent) != 1 or f"{parent.text or ''}{place.tail or ''}".strip():
        raise MessageError("xop:Include must stand alone in its element")
    if decode := _DECODERS.get(coding):
        try:
            data = decode(data)
        except binascii.Error as error:
            raise MessageError(f"the attachment {name!r} is no base64: {error}") from None
    text = base64.b64encode(data).decode("ascii")
    if len(text) > xml.LONGEST_TEXT:
        raise MessageError(f"the attachment {name!r} is too long for one element: {len(text)} characters of base64")
    parent.remove(place)
    parent.text = text
