"""Contracts for the tests of samples: all that are shipped, and an added package with what ours do not have."""

from functools import cache
from pathlib import Path

from check_samples import NOW
from gateway_samples import ROOT

from gateway.contracts.contract import Contract, load_contract
from gateway.contracts.messages.checker import Checked, Checker, Options
from gateway.contracts.sample import write
from gateway.contracts.sample.sampler import Pair, Sampler

KEYS = sorted(path.stem for path in (ROOT / "contracts").glob("*.toml") if "_" in path.stem)


@cache
def sampler(key: str) -> Sampler:
    """Makes messages of a shipped contract."""
    return Sampler(contract(key))


@cache
def contract(key: str) -> Contract:
    """A shipped contract."""
    return load_contract(ROOT / "contracts" / f"{key}.toml", ROOT)


@cache
def shipped_checker() -> Checker:
    """Checks messages of shipped contracts; its clock stands still."""
    return Checker(ROOT, Options(now=NOW))


def checked(made: Sampler, pair: Pair, judge: Checker) -> list[Checked]:
    """What the checker says about a request and its answer."""
    request = write.written(pair.request, made.address)
    answer = write.written(pair.response)
    return [judge.check("request", request), judge.check("response", answer, request)]


def wrong(made: Sampler, pair: Pair, judge: Checker) -> list[tuple[str, str, str]]:
    """Rule, place and text of every finding, mild ones too."""
    both = checked(made, pair, judge)
    return [(each.rule, each.xpath, each.message.en) for one in both for each in one.findings]


def odd_package(folder: Path) -> Path:
    """A folder with a contract whose schema has choices, unions, lists, attributes, limits and odd patterns."""
    (folder / "contracts").mkdir(parents=True)
    (folder / "xsd").mkdir()
    (folder / "wsdl").mkdir()
    (folder / "wsdl" / "GetUdda.wsdl").write_text("<x/>", "utf-8")
    (folder / "xsd" / "GetUdda.xsd").write_text(_ODD, "utf-8")
    (folder / "contracts" / "GetUdda_1.0.toml").write_text(_DESCRIPTOR, "utf-8")
    return folder


_DESCRIPTOR = """\
name = "GetUdda"
version = "1.0"
status = "proposal"
domain = "test:udda"
responder = "urn:riv:test:udda:GetUddaResponder:1"
wsdl = "GetUdda.wsdl"
xsd = "GetUdda.xsd"

[title]
sv = "Udda"
en = "Odd"
"""
_ODD = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:riv:test:udda:GetUddaResponder:1"
 targetNamespace="urn:riv:test:udda:GetUddaResponder:1" elementFormDefault="qualified">
 <xs:element name="GetUdda" type="t:AskType"/>
 <xs:element name="GetUddaResponse" type="t:AnswerType"/>
 <xs:simpleType name="Small"><xs:restriction base="xs:int">
  <xs:minInclusive value="3"/><xs:maxExclusive value="9"/></xs:restriction></xs:simpleType>
 <xs:simpleType name="Price"><xs:restriction base="xs:decimal">
  <xs:totalDigits value="5"/><xs:fractionDigits value="2"/><xs:minExclusive value="0"/></xs:restriction></xs:simpleType>
 <xs:simpleType name="Colour"><xs:restriction base="xs:string">
  <xs:enumeration value="RÖD"/><xs:enumeration value="BLÅ"/></xs:restriction></xs:simpleType>
 <xs:simpleType name="Short"><xs:restriction base="xs:string">
  <xs:minLength value="3"/><xs:maxLength value="5"/></xs:restriction></xs:simpleType>
 <xs:simpleType name="Code"><xs:restriction base="xs:string">
  <xs:pattern value="[A-Z]{2}-[0-9-[5]]{3}"/></xs:restriction></xs:simpleType>
 <xs:simpleType name="Either"><xs:union memberTypes="t:Small t:Colour"/></xs:simpleType>
 <xs:simpleType name="Row"><xs:list itemType="t:Colour"/></xs:simpleType>
 <xs:complexType name="AskType"><xs:sequence>
  <xs:choice><xs:element name="number" type="t:Small"/><xs:element name="colour" type="t:Colour"/></xs:choice>
  <xs:element name="when" type="xs:dateTime" minOccurs="0"/>
 </xs:sequence></xs:complexType>
 <xs:complexType name="AnswerType"><xs:sequence>
  <xs:element name="price" type="t:Price" maxOccurs="3"/>
  <xs:element name="either" type="t:Either"/><xs:element name="row" type="t:Row" minOccurs="0"/>
  <xs:element name="short" type="t:Short" minOccurs="2" maxOccurs="2"/><xs:element name="code" type="t:Code"/>
  <xs:choice minOccurs="0" maxOccurs="unbounded"><xs:element name="day" type="xs:date"/>
   <xs:sequence><xs:element name="from" type="xs:time"/><xs:element name="to" type="xs:time"/></xs:sequence></xs:choice>
  <xs:element name="node" type="t:Node" minOccurs="0"/>
  <xs:element name="amount"><xs:complexType><xs:simpleContent><xs:extension base="t:Small">
   <xs:attribute name="unit" type="t:Colour" use="required"/></xs:extension></xs:simpleContent></xs:complexType>
  </xs:element>
 </xs:sequence></xs:complexType>
 <xs:complexType name="Node"><xs:sequence>
  <xs:element name="namn" type="xs:string"/><xs:element name="node" type="t:Node" minOccurs="0" maxOccurs="unbounded"/>
 </xs:sequence></xs:complexType>
</xs:schema>
"""
