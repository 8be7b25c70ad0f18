"""Many answers into one: the records' bytes are cut out and put side by side, without building a tree.

``splice`` tells where they stand, when that is sure. Besides, a cut must bind no prefix differently from the cuts
before it. Any other answer's records are serialised from their tree, where each carries its own namespace declarations.
Both ways give the same canonical XML.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from gateway.aggregator.further import further
from gateway.aggregator.outcome import Outcome, Records
from gateway.contracts.contract import Contract
from gateway.soap import ns


def merge(contract: Contract, outcomes: Sequence[Outcome], status: str) -> bytes:
    """The aggregated answer, UTF-8.

    Args:
        contract: the contract asked with; says how response and ``result`` are called.
        outcomes: in the order that the records shall have.
        status: the ProcessingStatus element.
    """
    prefixes: dict[str, str] = {}
    parts = [cut(contract, outcome.records, prefixes) for outcome in outcomes if outcome.records.count]
    if contract.special is not None:
        parts.append(further(contract, outcomes))
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


def cut(contract: Contract, records: Records, prefixes: dict[str, str]) -> bytes | memoryview:
    """The bytes of an answer's records; ``prefixes`` collects what they need to have declared around them."""
    found = records.cut
    if found is not None and all(prefixes.get(prefix, uri) == uri for prefix, uri in found.prefixes):
        prefixes.update(found.prefixes)
        return memoryview(records.data)[found.start : found.end]
    elements = records.elements(contract)
    return b"".join(etree.tostring(record, encoding="utf-8", with_tail=False) for record in elements)


def _free_prefix(taken: dict[str, str]) -> str:
    number = 0
    while f"r{number}" in taken:
        number += 1
    return f"r{number}"


def _result(contract: Contract, root: str) -> str:
    if not contract.result_tag:
        return ""
    name = f"{root}:{ns.local(contract.result_tag)}"
    # Declared above the children: consumers look for ``resultCode>INFO<``, letter by letter.
    uris = dict.fromkeys(ns.namespace(tag) for tag, _ in contract.result)
    prefixes = {uri: f"c{number or ''}" for number, uri in enumerate(uris)}
    declarations = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for uri, prefix in prefixes.items())
    children = "".join(
        "<{0}>{1}</{0}>".format(f"{prefixes[ns.namespace(tag)]}:{ns.local(tag)}", escape(value))
        for tag, value in contract.result
    )
    return f"<{name}{declarations}>{children}</{name}>"
