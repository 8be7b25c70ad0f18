"""From RIV-TA Basic Profile 2.0 to 2.1 and back: the two differ in the address header alone.

BP 2.0 has the logical address in WS-Addressing's ``To``, BP 2.1 in ``LogicalAddress``. The bytes around the header's
tags stay as they are, in both modes; prefix, attributes and content of the header too.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import count
from typing import NamedTuple
from xml.parsers import expat

from gateway.soap import ns
from gateway.soap.head import MessageError, refuse_doctype
from gateway.soap.national import breakage

Span = tuple[int, int]
Edit = tuple[int, int, bytes]  # start, end, what stands there instead

_HEADERS = {ns.BP20: (ns.WSA, "To"), ns.BP21: (ns.REGISTRY, "LogicalAddress")}
_TAG = re.compile(
    rb"""<(?:(?P<prefix>[^\s:/>]+):)?(?P<local>[^\s:/>]+)(?P<attributes>(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*)"""
    rb"""(?P<rest>\s*/?>)"""
)
_ATTRIBUTE = re.compile(rb"""(\s+)([^\s=]+)(\s*=\s*)("[^"]*"|'[^']*')""")
_DECLARATION = re.compile(rb"<\?xml\s[^>]*\?>")
_NATIONAL_DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>"
_OWN_PREFIX = re.compile(rb"riv(\d{1,6})")
_BOM = b"\xef\xbb\xbf"


class Rewritten(NamedTuple):
    """A message in the other profile, and where its address element is now."""

    message: bytes
    address_span: Span | None


def can_become(profile: str | None, wanted: str) -> bool:
    """Whether a message of one profile can be rewritten to another."""
    return profile is not None and profile != wanted and profile in _HEADERS and wanted in _HEADERS


def rewrite(message: bytes, address_span: Span, wanted: str) -> Rewritten:
    """Rename the address header; nothing else changes.

    Args:
        message: UTF-8, well-formed.
        address_span: where the address element is.
        wanted: ``rivtabp20`` or ``rivtabp21``.

    Raises:
        MessageError: there is no element at that place.
    """
    start, end = address_span
    namespace, local = _HEADERS[wanted]
    tag = _TAG.match(message, start, end)
    closing = message.rfind(b"</", start, end)
    if tag is None or closing < 0:
        raise MessageError("the address header cannot be found in the message's bytes")
    name, opening = _renamed(tag, namespace, local, partial(_unused_prefix, message))
    element = b"%b%b</%b>" % (opening, message[tag.end() : closing], name)
    return Rewritten(b"".join((message[:start], element, message[end:])), (start, start + len(element)))


def rewrite_national(message: bytes, address_span: Span | None, profile: str, wanted: str) -> Rewritten:
    """As the national router: every header element in the old profile's namespace goes to the new one's.

    ``wsa:MessageID`` becomes ``MessageID`` in the registry's namespace, and the result starts with an XML declaration.
    Unlike there, Body is left alone, CDATA sections and processing instructions survive, and no element gets the same
    declaration twice.

    Args:
        message: UTF-8.
        address_span: where the address element is, if that is known.
        profile: what the message is.
        wanted: what it shall be.

    Raises:
        MessageError: not well-formed, anywhere in the message.
    """
    tags = _tags(message, _HEADERS[profile][0])
    old, (namespace, new) = _HEADERS[profile][1].encode(), _HEADERS[wanted]
    edits = [_declaration(message)]
    unused = cache(partial(_unused_prefix, message))
    for at, closing in tags:
        tag = _TAG.match(message, at)
        if tag is None:
            raise MessageError(f"the start tag at byte {at} cannot be found in the message's bytes")
        local = new if tag["local"] == old else tag["local"].decode()
        name, opening = _renamed(tag, namespace, local, unused)
        edits.append((at, tag.end(), opening))
        if not tag["rest"].endswith(b"/>"):
            edits.append((closing, message.index(b">", closing) + 1, b"</%b>" % name))
    return _edited(message, sorted(edits), address_span)


def _renamed(tag: re.Match[bytes], namespace: str, local: str, unused: Callable[[], bytes]) -> tuple[bytes, bytes]:
    """Name and whole start tag of an element in another namespace; the prefix stays unless an attribute needs it."""
    prefix, attributes = tag["prefix"], tag["attributes"]
    declaration = b"xmlns:%b" % prefix if prefix else b"xmlns"
    value = b'"%b"' % namespace.encode()
    own = None
    for found in _ATTRIBUTE.finditer(attributes):
        if found[2] == declaration:
            own = found
        elif prefix and not found[2].startswith(b"xmlns") and prefix + b":" in b" ".join(found.group(2, 4)):
            prefix, own = unused(), None
            break
    name = b"%b:%b" % (prefix, local.encode()) if prefix else local.encode()
    if own is not None:
        attributes = attributes[: own.start(4)] + value + attributes[own.end(4) :]
    else:
        attributes = b" %b=%b%b" % (b"xmlns:%b" % prefix if prefix else b"xmlns", value, attributes)
    return name, b"<%b%b%b" % (name, attributes, tag["rest"])


def _unused_prefix(message: bytes) -> bytes:
    used = {int(number) for number in _OWN_PREFIX.findall(message)}
    return b"riv%d" % next(number for number in count() if number not in used)


def _tags(message: bytes, namespace: str) -> list[Span]:
    """Where start and end tag of every element in a namespace begin, from the top of the message to Body.

    The rest is read too, because the national router finds breakage there when it rewrites.
    """
    parser = expat.ParserCreate("UTF-8", " ")
    found: list[list[int]] = []
    open_elements: list[list[int] | None] = []

    def begin(name: str, _attributes: object) -> None:
        uri, _, local = name.rpartition(" ")
        if local == "Body":
            parser.StartElementHandler = None
            parser.EndElementHandler = None
            return
        entry = [parser.CurrentByteIndex, -1] if uri == namespace else None
        if entry is not None:
            found.append(entry)
        open_elements.append(entry)

    def finish(_name: str) -> None:
        entry = open_elements.pop()
        if entry is not None:
            entry[1] = parser.CurrentByteIndex

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(message, True)
    except expat.ExpatError as error:
        raise MessageError(breakage(message, error)) from None
    return [(start, closing) for start, closing in found if closing >= 0]  # what holds Body is no header


def _declaration(message: bytes) -> Edit:
    """The edit that gives a message the national XML declaration."""
    start = len(_BOM) if message.startswith(_BOM) else 0
    found = _DECLARATION.match(message, start)
    return 0, found.end() if found else start, _NATIONAL_DECLARATION


def _edited(message: bytes, edits: Sequence[Edit], span: Span | None) -> Rewritten:
    """Carry out edits, sorted by place, and tell where the element at ``span`` went."""
    parts: list[bytes] = []
    at = 0
    for start, end, replacement in edits:
        parts += (message[at:start], replacement)
        at = end
    parts.append(message[at:])
    return Rewritten(b"".join(parts), span and (_moved(span[0], edits), _moved(span[1], edits)))


def _moved(offset: int, edits: Sequence[Edit]) -> int:
    return offset + sum(len(replacement) - (end - start) for start, end, replacement in edits if end <= offset)
