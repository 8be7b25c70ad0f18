"""A message's element as a document: bare, or in a SOAP 1.1 envelope with its logical address."""

from copy import deepcopy

from lxml import etree

from gateway.soap import ns


def bare(element: etree._Element) -> bytes:
    """The element by itself."""
    copy = _tidy(element)
    etree.indent(copy)
    return _bytes(copy)


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
    etree.SubElement(root, ns.clark(ns.SOAP11, "Body")).append(_tidy(element))
    etree.indent(root)
    return root


def written(element: etree._Element, address: str = "") -> bytes:
    """An envelope around the element, as UTF-8."""
    return _bytes(envelope(element, address))


def _bytes(root: etree._Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(etree.tostring(root, encoding="UTF-8")) + b"\n"


def _tidy(element: etree._Element) -> etree._Element:
    """A copy in which every namespace is declared once, at the top: the message's own is ns0."""
    own = ns.namespace(str(element.tag))
    used = dict.fromkeys(ns.namespace(str(each.tag)) for each in element.iter("*"))
    others = [uri for uri in used if uri and uri != own]
    wanted = {f"ns{number}": uri for number, uri in enumerate(others, 1)}
    wanted |= {prefix: uri for prefix, uri in element.nsmap.items() if prefix and uri != own and prefix not in wanted}
    fresh = etree.Element(element.tag, dict(element.attrib), nsmap={"ns0": own, **wanted} if own else wanted)
    fresh.text = element.text
    fresh.extend(deepcopy(child) for child in element)
    etree.cleanup_namespaces(fresh)
    return fresh
