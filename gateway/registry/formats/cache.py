"""The copy of the catalogue that national routers keep beside them (``persistentCache``), and answers as files."""

from pathlib import Path

from lxml import etree

from gateway.registry.formats import content as c
from gateway.registry.formats import vagval
from gateway.registry.formats.errors import wrong
from gateway.registry.formats.flat import Flat
from gateway.soap import fault, ns, xml
from gateway.soap.head import MessageError

ROOT = "persistentCache"
_RESPONSES = {f"{operation}Response" for operations in vagval.OPERATIONS.values() for operation in operations}


def write(content: c.Content) -> bytes:
    """The copy of a content: routes, then permissions."""
    rows = "".join((*vagval.route_rows(content, "ns2:"), *vagval.permission_rows(content, "ns2:")))
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{head}<{ROOT} xmlns:ns2="{vagval.V2}">{rows}</{ROOT}>'.encode()


def read(path: Path, data: bytes) -> Flat:
    """The copy, or a whole answer of SokVagvalsInfo, v1 or v2, with or without its envelope.

    Raises:
        FormatError: it is neither, not well-formed, or a row is wrong.
    """
    root = _parsed(path, data)
    if ns.local(str(root.tag)) == "Envelope":
        root = _answer(path, root)
    if ns.local(str(root.tag)) not in (ROOT, *_RESPONSES):
        expected = ", ".join((ROOT, *sorted(_RESPONSES)))
        raise wrong(path, "root", line=root.sourceline or 0, found=root.tag, expected=expected)
    return vagval.read_rows(path, root)


def _parsed(path: Path, data: bytes) -> etree._Element:
    try:
        return xml.parse(data)
    except MessageError as error:
        raise wrong(path, "not-xml", why=error) from None


def _answer(path: Path, envelope: etree._Element) -> etree._Element:
    try:
        child = xml.body_child(envelope)
    except MessageError as error:
        raise wrong(path, "not-xml", why=error) from None
    if xml.is_fault(child):
        raise wrong(path, "fault", line=child.sourceline or 0, found=fault.read(child)[1])
    return child
