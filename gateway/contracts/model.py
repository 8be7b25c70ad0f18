"""The element model of an XSD file with what it imports: which element may stand where, and how often."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from gateway.contracts.schemaset import CHAMELEON, qualified
from gateway.errors import DataError
from gateway.soap import ns

_XS = f"{{{ns.XS}}}"
_GROUPS = {_XS + name for name in ("sequence", "choice", "all", "group")}
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)


@dataclass(frozen=True, slots=True)
class Element:
    """One element declaration in its place.

    Attributes:
        tag: ``{namespace}local``.
        minimum, maximum: how often it may occur; maximum is None for unbounded.
        type_name: ``{namespace}local`` of its type, empty for an anonymous one.
        node: the schema node, for the children.
    """

    tag: str
    minimum: int
    maximum: int | None
    type_name: str
    node: etree._Element

    @property
    def cardinality(self) -> str:
        """``0..1``, ``1..*`` and so on."""
        return f"{self.minimum}..{'*' if self.maximum is None else self.maximum}"


class Model:
    """The schema documents of a contract, resolved by namespace and never by network.

    Raises:
        DataError: a document is missing, not well-formed, or names something that is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._types: dict[str, etree._Element] = {}
        self._elements: dict[str, etree._Element] = {}
        self._named_groups: dict[str, etree._Element] = {}
        self._load(path, set())

    def root(self, tag: str) -> Element:
        """A global element.

        Raises:
            DataError: the schema does not declare it.
        """
        node = self._elements.get(tag)
        if node is None:
            raise DataError(self.path, 0, f"expected a global element {tag}")
        return self._element(node, node)

    def children(self, element: Element) -> list[Element]:
        """The elements that may stand in ``element``, in schema order; wildcards left out."""
        node = self._complex_type(element)
        return list(self._particles(node)) if node is not None else []

    def room(self, element: Element) -> str | None:
        """The namespace that extensions of ``element`` must not have (``##other``); None without room for any."""
        node = self._complex_type(element)
        wildcard = next(self._wildcards(node), None) if node is not None else None
        if wildcard is None:
            return None
        schema = wildcard.getroottree().getroot()
        return schema.get("targetNamespace", "") if wildcard.get("namespace") == "##other" else ""

    def resolve(self, element: Element, path: str) -> list[Element]:
        """The elements along a path of local names, such as ``patientId/extension``.

        Raises:
            DataError: a step of the path does not exist in the schema.
        """
        steps = []
        for step in path.split("/"):
            names = {ns.local(child.tag): child for child in self.children(element)}
            if step not in names:
                known = ", ".join(names) or "no children"
                raise DataError(self.path, 0, f"the path {path} fails at {step}; known here: {known}")
            element = names[step]
            steps.append(element)
        return steps

    def _complex_type(self, element: Element) -> etree._Element | None:
        node = element.node.find(_XS + "complexType")
        return self._types.get(element.type_name) if node is None and element.type_name else node

    def _load(self, path: Path, seen: set[tuple[Path, str]], including: str = "") -> None:
        """``including`` is the namespace of a schema that includes this one, which takes it when it has none."""
        if (path, including) in seen:
            return
        seen.add((path, including))
        try:
            schema = etree.parse(str(path), _PARSER).getroot()
        except (OSError, etree.XMLSyntaxError) as error:
            line = error.lineno or 0 if isinstance(error, SyntaxError) else 0
            raise DataError(path, line, f"expected a well-formed schema document: {error}") from None
        if including and not schema.get("targetNamespace"):
            schema.set("targetNamespace", including)
            schema.set(CHAMELEON, "true")
        target = schema.get("targetNamespace", "")
        for node in schema.iterchildren(_XS + "*"):
            name, kind = node.get("name", ""), ns.local(str(node.tag))
            named = ns.clark(target, name) if target else name
            if kind in ("import", "include", "redefine") and (location := node.get("schemaLocation")):
                imported = (path.parent / location).resolve()
                if not imported.is_file():
                    raise DataError(path, node.sourceline or 0, f"imports a file that is not there: {imported}")
                self._load(imported, seen, "" if kind == "import" else target)
            elif kind in ("complexType", "simpleType") and name:
                self._types[named] = node
            elif kind == "element" and name:
                self._elements[named] = node
            elif kind == "group" and name:
                self._named_groups[named] = node

    def _particles(self, node: etree._Element) -> Iterator[Element]:
        for child in node.iterchildren(_XS + "*"):
            if child.tag == _XS + "element":
                yield self._element(child, self._declaration(child))
            elif child.get("ref") and child.tag == _XS + "group":
                named = self._named_groups.get(qualified(child, child.get("ref", "")))
                yield from self._particles(named) if named is not None else ()
            elif child.tag in _GROUPS or child.tag == _XS + "complexContent":
                yield from self._particles(child)
            elif child.tag in (_XS + "extension", _XS + "restriction"):
                base = self._types.get(qualified(child, child.get("base", "")))
                if base is not None and child.tag == _XS + "extension":
                    yield from self._particles(base)
                yield from self._particles(child)

    def _wildcards(self, node: etree._Element) -> Iterator[etree._Element]:
        for child in node.iterchildren(_XS + "*"):
            if child.tag == _XS + "any":
                yield child
            elif child.tag in _GROUPS or child.tag == _XS + "complexContent":
                yield from self._wildcards(child)
            elif child.tag in (_XS + "extension", _XS + "restriction"):
                base = self._types.get(qualified(child, child.get("base", "")))
                if base is not None and child.tag == _XS + "extension":
                    yield from self._wildcards(base)
                yield from self._wildcards(child)

    def _declaration(self, node: etree._Element) -> etree._Element:
        reference = node.get("ref")
        if reference is None:
            return node
        tag = qualified(node, reference)
        if tag not in self._elements:
            raise DataError(self.path, node.sourceline or 0, f"ref to {tag}, which no schema here declares")
        return self._elements[tag]

    def _element(self, place: etree._Element, declaration: etree._Element) -> Element:
        schema = declaration.getroottree().getroot()
        is_global = declaration.getparent() is schema
        form = declaration.get("form", schema.get("elementFormDefault", "unqualified"))
        space = schema.get("targetNamespace", "") if is_global or form == "qualified" else ""
        name = declaration.get("name", "")
        maximum = place.get("maxOccurs", "1")
        return Element(
            tag=ns.clark(space, name) if space else name,
            minimum=int(place.get("minOccurs", "1")),
            maximum=None if maximum == "unbounded" else int(maximum),
            type_name=qualified(declaration, declaration.get("type", "")),
            node=declaration,
        )
