"""One platform for all tests of this folder, with a scenario file of the tests' own, and gateways beside it."""

import itertools
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from interop_expected import PROJECT, Scenarios, engaged, rows
from interop_site import CATALOGUE, Command, Gateway, Site, gateway_beside, running

from gateway.cli.main import main

_HERE = Path(__file__).parent
_LAST = "test_interop_logs.py"  # looks at the log of all other tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Within this folder the tests of ``_LAST`` come last; other folders' tests keep their places."""
    places = [place for place, item in enumerate(items) if item.path.parent == _HERE]
    ordered = sorted((items[place] for place in places), key=lambda item: item.path.name == _LAST)
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def scenario_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outcomes that the project's own file lacks, for persons that it does not name."""
    path = tmp_path_factory.mktemp("scenarios") / "own.toml"
    path.write_text("\n".join(_own_rows()), "utf-8")
    return path


def _own_rows() -> Iterator[str]:
    for row in rows(PROJECT):
        if row["outcome"] == "slow" and row["person"] != "*":  # slower than the tests' time limit
            yield _row(row["producer"], row["person"], "slow")
    taken = {row.get("person", "*") for row in rows(PROJECT)}
    regional = {producer.logical_address: producer.kind for producer in CATALOGUE.producers if producer.county}
    several = sorted(
        (person, [source for _, source in found])
        for (name, person), found in engaged().items()
        if name == "GetFixedContacts"
        and len(found) > 1
        and person not in taken
        and {s for _, s in found} <= set(regional)
    )
    # Every source fails in a way of its own.
    person, sources = max(several, key=lambda each: len(each[1]))
    several.remove((person, sources))
    for source, outcome in zip(sources, ("fault", "malformed", "invalid", "wrong-person", "reset"), strict=False):
        yield _row(source, person, outcome)
    # One source of several fails; the pilot, on its other stack, in the same ways as the stubs.
    for kind, outcome in itertools.product(("pilot", "stub"), ("empty-body", "http-error", "down", "slow")):
        person, sources = next(each for each in several if kind in {regional[source] for source in each[1]})
        several.remove((person, sources))
        yield _row(next(source for source in sources if regional[source] == kind), person, outcome)


def _row(producer: str, person: str, outcome: str) -> str:
    more = "delay_seconds = 0.3" if outcome == "slow" else ""
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


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """``rivta`` in this process, for what a process of its own would not change: ``here(*arguments, NAME=value)``."""

    def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        for name in [name for name in os.environ if name.startswith("RIVTA_")]:
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code, out, err)

    return run


@pytest.fixture(scope="session")
def scenarios(scenario_file: Path) -> Scenarios:
    return Scenarios(scenario_file)
