"""The elements of a message as rows of a table: each with its place, cardinality, type, texts and an example."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree

from gateway.contracts import values
from gateway.contracts.diff.build import Builder
from gateway.contracts.diff.shape import MANY, Attribute, Content, Element, Group, Simple, Wildcard, occurs
from gateway.contracts.particles import Particles
from gateway.contracts.pattern import PatternError
from gateway.contracts.schemaset import View
from gateway.findings.finding import Text
from gateway.soap import ns

MOST_ROWS: Final = 3000  # of a tree; from there on a type that stands there already is linked to
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_XS: Final = f"{{{ns.XS}}}"
_DEEPEST: Final = 60
_NOTHING: Final = Text()
_ANY_TEXT: Final = "text"  # what is made up for a string; as an example it says nothing


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        id: of the row on its page.
        kind: ``group`` is a choice or a repeated sequence, whose members follow one level deeper.
        path: local names from the message's element, with ``/``.
        facets: what the type limits, by the name that the schema gives it.
        values: those that the type lists, sorted.
        same: id of the row that holds the children, where they are not written out again.
    """

    id: str
    depth: int
    kind: Literal["element", "attribute", "choice", "all", "sequence", "any"]
    name: str
    path: str
    cardinality: str
    type: str = ""
    text: Text = _NOTHING
    facets: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()
    example: str = ""
    same: str = ""


class Tree:
    """Writes out messages of one view."""

    def __init__(self, view: View, described: Mapping[str, Text]) -> None:
        """Prepare.

        Args:
            described: texts by path, from a message's element or from a type (``IIType/root``).
        """
        self._view, self._described = view, described
        self._builder, self._particles = Builder(view), Particles(view)
        self._ids: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._count = 0

    def rows(self, tag: str, examples: Mapping[str, str]) -> list[Row]:
        """The rows of one message.

        Args:
            tag: its element, ``{namespace}local``.
            examples: values by path, from a message; the others are made up of the types.
        """
        root = self._builder.root(tag) if tag else None
        self._count, self._examples = 0, examples
        return list(self._element(root, 0, (), ())) if root is not None else []

    def _element(
        self, element: Element, depth: int, above: tuple[tuple[str, str], ...], open_: tuple[tuple[str, str], ...]
    ) -> Iterator[Row]:
        """An element and all below it. ``above``: (name, type) of its ancestors; ``open_``: (type, id) likewise."""
        self._count += 1
        content = self._builder.content(element)
        name, kind = ns.local(element.tag), content.type_name
        path = "/".join([*(each for each, _ in above), name])
        id_ = self._id(path)
        known = self._first.get(kind, "") if self._count > MOST_ROWS else ""
        outer = next((where for found, where in open_ if found == kind), "")  # a type that holds itself
        same = (outer or known) if kind and content.group is not None else ""
        yield Row(
            id_, depth, "element", name, path, occurs(element.minimum, element.maximum), _type(content),
            self._text(element, content, name, above), _facets(content.simple, element, _type(content)),
            _values(content.simple), self._example(element, content, path), same,
        )  # fmt: skip
        if same or depth > _DEEPEST:
            return
        if kind:
            self._first.setdefault(kind, id_)
        steps, opened = (*above, (name, ns.local(kind))), (*open_, (kind, id_)) if kind else open_
        for attribute in content.attributes:
            yield self._attribute(attribute, depth + 1, path)
        if content.group is not None:
            yield from self._group(content.group, depth + 1, steps, opened)

    def _group(
        self, group: Group, depth: int, above: tuple[tuple[str, str], ...], open_: tuple[tuple[str, str], ...]
    ) -> Iterator[Row]:
        if group.kind != "sequence" or (group.minimum, group.maximum) != (1, 1):
            path = "/".join(each for each, _ in above)
            cardinality = occurs(group.minimum, group.maximum)
            yield Row(self._id(f"{path}/{group.kind}"), depth, group.kind, "", path, cardinality)
            depth += 1
        for item in group.items:
            if isinstance(item, Element):
                yield from self._element(item, depth, above, open_)
            elif isinstance(item, Group):
                yield from self._group(item, depth, above, open_)
            else:
                yield self._any(item, depth, "/".join(each for each, _ in above))

    def _any(self, item: Wildcard, depth: int, path: str) -> Row:
        maximum = min(item.maximum, MANY)
        facets = (("namespace", item.namespaces), ("processContents", item.process))
        return Row(
            self._id(f"{path}/any"), depth, "any", "xs:any", path, occurs(item.minimum, maximum), facets=facets
        )  # fmt: skip

    def _attribute(self, attribute: Attribute, depth: int, path: str) -> Row:
        name = f"@{ns.local(attribute.name)}"
        facets = _facets(attribute.type, attribute, attribute.type.title)
        return Row(
            self._id(f"{path}/{name}"), depth, "attribute", name, f"{path}/{name}",
            "1..1" if attribute.required else "0..1", attribute.type.title, facets=facets,
            values=_values(attribute.type), example=attribute.fixed or attribute.default or "",
        )  # fmt: skip

    def _id(self, path: str) -> str:
        own = path.replace("/", ".").replace("@", "")
        self._ids[own] += 1
        return own if self._ids[own] == 1 else f"{own}-{self._ids[own]}"

    def _text(self, element: Element, content: Content, name: str, above: tuple[tuple[str, str], ...]) -> Text:
        """The description's text on this very place, else on the type that it is in, else the schema's."""
        names = [each for each, _ in above] + [name]
        keys = ["/".join(names)]
        keys += ["/".join([kind, *names[level + 1 :]]) for level, (_, kind) in enumerate(above) if kind]
        own = next((self._described[key] for key in keys if key in self._described), None)
        if own is not None:
            return own
        found = documented(self._builder.declaration(element))
        if not found and content.type_name:
            component = self._view.get("type", content.type_name)
            found = documented(component.node) if component else found
        return found

    def _example(self, element: Element, content: Content, path: str) -> str:
        if content.simple is None:
            return ""
        try:
            made = self._examples.get(path) or values.value(self._particles, self._builder.declaration(element))
        except PatternError:  # a regular expression that values are not made of here
            return ""
        return "" if made == _ANY_TEXT else made


def documented(node: etree._Element) -> Text:
    """The texts directly on a declaration. Without ``xml:lang`` a text is taken as Swedish, as national ones are."""
    found: dict[str, str] = {}
    for each in node.iterfind(f"{_XS}annotation/{_XS}documentation"):
        language = (each.get(_LANG) or "sv")[:2].lower()
        text = " ".join("".join(map(str, each.itertext())).split())
        found[language] = f"{found[language]} {text}" if language in found else text
    return Text(sv=found.get("sv", ""), en=found.get("en", ""))


def _type(content: Content) -> str:
    if content.type_name:
        built_in = ns.namespace(content.type_name) == ns.XS
        return ("xs:" if built_in else "") + ns.local(content.type_name)
    return content.simple.title if content.simple is not None else ""


def _facets(simple: Simple | None, declared: Element | Attribute, shown: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    if simple is not None:
        if simple.title != shown and simple.base != "anyType":
            found.append(("base", simple.title))
        found += simple.bounds
        found += [("pattern", pattern) for step in sorted(map(sorted, simple.patterns)) for pattern in step]
    found += [("fixed", declared.fixed)] if declared.fixed is not None else []
    found += [("default", declared.default)] if declared.default is not None else []
    if isinstance(declared, Element) and declared.nillable:
        found.append(("nillable", "true"))
    return tuple(found)


def _values(simple: Simple | None) -> tuple[str, ...]:
    return tuple(sorted(simple.values)) if simple is not None and simple.values is not None else ()
