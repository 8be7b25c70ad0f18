"""Makes messages keep, or break, the assertions that a contract adds to its schema, by small changes tried in turn.

Which elements and values matter is read from the assertion's own XPath. A change is kept when fewer assertions fail
and the schema still allows the message.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from itertools import chain, islice, product
from typing import Final, NamedTuple

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.contracts.messages import identities
from gateway.contracts.messages.crossfield import Assertion, CrossField
from gateway.contracts.sample.edit import Editor, walk
from gateway.soap import ns

_LITERAL: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_NAME: Final = re.compile(r"(?<![\w$@:-])(?:([\w.-]+):)?([A-Za-zÅÄÖåäö_][\w.-]*)(?![\w.:-]*\()(?!::)")
_NUMBER: Final = re.compile(r"(?<![\w.'])\d{2,}(?![\w.'])")
_TRIED: Final = 6000  # changes tried for one assertion
_ROUNDS: Final = 60
_ORDER: Final = ("write", "put", "take", "copy")
_SINGLE: Final = 30  # elements of one path that are changed by themselves


class Change(NamedTuple):
    """A small change: what is done to the elements with these numbers in document order, and with what."""

    what: str
    at: tuple[int, ...]
    value: str = ""


class Solver:
    """Changes messages of one contract.

    Attributes:
        assertions: those of the contract; none for most.
    """

    def __init__(self, contract: Contract, crossfield: CrossField | None, editor: Editor) -> None:
        self._contract, self._crossfield, self._editor = contract, crossfield, editor
        self.assertions = crossfield.assertions() if crossfield is not None else []

    def failing(self, root: etree._Element) -> list[tuple[Assertion, etree._Element]]:
        """Which assertions fail in a request or response element, and where."""
        if self._crossfield is None or not self._crossfield.fails(root):
            return []
        crossfield = self._crossfield
        return [(each, at) for each in self.assertions for at in crossfield.failing(each, root)]

    def repair(self, root: etree._Element) -> etree._Element:
        """A message in which as few assertions as can be fail."""
        failed = self.failing(root)
        for _ in range(_ROUNDS):
            better = self._better(root, failed) if failed else None
            if better is None:
                return root
            root = better
            failed = self.failing(root)
        return root

    def _better(self, root: etree._Element, failed: list[tuple[Assertion, etree._Element]]) -> etree._Element | None:
        for assertion, at in failed:
            changes = self._changes(assertion, at, root)
            pairs = ((one, other) for one, other in product(changes, changes) if one != other)
            for tried in islice((*((each,) for each in changes), *islice(pairs, _TRIED)), _TRIED):
                found = self.apply(root, tried)
                if found is not None and len(self.failing(found)) < len(failed):
                    return found
        return None

    def broken(self, roots: list[etree._Element], assertion: Assertion) -> etree._Element | None:
        """One of the messages with that assertion broken and the schema kept; None when nothing tried does it."""
        assert self._crossfield is not None
        small = sorted(roots, key=lambda root: sum(1 for _ in walk(root)))
        changes = [(root, self._changes(assertion, root, root)) for root in small]
        single = ((root, (each,)) for root, found in changes for each in found)
        pairs = ((root, pair) for root, found in changes for pair in islice(product(found, found), _TRIED))
        for root, tried in chain(single, pairs):
            found = self.apply(root, tried) if len(set(tried)) == len(tried) else None
            if found is not None and self._crossfield.failing(assertion, found):
                return found
        return None

    def apply(self, root: etree._Element, changes: tuple[Change, ...]) -> etree._Element | None:
        """A changed copy that the schema allows; None when there is none."""
        copy = deepcopy(root)
        elements = list(walk(copy))
        done = [self._do(change, [elements[number] for number in change.at]) for change in changes]
        return copy if all(done) and self._contract.schema.validate(copy) else None

    def _do(self, change: Change, elements: list[etree._Element]) -> bool:
        done = False
        for element in elements:
            parent = element.getparent()
            if change.what == "write":
                done = element.text != change.value or done
                element.text = change.value
            elif change.what == "take" and parent is not None:
                self._editor.take(element)
                done = True
            elif change.what == "copy" and parent is not None:
                element.addnext(deepcopy(element))
                done = True
            elif change.what == "put":
                done = self._put(element, change.value) or done
        return done

    def _put(self, parent: etree._Element, tags: str) -> bool:
        """Put an element in its place, with the last of several tags inside the ones before."""
        at: etree._Element | None = parent
        for tag in tags.split():
            at = self._editor.put(at, tag) if at is not None else None
        return at is not None

    def _changes(self, assertion: Assertion, at: etree._Element, root: etree._Element) -> list[Change]:
        """What may matter to an assertion below an element: texts first, single elements before all on one path."""
        numbers = {element: number for number, element in enumerate(walk(root))}
        elements = list(numbers)
        tags, literals = _mentioned(assertion)
        paths: dict[tuple[str, ...], list[int]] = {}
        shells: dict[tuple[str, ...], list[int]] = {}
        for element in walk(at):
            path = _path(element)
            if path[-1] in tags or element is at:
                paths.setdefault(path, []).append(numbers[element])
            for steps in self._chains(element, tags):
                shells.setdefault((*path, steps), []).append(numbers[element])
        found: list[Change] = []
        for places in paths.values():
            single = [(each,) for each in places[:_SINGLE]]
            for place in [*single, tuple(places)] if len(places) > 1 else single:
                found += [Change("write", place, value) for value in self._values(elements[places[0]], literals)]
                found += [Change("take", place)]
            found += [Change("copy", place) for place in single]
        for path, places in shells.items():
            found += [Change("put", (places[0],), path[-1])]
            found += [Change("put", tuple(places), path[-1])] if len(places) > 1 else []
        return sorted(found, key=lambda change: (_ORDER.index(change.what), len(change.at)))

    def _chains(self, element: etree._Element, tags: set[str]) -> Iterator[str]:
        """What could be put into an element so that one of the tags is there."""
        declared = self._editor.facts.along(element)
        if declared is None:
            return
        present = {str(child.tag) for child in element}
        for child in self._editor.facts.model.children(declared):
            if child.tag in tags:
                yield child.tag
            elif child.tag not in present:
                below = self._editor.facts.model.children(child)
                yield from (f"{child.tag} {each.tag}" for each in below if each.tag in tags)

    def _values(self, element: etree._Element, literals: list[str]) -> list[str]:
        """What an element's text may become: what the assertion names, what its type lists, early, late, long."""
        kind = self._editor.type_of(element)
        if kind is None:
            return []
        own = (element.text or "").strip()
        if kind.values:
            first = [each for each in literals if each in kind.values]
            return list(dict.fromkeys([*first, *kind.values]))
        tried = list(literals)
        tried += self._codes(element)
        if own.isdigit() and len(own) >= 8:
            tried += [f"20010101{own[8:]}", f"20251231{own[8:]}", f"20990101{own[8:]}"]
        longer = [int(each) for each in literals if each.isdigit() and len(each) > 2]
        tried += [_lengthened(own, least) for least in longer if own and least < 1_000_000]
        tried += [f"{own}x", "okänd"]
        return list(dict.fromkeys(each for each in tried if each and (kind.allows(each) or not kind.is_text)))

    def _codes(self, element: etree._Element) -> tuple[str, ...]:
        parent = element.getparent()
        if parent is None or ns.local(str(element.tag)) != "code":
            return ()
        systems = (each.text or "" for each in parent if ns.local(str(each.tag)) == "codeSystem")
        known = identities.known().get(next(systems, ""))
        return known.codes if known else ()


def _mentioned(assertion: Assertion) -> tuple[set[str], list[str]]:
    """The elements that an assertion names, and the strings and numbers; a list in a string is taken apart too."""
    literals: list[str] = []
    tags: set[str] = set()
    for words in assertion.words:
        for one, other in _LITERAL.findall(words):
            value = one or other
            inner = [part for part in re.split(r"[|,; ]", value) if part]
            literals += inner if len(inner) > 1 else [value]
        bare = _LITERAL.sub(" ", words)
        literals += _NUMBER.findall(bare)
        for prefix, name in _NAME.findall(bare):
            space = assertion.namespaces.get(prefix, "")
            tags.add(ns.clark(space, name) if space else name)
    return tags, list(dict.fromkeys(literals))


def _path(element: etree._Element) -> tuple[str, ...]:
    return tuple(str(each.tag) for each in (*reversed(list(element.iterancestors())), element))


def _lengthened(text: str, least: int) -> str:
    return text * (least // len(text) + 1)
