"""The WSDL rules of RIV-TA Basic Profile 2.0 and 2.1."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.contracts.lint import common
from gateway.contracts.lint.breach import Breach, Check, S, Subject, W, X, differs, line, service
from gateway.contracts.schemaset import qualified
from gateway.soap import ns

_KINDS = ("Fråga-svar", "Informationsspridning", "Uppdrag-resultat")
_ITEMS = ("Tjänsteinteraktionens namn", "Beskrivning", "Revisioner", "Tjänstedomän", "Tjänsteinteraktionstyp",
          "RIV Teknisk Anvisning", "Förvaltas av")  # fmt: skip
_ADDRESS = {
    ns.BP21: ("LogicalAddress", ns.clark(ns.REGISTRY, "LogicalAddress"), "itintegration_registry"),
    ns.BP20: ("To", ns.clark(ns.WSA, "To"), "ws-addressing"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the imported service schema says the interaction is; every name in the WSDL follows from it."""

    prefix: str
    domain: str
    interaction: str
    role: str
    major: str
    version: str
    profile: str

    @property
    def responder(self) -> str:
        """The service schema's namespace."""
        return f"{self.prefix}:{self.domain}:{self.interaction}{self.role}:{self.major}"


def names(subject: Subject) -> Names | None:
    """From the import of the service schema; None when there is none, which is a breach of its own."""
    for imported in subject.root.iter(X + "import"):
        if found := service(imported.get("namespace", "")):
            if "." in found["number"]:
                continue  # an extension schema
            version = re.search(r"_(\d+\.\d+)\.xsd$", imported.get("schemaLocation", ""))
            profile = ns.BP20 if "rivtabp20" in f"{subject.document.namespace} {subject.name}".lower() else ns.BP21
            return Names(
                found["prefix"], found["domain"], found["interaction"], found["role"], found["number"],
                version[1] if version else subject.version, profile,
            )  # fmt: skip
    return None


def service_schema(subject: Subject) -> Iterator[Breach]:
    """It imports a service schema."""
    if names(subject) is None:
        yield Breach("wsdl-imports-service-schema", 1)


def file_name(subject: Subject, n: Names) -> Iterator[Breach]:
    """#2."""
    wanted = f"{n.interaction}Interaction_{n.version}_{n.profile.upper()}.wsdl"
    yield from differs("wsdl-file-name", None, subject.name, wanted)


def definitions_name(subject: Subject, n: Names) -> Iterator[Breach]:
    """#3."""
    root = subject.root
    yield from differs("wsdl-definitions-name", root, root.get("name"), f"{n.interaction}Interaction")


def target_namespace(subject: Subject, n: Names) -> Iterator[Breach]:
    """#4."""
    wanted = f"{n.prefix}:{n.domain}:{n.interaction}:{n.major}:{n.profile}"
    yield from differs("wsdl-target-namespace", subject.root, subject.root.get("targetNamespace"), wanted)


def documentation(subject: Subject, n: Names) -> Iterator[Breach]:
    """#5."""
    rule = "wsdl-documentation"
    first = next(subject.root.iterchildren("*"), None)
    if first is None or first.tag != W + "documentation":
        yield Breach(rule, line(first), "-", ", ".join(_ITEMS), "wsdl:documentation")
        return
    text = "".join(map(str, first.itertext()))
    values = {}
    for item in _ITEMS:
        if found := re.search(rf"^\s*{item}:\s*(\S.*)$", text, re.MULTILINE):
            values[item] = found[1].strip()
        else:
            yield Breach(rule, line(first), "-", item, item)
    wanted = {_ITEMS[0]: f"{n.interaction}Interaction", _ITEMS[3]: n.domain}
    for item, value in wanted.items():
        if item in values:
            yield from differs(rule, first, values[item], value, item)
    if _ITEMS[4] in values and values[_ITEMS[4]] not in _KINDS:
        yield Breach(rule, line(first), values[_ITEMS[4]], " | ".join(_KINDS), _ITEMS[4])


def https(subject: Subject, _: Names) -> Iterator[Breach]:
    """#6."""
    for address in subject.root.iter(S + "address"):
        if not address.get("location", "").startswith("https://"):
            yield Breach("wsdl-https", line(address), address.get("location", "-"), "https://…")


def document_literal(subject: Subject, n: Names) -> Iterator[Breach]:
    """#7."""
    rule, root = "wsdl-document-literal", subject.root
    for binding in root.iter(S + "binding"):
        yield from differs(rule, binding, binding.get("style", "document"), "document", "style")
    for bound in root.iter(S + "body", S + "header"):
        yield from differs(rule, bound, bound.get("use"), "literal", "use")
    for message in root.iterchildren(W + "message"):
        suffix = "Response" if message.get("name", "").endswith("Response") else ""
        parts = [qualified(part, part.get("element", "")) for part in message if part.get("name") == "parameters"]
        what = message.get("name", "")
        yield from differs(rule, message, parts, [f"{{{n.responder}}}{n.interaction}{suffix}"], what)


def logical_address(subject: Subject, n: Names) -> Iterator[Breach]:
    """#8."""
    rule, root = "wsdl-logical-address", subject.root
    part_name, tag, schema = _ADDRESS[n.profile]
    for message in root.iterchildren(W + "message"):
        if message.get("name", "").endswith("Request"):
            first = next(message.iterchildren(W + "part"), None)
            found = qualified(first, first.get("element", "")) if first is not None else ""
            yield from differs(rule, message, found, tag, message.get("name", ""))
    headers = [h.get("part") for i in root.iter(W + "input") for h in i.iterchildren(S + "header")]
    parts = {part.get("name"): part for part in root.iterfind(f"{W}message/{W}part")}
    carried = [
        qualified(parts[name], parts[name].get("element", "")) for name in headers if name is not None and name in parts
    ]
    if tag not in carried:
        yield Breach(rule, line(root), ", ".join(carried) or "-", tag, f"soap:header {part_name}")
    locations = [node.get("schemaLocation", "").rpartition("/")[2] for node in root.iter(X + "import")]
    if n.profile == ns.BP21 and not any(re.fullmatch(rf"{schema}_1\.\d+\.xsd", each) for each in locations):
        yield Breach(rule, line(root), ", ".join(locations), f"{schema}_1.n.xsd", "xs:import")


def address_documented(subject: Subject, n: Names) -> Iterator[Breach]:
    """#8: each operation is documented about what the logical address may be."""
    for operation in subject.root.iterfind(f"{W}portType/{W}operation"):
        text = "".join(map(str, operation.itertext(W + "documentation")))
        if "logicaladdress" not in text.lower().replace(" ", "") and "logisk" not in text.lower():
            yield Breach("wsdl-address-documented", line(operation), what=operation.get("name", ""))


def element_names(subject: Subject, n: Names) -> Iterator[Breach]:
    """#9 to #12."""
    role = f"{n.interaction}{n.role}"
    for rule, path, suffix in (
        ("wsdl-port-type-name", W + "portType", "Interface"),
        ("wsdl-binding-name", W + "binding", "Binding"),
        ("wsdl-service-name", W + "service", "Service"),
        ("wsdl-port-name", f"{W}service/{W}port", "Port"),
    ):
        for node in subject.root.iterfind(path):
            yield from differs(rule, node, node.get("name"), role + suffix)


def messages(subject: Subject, n: Names) -> Iterator[Breach]:
    """#13."""
    found = {message.get("name", "") for message in subject.root.iterchildren(W + "message")}
    wanted = {f"{n.interaction}Request", f"{n.interaction}Response"}
    if not wanted <= found:
        yield from differs("wsdl-message-names", subject.root, found, wanted)


def operation_name(subject: Subject, n: Names) -> Iterator[Breach]:
    """#14."""
    for operation in subject.root.iter(W + "operation"):
        yield from differs("wsdl-operation-name", operation, operation.get("name"), n.interaction)


def soap_action(subject: Subject, n: Names) -> Iterator[Breach]:
    """#15."""
    for operation in subject.root.iter(S + "operation"):
        wanted = f"{n.responder}:{n.interaction}"
        yield from differs("wsdl-soap-action", operation, operation.get("soapAction"), wanted)


def schema_namespace(subject: Subject, _: Names) -> Iterator[Breach]:
    """#16."""
    for schema in subject.root.iterfind(f"{W}types/{X}schema"):
        wanted = subject.root.get("targetNamespace")
        yield from differs("wsdl-types-namespace", schema, schema.get("targetNamespace"), wanted)


def one_operation(subject: Subject, _: Names) -> Iterator[Breach]:
    """#17."""
    for port in subject.root.iterchildren(W + "portType"):
        yield from differs("wsdl-one-operation", port, len(port.findall(W + "operation")), 1)


def deployed_url(subject: Subject, n: Names) -> Iterator[Breach]:
    """#19."""
    for address in subject.root.iter(S + "address"):
        location, wanted = address.get("location", ""), f"/{n.interaction}/{n.major}/{n.profile}"
        if not location.endswith(wanted):
            yield Breach("wsdl-address-url", line(address), location, f"…{wanted}")


def no_faults(subject: Subject, _: Names) -> Iterator[Breach]:
    """Service Schema 2.1 #11."""
    for fault in subject.root.iter(W + "fault"):
        yield Breach("wsdl-no-faults", line(fault), what=fault.get("name", ""))


_NAMED = (
    file_name, definitions_name, target_namespace, documentation, https, document_literal, logical_address,
    address_documented, element_names, messages, operation_name, soap_action, schema_namespace, one_operation,
    deployed_url, no_faults,
)  # fmt: skip
CHECKS: tuple[Check, ...] = (common.encoding, common.links, service_schema)


def check(subject: Subject) -> Iterator[Breach]:
    """All rules for a WSDL file."""
    for each in CHECKS:
        yield from each(subject)
    found = names(subject)
    if found is not None:
        for named in _NAMED:
            yield from named(subject, found)
