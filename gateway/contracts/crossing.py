"""Messages across a bridge: a question told in the other contract's words, and its answer told in this one's."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from gateway.contracts.bridge import LAST, Bridge, Filling, Node, Way
from gateway.contracts.filters import matches
from gateway.soap import ns

_DIGEST = 32  # hexadecimal digits, 128 bits
_END = "\n"
_TYPED = etree.XPath(".//*[@xsi:*]", namespaces={"xsi": ns.XSI})


@dataclass(slots=True)
class Crossing:
    """One question's way over a bridge and back.

    Attributes:
        bridge: which.
        asked: what the gateway has to apply to the answer, below an element like the question's; None when nothing.
        left: names of what was left behind, records and extensions, with how often; never a text.
    """

    bridge: Bridge
    asked: etree._Element | None = None
    left: Counter[str] = field(default_factory=Counter)

    def question(self, request: etree._Element) -> etree._Element:
        """A question in the other contract's words.

        Args:
            request: Body's child; it is used up, and what is returned stands in its place.
        """
        way = self.bridge.request
        held = [child for child in request if child.tag in way.root.dropped]
        if held:
            self.asked = etree.Element(request.tag, nsmap=request.nsmap)
            self.asked.extend(held)
        return self._told(request, way)

    def answer(self, response: etree._Element, source: str) -> etree._Element:
        """The answer in the words of the contract that was asked with.

        Args:
            response: Body's child; as for ``question``.
            source: the logical address that answered.
        """
        bridge = self.bridge
        for record in response.findall(bridge.other.record_tag) if bridge.crosses else ():
            if not all((record.findtext(path) or "").strip() in texts for path, texts in bridge.crosses):
                response.remove(record)
                self.left[ns.local(bridge.other.record_tag)] += 1
        told = self._told(response, bridge.response)
        for filling in bridge.fillings:
            _fill(told, filling, source)
        if self.asked is not None:
            for record in told.findall(bridge.contract.record_tag):
                if not matches(record, self.asked, bridge.filters):
                    told.remove(record)
        return told

    def _told(self, element: etree._Element, way: Way) -> etree._Element:
        """``element`` under its new name, with new namespace declarations, in its old place."""
        parent = element.getparent()
        around = parent.nsmap if parent is not None else {}
        # Prefixes of extensions stay: they may be used in texts too.
        own = {
            prefix: uri
            for prefix, uri in element.nsmap.items()
            if prefix and uri not in way.old and prefix not in way.spaces | way.kept and around.get(prefix) != uri
        }
        told = etree.Element(way.root.tag, nsmap=way.spaces | way.kept | own)
        told.text, told.tail = element.text, element.tail
        told.extend(list(element))
        if parent is not None:
            parent.replace(element, told)
        _forget_types(told, way.old)
        self._rename(told, way.root)
        etree.cleanup_namespaces(told, keep_ns_prefixes=[*way.spaces, *own])
        return told

    def _rename(self, element: etree._Element, node: Node) -> None:
        """Rename what is below an element, put it in order, and leave out what cannot travel."""
        step_of, others = node.steps.get, []
        for child in element:
            tag: Any = child.tag
            step = step_of(tag)
            if step is None:
                others.append(child)
                continue
            child.tag, below = step
            if below is not None:
                self._rename(child, below)
        come_back = [child for child in others if child.tag in node.back]
        for child in others:
            # Comments and processing instructions have no name.
            if isinstance(child.tag, str) and child.tag not in node.back and not _welcome(child.tag, node):
                self.left[ns.local(child.tag)] += 1
                element.remove(child)
        if come_back or not node.same_order:
            places = {each.tag: each.place for each in node.children.values()} | node.back
            element[:] = sorted(element, key=lambda child: places.get(str(child.tag), LAST))


def digest(values: Sequence[str]) -> str:
    """An identity that follows from a record's content: the first value, a colon, 128 bits of SHA-256 of them all.

    White space around values and runs of it do not count. The values are hashed with a line end after each.
    """
    return _hashed("".join(f"{' '.join(value.split())}\n" for value in values))


def _hashed(lines: str) -> str:
    return f"{lines.partition(_END)[0]}:{hashlib.sha256(lines.encode()).hexdigest()[:_DIGEST].upper()}"


def _welcome(tag: str, node: Node) -> bool:
    """Whether an element that the other contract does not have may travel among its extensions."""
    if tag in node.kept:
        return True
    return tag not in node.dropped and node.room is not None and ns.namespace(tag) != node.room


def _forget_types(told: etree._Element, old: frozenset[str]) -> None:
    """``xsi:type`` names a type of the old schema, while each element has the type that its new schema gives it."""
    for element in _TYPED(told):
        if ns.namespace(element.tag) in old:
            for name in [name for name in element.attrib if ns.namespace(name) == ns.XSI]:
                del element.attrib[name]


def _fill(answer: etree._Element, filling: Filling, source: str) -> None:
    """Give every record what it lacks."""
    seen: Counter[str] = Counter()
    for holder in filling.holders(answer):
        earlier = [number for number, child in enumerate(holder, 1) if child.tag in filling.earlier]
        element = etree.Element(filling.tag)
        holder.insert(earlier[-1] if earlier else 0, element)
        for leaf in filling.leaves:
            target = element
            for tag in leaf.path:
                step = target.find(tag)
                target = etree.SubElement(target, tag) if step is None else step
            target.text = leaf.agreed.get(source, leaf.value)
            if leaf.digest is not None:
                target.text = _unique(_hashed(leaf.digest(_above(holder, filling.depth))), seen)


def _above(element: etree._Element, depth: int) -> etree._Element:
    for _ in range(depth):
        parent = element.getparent()
        assert parent is not None
        element = parent
    return element


def _unique(text: str, seen: Counter[str]) -> str:
    """A second one in the same answer gets ``-2``, and so on."""
    seen[text] += 1
    return text if seen[text] == 1 else f"{text}-{seen[text]}"
