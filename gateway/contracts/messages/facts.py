"""What a contract's schema says about its elements: the model along a path, its texts, and which elements mean what."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.contracts.model import Element, Model
from gateway.findings.finding import Text
from gateway.soap import ns

_XS = f"{{{ns.XS}}}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ROW = re.compile(r"^\| `([\w/]+)` \| [^|]* \| [^|]* \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)
_BUILT_IN = f"{{{ns.XS}}}"
_DEEP = 24  # levels of a recursive type that are looked at

IDENTITY, CODED, PERIOD, DATE, HSA = "identity", "coded", "period", "date", "hsa"


class Facts:
    """The element model of one contract, read when something has to be explained or judged by meaning."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.model = Model(contract.xsd)
        self._declared: dict[tuple[str, ...], Element | None] = {}
        self._kinds: dict[Element, str] = {}

    def along(self, element: etree._Element) -> Element | None:
        """The declaration of an element in a message; None when the schema has none at that place."""
        tags = [str(element.tag)]
        for parent in element.iterancestors():
            if tags[-1] in (self.contract.request_tag, self.contract.response_tag):
                break
            tags.append(str(parent.tag))
        return self.declared(tuple(reversed(tags)))

    def declared(self, tags: tuple[str, ...]) -> Element | None:
        """The declaration along a path of tags from a message's root element."""
        if tags not in self._declared:
            self._declared[tags] = self._find(tags)
        return self._declared[tags]

    def _find(self, tags: tuple[str, ...]) -> Element | None:
        first, *rest = tags
        if first not in (self.contract.request_tag, self.contract.response_tag):
            return None
        found = self.model.root(first)
        for tag in rest:
            step = next((child for child in self.model.children(found) if child.tag == tag), None)
            if step is None:
                return None
            found = step
        return found

    def about(self, element: etree._Element) -> Text:
        """The contract's own text on an element: from its description, else from the schema; blank when there is none.

        What is only a part of a data type, such as ``extension``, is told by the element that it belongs to.
        """
        described, names = descriptions(self._description), self._names(element)
        own = described.get("/".join(names)) or self.documented(self.along(element))
        return own or described.get("/".join(names[:-1]), Text())

    def about_below(self, parent: etree._Element, tag: str) -> Text:
        """The text of the description on a child that an element lacks."""
        return descriptions(self._description).get("/".join((*self._names(parent), ns.local(tag))), Text())

    def _names(self, element: etree._Element) -> list[str]:
        """Local names from the message's root element down."""
        names = [ns.local(str(element.tag))]
        roots = (ns.local(self.contract.request_tag), ns.local(self.contract.response_tag))
        for parent in element.iterancestors():
            if names[-1] in roots:
                break
            names.append(ns.local(str(parent.tag)))
        return names[::-1]

    def documented(self, element: Element | None) -> Text:
        """The schema's documentation of an element, or of its type."""
        if element is None:
            return Text()
        own = _documentation(element.node)
        return own or _documentation(self._type(element))

    def values(self, element: Element) -> list[str]:
        """The values that an element's type lists; none when it lists none."""
        node = self._type(element)
        return [each.get("value", "") for each in node.iter(_XS + "enumeration")] if node is not None else []

    def kinds(self, root: str) -> dict[str, set[str]]:
        """What the elements below a message's root mean, by tag: the kinds of ``kind``."""
        found: dict[str, set[str]] = {}
        for tag, kind in self._below(self.model.root(root), frozenset(), 0):
            found.setdefault(tag, set()).add(kind)
        return found

    def _below(self, element: Element, seen: frozenset[str], depth: int) -> Iterator[tuple[str, str]]:
        if depth > _DEEP or (element.type_name and element.type_name in seen):
            return
        inside = seen | {element.type_name} if element.type_name else seen
        own = self.kind(element)
        for child in self.model.children(element):
            kind = self.kind(child)
            yield child.tag, "" if own == PERIOD and kind == DATE else kind  # a period is judged as a whole
            yield from self._below(child, inside, depth + 1)

    def kind(self, element: Element) -> str:
        """What an element means: identity, coded, period, date, hsa; ``other`` with other children, blank without."""
        if element not in self._kinds:
            self._kinds[element] = self._kind(element)
        return self._kinds[element]

    def _kind(self, element: Element) -> str:
        names = {ns.local(child.tag) for child in self.model.children(element)}
        if {"root", "extension"} <= names or (names >= {"id", "type"} and len(names) == 2):
            return IDENTITY
        if {"code", "codeSystem"} <= names:
            return CODED
        if {"start", "end"} <= names:
            return PERIOD
        if names:
            return "other"
        local = ns.local(element.type_name)
        if local in ("DateType", "TimeStampType"):
            return DATE
        return HSA if local == "HSAIdType" else ""

    def _type(self, element: Element) -> etree._Element | None:
        if not element.type_name or element.type_name.startswith(_BUILT_IN):
            return element.node
        schemas = _types(self.contract.xsd)
        return schemas.get(element.type_name)

    @property
    def _description(self) -> Path:
        folder = self.contract.xsd
        while folder.parent != folder and folder.name != "xsd":
            folder = folder.parent
        return folder.parent / "contracts" / f"{self.contract.key}.md"


@cache
def descriptions(path: Path) -> dict[str, Text]:
    """The texts of a contract description (Markdown tables), by path of local names."""
    if not path.is_file():
        return {}
    rows = _ROW.findall(path.read_text("utf-8"))
    return {place: Text(sv=swedish.strip(), en=english.strip()) for place, swedish, english in rows}


@cache
def _types(xsd: Path) -> dict[str, etree._Element]:
    """The named types of a schema with all it imports."""
    found: dict[str, etree._Element] = {}
    waiting, seen = [xsd], set()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    while waiting:
        path = waiting.pop().resolve()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        root = etree.parse(str(path), parser).getroot()
        space = root.get("targetNamespace", "")
        for node in root.iterchildren(_XS + "complexType", _XS + "simpleType"):
            found[ns.clark(space, node.get("name", ""))] = node
        links = [node.get("schemaLocation") for node in root.iterchildren(_XS + "import", _XS + "include")]
        waiting += [path.parent / location for location in links if location]
    return found


def _documentation(node: etree._Element | None) -> Text:
    """The texts directly on a declaration. Without ``xml:lang`` a text is taken as Swedish, as national ones are."""
    if node is None:
        return Text()
    texts = {"sv": "", "en": ""}
    for each in node.iterfind(f"{_XS}annotation/{_XS}documentation"):
        language = (each.get(_LANG) or "sv")[:2]
        texts[language] = " ".join("".join(each.itertext()).split()) or texts.get(language, "")
    return Text(sv=texts["sv"], en=texts["en"])
