"""What stops the pilot from starting, and what its models are made of."""

import shutil
from pathlib import Path

import pytest
from lxml import etree

from gateway.errors import DataError
from gateway.producers.kronoberg.models import Models
from gateway.producers.kronoberg.protocol import Protocol
from gateway.producers.kronoberg.server import main
from gateway.producers.kronoberg.service import Producer

OUTER = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:i="urn:inner" xmlns:o="urn:outer"
    targetNamespace="urn:outer" elementFormDefault="qualified">
  <xs:import namespace="urn:inner" schemaLocation="inner.xsd"/>
  <xs:element name="Ask" type="o:AskType"/>
  <xs:complexType name="AskType"><xs:sequence>
    <xs:element name="flag" type="xs:boolean" maxOccurs="unbounded"/>
    <xs:choice>
      <xs:element name="data" type="xs:base64Binary"/>
      <xs:element name="link" type="i:Link"/>
    </xs:choice>
    <xs:element ref="i:later"/>
    <xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence></xs:complexType>
</xs:schema>"""
INNER = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:i="urn:inner"
    targetNamespace="urn:inner" elementFormDefault="qualified">
  <xs:simpleType name="Code"><xs:restriction base="xs:string"/></xs:simpleType>
  <xs:element name="later" type="i:Code"/>
  <xs:complexType name="Link">
    <xs:sequence><xs:element name="to" type="i:Code"/></xs:sequence>
  </xs:complexType>
</xs:schema>"""


@pytest.fixture
def xsd(tmp_path: Path) -> Path:
    (tmp_path / "inner.xsd").write_text(INNER)
    (tmp_path / "outer.xsd").write_text(OUTER)
    return tmp_path / "outer.xsd"


def test_models_follow_the_schema(xsd: Path) -> None:
    models = Models(xsd)
    model = models.element("{urn:outer}Ask")
    assert list(model._type_info) == ["flag", "data", "link", "later"]
    spaces = [member.Attributes.sub_ns for member in model._type_info.values()]
    assert spaces == ["urn:outer", "urn:outer", "urn:outer", "urn:inner"]
    assert [member.Attributes.max_occurs > 1 for member in model._type_info.values()] == [
        True,
        False,
        False,
        False,
    ]
    assert list(model._type_info["link"]._type_info) == ["to"]
    assert models.namespaces == {"urn:inner", "urn:outer"}
    with pytest.raises(DataError, match="Answer"):
        models.element("{urn:outer}Answer")


def test_objects_hold_the_values(xsd: Path) -> None:
    model = Models(xsd).element("{urn:outer}Ask")
    protocol = Protocol(etree.XMLSchema(file=str(xsd)), "{urn:outer}Ask", model)
    message = etree.fromstring(
        '<Ask xmlns="urn:outer"><flag> true </flag><flag>1</flag><flag>0</flag><flag>false</flag>'
        '<data>w6XD\n pMO2</data><later xmlns="urn:inner">sen</later></Ask>'
    )
    ask = protocol.from_element(None, model, message)
    assert (ask.flag, b"".join(ask.data).decode(), ask.link, ask.later) == (
        [True, True, False, False],
        "åäö",
        None,
        "sen",
    )


def test_records_must_be_valid(data_root: Path, tmp_path: Path) -> None:
    shutil.copytree(data_root, tmp_path / "root", symlinks=True)
    records = tmp_path / "root/fixtures/records/07-kronoberg/GetCarePlans_2.0.xml"
    text = records.read_text(encoding="utf-8")
    records.write_text(text.replace("approvedForPatient>", "approved>"), encoding="utf-8")
    with pytest.raises(DataError, match=r"GetCarePlans_2.0.xml:1: Element .*approved"):
        Producer(tmp_path / "root", "GetCarePlans_2.0")
    records.write_text(text[:-1], encoding="utf-8")
    with pytest.raises(DataError, match="not well-formed XML"):
        Producer(tmp_path / "root", "GetCarePlans_2.0")
    records.unlink()
    assert str(Producer(tmp_path / "root", "GetCarePlans_2.0")) == "GetCarePlans 0"


def test_without_data_there_is_no_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--data-root", str(tmp_path), "--port", "0"])
    assert stopped.value.code == 2
    assert "GetCareManagers_1.0.toml" in capsys.readouterr().err
