"""Walks compiled schemas: which elements a contract has, how often each may occur, of which type."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import xmlschema
from contract_files import ROOT
from xmlschema.validators import XsdElement, XsdType


@dataclass(frozen=True)
class Element:
    path: str
    cardinality: str
    type: XsdType


@cache
def schema(xsd: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(ROOT / "xsd" / xsd))


def cardinality(element: XsdElement) -> str:
    return f"{element.min_occurs}..{'*' if element.max_occurs is None else element.max_occurs}"


def children(path: str, kind: XsdType) -> Iterator[Element]:
    """The elements directly below ``path``, in schema order."""
    for child in kind.content.iter_elements() if kind.is_complex() else ():
        if isinstance(child, XsdElement):
            yield Element(f"{path}/{child.local_name}", cardinality(child), child.type)


def descend(path: str, kind: XsdType, described: frozenset[str] = frozenset()) -> Iterator[Element]:
    """All elements below ``path``; the types in ``described`` are not entered."""
    for child in children(path, kind):
        yield child
        if child.type.local_name not in described:
            yield from descend(child.path, child.type, described)


def roots(descriptor: dict[str, Any]) -> tuple[XsdElement, XsdElement]:
    """The request and the response element of a contract."""
    compiled = schema(descriptor["xsd"])
    return compiled.elements[descriptor["name"]], compiled.elements[descriptor["name"] + "Response"]
