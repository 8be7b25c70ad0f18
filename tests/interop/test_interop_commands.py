"""``rivta demo`` and ``rivta run`` as somebody at a terminal meets them."""

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from interop_expected import DEMONSTRATED, Scenarios, check, contract, persons
from interop_site import (
    CATALOGUE,
    PATIENCE,
    ROOT,
    SETTINGS,
    Answer,
    Command,
    clean_environment,
    command,
    free_port,
    own_offset,
    post,
    rivta,
)
from lxml import etree

from gateway.consumers.ask import question

pytestmark = pytest.mark.sockets

DEMO = "194103149805"
STOP_SECONDS = 10


# demo


@pytest.fixture(scope="module")
def demo() -> "subprocess.CompletedProcess[str]":
    return command("demo")


def _flat(text: str) -> str:
    return " ".join(text.split())


def test_demo_ends_well(demo: "subprocess.CompletedProcess[str]") -> None:
    assert demo.returncode == 0
    first, ready, done = demo.stderr.splitlines()
    assert first.startswith("Startar ")
    assert re.fullmatch(r"Allt svarar efter \d+\.\d s\.", ready)
    assert done.startswith("Klart. Allt är stoppat.")


def test_demo_shows_all_sources_of_all_contracts_to_both_consumers(demo: "subprocess.CompletedProcess[str]") -> None:
    scenarios = Scenarios(Path(os.devnull))
    scenarios.files = scenarios.files[1:]
    assert persons()[0] == DEMO
    parts = re.split(r"(?m)^(?=─+ (?:1177 Journal|NPÖ) frågar )", demo.stdout)[1:]
    assert len(parts) == 2
    for part in parts:
        text = _flat(part)
        assert f"({DEMO})" in text
        for name in DEMONSTRATED:
            known = contract(name)
            assert known.descriptor.title.sv in text
            for source, each in scenarios.expected(name, DEMO).items():
                assert text.count("NoDataSynchFailed") >= bool(each.code)
                assert CATALOGUE.name_of(source) in text
        asked = sum(len(scenarios.expected(name, DEMO)) for name in DEMONSTRATED)
        failed = sum(bool(each.code) for name in DEMONSTRATED for each in scenarios.expected(name, DEMO).values())
        assert text.count("DataFromSource") + text.count("NoDataSynchFailed") == asked
        assert text.count("NoDataSynchFailed") == failed
        assert len(re.findall(r"\d+ poster på \d+ ms\.", text)) == len(DEMONSTRATED)


def test_demo_keeps_internal_notes_from_the_resident(demo: "subprocess.CompletedProcess[str]") -> None:
    resident, staff = re.split(r"(?m)^(?=─+ NPÖ frågar )", demo.stdout)
    assert "[internt]" not in resident
    assert "[internt]" in staff
    assert "visas inte: ej godkända för patienten." in _flat(resident)


def test_demo_about_nobody(here: Command) -> None:
    ended = here("demo", "--patient", "190001010000")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "190001010000 is not in fixtures/persons.csv" in ended.stderr


# run


@contextmanager
def run(*arguments: str) -> "Iterator[tuple[subprocess.Popen[str], int, list[str]]]":
    """``rivta run`` in a process group of its own, its gateway's port, and what it has printed when it is ready."""
    offset, port = own_offset(), free_port()
    process = subprocess.Popen(
        rivta("run", "--port", str(port), "--producer-port-offset", str(offset), *arguments),
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=_interruptible,
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not any("rivta call" in line for line in lines):
            line = process.stdout.readline()
            assert line, process.communicate()
            lines.append(line.rstrip("\n"))
        yield process, port, lines
    finally:
        for pid in _group(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)


def _interruptible() -> None:
    """A test run in the background of a shell has SIGINT ignored, and its children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _group(leader: int) -> dict[int, str]:
    """The processes of a group that are still there, and their command lines."""
    if not Path("/proc/self/stat").exists():
        rows = [line.split(None, 3) for line in _ps("pid=,pgid=,stat=,args=").splitlines()]
        return {int(pid): args for pid, group, state, args in rows if int(group) == leader and state[0] != "Z"}
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            args = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has just ended
            continue
        if int(group) == leader and state != "Z":
            found[int(folder.name)] = args
    return found


def _ps(columns: str) -> str:
    return subprocess.run(["ps", "-A", "-o", columns], capture_output=True, text=True, check=True).stdout


def _curl(lines: list[str]) -> list[str]:
    (line,) = (line for line in lines if line.strip().startswith("curl "))
    return shlex.split(line)


def test_run_prints_addresses_and_lines_that_work() -> None:
    with run("--quiet") as (process, port, lines):
        assert f"http://127.0.0.1:{port}/vp" in lines[0]
        shown = "\n".join(lines)
        for producer in CATALOGUE.producers:
            if producer.kind in ("stub", "pilot"):
                assert re.search(rf"http://127\.0\.0\.1:\d+ +{producer.name} +{producer.logical_address}$", shown, re.M)
        for address in re.findall(r"http://127\.0\.0\.1:\d+(?= )", shown):
            asked = subprocess.run(["curl", "-s", f"{address}/livez"], capture_output=True, text=True, timeout=PATIENCE)
            assert asked.stdout.strip() == "ok"

        answered = subprocess.run(_curl(lines), cwd=ROOT, capture_output=True, timeout=PATIENCE)
        assert (answered.returncode, answered.stderr) == (0, b"")
        check("GetFixedContacts", Answer(200, {}, answered.stdout), _expected())

        (call,) = (shlex.split(line) for line in lines if line.strip().startswith("rivta call"))
        ended = command(*call[1:])
        assert (ended.returncode, ended.stderr) == (0, "")
        assert "Fasta kontakter" in ended.stdout

        _stop(process, signal.SIGINT, process.pid)


def _expected() -> "dict[str, object]":
    scenarios = Scenarios(Path(os.devnull))
    scenarios.files = scenarios.files[1:]
    return scenarios.expected("GetFixedContacts", DEMO)


def _stop(process: "subprocess.Popen[str]", number: signal.Signals, target: int) -> str:
    """Send a signal to ``target`` (negative: the whole group), and see everything end; what was said last."""
    assert len(_group(process.pid)) == 4  # rivta run, gateway, producers, pilot
    started = time.monotonic()
    os.kill(target, number)
    _, errors = process.communicate(timeout=STOP_SECONDS)
    assert time.monotonic() - started < STOP_SECONDS
    assert process.returncode == 0
    assert _group(process.pid) == {}
    assert "Traceback" not in errors
    return errors


@pytest.mark.parametrize(
    ("number", "everybody"), [(signal.SIGINT, True), (signal.SIGTERM, False)], ids=["ctrl-c", "terminate"]
)
def test_run_stops_in_good_order(number: signal.Signals, everybody: bool) -> None:
    """Ctrl-C at a terminal reaches every process of the group at once. The gateway's log is shown meanwhile."""
    with run() as (process, port, _):
        assert post(port, question(contract("GetFixedContacts"), DEMO, SETTINGS.aggregate_address)).status == 200
        errors = _stop(process, number, -process.pid if everybody else process.pid)
        assert "req-in" in errors
        assert DEMO not in errors
        assert ("Stoppad." in errors) is (number == signal.SIGINT)


def test_run_tells_when_a_part_dies() -> None:
    with run("--quiet", "--lang", "en") as (process, _, lines):
        assert any(line.startswith("Try, as 1177:") for line in lines)
        (stubs,) = (pid for pid, args in _group(process.pid).items() if "main producers --producer" in args)
        os.kill(stubs, signal.SIGKILL)
        _, errors = process.communicate(timeout=STOP_SECONDS)
        assert process.returncode == 1
        assert errors.startswith("producers stopped:")
        assert _group(process.pid) == {}


# serve


@contextmanager
def _workers(count: int) -> "Iterator[tuple[subprocess.Popen[str], int]]":
    """``rivta serve`` with several processes on a port; gives the first process and the port when all are ready."""
    port = free_port()
    process = subprocess.Popen(
        rivta("serve", "--workers", str(count), "--port", str(port)),
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        ready = 0
        while ready < count:
            line = process.stdout.readline()
            assert line, process.communicate()
            ready += "gateway at http" in line
        yield process, port
    finally:
        for pid in _group(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)


def test_workers_share_a_port_and_stop_together() -> None:
    with _workers(2) as (process, port):
        asked = question(contract("GetFixedContacts"), DEMO, "SE0-NOWHERE")
        assert {post(port, asked).status for _ in range(10)} == {500}
        assert len(_group(process.pid)) == 3
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)
        assert (process.returncode, _group(process.pid)) == (0, {})


def test_a_worker_that_dies_takes_the_others_along() -> None:
    """So that whoever watches over the service starts it anew, rather than half of it going on unnoticed."""
    with _workers(2) as (process, _):
        worker = max(_group(process.pid))
        os.kill(worker, signal.SIGKILL)
        process.communicate(timeout=STOP_SECONDS)
        assert process.returncode == signal.SIGKILL
        assert _group(process.pid) == {}


def test_the_message_that_curl_sends_is_well_formed() -> None:
    for path in sorted((ROOT / "fixtures" / "messages").glob("*.xml")):
        assert etree.parse(path).getroot().tag.endswith("}Envelope")
