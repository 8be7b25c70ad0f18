"""One broken message for each rule that a contract's messages can break, labelled with that rule."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from lxml import etree

from gateway.contracts.sample import break_envelope, break_meaning, break_schema, write
from gateway.contracts.sample.edit import Editor
from gateway.contracts.sample.operators import Operator, apply
from gateway.contracts.sample.sampler import PARTS, Pair, Part, Recipe, Sampler
from gateway.contracts.sample.solve import Solver

_RECIPES: Final = (
    Recipe("full", 0, 2),
    Recipe("minimal", 0, 2),
    Recipe("random", 1, 3),
    Recipe("random", 2, 3),
    Recipe("random", 3, 2),
)


class Mutant(NamedTuple):
    """A broken message.

    Attributes:
        rule: id of the rule that must catch it.
        name: what was done.
        where: the element where it was done, local names from the message's element; blank for the envelope.
        options: of the check that must catch it: ``reader``, ``part``, ``max_bytes``.
        request: the request that it answers, when that is needed to catch it.
    """

    rule: str
    name: str
    part: Part
    data: bytes
    where: str = ""
    options: Mapping[str, str] = MappingProxyType({})
    request: bytes | None = None

    @property
    def title(self) -> str:
        """For lists and file names: ``RIVTA-XSD-002_missing_response``."""
        return f"{self.rule}_{self.name}_{self.part}"


def mutants(sampler: Sampler, seed: int = 0, *, every: bool = False) -> Iterator[Mutant]:
    """Broken messages, by layer.

    Args:
        seed: of the messages that are broken.
        every: break them at every place of a kind, not only at the first.

    Raises:
        InstanceError: the contract allows no sample.
    """
    pairs = [sampler.pair(recipe._replace(seed=recipe.seed + seed)) for recipe in _RECIPES]
    editor, solver = sampler.tools(Recipe("minimal", seed))
    for part in PARTS:
        for wrong in break_envelope.broken(pairs[0].part(part), sampler.address, part):
            yield Mutant(wrong.rule, wrong.name, part, wrong.data, "", wrong.options)
    for operator in break_schema.OPERATORS:
        yield from _by(operator, sampler, editor, pairs, every=every)
    yield from _own(sampler, solver, pairs)
    for operator in break_meaning.OPERATORS:
        yield from _by(operator, sampler, editor, pairs, every=every)


def _by(operator: Operator, sampler: Sampler, editor: Editor, pairs: list[Pair], *, every: bool) -> Iterator[Mutant]:
    for part in PARTS:
        if operator.part not in ("", part):
            continue
        seen: set[str] = set()
        for pair in pairs:
            for found in apply(operator, pair.part(part), sampler.contract, editor):
                if found.where in seen:
                    continue
                seen.add(found.where)
                yield _mutant(operator, part, found.root, found.where, sampler, pair)
                if not every:
                    break
            if seen and not every:
                break


def _mutant(operator: Operator, part: Part, root: etree._Element, where: str, sampler: Sampler, pair: Pair) -> Mutant:
    options = {name: value for name, value in operator.options.items() if name != "request"}
    address = sampler.address if part == "request" else ""
    request = write.written(pair.request, sampler.address) if "request" in operator.options else None
    return Mutant(operator.rule, operator.name, part, write.written(root, address), where, options, request)


def _own(sampler: Sampler, solver: Solver, pairs: list[Pair]) -> Iterator[Mutant]:
    """The rules that the contract adds."""
    for assertion in solver.assertions:
        for part in PARTS:
            found = solver.broken([pair.part(part) for pair in pairs], assertion)
            if found is not None:
                address = sampler.address if part == "request" else ""
                yield Mutant(assertion.id, "contract-rule", part, write.written(found, address))
                break


def unbroken(sampler: Sampler, found: list[Mutant]) -> list[str]:
    """Ids of the contract's own rules that no way was found to break."""
    crossfield = sampler.crossfield
    broken = {mutant.rule for mutant in found}
    return [each.id for each in crossfield.assertions() if each.id not in broken] if crossfield is not None else []
