"""Packages of one contract, written for the examples of the rules about changes."""

from gateway.contracts.diff.package import Pair, compare
from gateway.contracts.schemaset import SchemaSet
from gateway.findings.finding import Finding
from gateway.findings.rules import Example

_SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="{ns}"
  xmlns:ext="urn:riv:test:visits:{name}Responder:1.1"
  xmlns:oth="urn:riv:other:1" targetNamespace="{ns}" elementFormDefault="qualified" version="{version}">
  <xs:import namespace="urn:riv:test:visits:{name}Responder:1.1" schemaLocation="ext.xsd"/>
  <xs:import namespace="urn:riv:other:1" schemaLocation="other.xsd"/>
  <xs:element name="{name}"><xs:complexType>{content}</xs:complexType></xs:element>
  <xs:element name="{name}{answer}"><xs:complexType>{content}</xs:complexType></xs:element>
</xs:schema>"""
_MORE = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{ns}" elementFormDefault="qualified">
  <xs:element name="c" type="xs:string"/></xs:schema>"""
_WSDL = """<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:itr="urn:riv:itintegration:registry:1" xmlns:svc="{ns}"
  xmlns:tns="urn:riv:test:{name}:1:{profile}" targetNamespace="urn:riv:test:{name}:1:{profile}">
  <wsdl:types><xs:schema><xs:import namespace="{ns}" schemaLocation="{name}.xsd"/></xs:schema></wsdl:types>
  <wsdl:message name="Q"><wsdl:part name="LogicalAddress" element="itr:LogicalAddress"/>
    <wsdl:part name="parameters" element="svc:{name}"/></wsdl:message>
  <wsdl:message name="A"><wsdl:part name="parameters" element="svc:{name}Response"/></wsdl:message>
  <wsdl:portType name="I"><wsdl:operation name="{name}"><wsdl:input message="tns:Q"/>{output}</wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="B" type="tns:I"><wsdl:operation name="{name}"><soap:operation soapAction="{action}"/>
    <wsdl:input>{header}<soap:body parts="parameters" use="literal"/></wsdl:input></wsdl:operation></wsdl:binding>
</wsdl:definitions>"""


def package(content: str, **chosen: str) -> SchemaSet:
    """A package whose question and answer both have this content."""
    name, domain = chosen.get("name", "GetVisits"), chosen.get("domain", "visits")
    version = chosen.get("version", "1.0")
    ns = f"urn:riv:test:{domain}:{name}Responder:{version.partition('.')[0]}"
    header = (
        "" if chosen.get("header") == "none" else '<soap:header message="tns:Q" part="LogicalAddress" use="literal"/>'
    )
    answer = "Answer" if chosen.get("answer") == "no" else "Response"
    output = "" if answer == "Answer" else '<wsdl:output message="tns:A"/>'
    files = {
        f"{name}.xsd": _SCHEMA.format(ns=ns, name=name, version=version, content=content, answer=answer),
        "ext.xsd": _MORE.format(ns=f"urn:riv:test:visits:{name}Responder:1.1"),
        "other.xsd": _MORE.format(ns="urn:riv:other:1"),
    }
    for profile in {"rivtabp21", chosen.get("profile", "rivtabp21")} - ({"rivtabp21"} if chosen.get("only") else set()):
        files[f"{name}_{profile}.wsdl"] = _WSDL.format(
            ns=ns, name=name, profile=profile, action=chosen.get("action", f"{ns}:{name}"), header=header, output=output
        )
    return SchemaSet({path: text.encode() for path, text in files.items()})


def pairs(example: Example) -> list[Pair]:
    """What is said of an example: ``before`` is the older content, ``old_…`` and ``new_…`` the rest of each package."""
    old = {key.removeprefix("old_"): value for key, value in example.options.items() if key.startswith("old_")}
    new = {key.removeprefix("new_"): value for key, value in example.options.items() if key.startswith("new_")}
    return compare(package(example.before, **old), package(example.snippet, **new))


def findings(example: Example) -> list[Finding]:
    """The findings of an example."""
    return [finding for pair in pairs(example) for finding in pair.findings]
