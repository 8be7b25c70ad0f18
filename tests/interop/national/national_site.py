"""The gateways of this folder's tests, what they are configured with, and how a call is made and observed."""

import http.client
import itertools
import json
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interop_site import PATIENCE, ROOT, Log, clean_environment, free_port, rivta
from lxml import etree
from national_catalogue import OTHER, SENDER, TREE, Peers, data_root, hsa_file
from national_certs import Certificates
from national_messages import C1, C2, C4, message
from national_producer import ROW, Producer, Seen

from gateway.soap import ns

GATEWAY = "SE0000000001-PLATTFORM"  # in the gateways' own client certificate
INSTANCE, NAME = "prov-1", "Prov Nationell"
MAX_BYTES = 300_000
TIMEOUT, CONTRACT_TIMEOUT, RETRY_DELAY = 1.0, 0.2, 0.1
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def fault(self) -> tuple[str, str, str | None]:
        """faultcode, faultstring, detailString."""
        found = etree.fromstring(self.body).find(f".//{{{ns.SOAP11}}}Fault")
        assert found is not None, self.body
        return found.findtext("faultcode", ""), found.findtext("faultstring", ""), found.findtext("detail/detailString")


@dataclass(frozen=True)
class Exchange:
    """A call and what became of it."""

    answer: Answer
    seen: list[Seen]
    events: list[dict[str, Any]]

    @property
    def actions(self) -> list[str]:
        return [event["event.action"] for event in self.events]

    def event(self, action: str) -> dict[str, Any]:
        return next(event for event in self.events if event["event.action"] == action)


@dataclass
class Gateway:
    """A running gateway."""

    name: str
    port: int
    tls_port: int
    log: Log
    root: Path
    process: "subprocess.Popen[bytes]"

    @property
    def admin(self) -> int:
        return self.port + 9

    def events(self, trace: str) -> list[dict[str, Any]]:
        """The events of a call that has been answered. An error makes the gateway write all that waits."""
        request("127.0.0.1", self.port, "GET", "/vp", b"", {})
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            lines = [line for line in self.log.text().splitlines() if trace in line and line.startswith("{")]
            found = [event for event in map(json.loads, lines) if event["trace.id"] == trace]
            if any(event["event.action"] == "resp-out" for event in found):
                return found
            time.sleep(0.01)
        raise AssertionError(f"no resp-out of {trace} in the log of {self.name}")


@dataclass
class Site:
    """Gateways by name and the producers behind them."""

    peers: Peers
    gateways: dict[str, Gateway] = field(default_factory=dict)

    def ask(
        self,
        to: str = "ok",
        contract: str = C1,
        *,
        profile: str = "21",
        body: bytes | str | None = None,
        sender: str | None = SENDER,
        headers: Mapping[str, str] | None = None,
        gateway: str = "national",
        tls: str = "",
        method: str = "POST",
        path: str = "/vp",
        log: bool = False,
    ) -> Exchange:
        """A call.

        Args:
            to, contract, profile: of an ordinary message.
            body: another message instead.
            sender: who calls by ``x-vp-sender-id``, as the platform itself; None for no such headers.
            headers: more.
            tls: the name of the client certificate, for the TLS listener; blank for the plain one.
            log: also wait for the log.
        """
        row = f"row-{next(_numbers)}"
        chosen = self.gateways[gateway]
        data = message(to, contract, profile=profile) if body is None else body
        sent = {ROW: row, "Content-Type": "text/xml; charset=UTF-8", "x-skltp-correlation-id": row}
        if sender is not None and not tls:
            sent |= {"x-vp-sender-id": sender, "x-vp-instance-id": INSTANCE}
        sent |= headers or {}
        sent = {name: value for name, value in sent.items() if value != NONE}
        context = self.peers.certificates.client_context(tls) if tls else None
        port = chosen.tls_port if tls else chosen.port
        answer = request(
            "127.0.0.1", port, method, path, data.encode() if isinstance(data, str) else data, sent, context
        )
        events = chosen.events(answer.headers["x-skltp-correlation-id"]) if log else []
        return Exchange(
            answer,
            [seen for each in (self.peers.plain, *self.peers.secure.values()) for seen in each.seen(row)],
            events,
        )


NONE = "\0"  # a header's value: leave it out


def request(
    host: str,
    port: int,
    method: str,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    context: ssl.SSLContext | None = None,
) -> Answer:
    """One request on a connection of its own."""
    connection: http.client.HTTPConnection
    if context is None:
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    else:
        connection = http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=context)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(body)
        found = connection.getresponse()
        return Answer(found.status, {name.lower(): value for name, value in found.getheaders()}, found.read())
    finally:
        connection.close()


def get(port: int, path: str, **headers: str) -> Answer:
    """A GET; ``_`` in a header's name is ``-``."""
    return request(
        "127.0.0.1", port, "GET", path, b"", {name.replace("_", "-"): value for name, value in headers.items()}
    )


def raw(port: int, data: bytes, *, until: float = 2.0) -> bytes:
    """Everything that is answered to some bytes until the connection ends or nothing more comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=until) as sock:
        sock.sendall(data)
        parts = []
        try:
            while part := sock.recv(65_536):
                parts.append(part)
                if _whole(b"".join(parts)):
                    break
        except TimeoutError:
            pass
    return b"".join(parts)


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def _whole(data: bytes) -> bool:
    head, found, body = data.removeprefix(CONTINUE).partition(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    ]
    return bool(found) and lengths != [] and len(body) >= lengths[0]


def _common(peers: Peers, folder: Path) -> dict[str, Any]:
    files = peers.certificates
    return {
        "mode": "national",
        "instance_id": INSTANCE,
        "instance_name": NAME,
        "log_format": "json",
        "max_message_bytes": MAX_BYTES,
        "producer_timeout": TIMEOUT,
        "producer_timeouts": [{"contract": C4, "seconds": CONTRACT_TIMEOUT}],
        "producer_retry_delay": RETRY_DELAY,
        "tls_certificate": files.server[0],
        "tls_key": files.server[1],
        "tls_client_ca": files.ca,
        "producer_tls_certificate": files.client(GATEWAY)[0],
        "producer_tls_key": files.client(GATEWAY)[1],
        "producer_tls_ca": files.ca,
        "hsa_files": [str(folder / "hsa.xml")],
    }


def _settings(peers: Peers) -> dict[str, dict[str, Any]]:
    national = {
        "allowed_ips": ["127.0.0.1", " 1.2.3.4 ", "5.6.7.8"],
        "sender_ids_allowed": [" SENDER1 ", OTHER],
        "refuse_original_consumer": True,
        "climb_routes_except": ["urn:riv:prov:undantag"],
        "climb_permissions_except": ["urn:riv:prov:undantag"],
        "producer_tls_overrides": [
            {"name": "suffix", "domain_suffix": "host", "port": peers.secure["by-suffix"].port, "maximum": "1.2"},
            {"name": "name", "domain_name": "LOCALHOST", "port": peers.secure["by-name"].port, "maximum": "1.2"},
        ],
    }
    other = {
        "allowed_ips": [],
        "sender_ids_allowed": [OTHER],
        "propagate_correlation_id_for_https": True,
        "climb_routes": False,
        "climb_permissions": False,
        "default_routing_delimiter": "#",
        "default_routing_contracts": [C2],
        "default_routing_senders": [SENDER],
        "producer_verify_host": True,
        "sender_id_pattern": "OU=([^,]+)",
    }
    strict = {**national, "mode": "strict", "allowed_ips": ["127.0.0.1"]}
    return {"national": national, "other": other, "strict": strict}


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """The producers and the gateways."""
    files = Certificates(folder)
    kinds = {"usual": "", "elsewhere": "elsewhere", "foreign": "foreign", "by-suffix": "", "by-name": ""}
    secure = {name: Producer(files.producer_context(kind)) for name, kind in kinds.items()}
    with socket.socket() as taken, ExitStack() as stack:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        peers = Peers(Producer(), secure, files, taken.getsockname()[1])
        site = Site(peers)
        hsa_file(folder / "hsa.xml", TREE)
        for name, own in _settings(peers).items():
            settings = {**_common(peers, folder), **own}
            site.gateways[name] = _start(name, settings, data_root(folder / name, peers), folder)
            stack.callback(_stop, site.gateways[name])
        for gateway in site.gateways.values():
            _await(gateway)
        yield site
    for producer in (peers.plain, *secure.values()):
        producer.close()


def _start(name: str, settings: dict[str, Any], root: Path, folder: Path) -> Gateway:
    port, tls_port = free_port(), free_port()
    path = folder / f"{name}.toml"
    values = {**settings, "port": port, "tls_port": tls_port}
    path.write_text("".join(f"{key} = {_toml(value)}\n" for key, value in values.items()), "utf-8")
    log = os.open(folder / f"{name}.log", os.O_RDWR | os.O_CREAT)
    process = subprocess.Popen(
        rivta("serve", "--config", str(path)),
        stdout=subprocess.PIPE, stderr=log, cwd=ROOT,
        env={**clean_environment(), "RIVTA_DATA": str(root), "RIVTA_LANG": "en", "XDG_STATE_HOME": str(root)},
    )  # fmt: skip
    return Gateway(name, port, tls_port, Log(log), root, process)


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_toml(each)}' for key, each in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)


def _await(gateway: Gateway) -> None:
    assert gateway.process.stdout is not None
    first = gateway.process.stdout.readline()
    assert b"gateway at http" in first, gateway.log.text()


def _stop(gateway: Gateway) -> None:
    gateway.process.send_signal(signal.SIGTERM)
    gateway.process.communicate(timeout=PATIENCE)
    os.close(gateway.log.descriptor)


def refused_start(root: Path) -> str:
    """What a gateway says that does not start."""
    found = subprocess.run(
        rivta("serve", "--port", str(free_port()), "--admin-port", "0"),
        cwd=ROOT, env={**clean_environment(), "RIVTA_DATA": str(root)}, capture_output=True, text=True,
        timeout=PATIENCE,
    )  # fmt: skip
    assert found.returncode != 0
    return found.stderr
