"""Contracts as an official package, ``ServiceContracts_<domain>_<version>.zip``, the same bytes whenever and wherever.

Layout after configuration management (RIV-TA, ARK_0007): schemas, docs, test-suite with samples and constraints.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from lxml import etree

from gateway.contracts.added import Source, wsdl_file
from gateway.contracts.contract import Contract, load_contract
from gateway.contracts.instance import Builder, InstanceError
from gateway.contracts.packages.corrections import rewritten
from gateway.contracts.schemaset import Document, SchemaSet

_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can tell
_READABLE: Final = 0o100644 << 16  # a regular file, rw-r--r--
_UNIX: Final = 3
_CORE, _INTERACTIONS = "schemas/core_components", "schemas/interactions"


def files(root: Path, sources: Iterable[Source]) -> dict[str, bytes]:
    """The package's files by path.

    Args:
        root: the data folder.
        sources: the descriptors to export, all of one domain.

    Raises:
        DataError, PackageError: a contract's files are wrong.
    """
    found: dict[str, bytes] = {}
    for source in sources:
        contract = load_contract(source.path, source.base, added=source.added)
        found |= _schemas(source, contract)
        found |= _beside(root, source, contract)
    return found


def archive(content: dict[str, bytes]) -> bytes:
    """A zip file whose bytes depend on nothing but names and contents: not compressed, since zlibs differ."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as target:
        for path in sorted(content):
            member = zipfile.ZipInfo(path, _TIME)
            member.create_system, member.external_attr = _UNIX, _READABLE
            target.writestr(member, content[path])
    return whole.getvalue()


def name(domain: str, version: str) -> str:
    """The archive's official name."""
    return f"ServiceContracts_{domain.replace(':', '_')}_{version}.zip"


def _schemas(source: Source, contract: Contract) -> dict[str, bytes]:
    """WSDL and schemas at their official places, with locations that lead there."""
    start = wsdl_file(source.base, contract.descriptor.wsdl).resolve().relative_to(source.base.resolve()).as_posix()
    documents = SchemaSet({
        path.relative_to(source.base).as_posix(): path.read_bytes()
        for folder in ("wsdl", "xsd")
        for kind in ("*.wsdl", "*.xsd")
        for path in (source.base / folder).rglob(kind)
    })  # fmt: skip
    found = {}
    own = f"{_INTERACTIONS}/{contract.descriptor.name}Interaction"
    closure = documents.closure(start)
    places = {document.path: _place(document, own) for document in closure}
    for document in closure:
        targets = {link.written: places[link.target] for link in document.links if link.target}
        here = posixpath.dirname(places[document.path])
        found[places[document.path]] = rewritten(
            document,
            documents.files[document.path],
            lambda written, known=targets, at=here: (  # type: ignore[misc]
                posixpath.relpath(known[written], at) if written in known else written
            ),
        )
    return found


def _place(document: Document, own: str) -> str:
    """Where a document belongs: with its interaction, or among what interactions share."""
    file = posixpath.basename(document.path)
    shared = "core_components" in document.path.lower().split("/")
    return f"{_CORE if shared else own}/{file}"


def _beside(root: Path, source: Source, contract: Contract) -> dict[str, bytes]:
    """Documentation, samples and constraints; an added package brings its own."""
    descriptor = contract.descriptor
    kept = source.base / "files"
    if source.added and kept.is_dir():
        return {path.relative_to(kept).as_posix(): path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    found: dict[str, bytes] = {}
    text = source.path.with_suffix(".md")
    if text.is_file():
        found[f"docs/{contract.key}.md"] = text.read_bytes()
    suite = f"test-suite/{descriptor.name}"
    for ending in (".sch", ".toml"):
        rules = source.base / "contracts" / "rules" / f"{contract.key}{ending}"
        if rules.is_file():
            found[f"{suite}/constraints{ending}"] = rules.read_bytes()
    for part, data in _samples(root, source, contract).items():
        found[f"{suite}/samples/{part}.xml"] = data
    return found


def _samples(root: Path, source: Source, contract: Contract) -> dict[str, bytes]:
    """The project's sample messages; where one is missing, the smallest that the schema allows."""
    kept = root / "fixtures" / "messages"
    found = {
        path.stem: path.read_bytes() for path in kept.glob(f"{contract.key}_re*.xml")
    }  # fmt: skip
    xsd = source.base / "xsd"
    documents = SchemaSet({path.relative_to(xsd).as_posix(): path.read_bytes() for path in xsd.rglob("*.xsd")})
    builder = Builder(documents.view(contract.xsd.relative_to(xsd).as_posix()))
    for part, tag in (("request", contract.request_tag), ("response", contract.response_tag)):
        name = f"{contract.key}_{part}"
        if name in found:
            continue
        with suppress(InstanceError):
            message = builder.build(tag)
            found[name] = etree.tostring(message, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return found
