"""The envelope and its headers: which element the message carries, for whom, and whether it is a fault."""

from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from gateway.contracts.messages.document import Document
from gateway.findings import rules
from gateway.findings.finding import Finding, Text
from gateway.observe.mask import mask
from gateway.soap import ns, xml

ENVELOPES = {ns.clark(uri, "Envelope"): uri for uri in (ns.SOAP11, ns.SOAP12)}
_ADDRESSES = (ns.clark(ns.REGISTRY, "LogicalAddress"), ns.clark(ns.REGISTRY2, "LogicalAddress"), ns.clark(ns.WSA, "To"))
_PARTS = {uri: (ns.clark(uri, "Header"), ns.clark(uri, "Body")) for uri in (ns.SOAP11, ns.SOAP12)}
_BOTH = 2  # children: Header and Body
_SHOWN = 5  # names in a message


class Opened(NamedTuple):
    """What an envelope holds.

    Attributes:
        soap: namespace of the envelope, blank for a bare body.
        header: its Header, None without one.
        child: Body's only element, None when there is not exactly one.
        findings: of the layer envelope.
    """

    soap: str
    header: etree._Element | None
    child: etree._Element | None
    findings: list[Finding]


def opened(document: Document) -> Opened:
    """Take a message out of its envelope. A root that is no envelope is taken as the body itself."""
    root = document.root
    soap = ENVELOPES.get(str(root.tag), "")
    if not soap:
        return Opened("", None, root, [])
    header_tag, body_tag = _PARTS[soap]
    if (simple := _simple(root, soap)) is not None:
        return simple
    children = [child for child in root if isinstance(child.tag, str)]
    tags = [child.tag for child in children]
    findings: list[Finding] = []
    if tags not in ([body_tag], [header_tag, body_tag]):
        names = ", ".join(document.name_of(child) for child in children[:_SHOWN])
        findings.append(_finding("RIVTA-ENV-003", document, root, names=names or Text("ingenting", "nothing")))
    if soap == ns.SOAP12:
        findings.append(_finding("RIVTA-ENV-004", document, root))
    header = next((child for child in children if child.tag == header_tag), None)
    body = next((child for child in children if child.tag == body_tag), None)
    if body is None:
        return Opened(soap, header, None, findings)
    inside = [child for child in body if isinstance(child.tag, str)]
    if len(inside) != 1:
        names = ", ".join(document.name_of(child) for child in inside[:_SHOWN])
        given = {"count": len(inside), "names": names or Text("inget", "none")}
        findings.append(_finding("RIVTA-ENV-002", document, body, **given))
    return Opened(soap, header, inside[0] if len(inside) == 1 else None, findings)


def _simple(root: etree._Element, soap: str) -> Opened | None:
    """The common form, told without a look at everything: SOAP 1.1, Header perhaps, Body with one element."""
    header_tag, body_tag = _PARTS[soap]
    count = len(root)
    if soap != ns.SOAP11 or count not in (1, _BOTH):
        return None
    header, body = (root[0] if count == _BOTH else None), root[-1]
    if body.tag != body_tag or len(body) != 1 or (header is not None and header.tag != header_tag):
        return None
    child = body[0]
    return Opened(soap, header, child, []) if isinstance(child.tag, str) else None


def fault(document: Document, child: etree._Element) -> Iterator[Finding]:
    """What is wrong with a SOAP fault."""
    if child.tag == ns.clark(ns.SOAP11, "Fault"):
        needed = {"faultcode": "faultcode", "faultstring": "faultstring"}
    else:
        soap = f"{{{ns.SOAP12}}}"
        needed = {"Code": f"{soap}Code/{soap}Value", "Reason": f"{soap}Reason/{soap}Text"}
    for name, path in needed.items():
        if not (child.findtext(path) or "").strip():
            yield _finding("RIVTA-ENV-007", document, child, name=name)
    for element in child.iter("*"):
        if element.text and mask(element.text) != element.text:
            yield _finding("RIVTA-SEM-023", document, element)


def address(document: Document, header: etree._Element | None, child: etree._Element) -> list[Finding]:
    """What is wrong with a request's logical address."""
    found = [block for block in header if block.tag in _ADDRESSES] if header is not None else []
    if len(found) == 1:
        text = found[0].text or ""
        if text and text == text.strip():
            return []
        what = Text("tom", "empty") if not text.strip() else Text("omgiven av blanktecken", "surrounded by blanks")
        return [_finding("RIVTA-HDR-002", document, found[0], what=what)]
    if found:
        return [_finding("RIVTA-HDR-003", document, found[1], count=len(found))]
    where = header if header is not None else child
    return [_finding("RIVTA-HDR-001", document, where)]


def is_fault(child: etree._Element) -> bool:
    """Whether Body's child is a SOAP fault."""
    return xml.is_fault(child)


def _finding(rule: str, document: Document, at: etree._Element, **values: object) -> Finding:
    return rules.area("message")[rule].finding(values, **document.place(at))
