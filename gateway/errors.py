"""The one exception that stops a start: something in the project's data is wrong."""

from pathlib import Path


class DataError(Exception):
    """A file in contracts/, wsdl/, xsd/, routing/ or fixtures/ cannot be used.

    Attributes:
        path: the file.
        line: line number from 1, 0 when the whole file is meant.
        problem: what was found and what was expected, English.
    """

    def __init__(self, path: Path, line: int, problem: str) -> None:
        self.path, self.line, self.problem = path, line, problem
        super().__init__(f"{path}:{line}: {problem}" if line else f"{path}: {problem}")
