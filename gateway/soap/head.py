"""Read who and what a message is for, without building a tree.

A streaming parse stops at the first child of Body, so the cost does not depend on the size of the message.
"""

import re
from dataclasses import dataclass
from xml.parsers import expat

from gateway.soap import ns

_ENVELOPES = {f"{uri} Envelope": uri for uri in (ns.SOAP11, ns.SOAP12)}
_ADDRESSES = {
    f"{ns.REGISTRY} LogicalAddress": ns.BP21,
    f"{ns.REGISTRY2} LogicalAddress": ns.BP21,
    f"{ns.WSA} To": ns.BP20,
}
_NAME = re.compile(rb"<([^\s/>]+)")
_TWO_ENDS = re.compile(rb"\s*</[^<>]+>\s*</[^<>]+>\s*")
_HEADER_DEPTH = 2  # Envelope/Header/<block>


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


class _Scanner:
    __slots__ = ("address", "child", "contract", "depth", "in_body", "in_header", "message", "operation", "parser",
                 "profile", "soap", "span", "start", "text", "whole")  # fmt: skip

    def __init__(self, message: bytes, charset: str | None, whole: bool) -> None:
        self.message, self.whole = message, whole
        self.child = -1
        self.depth = 0
        self.soap = ""
        self.in_header = self.in_body = False
        self.text: list[str] | None = None
        self.start = 0
        self.span: tuple[int, int] | None = None
        self.profile: str | None = None
        self.address: str | None = None
        self.contract = self.operation = ""
        self.parser = expat.ParserCreate(charset, " ")
        self.parser.StartElementHandler = self.begin
        self.parser.EndElementHandler = self.finish
        self.parser.StartDoctypeDeclHandler = self.doctype

    def doctype(self, *_: object) -> None:
        raise MessageError("a document type declaration (DOCTYPE) is not allowed in a SOAP message")

    def begin(self, name: str, _attributes: object) -> None:
        depth = self.depth
        self.depth = depth + 1
        if depth == 1:
            self.part(name)
        elif depth == _HEADER_DEPTH:
            if self.in_body:
                self.contract, _, self.operation = name.rpartition(" ")
                if not self.whole:
                    raise _Found
                self.child = self.parser.CurrentByteIndex
                # The rest runs at the parser's own speed.
                self.parser.StartElementHandler = self.parser.EndElementHandler = None
            if self.in_header and name in _ADDRESSES:
                self.profile = _ADDRESSES[name]
                self.text = []
                self.start = self.parser.CurrentByteIndex
                self.parser.CharacterDataHandler = self.text.append
        elif depth == 0:
            self.soap = _ENVELOPES.get(name, "")
            if not self.soap:
                raise MessageError(f"the root element is {_clark(name)}, expected a SOAP Envelope")

    def part(self, name: str) -> None:
        if name == f"{self.soap} Header":
            self.in_header = True
        elif name == f"{self.soap} Body":
            self.in_header, self.in_body = False, True

    def finish(self, _name: str) -> None:
        self.depth -= 1
        if self.depth == _HEADER_DEPTH and self.text is not None:
            self.address = "".join(self.text)
            end = self.message.find(b">", self.parser.CurrentByteIndex) + 1
            self.span = (self.start, end)
            self.text = self.parser.CharacterDataHandler = None
        elif self.depth == 1 and self.in_body:
            raise MessageError("the SOAP Body is empty, expected the request element of a service contract")


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
    scanner = _Scanner(message, charset, whole)
    try:
        scanner.parser.Parse(message, True)
    except _Found:
        pass
    except expat.ExpatError as error:
        raise MessageError(f"not well-formed XML: {error}") from None
    except (LookupError, ValueError) as error:
        raise MessageError(f"the message's encoding cannot be read: {error}") from None
    if not scanner.operation:
        raise MessageError("the SOAP Envelope has no Body")
    address = scanner.address if scanner.address and not scanner.address.isspace() else None
    single = whole and _single(message, scanner.child)
    head = (scanner.soap, scanner.profile, address, scanner.contract, scanner.operation, scanner.span, single)
    return Head(*head)


def _single(message: bytes, start: int) -> bool:
    """Whether the element that starts at ``start`` is surely the only one in Body, told from well-formed bytes.

    It is when its name opens once and after its end tag only two end tags follow, Body's and Envelope's.
    """
    found = _NAME.match(message, start)
    if found is None or message.find(b"<!", start) >= 0 or message.find(b"<?", start) >= 0:
        return False
    closing = b"</%b>" % found[1]
    end = message.rfind(closing)
    return (
        end >= 0
        and message.count(b"<" + found[1]) == 1
        and _TWO_ENDS.fullmatch(message, end + len(closing)) is not None
    )


def _clark(name: str) -> str:
    uri, _, local = name.rpartition(" ")
    return ns.clark(uri, local) if uri else local
