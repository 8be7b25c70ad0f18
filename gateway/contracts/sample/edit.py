"""Changes to a message that keep the schema's order: an element put where it belongs, or taken away with its shell."""

from collections.abc import Iterator

from lxml import etree

from gateway.contracts.instance import InstanceError
from gateway.contracts.messages.facts import Facts
from gateway.contracts.model import Element
from gateway.contracts.sample.facets import Simple, simple
from gateway.contracts.sample.grow import Grower


class Editor:
    """Knows a contract's schema and changes its messages."""

    def __init__(self, facts: Facts, grower: Grower) -> None:
        self.facts, self.grower = facts, grower
        self._children: dict[int, dict[str, tuple[int, Element]]] = {}

    def children(self, parent: etree._Element) -> dict[str, tuple[int, Element]]:
        """What may stand in an element of a message: place in the schema's order and declaration, by tag."""
        declared = self.facts.along(parent)
        if declared is None:
            return {}
        found = self._children.get(id(declared))
        if found is None:
            found = {}
            for number, child in enumerate(self.facts.model.children(declared)):
                found.setdefault(child.tag, (number, child))
            self._children[id(declared)] = found
        return found

    def put(self, parent: etree._Element, tag: str) -> etree._Element | None:
        """Put an element in its place, with what is required in it; None when it does not belong there."""
        known = self.children(parent)
        if tag not in known:
            return None
        place, declared = known[tag]
        try:
            new = self.grower.branch(declared.node)
        except InstanceError:
            return None
        later = (child for child in parent if known.get(str(child.tag), (place,))[0] > place)
        following = next(later, None)
        if following is not None:
            following.addprevious(new)
        else:
            parent.append(new)
        return new

    def sure(self, parent: etree._Element, tag: str) -> etree._Element | None:
        """The first element of that tag, put there when there is none."""
        found = parent.find(tag)
        return found if found is not None else self.put(parent, tag)

    def take(self, element: etree._Element) -> None:
        """Take an element away, and what then holds nothing."""
        parent = element.getparent()
        while parent is not None and parent.getparent() is not None:
            parent.remove(element)
            if len(parent):
                return
            element, parent = parent, parent.getparent()

    def type_of(self, element: etree._Element) -> Simple | None:
        """What the text of an element may be; None for one that holds elements, or is not known."""
        declared = self.facts.along(element)
        if declared is None or not self.grower.particles.is_simple(declared.node):
            return None
        return simple(self.grower.particles, declared.node)

    def write(self, element: etree._Element, value: str) -> bool:
        """Set a text if its type allows it."""
        kind = self.type_of(element)
        if kind is None or not kind.allows(value):
            return False
        element.text = value
        return True


def walk(root: etree._Element) -> Iterator[etree._Element]:
    """A message's elements, itself first."""
    return (each for each in root.iter("*"))
