"""What each field of a record means, from its docstring."""

import inspect
import re

import msgspec

_ENTRY = re.compile(r" {4}([a-z_]+(?:, [a-z_]+)*): (.+)")


def meanings(record: type[msgspec.Struct]) -> dict[str, str]:
    """Each documented name with its sentence, without the marks for code; names documented together share one.

    The docstrings of the records that it is made from count too.
    """
    found: dict[str, str] = {}
    for each in reversed(record.__mro__):
        if issubclass(each, msgspec.Struct):
            found |= _documented(inspect.cleandoc(each.__doc__ or ""))
    return found


def _documented(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    names: list[str] = []
    for line in text.partition("Attributes:\n")[2].splitlines():
        if entry := _ENTRY.match(line):
            names = entry[1].split(", ")
            found |= dict.fromkeys(names, entry[2])
        elif names and line.startswith(" " * 8):
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
        else:
            names = []
    return {name: sentence.replace("``", "") for name, sentence in found.items()}
