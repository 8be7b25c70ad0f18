"""The engagement index (EI): which source systems hold something about a person."""

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from sys import intern
from typing import Protocol

from gateway.errors import DataError
from gateway.storage.engagement import FIELDS
from gateway.storage.engagement import Engagement as Engagement

COLUMNS = tuple(name for name in FIELDS if name != "owner")  # whose index it is says the one that reads the file


class IndexFailure(Exception):
    """The index gave no answer.

    Attributes:
        kind: ``down``, ``timeout``, or ``fault`` for a refusal; key of ``[index.*]`` in the texts.
        text: what happened, as the national platform tells it.
        detail: the same for the log, English.
    """

    def __init__(self, kind: str, text: str, detail: str) -> None:
        self.kind, self.text, self.detail = kind, text, detail
        super().__init__(f"{kind}: {detail}")


class Index(Protocol):
    """Where engagements are kept."""

    async def ask(self, person: str, service_domain: str, categorizations: Collection[str]) -> list[Engagement]:
        """The person's engagements of a service domain and any of the categorizations, compared in lower case.

        Raises:
            IndexFailure: there is no answer.
        """
        ...


class EngagementIndex:
    """Engagements in memory, by person."""

    def __init__(self, engagements: Iterable[Engagement]) -> None:
        self._by_person: dict[str, list[Engagement]] = defaultdict(list)
        for engagement in engagements:
            self._by_person[engagement.registered_resident_identification].append(engagement)
        self._by_person.default_factory = None

    def find(self, person: str, service_domain: str, categorizations: Collection[str]) -> list[Engagement]:
        """The person's engagements of a service domain and any of the categorizations (compared in lower case).

        No categorization at all means any, as when the national aggregating service sends none.
        """
        return [
            engagement
            for engagement in self._by_person.get(person, ())
            if engagement.service_domain == service_domain
            and (not categorizations or engagement.categorization.lower() in categorizations)
        ]

    async def ask(self, person: str, service_domain: str, categorizations: Collection[str]) -> list[Engagement]:
        """The same, for who does not know where the engagements are kept."""
        return self.find(person, service_domain, categorizations)

    def __iter__(self) -> Iterator[Engagement]:
        for engagements in self._by_person.values():
            yield from engagements

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
