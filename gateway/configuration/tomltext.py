"""Values written as TOML."""

import json
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

WIDTH = 100


def literal(value: Any) -> str:
    """A value that is no table: text, number, truth or a list of them. TOML writes text as JSON does."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        short = f"[{', '.join(map(literal, value))}]"
        if len(short) <= WIDTH - 30:
            return short
        return "\n".join(("[", *(f"    {literal(item)}," for item in value), "]"))
    return repr(value)


def comment(text: str) -> str:
    """A comment of as many lines as it takes."""
    lines = textwrap.wrap(text, WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"# {line}" for line in lines)


def tables(name: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """``[[name]]`` once for each row."""
    parts = ["\n".join((f"[[{name}]]", *(f"{key} = {literal(value)}" for key, value in row.items()))) for row in rows]
    return "\n\n".join(parts)
