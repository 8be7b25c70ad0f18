"""A data folder with every kind of link between WSDL and schema files, and a follower of links without any library."""

import urllib.error
import urllib.request
from pathlib import Path

from lxml import etree

from gateway.soap import ns

DOMAIN = "prov/doman"
TNS = "urn:riv:prov:doman"
PATH = f"/vp/{DOMAIN}/GetTing/1/rivtabp21"
_XS = f'xmlns:xs="{ns.XS}" elementFormDefault="qualified"'

WSDL = """<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"
    xmlns:b="{tns}:GetTing:1:rivtabp21" targetNamespace="{tns}:{name}:1:rivtabp21">
  <!-- Så här ser den ut -->
  {imports}
  <wsdl:types><xs:schema targetNamespace="{tns}:{name}:1:rivtabp21">
    <xs:import namespace="{tns}:GetTingResponder:1" schemaLocation="../xsd/interactions/ting.xsd"/>
    <xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="http://www.w3.org/2001/xml.xsd"/>
    <xs:import namespace="urn:utan:plats"/>
  </xs:schema></wsdl:types>
  <wsdl:service name="S">
    <wsdl:port name="P" binding="b:B"><soap:address location="https://localhost/GetTing/1/rivtabp21"/></wsdl:port>
    <wsdl:port name="P12" binding="b:B"><soap12:address location="http://tempuri.org"/></wsdl:port>
  </wsdl:service>
</wsdl:definitions>
"""
FILES = {
    "wsdl/GetTing_1.0_RIVTABP21.wsdl": WSDL.format(
        tns=TNS, name="GetTing", imports='<wsdl:import namespace="urn:delad" location="delad.wsdl"/>'
    ),
    "wsdl/delad.wsdl": f"""<definitions xmlns="{ns.WSDL}" targetNamespace="urn:delad"><types>
        <xs:schema xmlns:xs="{ns.XS}"><xs:import namespace="{TNS}:2"
        schemaLocation="../xsd/core/endast%20h%C3%A4r.xsd"/></xs:schema></types></definitions>""",
    "xsd/interactions/ting.xsd": f"""<xs:schema {_XS} targetNamespace="{TNS}:GetTingResponder:1" xmlns:c="{TNS}:1"
        xmlns:t="{TNS}:GetTingResponder:1">
        <xs:import namespace="{TNS}:1" schemaLocation="../core/karna.xsd"/>
        <xs:include schemaLocation="./delar/del.xsd"/>
        <xs:element name="GetTing" type="t:TingType"/></xs:schema>""",
    "xsd/interactions/delar/del.xsd": f"""<xs:schema {_XS} targetNamespace="{TNS}:GetTingResponder:1" xmlns:c="{TNS}:1">
        <xs:import namespace="{TNS}:1" schemaLocation="../../core/karna.xsd"/>
        <xs:complexType name="TingType"><xs:sequence><xs:element name="id" type="c:IdType"/></xs:sequence>
        </xs:complexType></xs:schema>""",
    "xsd/core/karna.xsd": f"""<xs:schema {_XS} targetNamespace="{TNS}:1" xmlns:c="{TNS}:1">
        <xs:redefine schemaLocation="djupt.xsd"><xs:simpleType name="IdType"><xs:restriction base="c:IdType">
        <xs:maxLength value="5"/></xs:restriction></xs:simpleType></xs:redefine></xs:schema>""",
    "xsd/core/djupt.xsd": f"""<xs:schema {_XS} targetNamespace="{TNS}:1">
        <xs:simpleType name="IdType"><xs:restriction base="xs:string"/></xs:simpleType></xs:schema>""",
    "xsd/core/endast här.xsd": f"""<xs:schema {_XS} targetNamespace="{TNS}:2"><xs:element name="x"/></xs:schema>""",
    "hemligt.xsd": f"<xs:schema {_XS}/>",
}
SCHEMAS = sorted(name for name in FILES if name.startswith("xsd/"))


def make(folder: Path, **more: str | bytes) -> Path:
    """Write the files; ``more`` replaces or adds some, with ``__`` for ``/`` and ``_dot_`` for ``.``."""
    changes = {name.replace("__", "/").replace("_dot_", "."): text for name, text in more.items()}
    for name, text in {**FILES, **changes}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def links(document: bytes) -> list[str]:
    """Every location that a document names, in its order."""
    return [
        location
        for element in etree.fromstring(document).iter("*")
        for name in ("schemaLocation", "location")
        if (location := element.get(name)) and not str(element.tag).endswith("}address")
    ]


def addresses(document: bytes) -> list[str]:
    """Where a WSDL says that the service is."""
    return [
        element.get("location", "")
        for element in etree.fromstring(document).iter("*")
        if str(element.tag).endswith("}address")
    ]


def fetched(url: str, headers: dict[str, str] | None = None) -> tuple[int, str, bytes]:
    """GET: status, Content-Type and body."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


def follow(url: str, into: Path, headers: dict[str, str] | None = None) -> dict[str, Path]:
    """Fetch a document and all that it names, as a client that generates code does; the files by address.

    In the files every address becomes the name of the file that it led to, so that they can be compiled as they are.
    """
    found: dict[str, Path] = {}
    waiting = [url]
    while waiting:
        address = waiting.pop()
        if address in found or not address.startswith(url.partition("?")[0]):
            continue
        status, _, body = fetched(address, headers)
        assert status == 200, (address, body)
        found[address] = into / f"{len(found)}.xml"
        found[address].write_bytes(body)
        waiting += links(body)
    for path in found.values():
        text = path.read_text("utf-8")
        for address in sorted(found, key=len, reverse=True):
            text = text.replace(f'ocation="{address.replace("&", "&amp;")}"', f'ocation="{found[address].name}"')
        path.write_text(text, "utf-8")
    return found
