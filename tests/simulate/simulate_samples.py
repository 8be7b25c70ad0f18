"""A small simulation for the tests."""

from functools import cache
from typing import Any

from gateway_samples import ROOT, contracts

from gateway.contracts.bridge_reader import load_bridges
from gateway.settings import Settings
from gateway.simulate.country import producers
from gateway.simulate.mix import Maker
from gateway.simulate.people import People
from gateway.simulate.plan import Plan

OWNER = "5565594230"


def plan(**changed: Any) -> Plan:
    """311 producers and a few persons."""
    return Plan(**{"producers": 311, "persons": 2_000, "seed": 7, "first_port": 21_000, **changed})


def people(**changed: Any) -> People:
    """The persons of such a plan."""
    wanted = plan(**changed)
    return People(wanted.persons, wanted.seed, producers(wanted), contracts().aggregated(), OWNER)


@cache
def maker() -> Maker:
    """What makes messages about them."""
    known = contracts()
    bridges = load_bridges(ROOT, known)
    return Maker(people(), producers(plan()), known.aggregated(), Settings(), bridges)
