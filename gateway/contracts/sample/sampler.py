"""Messages of a contract that keep its schema and its rules, alone or as a request with its answer."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Final, Literal, NamedTuple

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.contracts.instance import InstanceError
from gateway.contracts.messages import crossfield
from gateway.contracts.messages.facts import Facts
from gateway.contracts.sample.edit import Editor
from gateway.contracts.sample.grow import Grower, Size
from gateway.contracts.sample.settle import Settler
from gateway.contracts.sample.solve import Solver
from gateway.contracts.sample.supply import Style, Supply
from gateway.contracts.schemaset import SchemaSet, View
from gateway.soap import ns

Part = Literal["request", "response"]
PARTS: Final[tuple[Part, Part]] = ("request", "response")
NATIONAL: Final = "5565594230"  # the logical address at which aggregated questions are answered
_RECORDS: Final = {"minimal": 1, "full": 2}
_ROUNDS: Final = 4


class Recipe(NamedTuple):
    """Which messages are wanted.

    Attributes:
        style: only what is required, all that there is room for, or anything between.
        seed: the same gives the same messages.
        records: of an answer; None for one (minimal), two (full) or one to three (random).
    """

    style: Style = "minimal"
    seed: int = 0
    records: int | None = None


class Pair(NamedTuple):
    """A request and an answer about the same person: the elements that stand in Body."""

    request: etree._Element
    response: etree._Element

    def part(self, part: Part) -> etree._Element:
        """One of the two."""
        return self.request if part == "request" else self.response


class Sampler:
    """Makes messages of one contract."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.facts = Facts(contract)

    @cached_property
    def crossfield(self) -> crossfield.CrossField | None:
        """The contract's own rules, if it has any."""
        path = crossfield.path_of(self.contract)
        return crossfield.CrossField(path, self.contract) if path.is_file() else None

    def pair(self, recipe: Recipe, number: int = 0) -> Pair:
        """A request and an answer to it.

        Args:
            number: tells apart the pairs of one recipe.

        Raises:
            InstanceError: the schema allows no finite message, or has something that is not answered here.
        """
        supply = self._supply(recipe, number)
        made = [self._message(supply, tag, recipe) for tag in (self.contract.request_tag, self.contract.response_tag)]
        return Pair(*made)

    def pairs(self, recipe: Recipe, count: int) -> Iterator[Pair]:
        """So many different ones."""
        return (self.pair(recipe, number) for number in range(count))

    def tools(self, recipe: Recipe) -> tuple[Editor, Solver]:
        """What changes a message of this contract."""
        editor = Editor(self.facts, Grower(self._view, self._supply(recipe, 0)))
        return editor, Solver(self.contract, self.crossfield, editor)

    @property
    def address(self) -> str:
        """The logical address of a request."""
        return NATIONAL if self.contract.descriptor.aggregated else "SE2321000016-A123"

    def _message(self, supply: Supply, tag: str, recipe: Recipe) -> etree._Element:
        grower = Grower(self._view, supply)
        editor = Editor(self.facts, grower)
        settler, solver = Settler(self.contract, editor, supply), Solver(self.contract, self.crossfield, editor)
        count = recipe.records if recipe.records is not None else _RECORDS.get(recipe.style, supply.rng.randint(1, 3))
        root = grower.grow(tag, Size(self.contract.record_tag, count))
        settler.settle(root)
        for _ in range(_ROUNDS):
            settler.mend(root)
            if not solver.failing(root):
                break
            root = solver.repair(root)
        settler.mend(root)
        if not self.contract.schema.validate(root):
            raise InstanceError(f"{ns.local(tag)}: {self.contract.schema.error_log[0].message}")
        return root

    def _supply(self, recipe: Recipe, number: int) -> Supply:
        # Not for secrets; a text as seed gives the same row of numbers in every version of Python.
        return Supply(recipe.style, Random(f"{self.contract.key} {recipe.style} {recipe.seed} {number}"))  # noqa: S311

    @cached_property
    def _view(self) -> View:
        xsd = self.contract.xsd
        base = next((each for each in xsd.parents if each.name == "xsd"), xsd.parent)
        return _documents(base).view(xsd.relative_to(base).as_posix())


def _documents(base: Path) -> SchemaSet:
    return SchemaSet({path.relative_to(base).as_posix(): path.read_bytes() for path in sorted(base.rglob("*.xsd"))})
