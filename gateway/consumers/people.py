"""The test persons of fixtures/persons.csv, for commands that need one."""

import csv
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import DataError


@dataclass(frozen=True, slots=True)
class Person:
    """A test person; ``person_id`` is 12 characters."""

    person_id: str
    name: str


def people(root: Path) -> list[Person]:
    """All of them, in the order of the file; the demo's person comes first.

    Raises:
        DataError: the file lacks its columns.
    """
    path = root / "fixtures" / "persons.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [Person(row["patient_id"], row["name"]) for row in csv.DictReader(file, delimiter=";")]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, 0, f"cannot be read as UTF-8 text: {error}") from None
    except KeyError as error:
        raise DataError(path, 1, f"expected a column {error}") from None


def demo_person(root: Path) -> Person:
    """The person of the demo.

    Raises:
        DataError: the file is empty or broken.
    """
    found = people(root)
    if not found:
        raise DataError(root / "fixtures" / "persons.csv", 0, "expected at least one person")
    return found[0]


def find_person(root: Path, person_id: str) -> Person | None:
    """A person by id."""
    return next((person for person in people(root) if person.person_id == person_id), None)
