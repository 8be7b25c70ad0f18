"""All documents of a package of contracts, with their links resolved inside it and nowhere else.

``SchemaSet`` holds the files and the parsed XSD and WSDL documents. ``SchemaSet.view`` starts from one of them and
gives the global components that its imports and includes lead to, by qualified name: two minor versions of a domain
may stand in one package and define the same names, so that there is no single list for all.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import unquote

from lxml import etree

from gateway.contracts.packageerror import PackageError
from gateway.soap import ns
from gateway.soap.head import MessageError
from gateway.soap.xml import parse

Kind = Literal["element", "type", "attribute", "group", "attributeGroup"]
CHAMELEON = f"{{{ns.GATEWAY}}}chameleon"  # marks a schema that took its target namespace from who includes it
_LINKS = {ns.clark(ns.XS, name): name for name in ("import", "include", "redefine")}
_WSDL_IMPORT = ns.clark(ns.WSDL, "import")
_KINDS: dict[str, Kind] = {
    ns.clark(ns.XS, "element"): "element",
    ns.clark(ns.XS, "complexType"): "type",
    ns.clark(ns.XS, "simpleType"): "type",
    ns.clark(ns.XS, "attribute"): "attribute",
    ns.clark(ns.XS, "group"): "group",
    ns.clark(ns.XS, "attributeGroup"): "attributeGroup",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A reference from one document to another.

    Attributes:
        kind: ``import``, ``include``, ``redefine``, or ``wsdl:import``.
        namespace: the one that it names, blank when none.
        written: the location as it stands there, blank when there is none.
        target: path of the document that it leads to; blank when it leads nowhere.
        exact: whether the location says just that; not when case, ``\\`` or blanks had to be overlooked.
        problem: why it leads nowhere: ``network``, ``outside`` the package or ``missing``; blank otherwise.
    """

    kind: str
    namespace: str
    written: str
    target: str
    exact: bool
    problem: Literal["", "network", "outside", "missing"]
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """An XSD or WSDL file.

    Attributes:
        path: below the package, with ``/``.
        root: its root element; not to be changed.
        namespace: its target namespace, blank when it has none.
    """

    path: str
    root: etree._Element = field(repr=False)
    namespace: str
    links: tuple[Link, ...] = field(repr=False)

    @property
    def is_wsdl(self) -> bool:
        """Whether it is a WSDL file, and no schema."""
        return str(self.root.tag).startswith(f"{{{ns.WSDL}}}")


@dataclass(frozen=True, slots=True)
class Component:
    """A global element, type, attribute or group.

    Attributes:
        tag: ``{namespace}local``.
        path: of the document that declares it.
    """

    kind: Kind
    tag: str
    node: etree._Element = field(repr=False)
    path: str


class View:
    """What can be reached from one document.

    Attributes:
        entry: the document that it starts from.
    """

    def __init__(self, entry: Document, documents: Mapping[str, Document]) -> None:
        self.entry, self._documents = entry, documents
        self._components: dict[Kind, dict[str, Component]] = {kind: {} for kind in _KINDS.values()}
        self._seen: set[tuple[str, str]] = set()
        self._load(entry)

    @property
    def paths(self) -> list[str]:
        """Of the documents reached, the entry first, each once."""
        return list(dict.fromkeys([self.entry.path, *sorted({path for path, _ in self._seen})]))

    def all(self, kind: Kind) -> Mapping[str, Component]:
        """The global components of a kind by ``{namespace}local``."""
        return self._components[kind]

    def get(self, kind: Kind, tag: str) -> Component | None:
        """A global component, None when there is none."""
        return self._components[kind].get(tag)

    def _load(self, entry: Document) -> None:
        """Take in the documents, each with its own namespace, or that of who includes it when it has none."""
        waiting = [(entry, entry.namespace)]
        while waiting:
            document, namespace = waiting.pop()
            if (document.path, namespace) in self._seen:
                continue
            self._seen.add((document.path, namespace))
            for schema in _schemas(document.root):
                if namespace and not schema.get("targetNamespace") and not document.is_wsdl:
                    schema = _adopted(schema, namespace)
                self._register(schema, schema.get("targetNamespace", ""), document.path)
            for link in reversed(document.links):
                if found := self._documents.get(link.target):
                    adopts = link.kind in ("include", "redefine") and not found.namespace
                    waiting.append((found, namespace if adopts else found.namespace))

    def _register(self, schema: etree._Element, namespace: str, path: str) -> None:
        for node in schema.iter(*_KINDS):
            parent = node.getparent()
            redefined = parent is not None and parent.tag == ns.clark(ns.XS, "redefine")
            name = node.get("name")
            if name and (parent is schema or redefined):
                kind = _KINDS[str(node.tag)]
                tag = ns.clark(namespace, name) if namespace else name
                known = self._components[kind]
                if redefined or tag not in known:
                    known[tag] = Component(kind, tag, node, path)


class SchemaSet:
    """The files of a package.

    Attributes:
        files: every file's content by path below the package, with ``/``.
        documents: the XSD and WSDL files among them, by path.
        broken: those that cannot be read, by path; only when ``lenient``.
    """

    def __init__(self, files: Mapping[str, bytes], *, lenient: bool = False) -> None:
        """Parse and link the documents.

        Args:
            files: content by path, see ``gateway.contracts.packages.archive.read``.
            lenient: gather what is not well-formed in ``broken`` instead of raising.

        Raises:
            PackageError: a document is not well-formed, has a document type declaration, or is nested too deeply.
        """
        self.files = files
        self.broken: dict[str, PackageError] = {}
        self._folded = {path.lower(): path for path in sorted(files, reverse=True)}
        self.documents: dict[str, Document] = {}
        for path in sorted(files):
            if path.lower().endswith((".xsd", ".wsdl")):
                try:
                    self.documents[path] = self._document(path)
                except PackageError as error:
                    if not lenient:
                        raise
                    self.broken[path] = error

    def view(self, path: str) -> View:
        """What can be reached from a document.

        Raises:
            KeyError: there is no such document.
        """
        return View(self.documents[path], self.documents)

    def closure(self, path: str) -> list[Document]:
        """The documents that one leads to by any link, itself first."""
        found = {path: self.documents[path]}
        waiting = [path]
        while waiting:
            for link in self.documents[waiting.pop(0)].links:
                if link.target in self.documents and link.target not in found:
                    found[link.target] = self.documents[link.target]
                    waiting.append(link.target)
        return list(found.values())

    def lost(self) -> Iterator[tuple[Document, Link]]:
        """The links that lead nowhere, each with the document where it stands."""
        for document in self.documents.values():
            yield from ((document, link) for link in document.links if link.problem)

    @cached_property
    def include_cycle(self) -> tuple[str, ...]:
        """Paths of documents that include each other in a circle, the first one repeated at the end; none usually."""
        includes = {
            path: [link.target for link in document.links if link.target and link.kind in ("include", "redefine")]
            for path, document in self.documents.items()
        }
        try:
            TopologicalSorter(includes).prepare()
        except CycleError as error:
            return tuple(reversed(error.args[1]))
        return ()

    def _document(self, path: str) -> Document:
        try:
            root = parse(self.files[path])
        except MessageError as error:
            raise PackageError("xml", path, why=error) from None
        expected = ns.clark(ns.XS, "schema") if path.lower().endswith(".xsd") else ns.clark(ns.WSDL, "definitions")
        if root.tag != expected:
            raise PackageError("root", path, root.sourceline or 0, found=root.tag, expected=expected)
        return Document(path, root, root.get("targetNamespace", ""), tuple(self._links(path, root)))

    def _links(self, path: str, root: etree._Element) -> Iterator[Link]:
        for node in root.iter(_WSDL_IMPORT, *_LINKS):
            kind = _LINKS.get(str(node.tag), "wsdl:import")
            written = node.get("location" if kind == "wsdl:import" else "schemaLocation", "")
            target, exact, problem = self._resolve(path, written)
            yield Link(kind, node.get("namespace", ""), written, target, exact, problem, node.sourceline or 0)

    def _resolve(self, path: str, written: str) -> tuple[str, bool, Literal["", "network", "outside", "missing"]]:
        """Where a location leads, whether it says just that, and why it leads nowhere."""
        location = unquote(written.strip()).replace("\\", "/")
        if not location:
            return "", True, ""  # an import may leave it out
        if "://" in location or location.startswith("//") or location.lower().startswith(("urn:", "file:")):
            return "", False, "network"
        steps: list[str] = []
        for step in (*PurePosixPath(path).parent.parts, *location.split("/")):
            if step == ".." and not steps:
                return "", False, "outside"
            if step == "..":
                steps.pop()
            elif step not in ("", "."):
                steps.append(step)
        if location.startswith("/") or ":" in location.split("/")[0]:
            return "", False, "outside"
        wanted = "/".join(steps)
        if wanted in self.files:
            return wanted, location == written, ""
        found = self._folded.get(wanted.lower(), "")
        return found, False, "" if found else "missing"


def from_folder(folder: Path) -> SchemaSet:
    """The schemas and WSDL files below a folder of ours, such as xsd/ of the data folder.

    Raises:
        PackageError: see ``SchemaSet``.
    """
    found = (path for kind in ("*.xsd", "*.wsdl") for path in folder.rglob(kind))
    return SchemaSet({path.relative_to(folder).as_posix(): path.read_bytes() for path in found})


def qualified(node: etree._Element, written: str) -> str:
    """A QName as it stands in an attribute of ``node``, as ``{namespace}local``; blank when blank.

    In a schema that took its namespace from who includes it, names without prefix mean that namespace.
    """
    prefix, _, local = written.strip().rpartition(":")
    if not local:
        return ""
    namespace = node.nsmap.get(prefix or None, "")
    if not namespace and not prefix:
        schema = next((each for each in (node, *node.iterancestors()) if each.get(CHAMELEON)), None)
        namespace = schema.get("targetNamespace", "") if schema is not None else ""
    return ns.clark(namespace, local) if namespace else local


def _schemas(root: etree._Element) -> list[etree._Element]:
    """A schema's root, or the schemas in ``types`` of a WSDL file."""
    schema = ns.clark(ns.XS, "schema")
    return [root] if root.tag == schema else list(root.iter(schema))


def _adopted(schema: etree._Element, namespace: str) -> etree._Element:
    copy = deepcopy(schema)
    copy.set("targetNamespace", namespace)
    copy.set(CHAMELEON, "true")
    return copy
