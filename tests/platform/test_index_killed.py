"""``kill -9`` while Updates come in: every acknowledged one is there afterwards."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_samples import ROOT
from index_samples import found, question, transaction, update

from gateway.storage.direct import Database

pytestmark = [pytest.mark.sockets, pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")]

THREADS, UPDATES, KILLED_AFTER = 4, 1000, 300
OK = b"<ns2:ResultCode>OK</ns2:ResultCode>"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def post(connection: http.client.HTTPConnection, body: bytes) -> bytes:
    headers = {"x-vp-sender-id": "SE0000000001-RIVTALEV", "x-vp-instance-id": "rivta-gateway"}
    connection.request("POST", "/vp", body, {**headers, "content-type": "text/xml; charset=UTF-8"})
    return connection.getresponse().read()


@contextlib.contextmanager
def gateway(url: str, port: int, mode: str, log: Path, data: Path) -> "Iterator[subprocess.Popen[bytes]]":
    command = [sys.executable, "-m", "gateway.cli.main", "serve", "--log", "off", "--mode", mode]
    command += ["--port", str(port), "--admin-port", "0"]
    environment = {**os.environ, "RIVTA_DATABASE_URL": url, "RIVTA_DATA": str(data)}
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)
    try:
        end = time.monotonic() + 30
        while b"gateway at" not in log.read_bytes():
            assert time.monotonic() < end, log.read_text("utf-8")
            assert process.poll() is None, log.read_text("utf-8")
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait(10)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for name in ("contracts", "wsdl", "xsd", "routing"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "fixtures").mkdir()
    (folder / "fixtures" / "engagements.csv").write_text(
        (ROOT / "fixtures" / "engagements.csv").read_text("utf-8").partition("\n")[0] + "\n", "utf-8"
    )
    return folder


def person(number: int) -> str:
    return f"1912{number:08d}"


class Senders:
    """Source systems that send one Update after the other until there is no gateway any more.

    Attributes:
        acknowledged: numbers of the Updates that were answered OK.
    """

    def __init__(self, port: int) -> None:
        self.acknowledged: list[int] = []
        self._port = port
        self._threads = [threading.Thread(target=self._send, args=(first,)) for first in range(THREADS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)

    def _send(self, first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with contextlib.suppress(OSError, http.client.HTTPException):
            for number in range(first, UPDATES, THREADS):
                message = update(transaction(registeredResidentIdentification=person(number)))
                if OK in post(connection, message):
                    self.acknowledged.append(number)
        connection.close()


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_every_acknowledged_update_is_there_afterwards(
    database_url: str, tmp_path: Path, data: Path, mode: str
) -> None:
    """In national mode they are acknowledged before they are carried out; the next start does that."""
    port, log = free_port(), tmp_path / "log.txt"
    with gateway(database_url, port, mode, log, data) as process:
        senders = Senders(port)
        senders.start()
        end = time.monotonic() + 60
        while len(senders.acknowledged) < KILLED_AFTER:
            assert time.monotonic() < end, senders.acknowledged
            time.sleep(0.001)
        os.kill(process.pid, signal.SIGKILL)
        senders.join()
    acknowledged = set(senders.acknowledged)
    assert KILLED_AFTER <= len(acknowledged) < UPDATES, "it was killed while Updates came in"
    with gateway(database_url, port, "strict", log, data):
        database = Database(database_url)
        try:
            end = time.monotonic() + 30
            while database.query("SELECT count(*) FROM engagement_inbox") != [(0,)]:
                assert time.monotonic() < end
                time.sleep(0.05)
            rows = database.query("SELECT registered_resident_identification FROM engagement")
        finally:
            database.close()
        kept = {str(row[0]) for row in rows}
        assert {person(number) for number in acknowledged} <= kept
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        (hit,) = found(post(connection, question(person(min(acknowledged)))))
        connection.close()
        assert hit["sourceSystem"] == "SE-KÄLLA"
