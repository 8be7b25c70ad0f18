"""``gateway.contracts.grammar`` on schemas that ours are not like: what it takes is valid, and the common is taken."""

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from sample_parts import sampler

from gateway.contracts.contract import Contract
from gateway.contracts.grammar import IDENTITY, PERSON, Grammar
from gateway.soap import ns

SPACE = "urn:riv:test:udda:GetUddaResponder:1"
TAG = f"{{{SPACE}}}"
SCHEMA = """\
<xs:schema xmlns:xs="{xs}" xmlns:t="{space}" targetNamespace="{space}" elementFormDefault="qualified">
 <xs:element name="GetUddaResponse">
  <xs:complexType><xs:complexContent><xs:extension base="t:Base">
   <xs:sequence>{records}<xs:element name="result" type="xs:string" minOccurs="0"/></xs:sequence>
  </xs:extension></xs:complexContent></xs:complexType>{key}</xs:element>
 <xs:complexType name="Base">{base}</xs:complexType>
 <xs:complexType name="Record"><xs:sequence>
  <xs:element name="person" type="xs:string"/><xs:element name="id" type="xs:string" minOccurs="0"/>{content}
 </xs:sequence></xs:complexType>{more}
</xs:schema>"""
RECORDS = '<xs:element name="record" type="t:Record" minOccurs="0" maxOccurs="unbounded"/>'
KEY = '<xs:key name="k"><xs:selector xpath="t:record"/><xs:field xpath="t:id"/></xs:key>'


def made(
    folder: Path, content: str, more: str = "", *, records: str = RECORDS, key: str = "", base: str = ""
) -> Contract:
    """A contract with this schema."""
    inherited = base and f"<xs:sequence>{base}</xs:sequence>"
    text = SCHEMA.format(xs=ns.XS, space=SPACE, content=content, more=more, records=records, key=key, base=inherited)
    xsd = folder / "GetUdda.xsd"
    xsd.write_text(text, "utf-8")
    return replace(
        sampler("GetFixedContacts_1.0").contract,
        xsd=xsd,
        schema=etree.XMLSchema(etree.parse(str(xsd))),
        response_tag=f"{TAG}GetUddaResponse",
        record_tag=f"{TAG}record",
        record={"patient": f"{TAG}person", "id": f"{TAG}id"},
    )


def taken(contract: Contract, inner: str, *, spaced: bool = False) -> bool:
    """Whether a record is; it must be valid then."""
    pattern = Grammar(contract).record({SPACE: "t"}, spaced=spaced, references=False)
    assert pattern is not None
    record = f"<t:record><t:person>åäö</t:person>{inner}</t:record>"
    if pattern.fullmatch(record.encode()) is None:
        return False
    whole = f'<t:GetUddaResponse xmlns:t="{SPACE}">{record}{record}</t:GetUddaResponse>'
    assert contract.schema.validate(etree.fromstring(whole))
    return True


STRING = '<xs:element name="{}" type="xs:string"/>'
A, B = STRING.format("a"), STRING.format("b")
TEXT_A, TEXT_B = "<t:a>1</t:a>", "<t:b>2</t:b>"
CONTENT: dict[str, tuple[str, str, list[str], list[str]]] = {
    "once": (A, "", [TEXT_A], ["", TEXT_A * 2, TEXT_B, TEXT_A + TEXT_B]),
    "in order": (A + B, "", [TEXT_A + TEXT_B], [TEXT_B + TEXT_A, TEXT_A, TEXT_B]),
    "perhaps": (A.replace("/>", ' minOccurs="0"/>'), "", ["", TEXT_A], [TEXT_A * 2]),
    "any number": (A.replace("/>", ' minOccurs="0" maxOccurs="unbounded"/>'), "", ["", TEXT_A, TEXT_A * 5], [TEXT_B]),
    "one or more": (A.replace("/>", ' maxOccurs="unbounded"/>'), "", [TEXT_A, TEXT_A * 5], [""]),
    "two or three": (
        A.replace("/>", ' minOccurs="2" maxOccurs="3"/>'),
        "",
        [TEXT_A * 2, TEXT_A * 3],
        ["", TEXT_A, TEXT_A * 4],
    ),
    "two or more": (A.replace("/>", ' minOccurs="2" maxOccurs="unbounded"/>'), "", [TEXT_A * 4], [TEXT_A]),
    "never": (A.replace("/>", ' minOccurs="0" maxOccurs="0"/>'), "", [""], [TEXT_A]),
    "one of two": (f"<xs:choice>{A}{B}</xs:choice>", "", [TEXT_A, TEXT_B], ["", TEXT_A + TEXT_B]),
    "any of two": (
        f'<xs:choice minOccurs="0" maxOccurs="unbounded">{A}{B}</xs:choice>',
        "",
        ["", TEXT_A + TEXT_B + TEXT_A],
        ["<t:c/>"],
    ),
    "a sequence again": (
        f'<xs:sequence maxOccurs="2">{A}{B}</xs:sequence>',
        "",
        [TEXT_A + TEXT_B, (TEXT_A + TEXT_B) * 2],
        [TEXT_A + TEXT_B + TEXT_A],
    ),
    "a group": (
        '<xs:group ref="t:G"/>',
        f'<xs:group name="G"><xs:sequence>{A}</xs:sequence></xs:group>',
        [TEXT_A],
        [""],
    ),
    "a reference": ('<xs:element ref="t:a"/>', A, [TEXT_A], ["", TEXT_B]),
    "an extension": (
        '<xs:element name="x" type="t:X"/>',
        f'<xs:complexType name="Y"><xs:sequence>{A}</xs:sequence></xs:complexType><xs:complexType name="X">'
        f'<xs:complexContent><xs:extension base="t:Y"><xs:sequence>{B}</xs:sequence></xs:extension></xs:complexContent>'
        "</xs:complexType>",
        [f"<t:x>{TEXT_A}{TEXT_B}</t:x>"],
        [f"<t:x>{TEXT_B}</t:x>", f"<t:x>{TEXT_A}</t:x>", f"<t:x>{TEXT_B}{TEXT_A}</t:x>"],
    ),
    "what may be empty": (
        f'<xs:element name="x"><xs:complexType><xs:sequence minOccurs="0">{A}</xs:sequence></xs:complexType>'
        "</xs:element>",
        "",
        ["<t:x/>", "<t:x></t:x>", f"<t:x>{TEXT_A}</t:x>"],
        ["<t:x>text</t:x>", ""],
    ),
    "what may not": (
        '<xs:element name="x"><xs:complexType><xs:sequence>' + A + "</xs:sequence></xs:complexType></xs:element>",
        "",
        [f"<t:x>{TEXT_A}</t:x>"],
        ["<t:x/>", "<t:x></t:x>"],
    ),
    "room for others": (
        '<xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>',
        "",
        [""],
        [TEXT_A, '<o:x xmlns:o="urn:o"/>'],
    ),
    "others wanted": ('<xs:any namespace="##other" processContents="lax"/>', "", [], ["", '<o:x xmlns:o="urn:o"/>']),
    "in any order": (
        f'<xs:element name="x"><xs:complexType><xs:all>{A}{B}</xs:all></xs:complexType></xs:element>',
        "",
        [],
        ["<t:x/>", f"<t:x>{TEXT_A}{TEXT_B}</t:x>"],
    ),
    "an attribute": (
        '<xs:element name="x"><xs:complexType><xs:attribute name="q" use="required"/></xs:complexType></xs:element>',
        "",
        [],
        ["<t:x/>", "<t:x></t:x>"],
    ),
    "an attribute of a text": (
        '<xs:element name="x"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">'
        '<xs:attribute name="q" use="required"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>',
        "",
        [],
        ["<t:x>1</t:x>"],
    ),
    "an attribute of none": (
        '<xs:element name="x"><xs:complexType><xs:simpleContent><xs:extension base="xs:date">'
        '<xs:attribute name="q"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>',
        "",
        ["<t:x>2026-11-24</t:x>"],
        ["<t:x>igår</t:x>", '<t:x q="1">2026-11-24</t:x>'],
    ),
    "an inherited attribute": (
        '<xs:element name="x" type="t:X"/>',
        '<xs:complexType name="Y"><xs:sequence/><xs:attribute name="q" use="required"/></xs:complexType>'
        '<xs:complexType name="X"><xs:complexContent><xs:extension base="t:Y"><xs:sequence/></xs:extension>'
        "</xs:complexContent></xs:complexType>",
        [],
        ["<t:x/>", "<t:x></t:x>"],
    ),
    "an inherited attribute of a text": (
        '<xs:element name="x" type="t:X"/>',
        '<xs:complexType name="Y"><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="q"'
        ' use="required"/></xs:extension></xs:simpleContent></xs:complexType><xs:complexType name="X">'
        '<xs:simpleContent><xs:extension base="t:Y"/></xs:simpleContent></xs:complexType>',
        [],
        ["<t:x>1</t:x>"],
    ),
    "an attribute that may be": (
        f'<xs:element name="x"><xs:complexType><xs:sequence>{A}</xs:sequence><xs:attribute name="q"/></xs:complexType>'
        "</xs:element>",
        "",
        [f"<t:x>{TEXT_A}</t:x>"],
        [f'<t:x q="1">{TEXT_A}</t:x>'],
    ),
    "attributes of a group": (
        '<xs:element name="x"><xs:complexType><xs:attributeGroup ref="t:g"/></xs:complexType></xs:element>',
        '<xs:attributeGroup name="g"><xs:attribute name="q" use="required"/></xs:attributeGroup>',
        [],
        ["<t:x/>"],
    ),
    "what is abstract": (
        '<xs:element ref="t:x"/>',
        '<xs:element name="x" type="xs:string" abstract="true"/>',
        [],
        ["<t:x>1</t:x>"],
    ),
    "an abstract type": (
        '<xs:element name="x" type="t:X"/>',
        f'<xs:complexType name="X" abstract="true"><xs:sequence>{A}</xs:sequence></xs:complexType>',
        [],
        [f"<t:x>{TEXT_A}</t:x>"],
    ),
    "a fixed text": ('<xs:element name="a" type="xs:string" fixed="2"/>', "", [], [TEXT_A, "<t:a>2</t:a>"]),
    "no type": ('<xs:element name="a"/>', "", [], [TEXT_A]),
    "a type of its own kind": (
        '<xs:element name="x" type="t:X" minOccurs="0"/>',
        '<xs:complexType name="X"><xs:sequence><xs:element name="x" type="t:X" minOccurs="0"/></xs:sequence>'
        "</xs:complexType>",
        ["", "<t:x/>"],
        ["<t:x><t:x/></t:x>"],
    ),
    "no namespace": ('<xs:element name="a" type="xs:string" form="unqualified"/>', "", ["<a>1</a>"], [TEXT_A]),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENT)
def test_what_is_taken_and_what_is_not(name: str, tmp_path: Path) -> None:
    content, more, fitting, others = CONTENT[name]
    contract = made(tmp_path, content, more)
    assert [inner for inner in fitting if not taken(contract, inner)] == []
    assert [inner for inner in others if taken(contract, inner)] == []


def test_white_space_between_tags_only_where_it_is_looked_for(tmp_path: Path) -> None:
    contract = made(tmp_path, A)
    assert taken(contract, f"\n {TEXT_A}\t", spaced=True)
    assert not taken(contract, f"\n {TEXT_A}")


def test_person_and_identity_are_found(tmp_path: Path) -> None:
    pattern = Grammar(made(tmp_path, "")).record({SPACE: "t"}, spaced=False, references=False)
    assert pattern is not None
    found = pattern.match(b"<t:record><t:person>P</t:person><t:id>I</t:id></t:record>")
    assert found is not None
    assert (found[PERSON], found[IDENTITY]) == (b"P", b"I")


NOT_FOR_EXPRESSIONS = {
    "records that must be there": {"records": RECORDS.replace(' minOccurs="0"', "")},
    "only so many records": {"records": RECORDS.replace("unbounded", "9")},
    "something before them": {"records": A.replace("/>", ' minOccurs="0"/>') + RECORDS},
    "something before them, inherited": {"records": RECORDS, "base": A.replace("/>", ' minOccurs="0"/>')},
    "records in a choice": {"records": f'<xs:choice minOccurs="0" maxOccurs="unbounded">{RECORDS}</xs:choice>'},
    "records that must differ": {"key": KEY},
}


@pytest.mark.parametrize("why", NOT_FOR_EXPRESSIONS)
def test_some_schemas_are_left_to_libxml2(why: str, tmp_path: Path) -> None:
    contract = made(tmp_path, A, **NOT_FOR_EXPRESSIONS[why])
    assert Grammar(contract).record({SPACE: "t"}, spaced=False, references=False) is None


@pytest.mark.parametrize(
    ("patient", "content"),
    [
        ("many", '<xs:element name="many" type="xs:string" maxOccurs="2"/>'),
        ("many", '<xs:sequence maxOccurs="2"><xs:element name="many" type="xs:string"/></xs:sequence>'),
        (
            f"x/{TAG}many",
            '<xs:element name="x" maxOccurs="unbounded"><xs:complexType><xs:sequence>'
            '<xs:element name="many" type="xs:string"/></xs:sequence></xs:complexType></xs:element>',
        ),
    ],
)
def test_a_person_that_may_be_several_is_left_to_the_tree(patient: str, content: str, tmp_path: Path) -> None:
    contract = replace(made(tmp_path, content), record={"patient": f"{TAG}{patient}", "id": ""})
    assert Grammar(contract).record({SPACE: "t"}, spaced=False, references=False) is None


def test_a_schema_of_endless_breadth_is_given_up(tmp_path: Path) -> None:
    """Every level doubles: an expression for it would fill the memory."""
    levels = "".join(
        f'<xs:complexType name="L{n}"><xs:sequence><xs:element name="p{n}" type="t:L{n + 1}"/>'
        f'<xs:element name="q{n}" type="t:L{n + 1}"/></xs:sequence></xs:complexType>'
        for n in range(40)
    )
    last = '<xs:complexType name="L40"><xs:sequence/></xs:complexType>'
    contract = made(tmp_path, '<xs:element name="x" type="t:L0"/>', levels + last)
    assert Grammar(contract).record({SPACE: "t"}, spaced=False, references=False) is None
