"""Many answers into one: the records' bytes are cut out and put side by side, without building a tree.

Cutting is safe only when the bytes mean the same in their new place. An answer qualifies when it is UTF-8, holds no
comment, CDATA section or processing instruction, has its records in a plain run, uses no default namespace, and binds
no prefix differently from the answers before it. Any other answer's records are serialised from their tree, where
each carries its own namespace declarations. Both ways give the same canonical XML.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from gateway.aggregator.outcome import Outcome
from gateway.contracts.contract import Contract
from gateway.soap import ns, xml

_UTF8 = frozenset((None, "UTF-8", "utf-8", "ASCII", "US-ASCII"))


def merge(contract: Contract, outcomes: Sequence[Outcome], status: str) -> bytes:
    """The aggregated answer, UTF-8.

    Args:
        contract: the contract asked with; says how response and ``result`` are called.
        outcomes: in the order that the records shall have.
        status: the ProcessingStatus element.
    """
    prefixes: dict[str, str] = {}
    parts = [cut(outcome, prefixes) for outcome in outcomes if outcome.records]
    root = _free_prefix(prefixes)
    response = f"{root}:{ns.local(contract.response_tag)}"
    declarations = "".join(
        f" xmlns:{prefix}={quoteattr(uri)}"
        for prefix, uri in ((root, ns.namespace(contract.response_tag)), *prefixes.items())
    )
    head = (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{ns.SOAP11}"><SOAP-ENV:Header>{status}</SOAP-ENV:Header>'
        f"<SOAP-ENV:Body><{response}{declarations}>"
    )
    tail = f"{_result(contract, root)}</{response}></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    return b"".join((head.encode(), *parts, tail.encode()))


def cut(outcome: Outcome, prefixes: dict[str, str]) -> bytes:
    """The bytes of an outcome's records; ``prefixes`` collects what they need to have declared around them."""
    span = _span(outcome)
    needed = _compatible(outcome.records[0], prefixes) if span else None
    if span is None or needed is None:
        return b"".join(etree.tostring(record, encoding="utf-8", with_tail=False) for record in outcome.records)
    prefixes.update(needed)
    return outcome.data[span[0] : span[1]]


def _span(outcome: Outcome) -> tuple[int, int] | None:
    """Where the run of records starts and ends in the answer's bytes; None when that cannot be told for sure."""
    data, records, first = outcome.data, outcome.records, outcome.records[0]
    if first.prefix is None or xml.docinfo(first).encoding not in _UTF8 or not _plain(data):
        return None
    name = f"{first.prefix}:{ns.local(str(first.tag))}".encode()
    opening, closing = b"<%b" % name, b"</%b>" % name
    # Without comments and the like each occurrence is a start tag. As many as there are records, all of them with this
    # very name, means that nothing else has it, inside a record or beside it.
    if data.count(opening) != len(records) or any(record.prefix != first.prefix for record in records):
        return None
    end = data.rfind(closing)
    if end < data.rfind(opening) or not _run(records):  # the last end tag is missing or written in another way
        return None
    return data.index(opening), end + len(closing)


def _run(records: Sequence[etree._Element]) -> bool:
    """Whether no other element stands between the records."""
    parent = records[0].getparent()
    return parent is not None and parent.index(records[-1]) - parent.index(records[0]) == len(records) - 1


def _plain(data: bytes) -> bool:
    """Whether no comment, CDATA section or processing instruction stands after the XML declaration.

    Looks for one character first: that is ten times as fast, and it seldom occurs.
    """
    start = data.find(b"?>") + 2 if data.startswith(b"<?xml") else 0
    return (b"!" not in data or b"<!" not in data) and (data.find(b"?", start) < 0 or data.find(b"<?", start) < 0)


def _compatible(record: etree._Element, prefixes: dict[str, str]) -> dict[str, str] | None:
    """The namespaces in scope at a record, None when they contradict ``prefixes`` or include a default one."""
    scope: dict[str, str] = {}
    parent = record.getparent()
    for prefix, uri in (parent.nsmap if parent is not None else {}).items():
        if prefix is None or prefixes.get(prefix, uri) != uri:
            return None
        scope[prefix] = uri
    return scope


def _free_prefix(taken: dict[str, str]) -> str:
    number = 0
    while f"r{number}" in taken:
        number += 1
    return f"r{number}"


def _result(contract: Contract, root: str) -> str:
    if not contract.result_tag:
        return ""
    name = f"{root}:{ns.local(contract.result_tag)}"
    children = "".join(
        f"<c:{ns.local(tag)} xmlns:c={quoteattr(ns.namespace(tag))}>{escape(value)}</c:{ns.local(tag)}>"
        for tag, value in contract.result
    )
    return f"<{name}>{children}</{name}>"
