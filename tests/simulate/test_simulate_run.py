"""``rivta simulate`` with thirty persons: fill, drive, look; and what it refuses."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.storage import engagements
from gateway.storage.direct import Database
from gateway.storage.engagement import Engagement
from gateway.storage.engagements import Change, Wanted

FEW = ("--producers", "5", "--persons", "30", "--lang", "en", "--format", "json")


@dataclass(frozen=True)
class Run:
    code: object
    out: str
    err: str


def rivta(capsys: pytest.CaptureFixture[str], *arguments: str) -> Run:
    """Run the command line in this process."""
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    captured = capsys.readouterr()
    return Run(caught.value.code, captured.out, captured.err)


def free_range(count: int) -> int:
    """The first of so many ports that nobody listens on."""
    for first in range(22_000, 32_000, 50):
        try:
            for number in range(first, first + count):
                socket.create_server(("127.0.0.1", number)).close()
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")


@pytest.mark.sockets
def test_fill_and_drive(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    first = free_range(6)
    there = (*FEW, "--database-url", database_url, "--producer-port", str(first), "--port", str(first + 5))
    filled = rivta(capsys, "simulate", *there, "--fill-only")
    assert filled.code == 0, filled.err
    found = json.loads(filled.out)["filled"]
    assert found["engagements"] >= 60
    assert found["routes"] > 20
    assert found["permissions"] > 60

    driven = rivta(capsys, "simulate", *there, "--drive-only", "--duration", "2", "--delay", "0.005")
    report = json.loads(driven.out)
    assert driven.code == 0, report["errors"]
    assert report["passed"]
    assert report["share_right"] == 1.0
    kinds = {kind["kind"]: kind for kind in report["kinds"]}
    assert {"direct", "VP004", "VP007", "VP009", "GetCarePlans_2.0"} <= set(kinds)
    assert all(kind["errors"] == 0 and kind["p50_ms"] > 0 for kind in kinds.values())
    assert report["whole"]["calls"] == sum(kind["calls"] for kind in kinds.values())
    gateway, producers, _ = report["processes"]
    assert gateway["most_mb"] >= gateway["start_mb"] > 10
    assert producers["processes"] == 1

    other = rivta(capsys, "simulate", *there, "--drive-only", "--seed", "2")
    assert other.code == 2
    assert "seed 1 (2)" in other.err


@pytest.mark.sockets
def test_several_workers_at_a_multiple_of_the_rates(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each sees what the others have been told; three times the rates are three times as many calls."""
    first = free_range(6)
    there = (*FEW, "--database-url", database_url, "--producer-port", str(first), "--port", str(first + 5))
    load = ("--duration", "3", "--delay", "0.005", "--rate", "3", "--workers", "2", "--producer-processes", "2")
    driven = rivta(capsys, "simulate", *there, *load)
    report = json.loads(driven.out)
    assert driven.code == 0, report["errors"]
    kinds = {kind["kind"]: kind["calls"] for kind in report["kinds"]}
    assert kinds["direct"] == 9
    assert sum(count for name, count in kinds.items() if name.startswith("Get")) > 240
    gateway, producers, _ = report["processes"]
    assert (gateway["processes"], producers["processes"]) == (3, 2)  # with the one that watches the workers


def test_filling_again_leaves_the_same_rows_and_others_alone(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    there = (*FEW, "--database-url", database_url, "--fill-only")
    count = json.loads(rivta(capsys, "simulate", *there).out)["filled"]["engagements"]
    database = Database(database_url)
    rows = engagements.listing(database, (), 0)
    assert len(rows) == count
    own = Engagement("191212121212", "riv:åäö", "vko", "SE1", "SE1", "SE1", owner="5565594230")
    with database.writing() as work:
        engagements.change(work, [Change(False, own)], "20260101000000")

    refused = rivta(capsys, "simulate", *there)
    assert refused.code == 2
    assert "engagements that are not simulated" in refused.err

    assert rivta(capsys, "simulate", *there, "--replace").code == 0
    assert len(engagements.find(database, Wanted("191212121212", "riv:åäö"))) == 1
    assert [row for row in engagements.listing(database, (), 0) if row[0].service_domain != "riv:åäö"] == rows
    database.close()


@pytest.mark.sockets
def test_calls_that_go_wrong_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gateway gives up on producers before they answer."""
    first = free_range(6)
    monkeypatch.setenv("RIVTA_DATABASE_URL", f"sqlite:///{tmp_path}/x.sqlite3")
    monkeypatch.setenv("RIVTA_PRODUCER_TIMEOUT", "0.05")
    monkeypatch.setenv("RIVTA_PRODUCER_RETRIES", "0")
    ports = ("--producer-port", str(first), "--port", str(first + 5))
    rates = ("--aggregated", "8", "--update", "2", "--faults", "0", "--delay", "0.5", "--duration", "2")
    run = rivta(capsys, "simulate", "--producers", "5", "--persons", "30", "--lang", "sv", *ports, *rates)
    assert run.code == 1, run.err
    assert "direct: 2 × HTTP 500: VP009" in run.out
    assert "Underkänt" in run.out
    assert all(len(line) <= 100 for line in run.out.splitlines())


def test_a_database_that_is_not_filled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = rivta(capsys, "simulate", "--drive-only", "--database-url", f"sqlite:///{tmp_path}/x.sqlite3", "--lang", "sv")
    assert run.code == 2
    assert "är inte fylld av rivta simulate" in run.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--producers", "312"), "312 is not in the range"),
        (("--producers", "0"), "0 is not in the range"),
        (("--persons", "0"), "0 is not in the range"),
        (("--persons", "36000001"), "is not in the range"),
        (("--rate", "0"), "0.0 is not in the range"),
        (("--duration", "-1"), "is not in the range"),
        (("--fill-only", "--drive-only"), "exclude each other"),
        (("--fill-only",), "need --database-url"),
        (("--fill-only", "--database-url", "mysql://x"), "begins with neither"),
    ],
)
def test_bad_arguments(arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    run = rivta(capsys, "simulate", *arguments)
    assert run.code == 2
    assert told in run.err
    assert "Traceback" not in run.err


@pytest.mark.sockets
def test_a_taken_port_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = free_range(6)
    with socket.create_server(("127.0.0.1", first + 3)):
        run = rivta(
            capsys, "simulate", *FEW, "--producer-port", str(first), "--port", str(first + 5), "--duration", "1"
        )
    assert run.code == 2
    assert "producers 1 stopped at its start" in run.err
