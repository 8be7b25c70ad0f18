"""The rules of RIV-TA Service Schema and Domain Schema 2.1."""

import re
from collections.abc import Iterator

from lxml import etree

from gateway.contracts.lint import common
from gateway.contracts.lint.breach import Breach, Check, Subject, X, differs, line, service

_ANY = {"namespace": "##other", "processContents": "lax", "minOccurs": "0", "maxOccurs": "unbounded"}
_ASCII_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_DOMAIN = re.compile(r"(?P<prefix>urn:[^:]+):(?P<domain>.+?)(?P<enums>:enums)?:(?P<number>\d+(?:\.\d+)?)")
_EXTENSION = re.compile(r"urn:.+:(\d+)\.(\d+)")
_RESULT_CODES = {"OK", "INFO", "ERROR"}


def venetian_blind(subject: Subject) -> Iterator[Breach]:
    """Service Schema #1."""
    rule, root = "xsd-venetian-blind", subject.root
    for inner in root.iter(X + "complexType", X + "simpleType"):
        above = inner.getparent()
        if above is not root and above is not None and above.tag in (X + "element", X + "attribute"):
            yield Breach(rule, line(inner), "anonymous type", "named type", above.get("name", ""))
    for element in root.iter(X + "element"):
        reference = element.get("ref", "")
        if reference and not _is_extension(element, reference):
            yield Breach(rule, line(element), f'ref="{reference}"', "type", reference)
    for other in root.iterchildren(X + "group", X + "attributeGroup", X + "attribute"):
        yield Breach(rule, line(other), f"global {etree.QName(other).localname}", "global type", other.get("name", ""))


def _is_extension(node: etree._Element, reference: str) -> bool:
    """A minor version refers to the roots of its extension schema (#9)."""
    namespace = node.nsmap.get(reference.rpartition(":")[0] or None, "")
    return _EXTENSION.fullmatch(namespace) is not None


def form_defaults(subject: Subject) -> Iterator[Breach]:
    """#6."""
    root = subject.root
    for name, wanted in (("elementFormDefault", "qualified"), ("attributeFormDefault", "unqualified")):
        yield from differs("xsd-form-defaults", root, root.get(name), wanted, name)


def version_attribute(subject: Subject) -> Iterator[Breach]:
    """#7."""
    if subject.version:
        yield from differs("xsd-version-attribute", subject.root, subject.root.get("version"), subject.version)


def any_last(subject: Subject) -> Iterator[Breach]:
    """#8."""
    for node in subject.root.iter(X + "complexType"):
        if node.find(X + "simpleContent") is not None:
            continue
        holder = node.find(f"{X}complexContent/{X}extension")
        sequence = (node if holder is None else holder).find(X + "sequence")
        last = sequence[-1] if sequence is not None and len(sequence) else None
        if last is None or last.tag != X + "any" or {name: last.get(name) for name in _ANY} != _ANY:
            yield Breach("xsd-any-last", line(node), what=node.get("name", "-"))


def extensions(subject: Subject) -> Iterator[Breach]:
    """#9: what a minor version adds is optional, refers to its extension schema and stands before xs:any."""
    rule, root = "xsd-extension", subject.root
    first = subject.version.endswith(".0")
    if first and subject.name.endswith("_ext.xsd"):
        yield Breach(rule, 1, subject.name, "_m.1_ext.xsd")
    for element in root.iter(X + "element"):
        if subject.name.endswith("_ext.xsd") or not _is_extension(element, element.get("ref", "")):
            continue  # what an extension schema makes of its own elements is its own affair
        if element.get("minOccurs") != "0":
            yield Breach(rule, line(element), f'minOccurs="{element.get("minOccurs", "1")}"', 'minOccurs="0"',
                         element.get("ref", ""))  # fmt: skip
        later = [each for each in element.itersiblings(X + "*") if not each.get("ref")]
        if [each.tag for each in later] != [X + "any"]:
            yield Breach(rule, line(element), "-", "xs:any", element.get("ref", ""))


def no_national_characters(subject: Subject) -> Iterator[Breach]:
    """#10."""
    for named in subject.root.iter(X + "element", X + "attribute", X + "complexType", X + "simpleType"):
        if named.get("name") and not _ASCII_NAME.fullmatch(named.get("name", "")):
            yield Breach("xsd-ascii-names", line(named), what=named.get("name", ""))
    for value in subject.root.iter(X + "enumeration"):
        if not value.get("value", "").isascii():
            yield Breach("xsd-ascii-names", line(value), what=value.get("value", ""))


def result_codes(subject: Subject) -> Iterator[Breach]:
    """#11."""
    for code in subject.root.iterfind(f"{X}simpleType[@name='ResultCodeEnum']/{X}restriction"):
        yield from differs("xsd-result-codes", code, {value.get("value", "") for value in code}, _RESULT_CODES)


def service_names(subject: Subject) -> Iterator[Breach]:
    """#2 and #3 of a service schema."""
    found = service(subject.document.namespace)
    if found is None:
        return
    extension = "." in found["number"]
    stem = f"{found['interaction']}{found['role']}_{subject.version or 'm.n'}{'_ext' if extension else ''}"
    yield from differs("xsd-service-file-name", None, subject.name, f"{stem}.xsd")
    wanted = subject.version if extension else subject.version.partition(".")[0]
    if subject.version:
        yield from differs("xsd-service-namespace", subject.root, found["number"], wanted, subject.document.namespace)
    yield from differs("xsd-service-folder", None, subject.folder, f"{found['interaction']}Interaction")


def roots(subject: Subject) -> Iterator[Breach]:
    """#4 and #5."""
    found = service(subject.document.namespace)
    if found is None or "." in found["number"]:
        return
    interaction = found["interaction"]
    elements = list(subject.root.iterchildren(X + "element"))
    names = [element.get("name", "") for element in elements]
    if set(names) != {interaction, f"{interaction}Response"}:
        yield from differs("xsd-root-elements", subject.root, names, [interaction, f"{interaction}Response"])
    for element in elements:
        name, written = element.get("name", ""), element.get("type", "").rpartition(":")[2]
        rule = "xsd-response-type" if name.endswith("Response") else "xsd-request-type"
        if name in (interaction, f"{interaction}Response"):
            yield from differs(rule, element, written, f"{name}Type", name)


def domain_names(subject: Subject) -> Iterator[Breach]:
    """Domain Schema 2.1: file name and namespace."""
    if service(subject.document.namespace) is not None:
        return
    found = _DOMAIN.fullmatch(subject.document.namespace)
    if found is None:
        yield Breach(
            "xsd-domain-namespace", line(subject.root), subject.document.namespace or "-", "urn:riv:<domain>:m"
        )
        return
    extension = "." in found["number"]
    middle = "_enum" if found["enums"] else ""
    stem = f"{found['domain'].replace(':', '_')}{middle}_{subject.version or 'm.n'}{'_ext' if extension else ''}"
    yield from differs("xsd-domain-file-name", None, subject.name, f"{stem}.xsd")
    wanted = subject.version if extension else subject.version.partition(".")[0]
    if subject.version:
        yield from differs("xsd-domain-namespace", subject.root, found["number"], wanted, subject.document.namespace)


CHECKS: tuple[Check, ...] = (
    common.encoding, common.links, venetian_blind, form_defaults, version_attribute, any_last, extensions,
    no_national_characters, result_codes, service_names, roots, domain_names,
)  # fmt: skip


def check(subject: Subject) -> Iterator[Breach]:
    """All rules for a schema."""
    for each in CHECKS:
        yield from each(subject)
