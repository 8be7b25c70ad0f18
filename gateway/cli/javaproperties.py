"""Java properties files, as java.util.Properties and Spring Boot read them."""

import re
from pathlib import Path

from gateway.errors import DataError

_COMMENTS = ("#", "!")
_KEY = re.compile(r"((?:[^\\:=\s]|\\.)*)[ \t\f]*[:=]?[ \t\f]*(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_SPECIAL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_PLACEHOLDER = re.compile(r"\$\{([^${}:]+)(?::([^${}]*))?\}")
_MOST = 20  # placeholders in one another, after which they must be a circle


def read(path: Path) -> dict[str, tuple[int, str]]:
    """The properties with line and value, placeholders filled in; of two with the same name the later counts.

    Args:
        path: UTF-8, or ISO-8859-1 as of old.

    Raises:
        DataError: unreadable.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(path, 0, f"cannot be read: {error.strerror}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    found: dict[str, tuple[int, str]] = {}
    for number, line in _lines(text):
        parts = _KEY.match(line)
        assert parts is not None  # it fits everything
        found[_unescaped(parts[1])] = (number, _unescaped(parts[2]).strip())
    return {name: (number, _filled(value, found)) for name, (number, value) in found.items()}


def _lines(text: str) -> list[tuple[int, str]]:
    """Each logical line with the number of its first; comments and blank lines are left out."""
    found: list[tuple[int, str]] = []
    open_at = 0
    for number, line in enumerate(text.splitlines(), 1):
        line = line.lstrip(" \t\f")
        if not open_at and (not line or line.startswith(_COMMENTS)):
            continue
        ends = (len(line) - len(line.rstrip("\\"))) % 2 == 0
        part = line if ends else line[:-1]
        if open_at:
            found[-1] = (open_at, found[-1][1] + part)
        else:
            found.append((number, part))
        open_at = 0 if ends else open_at or number
    return found


def _unescaped(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if len(code) > 1 else _SPECIAL.get(code, code)

    return _ESCAPE.sub(character, text)


def _filled(value: str, known: dict[str, tuple[int, str]]) -> str:
    """Placeholders ``${name}`` and ``${name:default}``; what is not known stays as it is."""

    def fill(found: re.Match[str]) -> str:
        name, default = found[1].strip(), found[2]
        if name in known:
            return known[name][1]
        return found[0] if default is None else default

    for _ in range(_MOST):
        filled = _PLACEHOLDER.sub(fill, value)
        if filled == value:
            break
        value = filled
    return value
