"""JSON into typed records; every mistake is told with line and path, in both languages."""

import json
import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gateway.registry.formats.errors import FormatError, wrong

T = TypeVar("T")
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_WRONG_TYPE = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_MISSING = re.compile(r"Object missing required field `([^`]+)`")
_BYTE = re.compile(r"\(byte (\d+)\)")


def decode(path: Path, data: bytes, kind: type[T]) -> T:
    """Read JSON as ``kind``.

    Raises:
        FormatError: not JSON, something is missing or of a wrong type.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise _told(path, data, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        at = _BYTE.search(str(error))
        line = data.count(b"\n", 0, int(at[1])) + 1 if at else 0
        raise wrong(path, "not-json", line=line, why=error) from None


def line_of(data: bytes, where: str) -> int:
    """The line where the value at a JSON path begins, or the nearest one around it; 0 when unknown."""
    steps: list[str | int] = [name or int(index) for name, index in _STEP.findall(where)]
    source, best, found = data.decode("utf-8", "replace"), -1, 0
    stack: list[Any] = []
    for token in _TOKEN.finditer(source):
        text = token[0]
        if text in "}]":
            stack.pop()
        elif text == ",":
            stack[-1] = stack[-1] + 1 if isinstance(stack[-1], int) else None
        elif text[0] == '"' and stack and stack[-1] is None:
            stack[-1] = json.loads(text)
        elif text != ":":
            if best < len(stack) <= len(steps) and stack == steps[: len(stack)]:
                best, found = len(stack), source.count("\n", 0, token.start()) + 1
            if text in "{[":
                stack.append(None if text == "{" else 0)
    return found


def _told(path: Path, data: bytes, message: str) -> FormatError:
    where = message.rpartition("`$")[2].rstrip("`") if "`$" in message else ""
    place = {"line": line_of(data, where), "where": f"${where}"}
    if missing := _MISSING.match(message):
        return wrong(path, "missing", name=missing[1], **place)  # type: ignore[arg-type]
    if kinds := _WRONG_TYPE.match(message):
        return wrong(path, "type", expected=kinds[1], found=kinds[2], **place)  # type: ignore[arg-type]
    return wrong(path, "other", why=message.partition(" - at")[0], **place)  # type: ignore[arg-type]
