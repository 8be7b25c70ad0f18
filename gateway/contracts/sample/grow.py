"""Grows a message from the schema: which optional elements, how many, which branch of a choice."""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from gateway.contracts.instance import DEEPEST, Builder, InstanceError, Wanted
from gateway.contracts.particles import GROUPS, XS, occurs
from gateway.contracts.pattern import PatternError
from gateway.contracts.sample.facets import simple
from gateway.contracts.sample.supply import Supply
from gateway.contracts.schemaset import View
from gateway.soap import ns

_MOST: Final = 4000  # elements of a message, then only what is required is added
_TWICE: Final = 4  # levels down to which a full message has two of what may be repeated
_DEEP: Final = 14  # levels below which nothing optional stands


@dataclass(frozen=True, slots=True)
class Size:
    """How many of one element: the records of an answer."""

    tag: str = ""
    count: int = 0


class Grower(Builder):
    """Grows messages in the style of a supply, which gives the values."""

    def __init__(self, view: View, supply: Supply) -> None:
        super().__init__(view)
        self.supply = supply
        self._size = Size()
        self._count = 0
        self._open: list[etree._Element] = []

    def grow(self, tag: str, size: Size) -> etree._Element:
        """A message's element.

        Raises:
            InstanceError: the schema allows no finite message, or says something that cannot be followed.
        """
        self._size, self._count = size, 0
        return self.build(tag)

    def branch(self, node: etree._Element) -> etree._Element:
        """An element with what is required in it, for a declaration.

        Raises:
            InstanceError: as for ``grow``.
        """
        style, self.supply.style = self.supply.style, "minimal"
        try:
            return self._element(self.particles.declared(node), {}, 1)
        except PatternError as error:
            raise InstanceError(str(error)) from None
        finally:
            self.supply.style = style

    def _element(self, node: etree._Element, wanted: Wanted, depth: int) -> etree._Element:
        self._count += 1
        self._open.append(node)
        try:
            return self._grown(node, wanted, depth)
        finally:
            self._open.pop()

    def _grown(self, node: etree._Element, wanted: Wanted, depth: int) -> etree._Element:
        if depth > DEEPEST:
            raise InstanceError(f"{node.get('name')} requires itself without end")
        node, kind = self._concrete(node)
        tag = self.particles.tag(node)
        element = etree.Element(tag, nsmap={"ns0": ns.namespace(tag)} if not depth and ns.namespace(tag) else None)
        if self.particles.is_simple(node):
            given = node.get("fixed", node.get("default"))
            element.text = given if given is not None else self._text(node)
        elif kind is not None:
            if kind.get("abstract") == "true":
                kind = self._derived(kind, element)
            for group in self.particles.content(kind):
                for _ in range(self._times(*occurs(group), depth, group)):
                    self._group(group, element, wanted, depth)
        if kind is not None:
            self._attributes(kind, element, wanted)
        return element

    def _text(self, node: etree._Element) -> str:
        parent = self._open[-2].get("name", "") if len(self._open) > 1 else ""
        return self.supply.value(simple(self.particles, node), f"{parent}/{node.get('name', '')}")

    def _group(self, group: etree._Element, into: etree._Element, wanted: Wanted, depth: int) -> None:
        nodes = list(group.iterchildren(f"{XS}element", f"{XS}any", f"{XS}group", *GROUPS))
        if group.tag == f"{XS}choice":
            named = [node for node in nodes if node.tag != f"{XS}any"] or nodes
            shallow = [node for node in named if not self._inside(node)]
            nodes = [self.supply.pick(shallow or named, id(group))] if named else []
        for node in nodes:
            count = self._times(*occurs(node), depth, node)
            if group.tag == f"{XS}choice" and self.supply.style != "minimal":
                count = max(1, count)
            for _ in range(count):
                if node.tag == f"{XS}element":
                    into.append(self._element(self.particles.declared(node), {}, depth + 1))
                elif node.tag == f"{XS}any":
                    into.append(etree.Element(ns.clark(ns.GATEWAY, "any")))
                else:
                    self._group(self.particles.group(node), into, wanted, depth + 1)

    def _times(self, minimum: int, maximum: int | None, depth: int, node: etree._Element) -> int:
        """How often a particle stands there."""
        most = minimum + 3 if maximum is None else maximum
        if node.tag == f"{XS}element" and self.particles.tag(self.particles.declared(node)) == self._size.tag:
            return min(max(self._size.count, minimum), self._size.count if maximum is None else maximum)
        style = self.supply.style
        if style == "minimal" or node.tag == f"{XS}any" or depth > _DEEP or self._count > _MOST or self._inside(node):
            return minimum
        if style == "full":
            twice = depth < _TWICE and self._count < _MOST // 4
            return max(minimum, min(most, 2 if twice else 1))
        if minimum == 0 and self.supply.rng.random() < 0.25 + depth * 0.05:
            return 0
        return self.supply.rng.randint(max(minimum, 1), min(most, max(minimum, 1) + 2)) if most else 0

    def _inside(self, node: etree._Element) -> bool:
        """Whether an element would stand in one of its own kind."""
        if node.tag != f"{XS}element":
            return False
        kind = self.particles.type_of(self.particles.declared(node))
        if kind is None or kind.tag == f"{XS}simpleType":
            return False
        return any(self.particles.type_of(each) is kind for each in self._open)
