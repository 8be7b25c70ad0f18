"""What the stub producers hold: the files of fixtures/records, checked at the start and kept as bytes.

A record is cut out of its file once, so that an answer is written by joining bytes. The file's namespace
declarations stand once, on the response element, and records carry none of them: answers look as those of
real systems do, and the aggregating service can cut them by bytes too. No tree stays in memory; a person's
few records are parsed again when filters are asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from gateway.contracts.contract import Contract, Contracts
from gateway.errors import DataError
from gateway.producers.judge import breach, line
from gateway.registry.catalogue import Producer
from gateway.soap import xml

RECORDS = Path("fixtures", "records")
_NEEDED = ("source_system", "patient", "id", "time")


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one folder holds for one contract.

    Attributes:
        prefix: of the contract's namespace, among ``namespaces``.
        namespaces: prefixes that the records presuppose, with their namespaces.
        records: serialised records in the order of the file, by (source system's logical address, person id).
        result_first: whether the contract's ``result`` element stands before the records.
    """

    prefix: str
    namespaces: Mapping[str, str]
    records: Mapping[tuple[str, str], Sequence[bytes]] = field(default_factory=dict)
    result_first: bool = False

    def of(self, address: str, person: str) -> Sequence[bytes]:
        """The records that a source system has about a person; none when either is unknown."""
        return self.records.get((address, person), ())

    def some_of(self, address: str) -> Sequence[bytes]:
        """Records of a source system about anybody; none when it holds nothing."""
        return next((records for key, records in self.records.items() if key[0] == address), ())

    def declarations(self) -> str:
        """The ``xmlns`` attributes that the records presuppose, each with a blank before it."""
        return "".join(_declaration(*item) for item in self.namespaces.items())

    def parse(self, records: Sequence[bytes]) -> list[etree._Element]:
        """Records as elements."""
        start = f"<records{self.declarations()}>".encode()
        return list(etree.fromstring(b"".join((start, *records, b"</records>")), xml.parser()))

    def serialise(self, record: etree._Element) -> bytes:
        """A record as UTF-8, without the declarations that the response element has."""
        whole = etree.tostring(record, encoding="utf-8", xml_declaration=False, with_tail=False)
        tag, end, rest = whole.partition(b">")
        for item in self.namespaces.items():
            tag = tag.replace(_declaration(*item).encode(), b"")
        return tag + end + rest


def _declaration(prefix: str, namespace: str) -> str:
    return f" xmlns:{prefix}={quoteattr(namespace)}"


class Holdings(dict[tuple[str, str], Shelf]):
    """Every shelf, by (folder below fixtures/records, responder namespace)."""

    def has(self, folder: str, contract: Contract) -> bool:
        """Whether a folder has a file for a contract."""
        return (folder, contract.descriptor.responder) in self

    def shelf(self, folder: str, contract: Contract) -> Shelf:
        """The shelf of a folder for a contract, an empty one when there is no file."""
        responder = contract.descriptor.responder
        return self.get((folder, responder)) or Shelf("ns0", {"ns0": responder})


def load(root: Path, contracts: Contracts, producers: Sequence[Producer]) -> Holdings:
    """Read and check the files of every producer that names a folder.

    Raises:
        DataError: a folder is missing, or a file is not what its contract says; names file, line and what
            was expected.
    """
    addresses: dict[str, set[str]] = {}
    for producer in producers:
        if producer.records:
            addresses.setdefault(producer.records, set()).add(producer.logical_address)
    known = {f"{contract.key}.xml": contract for contract in contracts.aggregated()}
    holdings = Holdings()
    for name, owners in addresses.items():
        folder = root / RECORDS / name
        if not folder.is_dir():
            raise DataError(folder, 0, f"expected a folder with the records of {', '.join(sorted(owners))}")
        for path in sorted(folder.glob("*.xml")):
            contract = known.get(path.name)
            if contract is None:
                raise DataError(path, 0, f"belongs to no contract, expected one of {', '.join(known)}")
            holdings[name, contract.descriptor.responder] = _shelf(path, contract, owners)
    return holdings


def _shelf(path: Path, contract: Contract, owners: set[str]) -> Shelf:
    root = _read(path, contract)
    prefix, namespaces = _prefixes(path, root)
    first = next(root.iterchildren("*"), None)
    found: dict[tuple[str, str], list[bytes]] = {}
    shelf = Shelf(prefix, namespaces, found, first is not None and first.tag == contract.result_tag)
    lines: dict[tuple[str, str], int] = {}
    for record in root.iterchildren(contract.record_tag):
        at = line(record)
        _prefixes(path, record)
        address, person, identity, _ = (_text(path, record, contract, name) for name in _NEEDED)
        if address not in owners:
            owner = " or ".join(sorted(owners))
            raise DataError(path, at, f"a record of the source system {address}, expected {owner}")
        if identity and (earlier := lines.get((address, identity))):
            raise DataError(path, at, f"the record id {identity} is already used on line {earlier}")
        lines[address, identity] = at
        found.setdefault((address, person), []).append(shelf.serialise(record))
    return shelf


def _prefixes(path: Path, element: etree._Element) -> tuple[str, dict[str, str]]:
    """The element's prefix, and the namespaces in scope by prefix."""
    found = {prefix: uri for prefix, uri in element.nsmap.items() if prefix is not None}
    if element.prefix is None or len(found) < len(element.nsmap):
        # The aggregating service joins records of several answers; a default namespace could not survive.
        raise DataError(path, line(element), "expected prefixes only, found a default namespace")
    return element.prefix, found


def _read(path: Path, contract: Contract) -> etree._Element:
    try:
        root = etree.fromstring(path.read_bytes(), xml.parser())
    except OSError as error:
        raise DataError(path, 0, f"cannot be read: {error}") from None
    except etree.XMLSyntaxError as error:
        raise DataError(path, error.lineno or 0, f"expected well-formed XML: {error.msg}") from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise DataError(path, 0, "expected no document type declaration (DOCTYPE)")
    if root.tag != contract.response_tag:
        raise DataError(path, line(root), f"expected the element {contract.response_tag}, found {root.tag}")
    if found := breach(contract, root):
        raise DataError(path, found.line, f"breaks the schema of {contract.key} at {found.path}: {found.why}")
    return root


def _text(path: Path, record: etree._Element, contract: Contract, name: str) -> str:
    """What stands there; blank when the contract has no such place."""
    if not contract.record[name]:
        return ""
    text = record.findtext(contract.record[name])
    if not text:
        place = getattr(contract.descriptor.record, name)
        raise DataError(path, line(record), f"expected a value at {place} of the record")
    return text
