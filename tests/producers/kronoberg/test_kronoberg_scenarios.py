"""The pilot in bad health: every scenario of the stubs works for it too."""

import http.client
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import data
from gateway.consumers.ask import question
from gateway.contracts.contract import load_all
from gateway.producers.kronoberg.service import LOGICAL_ADDRESS
from gateway.soap import xml

KNOWN = "194103149805"  # the demo person; each outcome is put on a person of its own below
OUTCOMES = ("fault", "slow", "empty", "empty-body", "invalid", "malformed", "wrong-person", "http-error", "repeat")
CUT = ("reset", "down")
ROW = '[[scenario]]\nproducer = "{producer}"\nperson = "{person}"\noutcome = "{outcome}"\nwhy = "test"\n{more}\n'

pytestmark = pytest.mark.sockets


def persons() -> list[str]:
    """Persons of whom the pilot holds fixed contacts."""
    path = data.root() / "fixtures/records/07-kronoberg/GetCareManagers_1.0.xml"
    found = re.findall(r"<core:patientId>.*?<core:extension>(\w+)<", path.read_text("utf-8"), re.DOTALL)
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def cases() -> dict[str, str]:
    """A person for each outcome."""
    return dict(zip((*OUTCOMES, *CUT, "timeout"), persons(), strict=False))


@pytest.fixture(scope="module")
def port(cases: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A pilot with a scenario for each person."""
    path = tmp_path_factory.mktemp("pilot") / "trouble.toml"
    more = {"slow": "delay_seconds = 0.3", "repeat": "records = 7"}
    rows = [
        ROW.format(producer=LOGICAL_ADDRESS, person=person, outcome=outcome, more=more.get(outcome, ""))
        for outcome, person in cases.items()
    ]
    path.write_text("\n".join(rows), "utf-8")
    command = [sys.executable, "-m", "gateway.producers.kronoberg", "--port", "0", "--scenarios", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r":(\d+),", process.stdout.readline())
    assert found is not None
    yield int(found[1])
    process.terminate()
    process.wait(10)
    process.stdout.close()


def ask(port: int, person: str, seconds: float = 10) -> tuple[int, bytes]:
    contract = load_all(data.root()).find("GetCareManagers")
    assert contract is not None
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        message = question(contract, person, LOGICAL_ADDRESS)
        connection.request("POST", "/GetCareManagers/1/rivtabp21", message, {"Content-Type": "text/xml"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def records(body: bytes) -> int:
    return len([child for child in xml.body_child(xml.parse(body)) if isinstance(child.tag, str)])


def test_a_person_without_a_scenario_is_answered_by_spyne(port: int, cases: dict[str, str]) -> None:
    person = next(each for each in persons() if each not in cases.values())
    status, body = ask(port, person)
    assert status == 200
    assert records(body) >= 1


def test_fault(port: int, cases: dict[str, str]) -> None:
    status, body = ask(port, cases["fault"])
    assert status == 500
    assert xml.is_fault(xml.body_child(xml.parse(body)))


def test_slow_is_late_and_right(port: int, cases: dict[str, str]) -> None:
    started = time.monotonic()
    status, body = ask(port, cases["slow"])
    assert time.monotonic() - started >= 0.3
    assert status == 200
    assert records(body) >= 1


def test_answers_that_hold_less_or_more(port: int, cases: dict[str, str]) -> None:
    assert records(ask(port, cases["empty"])[1]) == 0
    assert ask(port, cases["empty-body"]) == (200, b"")
    assert records(ask(port, cases["repeat"])[1]) == 7


def test_answers_that_are_wrong(port: int, cases: dict[str, str]) -> None:
    contract = load_all(data.root()).find("GetCareManagers")
    assert contract is not None
    invalid = xml.body_child(xml.parse(ask(port, cases["invalid"])[1]))
    assert not contract.schema.validate(invalid)
    with pytest.raises(xml.MessageError):
        xml.parse(ask(port, cases["malformed"])[1])
    stranger = xml.body_child(xml.parse(ask(port, cases["wrong-person"])[1]))
    assert contract.schema.validate(stranger)
    assert contract.strangers(stranger, person=cases["wrong-person"]) > 0


def test_http_error(port: int, cases: dict[str, str]) -> None:
    status, body = ask(port, cases["http-error"])
    assert status == 503
    assert b"html" in body


@pytest.mark.parametrize("outcome", CUT)
def test_a_cut_connection_gives_no_answer(port: int, cases: dict[str, str], outcome: str) -> None:
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(port, cases[outcome])


def test_a_producer_that_never_answers_leaves_the_others_alone(port: int, cases: dict[str, str]) -> None:
    with pytest.raises(TimeoutError):
        ask(port, cases["timeout"], seconds=0.5)
    assert ask(port, cases["empty"])[0] == 200


def test_a_scenario_file_that_is_wrong_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text('[[scenario]]\nproducer = "X"\noutcome = "explode"\n', "utf-8")
    command = [sys.executable, "-m", "gateway.producers.kronoberg", "--port", "0", "--scenarios", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "wrong.toml:2" in done.stderr
