"""Who there is: the 21 regions and 290 municipalities of the country, each one producer."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gateway.producers.generate.templates import DATA, toml
from gateway.simulate.plan import Plan

REGIONS, MUNICIPALITIES = 21, 290
_FILE = Path(__file__).parent / "municipalities.toml"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A region or a municipality with one source system.

    Attributes:
        code: county code (two digits) or municipality code (four).
        address: the source system's HSA-id, its logical address. A municipality's is made up.
        giver: HSA-id of the care provider, which is the data controller.
        region: county code of the region it lies in; its own for a region.
        inhabitants: thousands; 0 for a municipality.
    """

    code: str
    name: str
    address: str
    giver: str
    region: str
    inhabitants: int = 0


@cache
def organisations() -> tuple[Organisation, ...]:
    """All of them, regions first, each kind by its code."""
    regions = toml(DATA / "regions.toml")["region"]
    found = [_region(row["code"], row["name"], row["organisation"], row["population"]) for row in regions]
    for code, listed in toml(_FILE).items():
        rows = (row.strip().partition(" ") for row in listed.replace("\n", " ").split(","))
        found += (_municipality(number, name, code) for number, _, name in rows)
    return tuple(found)


def producers(plan: Plan) -> tuple[Organisation, ...]:
    """The first so many of them."""
    return organisations()[: plan.producers]


def _region(code: str, name: str, number: str, thousands: int) -> Organisation:
    return Organisation(code, name, f"SE{number}-RIVTA{code}", f"SE{number}", code, thousands)


def _municipality(code: str, name: str, region: str) -> Organisation:
    giver = f"SE000000{code}"  # no organisation number begins like that
    return Organisation(code, f"{name} (kommun)", f"{giver}-RIVTA{code}", giver, region)
