"""One small package that keeps every rule, and the change of it that an example of a rule describes."""

from pathlib import Path

from gateway.contracts.lint.run import lint
from gateway.contracts.schemaset import SchemaSet
from gateway.findings.finding import Finding
from gateway.findings.rules import Example

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ANY = '<xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>'
_SCHEMA = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{ns}" xmlns:tns="{ns}"\n'
    ' xmlns:core="urn:riv:test:visits:1" elementFormDefault="qualified" attributeFormDefault="unqualified"\n'
    ' version="1.0">\n'
)
_SERVICE = f"""{_HEAD}{_SCHEMA.format(ns="urn:riv:test:visits:GetVisitsResponder:1")}
  <xs:import namespace="urn:riv:test:visits:1" schemaLocation="../../core_components/test_visits_1.0.xsd"/>
  <xs:import namespace="urn:riv:itintegration:registry:1"
             schemaLocation="../../core_components/itintegration_registry_1.0.xsd"/>
  <xs:element name="GetVisits" type="tns:GetVisitsType"/>
  <xs:element name="GetVisitsResponse" type="tns:GetVisitsResponseType"/>
  <xs:complexType name="GetVisitsType">
    <xs:sequence><xs:element name="patientId" type="core:IIType"/>{_ANY}</xs:sequence>
  </xs:complexType>
  <xs:complexType name="GetVisitsResponseType"><xs:sequence>{_ANY}</xs:sequence></xs:complexType>
</xs:schema>
"""
_DOMAIN = f"""{_HEAD}{_SCHEMA.format(ns="urn:riv:test:visits:1")}
  <xs:complexType name="IIType">
    <xs:sequence><xs:element name="root" type="xs:string"/><xs:element name="extension" type="xs:string"/>
      {_ANY}</xs:sequence>
  </xs:complexType>
  <xs:simpleType name="ResultCodeEnum"><xs:restriction base="xs:string"><xs:enumeration value="OK"/>
    <xs:enumeration value="INFO"/><xs:enumeration value="ERROR"/></xs:restriction></xs:simpleType>
</xs:schema>
"""
_REGISTRY = f"""{_HEAD}{_SCHEMA.format(ns="urn:riv:itintegration:registry:1")}
  <xs:element name="LogicalAddress" type="xs:string"/></xs:schema>
"""
_WSDL = f"""{_HEAD}<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
  xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:itr="urn:riv:itintegration:registry:1" xmlns:svc="urn:riv:test:visits:GetVisitsResponder:1"
  xmlns:tns="urn:riv:test:visits:GetVisits:1:rivtabp21" name="GetVisitsInteraction"
  targetNamespace="urn:riv:test:visits:GetVisits:1:rivtabp21">
  <wsdl:documentation>
    Tjänsteinteraktionens namn: GetVisitsInteraction
    Beskrivning: Hämtar besök. Å, ä och ö finns.
    Revisioner: 1.0
    Tjänstedomän: test:visits
    Tjänsteinteraktionstyp: Fråga-svar
    RIV Teknisk Anvisning: RIV TA Basic Profile 2.1
    Förvaltas av: ingen
  </wsdl:documentation>
  <wsdl:types><xs:schema targetNamespace="urn:riv:test:visits:GetVisits:1:rivtabp21">
    <xs:import namespace="urn:riv:test:visits:GetVisitsResponder:1" schemaLocation="GetVisitsResponder_1.0.xsd"/>
    <xs:import namespace="urn:riv:itintegration:registry:1"
               schemaLocation="../../core_components/itintegration_registry_1.0.xsd"/>
  </xs:schema></wsdl:types>
  <wsdl:message name="GetVisitsRequest"><wsdl:part name="LogicalAddress" element="itr:LogicalAddress"/>
    <wsdl:part name="parameters" element="svc:GetVisits"/></wsdl:message>
  <wsdl:message name="GetVisitsResponse"><wsdl:part name="parameters" element="svc:GetVisitsResponse"/></wsdl:message>
  <wsdl:portType name="GetVisitsResponderInterface"><wsdl:operation name="GetVisits">
      <wsdl:documentation>LogicalAddress: källsystemets HSA-id</wsdl:documentation>
      <wsdl:input message="tns:GetVisitsRequest"/><wsdl:output message="tns:GetVisitsResponse"/>
    </wsdl:operation></wsdl:portType>
  <wsdl:binding name="GetVisitsResponderBinding" type="tns:GetVisitsResponderInterface">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="GetVisits">
      <soap:operation soapAction="urn:riv:test:visits:GetVisitsResponder:1:GetVisits" style="document"/>
      <wsdl:input><soap:header message="tns:GetVisitsRequest" part="LogicalAddress" use="literal"/>
        <soap:body parts="parameters" use="literal"/></wsdl:input>
      <wsdl:output><soap:body parts="parameters" use="literal"/></wsdl:output>
    </wsdl:operation></wsdl:binding>
  <wsdl:service name="GetVisitsResponderService">
    <wsdl:port name="GetVisitsResponderPort" binding="tns:GetVisitsResponderBinding">
      <soap:address location="https://localhost/GetVisits/1/rivtabp21"/></wsdl:port></wsdl:service>
</wsdl:definitions>
"""
_FOLDER = "schemas/interactions/GetVisitsInteraction"
TARGETS = {
    "service": f"{_FOLDER}/GetVisitsResponder_1.0.xsd",
    "wsdl": f"{_FOLDER}/GetVisitsInteraction_1.0_RIVTABP21.wsdl",
    "domain": "schemas/core_components/test_visits_1.0.xsd",
    "registry": "schemas/core_components/itintegration_registry_1.0.xsd",
    "tkb": "docs/TKB_test_visits.docx",
}


def files() -> dict[str, str]:
    """The package, by path."""
    texts = {"service": _SERVICE, "wsdl": _WSDL, "domain": _DOMAIN, "registry": _REGISTRY, "tkb": "-"}
    return {TARGETS[name]: text for name, text in texts.items()} | {"docs/AB_test_visits.docx": "-"}


def package(example: Example) -> SchemaSet:
    """The package with the change of an example."""
    found, options = files(), example.options
    path = TARGETS[options["target"]]
    text = found.pop(path)
    if example.before:
        assert example.before in text, example.before
        text = text.replace(example.before, example.snippet)
    folder, _, name = path.rpartition("/")
    found[f"{options.get('folder', folder)}/{options.get('rename', name)}"] = text
    return SchemaSet({path: text.encode("utf-8") for path, text in found.items()}, lenient=True)


def findings(example: Example) -> list[Finding]:
    """What is said of an example."""
    return lint(package(example))


def write(folder: Path) -> Path:
    """The package below a folder."""
    for path, text in files().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return folder
