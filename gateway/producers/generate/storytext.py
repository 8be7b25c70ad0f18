"""Fills the placeholders of a story's texts for one person."""

import random
from typing import Any

from gateway.producers.generate.chance import seeded
from gateway.producers.generate.dates import Timeline
from gateway.producers.generate.names import Names
from gateway.producers.generate.people import Person

OLD_ENOUGH_FOR_GROWN_CHILDREN = 65


class DayText:
    """Formats ``{dag:-30}`` as the date of that day, YYYY-MM-DD."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def __format__(self, offset: str) -> str:
        return f"{self._timeline.day(int(offset)):%Y-%m-%d}"


class StoryText:
    """The placeholders of one person's story.

    Args:
        values: placeholder -> text, on top of the ones that follow from the person.
    """

    def __init__(self, person: Person, relative: str, timeline: Timeline, values: dict[str, str]) -> None:
        she = person.woman
        self._values: dict[str, Any] = {
            "namn": person.given,
            "anhörig": relative,
            "Anhörig": relative[0].upper() + relative[1:],
            "hon": "hon" if she else "han",
            "henne": "henne" if she else "honom",
            "dag": DayText(timeline),
            **values,
        }

    def fill(self, text: str, **more: str) -> str:
        """``text`` with its placeholders filled.

        Raises:
            KeyError: a placeholder that no story may use.
        """
        return text.format_map({**self._values, **more})


def relative_of(person: Person, names: Names, seed: int) -> str:
    """The relative who takes part: a parent of a child, a grown child, partner or sibling of an adult."""
    rng = seeded(seed, "relative", person.number)
    if person.age < 19:
        return _parent(person, names, rng)
    born, older = person.born.year, person.age >= OLD_ENOUGH_FOR_GROWN_CHILDREN
    partner = (_partner(person), born, not person.woman)
    sister = ("dottern", born + 27, True) if older else ("systern", born, True)
    brother = ("sonen", born + 27, False) if older else ("brodern", born, False)
    only_partner = person.story.relative == "partner"
    word, year, woman = partner if only_partner else rng.choice((partner, sister, brother))
    return f"{word} {names.given(rng, year, woman)}"


def _partner(person: Person) -> str:
    if person.age < 35:
        return "sambon"
    return "maken" if person.woman else "makan"


def _parent(person: Person, names: Names, rng: random.Random) -> str:
    if person.guardian_name:
        word = "mamma" if person.guardian_is_woman else "pappa"
        return f"{word} {person.guardian_name.split()[0]}"
    woman = rng.random() < 0.6
    return f"{'mamma' if woman else 'pappa'} {names.given(rng, person.born.year - 30, woman)}"
