"""The smallest message that a schema allows."""

import re

import pytest
from lxml import etree

from gateway.contracts.instance import Builder, InstanceError
from gateway.contracts.pattern import PatternError, example
from gateway.contracts.schemaset import SchemaSet


def built(
    content: str, wanted: dict[str, str] | None = None, root: str = '<xs:element name="a" type="t:A"/>'
) -> etree._Element:
    """Builds ``a`` and lets libxml2 judge it."""
    schema = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t"'
        f' elementFormDefault="qualified">{root}{content}</xs:schema>'
    ).encode()
    message = Builder(SchemaSet({"s.xsd": schema}).view("s.xsd")).build("{urn:t}a", wanted)
    etree.XMLSchema(etree.fromstring(schema)).assertValid(message)
    return message


def sequence(inner: str, after: str = "") -> str:
    return f'<xs:complexType name="A"><xs:sequence>{inner}</xs:sequence>{after}</xs:complexType>'


@pytest.mark.parametrize(
    "kind",
    [
        "boolean", "date", "dateTime", "time", "gYear", "gYearMonth", "gMonth", "gDay", "gMonthDay", "duration",
        "base64Binary", "hexBinary", "decimal", "float", "double", "integer", "nonNegativeInteger", "positiveInteger",
        "nonPositiveInteger", "negativeInteger", "int", "long", "short", "byte", "unsignedByte", "anyURI", "language",
        "token", "NMTOKEN", "Name", "NCName", "normalizedString", "ID", "string", "anySimpleType", "anyType",
    ],
)  # fmt: skip
def test_built_in_types(kind: str) -> None:
    built(sequence(f'<xs:element name="b" type="xs:{kind}"/>'))


@pytest.mark.parametrize(
    "facets",
    [
        '<xs:enumeration value="x"/><xs:enumeration value="y"/>', '<xs:length value="7"/>', '<xs:minLength value="9"/>',
        '<xs:maxLength value="2"/>', '<xs:pattern value="[1-9][0-9]{3}(0[1-9]|1[0-2])"/>',
        '<xs:pattern value="\\d{8}-\\w+"/>',
    ],
)  # fmt: skip
def test_facets_of_text(facets: str) -> None:
    built(
        sequence('<xs:element name="b" type="t:B"/>')
        + f'<xs:simpleType name="B"><xs:restriction base="xs:string">{facets}</xs:restriction></xs:simpleType>'
    )


@pytest.mark.parametrize(
    "facets", ['<xs:minInclusive value="7"/>', '<xs:maxInclusive value="-3"/>', '<xs:minExclusive value="10"/>']
)
def test_facets_of_numbers(facets: str) -> None:
    built(
        sequence('<xs:element name="b" type="t:B"/>')
        + f'<xs:simpleType name="B"><xs:restriction base="xs:int">{facets}</xs:restriction></xs:simpleType>'
    )


@pytest.mark.parametrize(
    "kind",
    [
        '<xs:union memberTypes="xs:int xs:date"/>',
        '<xs:list itemType="xs:int"/>',
        '<xs:union><xs:simpleType><xs:restriction base="xs:date"/></xs:simpleType></xs:union>',
    ],
)
def test_unions_and_lists(kind: str) -> None:
    built(sequence('<xs:element name="b" type="t:B"/>') + f'<xs:simpleType name="B">{kind}</xs:simpleType>')


def test_only_what_is_required_stands_there() -> None:
    message = built(sequence(
        '<xs:element name="b" type="xs:string" minOccurs="2" maxOccurs="3"/><xs:element name="c" minOccurs="0"/>'
        '<xs:choice><xs:element name="d" type="xs:int"/><xs:element name="e" type="xs:int"/></xs:choice>'
        '<xs:any namespace="##other" processContents="lax" minOccurs="0"/>',
        '<xs:attribute name="f" type="xs:int" use="required"/><xs:attribute name="g"/>',
    ))  # fmt: skip
    assert [etree.QName(each).localname for each in message] == ["b", "b", "d"]
    assert dict(message.attrib) == {"f": "1"}


def test_what_is_wanted_stands_there_too() -> None:
    content = sequence('<xs:element name="b" type="t:B" minOccurs="0"/><xs:choice><xs:element name="d" type="xs:int"/>'
                       '<xs:element name="e" type="xs:string"/></xs:choice>')  # fmt: skip
    inner = (
        '<xs:complexType name="B"><xs:sequence><xs:element name="c" type="xs:string" minOccurs="0"/></xs:sequence>'
        "</xs:complexType>"
    )
    message = built(content + inner, {"b/c": "å", "e": "ö"})
    assert [(etree.QName(each).localname, each.text) for each in message.iter()] == [
        ("a", None),
        ("b", None),
        ("c", "å"),
        ("e", "ö"),
    ]


def test_extensions_groups_and_attribute_groups() -> None:
    built(
        '<xs:complexType name="A"><xs:complexContent><xs:extension base="t:Base"><xs:sequence><xs:group ref="t:G"/>'
        '</xs:sequence><xs:attributeGroup ref="t:H"/></xs:extension></xs:complexContent></xs:complexType>'
        '<xs:complexType name="Base"><xs:sequence><xs:element name="b" type="xs:int"/></xs:sequence>'
        '<xs:attribute name="x" type="xs:date" use="required"/></xs:complexType>'
        '<xs:group name="G"><xs:sequence><xs:element name="c" type="xs:int"/></xs:sequence></xs:group>'
        '<xs:attributeGroup name="H"><xs:attribute name="y" use="required" fixed="z"/></xs:attributeGroup>'
    )


def test_abstract_types_and_elements_have_a_stand_in() -> None:
    built(
        sequence('<xs:element name="b" type="t:B"/><xs:element ref="t:head"/>')
        + '<xs:complexType name="B" abstract="true"/><xs:element name="head" abstract="true" type="xs:string"/>'
        '<xs:element name="tail" substitutionGroup="t:head" type="xs:string"/>'
        '<xs:complexType name="C"><xs:complexContent><xs:extension base="t:B"><xs:sequence>'
        '<xs:element name="c" type="xs:int"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>'
    )


def test_text_with_attributes_defaults_and_fixed_values() -> None:
    built(
        sequence('<xs:element name="b" type="t:B"/><xs:element name="c" type="xs:string" fixed="7"/>')
        + '<xs:complexType name="B"><xs:simpleContent><xs:extension base="xs:int">'
        '<xs:attribute name="unit" use="required"/></xs:extension></xs:simpleContent></xs:complexType>'
    )


def test_what_requires_itself_has_no_end() -> None:
    with pytest.raises(InstanceError, match="requires itself"):
        built(sequence('<xs:element name="b" type="t:A"/>'))


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "abc",
        "a|b",
        "(ab){3}",
        "[A-Z]{2}\\d+",
        "a?b*c+",
        "[^0-9]",
        "\\.",
        "x{2,5}",
        "[\\-a]",
        "(a|b)(c|d)",
        "[åäö]{2}",
    ],
)
def test_examples_fit_their_patterns(pattern: str) -> None:
    assert re.fullmatch(pattern, example(pattern))


def test_anchors_are_letters_in_a_schema() -> None:
    assert example("^a$") == "^a$"


@pytest.mark.parametrize("pattern", ["(", "a)", "[a-z-[aeiou]]", "\\p{IsGreek}", "a{x}", "[", "a{99999999}", "\\"])
def test_what_cannot_be_answered_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        example(pattern)
