"""What stands in an element, read from the schemas of a view: its type, its parts in order, its attributes."""

from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from gateway.contracts.schemaset import View, qualified
from gateway.soap import ns

XS = f"{{{ns.XS}}}"
GROUPS = frozenset(XS + name for name in ("sequence", "choice", "all"))
_CONTENTS = (XS + "complexContent", XS + "simpleContent")
_DERIVED = (XS + "extension", XS + "restriction")
_UNBOUNDED = "unbounded"


class Child(NamedTuple):
    """An element that may stand in another.

    Attributes:
        tag: ``{namespace}local``.
        minimum, maximum: how often; maximum None for unbounded. In a choice the minimum is 0.
        node: its declaration.
    """

    tag: str
    minimum: int
    maximum: int | None
    node: etree._Element

    @property
    def name(self) -> str:
        """The local name."""
        return ns.local(self.tag)

    @property
    def repeated(self) -> bool:
        """Whether it may stand there more than once."""
        return self.maximum is None or self.maximum > 1


class Particles:
    """Resolves references within one view. Names that it does not declare are built-in types, or lead to nothing."""

    def __init__(self, view: View) -> None:
        self.view = view

    def root(self, tag: str) -> Child | None:
        """A global element, None when there is none."""
        found = self.view.get("element", tag)
        return Child(tag, 1, 1, found.node) if found else None

    def declared(self, node: etree._Element) -> etree._Element:
        """The declaration that an element, attribute or group with ``ref`` means; itself without one."""
        reference = node.get("ref")
        if reference is None:
            return node
        kind = {"element": "element", "attribute": "attribute", "group": "group", "attributeGroup": "attributeGroup"}
        found = self.view.get(kind[ns.local(str(node.tag))], qualified(node, reference))  # type: ignore[arg-type]
        return found.node if found else node

    def tag(self, node: etree._Element) -> str:
        """``{namespace}local`` of a declared element or attribute."""
        schema = next(node.iterancestors(XS + "schema"))
        what = ns.local(str(node.tag))
        parent = node.getparent()
        is_global = parent is schema
        form = node.get("form", schema.get(f"{what}FormDefault", "unqualified"))
        space = schema.get("targetNamespace", "") if is_global or form == "qualified" else ""
        name = node.get("name", "")
        return ns.clark(space, name) if space else name

    def type_of(self, node: etree._Element, attribute: str = "type") -> etree._Element | None:
        """The type of a declaration: a node of the schemas, or None for a built-in one or none at all."""
        for name in ("complexType", "simpleType"):
            if (inner := node.find(XS + name)) is not None:
                return inner
        found = self.view.get("type", self.type_name(node, attribute))
        return found.node if found else None

    def type_name(self, node: etree._Element, attribute: str = "type") -> str:
        """``{namespace}local`` of the type that an attribute of a node names."""
        return qualified(node, node.get(attribute, ""))

    def content(self, kind: etree._Element) -> list[etree._Element]:
        """The groups (``sequence``, ``choice``, ``all``) of a complex type, those of what it extends first."""
        found: list[etree._Element] = []
        seen: set[etree._Element] = set()
        waiting: etree._Element | None = kind
        while waiting is not None and waiting not in seen:
            seen.add(waiting)
            holder, waiting = waiting, None
            if (derived := self.derivation(holder)) is not None:
                holder = derived
                if derived.tag == XS + "extension":
                    waiting = self.type_of(derived, "base")
            groups = [self.group(each) for each in holder if each.tag in GROUPS or each.tag == XS + "group"]
            found = [*groups, *found]
        return found

    def derivation(self, kind: etree._Element) -> etree._Element | None:
        """The ``extension`` or ``restriction`` of a complex type, None when it derives from nothing."""
        for content in kind.iterchildren(*_CONTENTS):
            return next(content.iterchildren(*_DERIVED), None)
        return None

    def group(self, node: etree._Element) -> etree._Element:
        """What a reference to a group means: the sequence, choice or all in it. Others are themselves."""
        if node.tag != XS + "group":
            return node
        return next((each for each in self.declared(node) if each.tag in GROUPS), node)

    def children(self, node: etree._Element) -> list[Child]:
        """The elements that may stand in one that is declared so, in order."""
        kind = self.type_of(node)
        if kind is None or kind.tag != XS + "complexType":
            return []
        return [child for group in self.content(kind) for child in self._flat(group, 1, optional=False)]

    def is_simple(self, node: etree._Element) -> bool:
        """Whether a declared element holds text and no elements."""
        kind = self.type_of(node)
        return kind is None or kind.tag == XS + "simpleType" or kind.find(XS + "simpleContent") is not None

    def enumeration(self, node: etree._Element) -> list[str]:
        """The values that a declared element or attribute may have; empty when they are not listed."""
        kind = self.type_of(node)
        if kind is None:
            return []
        return [each.get("value", "") for each in kind.iterfind(f"{XS}restriction/{XS}enumeration")]

    def _flat(self, group: etree._Element, depth: int, *, optional: bool) -> Iterator[Child]:
        optional = optional or group.tag == XS + "choice" or group.get("minOccurs") == "0"
        repeated = group.get("maxOccurs", "1") not in ("0", "1")
        for node in group.iterchildren(XS + "*"):
            if node.tag == XS + "element":
                declared = self.declared(node)
                minimum, maximum = occurs(node)
                yield Child(self.tag(declared), 0 if optional else minimum, None if repeated else maximum, declared)
            elif (node.tag in GROUPS or node.tag == XS + "group") and depth < 64:
                skipped = optional or node.get("minOccurs") == "0"
                yield from self._flat(self.group(node), depth + 1, optional=skipped)


def occurs(node: etree._Element) -> tuple[int, int | None]:
    """How often a particle may stand there; the second None for unbounded."""
    maximum = node.get("maxOccurs", "1").strip()
    return int(node.get("minOccurs", "1")), None if maximum == _UNBOUNDED else int(maximum)
