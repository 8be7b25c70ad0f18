"""A message's element as a document: bare, or in a SOAP 1.1 envelope with its logical address."""

from copy import deepcopy

from lxml import etree

from gateway.soap import ns


def bare(element: etree._Element) -> bytes:
    """The element by itself."""
    copy = deepcopy(element)
    etree.indent(copy)
    _tidy(copy)
    return bytes(etree.tostring(copy, xml_declaration=True, encoding="UTF-8")) + b"\n"


def envelope(element: etree._Element, address: str = "") -> etree._Element:
    """An envelope around a copy of the element.

    Args:
        address: logical address of a request; blank for an answer.
    """
    spaces = {"soapenv": ns.SOAP11} | ({"itr": ns.REGISTRY} if address else {})
    root = etree.Element(ns.clark(ns.SOAP11, "Envelope"), nsmap=spaces)
    if address:
        header = etree.SubElement(root, ns.clark(ns.SOAP11, "Header"))
        etree.SubElement(header, ns.clark(ns.REGISTRY, "LogicalAddress")).text = address
    etree.SubElement(root, ns.clark(ns.SOAP11, "Body")).append(deepcopy(element))
    etree.indent(root)
    _tidy(root)
    return root


def written(element: etree._Element, address: str = "") -> bytes:
    """An envelope around the element, as UTF-8."""
    return bytes(etree.tostring(envelope(element, address), xml_declaration=True, encoding="UTF-8")) + b"\n"


def _tidy(root: etree._Element) -> None:
    """Every namespace is declared once, at the top of the message's element."""
    child = root if ns.namespace(str(root.tag)) != ns.SOAP11 else root[-1][0]
    used = dict.fromkeys(ns.namespace(str(each.tag)) for each in child.iter("*"))
    known = {uri for uri in child.nsmap.values()}
    missing = [uri for uri in used if uri and uri not in known]
    if missing:
        wanted = {f"ns{number}": uri for number, uri in enumerate(missing, 1)} | {p: u for p, u in child.nsmap.items() if p}
        fresh = etree.Element(child.tag, dict(child.attrib), nsmap=wanted)
        fresh.text, fresh.tail = child.text, child.tail
        fresh.extend(list(child))
        parent = child.getparent()
        if parent is None:
            return
        parent.replace(child, fresh)
        child = fresh
    etree.cleanup_namespaces(root, keep_ns_prefixes=["soapenv", "itr"])
