"""A value for each simple type: the first of a list, a text that fits the pattern, the least number."""

from lxml import etree

from gateway.contracts import pattern
from gateway.contracts.particles import XS, Particles
from gateway.contracts.schemaset import qualified
from gateway.soap import ns

_BUILT_IN = {
    "boolean": "true", "date": "2024-01-01", "dateTime": "2024-01-01T12:00:00", "time": "12:00:00", "gYear": "2024",
    "gYearMonth": "2024-01", "gMonth": "--01", "gDay": "---01", "gMonthDay": "--01-01", "duration": "P1D",
    "base64Binary": "eA==", "hexBinary": "00", "decimal": "1", "float": "1", "double": "1", "integer": "1",
    "nonNegativeInteger": "1", "positiveInteger": "1", "nonPositiveInteger": "-1", "negativeInteger": "-1", "int": "1",
    "long": "1", "short": "1", "byte": "1", "unsignedInt": "1", "unsignedLong": "1", "unsignedShort": "1",
    "unsignedByte": "1", "anyURI": "urn:x", "language": "sv", "QName": "x", "ID": "x1", "IDREF": "x1",
}  # fmt: skip
_TEXT = "text"
_DEEPEST = 20  # steps from a simple type to the built-in one


def value(particles: Particles, node: etree._Element) -> str:
    """A value for a declared element or attribute, or for a type: fixed, the default, or one that its type allows.

    Raises:
        PatternError: its type has a pattern that cannot be answered.
    """
    given = node.get("fixed", node.get("default"))
    if given is not None:
        return given
    kind = particles.type_of(node)
    return _of(particles, kind, 0) if kind is not None else _built_in(particles.type_name(node))


def _of(particles: Particles, kind: etree._Element, depth: int) -> str:
    """A value of a type node, simple or complex with simple content."""
    holder = kind
    if (content := kind.find(f"{XS}simpleContent")) is not None:
        holder = content
    rule = holder.find(f"{XS}restriction")
    if rule is None:
        rule = holder.find(f"{XS}extension")
    if rule is not None:
        return _restricted(particles, rule, depth)
    if (union := kind.find(f"{XS}union")) is not None:
        return _union(particles, union, depth)
    if (listed := kind.find(f"{XS}list")) is not None:
        return _named(particles, listed, "itemType", depth)
    return _TEXT


def _restricted(particles: Particles, rule: etree._Element, depth: int) -> str:
    def facet(name: str) -> str:
        found = rule.find(f"{XS}{name}")
        return found.get("value", "") if found is not None else ""

    if rule.find(f"{XS}enumeration") is not None:
        return facet("enumeration")
    if rule.find(f"{XS}pattern") is not None:
        return pattern.example(facet("pattern"))
    found = _named(particles, rule, "base", depth)
    length = facet("length") or facet("minLength")
    if length and len(found) < int(length):
        found = (found or _TEXT).ljust(int(length), "x")
    if (longest := facet("length") or facet("maxLength")) and len(found) > int(longest):
        found = found[: int(longest)]
    for least in ("minInclusive", "maxInclusive"):
        if (bound := facet(least)) and _outside(found, bound, least):
            found = bound
    if (above := facet("minExclusive")) and _number(above) is not None:
        found = str(int(_number(above) or 0) + 1)
    return found


def _named(particles: Particles, rule: etree._Element, attribute: str, depth: int) -> str:
    kind = particles.type_of(rule, attribute)
    if kind is not None and depth < _DEEPEST:
        return _of(particles, kind, depth + 1)
    return _built_in(particles.type_name(rule, attribute))


def _union(particles: Particles, union: etree._Element, depth: int) -> str:
    inner = union.find(f"{XS}simpleType")
    if inner is not None and depth < _DEEPEST:
        return _of(particles, inner, depth + 1)
    first = qualified(union, union.get("memberTypes", "").split(" ")[0])
    found = particles.view.get("type", first)
    return _of(particles, found.node, depth + 1) if found and depth < _DEEPEST else _built_in(first)


def _built_in(tag: str) -> str:
    return _BUILT_IN.get(ns.local(tag), _TEXT)


def _outside(found: str, bound: str, facet: str) -> bool:
    one, other = _number(found), _number(bound)
    if one is None or other is None:
        return True  # dates and the like: the bound itself fits
    return one < other if facet == "minInclusive" else one > other


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
