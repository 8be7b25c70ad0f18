"""``rivta certs`` and ``rivta serve`` together: both listeners of one process, with the project's own data."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gateway_samples import fault_of, question

pytestmark = pytest.mark.sockets
NPO = "SE5565594230-RIVTANPO"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@contextmanager
def serving(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """``rivta serve`` until the end."""
    command = [sys.executable, "-m", "gateway.cli.main", "serve", "--log", "error", "--log-format", "json", *arguments]
    environment = {**os.environ, "RIVTA_ADMIN_PORT": "0", "PYTHONUTF8": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)


def ask(port: int, context: ssl.SSLContext | None, body: bytes) -> bytes:
    """A POST; what comes back. Waits until the port is open."""
    head = b"POST /vp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    end = time.monotonic() + 20
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), 5)
            break
        except OSError:
            assert time.monotonic() < end, "the gateway does not come up"
            time.sleep(0.05)
    secured = context.wrap_socket(connection, server_hostname="localhost") if context else connection
    with secured:
        secured.sendall(head + body)
        found = b""
        while part := secured.recv(65_536):
            found += part
    return found


def test_both_listeners(tmp_path: Path) -> None:
    made = [sys.executable, "-m", "gateway.cli.main", "certs", str(tmp_path), "--client", NPO]
    subprocess.run(made, check=True, capture_output=True)
    plain, secured = free_port(), free_port()
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    context.load_cert_chain(tmp_path / f"client-{NPO}.pem", tmp_path / f"client-{NPO}.key")
    config = ("--config", str(tmp_path / "gateway.toml"))
    with serving(*config, "--port", str(plain), "--tls-port", str(secured)) as process:
        body = question("GetFixedContacts", "SE0000000000-INGEN")
        over_tls, without = ask(secured, context, body), ask(plain, None, body)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        with pytest.raises(ssl.SSLError):
            ask(secured, ssl.create_default_context(cafile=str(tmp_path / "ca.pem")), body)
        while "tls-handshake" not in lines[-1]:
            lines.append(process.stdout.readline())
    assert fault_of(over_tls.partition(b"\r\n\r\n")[2])[1].startswith("VP004 ")
    assert fault_of(without.partition(b"\r\n\r\n")[2])[1].startswith("VP002 ")
    assert lines[1] == f"rivta: with client certificate at https://127.0.0.1:{secured}\n"
    told = json.loads(lines[-1])
    assert (told["event.action"], told["error.code"]) == ("tls-handshake-failed", "PEER_DID_NOT_RETURN_A_CERTIFICATE")


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("tls_port = 8443\n", ":1: tls_port is set, but not tls_certificate, tls_key, tls_client_ca; try: rivta certs"),
        ('tls_port = 8443\ntls_certificate = "x"\ntls_key = "y"\ntls_client_ca = "z"\n', "x: no such file"),
        ('producer_tls_ca = "/finns/inte.pem"\n', "/finns/inte.pem: no such file"),
        ('allowed_ips = ["10."]\n', "allowed_ips: "),
        ('sender_id_pattern = "("\n', ":1: sender_id_pattern is '(', no regular expression"),
    ],
)
def test_what_stops_the_start(tmp_path: Path, config: str, told: str) -> None:
    """One line on standard error, exit code 2."""
    path = tmp_path / "gateway.toml"
    path.write_text(config, "utf-8")
    command = [sys.executable, "-m", "gateway.cli.main", "serve", "--config", str(path), "--port", str(free_port())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
