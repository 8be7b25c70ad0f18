"""Scenario files: which row counts, and which files stop the start."""

from pathlib import Path

import pytest
from stub_samples import AGDA, CONTRACTS, MOCK1, NORTH, SOUTH, TOLVAN, contract, read_scenarios

from gateway.errors import DataError
from gateway.producers.scenarios import OUTCOMES, Scenarios, load_scenarios

CONTACTS = contract("GetFixedContacts").descriptor.responder
PLANS = contract("GetCarePlans").descriptor.responder


def row(**fields: str | float) -> str:
    """A row of a file."""
    lines = [f'{key} = "{v}"' if isinstance(v, str) else f"{key} = {v}" for key, v in fields.items()]
    return "\n".join(("[[scenario]]", *lines, ""))


def why(scenarios: Scenarios, producer: str = NORTH, person: str = TOLVAN, responder: str = PLANS) -> str | None:
    found = scenarios.find(producer, person, responder)
    return None if found is None else found.why


ROWS = (  # the less specific first, as it does not depend on the order
    row(producer="*", outcome="slow", delay_seconds=1, why="everybody"),
    row(producer="*", contract="GetCarePlans", outcome="fault", why="contract"),
    row(producer="*", person=TOLVAN, outcome="fault", why="person"),
    row(producer="*", person=TOLVAN, contract="GetCarePlans", outcome="fault", why="person, contract"),
    row(producer=NORTH, outcome="fault", why="producer"),
    row(producer=NORTH, contract="GetCarePlans_2.0", outcome="fault", why="producer, contract"),
    row(producer=NORTH, person=TOLVAN, outcome="fault", why="producer, person"),
    row(producer=NORTH, person=TOLVAN, contract=PLANS, outcome="fault", why="producer, person, contract"),
)


@pytest.mark.parametrize("count", range(1, len(ROWS) + 1))
def test_the_most_specific_row_counts(tmp_path: Path, count: int) -> None:
    scenarios = read_scenarios(tmp_path, "".join(ROWS[:count]))
    assert len(scenarios) == count
    assert f'why = "{why(scenarios)}"' in ROWS[count - 1]
    backwards = read_scenarios(tmp_path, "".join(reversed(ROWS[:count])))
    assert why(backwards) == why(scenarios)


def test_rows_do_not_count_for_others(tmp_path: Path) -> None:
    scenarios = read_scenarios(tmp_path, "".join(ROWS[4:]))
    assert why(scenarios, producer=SOUTH) is None
    assert why(scenarios, person=AGDA) == "producer, contract"
    assert why(scenarios, responder=CONTACTS) == "producer, person"
    assert why(scenarios, person=AGDA, responder=CONTACTS) == "producer"


def test_the_users_file_goes_before_the_projects_whatever_its_rows(tmp_path: Path) -> None:
    mine = row(producer=NORTH, outcome="down", why="mine")
    scenarios = read_scenarios(tmp_path, "".join(ROWS), mine)
    assert why(scenarios) == "mine"
    assert why(scenarios, producer=MOCK1, person=AGDA, responder=CONTACTS) == "everybody"


def test_every_outcome_is_known(tmp_path: Path) -> None:
    rows = "".join(
        row(producer=NORTH, person=outcome, outcome=outcome, delay_seconds=0.5, records=2, text="å")
        for outcome in OUTCOMES
    )
    scenarios = read_scenarios(tmp_path, rows)
    for outcome in OUTCOMES:
        found = scenarios.find(NORTH, outcome, PLANS)
        assert found is not None
        assert (found.outcome, found.delay_seconds, found.records, found.text) == (outcome, 0.5, 2, "å")


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    scenarios = read_scenarios(tmp_path, "")
    assert len(scenarios) == 0
    assert why(scenarios) is None


@pytest.mark.parametrize(
    ("fields", "line", "problem"),
    [
        ({"producer": "SE1", "outcome": "fault"}, 6, "unknown producer SE1"),
        ({"producer": NORTH, "contract": "GetX", "outcome": "fault"}, 7, "unknown contract GetX, expected"),
        ({"producer": NORTH, "outcome": "explode"}, 7, "unknown outcome explode, expected one of fault,"),
        ({"producer": NORTH, "person": "", "outcome": "fault"}, 7, "expected a person id or *"),
        ({"producer": NORTH, "outcome": "slow"}, 5, "expected a number of seconds"),
        ({"producer": NORTH, "outcome": "fault", "delay_seconds": -1}, 8, "expected a number of seconds"),
        ({"producer": NORTH, "outcome": "repeat"}, 5, "expected a number of records above 0"),
        ({"producer": NORTH, "outcome": "repeat", "records": -2}, 8, "expected a number of records above 0"),
        ({"producer": NORTH, "outcome": "fault", "colour": "red"}, 8, "unknown field `colour`"),
        ({"producer": NORTH}, 5, "missing required field `outcome`"),
        ({"producer": NORTH, "outcome": "fault", "delay_seconds": "long"}, 8, "Expected `float`"),
        ({"producer": SOUTH, "outcome": "fault"}, 6, "a second row for the same producer"),
    ],
)
def test_a_wrong_row_stops_the_start(tmp_path: Path, fields: dict[str, str | float], line: int, problem: str) -> None:
    text = "# rows\n" + row(producer=SOUTH, outcome="fault") + row(**fields)
    with pytest.raises(DataError) as caught:
        read_scenarios(tmp_path, text)
    assert problem in caught.value.problem
    assert (caught.value.path.name, caught.value.line) == ("scenarios.toml", line)


def test_rows_of_different_specificity_stand_side_by_side(tmp_path: Path) -> None:
    rows = row(producer=SOUTH, outcome="fault") + row(producer=SOUTH, person=TOLVAN, outcome="fault")
    assert len(read_scenarios(tmp_path, rows)) == 2


def test_one_contract_named_in_two_ways_is_a_second_row(tmp_path: Path) -> None:
    names = ("GetCarePlans", "GetCarePlans_2.0")
    with pytest.raises(DataError, match="a second row"):
        read_scenarios(tmp_path, "".join(row(producer=NORTH, contract=n, outcome="fault") for n in names))


def test_the_users_file_is_named_when_it_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mine.toml:2: unknown producer"):
        read_scenarios(tmp_path, "", row(producer="nobody", outcome="fault"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"scenarios.toml: cannot be read"):
        load_scenarios(tmp_path, CONTRACTS, ())
