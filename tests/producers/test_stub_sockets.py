"""The real process on real sockets: what only the network can show."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from lxml import etree
from stub_samples import (
    MOCK1,
    MOCK2,
    NORTH,
    PRODUCERS,
    ROOT,
    SOUTH,
    TOLVAN,
    data_folder,
    ids,
    question,
    verdicts,
)

pytestmark = pytest.mark.sockets

OFFSET = 1000
# Who misbehaves how: one person for each outcome.
OUTCOMES = {
    "191001209814": "reset",
    "191001229812": "timeout",
    "191001239803": "slow",
    "191001249810": "malformed",
    "191001259827": "down",
    "191001269818": "empty-body",
    "191001279809": "http-error",
}
PERSON = {outcome: person for person, outcome in OUTCOMES.items()}
_PROGRAM = """
import sys
from pathlib import Path
import msgspec
from gateway.errors import DataError
from gateway.producers.stub import run
from gateway.registry.catalogue import Producer

producers = msgspec.json.decode(sys.argv[2], type=list[Producer])
try:
    run(Path(sys.argv[1]), producers, port_offset=int(sys.argv[3]), ready=lambda: print("ready", flush=True))
except (DataError, OSError) as error:
    sys.exit(f"{type(error).__name__} {error}")
"""


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def start(root: Path, ports: dict[str, int]) -> subprocess.Popen[str]:
    producers = [
        msgspec.structs.replace(producer, port=ports.get(producer.logical_address, 1) - OFFSET)
        for producer in PRODUCERS
    ]
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(root), msgspec.json.encode(producers).decode(), str(OFFSET)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> tuple[float, list[str]]:
    """Stop it; seconds that took, and the lines on standard error."""
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        _, errors = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        _, errors = process.communicate()
    return time.monotonic() - started, errors.splitlines()


@dataclass
class Site:
    process: subprocess.Popen[str]
    ports: dict[str, int]

    def connect(self, address: str = NORTH, timeout: float = 10) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.ports[address]), timeout)

    def ask(self, person: str, address: str = NORTH, *, timeout: float = 10) -> tuple[int, bytes]:
        """Status and body of one call."""
        with self.connect(address, timeout) as sock:
            sock.sendall(http(question("GetCarePlans", address, person)))
            return answer(sock)


def http(message: str) -> bytes:
    body = message.encode()
    head = f"POST /GetCarePlans/2/rivtabp21 HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    return f'{head}Content-Type: text/xml; charset=utf-8\r\nSOAPAction: ""\r\n\r\n'.encode() + body


def answer(sock: socket.socket) -> tuple[int, bytes]:
    """Read one HTTP answer."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _some(sock)
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length"))
    while len(body) < length:
        body += _some(sock)
    return int(lines[0].split()[1]), body


def _some(sock: socket.socket) -> bytes:
    found = sock.recv(65536)
    if not found:
        raise EOFError("closed in good order before the answer was complete")
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    rows = [
        f'[[scenario]]\nproducer = "{NORTH}"\nperson = "{person}"\noutcome = "{outcome}"\n'
        + ("delay_seconds = 0.4\n" if outcome == "slow" else "")
        for person, outcome in OUTCOMES.items()
    ]
    root = data_folder(tmp_path_factory.mktemp("data"), "\n".join(rows))
    ports = dict(zip((NORTH, SOUTH, MOCK1), free_ports(3), strict=True))
    ports[MOCK2] = ports[MOCK1]
    process = start(root, ports)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    yield Site(process, ports)
    _, errors = end(process)
    assert process.returncode in (0, -signal.SIGTERM)
    # Cut and abandoned connections are what was asked for, and not worth a line.
    first, second = (json.loads(line) for line in errors)
    assert (first["event"], first["producers"], first["ports"], first["scenarios"]) == (
        "stubs listen",
        4,
        3,
        7,
    )
    assert (second["event"], second["code"]) == ("fault", "stub.too-large")


def test_every_producer_answers_on_its_port(site: Site) -> None:
    for address, found in ((NORTH, ["N1", "N3"]), (SOUTH, []), (MOCK1, ["M1"]), (MOCK2, ["M1"])):
        status, body = site.ask(TOLVAN, address)
        assert (status, ids("GetCarePlans", body)) == (200, found)
        assert verdicts("GetCarePlans", body) == (True, True)


def test_a_connection_serves_several_calls(site: Site) -> None:
    with site.connect() as sock:
        for _ in range(3):
            sock.sendall(http(question("GetCarePlans")))
            assert answer(sock)[0] == 200


def test_only_the_loopback_address_is_open(site: Site) -> None:
    with socket.socket(socket.AF_INET6) as sock, pytest.raises(OSError, match=r"refused|assign|unreachable"):
        sock.connect(("::1", site.ports[NORTH]))


@pytest.mark.parametrize("outcome", ["reset", "down"])
def test_a_cut_connection_is_a_tcp_reset(site: Site, outcome: str) -> None:
    with pytest.raises(ConnectionResetError):
        site.ask(PERSON[outcome])
    assert site.ask(TOLVAN)[0] == 200


def test_timeout_sends_nothing_and_the_caller_may_give_up(site: Site) -> None:
    with pytest.raises(TimeoutError):
        site.ask(PERSON["timeout"], timeout=0.5)
    assert site.ask(TOLVAN)[0] == 200


def test_slow_is_late_and_holds_up_nobody(site: Site) -> None:
    with site.connect() as late:
        started = time.monotonic()
        late.sendall(http(question("GetCarePlans", person=PERSON["slow"])))
        assert site.ask(TOLVAN)[0] == 200
        assert time.monotonic() - started < 0.4
        status, body = answer(late)
    assert 0.4 <= time.monotonic() - started < 5
    assert (status, ids("GetCarePlans", body)) == (200, [])


def test_malformed_arrives_whole_but_is_no_xml(site: Site) -> None:
    status, body = site.ask(PERSON["malformed"])
    assert status == 200
    assert body.startswith(b"<soapenv:Envelope")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)


def test_an_empty_body_and_an_error_page(site: Site) -> None:
    assert site.ask(PERSON["empty-body"]) == (200, b"")
    status, body = site.ask(PERSON["http-error"])
    assert (status, body[:15]) == (503, b"<!DOCTYPE html>")


def test_a_message_over_the_limit_is_refused(site: Site) -> None:
    with site.connect() as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15728641\r\n\r\n")
        status, body = answer(sock)
    assert status == 413
    assert b"larger than 15728640 bytes" in body


def test_livez(site: Site) -> None:
    with site.connect(MOCK1) as sock:
        sock.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer(sock) == (200, b"ok\n")


def test_it_ends_in_time_although_a_caller_waits(tmp_path: Path) -> None:
    row = f'[[scenario]]\nproducer = "{NORTH}"\noutcome = "timeout"\n'
    ports = dict(zip((NORTH, SOUTH, MOCK1, MOCK2), free_ports(4), strict=True))
    process = start(data_folder(tmp_path, row), ports)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    with socket.create_connection(("127.0.0.1", ports[NORTH]), 10) as sock:
        sock.sendall(http(question("GetCarePlans")))
        time.sleep(0.3)
        seconds, _ = end(process)
    assert seconds < 10


def test_broken_records_stop_the_start(tmp_path: Path) -> None:
    root = data_folder(tmp_path)
    path = root / "fixtures/records/mocks/GetCarePlans_2.0.xml"
    path.write_text(path.read_text("utf-8").replace("<core:documentTitle>", "<core:titel>"), "utf-8")
    process = start(root, dict(zip((NORTH, SOUTH, MOCK1, MOCK2), free_ports(4), strict=True)))
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert errors.startswith(f"DataError {path}:3: expected well-formed XML")


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = dict(zip((NORTH, SOUTH, MOCK1), (*free_ports(2), port), strict=True)) | {MOCK2: port}
        out, errors = start(data_folder(tmp_path), ports).communicate(timeout=30)
    assert out == ""
    assert f"port {port} on 127.0.0.1" in errors
