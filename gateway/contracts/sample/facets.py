"""What a simple type allows, read from the schemas: built-in type, list of values, patterns, limits, members."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from lxml import etree

from gateway.contracts.particles import XS, Particles
from gateway.contracts.pattern import PatternError
from gateway.contracts.sample import regex
from gateway.contracts.schemaset import qualified
from gateway.soap import ns

_DEEPEST: Final = 40
_LIMITS: Final = (
    "length", "minLength", "maxLength", "minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "totalDigits",
    "fractionDigits", "whiteSpace",
)  # fmt: skip
TEXTS: Final = frozenset(("string", "normalizedString", "token", "anyType", "anySimpleType"))


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple type.

    Attributes:
        base: local name of the built-in type that it comes from; ``list`` or ``union`` for those.
        values: its enumeration in the schema's order; empty without one.
        patterns: of each step of derivation the patterns of which one has to fit.
        limits: the other facets by name.
        members: of a union, or the item type of a list.
    """

    base: str
    values: tuple[str, ...] = ()
    patterns: tuple[tuple[str, ...], ...] = ()
    limits: dict[str, str] = field(default_factory=dict)
    members: "tuple[Simple, ...]" = ()

    @property
    def is_text(self) -> bool:
        """Whether any text may be one of its values, but for the facets."""
        return self.base in TEXTS

    def allows(self, value: str) -> bool:
        """Whether a readable text is surely a value; of built-in types only those for texts are judged."""
        if self.base == "union":
            return any(member.allows(value) for member in self.members)
        if self.values:
            return value in self.values
        if not self.is_text and not self.patterns:
            return False
        try:
            fits = all(any(regex.allows(each, value) for each in step) for step in self.patterns)
        except PatternError:
            return False
        return fits and self.long_enough(value) and self.short_enough(value)

    def long_enough(self, value: str) -> bool:
        """Whether a text has at least the length that is demanded."""
        return len(value) >= int(self.limits.get("length", self.limits.get("minLength", "0")))

    def short_enough(self, value: str) -> bool:
        """Whether a text has at most the length that is allowed."""
        return len(value) <= int(self.limits.get("length", self.limits.get("maxLength", str(1 << 30))))

    def number(self, *names: str) -> Decimal | None:
        """The first of some limits that is there, as a number."""
        for name in names:
            try:
                if name in self.limits:
                    return Decimal(self.limits[name])
            except InvalidOperation:
                continue
        return None


TEXT: Final = Simple("string")


def simple(particles: Particles, node: etree._Element) -> Simple:
    """The type of a declared element or attribute that holds text."""
    kind = particles.type_of(node)
    return _of(particles, kind, 0) if kind is not None else _built_in(particles.type_name(node))


def _of(particles: Particles, kind: etree._Element, depth: int) -> Simple:
    if depth > _DEEPEST:
        return TEXT
    holder = kind.find(f"{XS}simpleContent")
    holder = kind if holder is None else holder
    step = holder.find(f"{XS}restriction")
    if step is not None:
        return _restricted(_named(particles, step, "base", depth), step)
    if (step := holder.find(f"{XS}extension")) is not None:
        return _named(particles, step, "base", depth)
    if (step := kind.find(f"{XS}union")) is not None:
        names = [qualified(step, name) for name in step.get("memberTypes", "").split()]
        members = [_by_name(particles, name, depth) for name in names]
        members += [_of(particles, inner, depth + 1) for inner in step.iterchildren(f"{XS}simpleType")]
        return Simple("union", members=tuple(members) or (TEXT,))
    if (step := kind.find(f"{XS}list")) is not None:
        return Simple("list", members=(_named(particles, step, "itemType", depth),))
    return TEXT


def _restricted(base: Simple, step: etree._Element) -> Simple:
    values = tuple(each.get("value", "") for each in step.iterchildren(f"{XS}enumeration"))
    patterns = tuple(each.get("value", "") for each in step.iterchildren(f"{XS}pattern"))
    limits = {name: each.get("value", "") for name in _LIMITS for each in step.iterchildren(f"{XS}{name}")}
    return Simple(
        base.base,
        values or base.values,
        (*base.patterns, patterns) if patterns else base.patterns,
        base.limits | limits,
        base.members,
    )


def _named(particles: Particles, step: etree._Element, attribute: str, depth: int) -> Simple:
    inner = step.find(f"{XS}simpleType")
    if inner is not None and not step.get(attribute):
        return _of(particles, inner, depth + 1)
    return _by_name(particles, particles.type_name(step, attribute), depth)


def _by_name(particles: Particles, name: str, depth: int) -> Simple:
    found = particles.view.get("type", name)
    return _of(particles, found.node, depth + 1) if found else _built_in(name)


def _built_in(name: str) -> Simple:
    return Simple(ns.local(name) or "string")
