"""From schema documents to shapes: references, groups, extensions and restrictions are written out."""

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

from gateway.contracts.diff.shape import MANY, Attribute, Content, Element, Group, Place, Simple, Wildcard
from gateway.contracts.schemaset import Component, Kind, View, qualified
from gateway.soap import ns

_XS = f"{{{ns.XS}}}"
_PARTICLES = tuple(_XS + name for name in ("sequence", "choice", "all", "group"))
_FACETS = ("length", "minLength", "maxLength", "minInclusive", "maxInclusive", "minExclusive", "maxExclusive",
           "totalDigits", "fractionDigits", "whiteSpace")  # fmt: skip
_ANY = Simple("anyType")
_DEEPEST = 64  # derivations; more is a circle


class Builder:
    """Writes out the elements of one view.

    Attributes:
        missing: names that are used and declared nowhere, in the order found.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._nodes: dict[int, etree._Element] = {}
        self._files: dict[etree._Element, str] = {}
        self.missing: list[str] = []
        for kind in ("element", "type", "attribute", "group", "attributeGroup"):
            for component in view.all(kind).values():
                self._files[component.node] = component.path

    def root(self, tag: str) -> Element | None:
        """A global element, None when there is none."""
        found = self._view.get("element", tag)
        return self._element(found.node, found.node) if found else None

    def declaration(self, element: Element) -> etree._Element:
        """The node that declares an element of this view."""
        return self._nodes[element.key]

    def content(self, element: Element) -> Content:
        """What an element holds."""
        node = self._nodes[element.key]
        inner = node.find(_XS + "complexType")
        if inner is None:
            inner = node.find(_XS + "simpleType")
        name = "" if inner is not None else qualified(node, node.get("type", ""))
        if inner is None and not name:
            return Content(_ANY, None, (), True, True, "")
        return self._type(inner, name, 0)

    def _type(self, node: etree._Element | None, name: str, depth: int) -> Content:
        """A type by node, or by name."""
        if node is None:
            if ns.namespace(name) == ns.XS:
                return Content(Simple(ns.local(name)), None, (), False, False, name)
            found = self._get("type", name)
            if found is None or depth > _DEEPEST:
                return Content(_ANY, None, (), True, True, name)
            node = found.node
        if node.tag == _XS + "simpleType":
            return Content(self._simple(node, depth), None, (), False, False, name)
        return self._complex(node, name, depth)

    def _complex(self, node: etree._Element, name: str, depth: int) -> Content:
        mixed = node.get("mixed") in ("true", "1")
        outer = node.find(_XS + "complexContent")
        outer = node.find(_XS + "simpleContent") if outer is None else outer
        if outer is None:
            attributes, anything = self._attributes(node, depth)
            return Content(None, self._group_in(node), attributes, anything, mixed, name)
        step = next((child for child in outer if child.tag in (_XS + "extension", _XS + "restriction")), None)
        if step is None:
            return Content(None, None, (), False, mixed, name)
        base = self._type(None, qualified(step, step.get("base", "")), depth + 1)
        own, anything = self._attributes(step, depth)
        names = {attribute.name for attribute in own}
        attributes = tuple(each for each in base.attributes if each.name not in names) + own
        mixed = mixed or outer.get("mixed") in ("true", "1")
        group = self._group_in(step)
        simple = base.simple if outer.tag == _XS + "simpleContent" else None
        if step.tag == _XS + "extension":
            group = _joined(base.group, group)
            mixed = mixed or (base.mixed and outer.tag == _XS + "complexContent" and base.simple is None)
        elif simple is not None:
            simple = self._restricted(simple, step)
        return Content(simple, group, _sorted(attributes), anything or base.any_attribute, mixed, name)

    def _group_in(self, node: etree._Element) -> Group | None:
        particle = next((child for child in node if child.tag in _PARTICLES), None)
        return self._group(particle, 0) if particle is not None else None

    def _group(self, node: etree._Element, depth: int) -> Group | None:
        minimum, maximum = _occurrence(node)
        if node.tag == _XS + "group":
            found = self._get("group", qualified(node, node.get("ref", "")))
            inner = next((each for each in found.node if each.tag in _PARTICLES), None) if found else None
            if inner is None or depth > _DEEPEST:
                return None
            group = self._group(inner, depth + 1)
            return group and Group(group.kind, minimum, maximum, group.items, group.place)
        kind = ns.local(str(node.tag))
        assert kind in ("sequence", "choice", "all")
        items = tuple(self._items(node, kind == "sequence", depth))
        return Group(kind, minimum, maximum, items, self._place(node))  # type: ignore[arg-type]

    def _items(self, node: etree._Element, flat: bool, depth: int) -> Iterator[Element | Group | Wildcard]:
        for child in node:
            if child.tag == _XS + "element":
                element = self._element(child, self._declaration(child))
                if element.maximum:
                    yield element
            elif child.tag == _XS + "any":
                yield self._wildcard(child)
            elif child.tag in _PARTICLES and (group := self._group(child, depth + 1)) and group.maximum:
                once = (group.minimum, group.maximum) == (1, 1)
                if flat and once and group.kind == "sequence":  # a sequence in a sequence says nothing more
                    yield from group.items
                elif once and len(group.items) == 1:
                    yield group.items[0]
                elif group.items:
                    yield group

    def _wildcard(self, node: etree._Element) -> Wildcard:
        schema = _schema(node)
        minimum, maximum = _occurrence(node)
        return Wildcard(
            node.get("namespace", "##any"), schema.get("targetNamespace", ""), node.get("processContents", "strict"),
            minimum, maximum, self._place(node),
        )  # fmt: skip

    def _declaration(self, node: etree._Element) -> etree._Element:
        reference = qualified(node, node.get("ref", ""))
        found = self._get("element", reference) if reference else None
        return found.node if found else node

    def _element(self, at: etree._Element, node: etree._Element) -> Element:
        minimum, maximum = _occurrence(at)
        key = id(node)
        self._nodes[key] = node
        text = _documentation(at) or _documentation(node)
        return Element(
            _tag(node), minimum, maximum, node.get("nillable") in ("true", "1"), node.get("fixed"), node.get("default"),
            text, self._place(at), key,
        )  # fmt: skip

    def _attributes(self, node: etree._Element, depth: int) -> tuple[tuple[Attribute, ...], bool]:
        found: list[Attribute] = []
        anything = node.find(_XS + "anyAttribute") is not None
        for child in node:
            if child.tag == _XS + "attribute" and child.get("use") != "prohibited":
                found.append(self._attribute(child, depth))
            elif child.tag == _XS + "attributeGroup" and depth < _DEEPEST:
                group = self._get("attributeGroup", qualified(child, child.get("ref", "")))
                if group is not None:
                    inner, more = self._attributes(group.node, depth + 1)
                    found += inner
                    anything = anything or more
        return _sorted(tuple(found)), anything

    def _attribute(self, node: etree._Element, depth: int) -> Attribute:
        reference = qualified(node, node.get("ref", ""))
        component = self._get("attribute", reference) if reference else None
        declared = component.node if component else node
        inner = declared.find(_XS + "simpleType")
        name = qualified(declared, declared.get("type", ""))
        simple = self._simple(inner, depth) if inner is not None else self._named(name, depth) if name else _ANY
        own = declared.get("name") or ns.local(reference)
        return Attribute(
            reference or own, node.get("use") == "required", node.get("fixed", declared.get("fixed")),
            node.get("default", declared.get("default")), simple, self._place(node),
        )  # fmt: skip

    def _named(self, name: str, depth: int) -> Simple:
        return self._type(None, name, depth + 1).simple or _ANY

    def _simple(self, node: etree._Element, depth: int) -> Simple:
        if depth > _DEEPEST:
            return _ANY
        step = node.find(_XS + "restriction")
        if step is not None:
            inner = step.find(_XS + "simpleType")
            base = step.get("base", "")
            return self._restricted(
                self._simple(inner, depth + 1) if inner is not None else self._named(qualified(step, base), depth), step
            )
        for kind in ("list", "union"):
            step = node.find(_XS + kind)
            if step is not None:
                names = (step.get("memberTypes") or step.get("itemType") or "").split()
                members = [self._named(qualified(step, name), depth) for name in names]
                members += [self._simple(inner, depth + 1) for inner in step.iterchildren(_XS + "simpleType")]
                return Simple(f"{kind}({' '.join(sorted(_told(member) for member in members))})")
        return _ANY

    def _restricted(self, base: Simple, step: etree._Element) -> Simple:
        values = frozenset(node.get("value", "") for node in step.iterchildren(_XS + "enumeration"))
        patterns = frozenset(node.get("value", "") for node in step.iterchildren(_XS + "pattern"))
        bounds = dict(base.bounds)
        bounds |= {name: child.get("value", "") for name in _FACETS for child in step.iterchildren(_XS + name)}
        return Simple(
            base.base,
            values or base.values,
            base.patterns | {patterns} if patterns else base.patterns,
            tuple(sorted(bounds.items())),
        )

    def _get(self, kind: Kind, name: str) -> Component | None:
        found = self._view.get(kind, name)
        if found is None and ns.namespace(name) != ns.XS and name not in self.missing:
            self.missing.append(name)
        return found

    def _place(self, node: etree._Element) -> Place:
        above: etree._Element | None = node
        while above is not None:
            if path := self._files.get(above):
                return Place(path, node.sourceline or 0)
            above = above.getparent()
        return Place(self._view.entry.path, node.sourceline or 0)


def _joined(base: Group | None, more: Group | None) -> Group | None:
    """The content of an extension: first the base's, then its own."""
    if base is None or more is None:
        return base or more
    items: list[Element | Group | Wildcard] = []
    for group in (base, more):
        plain = group.kind == "sequence" and (group.minimum, group.maximum) == (1, 1)
        items += group.items if plain else (group,)
    return Group("sequence", 1, 1, tuple(items), base.place)


def _sorted(attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    return tuple(sorted(attributes, key=lambda each: each.name))


def _told(simple: Simple) -> str:
    values = "|".join(sorted(simple.values)) if simple.values is not None else ""
    return (
        simple.base
        + (f"[{values}]" if values else "")
        + "".join(f"{{{name}={value}}}" for name, value in simple.bounds)
    )


def _occurrence(node: etree._Element) -> tuple[int, int]:
    maximum = node.get("maxOccurs", "1")
    return int(node.get("minOccurs", "1")), MANY if maximum == "unbounded" else int(maximum)


def _schema(node: etree._Element) -> etree._Element:
    return next(node.iterancestors(_XS + "schema"), node)


def _tag(node: etree._Element) -> str:
    parent, name = node.getparent(), node.get("name", "")
    if parent is None or not name:
        return qualified(node, node.get("ref", ""))
    schema = _schema(node)
    form = node.get("form", schema.get("elementFormDefault", "unqualified"))
    is_global = parent.tag == _XS + "schema"
    space = schema.get("targetNamespace", "") if is_global or form == "qualified" else ""
    return ns.clark(space, name) if space else name


def _documentation(node: etree._Element) -> str:
    found = node.findall(f"{_XS}annotation/{_XS}documentation")
    return _collapsed("\n".join("".join(map(str, each.itertext())) for each in found)) if found else ""


@lru_cache(maxsize=4096)
def _collapsed(text: str) -> str:
    return " ".join(text.split())
