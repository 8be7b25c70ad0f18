"""Texts for XSD patterns."""

from random import Random

import pytest

from gateway.contracts.pattern import PatternError
from gateway.contracts.sample import regex

PATTERNS = [
    r"(19|20)\d\d(0[1-9]|1[012])(0[1-9]|[12][0-9]|3[01])",
    r"[A-ZÅÄÖ][a-zåäö]{2,5}(-[0-9]+)?",
    r"[a-z-[aeiou]]{8}",
    r"[^0-9\s]{3}",
    r"\p{Lu}\p{Ll}*\d{1,2}",
    r"\i\c*",
    r"[\d.]+",
    r"a{0}b{2,}",
    r"(a|b|c\|d)+",
    r"\P{N}[\-\]]",
    r"\.\*\\",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_text_is_allowed_by_its_own_pattern_and_by_libxml2(pattern: str) -> None:
    from lxml import etree

    xs = "http://www.w3.org/2001/XMLSchema"
    root = etree.Element(f"{{{xs}}}schema", nsmap={"xs": xs})
    kind = etree.SubElement(etree.SubElement(root, f"{{{xs}}}element", name="e"), f"{{{xs}}}simpleType")
    step = etree.SubElement(kind, f"{{{xs}}}restriction", base="xs:string")
    etree.SubElement(step, f"{{{xs}}}pattern", value=pattern)
    schema = etree.XMLSchema(root)
    for seed in range(30):
        text = regex.text(pattern, Random(seed))
        assert regex.allows(pattern, text)
        element = etree.Element("e")
        element.text = text
        assert schema.validate(element), text


def test_what_a_pattern_does_not_allow_is_told_apart() -> None:
    assert not regex.allows(PATTERNS[0], "20241301")
    assert not regex.allows(PATTERNS[2], "aaaaaaaa")
    assert not regex.allows(r"\d{12}", "1234567890123")


def test_the_same_seed_gives_the_same_text() -> None:
    assert regex.text(PATTERNS[1], Random(7)) == regex.text(PATTERNS[1], Random(7))
    assert len({regex.text(PATTERNS[1], Random(seed)) for seed in range(20)}) > 10


@pytest.mark.parametrize("pattern", ["(a", "[a", "a{x}", "a)", r"\p{Xx}", r"\p{L", "a{20000}", "[^\\s\\S]"])
def test_what_cannot_be_answered_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        regex.text(pattern, Random(1))
