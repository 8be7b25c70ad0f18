"""A folder with one small contract of its own, for tests that break it."""

from pathlib import Path

DESCRIPTOR = """\
name = "GetThings"
version = "1.2"
status = "proposal"
domain = "test:things"
responder = "urn:riv:test:things:GetThingsResponder:1"
wsdl = "GetThings.wsdl"
xsd = "GetThings.xsd"

[title]
sv = "Saker"
en = "Things"

[aggregate]
service_domain = "riv:test:things"
categorization = ["tt-gt"]
patient = "patientId/extension"
source_filter = "source"
records = "thing"

[record]
id = "head/id"
patient = "head/patientId/extension"
source_system = "head/source"
care_giver = "head/giver"
care_unit = "head/unit"
time = "head/time"
approved = "head/approved"
internal = ["note"]

[[filter]]
request = "source"
record = "head/source"
match = "equals"
"""

SCHEMA = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:riv:test:things:GetThingsResponder:1"
 xmlns:c="urn:riv:test:things:1" targetNamespace="urn:riv:test:things:GetThingsResponder:1"
 elementFormDefault="qualified">
 <xs:import namespace="urn:riv:test:things:1" schemaLocation="things.xsd"/>
 <xs:element name="GetThings" type="t:GetThingsType"/>
 <xs:element name="GetThingsResponse" type="t:GetThingsResponseType"/>
 <xs:complexType name="GetThingsType"><xs:sequence>
  <xs:element name="patientId" type="c:IIType"/>
  <xs:element name="source" type="xs:string" minOccurs="0"/>
  <xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>
 </xs:sequence></xs:complexType>
 <xs:complexType name="GetThingsResponseType"><xs:sequence>
  <xs:element name="thing" type="c:ThingType" minOccurs="0" maxOccurs="unbounded"/>
 </xs:sequence></xs:complexType>
</xs:schema>
"""

DOMAIN = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:c="urn:riv:test:things:1"
 targetNamespace="urn:riv:test:things:1" elementFormDefault="qualified">
 <xs:complexType name="IIType"><xs:sequence>
  <xs:element name="root" type="xs:string"/><xs:element name="extension" type="xs:string" minOccurs="0"/>
 </xs:sequence></xs:complexType>
 <xs:complexType name="ThingType"><xs:sequence>
  <xs:element name="head" type="c:HeadType"/>
  <xs:element ref="c:note" minOccurs="0" maxOccurs="3"/>
  <xs:choice><xs:element name="left" type="xs:string"/><xs:element name="right" type="xs:int"/></xs:choice>
 </xs:sequence></xs:complexType>
 <xs:complexType name="BaseType"><xs:sequence>
  <xs:element name="id" type="xs:string"/><xs:element name="patientId" type="c:IIType"/>
 </xs:sequence></xs:complexType>
 <xs:complexType name="HeadType"><xs:complexContent><xs:extension base="c:BaseType"><xs:sequence>
  <xs:element name="source" type="xs:string"/><xs:element name="giver" type="xs:string"/>
  <xs:element name="unit" type="xs:string" minOccurs="0"/><xs:element name="time" type="xs:string"/>
  <xs:element name="approved" type="xs:boolean"/>
  <xs:element name="local" form="unqualified" minOccurs="0">
   <xs:complexType><xs:sequence><xs:element name="inner" type="xs:string"/></xs:sequence></xs:complexType>
  </xs:element>
 </xs:sequence></xs:extension></xs:complexContent></xs:complexType>
 <xs:element name="note" type="xs:string"/>
</xs:schema>
"""


def make_contract(
    root: Path, *, descriptor: str = DESCRIPTOR, schema: str = SCHEMA, domain: str = DOMAIN, key: str = "GetThings_1.2"
) -> Path:
    """Write the contract below ``root`` and return the descriptor's path."""
    for folder in ("contracts", "wsdl", "xsd"):
        (root / folder).mkdir(exist_ok=True)
    (root / "wsdl" / "GetThings.wsdl").write_text("<definitions/>", "utf-8")
    (root / "xsd" / "GetThings.xsd").write_text(schema, "utf-8")
    (root / "xsd" / "things.xsd").write_text(domain, "utf-8")
    path = root / "contracts" / f"{key}.toml"
    path.write_text(descriptor, "utf-8")
    return path
