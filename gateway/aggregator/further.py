"""Further lists that the sources' answers hold beside the records, where a contract's descriptor names any.

The national service puts them together, too: without them a consumer would not learn that a source has more to tell.
"""

from collections.abc import Iterable, Iterator

from lxml import etree

from gateway.aggregator.outcome import Outcome
from gateway.contracts.contract import Contract
from gateway.soap import ns, xml


def further(contract: Contract, outcomes: Iterable[Outcome]) -> bytes:
    """The elements of all answers, each list in one piece, in the order of the schema and of the outcomes."""
    special = contract.special
    if special is None or not special.merged:
        return b""
    answers = [list(_elements(outcome, special.merged)) for outcome in outcomes]
    return b"".join(
        etree.tostring(element, encoding="utf-8", with_tail=False)
        for tag in special.merged
        for elements in answers
        for element in elements
        if element.tag == tag
    )


def _elements(outcome: Outcome, tags: tuple[str, ...]) -> Iterator[etree._Element]:
    records = outcome.records
    if not records.data:  # of a source that failed, or said nothing
        return
    if records.cut is not None and not any(ns.local(tag).encode() in records.data for tag in tags):
        return  # seldom is there more; a cut has shown that the bytes can be read as UTF-8
    yield from xml.body_child(xml.parse(records.data)).iterchildren(*tags)
