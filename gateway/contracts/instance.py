"""The smallest message that a schema allows, and what a caller wants in it besides.

Only what is required stands there: the first branch of a choice, the first value of a list. ``Wanted`` adds elements by
path and says what they hold. Whoever needs more than the smallest extends ``Builder``.
"""

from collections.abc import Mapping
from typing import Final

from lxml import etree

from gateway.contracts import values
from gateway.contracts.particles import GROUPS, XS, Particles, occurs
from gateway.contracts.pattern import PatternError
from gateway.contracts.schemaset import View, qualified
from gateway.soap import ns

DEEPEST: Final = 60  # levels; a type that requires itself would go on for ever
Wanted = Mapping[str, str]
"""Text by path of local names below the element (``head/patientId/extension``); what is on the path stands there."""


class InstanceError(Exception):
    """The schema allows no finite message, or says something that cannot be followed; the text says where."""


class Builder:
    """Makes messages of the elements of one view."""

    def __init__(self, view: View) -> None:
        self.particles = Particles(view)

    def build(self, tag: str, wanted: Wanted | None = None) -> etree._Element:
        """The smallest element of a global declaration.

        Args:
            tag: ``{namespace}local``.
            wanted: what shall stand in it besides; paths that the schema does not know have no effect.

        Raises:
            InstanceError: there is none.
        """
        root = self.particles.root(tag)
        if root is None:
            raise InstanceError(f"the schema declares no element {tag}")
        try:
            found = self._element(root.node, wanted or {}, 0)
        except PatternError as error:
            raise InstanceError(str(error)) from None
        etree.cleanup_namespaces(found, keep_ns_prefixes=self._named_in_text(found))
        return found

    def _named_in_text(self, element: etree._Element) -> list[str]:
        """Prefixes that xsi:type uses."""
        names = (each.get(ns.clark(ns.XSI, "type"), "") for each in element.iter())
        return [name.partition(":")[0] for name in names if name]

    def _element(self, node: etree._Element, wanted: Wanted, depth: int) -> etree._Element:
        if depth > DEEPEST:
            raise InstanceError(f"{node.get('name')} requires itself without end")
        node, kind = self._concrete(node)
        tag = self.particles.tag(node)
        element = etree.Element(tag, nsmap=None if depth else self._prefixes(ns.namespace(tag)))
        if kind is None or kind.tag == f"{XS}simpleType" or kind.find(f"{XS}simpleContent") is not None:
            element.text = wanted.get("") or values.value(self.particles, node)
        else:
            if kind.get("abstract") == "true":
                kind = self._derived(kind, element)
            for group in self.particles.content(kind):
                self._group(group, element, wanted, depth)
        if kind is not None:
            self._attributes(kind, element, wanted)
        return element

    def _prefixes(self, first: str) -> dict[str, str]:
        """``ns0`` for the root's namespace, and further ones for all that its parts may have."""
        known = {ns.namespace(tag) for kind in ("element", "type") for tag in self.particles.view.all(kind)}
        spaces = [first, *sorted(known - {first})] if first else sorted(known)
        return {f"ns{number}": space for number, space in enumerate(space for space in spaces if space)}

    def _group(self, group: etree._Element, into: etree._Element, wanted: Wanted, depth: int) -> None:
        """What a sequence, choice or all must hold at least."""
        nodes = list(group.iterchildren(f"{XS}element", f"{XS}any", f"{XS}group", *GROUPS))
        if group.tag == f"{XS}choice":
            asked = [node for node in nodes if self._is_wanted(node, wanted)]
            nodes = asked[:1] or sorted(nodes, key=lambda node: node.tag == f"{XS}any")[:1]
        for node in nodes:
            minimum, _ = occurs(node)
            asked_for = self._is_wanted(node, wanted)
            for _ in range(max(minimum, int(asked_for))):
                if node.tag == f"{XS}element":
                    declared = self.particles.declared(node)
                    inner = _below(wanted, declared.get("name", ""))
                    into.append(self._element(declared, inner, depth + 1))
                elif node.tag == f"{XS}any":
                    into.append(etree.Element(ns.clark(ns.GATEWAY, "any")))
                else:
                    self._group(self.particles.group(node), into, wanted, depth + 1)
                if len(into) > 10_000:
                    raise InstanceError(f"{into.tag} requires more than 10 000 elements")

    def _is_wanted(self, node: etree._Element, wanted: Wanted) -> bool:
        if not wanted or node.tag == f"{XS}any":
            return False
        if node.tag == f"{XS}element":
            name = self.particles.declared(node).get("name", "")
            return any(path == name or path.startswith(f"{name}/") for path in wanted)
        inner = self.particles.group(node).iterchildren(f"{XS}element", f"{XS}group", *GROUPS)
        return any(self._is_wanted(each, wanted) for each in inner)

    def _concrete(self, node: etree._Element) -> tuple[etree._Element, etree._Element | None]:
        """A declaration and its type; for an abstract one the first that may stand for it."""
        if node.get("abstract") == "true":
            tag = self.particles.tag(node)
            for each in self.particles.view.all("element").values():
                if qualified(each.node, each.node.get("substitutionGroup", "")) == tag:
                    return self._concrete(each.node)
        return node, self.particles.type_of(node)

    def _derived(self, kind: etree._Element, element: etree._Element) -> etree._Element:
        """A type that extends an abstract one, named by xsi:type."""
        for component in self.particles.view.all("type").values():
            derived = self.particles.derivation(component.node)
            if derived is not None and self.particles.type_of(derived, "base") is kind:
                space = ns.namespace(component.tag)
                prefix = next((name for name, uri in element.nsmap.items() if uri == space and name), None)
                if prefix is None:
                    element.set(ns.clark(space or ns.GATEWAY, "type"), "")  # declares a prefix for the namespace
                    prefix = next((name for name, uri in element.nsmap.items() if uri == space and name), "")
                    del element.attrib[ns.clark(space or ns.GATEWAY, "type")]
                element.set(ns.clark(ns.XSI, "type"), f"{prefix}:{ns.local(component.tag)}")
                return component.node
        raise InstanceError(f"nothing extends the abstract type {kind.get('name')}")

    def _attributes(self, kind: etree._Element, element: etree._Element, wanted: Wanted) -> None:
        """The required attributes, those of what a type extends and of its attribute groups too."""
        holders = [kind]
        seen: set[etree._Element] = set()
        while holders:
            holder = holders.pop()
            if holder in seen:
                continue
            seen.add(holder)
            for content in holder.iterchildren(f"{XS}complexContent", f"{XS}simpleContent"):
                for derived in content.iterchildren(f"{XS}extension", f"{XS}restriction"):
                    holders.append(derived)
                    if (base := self.particles.type_of(derived, "base")) is not None:
                        holders.append(base)
            holders += [self.particles.declared(each) for each in holder.iterchildren(f"{XS}attributeGroup")]
            for node in holder.iterchildren(f"{XS}attribute"):
                if node.get("use") == "required":
                    declared = self.particles.declared(node)
                    given = node.get("fixed") or values.value(self.particles, declared)
                    tag = self.particles.tag(declared)
                    if element.get(tag) is None:
                        element.set(tag, wanted.get(f"@{ns.local(tag)}", given))


def _below(wanted: Wanted, name: str) -> dict[str, str]:
    """What is wanted below a child; its own text has the blank path."""
    found = {path[len(name) + 1 :]: text for path, text in wanted.items() if path.startswith(f"{name}/")}
    if name in wanted:
        found[""] = wanted[name]
    return found
