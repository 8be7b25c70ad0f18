"""The WSDL and schema files of wsdl/ and xsd/ as documents that can be served: every address in them leads back.

Files are read once, with a mark where an address belongs, so that serving one is a join of bytes. Only what a WSDL file
reaches by its own imports and includes becomes part of the library.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote

from lxml import etree

from gateway.errors import DataError
from gateway.http.wsdljson import addresses
from gateway.soap import ns

_MARK = f"{ns.GATEWAY}:here"
_SCHEMA_LINKS = {ns.clark(ns.XS, name) for name in ("import", "include", "redefine", "override")}
_WSDL_IMPORT = ns.clark(ns.WSDL, "import")
_ADDRESSES = {ns.clark(uri, "address") for uri in (ns.WSDL_SOAP, "http://schemas.xmlsoap.org/wsdl/soap12/")}
_ABSOLUTE = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
_BEFORE_XML = 9  # bytes of a byte order mark or white space that may stand before <?xml, as the national platform says
_FOLDERS, _ADDED, _MORE = ("wsdl", "xsd"), "added", "more"  # what the keys of their files begin with


@dataclass(frozen=True, slots=True)
class Document:
    """A WSDL or schema file.

    Attributes:
        key: its path below the data folder, ``xsd/core_components/…``.
        parts: its bytes, cut where the service's own address belongs.
        links: the files it names, each with the location as written.
    """

    key: str
    parts: tuple[bytes, ...]
    links: tuple[tuple[str, Path], ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One interaction: its WSDL and every document below it, by key and by location as written."""

    path: str
    wsdl: Document
    documents: dict[str, Document] = field(repr=False)


class Library:
    """The interactions that have a WSDL file in wsdl/, by path in lower case.

    Attributes:
        services: by ``<domain>/<service>/<major>/<profile>``; with ``short`` also by ``<service>/<major>/<profile>``.
    """

    def __init__(
        self,
        root: Path,
        *,
        national: bool,
        directory: str = "",
        addresses_file: str = "",
        packages: Iterable[Path] = (),
    ) -> None:
        """Read ``root/wsdl/*.wsdl`` and all that these import.

        Args:
            root: the data folder.
            national: write the locations of schemas as the files have them; otherwise in a form that is unambiguous.
            directory: a folder with more of them, with all that they import; they count before those in ``root``.
            packages: folders of added packages; of two minor versions the newer one counts.
            addresses_file: gives files in these folders other addresses, see ``gateway.http.wsdljson``.

        Raises:
            DataError: a file is not well-formed, or names one that is missing or outside these folders.
        """
        self._national = national
        self._folders = {name: (root / name).resolve() for name in _FOLDERS}
        added = {f"{_ADDED}/{base.name}": (base / "xsd").resolve() for base in packages}
        self._folders |= added
        if directory:
            self._folders[_MORE] = _existing(Path(directory)).resolve()
        self._read: dict[Path, Document] = {}
        self.services: dict[str, Service] = {}
        shortened: dict[str, list[Service]] = {}
        order: dict[str, list[int]] = {}
        for name in ("wsdl", *added, _MORE):
            for path in sorted(self._files(name), key=_in_order):
                if service := self._service(path.resolve()):
                    key, version = service.path.lower(), _in_order(path)[1]
                    if name not in added or version > order.get(key, []):
                        self.services[key], order[key] = service, version  # of two minor versions the newer counts
        if addresses_file:
            self._readdress(Path(addresses_file))
        for service in self.services.values():
            shortened.setdefault("/".join(service.path.lower().split("/")[-3:]), []).append(service)
        self.short = {path: found[0] for path, found in shortened.items() if len(found) == 1}

    def _files(self, name: str) -> Iterable[Path]:
        return self._folders[name].rglob("*.wsdl") if name in self._folders else ()

    def _readdress(self, path: Path) -> None:
        """A contract that the file names has the addresses given there, and no other."""
        found = list(addresses(path))
        begins = tuple(address.usual for address in found)
        self.services = {key: service for key, service in self.services.items() if not key.startswith(begins)}
        for address in found:
            if not any(address.file.is_relative_to(folder) for folder in self._folders.values()):
                raise DataError(path, 0, f"{address.file} is neither below wsdl/ nor below wsdl_directory")
            service = self._service(address.file)
            if service is None:
                raise DataError(address.file, 0, "its targetNamespace names no interaction (…:rivtabp21)")
            self.services[address.path] = replace(service, path=address.path)

    def _service(self, path: Path) -> Service | None:
        tree = _parse(path)
        namespace = tree.getroot().get("targetNamespace", "")
        if "rivtabp" not in namespace.lower():
            return None  # no interaction; others may import it
        wsdl = self._document(path, tree)
        documents: dict[str, Document] = {}
        waiting = [wsdl]
        while waiting:
            document = waiting.pop(0)
            documents[document.key] = document
            for written, target in document.links:
                found = self._document(target)
                documents.setdefault(unquote(written), found)  # as a query has it when it is read
                if found.key not in documents:
                    waiting.append(found)
        return Service(namespace.removeprefix("urn:").removeprefix("riv:").replace(":", "/"), wsdl, documents)

    def _document(self, path: Path, tree: "etree._ElementTree | None" = None) -> Document:
        found = self._read.get(path)
        if found is None:
            tree = tree or _parse(path)
            links = tuple(self._point_here(tree, path))
            body = etree.tostring(tree, encoding="UTF-8", xml_declaration=True)
            parts = tuple(body.split(_MARK.encode()))
            found = self._read[path] = Document(self._key(path), parts, links)
        return found

    def _key(self, path: Path) -> str:
        """``xsd/…`` or ``wsdl/…``, also where those folders are links to others."""
        for name, folder in self._folders.items():
            if path.is_relative_to(folder):
                return f"{name}/{path.relative_to(folder).as_posix()}"
        return path.name

    def _point_here(self, tree: "etree._ElementTree", path: Path) -> Iterator[tuple[str, Path]]:
        """Put the mark into every address of the service and every location of another file; the latter are told."""
        for element in tree.iter("*"):
            if element.tag in _ADDRESSES:
                element.set("location", _MARK)
                continue
            name = "location" if element.tag == _WSDL_IMPORT else "schemaLocation"
            written = element.get(name, "") if element.tag == _WSDL_IMPORT or element.tag in _SCHEMA_LINKS else ""
            if not written or _ABSOLUTE.match(written):
                continue
            target = (path.parent / unquote(written)).resolve()
            if not any(target.is_relative_to(folder) for folder in self._folders.values()) or not target.is_file():
                problem = f"{name} {written} leads to no file in wsdl/ or xsd/"
                raise DataError(path, element.sourceline or 0, problem)
            query = "wsdl" if element.tag == _WSDL_IMPORT else "xsd"
            location = written if self._national and query == "xsd" else quote(self._key(target))
            element.set(name, f"{_MARK}?{query}={location}")
            yield written, target


def _existing(directory: Path) -> Path:
    if not directory.is_dir():
        raise DataError(directory, 0, "no such folder (the setting wsdl_directory)")
    return directory


def _parse(path: Path) -> "etree._ElementTree":
    data = path.read_bytes()
    start = data.find(b"<?xml", 0, _BEFORE_XML + len(b"<?xml"))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data[max(start, 0) :], parser)
    except etree.XMLSyntaxError as error:
        raise DataError(path, error.lineno or 0, f"expected well-formed XML: {error.msg}") from None
    return root.getroottree()


def _in_order(path: Path) -> tuple[str, list[int]]:
    """By name, numbers by their size: 1.10 after 1.9."""
    return re.sub(r"\d+", "", path.stem), [int(number) for number in re.findall(r"\d+", path.stem)]
