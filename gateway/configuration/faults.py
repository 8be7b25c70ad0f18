"""What is wrong with settings: all of it at once, each with its place."""

from collections.abc import Iterable
from pathlib import Path

from gateway.errors import DataError


class SettingsError(DataError):
    """Settings that cannot be used.

    Attributes:
        faults: one or more; the error itself has the place and the problem of the first.
    """

    def __init__(self, faults: Iterable[DataError]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(first.path, first.line, first.problem)

    def __str__(self) -> str:
        """One line for each fault."""
        return "\n".join(map(str, self.faults))


def unknown(place: tuple[str, int], name: str, known: Iterable[str], what: str = "setting") -> DataError:
    """A name that nothing has; the nearest is suggested, or else all that there are.

    Args:
        place: file and line, or the variable or flag.
        name: as written; blank when the place says it already.
        known: as they would be written there.
        what: what it should be the name of.
    """
    names = sorted(known)
    written = name or place[0]
    near = nearest(written, names)
    hint = f"did you mean {near}?" if near else f"known are {', '.join(names)}"
    problem = " ".join(filter(None, (f"unknown {what}", name)))
    return DataError(Path(place[0]), place[1], f"{problem}; {hint}")


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like another, blank when none does."""
    from difflib import get_close_matches

    by_lower = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), by_lower, 1)
    return by_lower[found[0]] if found else ""
