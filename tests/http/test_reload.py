"""A running gateway reads its catalogue and index anew: when a file changes, on SIGHUP, and by /resetcache."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.contracts.contract import load_all
from gateway.registry.catalogue import load_catalogue
from gateway.soap import ns

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = "urn:riv:coreprocess:planning:coordinatedplanning:GetFixedContactsResponder:1"
ROUTE = '\n[[route]]\nlogical_addresses = ["{address}"]\ncontracts = ["GetFixedContacts"]\naddress = "http://127.0.0.1:9/"\n'
ROUTES = len(load_catalogue(ROOT, load_all(ROOT)).routes)

pytestmark = pytest.mark.sockets


@dataclass
class Running:
    """A gateway on a copy of the data."""

    folder: Path
    port: int
    admin: int
    process: "subprocess.Popen[str]"
    log: Path

    def fault(self, address: str) -> str:
        """The code that a call to an address ends with."""
        message = (
            f'<e:Envelope xmlns:e="{ns.SOAP11}"><e:Header><LogicalAddress xmlns="{ns.REGISTRY}">{address}'
            f'</LogicalAddress></e:Header><e:Body><GetFixedContacts xmlns="{CONTRACT}"/></e:Body></e:Envelope>'
        )
        headers = {"x-vp-sender-id": "SE0000000001-RIVTALEV", "x-vp-instance-id": "rivta-gateway"}
        body = fetch(self.port, "POST", "/vp", message.encode(), headers)
        return body.partition("<faultstring>")[2][:5]

    def add_route(self, address: str) -> None:
        with (self.folder / "routing" / "routes.toml").open("a", encoding="utf-8") as file:
            file.write(ROUTE.format(address=address))

    def await_line(self, text: str) -> None:
        end = time.monotonic() + 20
        while text not in self.log.read_text("utf-8"):
            assert time.monotonic() < end, self.log.read_text("utf-8")
            time.sleep(0.05)


def fetch(port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    for name in ("contracts", "wsdl", "xsd", "routing"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "fixtures").mkdir()
    shutil.copy(ROOT / "fixtures" / "engagements.csv", tmp_path / "fixtures")
    port, admin = free_ports(2)
    log = tmp_path / "log.txt"
    command = [sys.executable, "-m", "gateway.cli.main", "serve", "--log", "off"]
    command += ["--port", str(port), "--admin-port", str(admin)]
    with log.open("w") as file:
        process = subprocess.Popen(
            command, env={**os.environ, "RIVTA_DATA": str(tmp_path)}, stdout=file, stderr=file, text=True
        )
    found = Running(tmp_path, port, admin, process, log)
    try:
        found.await_line("status, metrics and reload at")
        yield found
    finally:
        process.terminate()
        process.wait(15)


def test_a_changed_file_is_read(running: Running) -> None:
    assert running.fault("NEW") == "VP004"
    running.add_route("NEW")
    running.await_line(f"rivta: reloaded: {ROUTES + 1} routes")
    assert running.fault("NEW") == "VP007"


def test_a_broken_file_leaves_the_data_that_was_there(running: Running) -> None:
    (running.folder / "routing" / "routes.toml").write_text("[[route]\n", "utf-8")
    running.await_line(f"rivta: not reloaded, {ROUTES} routes")
    assert "routes.toml:1" in running.log.read_text("utf-8")
    assert running.fault("PRODUCER-NOT-AVAILABLE") == "VP009"


def test_by_signal_and_by_page(running: Running) -> None:
    os.kill(running.process.pid, signal.SIGHUP)
    running.await_line(f"rivta: reloaded: {ROUTES} routes")
    assert "Init done, was successful: true" in fetch(running.admin, "GET", "/resetcache")
    assert running.fault("PRODUCER-NOT-AVAILABLE") == "VP009"


def test_an_end_does_not_wait_for_a_large_catalogue(running: Running) -> None:
    """It is read by a process; here that takes for ever, because what it reads from is a pipe that nobody writes to."""
    pipe = running.folder / "routing" / "permissions.toml"
    with (running.folder / "routing" / "routes.toml").open("a", encoding="utf-8") as file:
        file.write("#" * 1_000_001)
    pipe.unlink()
    os.mkfifo(pipe)
    end = time.monotonic() + 20
    while not (children := children_of(running.process.pid)):
        assert time.monotonic() < end
        time.sleep(0.05)
    started = time.monotonic()
    running.process.terminate()
    assert running.process.wait(10) == 0
    assert time.monotonic() - started < 5
    assert not any(Path(f"/proc/{each}").exists() for each in children)


def children_of(pid: int) -> list[str]:
    return [each for file in Path(f"/proc/{pid}/task").glob("*/children") for each in file.read_text().split()]


def test_wsdl_files_are_read_along(running: Running) -> None:
    """They are not watched: a signal, or other data that changes, has them read."""
    name = next((running.folder / "wsdl").glob("GetFixedContacts*_RIVTABP21.wsdl"))
    path = "/vp/coreprocess/planning/coordinatedplanning/GetFixedContacts/1/rivtabp21?wsdl"
    assert "<!-- åter -->" not in fetch(running.port, "GET", path)
    text = name.read_text("utf-8")
    name.write_text(text.replace("<wsdl:types>", "<!-- åter --><wsdl:types>", 1), "utf-8")
    assert name.read_text("utf-8") != text
    os.kill(running.process.pid, signal.SIGHUP)
    running.await_line(f"rivta: reloaded: {ROUTES} routes")
    assert "<!-- åter -->" in fetch(running.port, "GET", path)
    name.write_text("<broken", "utf-8")
    os.kill(running.process.pid, signal.SIGHUP)
    running.await_line("rivta: not reloaded")
    assert "<!-- åter -->" in fetch(running.port, "GET", path)
