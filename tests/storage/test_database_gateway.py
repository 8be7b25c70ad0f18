"""A running gateway whose catalogue is in the database: changes at once, and what it does without the database."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from catalogue_parts import CONTRACT, catalogue, empty, publish, units
from gateway_samples import ROOT
from postgres_cluster import Cluster, PostgreSQL, cluster

from gateway.soap import ns

pytestmark = pytest.mark.sockets

SENDER = "SE1-KONSUMENT"
SECOND = 2.0  # one, and one for a machine that is busy with other tests
PATIENCE = 30.0


@dataclass
class Running:
    """A gateway in a process of its own."""

    port: int
    admin: int
    log: Path

    def fault(self, receiver: str) -> str:
        """The code that a call to an address ends with: VP004 without a route, VP009 with one that leads nowhere."""
        message = (
            f'<e:Envelope xmlns:e="{ns.SOAP11}"><e:Header><LogicalAddress xmlns="{ns.REGISTRY}">{receiver}'
            f'</LogicalAddress></e:Header><e:Body><Fråga xmlns="{CONTRACT}"/></e:Body></e:Envelope>'
        )
        headers = {
            "x-vp-sender-id": SENDER,
            "x-vp-instance-id": "rivta-gateway",
            "Content-Type": "text/xml; charset=utf-8",
        }
        return self.fetch("POST", "/vp", message.encode(), headers)[1].partition("<faultstring>")[2][:5]

    def ready(self) -> tuple[int, str]:
        """What the probe says."""
        return self.fetch("GET", "/readyz")

    def fetch(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, *, admin: bool = False
    ) -> tuple[int, str]:
        """Status and text of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin if admin else self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def lines(self, text: str) -> int:
        """In how many lines of the log a text is."""
        return sum(text in line for line in self.log.read_text("utf-8").splitlines())

    def until_line(self, text: str, count: int = 1) -> None:
        end = time.monotonic() + PATIENCE
        while self.lines(text) < count:
            assert time.monotonic() < end, self.log.read_text("utf-8")
            time.sleep(0.05)

    def until_fault(self, receiver: str, code: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (found := self.fault(receiver)) != code:
            assert time.monotonic() < end, (found, self.log.read_text("utf-8"))
            time.sleep(0.02)


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


@contextmanager
def gateway(url: str, folder: Path, **settings: str) -> Iterator[Running]:
    """``rivta serve`` on a database."""
    port, admin = free_ports()
    log = folder / f"{port}.log"
    command = [sys.executable, "-m", "gateway.cli.main", "serve", "--log", "off"]
    command += ["--port", str(port), "--admin-port", str(admin)]
    environment = {**os.environ, "RIVTA_DATABASE_URL": url, **settings}
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)
    found = Running(port, admin, log)
    try:
        found.until_line("status, metrics and reload at")
        yield found
    finally:
        process.terminate()
        assert process.wait(15) == 0


@pytest.fixture
def own_server(postgres: PostgreSQL) -> Iterator[Cluster]:
    """A server that may be stopped."""
    if postgres.cluster is None:
        pytest.skip("the server that RIVTA_TEST_POSTGRES names is not ours to stop")
    with cluster() as server:
        yield server


def test_a_publication_is_in_use_within_a_second(database_url: str, tmp_path: Path) -> None:
    """Two gateways on one database, and the first publication of all."""
    empty(database_url)
    with gateway(database_url, tmp_path) as one, gateway(database_url, tmp_path) as other:
        assert one.lines(f"catalogue from {ROOT}") == 1
        for version, receiver in enumerate(("SE-FÖRST", "SE-SEDAN"), 1):
            assert one.fault(receiver) == "VP004"
            publish(database_url, version, catalogue(receiver=receiver))
            one.until_fault(receiver, "VP009", SECOND)
            other.until_fault(receiver, "VP009", SECOND)
        assert one.fault("SE-FÖRST") == "VP004"
        one.until_line("rivta: reloaded: 1 routes, 1 permissions", 2)


def test_the_start_tells_where_the_catalogue_comes_from(database_url: str, tmp_path: Path) -> None:
    publish(database_url, 17, catalogue())
    with gateway(database_url, tmp_path) as running:
        assert running.lines("1 routes, 1 permissions,") == 1
        assert running.lines("catalogue from publication 17 in ") == 1
        assert running.fault("SE2321000016-ÅRE") == "VP009"
        assert running.ready() == (200, "ok\n")


def test_the_tree_of_the_database_is_climbed(database_url: str, tmp_path: Path) -> None:
    publish(database_url, 1, catalogue(receiver="SE1"))
    with gateway(database_url, tmp_path) as running:
        assert running.fault("SE2") == "VP004"
        units(database_url, [("ou=1", "SE1", "SE", "Överst"), ("ou=2,ou=1", "SE2", "SE1", "Under")])
        running.until_fault("SE2", "VP009", SECOND)


def test_nothing_published_where_it_has_to_be_stops_the_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'rivta.sqlite3'}"
    environment = {**os.environ, "RIVTA_DATABASE_URL": url, "RIVTA_CATALOGUE": "database"}
    command = [sys.executable, "-m", "gateway.cli.main", "serve", "--port", str(free_ports()[0])]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stderr == (
        f"rivta: database: {url} holds no publication; see rivta tak publish, or set catalogue to auto or files\n"
    )


def test_a_database_that_is_down_at_the_start(own_server: Cluster, tmp_path: Path) -> None:
    """The files are in use, the probe says not ready, and when the database answers all is well."""
    url = own_server.url()
    publish(url, 3, catalogue())
    own_server.stop()
    with gateway(url, tmp_path) as running:
        assert running.lines(f"catalogue from {ROOT / 'routing'}") == 1
        assert running.lines("VARNING: databasen går inte att nå: ") == 1
        assert running.lines("WARNING: the database cannot be reached: ") == 1
        assert running.ready() == (503, f"not ready: the database cannot be reached; in use: {ROOT / 'routing'}\n")
        assert running.fetch("GET", "/livez") == (200, "ok\n")
        code, health = running.fetch("GET", "/readyz", admin=True)
        assert (code, '"db":{"status":"DOWN","details":{"error":"postgresql://' in health) == (503, True)
        assert running.fault("PRODUCER-NOT-AVAILABLE") == "VP004"  # this contract is not in the files
        own_server.start()
        running.until_fault("SE2321000016-Åre", "VP009", PATIENCE)
        assert running.ready() == (200, "ok\n")
        assert running.fetch("GET", "/readyz", admin=True)[0] == 200


def test_the_last_good_copy_outlives_the_database(own_server: Cluster, tmp_path: Path) -> None:
    url = own_server.url()
    publish(url, 3, catalogue())
    with gateway(url, tmp_path):
        pass
    own_server.stop()
    with gateway(url, tmp_path) as running:
        assert running.lines("catalogue from publication 3 in the last good copy, ") == 1
        assert running.fault("SE2321000016-Åre") == "VP009"
        assert running.ready()[0] == 503


def test_a_database_that_is_lost_in_flight(own_server: Cluster, tmp_path: Path) -> None:
    url = own_server.url()
    publish(url, 1, catalogue())
    with gateway(url, tmp_path) as running:
        assert running.fault("SE2321000016-Åre") == "VP009"
        own_server.stop()
        running.until_line("rivta: the database is lost, what was read from it stays: ")
        assert running.fault("SE2321000016-Åre") == "VP009"
        assert running.ready() == (200, "ok\n")
        assert "Failed to get virtualizations" in running.fetch("GET", "/resetcache", admin=True)[1]
        assert running.fault("SE2321000016-Åre") == "VP009"
        own_server.start()
        running.until_line("rivta: the database answers: ")
        publish(url, 2, catalogue(receiver="SE-NY"))
        running.until_fault("SE-NY", "VP009", PATIENCE)


def test_two_folders_of_data_do_not_share_what_is_published(tmp_path: Path) -> None:
    """The file that is used when nobody names a database belongs to the data folder."""
    from gateway.settings import Settings
    from gateway.storage import place

    publish(place.database_url(Settings()), 1, catalogue())
    for name in ("contracts", "wsdl", "xsd", "routing", "fixtures"):
        (tmp_path / name).symlink_to(ROOT / name)
    with gateway("", tmp_path) as ours, gateway("", tmp_path, RIVTA_DATA=str(tmp_path)) as theirs:
        assert (ours.fault("SE2321000016-Åre"), theirs.fault("SE2321000016-Åre")) == ("VP009", "VP004")
