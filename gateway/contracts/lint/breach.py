"""What a check says, and what checks have in common."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from gateway.contracts.schemaset import Document, SchemaSet
from gateway.soap import ns

W, S, X = f"{{{ns.WSDL}}}", f"{{{ns.WSDL_SOAP}}}", f"{{{ns.XS}}}"
_VERSION = re.compile(r"_(\d+\.\d+)(?:_ext)?(?:_RIVTABP2[01])?\.(?:xsd|wsdl)$", re.IGNORECASE)
_SERVICE = re.compile(
    r"(?P<prefix>urn:[^:]+):(?P<domain>.+):(?P<interaction>\w+?)(?P<role>Responder|Initiator):(?P<number>[\d.]+)"
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that is broken.

    Attributes:
        rule: its name.
        line: in the document, 0 for the whole of it.
        found, wanted: for the rule's texts; blank where they say nothing.
        what: the name of what is meant, such as an element's.
    """

    rule: str
    line: int = 0
    found: str = ""
    wanted: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A document under its checks.

    Attributes:
        name: of the file.
        folder: the name of the folder that it stands in.
    """

    document: Document
    package: SchemaSet = field(repr=False)

    @property
    def root(self) -> etree._Element:
        """The document's root element."""
        return self.document.root

    @property
    def name(self) -> str:
        """The file's name."""
        return self.document.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The name of the folder that it stands in."""
        return self.document.path.rpartition("/")[0].rpartition("/")[2]

    @property
    def version(self) -> str:
        """The version in the file's name, ``1.0``; blank when it has none."""
        found = _VERSION.search(self.name)
        return found[1] if found else ""


Check = Callable[[Subject], Iterator[Breach]]


def service(namespace: str) -> re.Match[str] | None:
    """The parts of a service schema's namespace: ``prefix``, ``domain``, ``interaction``, ``role``, ``number``."""
    return _SERVICE.fullmatch(namespace)


def line(node: etree._Element | None) -> int:
    """Where a node stands, 0 when there is none."""
    return (node.sourceline or 0) if node is not None else 0


def differs(rule: str, node: etree._Element | None, found: object, wanted: object, what: str = "") -> Iterator[Breach]:
    """A breach when two values are not the same."""
    if found != wanted:
        yield Breach(rule, line(node), _told(found), _told(wanted), what)


def _told(value: object) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value)) or "-"
    return "-" if value in (None, "") else str(value)
