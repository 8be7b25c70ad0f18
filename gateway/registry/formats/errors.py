"""What is wrong with a catalogue file: where, what was found, what was expected, in Swedish and English."""

from pathlib import Path

from gateway import texts
from gateway.errors import DataError


class FormatError(DataError):
    """A file or an answer cannot be read as a catalogue.

    Attributes:
        key: of ``[tak-format]`` in the texts.
        where: JSON path or XML element, blank for the whole.
        told: the problem by language, without the place.
    """

    def __init__(self, path: Path, key: str, told: dict[str, str], *, line: int = 0, where: str = "") -> None:
        self.key, self.where, self.told = key, where, told
        super().__init__(path, line, self._problem("en"))

    def _problem(self, language: str) -> str:
        return f"{self.where}: {self.told[language]}" if self.where else self.told[language]

    def text(self, language: str) -> str:
        """The whole, in ``sv`` or ``en``."""
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{place}: {self._problem(language)}"


def wrong(path: Path, key: str, *, line: int = 0, where: str = "", **values: object) -> FormatError:
    """The error of ``[tak-format.key]`` in the texts."""
    return FormatError(path, key, texts.both("tak-format", key, **values), line=line, where=where)
