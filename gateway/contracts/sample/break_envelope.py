"""Breaches of the envelope, its headers and of XML itself."""

from collections.abc import Callable
from typing import Final, NamedTuple

from lxml import etree

from gateway.contracts.sample import write
from gateway.soap import ns

_DEEP: Final = 300  # levels
_PERSON: Final = "191212121212"
_OTHER: Final = "urn:riv:example:okant:GetOkantResponder:1"
Change = Callable[[etree._Element], None]


class Wrong(NamedTuple):
    """A broken envelope: the rule that must catch it, a name, what it is, and options of the check."""

    rule: str
    name: str
    data: bytes
    options: dict[str, str]


def broken(element: etree._Element, address: str, part: str) -> list[Wrong]:
    """Every breach.

    Args:
        element: a request or response element that is right.
        address: logical address for a request.
        part: which of them it is.
    """
    given = address if part == "request" else ""
    plain = write.written(element, given)
    declaration, _, rest = plain.partition(b"\n")
    opposite = {"part": "response" if part == "request" else "request"}
    found = [
        Wrong("RIVTA-IN-001", "doctype", declaration + b"\n<!DOCTYPE x>\n" + rest, {}),
        Wrong("RIVTA-IN-002", "too-deep", _deep(plain), {}),
        Wrong("RIVTA-IN-002", "too-large", plain, {"max_bytes": "100"}),
        Wrong("RIVTA-XML-001", "cut-off", plain[: len(plain) * 3 // 4], {}),
        Wrong(
            "RIVTA-XML-001", "ampersand", plain.replace(b"</soapenv:Body>", b"Fr\xc3\xa5ga & svar</soapenv:Body>"), {}
        ),
        Wrong("RIVTA-XML-002", "latin-1", _latin(element, given), {}),
        Wrong("RIVTA-ENV-006", "other-direction", plain, opposite),
    ]
    found += [Wrong(rule, name, _changed(element, given, change), {}) for rule, name, change in _ENVELOPE]
    if part == "request":
        found += [Wrong(rule, name, _changed(element, given, change), {}) for rule, name, change in _HEADERS]
    else:
        found += [Wrong("RIVTA-ENV-007", "fault-without-text", _fault(" "), {})]
        found += [Wrong("RIVTA-SEM-023", "person-in-fault", _fault(f"Patienten {_PERSON} finns inte här"), {})]
    return found


def _changed(element: etree._Element, address: str, change: Change) -> bytes:
    root = write.envelope(element, address)
    change(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"


def _deep(data: bytes) -> bytes:
    inside = b"<x>" * _DEEP + b"</x>" * _DEEP
    return data.replace(b"</soapenv:Body>", inside + b"</soapenv:Body>")


def _latin(element: etree._Element, address: str) -> bytes:
    root = write.envelope(element, address)
    root.addprevious(etree.Comment("å ä ö"))
    return bytes(etree.tostring(root.getroottree(), xml_declaration=True, encoding="ISO-8859-1"))


def _fault(text: str) -> bytes:
    fault = etree.Element(ns.clark(ns.SOAP11, "Fault"))
    etree.SubElement(fault, "faultcode").text = "soapenv:Server"
    etree.SubElement(fault, "faultstring").text = text
    return write.written(fault)


def _renamed(root: etree._Element, space: str) -> None:
    for each in (root, *root):
        each.tag = ns.clark(space, ns.local(str(each.tag)))


def _body(root: etree._Element) -> etree._Element:
    return root[-1]


def _no_envelope(root: etree._Element) -> None:
    _renamed(root, "http://schemas.xmlsoap.org/soap/envelop/")


def _soap12(root: etree._Element) -> None:
    _renamed(root, ns.SOAP12)


def _two(root: etree._Element) -> None:
    etree.SubElement(_body(root), ns.clark(_OTHER, "GetOkant"))


def _none(root: etree._Element) -> None:
    _body(root).remove(_body(root)[0])


def _after_body(root: etree._Element) -> None:
    etree.SubElement(root, ns.clark(ns.SOAP11, "Header"))


def _two_bodies(root: etree._Element) -> None:
    etree.SubElement(root, ns.clark(ns.SOAP11, "Body"))


def _unknown(root: etree._Element) -> None:
    child = _body(root)[0]
    child.tag = ns.clark(_OTHER, ns.local(str(child.tag)))


def _no_header(root: etree._Element) -> None:
    root.remove(root[0])


def _no_address(root: etree._Element) -> None:
    root[0].remove(root[0][0])


def _misspelt(root: etree._Element) -> None:
    root[0][0].tag = ns.clark(ns.REGISTRY, "LogicalAdress")


def _blank(root: etree._Element) -> None:
    root[0][0].text = f" {root[0][0].text}\n"


def _empty(root: etree._Element) -> None:
    root[0][0].text = ""


def _two_addresses(root: etree._Element) -> None:
    etree.SubElement(root[0], ns.clark(ns.WSA, "To")).text = "SE2321000016-A123"


_ENVELOPE: Final[tuple[tuple[str, str, Change], ...]] = (
    ("RIVTA-ENV-001", "no-envelope", _no_envelope),
    ("RIVTA-ENV-002", "two-in-body", _two),
    ("RIVTA-ENV-002", "empty-body", _none),
    ("RIVTA-ENV-003", "header-after-body", _after_body),
    ("RIVTA-ENV-003", "two-bodies", _two_bodies),
    ("RIVTA-ENV-004", "soap-1-2", _soap12),
    ("RIVTA-ENV-005", "unknown-contract", _unknown),
)
_HEADERS: Final[tuple[tuple[str, str, Change], ...]] = (
    ("RIVTA-HDR-001", "no-header", _no_header),
    ("RIVTA-HDR-001", "no-address", _no_address),
    ("RIVTA-HDR-001", "misspelt-address", _misspelt),
    ("RIVTA-HDR-002", "blank-about-address", _blank),
    ("RIVTA-HDR-002", "empty-address", _empty),
    ("RIVTA-HDR-003", "two-addresses", _two_addresses),
)
