"""A short text that an XSD pattern allows.

XSD's regular expressions (XML Schema Part 2, appendix F) match whole values, so that ``^`` and ``$`` are letters like
any other there. What cannot be answered, such as class subtraction, is refused rather than guessed.
"""

_CLASSES = {"d": "0", "w": "a", "s": " ", "i": "a", "c": "a", "D": "a", "W": "-", "S": "a", "I": "0", "C": " "}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_TRIED = "0123456789aAbBzZxX-_.:/ åÅäöÄÖ"
_MOST = 10_000  # characters of a text that a pattern may demand


class PatternError(Exception):
    """The pattern is broken, or says something that this module does not answer."""


def example(pattern: str) -> str:
    """The text.

    Raises:
        PatternError: none can be made.
    """
    reader = _Reader(pattern)
    found = reader.alternatives()
    if reader.at < len(pattern):
        raise PatternError(f"{pattern!r}: {pattern[reader.at]!r} is not expected at {reader.at}")
    return found


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def alternatives(self) -> str:
        """The first branch; what is not chosen is read, too."""
        found = self._branch()
        while self._take("|"):
            self._branch()
        return found

    def _branch(self) -> str:
        parts = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            atom = self._atom()
            parts.append(atom * self._least())
            if sum(map(len, parts)) > _MOST:
                raise PatternError(f"{self.pattern!r} demands more than {_MOST} characters")
        return "".join(parts)

    def _atom(self) -> str:
        char = self._next()
        if char == "(":
            found = self.alternatives()
            if not self._take(")"):
                raise PatternError(f"{self.pattern!r}: a parenthesis is not closed")
            return found
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escape()
        return "a" if char == "." else char

    def _escape(self) -> str:
        char = self._next()
        if char in "pP":
            return self._property(negated=char == "P")
        return _CLASSES.get(char) or _ESCAPES.get(char, char)

    def _property(self, *, negated: bool) -> str:
        end = self.pattern.find("}", self.at)
        if not self._take("{") or end < 0:
            raise PatternError(f"{self.pattern!r}: expected a category in braces")
        name, self.at = self.pattern[self.at : end], end + 1
        usual = {"L": "a", "Ll": "a", "Lu": "A", "N": "0", "Nd": "0", "Z": " ", "Zs": " ", "P": "-", "Pd": "-"}
        other = {"L": "0", "Ll": "0", "Lu": "a"}
        found = other.get(name, "a") if negated else usual.get(name, "")
        if not found:
            raise PatternError(f"{self.pattern!r}: the category {name} is not answered")
        return found

    def _class(self) -> str:
        negated = self._take("^")
        members: list[tuple[str, str]] = []
        while not self._take("]"):
            first = self._member()
            if first == "-" and self._peek() == "[":
                raise PatternError(f"{self.pattern!r}: class subtraction is not answered")
            if self._peek() == "-" and self._peek(1) not in ("]", ""):
                self.at += 1
                members.append((first, self._member()))
            else:
                members.append((first, first))
        if not members:
            raise PatternError(f"{self.pattern!r}: an empty class")
        if not negated:
            return members[0][0]
        free = (char for char in _TRIED if not any(low <= char <= high for low, high in members))
        return next(free, "\u00b7")

    def _member(self) -> str:
        char = self._next()
        return self._escape() if char == "\\" else char

    def _least(self) -> int:
        """How often the atom ahead must stand there; the bounds are read."""
        if self._take("?") or self._take("*"):
            return 0
        if self._take("+"):
            return 1
        if self._peek() != "{":
            return 1
        end = self.pattern.find("}", self.at)
        least = self.pattern[self.at + 1 : end].partition(",")[0]
        if end < 0 or not least.isdecimal():
            raise PatternError(f"{self.pattern!r}: expected a number in braces")
        self.at = end + 1
        if int(least) > _MOST:
            raise PatternError(f"{self.pattern!r} demands more than {_MOST} characters")
        return int(least)

    def _peek(self, ahead: int = 0) -> str:
        return self.pattern[self.at + ahead : self.at + ahead + 1]

    def _take(self, char: str) -> bool:
        found = self._peek() == char
        self.at += found
        return found

    def _next(self) -> str:
        char = self._peek()
        if not char:
            raise PatternError(f"{self.pattern!r} ends too early")
        self.at += 1
        return char
