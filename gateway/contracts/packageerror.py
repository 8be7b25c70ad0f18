"""What is wrong with a package of contracts, told in both languages."""

from gateway import texts


class PackageError(Exception):
    """A package is refused; nothing of it has been written, and nothing fetched.

    Attributes:
        key: of the text, ``[package.<key>]`` in the catalogue.
        path: the file in the package, or the package itself; blank when no single one is meant.
        line: line number from 1, 0 when unknown.
        values: what the text says of it; names and locations, never content.
    """

    def __init__(self, key: str, path: str = "", line: int = 0, /, **values: object) -> None:
        self.key, self.path, self.line, self.values = key, path, line, values
        super().__init__(self.text("en"))

    def text(self, language: str) -> str:
        """The sentence in ``sv`` or ``en``, with file and line in front."""
        words = texts.text("package", self.key, language, **self.values)
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {words}" if place else words
