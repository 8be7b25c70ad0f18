"""Messages for the tests of bridges, built from the schemas by another library than the gateway's."""

import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

import xmlschema
from contract_files import ROOT
from hypothesis import strategies as st
from lxml import etree
from xmlschema.validators import XsdAnyElement, XsdElement, XsdType

from gateway.contracts.bridge import Bridge
from gateway.contracts.bridge_reader import load_bridges
from gateway.contracts.contract import Contract, Contracts, load_all

PROPOSAL, NATIONAL = "GetFixedContacts_1.0", "GetCareManagers_1.0"
MAPPING = tomllib.loads((ROOT / "contracts/bridges/FixedContacts_CareManagers.toml").read_text("utf-8"))
EXTENSION = "{urn:test:extension}note"
AGREED, OTHER = "SE2321000065-RIVTA07", "SE2321000016-RIVTA01"
"""A logical address that the mapping has an agreement for, and one that it has not."""


@cache
def contracts() -> Contracts:
    return load_all(ROOT)


def contract(key: str) -> Contract:
    found = contracts().find(key)
    assert found is not None
    return found


@cache
def bridge(asked: str) -> Bridge:
    """The bridge of a contract."""
    (found,) = load_bridges(ROOT, contracts()).of(contract(asked).descriptor.responder)
    return found


@cache
def declaration(key: str, part: str) -> XsdElement:
    """The root element of a contract's question (``request``) or answer (``response``)."""
    known = contract(key)
    schema = xmlschema.XMLSchema(str(known.xsd))
    return schema.maps.elements[known.request_tag if part == "request" else known.response_tag]


def children(kind: XsdType) -> Iterator[XsdElement | XsdAnyElement]:
    """The particles of a complex type, in order; the last may be room for extensions."""
    if kind.is_complex():
        yield from kind.content.iter_elements()


def paths(key: str, part: str) -> set[str]:
    """Every element of a message, as paths of local names."""
    return set(_below(declaration(key, part), declaration(key, part).local_name))


def _below(element: XsdElement, path: str) -> Iterator[str]:
    yield path
    for child in children(element.type):
        if isinstance(child, XsdElement):
            yield from _below(child, f"{path}/{child.local_name}")


def room(key: str, part: str) -> set[str]:
    """The types of a message that have room for extensions."""
    found: set[str] = set()
    todo = [declaration(key, part)]
    while todo:
        element = todo.pop()
        for child in children(element.type):
            if isinstance(child, XsdElement):
                todo.append(child)
            else:
                found.add(element.type.local_name)
    return found


def paths_of(element: etree._Element, above: str = "") -> Iterator[str]:
    """The paths that occur in a message; an element of another namespace than its parent's kind is told by ``+``."""
    path = f"{above}/{etree.QName(element).localname}" if above else etree.QName(element).localname
    yield path
    for child in element:
        yield from paths_of(child, path)


# Random messages.

_TEXTS = st.text(st.sampled_from("aåÄö0& <>'\"1"), min_size=1, max_size=8).filter(lambda text: text == text.strip())
_PATTERNS: dict[str, st.SearchStrategy[str]] = {
    "DateType": st.sampled_from(["19991231", "20240229", "20261124"]),
    "TimeType": st.sampled_from(["000000", "081500", "235959"]),
    "TimeStampType": st.sampled_from(["19991231235959", "20240229080000"]),
    "boolean": st.sampled_from(["true", "1"]),
}


@st.composite
def messages(draw: st.DrawFn, key: str, part: str, *, extensions: bool = True) -> etree._Element:
    """A valid question or answer of a contract, with or without elements in the places for extensions."""
    return _drawn(draw, declaration(key, part), extensions)


def _drawn(draw: st.DrawFn, element: XsdElement, extensions: bool) -> etree._Element:
    found = etree.Element(element.name)
    kind = element.type
    if not kind.is_complex():
        values = [str(value) for value in kind.enumeration or ()]
        found.text = draw(st.sampled_from(values) if values else _PATTERNS.get(kind.local_name, _TEXTS))
        return found
    for child in children(kind):
        if isinstance(child, XsdElement):
            most = 1 if child.max_occurs == 1 else 2
            for _ in range(draw(st.integers(child.min_occurs, most))):
                found.append(_drawn(draw, child, extensions))
        elif extensions and draw(st.integers(0, 5)) == 0:
            etree.SubElement(found, EXTENSION).text = draw(_TEXTS)
    return found


def full(key: str, part: str) -> etree._Element:
    """A message with every element once, and an extension wherever there is room."""
    return _full(declaration(key, part))


def _full(element: XsdElement) -> etree._Element:
    found = etree.Element(element.name)
    kind = element.type
    if not kind.is_complex():
        values = {"DateType": "20240229", "TimeType": "081500", "TimeStampType": "20240229080000", "boolean": "true"}
        found.text = str(kind.enumeration[0]) if kind.enumeration else values.get(kind.local_name, "åäö")
        return found
    for child in children(kind):
        if isinstance(child, XsdElement):
            found.append(_full(child))
        else:
            etree.SubElement(found, EXTENSION).text = "tillägg"
    return found


def canonical(element: etree._Element) -> str:
    """An element without regard to prefixes."""
    return etree.canonicalize(etree.tostring(element, encoding="unicode"), rewrite_prefixes=True)


def copied(element: etree._Element) -> etree._Element:
    """A document of its own, as it comes over the wire."""
    return etree.fromstring(etree.tostring(element))


def assert_valid(key: str, element: etree._Element) -> None:
    """Two validators agree that a message is valid."""
    known = contract(key)
    alone: Any = copied(element)
    assert known.schema.validate(alone), known.schema.error_log
    part = "request" if alone.tag == known.request_tag else "response"
    declaration(key, part).schema.validate(alone)
