"""A small package of our own in the official layout, as files that a test may change, and ways to hand it over."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from contract_folder import make_contract

ROOT = Path(__file__).resolve().parents[1]
DOMAIN = "test:loans"
TAG = "test_loans_1.0"
CORE = "schemas/core_components"
FOLDER = "schemas/interactions/GetLoansInteraction"
RESPONDER = "urn:riv:test:loans:GetLoansResponder:1"

_SHARED = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:riv:test:loans:1"
 targetNamespace="urn:riv:test:loans:1" elementFormDefault="qualified" version="1.0">
 <xs:complexType name="IIType"><xs:sequence>
  <xs:element name="root" type="xs:string"/><xs:element name="extension" type="t:PersonText"/>
 </xs:sequence></xs:complexType>
 <xs:simpleType name="PersonText">
  <xs:restriction base="xs:string"><xs:pattern value="[0-9]{12}"/></xs:restriction>
 </xs:simpleType>
 <xs:complexType name="LoanType"><xs:sequence>
  <xs:element name="head" type="t:HeadType"/>
  <xs:element name="hjälpmedel" type="xs:string" minOccurs="0"/>
  <xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>
 </xs:sequence></xs:complexType>
 <xs:complexType name="HeadType"><xs:sequence>
  <xs:element name="documentId" type="xs:string"/>
  <xs:element name="sourceSystemHSAId" type="xs:string"/>
  <xs:element name="patientId" type="t:IIType"/>
  <xs:element name="documentTime" type="xs:string"/>
  <xs:element name="careUnitHSAId" type="xs:string" minOccurs="0"/>
  <xs:element name="approvedForPatient" type="xs:boolean" minOccurs="0"/>
 </xs:sequence></xs:complexType>
</xs:schema>
"""
_SERVICE = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="urn:riv:test:loans:GetLoansResponder:1"
 xmlns:t="urn:riv:test:loans:1" targetNamespace="urn:riv:test:loans:GetLoansResponder:1"
 elementFormDefault="qualified" version="1.0">
 <xs:import namespace="urn:riv:test:loans:1" schemaLocation="../../core_components/test_loans_1.0.xsd"/>
 <xs:element name="GetLoans" type="tns:GetLoansType"/>
 <xs:element name="GetLoansResponse" type="tns:GetLoansResponseType"/>
 <xs:complexType name="GetLoansType"><xs:sequence>
  <xs:element name="patientId" type="t:IIType"/>
  <xs:element name="careUnitHSAId" type="xs:string" minOccurs="0"/>
  <xs:element name="sourceSystemHSAId" type="xs:string" minOccurs="0"/>
 </xs:sequence></xs:complexType>
 <xs:complexType name="GetLoansResponseType"><xs:sequence>
  <xs:element name="loan" type="t:LoanType" minOccurs="0" maxOccurs="unbounded"/>
 </xs:sequence></xs:complexType>
</xs:schema>
"""
_WSDL = """\
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:r="urn:riv:test:loans:GetLoansResponder:1"
 xmlns:itr="urn:riv:itintegration:registry:1" xmlns:tns="urn:riv:test:loans:GetLoans:1:rivtabp21"
 name="GetLoansInteraction" targetNamespace="urn:riv:test:loans:GetLoans:1:rivtabp21">
 <wsdl:documentation>Hjälpmedel på lån</wsdl:documentation>
 <wsdl:types><xs:schema targetNamespace="urn:riv:test:loans:GetLoans:1:rivtabp21">
  <xs:import namespace="urn:riv:test:loans:GetLoansResponder:1" schemaLocation="GetLoansResponder_1.0.xsd"/>
  <xs:import namespace="urn:riv:itintegration:registry:1"
   schemaLocation="../../core_components/itintegration_registry_1.0.xsd"/>
 </xs:schema></wsdl:types>
 <wsdl:message name="GetLoansRequest">
  <wsdl:part name="LogicalAddress" element="itr:LogicalAddress"/><wsdl:part name="parameters" element="r:GetLoans"/>
 </wsdl:message>
 <wsdl:message name="GetLoansResponse"><wsdl:part name="parameters" element="r:GetLoansResponse"/></wsdl:message>
 <wsdl:portType name="GetLoansResponderInterface"><wsdl:operation name="GetLoans">
  <wsdl:input message="tns:GetLoansRequest"/><wsdl:output message="tns:GetLoansResponse"/>
 </wsdl:operation></wsdl:portType>
 <wsdl:binding name="GetLoansResponderBinding" type="tns:GetLoansResponderInterface">
  <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
  <wsdl:operation name="GetLoans">
   <soap:operation soapAction="urn:riv:test:loans:GetLoansResponder:1:GetLoans"/>
   <wsdl:input><soap:header use="literal" message="tns:GetLoansRequest" part="LogicalAddress"/>
    <soap:body use="literal" parts="parameters"/></wsdl:input>
   <wsdl:output><soap:body use="literal"/></wsdl:output>
  </wsdl:operation></wsdl:binding>
 <wsdl:service name="GetLoansResponderService">
  <wsdl:port name="GetLoansResponderPort" binding="tns:GetLoansResponderBinding">
  <soap:address location="http://tempuri.org"/></wsdl:port></wsdl:service>
</wsdl:definitions>
"""
SHARED_PATH = f"{CORE}/test_loans_1.0.xsd"
SERVICE_PATH = f"{FOLDER}/GetLoansResponder_1.0.xsd"
WSDL_PATH = f"{FOLDER}/GetLoansInteraction_1.0_RIVTABP21.wsdl"


def package() -> dict[str, str]:
    """The files by path; a test may change them."""
    registry = (ROOT / "xsd" / "core_components" / "itintegration_registry_1.0.xsd").read_text("utf-8")
    return {
        SHARED_PATH: _SHARED,
        f"{CORE}/itintegration_registry_1.0.xsd": registry,
        SERVICE_PATH: _SERVICE,
        WSDL_PATH: _WSDL,
    }


def changed(path: str, old: str, new: str, files: Mapping[str, str] | None = None) -> dict[str, str]:
    """The package with one text in one file replaced."""
    found = dict(files or package())
    assert old in found[path], old
    found[path] = found[path].replace(old, new)
    return found


def minor() -> dict[str, str]:
    """Version 1.1: a new optional element of an ``_ext`` schema ahead of the wildcard (Service Schema 2.1 #9)."""
    files = {path.replace("_1.0", "_1.1"): text.replace("_1.0", "_1.1") for path, text in package().items()}
    shared = f"{CORE}/test_loans_1.1.xsd"
    files = changed(shared, '<xs:complexType name="IIType">',
                    '<xs:import namespace="urn:riv:test:loans:1.1" schemaLocation="test_loans_1.1_ext.xsd"/>'
                    '<xs:complexType name="IIType">', files)  # fmt: skip
    files = changed(
        shared, "<xs:any", '<xs:element xmlns:m1="urn:riv:test:loans:1.1" ref="m1:lent" minOccurs="0"/><xs:any', files
    )
    files[f"{CORE}/test_loans_1.1_ext.xsd"] = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:riv:test:loans:1.1"'
        ' elementFormDefault="qualified"><xs:element name="lent" type="xs:int"/></xs:schema>'
    )
    return files


def folder(path: Path, files: Mapping[str, str]) -> Path:
    """The package as a folder."""
    for name, text in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return path


def zipped(path: Path, files: Mapping[str, str | bytes], above: str = "") -> Path:
    """The package as a zip file, below a folder ``above``."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(above + name), text, zipfile.ZIP_DEFLATED)
    path.write_bytes(whole.getvalue())
    return path


def data_folder(path: Path) -> Path:
    """A data folder with one contract of its own, so that it can be loaded."""
    path.mkdir()
    make_contract(path)
    return path
