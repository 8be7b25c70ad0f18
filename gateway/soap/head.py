"""Read who and what a message is for, without building a tree.

A streaming parse finds the head; either it stops at the first child of Body, so that the cost does not depend on the
size of the message, or it runs on at the parser's own speed to find out whether the rest is well-formed.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from xml.parsers import expat

from gateway.soap import ns

_ENVELOPES = {f"{uri} Envelope": uri for uri in (ns.SOAP11, ns.SOAP12)}
_HEADERS = {ns.SOAP11: f"{ns.SOAP11} Header", ns.SOAP12: f"{ns.SOAP12} Header"}
_BODIES = {ns.SOAP11: f"{ns.SOAP11} Body", ns.SOAP12: f"{ns.SOAP12} Body"}
_ADDRESSES = {
    f"{ns.REGISTRY} LogicalAddress": ns.BP21,
    f"{ns.REGISTRY2} LogicalAddress": ns.BP21,
    f"{ns.WSA} To": ns.BP20,
}
_NAME = re.compile(rb"<([^\s/>]+)")
_EMPTY = "the SOAP Envelope has no Body with a request in it"
_TWO_ENDS = re.compile(rb"\s*</[^<>]+>\s*</[^<>]+>\s*")
_TAIL = 512  # bytes; the end tags of Body and Envelope are looked for here
_BLOCK = 2  # depth of a header block and of Body's child


class MessageError(Exception):
    """The bytes are not a SOAP message that can be routed; the text says where and why (English)."""


@dataclass(slots=True)
class Head:
    """What the router needs to know about a message.

    Attributes:
        soap: namespace of the envelope (SOAP 1.1 or 1.2).
        profile: ``rivtabp20`` or ``rivtabp21``; None when no address header was found.
        logical_address: text of the address header exactly as sent, None when missing or blank.
        contract: namespace of Body's first child, the responder namespace of the service contract.
        operation: local name of Body's first child.
        address_span: byte offsets (start, end) of the whole address element, for UTF-8 messages.
        single: Body surely holds one element; False means that a tree has to tell.
    """

    soap: str
    profile: str | None
    logical_address: str | None
    contract: str
    operation: str
    address_span: tuple[int, int] | None
    single: bool = False


class _Found(Exception):
    """Stops the parser: everything the head holds has been read."""


def scan(message: bytes, charset: str | None = None, *, whole: bool = False) -> Head:
    """Read the head of a SOAP message.

    Args:
        message: the message as received.
        charset: encoding named by the transport; overrides the XML declaration when given.
        whole: read on to the end, so that breakage after the head is found too.

    Raises:
        MessageError: not well-formed (as far as it was read), not SOAP, has a DOCTYPE, or has no Body child.
            RIV-TA Basic Profile 2.1 #7 demands exactly one.
    """
    try:
        head, child, plain = _parse(message, charset, whole)
    except expat.ExpatError as error:
        raise MessageError(f"not well-formed XML: {error}") from None
    except (LookupError, ValueError) as error:
        raise MessageError(f"the message's encoding cannot be read: {error}") from None
    if not head.operation:
        raise MessageError(_EMPTY)
    if head.logical_address is not None and (not head.logical_address or head.logical_address.isspace()):
        head.logical_address = head.address_span = None
    head.single = plain and _single(message, child)
    return head


def _parse(message: bytes, charset: str | None, whole: bool) -> tuple[Head, int, bool]:
    """The head, where Body's child starts, and whether no comment or the like stands after that.

    Closures and few of them: this runs for every call.
    """
    head = Head("", None, None, "", "", None)
    parser = expat.ParserCreate(charset, " ")
    depth, part, start, child, plain = 0, "", 0, -1, whole
    text: list[str] | None = None

    def begin(name: str, _attributes: object) -> None:
        nonlocal depth, part, text, start, child
        if depth == _BLOCK:
            if part == "body":
                head.contract, _, head.operation = name.rpartition(" ")
                if not whole:
                    raise _Found
                child = parser.CurrentByteIndex
                parser.StartElementHandler = parser.EndElementHandler = None
                parser.CommentHandler = parser.StartCdataSectionHandler = odd
                parser.ProcessingInstructionHandler = odd
            elif part == "header" and name in _ADDRESSES:
                head.profile, text, start = _ADDRESSES[name], [], parser.CurrentByteIndex
                parser.CharacterDataHandler = text.append
        elif depth == 1:
            if part == "body":
                raise MessageError(_EMPTY)
            part = "body" if name == _BODIES[head.soap] else "header" if name == _HEADERS[head.soap] else ""
        elif depth == 0:
            head.soap = _ENVELOPES.get(name, "")
            if not head.soap:
                raise MessageError(f"the root element is {_clark(name)}, expected a SOAP Envelope")
        elif text is not None:
            raise MessageError(f"the address header holds the element {_clark(name)}, expected text only")
        depth += 1

    def finish(_name: str) -> None:
        nonlocal depth, part, text
        depth -= 1
        if depth == _BLOCK and text is not None:
            head.logical_address = "".join(text)
            head.address_span = (start, message.find(b">", parser.CurrentByteIndex) + 1)
            text = parser.CharacterDataHandler = None
        elif depth == 1 and part == "header":
            part = ""

    def odd(*_: object) -> None:
        nonlocal plain
        plain = False

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.StartDoctypeDeclHandler = refuse_doctype
    with suppress(_Found):
        parser.Parse(message, True)
    return head, child, plain


def refuse_doctype(*_: object) -> None:
    """For expat's ``StartDoctypeDeclHandler``: no message may declare a type of its own (SOAP 1.1, section 3).

    Raises:
        MessageError: always.
    """
    raise MessageError("a document type declaration (DOCTYPE) is not allowed in a SOAP message")


def _single(message: bytes, start: int) -> bool:
    """Whether the element that starts at ``start`` is surely the only one in Body.

    In well-formed bytes without comments it is when its name opens once and only two end tags follow its own.
    """
    found = _NAME.match(message, start)
    if found is None:
        return False
    opening, closing = found[0], b"</%b>" % found[1]
    end = message.rfind(closing, max(start, len(message) - _TAIL))
    return (
        end >= 0
        and message.find(opening, start + 1) < 0
        and _TWO_ENDS.fullmatch(message, end + len(closing)) is not None
    )


def _clark(name: str) -> str:
    uri, _, local = name.rpartition(" ")
    return ns.clark(uri, local) if uri else local
