"""Puts the data into files, and tells how far it has come."""

import csv
import io
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from gateway.producers.generate import engagements as index
from gateway.producers.generate.contracts import CONTRACTS
from gateway.producers.generate.people import Person
from gateway.producers.generate.records import Holdings
from gateway.registry.engagements import COLUMNS

PERSON_FIELDS = (
    "patient_id",
    "id_type",
    "name",
    "birth_date",
    "sex",
    "home_county",
    "municipality",
    "guardian",
    "protected",
    "story",
    "story_en",
)

Progress = Callable[[str], None]


def to_terminal(line: str) -> None:
    """A line of progress on standard error, when a person is watching."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr, flush=True)


def persons_csv(persons: Iterable[Person]) -> str:
    """fixtures/persons.csv. ``sex`` is K (woman) or M (man); ``guardian`` a patient id."""
    return _csv(
        PERSON_FIELDS,
        (
            (
                person.number,
                person.root,
                person.name,
                f"{person.born:%Y-%m-%d}",
                "K" if person.woman else "M",
                person.region.code,
                person.town.municipality,
                person.guardian,
                "true" if person.protected else "false",
                person.story.title,
                person.story.title_en,
            )
            for person in persons
        ),
    )


def engagements_csv(rows: Iterable[index.Engagement]) -> str:
    """fixtures/engagements.csv."""
    return _csv(COLUMNS, (row.row() for row in rows))


def record_files(holdings: Holdings, slugs: Iterable[str]) -> dict[str, bytes]:
    """Path below the fixtures -> content; every producer gets a file for each contract it has, also an empty one."""
    by_slug: dict[str, Holdings] = {slug: Holdings() for slug in slugs}
    for contact in holdings.contacts:
        by_slug[contact.source.slug] += Holdings(contacts=(contact,))
    for agreement in holdings.agreements:
        by_slug[agreement.source.slug] += Holdings(agreements=(agreement,))
    for plan in holdings.plans:
        by_slug[plan.source.slug] += Holdings(plans=(plan,))
    return {
        f"records/{slug}/{contract.file}": contract.write(held, slug)
        for slug, held in by_slug.items()
        for contract in CONTRACTS
        if contract.has(slug)
    }


def write_all(target: Path, files: dict[str, bytes], progress: Progress) -> None:
    """Writes the files that differ and removes record files that no longer belong.

    Raises:
        OSError: a file cannot be written.
    """
    for number, (name, content) in enumerate(files.items(), start=1):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
        progress(f"{number}/{len(files)} {name} {len(content)} bytes")
    for path in sorted((target / "records").glob("*/*.xml")):
        if path.relative_to(target).as_posix() not in files:
            path.unlink()


def _csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Semicolons, a header line, LF: what Swedish spreadsheet programs and diffs both read."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()
