"""What a page is about: one version of one contract with its documents, however much is known of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from gateway.contracts.added import Source, wsdl_file
from gateway.contracts.contract import Contract, load_contract
from gateway.contracts.diff.interface import interfaces
from gateway.contracts.packageerror import PackageError
from gateway.contracts.schemaset import SchemaSet, View
from gateway.findings.finding import Text
from gateway.soap import ns

_KINDS = (".xsd", ".wsdl")
_NAME = re.compile(r"[^\W\d][\w-]*")  # of an element, and so of a file
_LABEL_END = ":"


@dataclass(frozen=True)
class Wsdl:
    """What a WSDL file says beside the messages.

    Attributes:
        path: below the package.
        revisions: its history, a line each; none when it tells none.
    """

    path: str
    namespace: str
    profile: str
    actions: tuple[str, ...]
    revisions: tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    """One version of one contract.

    Attributes:
        status: ``proposal``, ``national``, or blank when nobody has said.
        request, response: ``{namespace}local``; the response is blank for none.
        documents: of the package that it belongs to; ``folder`` tells apart those of several packages.
        view: what its service schema leads to.
        wsdl: the WSDL files with its operation.
        description: its Markdown description, blank when there is none.
        contract: with its descriptor; None for a package that has none.
    """

    name: str
    version: str
    status: str
    title: Text
    domain: str
    responder: str
    request: str
    response: str
    documents: SchemaSet = field(repr=False)
    folder: str
    view: View = field(repr=False)
    wsdl: tuple[Wsdl, ...]
    description: str = field(repr=False, default="")
    contract: Contract | None = field(repr=False, default=None)

    @property
    def key(self) -> str:
        """``Name_m.n``; the stem of its page."""
        return f"{self.name}_{self.version}"

    @cached_property
    def files(self) -> list[str]:
        """The documents that it consists of, sorted by path; the service schema leads to the others."""
        found = set(self.view.paths)
        for each in self.wsdl:
            found |= {document.path for document in self.documents.closure(each.path)}
        return sorted(found)


def of_sources(sources: list[Source]) -> Iterator[Subject]:
    """The contracts behind descriptors, ours and added ones.

    Raises:
        DataError: a descriptor or a schema is wrong.
        PackageError: a document cannot be read.
    """
    bases: dict[Path, SchemaSet] = {}
    for source in sources:
        if source.base not in bases:
            bases[source.base] = SchemaSet(_files(source.base))
        yield _described(source, bases[source.base])


def of_package(package: SchemaSet) -> Iterator[Subject]:
    """The contracts of a package without descriptors, as far as its schemas and WSDL files tell.

    Raises:
        PackageError: what is to become the name of a page is no name.
    """
    for interface in interfaces(package).values():
        if not _NAME.fullmatch(interface.name):
            raise PackageError("operation", interface.place.file, interface.place.line, name=interface.name)
        paths = sorted({binding.place.file for binding in interface.bindings})
        parts = interface.responder.split(":")
        yield Subject(
            name=interface.name,
            version=".".join(map(str, interface.version)),
            status="",
            title=Text(),
            domain=":".join(parts[2:-2]),
            responder=interface.responder,
            request=interface.request,
            response=interface.response,
            documents=package,
            folder="",
            view=interface.view,
            wsdl=tuple(_wsdl(package, path) for path in paths),
        )


def _described(source: Source, documents: SchemaSet) -> Subject:
    contract = load_contract(source.path, source.base, added=source.added)
    descriptor = contract.descriptor
    wsdl = wsdl_file(source.base, descriptor.wsdl).relative_to(source.base).as_posix()
    text = source.path.with_suffix(".md")
    return Subject(
        name=descriptor.name,
        version=descriptor.version,
        status=descriptor.status,
        title=Text(sv=descriptor.title.sv, en=descriptor.title.en),
        domain=descriptor.domain,
        responder=descriptor.responder,
        request=contract.request_tag,
        response=contract.response_tag,
        documents=documents,
        folder=source.base.name if source.added else "",
        view=documents.view(f"xsd/{descriptor.xsd}"),
        wsdl=(_wsdl(documents, wsdl),) if wsdl in documents.documents else (),
        description=text.read_text("utf-8") if text.is_file() else "",
        contract=contract,
    )


def _files(base: Path) -> Mapping[str, bytes]:
    """The documents of a base by path below it, ``xsd/…`` and ``wsdl/…``."""
    found = (path for folder in ("xsd", "wsdl") for path in sorted((base / folder).rglob("*")))
    return {path.relative_to(base).as_posix(): path.read_bytes() for path in found if path.suffix.lower() in _KINDS}


def _wsdl(documents: SchemaSet, path: str) -> Wsdl:
    document = documents.documents[path]
    actions = [str(each.get("soapAction", "")) for each in document.root.iter(ns.clark(ns.WSDL_SOAP, "operation"))]
    profile = next((part for part in document.namespace.split(":") if part.startswith("rivtabp")), "")
    told = document.root.find(ns.clark(ns.WSDL, "documentation"))
    text = "".join(map(str, told.itertext())) if told is not None else ""
    actions = [action for action in dict.fromkeys(actions) if action]
    return Wsdl(path, document.namespace, profile, tuple(actions), tuple(_revisions(text)))


def _revisions(text: str) -> Iterator[str]:
    """The lines below ``Revisioner:`` in the national form of a WSDL file's documentation."""
    inside, margin = False, 0
    for line in text.splitlines():
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        if bare.lower().startswith("revision"):
            inside, margin = True, indent
            first = bare.partition(_LABEL_END)[2].strip()
            if first:
                yield first
        elif inside and bare and indent <= margin:
            inside = False
        elif inside and bare:
            yield bare
