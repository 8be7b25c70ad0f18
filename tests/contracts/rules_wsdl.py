"""The WSDL rules of RIV-TA Basic Profile 2.1, each with a change that breaks it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contract_files import SOAP, WSDL, XS, ContractFile, qname
from rules_common import Rule, differs, encoding, imports_resolve

LOGICAL_ADDRESS = "{urn:riv:itintegration:registry:1}LogicalAddress"
KINDS = ("Fråga-svar", "Informationsspridning", "Uppdrag-resultat")
ITEMS = (
    "Tjänsteinteraktionens namn",
    "Beskrivning",
    "Revisioner",
    "Tjänstedomän",
    "Tjänsteinteraktionstyp",
    "RIV Teknisk Anvisning",
    "Förvaltas av",
)


@dataclass(frozen=True)
class Names:
    """What the imported service schema says the interaction is; every name in the WSDL follows from it."""

    domain: str
    interaction: str
    version: str

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]

    @property
    def responder(self) -> str:
        return f"urn:riv:{self.domain}:{self.interaction}Responder:{self.major}"


def names(file: ContractFile) -> Names:
    pattern = re.compile(r"urn:riv:(?P<domain>[^ ]+):(?P<interaction>\w+)Responder:\d+")
    for imported in file.root.iter(f"{XS}import"):
        if found := pattern.fullmatch(imported.get("namespace", "")):
            version = re.search(r"_(\d+\.\d+)\.xsd$", imported.get("schemaLocation", ""))
            assert version, f"{file.name} imports its service schema from a file without a version"
            return Names(found["domain"], found["interaction"], version[1])
    raise AssertionError(f"{file.name} imports no service schema")


def file_name(file: ContractFile) -> Iterator[str]:
    n = names(file)
    yield from differs("file name", file.name, f"{n.interaction}Interaction_{n.version}_RIVTABP21.wsdl")


def definitions_name(file: ContractFile) -> Iterator[str]:
    yield from differs("definitions/@name", file.root.get("name"), f"{names(file).interaction}Interaction")


def target_namespace(file: ContractFile) -> Iterator[str]:
    n = names(file)
    wanted = f"urn:riv:{n.domain}:{n.interaction}:{n.major}:rivtabp21"
    yield from differs("targetNamespace", file.root.get("targetNamespace"), wanted)


def documentation(file: ContractFile) -> Iterator[str]:
    first = next(file.root.iterchildren("*"))
    if first.tag != f"{WSDL}documentation":
        yield f"first child is {first.tag}"
        return
    text = first.text or ""
    values = {}
    for item in ITEMS:
        found = re.search(rf"^\s*{item}:\s*(\S.*)$", text, re.MULTILINE)
        if found:
            values[item] = found[1].strip()
        else:
            yield f"{item} is missing"
    n = names(file)
    yield from differs(ITEMS[0], values.get(ITEMS[0]), f"{n.interaction}Interaction")
    yield from differs(ITEMS[3], values.get(ITEMS[3]), n.domain)
    if values.get(ITEMS[4]) not in KINDS:
        yield f"{ITEMS[4]} is {values.get(ITEMS[4])!r}"


def https(file: ContractFile) -> Iterator[str]:
    for address in file.root.iter(f"{SOAP}address"):
        if not address.get("location", "").startswith("https://"):
            yield f"address {address.get('location')}"


def document_literal(file: ContractFile) -> Iterator[str]:
    n = names(file)
    yield from differs("style", {e.get("style") for e in file.root.iter(f"{SOAP}binding")}, {"document"})
    bound = [*file.root.iter(f"{SOAP}body"), *file.root.iter(f"{SOAP}header")]
    yield from differs("use", {e.get("use") for e in bound}, {"literal"})
    yield from differs("body parts", {e.get("parts") for e in file.root.iter(f"{SOAP}body")}, {"parameters"})
    for message in file.root.iterchildren(f"{WSDL}message"):
        suffix = "Response" if message.get("name", "").endswith("Response") else ""
        parts = [qname(part, "element") for part in message if part.get("name") == "parameters"]
        yield from differs(f"{message.get('name')}/parameters", parts, [f"{{{n.responder}}}{n.interaction}{suffix}"])
        unknown = {part.get("name") for part in message} - {"parameters", "LogicalAddress"}
        yield from differs(f"other parts of {message.get('name')}", unknown, set())


def logical_address(file: ContractFile) -> Iterator[str]:
    for message in file.root.iterchildren(f"{WSDL}message"):
        if message.get("name", "").endswith("Request"):
            part = message[0]
            yield from differs(
                "first part", (part.get("name"), qname(part, "element")), ("LogicalAddress", LOGICAL_ADDRESS)
            )
    headers = [h.get("part") for i in file.root.iter(f"{WSDL}input") for h in i.iterchildren(f"{SOAP}header")]
    yield from differs("headers of input", headers, ["LogicalAddress"])
    locations = [i.get("schemaLocation", "").rpartition("/")[2] for i in file.root.iter(f"{XS}import")]
    if not any(re.fullmatch(r"itintegration_registry_1\.\d+\.xsd", location) for location in locations):
        yield "itintegration_registry_1.n.xsd is not imported"
    for operation in file.root.iterfind(f"{WSDL}portType/{WSDL}operation"):
        if "LogicalAddress" not in (operation.findtext(f"{WSDL}documentation") or ""):
            yield f"operation {operation.get('name')} does not say what LogicalAddress may be"


def named(path: str, suffix: str) -> Callable[[ContractFile], Iterator[str]]:
    def check(file: ContractFile) -> Iterator[str]:
        found = [element.get("name") for element in file.root.iterfind(path)]
        yield from differs(path.replace(WSDL, ""), found, [names(file).interaction + suffix])

    return check


def messages(file: ContractFile) -> Iterator[str]:
    n = names(file)
    found = [message.get("name") for message in file.root.iterchildren(f"{WSDL}message")]
    yield from differs("messages", found, [f"{n.interaction}Request", f"{n.interaction}Response"])


def operation_name(file: ContractFile) -> Iterator[str]:
    found = {operation.get("name") for operation in file.root.iter(f"{WSDL}operation")}
    yield from differs("operations", found, {names(file).interaction})


def soap_action(file: ContractFile) -> Iterator[str]:
    n = names(file)
    found = [operation.get("soapAction") for operation in file.root.iter(f"{SOAP}operation")]
    yield from differs("soapAction", found, [f"{n.responder}:{n.interaction}"])


def schema_namespace(file: ContractFile) -> Iterator[str]:
    found = [schema.get("targetNamespace") for schema in file.root.iterfind(f"{WSDL}types/{XS}schema")]
    yield from differs("types/schema/@targetNamespace", found, [file.root.get("targetNamespace")])


def one_operation(file: ContractFile) -> Iterator[str]:
    counts = [len(port.findall(f"{WSDL}operation")) for port in file.root.iterchildren(f"{WSDL}portType")]
    yield from differs("operations per portType", counts, [1])


def deployed_url(file: ContractFile) -> Iterator[str]:
    n = names(file)
    for address in file.root.iter(f"{SOAP}address"):
        if not address.get("location", "").endswith(f"/{n.interaction}/{n.major}/rivtabp21"):
            yield f"address {address.get('location')}"


def no_faults(file: ContractFile) -> Iterator[str]:
    yield from (f"fault {fault.get('name')}" for fault in file.root.iter(f"{WSDL}fault"))


OPERATION = 'wsdl:operation name="GetFixedContacts"'
RULES = (
    Rule("BP21-1", "skall", "UTF-8 or UTF-16", encoding, ('encoding="UTF-8"', 'encoding="ISO-8859-1"')),
    Rule("BP21-2", "bör", "file name", file_name, ("RIVTABP21", "rivtabp21"), breaks_name=True),
    Rule(
        "BP21-3",
        "bör",
        "name of definitions",
        definitions_name,
        ('name="GetFixedContactsInteraction"', 'name="Fixed"'),
    ),
    Rule("BP21-4", "skall", "target namespace", target_namespace, (":1:rivtabp21", ":1:rivtabp20")),
    Rule("BP21-5", "bör", "documentation first, with its items", documentation, ("Förvaltas av:", "Ägare:")),
    Rule("BP21-6", "skall", "https", https, ("https://", "http://")),
    Rule(
        "BP21-7",
        "skall",
        "document/literal, one part named parameters",
        document_literal,
        ('use="literal"', 'use="encoded"'),
    ),
    Rule(
        "BP21-8",
        "skall",
        "LogicalAddress first, in the header, documented",
        logical_address,
        ('<soap:header message="tns:GetFixedContactsRequest" part="LogicalAddress" use="literal"/>', ""),
    ),
    Rule(
        "BP21-9",
        "bör",
        "portType name",
        named(f"{WSDL}portType", "ResponderInterface"),
        ("ResponderInterface", "Interface"),
    ),
    Rule(
        "BP21-10",
        "bör",
        "binding name",
        named(f"{WSDL}binding", "ResponderBinding"),
        ("ResponderBinding", "Binding"),
    ),
    Rule(
        "BP21-11",
        "bör",
        "service name",
        named(f"{WSDL}service", "ResponderService"),
        ("ResponderService", "Service"),
    ),
    Rule(
        "BP21-12",
        "bör",
        "port name",
        named(f"{WSDL}service/{WSDL}port", "ResponderPort"),
        ("ResponderPort", "Port"),
    ),
    Rule(
        "BP21-13",
        "skall",
        "message names",
        messages,
        ('message name="GetFixedContactsRequest"', 'message name="Request"'),
    ),
    Rule("BP21-14", "skall", "operation name", operation_name, (OPERATION, OPERATION.replace("Fixed", ""))),
    Rule(
        "BP21-15",
        "skall",
        "soapAction",
        soap_action,
        (
            'soapAction="urn:riv:coreprocess:planning:coordinatedplanning:',
            'soapAction="urn:riv:coreprocess:planning:',
        ),
    ),
    Rule(
        "BP21-16",
        "skall",
        "namespace of the schema in types",
        schema_namespace,
        ('<xs:schema targetNamespace="urn:riv', '<xs:schema targetNamespace="urn:x-riv'),
    ),
    Rule(
        "BP21-17",
        "skall",
        "one portType with one operation",
        one_operation,
        ("</wsdl:portType>", '<wsdl:operation name="Second"/></wsdl:portType>'),
    ),
    Rule(
        "BP21-19",
        "skall",
        "address with profile and major version",
        deployed_url,
        ("/1/rivtabp21", "/1.0/rivtabp21"),
    ),
    Rule(
        "TS21-11",
        "best practice",
        "no faults of the contract's own",
        no_faults,
        ("</wsdl:portType>", '<wsdl:fault name="f"/></wsdl:portType>'),
    ),
    Rule("F6", "skall", "imports are there", imports_resolve, ("../xsd/interactions/", "../xsd/other/")),
)
