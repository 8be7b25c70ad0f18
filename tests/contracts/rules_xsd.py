"""The rules of Tjänsteschema 2.1 and Domänschema 2.1, each with a change that breaks it."""

import re
from collections.abc import Iterator

from contract_files import XS, ContractFile
from lxml import etree
from rules_common import Rule, differs, encoding, imports_resolve

ANY = {"namespace": "##other", "processContents": "lax", "minOccurs": "0", "maxOccurs": "unbounded"}
ASCII_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
SERVICE_NAMESPACE = re.compile(
    r"urn:riv:(?P<domain>.+):(?P<interaction>\w+?)(?P<role>Responder|Initiator):(?P<major>\d+)"
)
DOMAIN_NAMESPACE = re.compile(r"urn:riv:(?P<domain>.+?)(?P<enums>:enums)?:(?P<major>\d+)")


def service(file: ContractFile) -> re.Match[str]:
    found = SERVICE_NAMESPACE.fullmatch(file.root.get("targetNamespace", ""))
    assert found, f"{file.name} has no service namespace"
    return found


def version(file: ContractFile) -> str:
    """The version in the file name, m.n."""
    found = re.search(r"_(\d+\.\d+)(_ext)?\.xsd$", file.name)
    return found[1] if found else ""


def venetian_blind(file: ContractFile) -> Iterator[str]:
    for anonymous in file.root.iter(f"{XS}complexType", f"{XS}simpleType"):
        if anonymous.getparent() is not file.root:
            yield f"anonymous type in {anonymous.getparent().get('name')}"
    for element in file.root.iter(f"{XS}element"):
        if element.get("ref") and not re.match(r"m\d+:", element.get("ref", "")):  # m1: is the alias of an extension
            yield f"reference to {element.get('ref')}"
    for other in file.root.iterchildren(f"{XS}group", f"{XS}attributeGroup", f"{XS}attribute"):
        yield f"global {etree.QName(other).localname} {other.get('name')}"


def service_file_name(file: ContractFile) -> Iterator[str]:
    s = service(file)
    yield from differs("file name", file.name, f"{s['interaction']}{s['role']}_{file.root.get('version')}.xsd")
    yield from differs("folder", file.path.parent.name, f"{s['interaction']}Interaction")


def service_namespace(file: ContractFile) -> Iterator[str]:
    found = SERVICE_NAMESPACE.fullmatch(file.root.get("targetNamespace", ""))
    if not found:
        yield f"targetNamespace {file.root.get('targetNamespace')}"
        return
    yield from differs("major version", found["major"], version(file).partition(".")[0])
    yield from differs("interaction", found["interaction"], file.path.parent.name.removesuffix("Interaction"))


def root_elements(file: ContractFile) -> Iterator[str]:
    interaction = service(file)["interaction"]
    found = [element.get("name") for element in file.root.iterchildren(f"{XS}element")]
    yield from differs("root elements", found, [interaction, f"{interaction}Response"])


def root_types(file: ContractFile) -> Iterator[str]:
    for element in file.root.iterchildren(f"{XS}element"):
        yield from differs(f"type of {element.get('name')}", element.get("type"), f"tns:{element.get('name')}Type")


def form_defaults(file: ContractFile) -> Iterator[str]:
    found = (file.root.get("elementFormDefault"), file.root.get("attributeFormDefault"))
    yield from differs("form defaults", found, ("qualified", "unqualified"))


def version_attribute(file: ContractFile) -> Iterator[str]:
    yield from differs("version", file.root.get("version"), version(file))


def any_last(file: ContractFile) -> Iterator[str]:
    for complex_type in file.root.iter(f"{XS}complexType"):
        sequence = complex_type.find(f"{XS}sequence")
        last = sequence[-1] if sequence is not None and len(sequence) else None
        if last is None or last.tag != f"{XS}any" or dict(last.attrib) != ANY:
            yield complex_type.get("name", "anonymous")


def no_extension_in_first_minor(file: ContractFile) -> Iterator[str]:
    """A first minor version has nothing to extend; extension schemas belong to m.1 and later."""
    if not version(file).endswith(".0"):
        return
    if file.name.endswith("_ext.xsd"):
        yield "an extension schema of a first minor version"
    for imported in file.root.iter(f"{XS}import"):
        if re.fullmatch(r"urn:riv:.+:\d+\.\d+", imported.get("namespace", "")):
            yield f"imports the extension {imported.get('namespace')}"


def no_national_characters(file: ContractFile) -> Iterator[str]:
    for named in file.root.iter(f"{XS}element", f"{XS}attribute", f"{XS}complexType", f"{XS}simpleType"):
        if named.get("name") and not ASCII_NAME.fullmatch(named.get("name", "")):
            yield f"name {named.get('name')}"
    for value in file.root.iter(f"{XS}enumeration"):
        if not value.get("value", "").isascii():
            yield f"code {value.get('value')}"


def result_codes(file: ContractFile) -> Iterator[str]:
    for code in file.root.iterfind(f"{XS}simpleType[@name='ResultCodeEnum']/{XS}restriction"):
        yield from differs("result codes", {value.get("value") for value in code}, {"OK", "INFO", "ERROR"})


def domain_names(file: ContractFile) -> Iterator[str]:
    found = DOMAIN_NAMESPACE.fullmatch(file.root.get("targetNamespace", ""))
    if not found:
        yield f"targetNamespace {file.root.get('targetNamespace')}"
        return
    middle = "_enum" if found["enums"] else ""
    yield from differs("file name", file.name, f"{found['domain'].replace(':', '_')}{middle}_{version(file)}.xsd")
    yield from differs("major version", found["major"], version(file).partition(".")[0])


def says_what_it_is(file: ContractFile) -> Iterator[str]:
    """A short annotation in both languages at the top and at every type; a proposal says that it is one."""
    for holder in (file.root, *file.root.iterchildren(f"{XS}complexType", f"{XS}simpleType")):
        texts = {
            text.get("{http://www.w3.org/XML/1998/namespace}lang"): (text.text or "").strip()
            for text in holder.iterfind(f"{XS}annotation/{XS}documentation")
        }
        if set(texts) != {"sv", "en"} or not all(texts.values()):
            yield f"{holder.get('name', 'schema')} has texts in {sorted(filter(None, texts))}"
    top = "".join(file.root.find(f"{XS}annotation").itertext()) if file.root.find(f"{XS}annotation") is not None else ""
    if ":planning:" in file.root.get("targetNamespace", "") and not (
        "inte antaget av Inera" in top and "not adopted by Inera" in top
    ):
        yield "does not say that it is a proposal"


ANONYMOUS_TYPE = '<xs:complexType name="T"><xs:sequence><xs:element name="e"><xs:simpleType/>'
WRONG_RESULT = '<xs:simpleType name="ResultCodeEnum"><xs:restriction><xs:enumeration value="WARNING"/>'
LAST_ANY = '<xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>\n'
COMMON = (
    Rule(
        "TS21-1",
        "skall",
        "Venetian blind",
        venetian_blind,
        (
            "</xs:schema>",
            f"{ANONYMOUS_TYPE}</xs:element></xs:sequence></xs:complexType></xs:schema>",
        ),
    ),
    Rule(
        "TS21-6",
        "skall",
        "element form qualified, attribute form unqualified",
        form_defaults,
        ('attributeFormDefault="unqualified"', 'attributeFormDefault="qualified"'),
    ),
    Rule("TS21-7", "skall", "version attribute m.n", version_attribute, ('version="1.0">', 'version="1">')),
    Rule("TS21-8", "skall", "xs:any ##other lax last in every complex type", any_last, (LAST_ANY, "")),
    Rule(
        "TS21-9",
        "skall",
        "no extension schema before the first minor step",
        no_extension_in_first_minor,
        (':1"\n             schemaLocation', ':1.1"\n             schemaLocation'),
    ),
    Rule(
        "TS21-10",
        "bör",
        "no national characters in names and codes",
        no_national_characters,
        ('element name="', 'element name="Å'),
    ),
    Rule("UTF-8", "skall", "UTF-8 or UTF-16", encoding, ('encoding="UTF-8"', 'encoding="ISO-8859-1"')),
    Rule("F6", "skall", "imports are there", imports_resolve, ('schemaLocation="', 'schemaLocation="gone/')),
    Rule("TEXT", "ours", "annotations in both languages", says_what_it_is, ('xml:lang="en"', 'xml:lang="de"')),
)
SERVICE_RULES = (
    Rule("TS21-2", "bör", "file name", service_file_name, ("Responder_1.0", "Responder_1.1"), breaks_name=True),
    Rule("TS21-3", "skall", "target namespace", service_namespace, ("Responder:1", "Responder:2")),
    Rule(
        "TS21-4",
        "skall",
        "root elements",
        root_elements,
        ('element name="GetFixedContactsResponse"', 'element name="Answer"'),
    ),
    Rule(
        "TS21-5",
        "skall",
        "types of the root elements",
        root_types,
        ('type="tns:GetFixedContactsResponseType"', 'type="tns:AnswerType"'),
    ),
    *COMMON,
)
DOMAIN_RULES = (
    Rule(
        "DS21-name",
        "skall",
        "file name and namespace of the domain",
        domain_names,
        ("_1.0.xsd", "_2.0.xsd"),
        breaks_name=True,
    ),
    Rule(
        "TS21-11",
        "best practice",
        "result codes OK, INFO, ERROR",
        result_codes,
        (
            "</xs:schema>",
            f"{WRONG_RESULT}</xs:restriction></xs:simpleType></xs:schema>",
        ),
    ),
    *COMMON,
)
