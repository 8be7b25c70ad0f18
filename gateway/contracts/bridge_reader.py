"""Builds the bridges from the descriptors' ``[[bridge]]`` tables and the mapping files that they name.

Both schemas are walked, element by element: one that is neither in both contracts nor in a row of the mapping stops the
start, and so does a row that names nothing.
"""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from gateway.contracts.bridge import Bridge, Bridges, Filling, Leaf, Node, Way
from gateway.contracts.contract import Contract, Contracts
from gateway.contracts.descriptor import FilterRule
from gateway.contracts.mapping import Given, Mapping, Only
from gateway.contracts.model import Element, Model
from gateway.errors import DataError
from gateway.soap import ns
from gateway.tomlfile import load

_DEEPEST = 64


def load_bridges(root: Path, contracts: Contracts) -> Bridges:
    """Build the bridges that the descriptors name; mapping files lie below ``root/contracts``.

    Raises:
        DataError: a mapping file is wrong or does not fit the schemas; names file and expectation.
    """
    found = Bridges()
    built: dict[Path, dict[str, Bridge]] = {}
    for responder, contract in contracts.items():
        for row in contract.descriptor.bridge:
            path = root / "contracts" / row.mapping
            if path not in built:
                built[path] = _build(path, load(path, Mapping), contracts)
            bridge = built[path].get(contract.key)
            if bridge is None or bridge.other.key != row.contract:
                wanted = f"{contract.key} and {row.contract}"
                raise DataError(path, 0, f"expected the contracts {wanted}, as contracts/{contract.key}.toml says")
            found[responder] = (*found.of(responder), bridge)
    return found


def _build(path: Path, mapping: Mapping, contracts: Contracts) -> dict[str, Bridge]:
    """Both directions, by the key of the contract that is asked with."""
    by_key = {contract.key: contract for contract in contracts.values()}
    if unknown := [key for key in mapping.contracts if key not in by_key]:
        raise DataError(path, 0, f"unknown contract {unknown[0]}; known are {', '.join(by_key)}")
    try:
        one, other = (_Side(by_key[key]) for key in mapping.contracts)
        reader = _Reader(path, mapping)
        found = {here.contract.key: reader.bridge(here, there) for here, there in ((one, other), (other, one))}
        reader.check_all_rows_used()
    except DataError as error:
        raise error if error.path == path else DataError(path, 0, f"does not fit the schemas: {error}") from None
    return found


class _Side:
    """One of the two contracts, with its element model."""

    def __init__(self, contract: Contract) -> None:
        self.contract, self.model = contract, Model(contract.xsd)
        self.request, self.response = self.model.root(contract.request_tag), self.model.root(contract.response_tag)
        name = ns.local(contract.record_tag)
        self.record = self.model.resolve(self.response, name)[-1]
        self.record_path = f"{ns.local(self.response.tag)}/{name}"

    def below_record(self, path: str) -> list[Element]:
        """The elements from a record down to ``path``, which begins at the message's root or at the record."""
        return self.model.resolve(self.record, path.removeprefix(f"{self.record_path}/"))


class _Reader:
    """Reads a mapping for two contracts, in both directions."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        self._path, self._mapping = path, mapping
        self._only = {row.element: row for row in mapping.only}
        self._names = {row.names[0]: row.names[1] for row in mapping.renamed}
        self._names |= {row.names[1]: row.names[0] for row in mapping.renamed}
        self._no_room = {(row.contract, row.type) for row in mapping.no_room}
        self._used: set[object] = set()

    def bridge(self, here: _Side, there: _Side) -> Bridge:
        """The bridge for questions of ``here`` to sources that have ``there``."""
        return Bridge(
            here.contract,
            there.contract,
            self._way(here, here.request, there, there.request),
            self._way(there, there.response, here, here.response),
            tuple(self._filters(here)),
            tuple(self._fillings(here)),
            tuple(self._conditions(there)),
        )

    def check_all_rows_used(self) -> None:
        """A row that names nothing is a mistake.

        Raises:
            DataError: there is one.
        """
        rows = {*self._only, *self._names, *self._no_room}
        rows |= {row.element for row in self._mapping.given} | {row.element for row in self._mapping.crosses}
        if unknown := sorted(map(str, rows - self._used)):
            raise self._wrong(f"names what neither contract has: {', '.join(unknown)}")

    def _wrong(self, problem: str) -> DataError:
        return DataError(self._path, 0, problem)

    def _way(self, here: _Side, one: Element, there: _Side, other: Element) -> Way:
        root = self._node(here, one, there, other, (ns.local(one.tag), ns.local(other.tag)))
        old, new = _namespaces(here.model, one), _namespaces(there.model, other)
        prefixes = ("ns0", "core", *(f"ns{number}" for number in range(1, len(new))))
        kept = dict(zip(("ext", *(f"ext{number}" for number in range(1, len(old)))), sorted(_kept(root)), strict=False))
        return Way(root, frozenset(old), dict(zip(prefixes, new, strict=False)), kept)

    def _node(
        self, here: _Side, one: Element, there: _Side, other: Element, paths: tuple[str, str], place: int = 0
    ) -> Node:
        """``one`` of ``here`` is ``other`` of ``there``; ``paths`` are theirs."""
        mine, theirs = here.model.children(one), there.model.children(other)
        node = Node(other.tag, place, room=there.model.room(other))
        if bool(mine) != bool(theirs):
            raise self._wrong(f"{paths[0]} holds elements in one contract and text in the other")
        if paths[0].count("/") > _DEEPEST:
            raise self._wrong(f"elements within elements without end: {paths[0]}")
        if node.room is None and here.model.room(one) is not None:
            self._need_no_room_row(here, one, paths[0])
        places = {ns.local(each.tag): (number, each) for number, each in enumerate(theirs)}
        for child in mine:
            path = f"{paths[0]}/{ns.local(child.tag)}"
            if row := self._only.get(path):
                self._used.add(path)
                self._leave_out(node, row, child)
                continue
            name = self._other_name(path, child)
            if name not in places:
                raise self._wrong(f"{path} is not in {there.contract.key}: expected a row for it")
            number, found = places.pop(name)
            if child.cardinality != found.cardinality:
                raise self._wrong(f"{path} is {child.cardinality} in one contract, {found.cardinality} in the other")
            below = path, f"{paths[1]}/{name}"
            known = node.children[child.tag] = self._node(here, child, there, found, below, number)
            node.steps[child.tag] = known.tag, known if here.model.children(child) else None
        for name, (number, found) in places.items():
            if self._missing(there, found, f"{paths[1]}/{name}").how == "extension":
                node.back[found.tag] = number
        order = [each.place for each in node.children.values()]
        node.same_order = order == sorted(order)
        return node

    def _other_name(self, path: str, child: Element) -> str:
        if path not in self._names:
            return ns.local(child.tag)
        self._used.add(path)
        return self._names[path].rpartition("/")[2]

    def _leave_out(self, node: Node, row: Only, child: Element) -> None:
        if row.how != "extension":
            node.dropped.add(child.tag)
        elif node.room is None:
            raise self._wrong(f"{row.element} cannot travel: the other contract has no room for extensions there")
        else:
            node.kept.add(child.tag)

    def _missing(self, there: _Side, element: Element, path: str) -> Only:
        """The row of what only ``there`` has."""
        row = self._only.get(path)
        if row is None:
            raise self._wrong(f"{path} is only in {there.contract.key}: expected a row for it")
        self._used.add(path)
        if element.minimum and not self._given(row):
            raise self._wrong(f"{path} is mandatory: expected a [[given]] row for it")
        return row

    def _given(self, row: Only) -> list[Given]:
        return [each for each in self._mapping.given if _within(each.element, row.element)]

    def _need_no_room_row(self, here: _Side, element: Element, path: str) -> None:
        key = (here.contract.key, ns.local(element.type_name))
        if key not in self._no_room:
            raise self._wrong(f"extensions of {path} have no room: expected a [[no_room]] row for {key[1]}")
        self._used.add(key)

    def _filters(self, side: _Side) -> Iterator[FilterRule]:
        for row in self._mapping.only:
            root, _, path = row.element.partition("/")
            if row.how != "filter" or root != ns.local(side.request.tag):
                continue
            rules = [rule for rule in side.contract.descriptor.filter if _within(rule.request, path)]
            if not rules:
                raise self._wrong(f"{row.element}: expected a [[filter]] for it in contracts/{side.contract.key}.toml")
            yield from rules

    def _fillings(self, here: _Side) -> Iterator[Filling]:
        for row in self._mapping.only:
            given = self._given(row)
            if not given or not _within(row.element, here.record_path):
                continue
            *holders, missing = here.below_record(row.element)
            siblings = [each.tag for each in here.model.children(holders[-1] if holders else here.record)]
            earlier = frozenset(siblings[: siblings.index(missing.tag)])
            leaves = tuple(self._leaf(here, each, len(holders) + 1) for each in given)
            lacking = _xpath("/".join(["{}"] * (1 + len(holders))) + "[not({})]", [here.record, *holders, missing])
            yield Filling(lacking, len(holders), missing.tag, earlier, leaves)

    def _leaf(self, here: _Side, given: Given, above: int) -> Leaf:
        self._used.add(given.element)
        if bool(given.value) == bool(given.digest):
            raise self._wrong(f"{given.element}: expected a value or a digest, and not both")
        path = here.below_record(given.element)[above:]
        values = [here.below_record(one) for one in given.digest]
        # A value without line ends is normalised; so none can pass for two.
        each = [f"normalize-space({'/'.join(['{}'] * len(steps))}), '\n'" for steps in values]
        digest = _xpath(f"concat({', '.join(each)})", [step for steps in values for step in steps]) if values else None
        return Leaf(tuple(step.tag for step in path), given.value, given.agreed, digest)

    def _conditions(self, there: _Side) -> Iterator[tuple[str, frozenset[str]]]:
        for row in self._mapping.crosses:
            if _within(row.element, there.record_path):
                self._used.add(row.element)
                yield _joined(there.below_record(row.element)), frozenset(row.values)


def _within(path: str, above: str) -> bool:
    return f"{path}/".startswith(f"{above}/")


def _namespaces(model: Model, element: Element) -> list[str]:
    """Of an element and all below it, the nearest first."""
    found = {ns.namespace(element.tag): None}
    seen, row = set(), [element]
    while row:
        found |= {ns.namespace(each.tag): None for each in row}
        below = [child for each in row for child in model.children(each)]
        row = [child for child in below if child.type_name not in seen]
        seen |= {child.type_name for child in row}
    return list(found)


def _kept(node: Node) -> set[str]:
    """The namespaces of what travels as extensions."""
    return {ns.namespace(tag) for tag in node.kept}.union(*map(_kept, node.children.values()))


def _xpath(text: str, steps: list[Element]) -> etree.XPath:
    """Compiled, with the steps' names in the place of ``{}``."""
    spaces = list(dict.fromkeys(ns.namespace(step.tag) for step in steps))
    names = (f"n{spaces.index(ns.namespace(step.tag))}:{ns.local(step.tag)}" for step in steps)
    return etree.XPath(text.format(*names), namespaces={f"n{number}": uri for number, uri in enumerate(spaces)})


def _joined(steps: list[Element]) -> str:
    return "/".join(step.tag for step in steps)
