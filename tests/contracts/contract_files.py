"""The contract files of the project, read once for the tests in this folder."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True)
class ContractFile:
    """One WSDL or XSD file: where it is and what it says."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> "ContractFile":
        return cls(path, path.read_text(encoding="utf-8"))

    @cached_property
    def root(self) -> etree._Element:
        return etree.fromstring(self.text.encode("utf-8"))

    @property
    def name(self) -> str:
        return self.path.name

    def changed(self, old: str, new: str) -> "ContractFile":
        """The file with one text replaced everywhere; the text must be there."""
        assert old in self.text, f"{old!r} is not in {self.name}"
        return ContractFile(self.path, self.text.replace(old, new))

    def renamed(self, name: str) -> "ContractFile":
        return ContractFile(self.path.with_name(name), self.text)


def wsdl_files() -> list[ContractFile]:
    return [ContractFile.read(path) for path in sorted((ROOT / "wsdl").glob("*.wsdl"))]


def responder_files() -> list[ContractFile]:
    return [ContractFile.read(path) for path in sorted((ROOT / "xsd" / "interactions").rglob("*.xsd"))]


def domain_files() -> list[ContractFile]:
    return [ContractFile.read(path) for path in sorted((ROOT / "xsd" / "core_components").rglob("*.xsd"))]


def descriptors() -> list[dict[str, Any]]:
    return [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "contracts").glob("*.toml"))]


def qname(element: etree._Element, attribute: str) -> str:
    """The attribute's prefixed name as ``{namespace}local``, or an empty string where it is absent."""
    value = element.get(attribute)
    if value is None:
        return ""
    prefix, _, local = value.rpartition(":")
    return f"{{{element.nsmap.get(prefix or None, '')}}}{local}"
