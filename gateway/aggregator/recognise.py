"""Judges an answer record by record with an expression made of the schema, without a tree (``contracts.grammar``).

Nearly all sources write alike: an opening, records, a tail. Opening and tail, put together, are an answer without
records; libxml2 judges it, once for each way to write it. What cannot be recognised is left to the tree.
"""

import asyncio
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import NamedTuple

from lxml import etree

from gateway.aggregator import splice
from gateway.aggregator.splice import Cut
from gateway.contracts.contract import Contract
from gateway.contracts.grammar import IDENTITY, PERSON, Grammar
from gateway.contracts.packageerror import PackageError
from gateway.soap import xml
from gateway.soap.head import MessageError

_SLICE = 250_000  # bytes that are judged in one go: a millisecond
_FRAME = 4_096  # bytes; larger ones are not remembered
_FORBIDDEN = [bytes((code,)) for code in range(32) if code not in b"\t\n\r"]
_BEYOND = b"\xef\xbf"  # how U+FFFE and U+FFFF begin, which XML forbids
_PATIENCE = 8  # answers in a row that were not recognised; after them a look is taken at one in _SELDOM
_SELDOM = 64
_MOST = 64  # ways of writing that are known at once, for each contract
_UNFIT, _WELL_FORMED, _VALID = range(3)

Work = Callable[[], None]
Later = Callable[[Work], object]
_Way = tuple[tuple[tuple[str, str], ...], bool, bool]


class Recognised(NamedTuple):
    """An answer's records, and their ids without those that have none."""

    cut: Cut
    identities: tuple[str, ...]


class _Expression:
    """An expression, None until it is made and when none can be; how often in a row it was of no use."""

    __slots__ = ("misses", "pattern")

    def __init__(self) -> None:
        self.pattern: Pattern[bytes] | None = None
        self.misses = 0

    def usable(self) -> Pattern[bytes] | None:
        """The expression, when it is worth a look."""
        if self.misses >= _PATIENCE:
            self.misses += 1
            return self.pattern if self.misses % _SELDOM == 0 else None
        return self.pattern


class Recogniser:
    """Recognises the answers of one contract."""

    def __init__(self, contract: Contract, later: Later = lambda work: work()) -> None:
        """``later`` does a piece of work of some 20 ms: at once, or better in another thread."""
        self._contract, self._later = contract, later
        self._known: dict[_Way, _Expression] = {}
        self._grammar: Grammar | None = None
        self._remembered = lru_cache(maxsize=256)(self._judge)

    async def __call__(self, patient: str, data: bytes, *, lenient: bool) -> Recognised | None:
        """The records of a good answer; None when only a tree can tell.

        Args:
            patient: whom all records must be about, unless ``lenient``.
            data: the answer, well-formed or not.
            lenient: well-formed is good enough.
        """
        begin = splice.begin(self._contract, data)
        expression = self._expression(begin, data) if begin is not None else None
        pattern = expression.usable() if expression is not None else None
        if begin is None or expression is None or pattern is None:
            return None
        found = await self._records(pattern, begin.at, data, None if lenient else patient)
        if found is not None:
            end, count, identities = found
            frame = self._frame(data[: begin.at], data[end:])
            if frame == _VALID or (lenient and frame == _WELL_FORMED):
                expression.misses = 0
                return Recognised(Cut(begin.at, end, count, begin.prefixes), identities)
        expression.misses += 1
        return None

    async def _records(
        self, pattern: Pattern[bytes], start: int, data: bytes, patient: str | None
    ) -> tuple[int, int, tuple[str, ...]] | None:
        """Where the records end, how many they are, and their ids; None when they are not good. Lets others in."""
        if not _characters(data):
            return None
        wanted = None if patient is None else patient.strip().encode()
        identified = wanted is not None and bool(self._contract.record["id"])
        match, at, count, pause = pattern.match, start, 0, start + _SLICE
        identities: list[bytes] = []
        while found := match(data, at):
            if wanted is not None and (found[PERSON] or b"").strip() != wanted:
                return None
            if identified and (identity := found[IDENTITY]):
                identities.append(identity)
            at, count = found.end(), count + 1
            if at > pause:
                pause = at + _SLICE
                await asyncio.sleep(0)
        return (at, count, tuple([each.decode() for each in identities])) if count else None

    def _expression(self, begin: splice.Begin, data: bytes) -> _Expression:
        after = data[begin.at + len(begin.name) + 2 : begin.at + len(begin.name) + 3]
        way = begin.prefixes, after.isspace(), b"&" in data
        found = self._known.get(way)
        if found is None:
            if len(self._known) >= _MOST:
                del self._known[next(iter(self._known))]
            found = self._known[way] = _Expression()
            self._later(lambda: self._make(found, way))
        return found

    def _make(self, expression: _Expression, way: _Way) -> None:
        prefixes, spaced, references = way
        try:
            if self._grammar is None:
                self._grammar = Grammar(self._contract)
        except (PackageError, OSError, ValueError, etree.XMLSyntaxError):
            return  # a schema that is not for expressions; the tree judges
        by_space = {uri: prefix for prefix, uri in prefixes}
        expression.pattern = self._grammar.record(by_space, spaced=spaced, references=references)

    def _frame(self, opening: bytes, tail: bytes) -> int:
        judge = self._remembered if len(opening) + len(tail) <= _FRAME else self._judge
        return judge(opening, tail)

    def _judge(self, opening: bytes, tail: bytes) -> int:
        """What an answer without its records is."""
        if not splice.plain(opening) or not splice.plain(tail) or b"ascii" in opening[:200].lower():
            return _UNFIT  # a comment might go from one to the other; what says ASCII may hold more
        try:
            child = xml.body_child(xml.parse(opening + tail))
        except MessageError:
            return _UNFIT
        if child.tag != self._contract.response_tag or next(child.iter(self._contract.record_tag), None) is not None:
            return _UNFIT
        return _VALID if self._contract.schema.validate(child) else _WELL_FORMED


class Recognisers:
    """A recogniser for each contract."""

    def __init__(self, later: Later) -> None:
        self._later = later
        self._known: dict[Path, Recogniser] = {}

    def __call__(self, contract: Contract) -> Recogniser:
        """The contract's recogniser."""
        found = self._known.get(contract.xsd)
        if found is None:
            found = self._known[contract.xsd] = Recogniser(contract, self._later)
        return found


def _characters(data: bytes) -> bool:
    """Whether all is UTF-8, with no character that XML forbids, and no ``]]>``."""
    if (b"]" in data and b"]]>" in data) or _BEYOND in data or any(map(data.__contains__, _FORBIDDEN)):
        return False
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False
