"""``gateway.router.timeouts``: how long producers of a contract have, from the settings and the national file."""

from pathlib import Path
from typing import Any

import pytest
from gateway_parts import bench
from gateway_samples import permission, question, request, responder, route

from gateway.configuration.timeouts import ContractTimeout
from gateway.errors import DataError
from gateway.router.timeouts import Timeouts
from gateway.settings import Settings, read

PLANS, CONTACTS = responder("GetCarePlans"), responder("GetFixedContacts")
NATIONAL = """[
  {"tjanstekontrakt": "default_timeouts", "routetimeout": 30000, "producertimeout": 29000},
  {"tjanstekontrakt": "%s", "routetimeout": 61000, "producertimeout": 60500}
]
"""


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "timeoutconfig.json"
    path.write_text(text, "utf-8")
    return path


def chosen(contract: str, seconds: float) -> ContractTimeout:
    return ContractTimeout(contract=contract, seconds=seconds)


def test_without_anything_all_have_the_same() -> None:
    assert Timeouts.of(Settings())(PLANS) == 27.0
    assert Timeouts.of(Settings(producer_timeout=3.0))(PLANS) == 3.0


def test_the_national_file(tmp_path: Path) -> None:
    """National VP, ``timeout.json.file``: milliseconds; the exact namespace; others have the file's default."""
    found = Timeouts(27.0, (), file(tmp_path, NATIONAL % PLANS))
    assert found(PLANS) == 60.5
    assert found(CONTACTS) == 29.0
    assert found(PLANS.upper()) == 29.0


@pytest.mark.parametrize("text", ["[]", "\ufeff[ ]", '[{"tjanstekontrakt": "urn:x", "producertimeout": 1}]'])
def test_a_file_without_a_default_leaves_the_settings(tmp_path: Path, text: str) -> None:
    assert Timeouts(27.0, (), file(tmp_path, text))(PLANS) == 27.0


@pytest.mark.parametrize(
    ("contract", "plans", "older", "contacts"),
    [
        ("GetCarePlans", 5.0, 5.0, 27.0),
        (PLANS, 5.0, 27.0, 27.0),
        ("getcareplans", 27.0, 27.0, 27.0),
        ("CarePlans", 27.0, 27.0, 27.0),
    ],
)
def test_a_name_is_for_all_versions_and_a_namespace_for_one(
    contract: str, plans: float, older: float, contacts: float
) -> None:
    found = Timeouts(27.0, [chosen(contract, 5.0)])
    assert found(PLANS) == plans
    assert found(PLANS.rpartition(":")[0] + ":99") == older
    assert found(CONTACTS) == contacts


def test_what_counts_before_what(tmp_path: Path) -> None:
    path = file(tmp_path, NATIONAL % PLANS)
    assert Timeouts(27.0, [chosen("GetCarePlans", 5.0)], path)(PLANS) == 5.0
    both = [chosen("GetCarePlans", 5.0), chosen(PLANS, 6.0)]
    assert Timeouts(27.0, both, path)(PLANS) == 6.0
    assert Timeouts(27.0, reversed(both), path)(PLANS) == 6.0


def test_the_same_contract_twice_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="producer_timeouts: GetX stands there twice"):
        Timeouts(27.0, [chosen("GetX", 1.0), chosen("GetX", 1.0)])
    row = '{"tjanstekontrakt": "urn:x", "producertimeout": 1}'
    with pytest.raises(DataError, match="urn:x stands there twice") as caught:
        Timeouts(27.0, (), file(tmp_path, f"[{row},\n{row}]"))
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "not valid JSON"),
        ('[\n{"tjanstekontrakt": "x",\n]', 3, "not valid JSON"),
        ("{}", 1, "expected a list"),
        ("[\n1]", 2, "Expected `object`, got `int`"),
        ('[\n\n{"tjanstekontrakt": "x"}]', 3, "missing required field `producertimeout`"),
        ('[{"tjanstekontrakt": "x",\n"producertimeout": "29"}]', 2, "Expected `int`, got `str`"),
        ('[{"tjanstekontrakt": "x",\n\n"producertimeout": 0}]', 3, "producertimeout is 0, expected milliseconds"),
        ('[{"tjanstekontrakt": "x", "producertimeout": -5}]', 1, "producertimeout is -5"),
        ('[{"tjanstekontrakt": "x", "producertimeout": 1,\n"timeout": 1}]', 2, "unknown field `timeout`"),
    ],
)
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    path = file(tmp_path, text)
    with pytest.raises(DataError) as caught:
        Timeouts.of(Settings(timeout_file=str(path)))
    assert (caught.value.path, caught.value.line) == (path, line)
    assert told in caught.value.problem


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        Timeouts.of(Settings(timeout_file=str(tmp_path / "x.json")))


def test_in_the_settings_file_and_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "rivta.toml"
    path.write_text('[[producer_timeouts]]\ncontract = "GetCarePlans"\nseconds = 40\n', "utf-8")
    assert Timeouts.of(read(path, {}, {}))(PLANS) == 40.0
    variable = f'[{{"contract": "{PLANS}", "seconds": 0.5}}]'
    assert Timeouts.of(read(None, {"RIVTA_PRODUCER_TIMEOUTS": variable}, {}))(PLANS) == 0.5


@pytest.mark.parametrize(
    "row", ['contract = "Get Care Plans"\nseconds = 1', 'contract = "GetX"\nseconds = 0', "seconds = 1"]
)
def test_what_a_row_may_not_be(tmp_path: Path, row: str) -> None:
    path = tmp_path / "rivta.toml"
    path.write_text(f"[[producer_timeouts]]\n{row}\n", "utf-8")
    with pytest.raises(DataError):
        read(path, {}, {})


@pytest.mark.parametrize("mode", ["national", "strict"])
@pytest.mark.parametrize(("timeout", "given"), [(None, 40.0), (28.0, 28.0), (60.0, 40.0)])
def test_a_call_has_its_contracts_time_but_no_more_than_is_left(timeout: float | None, given: float, mode: str) -> None:
    url = "http://producer/vp"
    rows: Any = (ContractTimeout(contract="GetFixedContacts", seconds=40.0),)
    found = bench([route("A", CONTACTS, url)], [permission("A", CONTACTS)], producer_timeouts=rows, mode=mode)
    handler = found.router.handlers["http"]
    found.router.handlers["http"] = lambda call, _: handler(call, timeout)
    assert found.handle(request(question("GetFixedContacts", "A"))).status == 200
    assert found.client.sent[0].timeout == given
