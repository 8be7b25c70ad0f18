"""One way to parse XML from strangers: no DTD, no entities, no network, bounded depth."""

import re
import threading
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.soap import ns
from gateway.soap.head import MessageError

_local = threading.local()
LONGEST_TEXT = 10_000_000
"""Bytes in one piece, libxml2's limit for a tree."""

_LONG_TEXT = re.compile(rb">[^<]{%d}" % LONGEST_TEXT)


def parser() -> etree.XMLParser:
    """This thread's parser. libxml2's own limits hold: depth 256, 10 MB for one text."""
    found: etree.XMLParser | None = getattr(_local, "parser", None)
    if found is None:
        found = _local.parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
        )
    return found


def parse(data: bytes) -> etree._Element:
    """Parse a document.

    Raises:
        MessageError: not well-formed, or with a document type declaration.
    """
    try:
        element = etree.fromstring(data, parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MessageError(f"not well-formed XML: {error}") from None
    if docinfo(element).doctype:
        raise MessageError("a document type declaration (DOCTYPE) is not allowed in a SOAP message")
    return element


class _Nothing:
    """A parser's target that takes no part in the reading: no tree is built."""

    def doctype(self, *_: object) -> None:
        raise MessageError("a document type declaration (DOCTYPE) is not allowed in a SOAP message")

    def close(self) -> None:
        pass


def well_formed(data: bytes) -> bool:
    """Whether ``parse`` would surely take a document; in two thirds of its time, and in no memory.

    False also for what is merely odd: only ``parse`` can tell what is wrong, if anything is.
    """
    if len(data) > LONGEST_TEXT and _LONG_TEXT.search(data):
        return False
    checker: Any = getattr(_local, "checker", None)
    if checker is None:
        nothing: Any = _Nothing()  # lxml asks a target for what it has; the stubs want all of it
        checker = _local.checker = etree.XMLParser(
            target=nothing, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
    try:
        etree.fromstring(data, checker)
    except (etree.XMLSyntaxError, ValueError, MessageError):
        return False
    return not checker.error_log  # a prefix without a namespace stands there and nowhere else


def docinfo(element: etree._Element) -> etree.DocInfo:
    """Encoding and document type of the document that an element belongs to."""
    found: etree.DocInfo = element.getroottree().docinfo
    return found


def body_child(envelope: etree._Element) -> etree._Element:
    """The one child of Body (RIV-TA Basic Profile 2.1 #7).

    Raises:
        MessageError: no Envelope, no Body, or not exactly one element in Body.
    """
    if envelope.tag not in _BODY:
        raise MessageError(f"the root element is {envelope.tag}, expected a SOAP Envelope")
    body = envelope.find(_BODY[str(envelope.tag)])
    if body is None:
        raise MessageError("the SOAP Envelope has no Body")
    children = [child for child in body if isinstance(child.tag, str)]
    if len(children) != 1:
        named = ", ".join(str(child.tag) for child in children[:3]) or "none"
        raise MessageError(f"the SOAP Body must hold exactly one element, found {len(children)}: {named}")
    return children[0]


def has_empty_body(data: bytes) -> bool:
    """Whether a document is an envelope that says nothing: no element stands in its Body."""
    try:
        envelope = parse(data)
    except MessageError:
        return False
    body = envelope.find(_BODY.get(str(envelope.tag), "-"))
    return body is not None and not any(isinstance(child.tag, str) for child in body)


def is_fault(element: etree._Element) -> bool:
    """Whether a Body child is a SOAP Fault."""
    return element.tag in _FAULTS


@cache
def load_schema(path: Path) -> etree.XMLSchema:
    """Compile an XSD file of the project, once. Threads may share it to judge; its error log is not to be trusted then.

    Raises:
        etree.XMLSchemaParseError: the schema is wrong; its ``error_log`` names file and line.
    """
    return compile_schema(path)


def compile_schema(path: Path) -> etree.XMLSchema:
    """Compile an XSD file of the project; raises as ``load_schema``."""
    return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True, resolve_entities=False)))


_BODY = {ns.clark(uri, "Envelope"): ns.clark(uri, "Body") for uri in (ns.SOAP11, ns.SOAP12)}
_FAULTS = frozenset(ns.clark(uri, "Fault") for uri in (ns.SOAP11, ns.SOAP12))
