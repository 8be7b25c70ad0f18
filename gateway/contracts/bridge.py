"""A bridge: a source that does not have the contract asked with is asked with another that means the same."""

from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.contracts.descriptor import FilterRule

LAST = 1_000_000
"""The place of extensions among their siblings: after all elements."""


@dataclass(slots=True)
class Node:
    """An element of one contract, and what becomes of it in the other.

    Attributes:
        tag: its name there, ``{namespace}local``.
        place: among its siblings there, in schema order.
        children: its elements, by name here.
        kept: names here of those that travel as extensions.
        dropped: names here of those that do not travel.
        back: elements there that come as extensions, with their places.
        room: the namespace that extensions must not have there; None without room for any.
        steps: for each of the children its name there, and the child itself unless it holds text only.
        same_order: whether the children stand in the same order there.
    """

    tag: str
    place: int
    children: dict[str, "Node"] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    back: dict[str, int] = field(default_factory=dict)
    room: str | None = None
    steps: dict[str, tuple[str, "Node | None"]] = field(default_factory=dict)
    same_order: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of message, told in the other contract's words.

    Attributes:
        root: its root element.
        old: namespaces of the elements before.
        spaces: prefixes to declare for those after.
        kept: prefixes for those that travel as extensions.
    """

    root: Node
    old: frozenset[str]
    spaces: dict[str, str]
    kept: dict[str, str]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text that a missing element gets.

    Attributes:
        path: from that element.
        value, agreed: as in ``mapping.Given``.
        digest: on a record, the values that the digest is of, each in a line; None for ``value``.
    """

    path: tuple[str, ...]
    value: str
    agreed: dict[str, str]
    digest: etree.XPath | None


@dataclass(frozen=True, slots=True)
class Filling:
    """A mandatory element that may be missing in a record.

    Attributes:
        holders: on an answer, the element's parents where it is missing.
        depth: how far below the record they are.
        tag: the element.
        earlier: the siblings that stand before it.
        leaves: what it gets.
    """

    holders: etree.XPath
    depth: int
    tag: str
    earlier: frozenset[str]
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class Bridge:
    """From a contract that is asked with to another that is answered with.

    Attributes:
        contract, other: those two.
        request: the question in the other's words.
        response: the other's answer in this one's words.
        filters: the rules that the gateway applies to the answer, because the other cannot ask for them.
        fillings: what records lack in the other.
        crosses: path below the other's record, and the texts with which a record may cross.
    """

    contract: Contract
    other: Contract
    request: Way
    response: Way
    filters: tuple[FilterRule, ...]
    fillings: tuple[Filling, ...]
    crosses: tuple[tuple[str, frozenset[str]], ...]

    @cached_property
    def name(self) -> str:
        """For logs and error texts."""
        return f"{self.contract.key} -> {self.other.key}"


class Bridges(dict[str, tuple[Bridge, ...]]):
    """The bridges of each contract by its responder namespace, in the order to be tried."""

    def of(self, responder: str) -> tuple[Bridge, ...]:
        """The bridges of a contract, none when it has none."""
        return self.get(responder, ())
