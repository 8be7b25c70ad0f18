"""Makes the test data: persons, what every producer holds about them, the engagement index and the scenarios.

The same seed always gives the same bytes: no clock, no locale and no hash order take part.
"""

from dataclasses import dataclass
from pathlib import Path

from gateway.producers.generate.engagements import all_engagements
from gateway.producers.generate.holdings import holdings_of
from gateway.producers.generate.names import Names
from gateway.producers.generate.people import demo_person, population
from gateway.producers.generate.personas import SLUG, mock_holdings
from gateway.producers.generate.places import Places
from gateway.producers.generate.readme import readme
from gateway.producers.generate.records import Holdings
from gateway.producers.generate.spoken import as_spoken
from gateway.producers.generate.tomlout import personas_file, scenarios_file
from gateway.producers.generate.write import (
    Progress,
    engagements_csv,
    persons_csv,
    record_files,
    to_terminal,
    write_all,
)

SEED = 1177
"""The seed of the committed data."""

__all__ = ["SEED", "Summary", "demo_person", "generate"]


@dataclass(frozen=True)
class Summary:
    """What has been generated; ``size`` in bytes, ``demo_person`` a patient id."""

    persons: int
    fixed_contacts: int
    agreements: int
    care_plans: int
    engagements: int
    files: int
    size: int
    demo_person: str


def generate(seed: int, target: Path, progress: Progress = to_terminal) -> Summary:
    """Generates every file below ``target`` (normally ``fixtures/``).

    Args:
        seed: ``SEED`` for the committed data.
        target: the folder to write to; made if missing.
        progress: told a line per step; by default standard error when that is a terminal.

    Raises:
        OSError: a file cannot be written.
    """
    places = Places(seed, Names())
    persons = population(seed, places)
    progress(f"{len(persons)} persons")
    held = Holdings()
    for person in persons:
        held += holdings_of(person, places, seed)
    held = as_spoken(held)
    mocks = mock_holdings(places)
    rows = all_engagements(held, persons, places)
    counts = len(held.contacts), len(held.agreements), len(held.plans)
    progress("{} fixed contacts, {} agreements, {} care plans".format(*counts))
    files = {
        "persons.csv": persons_csv(persons).encode(),
        "engagements.csv": engagements_csv(rows).encode(),
        "scenarios.toml": scenarios_file(persons, places).encode(),
        "personas.toml": personas_file().encode(),
        "README.md": readme(persons).encode(),
        **record_files(held + mocks, [*(producer.slug for producer in places.producers), SLUG]),
    }
    write_all(target, files, progress)
    return Summary(
        persons=len(persons),
        fixed_contacts=len(held.contacts) + len(mocks.contacts),
        agreements=len(held.agreements) + len(mocks.agreements),
        care_plans=len(held.plans) + len(mocks.plans),
        engagements=len(rows),
        files=len(files),
        size=sum(len(content) for content in files.values()),
        demo_person=demo_person(),
    )
