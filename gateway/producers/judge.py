"""Where and how an element breaks its contract's schema, in words that keep what was written there secret."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.observe.mask import mask
from gateway.soap import ns

_VALUE = re.compile(r"(?:The value )?'.*' (?=is not a|has a)", re.DOTALL)


class Breach(NamedTuple):
    """One breach of a schema.

    Attributes:
        line: in the document that was parsed, 0 when unknown.
        path: local names from the judged element down, separated by ``/``.
        why: what was found and expected; neither values nor person ids.
    """

    line: int
    path: str
    why: str


def breach(contract: Contract, element: etree._Element) -> Breach | None:
    """The first breach of the contract's schema in a request or response element, None when it is valid."""
    if contract.schema.validate(element):
        return None
    log: Any = contract.schema.error_log
    first = log[0]
    path = "/".join(_steps(element, first.path or ""))
    return Breach(first.line, mask(path), mask(_VALUE.sub("The value ", first.message)))


def line(element: etree._Element) -> int:
    """The line an element starts on, 0 when unknown."""
    found: Any = element.sourceline
    return found or 0


def _steps(element: etree._Element, path: str) -> Iterator[str]:
    """The local names along libxml2's path, which has ``*`` for an element without prefix."""
    yield ns.local(str(element.tag))
    for step in path.split("/")[2:]:
        name, _, number = step.rstrip("]").partition("[")
        same = [child for child in element.iterchildren("*") if name in ("*", _prefixed(child))]
        element = same[int(number or 1) - 1]
        yield ns.local(str(element.tag))


def _prefixed(element: etree._Element) -> str:
    local = ns.local(str(element.tag))
    return f"{element.prefix}:{local}" if element.prefix else local
