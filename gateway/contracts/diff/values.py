"""What changed in a text's type: which values the new version no longer takes, and which it takes besides."""

from collections.abc import Iterator

from gateway.contracts.diff.shape import Simple

# What each built-in type is a part of (XML Schema Part 2, 3.): going up takes more values.
_UP = {
    "normalizedString": "string", "token": "normalizedString", "language": "token", "NMTOKEN": "token", "Name": "token",
    "NCName": "Name", "ID": "NCName", "IDREF": "NCName", "ENTITY": "NCName", "integer": "decimal",
    "nonPositiveInteger": "integer", "negativeInteger": "nonPositiveInteger", "long": "integer", "int": "long",
    "short": "int", "byte": "short", "nonNegativeInteger": "integer", "unsignedLong": "nonNegativeInteger",
    "unsignedInt": "unsignedLong", "unsignedShort": "unsignedInt", "unsignedByte": "unsignedShort",
    "positiveInteger": "nonNegativeInteger",
}  # fmt: skip
_HIGHEST = ("maxLength", "maxInclusive", "maxExclusive", "totalDigits", "fractionDigits")  # a lower one takes less
_LOWEST = ("minLength", "minInclusive", "minExclusive")

Difference = tuple[str, dict[str, str]]


def differences(old: Simple, new: Simple) -> Iterator[Difference]:
    """Names of rules, with values for their texts."""
    if old == new:
        return
    if old.base != new.base:
        name = "type-narrowed" if _below(new.base, old.base) else "type-widened" if _below(old.base, new.base) else ""
        yield name or "type-changed", {"old": old.title, "new": new.title}
        if not name:
            return
    yield from _values(old, new)
    yield from _patterns(old, new)
    yield from _bounds(dict(old.bounds), dict(new.bounds))


def _below(low: str, high: str) -> bool:
    if high == "anyType" or (high == "string" and low != "anyType" and "(" not in low):
        return low != high
    above = _UP.get(low)
    while above is not None:
        if above == high:
            return True
        above = _UP.get(above)
    return False


def _values(old: Simple, new: Simple) -> Iterator[Difference]:
    if old.values == new.values:
        return
    if old.values is None or new.values is None:
        facet = {"facet": "enumeration", "old": _listed(old.values), "new": _listed(new.values)}
        yield "facet-tightened" if old.values is None else "facet-loosened", facet
        return
    if added := new.values - old.values:
        yield "enum-value-added", {"values": _listed(added)}
    if removed := old.values - new.values:
        yield "enum-value-removed", {"values": _listed(removed)}


def _listed(values: frozenset[str] | None) -> str:
    return "-" if values is None else ", ".join(sorted(values))


def _patterns(old: Simple, new: Simple) -> Iterator[Difference]:
    if old.patterns == new.patterns:
        return
    told = {"facet": "pattern", "old": _shown(old.patterns), "new": _shown(new.patterns)}
    if old.patterns < new.patterns:
        yield "facet-tightened", told
    elif new.patterns < old.patterns:
        yield "facet-loosened", told
    else:
        yield "pattern-changed", told


def _shown(patterns: frozenset[frozenset[str]]) -> str:
    return " & ".join(" | ".join(sorted(step)) for step in sorted(patterns, key=sorted)) or "-"


def _bounds(old: dict[str, str], new: dict[str, str]) -> Iterator[Difference]:
    for facet in sorted({*old, *new}):
        before, after = old.get(facet), new.get(facet)
        if before == after:
            continue
        told = {"facet": facet, "old": before or "-", "new": after or "-"}
        if before is None or after is None:
            yield "facet-tightened" if before is None else "facet-loosened", told
            continue
        lower = _lower(after, before)
        if facet not in (*_HIGHEST, *_LOWEST) or lower is None:
            yield "facet-changed", told
        elif lower == (facet in _HIGHEST):
            yield "facet-tightened", told
        else:
            yield "facet-loosened", told


def _lower(value: str, other: str) -> bool | None:
    """Whether a bound is lower; None when they cannot be compared as numbers."""
    try:
        return float(value) < float(other)
    except ValueError:
        return None
