"""Where, by whom and when one person's story takes place."""

import hashlib

from gateway.producers.generate.chance import seeded
from gateway.producers.generate.dates import Timeline, day_text, time_text
from gateway.producers.generate.people import Person
from gateway.producers.generate.places import Places, Practitioner, Producer, Town, Unit
from gateway.producers.generate.storytext import StoryText, relative_of
from gateway.producers.generate.templates import Located, Story, withheld_reasons

WITHHELD_BY_CHANCE = 0.11


class Setting:
    """One story set in one person's life.

    Everything follows from the seed, the person and the template, so that no other person's records move when
    one is added or left out.

    Args:
        other: the region that places called ``annan`` mean.
    """

    def __init__(self, person: Person, story: Story, other: Producer, places: Places, seed: int) -> None:
        self.person = person
        self.story = story
        self.other = other
        self.places = places
        self.rng = seeded(seed, "story", story.key, other.code, person.number)
        self.timeline = Timeline(person.born, self.rng.randint(0, 40), self.rng.randint(0, 12))
        self.choice = _number(f"{seed}:{person.number}")
        self.staff = self._staff()
        relative = person.relative or relative_of(person, places.names, seed)
        self.text = StoryText(person, relative, self.timeline, self._staff_names())

    # Where, and who

    def unit(self, item: Located) -> Unit | None:
        """The unit that keeps the record; None where the person's municipality has no producer."""
        producer, town = self._producer(item)
        if producer is None:
            return None
        if not item.unit:
            return self.places.health_centre(producer, town, self.choice)
        area = producer.areas[self.choice % len(producer.areas)] if producer.areas else ""
        hospital = ""
        if "{sjukhus}" in item.unit:
            at_home = item.at == "region"
            chosen = producer.hospital_for(town) if at_home else producer.referral_hospital()
            hospital, town = chosen.name, chosen.town
        return self.places.unit(producer, item.unit.format(sjukhus=hospital, ort=town.name, område=area), town)

    def _producer(self, item: Located) -> tuple[Producer | None, Town]:
        """Whose unit it is, and in which town."""
        home, town = self.person.region, self.person.town
        match item.at:
            case "kommun":
                municipality = self.places.municipalities.get(town.municipality)
                return municipality, municipality.towns[0] if municipality else town
            case "universitet":
                producer = self.places.regions[home.university] if home.university else home
                return producer, producer.towns[0]
            case "annan":
                return self.other, self.other.towns[0]
            case _:
                return home, town

    def accountable(self, contact: str, unit: Unit) -> Practitioner:
        """The practitioner that the template names, at the unit that keeps the record."""
        practitioner = self.staff[contact]
        if practitioner.unit == unit:
            return practitioner
        return self.places.practitioner(unit, practitioner.profession, self.choice)

    def _staff(self) -> dict[str, Practitioner]:
        """Contact id -> practitioner, without those of a municipality that is not connected."""
        staff: dict[str, Practitioner] = {}
        for index, item in enumerate(self.story.contact):
            unit = self.unit(item)
            if unit is not None:
                staff[item.id] = self.places.practitioner(unit, item.profession, self.choice + index)
        return staff

    def _staff_names(self) -> dict[str, str]:
        """Contact id -> name, or the profession where the municipality is not connected."""
        return {
            item.id: self.staff[item.id].name if item.id in self.staff else f"kommunens {item.profession}"
            for item in self.story.contact
        }

    # Which

    def local_id(self, producer: Producer, letters: str, name: str) -> str:
        """A record id: the source system's HSA-id and a number that depends on person and template only."""
        key = f"{self.person.number}|{self.story.key}|{self.other.code}|{letters}|{name}"
        return f"{producer.hsa_id}:{letters}{hashlib.sha256(key.encode()).hexdigest()[:10].upper()}"

    def process(self, producer: Producer) -> str:
        """The care process (hälsoärende) of the story at that producer, for every third person."""
        return self.local_id(producer, "HP", self.story.key) if self.choice % 3 == 0 else ""

    # When

    def minute(self) -> int:
        """A minute of the working day, 08:00-16:29."""
        return self.rng.randint(8 * 60, 16 * 60 + 29)

    def time(self, offset: int) -> str:
        """A time on the day at ``offset``."""
        return time_text(self.timeline.day(offset), self.minute())

    def day(self, offset: int | None) -> str:
        """The day at ``offset``; empty for None."""
        return "" if offset is None else day_text(self.timeline.day(offset))

    def newest(self, time: str, ended: int | None) -> str:
        """The end of a period that lies in the past is news too: EI's mostRecentContent follows removals."""
        return max(time, self.time(ended)) if ended is not None and ended < 0 else time

    def booked(self, offset: int) -> str:
        """The time of a visit: the same for the next step and the booked time of one agreement."""
        quarter = _number(f"{self.person.number}:{offset}") % 30
        return time_text(self.timeline.day(offset), 8 * 60 + 30 + 15 * quarter)

    # Whether

    def has(self, chance: float) -> bool:
        """Whether the person has something that only a share of persons have."""
        return self.rng.random() < chance or self.person.complete

    def withheld(self, item: Located, kind: str) -> str:
        """Why the record is not approved for the patient; empty where it is."""
        draw = self.rng.random()
        limit = {"always": 1.0, "maybe": 0.5, "": WITHHELD_BY_CHANCE}[item.withhold]
        by_chance = draw < limit and not (self.person.complete and item.withhold != "always")
        if item.id not in self.person.withhold and not by_chance:
            return ""
        return self.text.fill(self.rng.choice(item.withheld or withheld_reasons()[kind]))

    def pick(self, texts: list[str]) -> str:
        """One of the texts, filled; empty where there is none."""
        return self.text.fill(self.rng.choice(texts)) if texts else ""


def _number(key: str) -> int:
    return int(hashlib.sha256(key.encode()).hexdigest()[:6], 16)
