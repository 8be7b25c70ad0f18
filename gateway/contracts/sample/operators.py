"""A way to break a message: where it can be done, what is done, and the rule that must catch it."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.contracts.messages.contents import Contents
from gateway.contracts.messages.facts import Facts
from gateway.contracts.messages.meaning import Meaning
from gateway.contracts.sample.edit import Editor, walk
from gateway.contracts.sample.settle import FUTURE

Place = tuple[etree._Element, ...]
_MOST: Final = 400  # places of one operator in one message


class Scene:
    """A message and what is known about it.

    Attributes:
        root: the request or response element; operators change it.
    """

    def __init__(self, root: etree._Element, contract: Contract, editor: Editor) -> None:
        self.root, self.contract, self.editor = root, contract, editor

    @property
    def facts(self) -> Facts:
        """The contract's element model."""
        return self.editor.facts

    @cached_property
    def units(self) -> list[tuple[str, Place]]:
        """The identities, codes, periods and dates: kind, and the elements with the texts."""
        return list(Contents(self.facts, str(self.root.tag), FUTURE).units(self.root))

    @cached_property
    def link(self) -> tuple[str, str, str, str, str] | None:
        """See ``Meaning.link``."""
        return Meaning(self.facts, str(self.root.tag), FUTURE).link

    @property
    def records(self) -> list[etree._Element]:
        """The records of an answer; none of a request."""
        tag = self.contract.record_tag
        return list(self.root.iterchildren(tag)) if tag else []

    def kinds(self, *kinds: str) -> list[Place]:
        """The units of some kinds."""
        return [elements for kind, elements in self.units if kind in kinds]


@dataclass(frozen=True, slots=True)
class Operator:
    """A way to break a message.

    Attributes:
        rule: id of the rule that must catch it.
        name: tells it from others for the same rule.
        places: where it can be done.
        change: does it at one place; False when it cannot, and then nothing has changed.
        valid: whether the schema allows the outcome.
        part: ``request`` or ``response`` when it makes sense for one only.
        options: of the check that must catch it, as in the rules' examples; ``request`` there means with the request.
    """

    rule: str
    name: str
    places: Callable[[Scene], list[Place]]
    change: Callable[[Scene, Place], bool]
    valid: bool = True
    part: str = ""
    options: dict[str, str] = field(default_factory=dict)


class Broken(NamedTuple):
    """A message that was broken, and where: local names from its root."""

    root: etree._Element
    where: str


def apply(operator: Operator, root: etree._Element, contract: Contract, editor: Editor) -> Iterator[Broken]:
    """Every way that an operator breaks a message, at each declared place once."""
    seen: set[str] = set()
    scratch: tuple[Scene, list[Place]] | None = None  # a copy that nothing has changed yet
    for number, place in enumerate(operator.places(Scene(root, contract, editor))[:_MOST]):
        where = _where(place[0])
        if where in seen:
            continue
        if scratch is None:
            scene = Scene(deepcopy(root), contract, editor)
            scratch = scene, operator.places(scene)
        scene, places = scratch
        if operator.change(scene, places[number]):
            scratch = None
            if bool(contract.schema.validate(scene.root)) == operator.valid:
                seen.add(where)
                yield Broken(scene.root, where)


def everywhere(scene: Scene) -> list[Place]:
    """Every element."""
    return [(each,) for each in walk(scene.root)]


def _where(element: etree._Element) -> str:
    names = [str(each.tag).rpartition("}")[2] for each in (*reversed(list(element.iterancestors())), element)]
    return "/".join(names)
