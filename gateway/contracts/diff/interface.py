"""The contracts that a package defines, read from its WSDL files, or from its service schemas where there are none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from gateway.contracts.diff.shape import Place
from gateway.contracts.schemaset import Document, SchemaSet, View, qualified
from gateway.soap import ns

_W, _S, _X = f"{{{ns.WSDL}}}", f"{{{ns.WSDL_SOAP}}}", f"{{{ns.XS}}}"
_VERSION = re.compile(r"_(\d+)\.(\d+)(?:_|\.)")
_NUMBER = re.compile(r":(\d+)(?:\.\d+)?(?=:|$)")
_RESPONDER = "Responder"


@dataclass(frozen=True, slots=True)
class Binding:
    """How one profile carries an operation.

    Attributes:
        profile: ``rivtabp21``; blank when the namespace names none.
        headers: elements in the SOAP header of the request.
    """

    profile: str
    soap_action: str
    headers: frozenset[str]
    place: Place


@dataclass(frozen=True, slots=True)
class Interface:
    """One version of one contract.

    Attributes:
        name: of the operation and of the request's element.
        responder: its namespace.
        version: major and minor; the minor one is 0 when the package does not tell it.
        request, response: ``{namespace}local``; the response is blank for none.
        view: the documents behind it.
        place: of the service schema.
    """

    name: str
    responder: str
    version: tuple[int, int]
    request: str
    response: str
    view: View = field(repr=False)
    place: Place
    bindings: tuple[Binding, ...] = ()

    @property
    def title(self) -> str:
        """``Name 1.0``."""
        return f"{self.name} {self.version[0]}.{self.version[1]}"


def interfaces(package: SchemaSet) -> dict[str, Interface]:
    """The contracts of a package by name and major version, ``Name 1``; of several minor versions the highest."""
    found: dict[str, Interface] = {}
    for document in package.documents.values():
        for interface in _of_wsdl(package, document) if document.is_wsdl else ():
            _keep(found, interface)
    known = {interface.request for interface in found.values()}
    for document in package.documents.values():
        for interface in () if document.is_wsdl else _of_schema(package, document):
            if interface.request not in known:
                _keep(found, interface)
    return dict(sorted(found.items()))


def _keep(found: dict[str, Interface], interface: Interface) -> None:
    key = f"{interface.name} {interface.version[0]}"
    other = found.get(key)
    if other is None or other.version < interface.version:
        found[key] = interface
    elif other.version == interface.version and interface.bindings:  # BP 2.0 and BP 2.1, a file for each
        bindings = sorted({*other.bindings, *interface.bindings}, key=lambda each: each.profile)
        found[key] = Interface(
            other.name, other.responder, other.version, other.request, other.response, other.view, other.place,
            tuple(bindings),
        )  # fmt: skip


def stem(namespace: str) -> str:
    """A namespace without its version, so that two versions of it are alike."""
    return _NUMBER.sub(":*", namespace)


def _of_wsdl(package: SchemaSet, document: Document) -> Iterator[Interface]:
    root = document.root
    parts = {
        message.get("name", ""): {
            part.get("name", ""): qualified(part, part.get("element", "")) for part in message.iterchildren(_W + "part")
        }
        for message in root.iterchildren(_W + "message")
    }
    view = package.view(document.path)
    for operation in root.iterfind(f"{_W}portType/{_W}operation"):
        bindings = tuple(_bindings(document, operation.get("name", ""), parts))
        headers = {header for binding in bindings for header in binding.headers}
        bodies = [_body(operation.find(_W + kind), parts, headers) for kind in ("input", "output")]
        if bodies[0]:
            yield _interface(package, view, document, bodies[0], bodies[1], bindings)


def _body(node: etree._Element | None, parts: dict[str, dict[str, str]], headers: set[str]) -> str:
    if node is None:
        return ""
    found = [tag for tag in parts.get(ns.local(qualified(node, node.get("message", ""))), {}).values() if tag]
    body = [tag for tag in found if tag not in headers]
    return (body or found or [""])[-1]


def _bindings(document: Document, operation: str, parts: dict[str, dict[str, str]]) -> Iterator[Binding]:
    for binding in document.root.iterchildren(_W + "binding"):
        for node in binding.iterchildren(_W + "operation"):
            if node.get("name") != operation:
                continue
            soap = node.find(_S + "operation")
            headers = frozenset(
                parts.get(ns.local(qualified(header, header.get("message", ""))), {}).get(header.get("part", ""), "")
                for header in node.iterfind(f"{_W}input/{_S}header")
            )
            profile = next((part for part in document.namespace.split(":") if part.startswith("rivtabp")), "")
            action = soap.get("soapAction", "") if soap is not None else ""
            yield Binding(profile, action, headers - {""}, Place(document.path, node.sourceline or 0))


def _of_schema(package: SchemaSet, document: Document) -> Iterator[Interface]:
    """A service schema declares ``X`` and ``XResponse`` in the namespace of a responder."""
    if _RESPONDER not in document.namespace:
        return
    tags = [ns.clark(document.namespace, node.get("name", "")) for node in document.root.iterchildren(_X + "element")]
    for tag in tags:
        answer = f"{tag}Response"
        if not tag.endswith("Response") and f":{ns.local(tag)}{_RESPONDER}" in document.namespace:
            view = package.view(document.path)
            yield _interface(package, view, document, tag, answer if answer in tags else "", ())


def _interface(
    package: SchemaSet, view: View, document: Document, request: str, response: str, bindings: tuple[Binding, ...]
) -> Interface:
    component = view.get("element", request)
    schema = package.documents[component.path] if component else document
    responder = ns.namespace(request)
    place = Place(schema.path, component.node.sourceline or 0 if component else 0)
    return Interface(ns.local(request), responder, _version(schema, document), request, response, view, place, bindings)


def _version(schema: Document, document: Document) -> tuple[int, int]:
    """By the schema's ``version``, else by the file names, else by the namespace."""
    if found := re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", schema.root.get("version", "").strip()):
        return int(found[1]), int(found[2])
    for path in (schema.path, document.path):
        if named := _VERSION.search(path):
            return int(named[1]), int(named[2])
    numbers = _NUMBER.findall(schema.namespace)
    return (int(numbers[-1]) if numbers else 1), 0
