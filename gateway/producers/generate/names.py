"""Made-up Swedish names that fit a person's age, sex and part of the country."""

import random
from functools import cached_property
from typing import Any

from gateway.producers.generate.templates import DATA, toml

NORTH = ("24", "25")


class Names:
    """Reads ``data/names.toml`` once and draws from it with the caller's random generator."""

    @cached_property
    def _data(self) -> dict[str, Any]:
        return toml(DATA / "names.toml")

    def given(self, rng: random.Random, year: int, woman: bool) -> str:
        """A given name common among those born around ``year``."""
        group = next(group for group in self._data["given"] if year <= group["until"])
        return str(rng.choice(group["women" if woman else "men"]))

    def surname(self, rng: random.Random, region: str) -> str:
        """A surname; one in seven from elsewhere in the world, in the far north some local ones."""
        surnames = self._data["surnames"]
        draw = rng.random()
        if draw < 0.14:
            return str(rng.choice(surnames["elsewhere"]))
        if region in NORTH and draw < 0.4:
            return str(rng.choice(surnames["north"]))
        return str(rng.choice(surnames["common"]))

    def foreign_surname(self, rng: random.Random) -> str:
        """A surname from another part of the world."""
        return str(rng.choice(self._data["surnames"]["elsewhere"]))

    def staff(self, rng: random.Random) -> str:
        """Full name of a member of staff; four of five in care are women."""
        given = rng.choice(self._data["staff"]["women" if rng.random() < 0.8 else "men"])
        return f"{given} {self.surname(rng, '')}"
