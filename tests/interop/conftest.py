"""One platform for all tests of this folder, with a scenario file of the tests' own, and gateways beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from interop_expected import PROJECT, Scenarios, engaged, rows
from interop_site import CATALOGUE, Gateway, Site, gateway_beside, running

_LAST = "test_interop_logs.py"  # looks at the log of all other tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == _LAST)


@pytest.fixture(scope="session")
def scenario_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outcomes that the project's own file lacks, for persons that it does not name."""
    path = tmp_path_factory.mktemp("scenarios") / "own.toml"
    path.write_text("\n".join(_own_rows()), "utf-8")
    return path


def _own_rows() -> Iterator[str]:
    for row in rows(PROJECT):
        if row["outcome"] == "slow" and row["person"] != "*":  # slower than the tests' time limit
            yield _row(row["producer"], row["person"], "slow", "delay_seconds = 0.3")
    taken = {row.get("person", "*") for row in rows(PROJECT)}
    stubs = {producer.logical_address for producer in CATALOGUE.producers if producer.kind == "stub"}
    several = sorted(
        (person, [source for _, source in found if source in stubs])
        for (name, person), found in engaged().items()
        if name == "GetFixedContacts" and len(found) > 1 and person not in taken and found[0][1] in stubs
    )
    for (person, sources), outcome in zip(several, ("empty-body", "http-error", "down", "slow"), strict=False):
        yield _row(sources[0], person, outcome, "delay_seconds = 0.3" if outcome == "slow" else "")
    # Every source fails in a way of its own.
    person, sources = max(several[4:], key=lambda each: len(each[1]))
    for source, outcome in zip(sources, ("fault", "malformed", "invalid", "wrong-person", "reset"), strict=False):
        yield _row(source, person, outcome)


def _row(producer: str, person: str, outcome: str, more: str = "") -> str:
    return f'[[scenario]]\nproducer = "{producer}"\nperson = "{person}"\noutcome = "{outcome}"\n{more}\n'


@pytest.fixture(scope="session")
def site(scenario_file: Path) -> Iterator[Site]:
    """The platform with short time limits, strict."""
    with running(scenario_file) as found:
        yield found


@pytest.fixture(scope="session")
def national(site: Site) -> Iterator[Gateway]:
    """A gateway in national mode in front of the same producers."""
    with gateway_beside(site, "--mode", "national") as found:
        yield found


@pytest.fixture(scope="session")
def validating(site: Site) -> Iterator[Gateway]:
    """A gateway that checks every message by its schema."""
    with gateway_beside(site, "--validate", "both") as found:
        yield found


@pytest.fixture(scope="session")
def scenarios(scenario_file: Path) -> Scenarios:
    return Scenarios(scenario_file)
