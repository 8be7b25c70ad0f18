"""What a package holds: its interactions, found by their WSDL files in the official layout.

The layout is that of configuration management (RIV-TA, ARK_0007): ``schemas/core_components`` and
``schemas/interactions/<Name>Interaction``, with ``docs`` beside ``schemas``; an archive may have folders above.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import NamedTuple

from lxml import etree

from gateway.contracts.packageerror import PackageError
from gateway.contracts.schemaset import Document, SchemaSet, qualified
from gateway.soap import ns

MOST_DOCUMENTS = 500  # schemas and WSDL files; the largest national domain has about a hundred
_INTERACTIONS, _SCHEMAS = "interactions", "schemas"
_VERSION = re.compile(r"_(\d+\.\d+)(?:\D|$)")
_TAG = re.compile(r"(?:ServiceContracts_)?([A-Za-z]\w*?)_(\d+\.\d+(?:\.\d+)?(?:_?RC\d+)?)", re.IGNORECASE)
_DOMAIN = re.compile(r"urn:([\w-]+):(.+):(\w+?)(Responder|Initiator)?:(\d+)(?:\.\d+)?")
_PROFILE = re.compile(r":(rivtabp2[01])$", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][\w-]*")


@dataclass(frozen=True, slots=True)
class Interaction:
    """One operation of one WSDL file: what becomes a contract.

    Attributes:
        name, version: of the contract, ``m.n``.
        version_from: where the version was read: ``file``, ``attribute``, ``wsdl`` or ``namespace``.
        domain: with colons, without ``riv:``.
        responder: namespace of request and response.
        request, response: ``{namespace}local`` of their elements.
        wsdl, xsd: paths of the WSDL file and of the service schema in the package.
        profiles: the RIV-TA profiles that the package has WSDL files for, in lower case.
        action: SOAPAction as the WSDL file has it.
        about: the documentation of the WSDL file.
    """

    name: str
    version: str
    version_from: str
    domain: str
    responder: str
    request: str
    response: str
    wsdl: str
    xsd: str
    profiles: tuple[str, ...]
    action: str
    about: str = field(repr=False, default="")

    @property
    def key(self) -> str:
        """``Name_m.n``."""
        return f"{self.name}_{self.version}"

    @property
    def order(self) -> tuple[int, ...]:
        """The version as numbers."""
        return tuple(map(int, self.version.split(".")))


class Package(NamedTuple):
    """One version of one domain.

    Attributes:
        tag: ``<domain>_<version>`` with underscores, as in ``ServiceContracts_<tag>.zip``.
        domain: with colons.
        version: of the package.
        base: path of the folder above ``schemas``, with ``/`` at its end; blank at the top.
        schemas: path of the folder ``schemas`` as it is spelled there, with ``/``.
        files: all of them, by path; paths begin with ``base``.
        documents: those below ``schemas`` as a schema set, with the same paths.
    """

    tag: str
    domain: str
    version: str
    base: str
    schemas: str
    files: dict[str, bytes]
    documents: SchemaSet
    interactions: tuple[Interaction, ...]


def packages(files: Mapping[str, bytes], name: str) -> list[Package]:
    """The packages in a folder or archive; several when it holds several domains or versions.

    Args:
        files: content by path.
        name: of the folder or archive, which may say domain and version.

    Raises:
        PackageError: no interactions, or documents that cannot be used; see ``checked``.
    """
    roots: dict[str, None] = {}
    for path in files:
        parts = path.split("/")
        folded = [part.lower() for part in parts]
        if _INTERACTIONS in folded[:-1] and folded[-1].endswith(".wsdl"):
            roots["".join(f"{part}/" for part in parts[: folded.index(_INTERACTIONS)])] = None
    if not roots:
        raise PackageError("no_interactions", name)
    bases = {root: _base(root) for root in roots}
    found = []
    for root, base in bases.items():
        inner = tuple(each for each in bases.values() if each != base and each.startswith(base))
        own = {path: files[path] for path in files if path.startswith(base) and not (inner and path.startswith(inner))}
        found.append(_package(own, root, base, name if len(roots) == 1 else ""))
    return found


def _base(schemas: str) -> str:
    """The folder above ``schemas``; a package may also begin right there."""
    *above, last = schemas.rstrip("/").split("/")
    return "".join(f"{step}/" for step in above) if last.lower() == _SCHEMAS else schemas


def _package(files: dict[str, bytes], schemas: str, base: str, name: str) -> Package:
    documents = SchemaSet({path: content for path, content in files.items() if path.startswith(schemas)})
    checked(documents)
    interactions = tuple(_interactions(documents, schemas))
    if not interactions:
        raise PackageError("no_interactions", name)
    keys: dict[str, Interaction] = {}
    for each in interactions:
        if each.key in keys:
            raise PackageError("clash", each.wsdl, contract=each.key, other=keys[each.key].wsdl)
        keys[each.key] = each
    domain = interactions[0].domain
    version = _version(base.rstrip("/").rpartition("/")[2], name, domain, interactions)
    tag = f"{domain.replace(':', '_')}_{version}"
    return Package(tag, domain, version, base, schemas, files, documents, interactions)


def checked(documents: SchemaSet) -> None:
    """Refuse links that lead nowhere or out of the package, and circles of includes.

    Raises:
        PackageError: names the document, the line and the location.
    """
    for document, link in documents.lost():
        raise PackageError(link.problem, document.path, link.line, location=link.written)
    if len(documents.documents) > MOST_DOCUMENTS:
        raise PackageError("documents", limit=MOST_DOCUMENTS)
    if circle := documents.include_cycle:
        raise PackageError("circle", circle[0], circle=" → ".join(PurePosixPath(path).name for path in circle))


def _version(folder: str, name: str, domain: str, interactions: tuple[Interaction, ...]) -> str:
    """The package's version: from the folder's or archive's name, else the highest among its contracts."""
    for each in (folder, name.removesuffix(".zip")):
        found = _TAG.fullmatch(each)
        if found and found[1].lower() == domain.replace(":", "_").lower():
            return found[2]
    return max(interactions, key=lambda each: each.order).version


def _interactions(documents: SchemaSet, schemas: str) -> Iterator[Interaction]:
    found: dict[tuple[str, str, str], list[Interaction]] = {}
    for document in documents.documents.values():
        if document.is_wsdl and document.path.lower().startswith(f"{schemas}{_INTERACTIONS}/".lower()):
            for each in _operations(document, documents):
                found.setdefault((each.name, each.version, each.responder), []).append(each)
    for same in found.values():
        profiles = sorted({profile for each in same for profile in each.profiles}, reverse=True)
        first = min(same, key=lambda each: profiles.index(each.profiles[0]))
        by_profile = [each for each in same if each.profiles == first.profiles]
        if len(by_profile) > 1:
            raise PackageError("clash", by_profile[1].wsdl, contract=first.key, other=first.wsdl)
        yield replace(first, profiles=tuple(profiles))


def _operations(wsdl: Document, documents: SchemaSet) -> Iterator[Interaction]:
    profile = _PROFILE.search(wsdl.namespace)
    if profile is None:
        return  # no interaction; others may import it
    messages = {each.get("name", ""): each for each in wsdl.root.iterchildren(ns.clark(ns.WSDL, "message"))}
    for operation in wsdl.root.iterfind(f"{ns.clark(ns.WSDL, 'portType')}/{ns.clark(ns.WSDL, 'operation')}"):
        name = operation.get("name", "")
        if not _NAME.fullmatch(name):
            raise PackageError("operation", wsdl.path, operation.sourceline or 0, name=name)
        request, response = (_body(operation, part, messages, wsdl) for part in ("input", "output"))
        responder = ns.namespace(request)
        xsd = _declaring(documents, wsdl, request, operation)
        _declaring(documents, wsdl, response, operation)
        if ns.namespace(response) != responder:
            raise PackageError("two_namespaces", wsdl.path, operation.sourceline or 0, name=name)
        version, version_from = _contract_version(xsd, documents.documents[xsd], wsdl.path, responder)
        yield Interaction(
            name=name,
            version=version,
            version_from=version_from,
            domain=_domain(responder, wsdl.path),
            responder=responder,
            request=request,
            response=response,
            wsdl=wsdl.path,
            xsd=xsd,
            profiles=(profile[1].lower(),),
            action=_action(wsdl, name),
            about=_about(wsdl),
        )


def _body(operation: etree._Element, part: str, messages: Mapping[str, etree._Element], wsdl: Document) -> str:
    """The element that a message has in Body: that of its part ``parameters``, or of its last part."""
    node = operation.find(ns.clark(ns.WSDL, part))
    message = messages.get((node.get("message", "") if node is not None else "").rpartition(":")[2])
    if message is None:
        raise PackageError("message", wsdl.path, operation.sourceline or 0, name=operation.get("name"), part=part)
    parts = [each for each in message.iterchildren(ns.clark(ns.WSDL, "part")) if each.get("element")]
    named = [each for each in parts if each.get("name") == "parameters"] or parts[-1:]
    if not named:
        raise PackageError("message", wsdl.path, message.sourceline or 0, name=operation.get("name"), part=part)
    return qualified(named[0], named[0].get("element", ""))


def _declaring(documents: SchemaSet, wsdl: Document, tag: str, operation: etree._Element) -> str:
    """Path of the schema that declares a message's element."""
    found = documents.view(wsdl.path).get("element", tag)
    if found is None or documents.documents[found.path].is_wsdl:
        raise PackageError("element", wsdl.path, operation.sourceline or 0, tag=tag)
    return found.path


def _contract_version(xsd: str, schema: Document, wsdl: str, responder: str) -> tuple[str, str]:
    """``m.n`` and where it was read; what does not begin with the namespace's major version is not believed."""
    major = responder.rpartition(":")[2].partition(".")[0]
    in_file, in_wsdl = (_VERSION.search(PurePosixPath(path).stem) for path in (xsd, wsdl))
    written = (
        ("file", in_file[1] if in_file else ""),
        ("attribute", schema.root.get("version", "")),
        ("wsdl", in_wsdl[1] if in_wsdl else ""),
    )
    for where, version in written:
        if re.fullmatch(rf"{re.escape(major)}\.\d+", version):
            return version, where
    if not major.isdigit():
        raise PackageError("namespace", wsdl, namespace=responder)
    return f"{major}.0", "namespace"


def _domain(responder: str, path: str) -> str:
    found = _DOMAIN.fullmatch(responder)
    if found is None:
        raise PackageError("namespace", path, namespace=responder)
    return found[2] if found[1] == "riv" else f"{found[1]}:{found[2]}"


def _action(wsdl: Document, operation: str) -> str:
    for node in wsdl.root.iterfind(f"{ns.clark(ns.WSDL, 'binding')}/{ns.clark(ns.WSDL, 'operation')}"):
        if node.get("name") == operation:
            bound = node.find(ns.clark(ns.WSDL_SOAP, "operation"))
            return bound.get("soapAction", "") if bound is not None else ""
    return ""


def _about(wsdl: Document) -> str:
    """Its documentation; many national files have ``xs:annotation`` in place of ``wsdl:documentation``."""
    for path in (
        ns.clark(ns.WSDL, "documentation"),
        f"{ns.clark(ns.XS, 'annotation')}/{ns.clark(ns.XS, 'documentation')}",
    ):
        node = wsdl.root.find(path)
        if node is not None:
            return " ".join("".join(str(text) for text in node.itertext()).split())
    return ""
