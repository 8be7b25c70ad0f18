"""Texts of simple types as regular expressions over bytes.

What matches is valid; what does not match may be valid all the same: ``grammar`` says what that is good for. Where a
facet cannot be told by an expression that is surely no wider, nothing matches.
"""

import re
from collections.abc import Iterator

from lxml import etree

from gateway.contracts.particles import XS, Particles

NEVER = rb"(?!)"
PLAIN = rb"[^<]*+"
"""Any text without references; the reader has made sure that there are none, nor characters that XML forbids."""

REFERRING = (
    rb"[^<&]*+(?:&(?:amp|lt|gt|quot|apos|#(?:9|1[03]|3[2-9]|[4-9][0-9]|[1-9][0-9]{2,3})"
    rb"|#x(?:[2-9A-Fa-f][0-9A-Fa-f]|[1-9A-Fa-f][0-9A-Fa-f]{2}|[1-9A-Ca-c][0-9A-Fa-f]{3}));[^<&]*+)*"
)
"""Any text with references to characters."""

_DATE = (
    rb"[12][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    rb"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_TIME = rb"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
_ZONE = rb"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?"
_BUILT_IN = {
    "boolean": rb"(?:true|false|1|0)",
    "integer": rb"-?[0-9]{1,18}",
    "long": rb"-?[0-9]{1,18}",
    "int": rb"-?[0-9]{1,9}",
    "short": rb"-?[0-9]{1,4}",
    "nonNegativeInteger": rb"[0-9]{1,18}",
    "positiveInteger": rb"[1-9][0-9]{0,17}",
    "decimal": rb"-?[0-9]{1,12}(?:\.[0-9]{1,6})?",
    "double": rb"-?[0-9]{1,12}(?:\.[0-9]{1,6})?",
    "float": rb"-?[0-9]{1,12}(?:\.[0-9]{1,6})?",
    "date": _DATE + _ZONE,
    "time": _TIME + _ZONE,
    "dateTime": _DATE + b"T" + _TIME + _ZONE,
    "anyURI": rb"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9/._~:-]+",
    "base64Binary": rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?",
}
_TEXTS = frozenset(XS + name for name in ("string", "normalizedString", "token"))
_SAFE_PATTERN = re.compile(r"(?:\\[d.\-]|[A-Za-z0-9()|\[\]{},?*+ -])*")
_REPEATED_GROUP, _UNBOUNDED = re.compile(r"\)[*+{]"), re.compile(r"[*+]|,\}")
_ANY_TEXT = b""  # stands for a type that allows every text, until it is known which texts there are


class Lexical:
    """Reads simple types of one view."""

    def __init__(self, particles: Particles, text: bytes) -> None:
        """``text``: PLAIN or REFERRING, the expression for any text."""
        self._particles, self._text = particles, text

    def of(self, declared: etree._Element) -> bytes:
        """The text of a declared element with a simple type, or with a complex one that has simple content."""
        if declared.get("fixed") is not None:
            return NEVER
        kind = self._particles.type_of(declared)
        found = self._type(kind) if kind is not None else self._named(self._particles.type_name(declared))
        return self._text if found == _ANY_TEXT else found

    def _named(self, name: str) -> bytes:
        """A built-in type."""
        if name in _TEXTS:
            return _ANY_TEXT
        found = _BUILT_IN.get(name.removeprefix(XS)) if name.startswith(XS) else None
        return NEVER if found is None else found + b"(?=<)"

    def _type(self, kind: etree._Element, depth: int = 0) -> bytes:
        content = kind.find(XS + "simpleContent")
        restriction = (kind if content is None else content).find(XS + "restriction")
        derived = restriction if restriction is not None or content is None else content.find(XS + "extension")
        if derived is None or depth > 20 or (content is not None and restriction is not None):
            return NEVER  # a list, a union, or narrower attributes
        base = self._particles.type_of(derived, "base")
        known = self._named(self._particles.type_name(derived, "base")) if base is None else self._type(base, depth + 1)
        facets = [each for each in derived.iterchildren(XS + "*") if each.tag not in _NO_FACETS]
        if not facets:
            return known
        return b"".join(_both(known, _facets(facets)))


_NO_FACETS = frozenset(
    XS + name for name in ("annotation", "whiteSpace", "attribute", "attributeGroup", "anyAttribute")
)


def _both(base: bytes, own: bytes) -> Iterator[bytes]:
    """What fits a type and what restricts it."""
    if NEVER in (base, own):
        yield NEVER
    else:
        if base != _ANY_TEXT:
            yield b"(?=%b)" % base
        yield own


def _facets(facets: list[etree._Element]) -> bytes:
    """What fits all facets of a restriction; NEVER where another kind than the known ones is among them."""
    kinds = {str(each.tag).removeprefix(XS) for each in facets}
    values = [each.get("value", "") for each in facets]
    if kinds == {"enumeration"}:
        plain = [value.encode() for value in values if not {"<", "&"} & set(value) and value == value.strip()]
        return b"(?:%b)(?=<)" % b"|".join(map(re.escape, plain)) if plain else NEVER
    if kinds == {"pattern"}:
        known = [value.replace("(", "(?:").encode() for value in values if _safe(value)]
        return b"(?:%b)(?=<)" % b"|".join(b"(?:%b)" % each for each in known) if known else NEVER
    if kinds <= {"minLength", "maxLength"}:
        return _length({str(each.tag).removeprefix(XS): int(each.get("value", "0")) for each in facets})
    return NEVER


def _safe(pattern: str) -> bool:
    """Whether a pattern means the same to Python, and takes no longer for an unlucky text than for another."""
    return bool(
        _SAFE_PATTERN.fullmatch(pattern)
        and not _REPEATED_GROUP.search(pattern)
        and len(_UNBOUNDED.findall(pattern)) <= 1
    )


def _length(limits: dict[str, int]) -> bytes:
    """Texts of ASCII without white space at the ends, where a byte is a character however the type treats blanks."""
    least, most = limits.get("minLength", 0), limits.get("maxLength")
    upper = b"" if most is None else b"%d" % most
    return rb"(?! )(?:[\x21-\x25\x27-\x3b\x3d-\x7e]| (?![ <])){%d,%b}(?=<)" % (least, upper)
