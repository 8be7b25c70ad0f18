"""The question as each source gets it, where a contract's descriptor says that sources are told different things."""

from collections.abc import Callable

from lxml import etree

from gateway.aggregator.filters import ASKED
from gateway.aggregator.plan import Plan
from gateway.contracts.special import Step
from gateway.soap import xml

Write = Callable[[str], bytes]
"""The message for a source, by its logical address."""


def told_apart(plan: Plan, write: Write) -> Write:
    """The writer itself, or for a contract with ``per_source`` one that also puts in what each source shall get."""
    special = plan.contract.special
    if special is None or not special.per_source:
        return write
    values = {
        hit.source: {
            "logical_address": hit.engagement.logical_address,
            "person": hit.engagement.registered_resident_identification,
        }
        for hit in plan.hits
        if hit.verdict == ASKED
    }
    ways = special.per_source

    def rewritten(source: str) -> bytes:
        envelope = xml.parse(write(source))
        request = xml.body_child(envelope)
        for steps, kind in ways:
            _put(request, steps, values[source][kind])
        return etree.tostring(envelope, encoding="utf-8")

    return rewritten


def _put(element: etree._Element, steps: tuple[Step, ...], text: str) -> None:
    """Set an element's text; it, and what stands around it, is put at its place in the schema when it is missing."""
    for step in steps:
        found = element.find(step.tag)
        if found is None:
            found = element.makeelement(step.tag, {}, element.nsmap)
            ahead = [place for place, child in enumerate(element, 1) if child.tag in step.before]
            element.insert(max(ahead, default=0), found)
        element = found
    for child in list(element):
        element.remove(child)
    element.text = text
