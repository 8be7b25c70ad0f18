"""Texts that an XSD pattern allows, at random, and the pattern in Python's words.

XSD's regular expressions (XML Schema Part 2, appendix F) match whole values. Of the characters that a class allows only
those are used that people can read, unless it allows no such.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from random import Random
from typing import Final, NamedTuple

from gateway.contracts.pattern import PatternError

Allows = Callable[[str], bool]
READABLE: Final = "".join(map(chr, range(32, 127))) + "åäöÅÄÖéüæøØ§·"
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789åäöÅÄÖ")
_MORE: Final = 6  # repetitions beyond the least, where a pattern sets no end
_MOST: Final = 10_000  # characters
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
_BLOCKS: Final = {"IsBasicLatin": (0, 0x7F), "IsLatin-1Supplement": (0x80, 0xFF), "IsLatinExtended-A": (0x100, 0x17F)}


class Letter(NamedTuple):
    """One character out of those that are allowed."""

    allowed: str


class Row(NamedTuple):
    """Nodes one after the other."""

    nodes: "tuple[Node, ...]"


class Either(NamedTuple):
    """One of several."""

    branches: "tuple[Node, ...]"


class Times(NamedTuple):
    """A node so many times; ``most`` None for no end."""

    node: "Node"
    least: int
    most: int | None


Node = Letter | Row | Either | Times


def text(pattern: str, rng: Random) -> str:
    """A text that the pattern allows.

    Raises:
        PatternError: the pattern is broken, or says something that is not answered here.
    """
    found = _made(parsed(pattern), rng)
    if len(found) > _MOST:
        raise PatternError(f"{pattern!r} demands more than {_MOST} characters")
    return found


def allows(pattern: str, value: str) -> bool:
    """Whether the pattern allows a value made of readable characters.

    Raises:
        PatternError: the pattern is broken, or says something that is not answered here.
    """
    return _compiled(pattern).fullmatch(value) is not None


@lru_cache(maxsize=2000)
def parsed(pattern: str) -> Node:
    """The pattern as nodes.

    Raises:
        PatternError: as for ``text``.
    """
    reader = _Reader(pattern)
    found = reader.either()
    if reader.at < len(pattern):
        raise PatternError(f"{pattern!r}: {pattern[reader.at]!r} is not expected at {reader.at}")
    return found


@lru_cache(maxsize=2000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_python(parsed(pattern)))


def _python(node: Node) -> str:
    if isinstance(node, Letter):
        return f"[{re.escape(node.allowed)}]"
    if isinstance(node, Row):
        return "".join(map(_python, node.nodes))
    if isinstance(node, Either):
        return f"(?:{'|'.join(map(_python, node.branches))})"
    most = "" if node.most is None else node.most
    return f"(?:{_python(node.node)}){{{node.least},{most}}}"


def _made(node: Node, rng: Random) -> str:
    if isinstance(node, Letter):
        plain = [each for each in node.allowed if each in _PLAIN]
        return rng.choice(plain or node.allowed)
    if isinstance(node, Row):
        return "".join(_made(each, rng) for each in node.nodes)
    if isinstance(node, Either):
        return _made(rng.choice(node.branches), rng)
    most = node.least + _MORE if node.most is None else min(node.most, node.least + _MORE)
    count = rng.randint(node.least, most)
    if count > _MOST:
        raise PatternError(f"more than {_MOST} characters are demanded")
    return "".join(_made(node.node, rng) for _ in range(count))


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def either(self) -> Node:
        branches = [self._row()]
        while self._take("|"):
            branches.append(self._row())
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def _row(self) -> Node:
        nodes: list[Node] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            nodes.append(self._times(self._atom()))
        return nodes[0] if len(nodes) == 1 else Row(tuple(nodes))

    def _times(self, node: Node) -> Node:
        if self._take("?"):
            return Times(node, 0, 1)
        if self._take("*"):
            return Times(node, 0, None)
        if self._take("+"):
            return Times(node, 1, None)
        if not self._take("{"):
            return node
        found = re.compile(r"(\d+)(?:(,)(\d*))?\}").match(self.pattern, self.at)
        if found is None:
            raise self._error("a number in braces is expected")
        self.at = found.end()
        least = int(found[1])
        return Times(node, least, least if not found[2] else int(found[3]) if found[3] else None)

    def _atom(self) -> Node:
        char = self._next()
        if char == "(":
            found = self.either()
            if not self._take(")"):
                raise self._error("a parenthesis is not closed")
            return found
        if char == "[":
            return _letter(self._class(), self)
        if char == "\\":
            return _letter(self._escape(), self)
        return _letter((lambda each: each not in "\n\r") if char == "." else _exactly(char), self)

    def _class(self) -> Allows:
        negated = self._take("^")
        parts: list[Allows] = []
        lacking: Allows | None = None
        while not self._take("]"):
            if parts and self.pattern.startswith("-[", self.at):
                self.at += 2
                lacking = self._class()
                continue
            parts.append(self._member())

        def allowed(char: str) -> bool:
            return any(part(char) for part in parts) != negated and not (lacking is not None and lacking(char))

        return allowed

    def _member(self) -> Allows:
        char = self._next()
        if char == "\\" and self._peek() not in _ESCAPES and self._peek().isalpha():
            return self._escape()
        first = self._single(char)
        if self._peek() == "-" and self._peek(1) not in ("]", "[", ""):
            self.at += 1
            last = self._single(self._next())
            return lambda each: first <= each <= last
        return _exactly(first)

    def _single(self, char: str) -> str:
        if char != "\\":
            return char
        escaped = self._next()
        return _ESCAPES.get(escaped, escaped)

    def _escape(self) -> Allows:
        char = self._next()
        if char in "pP":
            inside = self._property()
            return inside if char == "p" else lambda each: not inside(each)
        known = _CLASSES.get(char.lower())
        if known is not None:
            return known if char.islower() else lambda each: not known(each)
        return _exactly(_ESCAPES.get(char, char))

    def _property(self) -> Allows:
        end = self.pattern.find("}", self.at)
        if not self._take("{") or end < 0:
            raise self._error("a category in braces is expected")
        name, self.at = self.pattern[self.at : end], end + 1
        if name in _BLOCKS:
            low, high = _BLOCKS[name]
            return lambda each: low <= ord(each) <= high
        if name[:1] not in "LMNPZSC" or len(name) > 2:
            raise self._error(f"the category {name} is not answered")
        return lambda each: unicodedata.category(each).startswith(name)

    def _peek(self, ahead: int = 0) -> str:
        return self.pattern[self.at + ahead : self.at + ahead + 1]

    def _take(self, char: str) -> bool:
        found = self._peek() == char
        self.at += found
        return found

    def _next(self) -> str:
        char = self._peek()
        if not char:
            raise self._error("it ends too early")
        self.at += 1
        return char

    def _error(self, why: str) -> PatternError:
        return PatternError(f"{self.pattern!r}: {why}")


def _letter(allowed: Allows, reader: _Reader) -> Letter:
    found = "".join(filter(allowed, READABLE))
    if not found:
        found = next((chr(code) for code in range(9, 0xD800) if allowed(chr(code))), "")
    if not found:
        raise PatternError(f"{reader.pattern!r}: a class without characters")
    return Letter(found)


def _exactly(char: str) -> Allows:
    return lambda each: each == char


def _word(char: str) -> bool:
    return unicodedata.category(char)[0] not in "PZC"


def _name_start(char: str) -> bool:
    return char.isalpha() or char in "_:"


_CLASSES: Final[dict[str, Allows]] = {
    "d": str.isdecimal,
    "w": _word,
    "s": lambda char: char in " \t\n\r",
    "i": _name_start,
    "c": lambda char: _name_start(char) or char.isdecimal() or char in "-.·",
}
