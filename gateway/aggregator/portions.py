"""A very large answer, judged some records at a time, so that its tree never stands in memory as a whole.

A portion is the answer with fewer records. Where the schema allows any number of records, and relates none of them to
another, the whole is valid when every portion is.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lxml import etree

from gateway.aggregator.splice import Cut
from gateway.contracts import closure
from gateway.contracts.contract import Contract
from gateway.soap import ns, xml

LARGE = 2_000_000
"""Bytes; smaller answers are judged in one piece, which takes two thirds of the time."""

_PORTION = 500_000  # bytes of records
_RELATING = [ns.clark(ns.XS, name) for name in ("unique", "key", "keyref")]


def portions(contract: Contract, data: bytes, cut: Cut) -> Iterator[etree._Element] | None:
    """The responses with some of the records each; None when the answer has to be judged as a whole.

    Args:
        data: the answer; need not be well-formed.
        cut: where its records stand.
    """
    if not _divisible(contract.xsd, ns.local(contract.record_tag)) or not xml.well_formed(data):
        return None
    return _portions(data, cut)


def _portions(data: bytes, cut: Cut) -> Iterator[etree._Element]:
    opening, tail = data[: cut.start], data[cut.end :]
    ending = data[data.rindex(b"</", 0, cut.end) : cut.end]
    start = cut.start
    while start < cut.end:
        end = data.find(ending, start + _PORTION, cut.end)
        end = end + len(ending) if end >= 0 else cut.end
        yield xml.body_child(xml.parse(b"".join((opening, data[start:end], tail))))
        start = end


@cache
def _divisible(xsd: Path, record: str) -> bool:
    """Whether a schema allows any number of records and says nothing about several of them."""
    limits = []
    for data in closure.files(xsd).values():
        schema = etree.fromstring(data, xml.parser())
        if next(schema.iter(*_RELATING), None) is not None:
            return False
        for element in schema.iter(ns.clark(ns.XS, "element")):
            name = element.get("name") or (element.get("ref") or "").rpartition(":")[2]
            if name == record and element.getparent() is not schema:
                limits.append(element.get("maxOccurs"))
    return bool(limits) and set(limits) == {"unbounded"}
