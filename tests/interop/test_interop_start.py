"""Data that is wrong stops the start with file, line and what was expected; a taken port says so too."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from interop_broken_data import DEMO, GATEWAY, PILOT, PRODUCERS, Broken, copy_root
from interop_site import CATALOGUE, ROOT, Command, clean_environment, command, free_port, own_offset

from gateway.contracts.contract import load_all
from gateway.errors import DataError
from gateway.http.compose import compose
from gateway.producers import store
from gateway.producers.kronoberg.service import CONTRACTS, Producer
from gateway.producers.scenarios import load_scenarios
from gateway.settings import Settings

pytestmark = pytest.mark.sockets  # the later ones start processes


def start_gateway(root: Path) -> None:
    compose(Settings(log="off"), root)


def start_producers(root: Path) -> None:
    contracts = load_all(root)
    load_scenarios(root, contracts, CATALOGUE.producers)
    store.load(root, contracts, [each for each in CATALOGUE.producers if each.kind in ("stub", "mock")])


def start_pilot(root: Path) -> None:
    for key in CONTRACTS:
        Producer(root, key)


def judge(broken: Broken, error: DataError, path: Path, line: int) -> None:
    """The file, the line where there is one, and what was expected."""
    assert re.search(broken.told, str(error)), str(error)
    assert str(path) in str(error)
    if broken.at:
        assert line
        assert f"{path}:{line}: " in str(error), f"expected line {line}: {error}"


@pytest.mark.parametrize("broken", GATEWAY, ids=str)
def test_the_gateway_does_not_start(tmp_path: Path, broken: Broken) -> None:
    root, path, line = broken.make(tmp_path)
    with pytest.raises(DataError) as caught:
        start_gateway(root)
    judge(broken, caught.value, path, line)


@pytest.mark.parametrize("broken", PRODUCERS, ids=str)
def test_the_producers_do_not_start(tmp_path: Path, broken: Broken) -> None:
    root, path, line = broken.make(tmp_path)
    with pytest.raises(DataError) as caught:
        start_producers(root)
    judge(broken, caught.value, path, line)


@pytest.mark.parametrize("broken", PILOT, ids=str)
def test_the_pilot_does_not_start(tmp_path: Path, broken: Broken) -> None:
    root, path, line = broken.make(tmp_path)
    with pytest.raises(DataError) as caught:
        start_pilot(root)
    judge(broken, caught.value, path, line)


def test_an_untouched_copy_starts(tmp_path: Path) -> None:
    root = copy_root(tmp_path, "routing/routes.toml")
    start_gateway(root)
    start_producers(root)
    start_pilot(root)


@pytest.mark.parametrize("file", ["contracts/GetCarePlans_2.0.toml", "routing/routes.toml", "fixtures/engagements.csv"])
def test_a_missing_file(tmp_path: Path, file: str) -> None:
    root = copy_root(tmp_path, file)
    (root / file).unlink()
    if file.startswith("contracts"):
        for path in (root / "contracts").glob("*.toml"):
            path.unlink()
    with pytest.raises(DataError, match=r"cannot be read|expected at least one descriptor") as caught:
        start_gateway(root)
    assert str(root) in str(caught.value)


def test_a_folder_of_records_that_is_missing(tmp_path: Path) -> None:
    root = copy_root(tmp_path, "fixtures/x")
    (root / "fixtures/records/12-skane").rename(root / "fixtures/records/skane")
    with pytest.raises(DataError, match=r"12-skane: expected a folder with the records of SE2321000255-RIVTA12"):
        start_producers(root)


# As processes: exit code 2, one line, no traceback.


def judge_ended(ended: "subprocess.CompletedProcess[str]", message: str) -> None:
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    assert message in ended.stderr


BY_NAME = {broken.name: broken for broken in (*GATEWAY, *PRODUCERS, *PILOT, *DEMO)}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("routes-twice", ("serve", "--port", "1")),
        ("engagements-twice", ("serve", "--port", "1")),
        ("imported-schema-unknown-type", ("serve", "--port", "1")),
        ("records-break-the-schema", ("producers",)),
        ("scenarios-unknown-outcome", ("producers",)),
        ("regions-unknown-key", ("call", "GetCarePlans", "--patient", "191212121212", "--as", "npo")),
        ("permissions-syntax", ("run",)),
        ("consumers-duplicate-key", ("demo",)),
        ("persons-columns", ("demo",)),
    ],
)
def test_commands_end_with_exit_code_2(tmp_path: Path, name: str, arguments: tuple[str, ...]) -> None:
    broken = BY_NAME[name]
    root, path, line = broken.make(tmp_path)
    judge_ended(command(*arguments, RIVTA_DATA=str(root)), f"rivta: {path}:{line}: ")


def test_the_pilot_as_a_process(tmp_path: Path) -> None:
    root, path, line = BY_NAME["pilot-records-break-the-schema"].make(tmp_path)
    ended = subprocess.run(
        [sys.executable, "-m", "gateway.producers.kronoberg", "--port", "0"],
        env={**clean_environment(), "RIVTA_DATA": str(root)},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    judge_ended(ended, f"{path}:{line}: ")


def test_a_part_that_breaks_at_its_start_stops_the_platform(tmp_path: Path) -> None:
    """``rivta demo`` reads no records itself; it tells what the process that does had to say."""
    root, path, line = BY_NAME["records-break-the-schema"].make(tmp_path)
    judge_ended_platform(command("demo", RIVTA_DATA=str(root)), f"{path}:{line}: breaks the schema")


def judge_ended_platform(ended: "subprocess.CompletedProcess[str]", message: str) -> None:
    assert ended.returncode == 2
    assert "producers stopped at its start" in ended.stderr
    assert message in ended.stderr


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"RIVTA_COLOUR": "red"}, "rivta: RIVTA_COLOUR: unknown setting; did you mean RIVTA_LOG?"),
        ({"RIVTA_MODE": "lenient"}, "rivta: RIVTA_MODE: mode is 'lenient'. Expected one of national, strict"),
        ({"RIVTA_PORT": "eighty"}, "rivta: RIVTA_PORT: port is 'eighty'. Expected a port, 1 to 65535"),
    ],
)
def test_a_wrong_environment(here: Command, environment: dict[str, str], message: str) -> None:
    judge_ended(here("serve", **environment), message)


def test_data_that_is_not_there() -> None:
    message = "rivta: /nowhere: expected the folders contracts, wsdl, xsd, routing, fixtures here"
    judge_ended(command("serve", RIVTA_DATA="/nowhere"), message)


def test_a_wrong_settings_file(here: Command, tmp_path: Path) -> None:
    for text, line, message in (
        ('port = 8081\ncolour = "red"\n', 2, "unknown setting colour; "),
        ('port = 8081\n\nmode = "lenient"\n', 3, "mode is 'lenient'. Expected one of national, strict"),
        ("port = 8081\nport = 8082\n", 2, "not valid TOML: "),
    ):
        path = tmp_path / "settings.toml"
        path.write_text(text)
        judge_ended(here("serve", "--config", str(path)), f"rivta: {path}:{line}: {message}")


def test_a_scenario_file_of_ones_own_that_is_wrong(here: Command, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[[scenario]]\nproducer = "*"\noutcome = "flood"\n')
    judge_ended(here("producers", "--scenarios", str(path)), f"rivta: {path}:3: unknown outcome flood")


def test_taken_ports() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = command("serve", "--port", str(port))
        judge_ended(ended, f"cannot listen on 127.0.0.1:{port}: Address already in use. ")
        assert "Choose another with --port or --producer-port-offset." in ended.stderr
        ended = command("run", "--port", str(port), "--producer-port-offset", "40000")
        judge_ended(ended, f"port {port} on 127.0.0.1 is taken. Is the platform running already? ")


def test_a_taken_port_of_a_producer() -> None:
    offset = own_offset()
    with socket.create_server(("127.0.0.1", 9101 + offset)):
        ended = command("producers", "--producer-port-offset", str(offset))
        judge_ended(ended, f"port {9101 + offset} on 127.0.0.1: Address already in use")
        ended = command("run", "--port", str(free_port()), "--producer-port-offset", str(offset))
        judge_ended(ended, f"port {9101 + offset} on 127.0.0.1 is taken. ")


def test_no_such_command(here: Command) -> None:
    judge_ended(here("nonsense"), "No such command 'nonsense'")
