"""The persons: who they are, where they live and which stories they have."""

import calendar
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from gateway.producers.generate import personid
from gateway.producers.generate.chance import seeded
from gateway.producers.generate.dates import REFERENCE, age_on
from gateway.producers.generate.places import Places, Producer, Town
from gateway.producers.generate.templates import DATA, Story, stories, toml

PERSONS_PER_REGION = 7
SHARED_BY_POPULATION = 58
KRONOBERG_EXTRA = 10
WEIGHT_OF_FIRST_TOWN = 3
MINIMUM_AGE_IN_DAYS = 260
HOME_CARE_EVERY = 2
"""Where a municipality has a producer, every second person lives there and has a story with social care."""


@dataclass(frozen=True)
class Person:
    """One person of the data.

    ``additions`` are (story key, county code of the other region or "" for home). ``withhold`` names
    templates whose records are never approved for the patient; ``complete`` gives every record of a story.
    """

    number: str
    root: str
    given: str
    surname: str
    woman: bool
    born: date
    region: Producer
    town: Town
    story: Story
    additions: tuple[tuple[str, str], ...] = ()
    complete: bool = False
    withhold: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    protected: bool = False
    guardian: str = ""
    guardian_name: str = ""
    guardian_is_woman: bool = True
    relative: str = ""
    scenario: dict[str, Any] = field(default_factory=dict)
    note: tuple[str, str] = ("", "")

    @property
    def name(self) -> str:
        """Given name and surname."""
        return f"{self.given} {self.surname}"

    @property
    def age(self) -> int:
        """Whole years on the reference date."""
        return age_on(self.born)


def special_rows() -> list[dict[str, Any]]:
    """The persons of ``data/specials.toml`` as written there; the first is the demo person."""
    rows: list[dict[str, Any]] = toml(DATA / "specials.toml")["person"]
    return rows


def demo_person() -> str:
    """The person id to show first: an elderly resident of Växjö, one of whose regions is down."""
    row = special_rows()[0]
    return personid.personnummer(row["born"], row["woman"])


def population(seed: int, places: Places) -> list[Person]:
    """Every person, the special ones first, then region by region."""
    taken: set[str] = set()
    persons = [_special(row, seed, places) for row in special_rows()]
    taken.update(person.number for person in persons)
    for region in places.regions.values():
        for person in _region_persons(seed, region, _counts(places)[region.code], places, taken):
            taken.add(person.number)
            persons.append(person)
    return _with_guardians(persons)


def _counts(places: Places) -> dict[str, int]:
    """How many persons to make per region: a base, a share by population, and more in the pilot region."""
    total = sum(region.population for region in places.regions.values())
    counts = {
        code: PERSONS_PER_REGION + round(SHARED_BY_POPULATION * region.population / total)
        for code, region in places.regions.items()
    }
    counts["07"] += KRONOBERG_EXTRA
    return counts


def _region_persons(seed: int, region: Producer, count: int, places: Places, taken: set[str]) -> Iterator[Person]:
    order = seeded(seed, "region", region.code)
    connected = tuple(town for town in region.towns if town.municipality in places.municipalities)
    everyday = _Deck([story for story in stories().values() if not story.addition], order)
    social = _Deck([story for story in everyday.stories if _has_social_care(story)], order)
    for index in range(count):
        rng = seeded(seed, "person", region.code, index)
        if connected and index % HOME_CARE_EVERY == 0:
            town = connected[index // HOME_CARE_EVERY % len(connected)]
            story = social.draw()
        else:
            town = rng.choices(region.towns, [WEIGHT_OF_FIRST_TOWN] + [1] * (len(region.towns) - 1))[0]
            story = everyday.draw()
        yield _draw(rng, region, town, story, places, taken)


class _Deck:
    """Stories to draw like cards, the common ones twice in the pack, so that none is left out for long."""

    def __init__(self, pack: list[Story], order: random.Random) -> None:
        self.stories = pack
        self._order = order
        self._left: list[Story] = []

    def draw(self) -> Story:
        if not self._left:
            self._left = [story for story in self.stories for _ in range(2 if story.weight >= 9 else 1)]
            self._order.shuffle(self._left)
        return self._left.pop()


def _has_social_care(story: Story) -> bool:
    return any(contact.at == "kommun" for contact in story.contact)


def _draw(rng: random.Random, region: Producer, town: Town, story: Story, places: Places, taken: set[str]) -> Person:
    woman = story.sex == "K" or (story.sex == "" and rng.random() < 0.5)
    number, born = "", REFERENCE
    while not number or number in taken:
        born = _birthday(rng, *story.age)
        new_series = born.year >= personid.FIRST_YEAR_OF_NEW_SERIES
        number = personid.personnummer(born, woman, 0 if new_series else rng.randrange(5))
    return Person(
        number=number,
        root=personid.PERSONNUMMER,
        given=places.names.given(rng, born.year, woman),
        surname=places.names.surname(rng, region.code),
        woman=woman,
        born=born,
        region=region,
        town=town,
        story=story,
        additions=_additions(rng, story, age_on(born), region, places),
    )


def _birthday(rng: random.Random, youngest: int, oldest: int) -> date:
    """A birthday that gives an age within the bounds on the reference date, and at least 260 days of life."""
    age = rng.randint(youngest, oldest)
    year = REFERENCE.year - age
    month = rng.randint(1, 12)
    day = rng.randint(1, calendar.monthrange(year, month)[1])
    born = date(year, month, day)
    if age_on(born) < age:
        born = born.replace(year=year - 1, day=min(day, 28))
    return min(born, REFERENCE - timedelta(days=MINIMUM_AGE_IN_DAYS + rng.randint(0, 80)))


def _additions(
    rng: random.Random, story: Story, age: int, region: Producer, places: Places
) -> tuple[tuple[str, str], ...]:
    """An ended episode at home for most, and for every second something in one or two other regions."""
    chosen: list[tuple[str, str]] = []
    background = [item for item in stories().values() if item.background and item.age[0] <= age <= item.age[1]]
    ended = any(agreement.status in ("COMPLETED", "REVOKED") for agreement in story.agreement)
    if background and rng.random() < (0.4 if ended else 1.0):
        chosen.append((rng.choice(background).key, ""))
    elsewhere = [
        item.key
        for item in stories().values()
        if item.addition and not item.background and item.age[0] <= age <= item.age[1]
    ]
    for key in rng.sample(elsewhere, min(len(elsewhere), rng.choices((0, 1, 2), (52, 38, 10))[0])):
        others = [
            other
            for other in places.regions.values()
            if other.code != region.code and (key != "specialist" or other.university_hospital)
        ]
        other = rng.choices(others, [item.population + 150 for item in others])[0]
        chosen.append((key, other.code))
    return tuple(chosen)


def _special(row: dict[str, Any], seed: int, places: Places) -> Person:
    region = places.regions[row["region"]]
    story = stories()[row["story"]]
    number, root = _identity(row)
    additions = tuple((key, code) for key, code in row.get("additions", []))
    if not additions and "identity" not in row:
        rng = seeded(seed, "special", number)
        additions = tuple(item for item in _additions(rng, story, age_on(row["born"]), region, places) if not item[1])
    return Person(
        number=number,
        root=root,
        given=row["given"],
        surname=row["surname"],
        woman=row["woman"],
        born=row["born"],
        region=region,
        town=next(town for town in region.towns if town.name == row["town"]),
        story=story,
        additions=additions,
        complete=row.get("complete", False),
        withhold=tuple(row.get("withhold", ())),
        stale=tuple(row.get("stale", ())),
        protected=row.get("protected", False),
        guardian_name=row.get("guardian", ""),
        relative=row.get("relative", ""),
        scenario=row.get("scenario", {}),
        note=(row.get("note_sv", ""), row.get("note_en", "")),
    )


def _identity(row: dict[str, Any]) -> tuple[str, str]:
    born, woman = row["born"], row["woman"]
    match row.get("identity", "personnummer"):
        case "samordningsnummer":
            return personid.samordningsnummer(born, woman), personid.SAMORDNINGSNUMMER
        case "nrid":
            letters = f"{row['surname'][0]}{row['given'][0]}".upper().translate(personid.NRID_LETTERS)
            return personid.nrid(born, letters, 2 if woman else 1, born.day % 10), personid.NRID
        case "reserve":
            return personid.stockholm_reserve(2026, born.year), personid.RESERVE_STOCKHOLM
        case _:
            return personid.personnummer(born, woman), personid.PERSONNUMMER


def _with_guardians(persons: list[Person]) -> list[Person]:
    """Gives every child under 18 a guardian among the adults of the same region, with the same surname."""
    by_name = {person.name: person for person in persons}
    used: dict[str, int] = {}
    result: list[Person] = []
    for person in persons:
        if person.age >= 18:
            result.append(person)
            continue
        guardian = by_name.get(person.guardian_name) or _guardian(person, persons, used)
        if guardian is None:
            result.append(person)
            continue
        used[guardian.number] = used.get(guardian.number, 0) + 1
        result.append(
            replace(
                person,
                surname=guardian.surname,
                guardian=guardian.number,
                guardian_name=guardian.name,
                guardian_is_woman=guardian.woman,
            )
        )
    return result


def _guardian(child: Person, persons: list[Person], used: dict[str, int]) -> Person | None:
    """The adult of the region who could be the child's parent and is guardian of the fewest others."""
    possible = [
        adult
        for adult in persons
        if adult.region.code == child.region.code
        and adult.root == personid.PERSONNUMMER
        and not adult.protected
        and 20 <= (child.born - adult.born).days / 365.25 <= 45
    ]
    return min(possible, key=lambda adult: used.get(adult.number, 0), default=None)
