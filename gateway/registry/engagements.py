"""The engagement index (EI): which source systems hold something about a person."""

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from sys import intern

from gateway.errors import DataError

COLUMNS = (
    "registered_resident_identification",
    "service_domain",
    "categorization",
    "logical_address",
    "source_system",
    "data_controller",
    "business_object_instance_identifier",
    "clinical_process_interest_id",
    "most_recent_content",
    "creation_time",
    "update_time",
)


@dataclass(frozen=True, slots=True)
class Engagement:
    """One row of the index; field meanings as in the national EI (EngagementType). Times are YYYYMMDDhhmmss."""

    registered_resident_identification: str
    service_domain: str
    categorization: str
    logical_address: str
    source_system: str
    data_controller: str
    business_object_instance_identifier: str = "NA"
    clinical_process_interest_id: str = "NA"
    most_recent_content: str = ""
    creation_time: str = ""
    update_time: str = ""


class EngagementIndex:
    """Engagements in memory, by person."""

    def __init__(self, engagements: Iterable[Engagement]) -> None:
        self._by_person: dict[str, list[Engagement]] = defaultdict(list)
        for engagement in engagements:
            self._by_person[engagement.registered_resident_identification].append(engagement)
        self._by_person.default_factory = None

    def find(self, person: str, service_domain: str, categorizations: Collection[str]) -> list[Engagement]:
        """The person's engagements of a service domain and any of the categorizations (compared in lower case)."""
        return [
            engagement
            for engagement in self._by_person.get(person, ())
            if engagement.service_domain == service_domain and engagement.categorization.lower() in categorizations
        ]

    def __len__(self) -> int:
        return sum(map(len, self._by_person.values()))


def load_engagements(path: Path) -> EngagementIndex:
    """Read a CSV file with the columns of ``COLUMNS``, separated by semicolons, UTF-8.

    Raises:
        DataError: wrong columns, a missing mandatory value, or the same key twice, with the line.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file, delimiter=";")
            if tuple(next(lines, ())) != COLUMNS:
                raise DataError(path, 1, f"expected the columns {';'.join(COLUMNS)}")
            return EngagementIndex(_rows(path, lines))
    except csv.Error as error:
        raise DataError(path, lines.line_num, f"not a CSV file: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, 0, f"cannot be read as UTF-8 text: {error}") from None


def _rows(path: Path, lines: Iterable[list[str]]) -> Iterable[Engagement]:
    seen: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(lines, 2):
        if len(row) != len(COLUMNS):
            raise DataError(path, number, f"expected {len(COLUMNS)} values, found {len(row)}")
        if empty := [name for name, value in zip(COLUMNS[:6], row, strict=False) if not value.strip()]:
            raise DataError(path, number, f"expected a value for {', '.join(empty)}")
        key = tuple(row[:8])
        if key in seen:
            raise DataError(path, number, f"the same engagement as in line {seen[key]}")
        seen[key] = number
        yield Engagement(row[0], *map(intern, row[1:8]), *row[8:])
