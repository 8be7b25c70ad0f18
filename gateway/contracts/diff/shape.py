"""The shape of a message: what a schema comes to when types, groups, extensions and references are written out.

Two schemas with the same shape allow the same messages, however they are split into files and named types.
"""

from dataclasses import dataclass, field
from typing import Literal

MANY = 1 << 30  # for "unbounded"
Kind = Literal["sequence", "choice", "all"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is declared: a path in the package and a line from 1."""

    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple type as what it allows.

    Attributes:
        base: the built-in type that it comes from, ``string``; ``union`` and ``list`` with their members behind.
        values: the values of its enumeration, None without one.
        patterns: regular expressions; a value has to fit one of each step of derivation.
        bounds: the other facets by name, such as ``maxLength``.
    """

    base: str
    values: frozenset[str] | None = None
    patterns: frozenset[frozenset[str]] = frozenset()
    bounds: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """In a word."""
        return f"xs:{self.base}" if ":" not in self.base and "(" not in self.base else self.base


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of an element."""

    name: str
    required: bool
    fixed: str | None
    default: str | None
    type: Simple
    place: Place


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Room for elements that the schema does not name.

    Attributes:
        namespaces: ``##any``, ``##other`` or a list; ``own`` is the namespace that ``##other`` is other than.
        process: ``strict``, ``lax`` or ``skip``.
    """

    namespaces: str
    own: str
    process: str
    minimum: int
    maximum: int
    place: Place

    def takes(self, namespace: str) -> bool:
        """Whether an element of a namespace may stand here."""
        if self.namespaces == "##any":
            return True
        if self.namespaces == "##other":
            return bool(namespace) and namespace != self.own
        listed = {"##targetNamespace": self.own, "##local": ""}
        return namespace in {listed.get(each, each) for each in self.namespaces.split()}


@dataclass(frozen=True, slots=True)
class Group:
    """Particles in a sequence, a choice or in any order."""

    kind: Kind
    minimum: int
    maximum: int
    items: "tuple[Element | Group | Wildcard, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Content:
    """What an element holds.

    Attributes:
        simple: its text's type, None when it has child elements only.
        group: its child elements, None when it has none.
        type_name: ``{namespace}local`` of its type, blank for an anonymous one; tells nothing about equality.
    """

    simple: Simple | None
    group: Group | None
    attributes: tuple[Attribute, ...]
    any_attribute: bool
    mixed: bool
    type_name: str


@dataclass(frozen=True, slots=True)
class Element:
    """An element in its place.

    Attributes:
        tag: ``{namespace}local``.
        text: its documentation, blanks collapsed.
        key: what its declaration and its type are known by; children are written out when they are asked for, because
            a type may hold itself.
    """

    tag: str
    minimum: int
    maximum: int
    nillable: bool
    fixed: str | None
    default: str | None
    text: str
    place: Place
    key: int = field(compare=False)


def occurs(minimum: int, maximum: int) -> str:
    """``0..1``, ``1..*`` and so on."""
    return f"{minimum}..{'*' if maximum >= MANY else maximum}"
