"""Where care is given: producers, their units and the staff there. All units and staff are made up."""

import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gateway.producers.generate.chance import seeded
from gateway.producers.generate.names import Names
from gateway.producers.generate.templates import DATA, toml


@dataclass(frozen=True)
class Town:
    """A town where a person may live, with the code of its municipality."""

    municipality: str
    name: str
    postal_code: str


@dataclass(frozen=True)
class Hospital:
    """A hospital and the town it lies in."""

    name: str
    town: Town


@dataclass(frozen=True)
class Producer:
    """A care provider's source system, one logical address.

    ``code`` is the county code (two digits) or the municipality code (four).
    """

    code: str
    slug: str
    name: str
    organisation: str
    phones: str
    towns: tuple[Town, ...]
    hospital: Hospital | None = None
    university_hospital: Hospital | None = None
    university: str = ""
    population: int = 0
    areas: tuple[str, ...] = ()

    def hospital_for(self, town: Town) -> Hospital:
        """The hospital that serves a town: the university hospital where it is near.

        Raises:
            LookupError: a municipality has no hospital.
        """
        near = self.university_hospital
        if near is not None and (town == self.towns[0] or town.municipality == near.town.municipality):
            return near
        if self.hospital is None:
            raise LookupError(f"{self.name} has no hospital")
        return self.hospital

    def referral_hospital(self) -> Hospital:
        """The university hospital, or the region's own hospital where it has none."""
        return self.university_hospital or self.hospital_for(self.towns[0])

    @property
    def hsa_id(self) -> str:
        """The source system's HSA-id, which is also its logical address."""
        return f"SE{self.organisation}-RIVTA{self.code}"

    @property
    def care_giver(self) -> str:
        """HSA-id of the accountable care provider: SE and the organisation number."""
        return f"SE{self.organisation}"

    @property
    def data_controller(self) -> str:
        """The data controller as the engagement index writes it: the care provider again."""
        return f"SE{self.organisation}"


@dataclass(frozen=True)
class Unit:
    """A care unit."""

    hsa_id: str
    name: str
    phone: str
    street: str
    town: Town
    producer: Producer


@dataclass(frozen=True)
class Practitioner:
    """A member of staff at one unit."""

    hsa_id: str
    name: str
    profession: str
    unit: Unit


@dataclass
class Places:
    """Every producer, and the units and staff made so far. The same question always gets the same answer."""

    seed: int
    names: Names
    _numbers: dict[tuple[str, str], str] = field(default_factory=dict)

    @cached_property
    def _data(self) -> dict[str, Any]:
        return toml(DATA / "regions.toml")

    @cached_property
    def regions(self) -> dict[str, Producer]:
        """The 21 regions by county code."""
        return {row["code"]: self._region(row) for row in self._data["region"]}

    @cached_property
    def municipalities(self) -> dict[str, Producer]:
        """The municipalities with a producer of their own, by municipality code."""
        return {row["code"]: self._municipality(row) for row in self._data["municipality"]}

    @property
    def producers(self) -> list[Producer]:
        """Regions first, then municipalities."""
        return [*self.regions.values(), *self.municipalities.values()]

    def health_centre(self, producer: Producer, town: Town, choice: int) -> Unit:
        """One of the three health centres of a town."""
        names = self._data["centres"]["names"]
        start = zlib.crc32(f"{producer.code}{town.name}".encode())
        name = names[(start + 4 * (choice % 3)) % len(names)]
        return self.unit(producer, f"Vårdcentralen {name}, {town.name}", town)

    def unit(self, producer: Producer, name: str, town: Town) -> Unit:
        """The unit with that name; its number, telephone and street follow from the name."""
        digest = zlib.crc32(f"{producer.code}|{name}".encode())
        prefix, first, last = self._data["phones"][producer.phones]
        streets = self._data["streets"]["names"]
        return Unit(
            hsa_id=f"SE{producer.organisation}-V{self._number(producer.organisation, 'V', name)}",
            name=name,
            phone=f"{prefix}{first + digest % (last - first + 1):02d}",
            street=f"{streets[digest // 100 % len(streets)]} {1 + digest // 1000 % 40}",
            town=town,
            producer=producer,
        )

    def practitioner(self, unit: Unit, profession: str, choice: int) -> Practitioner:
        """One of the unit's three with that profession."""
        rng = seeded(self.seed, "staff", unit.hsa_id, profession, choice % 3)
        name = self.names.staff(rng)
        organisation = unit.producer.organisation
        number = self._number(organisation, "P", f"{unit.hsa_id}|{profession}|{choice % 3}")
        return Practitioner(f"SE{organisation}-P{number}", name, profession, unit)

    def _number(self, organisation: str, letter: str, name: str) -> str:
        """A four-digit number from the name, the next free one where two names meet."""
        number = zlib.crc32(name.encode()) % 10000
        while self._numbers.setdefault((organisation, f"{letter}{number:04d}"), name) != name:
            number = (number + 1) % 10000
        return f"{number:04d}"

    @staticmethod
    def _region(row: dict[str, Any]) -> Producer:
        return Producer(
            code=row["code"],
            slug=row["slug"],
            name=row["name"],
            organisation=row["organisation"],
            phones=row["phone"],
            towns=tuple(Town(*town) for town in row["towns"]),
            hospital=Hospital(row["hospital"], Town(*row["hospital_town"])),
            university_hospital=Hospital(row["university_hospital"], Town(*row["university_town"]))
            if row["university_hospital"]
            else None,
            university=row["university"],
            population=row["population"],
        )

    def _municipality(self, row: dict[str, Any]) -> Producer:
        return Producer(
            code=row["code"],
            slug=row["slug"],
            name=row["name"],
            organisation=row["organisation"],
            phones=self.regions[row["region"]].phones,
            towns=(Town(row["code"], row["town"], row["postal"]),),
            areas=tuple(row["areas"]),
        )
