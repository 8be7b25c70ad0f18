"""The admin listener of a real process: a port of its own beside the gateway's."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from gateway_samples import PLATFORM, ROOT, question
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.sockets

LOCAL, SECONDS = "127.0.0.1", 20
SENDER = "SE5565594230-RIVTA1177"
STOCKHOLM, STOCKHOLMS_PORT = "SE2321000016-RIVTA01", 9101
READY = "rivta: gateway at"


def free_ports(*above: int) -> int:
    """A port that is free, and so are the ones that far above it."""
    for _ in range(50):
        with socket.create_server((LOCAL, 0)) as first:
            port: int = first.getsockname()[1]
            try:
                for step in above:
                    socket.create_server((LOCAL, port + step)).close()
            except (OSError, OverflowError):
                continue
            return port
    raise AssertionError("no free ports")


def command(*arguments: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RIVTA_")}
    return subprocess.Popen(
        [sys.executable, "-m", "gateway.cli.main", "serve", "--log", "off", *arguments],
        cwd=ROOT, env={**environment, "PYTHONUTF8": "1"}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@contextmanager
def gateway(*arguments: str) -> "Iterator[tuple[subprocess.Popen[str], list[str]]]":
    """A gateway, and what it has said when it is ready; its admin listener's line comes second."""
    process = command(*arguments)
    assert process.stdout is not None
    try:
        said = [process.stdout.readline()]
        assert said[0].startswith(READY), process.communicate()
        yield process, said
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)


def get(port: int, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(LOCAL, port, timeout=SECONDS)
    try:
        connection.request(method, path, body, {"x-vp-sender-id": SENDER, "x-vp-instance-id": PLATFORM})
        answered = connection.getresponse()
        return answered.status, answered.read()
    finally:
        connection.close()


def test_the_pages_are_on_the_port_nine_above() -> None:
    port = free_ports(9)
    with gateway("--port", str(port)) as (process, _):
        assert process.stdout is not None
        assert process.stdout.readline() == f"rivta: status, metrics and reload at http://{LOCAL}:{port + 9}\n"
        status = json.loads(get(port + 9, "/status")[1])
        assert status["Endpoints"] == [f"http://{LOCAL}:{port}/vp"]
        assert status["TakCacheInitialized"] == "true"
        assert [get(port + 9, path)[0] for path in ("/livez", "/readyz", "/actuator/health", "/resetcache")] == [
            200
        ] * 4
        assert [get(port, path) for path in ("/livez", "/readyz")] == [(200, b"ok\n")] * 2
        assert get(port, "/status")[0] == get(port, "/metrics")[0] == 500  # calls without a message
        assert get(port + 9, "/status", "POST", b"")[0] == 405
        assert get(port + 9, "/vp")[0] == 404


def test_metrics_of_calls_that_were_made() -> None:
    port = free_ports(9)
    with gateway("--port", str(port), "--producer-port-offset", "20000", "--producer-timeout", "2"):
        assert get(port, "/vp", "POST", question(address="SE2321000065-RIVTA07"))[0] == 500  # nobody listens there
        assert get(port, "/vp", "POST", question(person="194103149805"))[0] == 200
        text = get(port + 9, "/metrics")[1].decode()
    found = {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    contract = "urn:riv:coreprocess:planning:coordinatedplanning:GetFixedContactsResponder:1"
    assert found["rivta_requests_total", contract, "GetFixedContacts", "refused"] == 1
    assert found["rivta_requests_total", contract, "GetFixedContacts", "ok"] == 1
    assert found["rivta_faults_total", "VP009", contract] == 1
    spoken = "urn:riv:coreprocess:residentparticipation:residentparticipation:GetCareManagersResponder:1"
    assert found["rivta_producer_duration_seconds_count", spoken, "SE2321000065-RIVTA07"] >= 1
    assert found["rivta_aggregation_sources_total", "refused"] >= 1
    assert found[("rivta_contracts_loaded",)] == len(list((ROOT / "contracts").glob("*.toml")))
    assert found[("rivta_routes",)] > 100
    assert found[("rivta_engagements",)] > 1000
    assert found[("rivta_calls_under_way",)] == 0
    assert "194103149805" not in text


def test_another_port_or_none() -> None:
    port, other = free_ports(9), free_ports()
    with gateway("--port", str(port), "--admin-port", str(other)):
        assert get(other, "/livez")[0] == 200
        with pytest.raises(ConnectionRefusedError):
            get(port + 9, "/livez")
    with gateway("--port", str(port), "--admin-port", "0") as (process, _):
        with pytest.raises(ConnectionRefusedError):
            get(port + 9, "/livez")
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=SECONDS) == ("", "")


def test_a_port_that_nobody_asked_for_may_be_taken() -> None:
    """Two gateways on one machine do not get into each other's way by accident."""
    port = free_ports(9)
    with socket.create_server((LOCAL, port + 9)), gateway("--port", str(port)) as (process, _):
        assert get(port, "/livez")[0] == 200
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=SECONDS)
        assert errors.startswith(f"rivta: no status, metrics and reload: cannot listen on {LOCAL}:{port + 9}")


def test_a_port_that_was_asked_for_must_be_free() -> None:
    port = free_ports()
    with socket.create_server((LOCAL, 0)) as taken:
        number = taken.getsockname()[1]
        process = command("--port", str(port), "--admin-port", str(number))
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert f"cannot listen on {LOCAL}:{number}" in errors


def test_of_several_workers_the_first_has_the_pages() -> None:
    port = free_ports(9)
    with gateway("--port", str(port), "--workers", "2") as (process, _):
        assert process.stdout is not None
        said = {process.stdout.readline() for _ in range(2)}
        assert sum(line.startswith("rivta: status, metrics and reload at") for line in said) == 1
        assert get(port + 9, "/readyz")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=SECONDS)[1] == ""


def test_a_gateway_that_stops_says_so_until_its_calls_are_done() -> None:
    """The admin listener outlives the calls under way, so that whoever watches sees them end."""
    port = free_ports(9)
    with (
        producer() as (listener, offset),
        gateway("--port", str(port), "--producer-port-offset", str(offset)) as (process, _),
        ThreadPoolExecutor() as pool,
    ):
        call = pool.submit(get, port, "/vp", "POST", question(address=STOCKHOLM))
        connection, _ = listener.accept()
        with connection:
            assert b"rivta_calls_under_way 1.0" in get(port + 9, "/metrics")[1]
            assert get(port + 9, "/readyz")[0] == 200
            process.send_signal(signal.SIGTERM)
            assert until_stopping(port + 9) == (503, "OUT_OF_SERVICE")
            assert get(port + 9, "/livez")[0] == 200
            assert process.poll() is None
        assert call.result(SECONDS)[0] == 500  # VP009: the producer has closed
        assert process.wait(SECONDS) == 0


@contextmanager
def producer() -> "Iterator[tuple[socket.socket, int]]":
    """A socket in the place of a producer, and the offset that leads to it."""
    for number in range(20000, 59000, 500):
        try:
            listener = socket.create_server((LOCAL, number))
        except OSError:
            continue
        with listener:
            listener.settimeout(SECONDS)
            yield listener, number - STOCKHOLMS_PORT
        return
    raise AssertionError("no free port")


def until_stopping(port: int) -> tuple[int, str]:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        code, body = get(port, "/readyz")
        if code != http.client.OK:
            break
        time.sleep(0.02)
    return code, json.loads(body)["status"]
