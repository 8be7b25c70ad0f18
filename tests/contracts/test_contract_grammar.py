"""``gateway.contracts.grammar`` and ``lexical``: what an expression takes, libxml2 takes."""

import asyncio
import re

import pytest
from gateway_samples import TOLVAN
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from sample_parts import KEYS, sampler

from gateway.aggregator.outcome import examine
from gateway.aggregator.recognise import Recogniser
from gateway.contracts.contract import Contract
from gateway.contracts.lexical import NEVER, PLAIN, Lexical
from gateway.contracts.particles import Particles
from gateway.contracts.sample import write
from gateway.contracts.sample.mutants import mutants
from gateway.contracts.sample.sampler import Recipe, Style
from gateway.contracts.schemaset import SchemaSet
from gateway.message import Answer
from gateway.soap import ns, xml
from gateway.soap.head import MessageError

AGGREGATED = [key for key in KEYS if sampler(key).contract.record_tag]
STYLES: tuple[Style, ...] = ("minimal", "full", "random")


def of(key: str, data: bytes, recogniser: Recogniser) -> bool:
    """Whether a message of a contract is recognised, asked for the person of its first record."""
    for each in recogniser._known.values():
        each.misses = 0
    sampled = sampler(key).contract
    person = _person(sampled, data)
    found = asyncio.run(recogniser(person, data, lenient=False))
    if found is not None:
        tree = examine(sampled, person, Answer(200, [], data), False)
        assert (tree.count, tree.identities) == (found.cut.count, found.identities)
    return found is not None


def _person(sampled: Contract, data: bytes) -> str:
    try:
        first = next(xml.body_child(xml.parse(data)).iterchildren(sampled.record_tag), None)
    except MessageError:
        return TOLVAN
    return "" if first is None else first.findtext(sampled.record["patient"]) or ""


AGGREGATED = [key for key in KEYS if sampler(key).contract.record_tag]


@pytest.mark.parametrize("key", AGGREGATED)
def test_valid_samples_are_recognised(key: str) -> None:
    recogniser = Recogniser(sampler(key).contract)
    made = [
        write.written(sampler(key).pair(Recipe(style=style, records=2), number).response)
        for style in STYLES
        for number in range(5)
    ]
    assert [of(key, data, recogniser) for data in made][:5] == [True] * 5


@pytest.mark.parametrize("key", AGGREGATED)
def test_no_broken_sample_is_recognised_that_the_tree_refuses(key: str) -> None:
    """Every way to break the schema, and what only a careful reader sees."""
    recogniser = Recogniser(sampler(key).contract)
    recognised = {each.name for each in mutants(sampler(key)) if of(key, each.data, recogniser)}
    assert recognised  # what breaks no schema


TYPES = {
    **{f"xs:{name}": f'<xs:restriction base="xs:{name}"/>' for name in (
        "string", "normalizedString", "token", "boolean", "integer", "long", "int", "short", "nonNegativeInteger",
        "positiveInteger", "decimal", "double", "float", "date", "time", "dateTime", "anyURI", "base64Binary",
    )},
    "listed": '<xs:restriction base="xs:string"><xs:enumeration value="A.B"/><xs:enumeration value="Å"/>'
    '<xs:enumeration value="a&amp;b"/></xs:restriction>',
    "pattern": r'<xs:restriction base="xs:string"><xs:pattern value="(19|20)\d\d(0[1-9]|1[012])([0-2])?"/>'
    "</xs:restriction>",
    "two patterns": '<xs:restriction base="xs:token"><xs:pattern value="[0-9]{2}"/><xs:pattern value="[A-C]x?"/>'
    "</xs:restriction>",
    "long": '<xs:restriction base="xs:token"><xs:minLength value="2"/><xs:maxLength value="5"/></xs:restriction>',
    "at most": '<xs:restriction base="xs:string"><xs:maxLength value="3"/></xs:restriction>',
}  # fmt: skip
UNTOLD = {
    "a list": '<xs:list itemType="xs:int"/>',
    "a union": '<xs:union memberTypes="xs:int xs:date"/>',
    "digits": '<xs:restriction base="xs:decimal"><xs:totalDigits value="3"/></xs:restriction>',
    "limits": '<xs:restriction base="xs:int"><xs:minInclusive value="3"/></xs:restriction>',
    "an id": '<xs:restriction base="xs:ID"/>',
    "other letters": '<xs:restriction base="xs:string"><xs:pattern value="[å]"/></xs:restriction>',
    "any letter": '<xs:restriction base="xs:string"><xs:pattern value="...."/></xs:restriction>',
    "all but": '<xs:restriction base="xs:string"><xs:pattern value="[^a]"/></xs:restriction>',
    "what takes ages": '<xs:restriction base="xs:string"><xs:pattern value="(a*)*b"/></xs:restriction>',
    "what takes ages to end": '<xs:restriction base="xs:string"><xs:pattern value="(a?){30}b"/></xs:restriction>',
    "what takes long": '<xs:restriction base="xs:string"><xs:pattern value="a*a*b"/></xs:restriction>',
}


def schema(kind: str) -> bytes:
    element = f'<xs:element name="x"><xs:simpleType>{kind}</xs:simpleType></xs:element>'
    return f'<xs:schema xmlns:xs="{ns.XS}">{element}</xs:schema>'.encode()


def text(kind: str) -> bytes:
    particles = Particles(SchemaSet({"x.xsd": schema(kind)}).view("x.xsd"))
    found = particles.root("x")
    assert found is not None
    return Lexical(particles, PLAIN).of(found.node)


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=30)
@given(data=st.data())
def test_every_text_that_fits_is_valid(name: str, data: st.DataObject) -> None:
    pattern = text(TYPES[name])
    assert pattern != NEVER
    drawable = pattern.replace(b"*+", b"*").replace(b"(?=<)", b"").decode()
    drawn = data.draw(st.from_regex(re.compile(drawable, re.ASCII), fullmatch=True))
    written = f"<x>{drawn}</x>".encode()
    if not re.compile(b"<x>%b</x>" % pattern).fullmatch(written) or re.search(
        r"[\x00-\x08\x0b-\x1f\uffff\ufffe&]|]]>", drawn
    ):
        return  # the generator knows no look-ahead, and no rules of XML
    assert etree.XMLSchema(etree.fromstring(schema(TYPES[name]))).validate(etree.fromstring(written))


FITTING = {
    "xs:string": ["", "å  ä", "]"],
    "xs:boolean": ["true", "0"],
    "xs:int": ["-12", "007"],
    "xs:decimal": ["1.50", "-3"],
    "xs:date": ["2026-11-30", "2026-12-31Z"],
    "xs:dateTime": ["2026-02-28T23:59:59", "2026-01-31T00:00:00.5+01:00"],
    "xs:anyURI": ["http://a.se/b", "urn:riv:x"],
    "xs:base64Binary": ["", "QUJD", "QQ==", "QUI="],
    "listed": ["A.B", "Å"],
    "pattern": ["202611", "1999122"],
    "two patterns": ["12", "Cx", "A"],
    "long": ["ab", "a b-c"],
    "at most": ["", "abc"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in FITTING.items() for value in values])
def test_common_texts_fit(name: str, value: str) -> None:
    assert re.fullmatch(b"<x>%b</x>" % text(TYPES[name]), f"<x>{value}</x>".encode())


@pytest.mark.parametrize("name", UNTOLD)
def test_about_other_types_nothing_is_said(name: str) -> None:
    assert text(UNTOLD[name]).count(NEVER) == 1


def test_a_listed_value_that_would_be_no_xml_as_it_is_does_not_fit() -> None:
    assert b"a&b" not in text(TYPES["listed"]).replace(b"\\", b"")


NOT_FITTING = {
    "xs:date": ["2026-02-30", "2026-04-31", "26-01-01"],
    "xs:int": ["", "1.0", "99999999999"],
    "xs:boolean": ["TRUE", "yes", ""],
    "xs:base64Binary": ["Q", "QR==", "QUJ="],
    "listed": ["AxB", "a", ""],
    "pattern": ["201913", "2026", "20261199"],
    "two patterns": ["1", "D"],
    "long": ["a", "abcdef", " a  "],
    "at most": ["abcd"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in NOT_FITTING.items() for value in values])
def test_wrong_texts_do_not(name: str, value: str) -> None:
    written = f"<x>{value}</x>"
    assert not re.fullmatch(b"<x>%b</x>" % text(TYPES[name]), written.encode())
    if value.strip():
        assert not etree.XMLSchema(etree.fromstring(schema(TYPES[name]))).validate(etree.fromstring(written))
