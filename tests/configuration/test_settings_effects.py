"""Settings with a national name change what the gateway does, where no other test shows it already."""

import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway_parts import bench
from gateway_samples import PLATFORM, ROOT, headers, permission, question, request, route

from gateway.cli import serve as serving
from gateway.http import compose as composing
from gateway.http import server as http_server
from gateway.http.admin import _endpoints
from gateway.http.client import HttpClient
from gateway.http.compose import compose
from gateway.observe.log import writer
from gateway.router.producer import ProducerAnswer
from gateway.router.timeouts import Timeouts
from gateway.settings import Settings

RECEIVER, CONTRACT, ADDRESS = "SE2321000016-RIVTA01", "GetFixedContacts", "http://producent.test/vp"
QUESTION = question(CONTRACT, RECEIVER)
CATALOGUE = ([route(RECEIVER, CONTRACT, ADDRESS)], [permission(RECEIVER, CONTRACT)])
EVENTS = ("req-in", "req-out", "resp-in", "resp-out")


def test_the_instances_name_is_in_faults() -> None:
    """National VP: ``VP004 [vp.instance.name] …``."""
    assert b"VP004 [Pr\xc3\xb6va] " in bench(instance_name="Pröva").handle(request(QUESTION)).body


class _Listening:
    """What ``rivta serve`` listens on, without doing so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.places: list[tuple[str, int]] = []
        self.sockets: list[socket.socket] = []
        monkeypatch.setattr(http_server, "listen", self.listen)
        monkeypatch.setattr(http_server, "serve", lambda *_, **__: None)

    def listen(self, host: str, port: int, *, shared: bool = False) -> socket.socket:
        self.places.append((host, port))
        self.sockets.append(socket.socket())
        return self.sockets[-1]

    def by(self, **given: Any) -> set[tuple[str, int]]:
        serving._serve(Settings(log="off", **given), shared=False)
        return set(self.places)


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Listening]:
    found = _Listening(monkeypatch)
    yield found
    for each in found.sockets:
        each.close()


def certificates(folder: Path) -> dict[str, str]:
    from gateway.cli.testca import TestCa

    ca = TestCa(1, ())
    (folder / "ca.pem").write_text(ca.pem, "ascii")
    for name, text in zip(("cert.pem", "cert.key"), ca.server(), strict=True):
        (folder / name).write_text(text, "ascii")
    names = {"tls_certificate": "cert.pem", "tls_key": "cert.key", "tls_client_ca": "ca.pem"}
    return {name: str(folder / file) for name, file in names.items()}


def test_where_the_gateway_listens(listening: _Listening, tmp_path: Path) -> None:
    given = {"host": "127.0.0.2", "port": 8181, "tls_port": 8444, "admin_port": 0, **certificates(tmp_path)}
    assert listening.by(**given) == {("127.0.0.2", 8181), ("127.0.0.2", 8444)}
    listening.places.clear()
    assert listening.by(**given, tls_host="127.0.0.3") == {("127.0.0.2", 8181), ("127.0.0.3", 8444)}


def test_where_the_admin_pages_are(listening: _Listening) -> None:
    assert listening.by(admin_host="127.0.0.4", admin_port=1080) == {("127.0.0.1", 8080), ("127.0.0.4", 1080)}


def test_the_addresses_of_both_listeners_are_on_the_status_page() -> None:
    assert _endpoints(Settings(host="127.0.0.2")) == ["http://127.0.0.2:8080/vp"]
    assert _endpoints(Settings(tls_port=8444, tls_host="::1"))[1] == "https://[::1]:8444/vp"
    assert _endpoints(Settings(tls_port=8444, host="127.0.0.2"))[1] == "https://127.0.0.2:8444/vp"


def test_more_processes_when_the_settings_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From a file, too; a process that another has started starts none of its own."""
    started: list[int] = []
    monkeypatch.setattr(serving, "_supervise", lambda workers: started.append(workers) or 0)
    monkeypatch.setattr(serving, "_serve", lambda settings, *, shared: started.append(-1) or 0)
    path = tmp_path / "rivta.toml"
    path.write_text("workers = 3\n", "utf-8")
    command = serving.command.main
    command(["--config", str(path)], standalone_mode=False)
    command(["--config", str(path), "--workers", "1"], standalone_mode=False)
    command(["--config", str(path), "--shared"], standalone_mode=False)
    assert started == [3, -1, -1]


def logged(monkeypatch: pytest.MonkeyPatch, message: bytes = QUESTION, **given: Any) -> list[dict[str, Any]]:
    """The log's lines of one call that a producer answers."""
    file = io.BytesIO()
    monkeypatch.setattr(composing, "writer", lambda _: writer("json", file))
    made = bench(*CATALOGUE)
    log, _, batch = composing._writers(Settings(**given), made.router.events)
    made.handle(request(message))
    batch.flush()
    assert log is not None
    log.flush()
    return [json.loads(line) for line in file.getvalue().splitlines()]


def test_the_services_name_is_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """National VP: camel.springboot.name."""
    assert {row["service.name"] for row in logged(monkeypatch, service_name='Plattan "å"')} == {'Plattan "å"'}


@pytest.mark.parametrize(
    ("given", "message", "written"),
    [
        ({}, QUESTION, EVENTS),
        ({"log_events": ("resp-out", "req-in", "req-in")}, QUESTION, ("req-in", "resp-out")),
        ({"log_events": ("error",)}, QUESTION, ()),
        ({"log_events": ("error",)}, b"<a", ("error",)),
        ({"log_events": ()}, b"<a", ()),
        ({"log": "error"}, b"<a", ("error",)),
        ({"log": "error", "log_events": EVENTS}, b"<a", ()),
    ],
)
def test_only_the_events_that_are_named_are_written(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], message: bytes, written: tuple[str, ...]
) -> None:
    """National VP: the loggers se.skl.tp.vp.logging.req.in and so on are switched on and off one by one."""
    assert tuple(row["event.action"] for row in logged(monkeypatch, message, **given)) == written


def sent(more: dict[str, str] | None = None, **given: Any) -> dict[str, str]:
    """The headers that a producer gets."""
    made = bench(*CATALOGUE, **given)
    made.handle(request(QUESTION, headers(**(more or {}))))
    return {name.decode(): value.decode("latin-1") for name, value in made.client.sent[0].headers}


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_headers_for_producers_are_filtered_by_settings(mode: str) -> None:
    """National VP: headers.reg.exp.requestHeadersToRemove and …ToKeep."""
    mine = {"x-egen-ett": "1", "x-egen-tva": "2", "x-forwarded-for": "127.0.0.1"}
    assert {"x-egen-ett", "x-egen-tva"} <= set(sent(mine, mode=mode))
    assert "x-forwarded-for" not in sent(mine, mode=mode)
    given = {"request_headers_removed": "X-EGEN-.*", "request_headers_kept": "x-egen-tva"}
    changed = sent(mine, mode=mode, **given)
    assert "x-egen-ett" not in changed
    assert (changed["x-egen-tva"], changed["x-forwarded-for"]) == ("2", "127.0.0.1")
    assert changed["x-vp-instance-id"] == PLATFORM


def test_no_setting_forwards_what_the_platform_sets_itself() -> None:
    given = {"request_headers_removed": "", "request_headers_kept": ".*"}
    made = bench(*CATALOGUE, **given)
    made.handle(request(QUESTION))
    for name in ("x-vp-sender-id", "x-vp-instance-id", "x-skltp-correlation-id", "content-type"):
        assert len(made.client.sent[0].header(name)) == 1, name
    assert made.client.sent[0].header("host") == []


def test_headers_for_consumers_are_filtered_by_settings() -> None:
    """National VP: headers.reg.exp.responseHeadersToRemove and …ToKeep."""
    back = [(b"content-type", b"text/xml"), (b"soapaction", b"a"), (b"x-egen-ett", b"1"), (b"x-egen-tva", b"2")]
    answers: dict[str, Any] = {ADDRESS: ProducerAnswer(200, back, b"<answer/>")}

    def names(**given: Any) -> set[str]:
        answer = bench(*CATALOGUE, answers, **given).handle(request(QUESTION))
        return {name.decode() for name, _ in answer.headers}

    assert names() >= {"x-egen-ett", "x-egen-tva"}
    assert "soapaction" not in names()
    changed = names(answer_headers_removed="x-EGEN-.*", answer_headers_kept="X-egen-tva")
    assert changed >= {"soapaction", "x-egen-tva"}
    assert "x-egen-ett" not in changed


def test_what_producers_are_told_by_a_gateway() -> None:
    """National VP: vp.header.user.agent and vp.header.content.type."""
    given = {"producer_user_agent": "Provning/1.0", "producer_content_type": "text/xml;charset=utf-8"}
    assert b"user-agent: Provning/1.0\r\n" in HttpClient.of(Settings(**given))._own
    assert b"user-agent: SKLTP VP/4.3.x\r\n" in HttpClient.of(Settings(mode="national"))._own
    assert sent(**given, mode="national")["content-type"] == "text/xml;charset=utf-8"


def test_how_connections_to_producers_are_used() -> None:
    """National VP: producer.http.keepAlive and producer.http.disconnect."""
    assert b"connection: keep-alive\r\n" in HttpClient.of(Settings())._own
    client = HttpClient.of(Settings(producer_keep_alive=False, producer_chunked=True, connect_timeout=3.5))
    assert b"connection: close\r\n" in client._own
    assert (client._keep_alive, client._chunked, client._connect_timeout) == (False, True, 3.5)


def test_a_national_timeout_file_counts(tmp_path: Path) -> None:
    """National VP: timeout.json.file."""
    path = tmp_path / "timeoutconfig.json"
    urn = "urn:riv:prov:GetTingResponder:1"
    rows = [{"tjanstekontrakt": "default_timeouts", "producertimeout": 4000}]
    path.write_text(json.dumps([*rows, {"tjanstekontrakt": urn, "producertimeout": 460}]), "utf-8")
    found = Timeouts.of(Settings(timeout_file=str(path)))
    assert (found(urn), found("urn:riv:prov:GetAnnatResponder:1")) == (0.46, 4.0)


def test_how_large_messages_may_be() -> None:
    """National VP: vp.max.receive.length counts in both directions."""
    gateway = compose(Settings(log="off", max_message_bytes=2048), ROOT)
    assert gateway.server.limits.body == 2048
    assert HttpClient.of(Settings(max_message_bytes=2048))._max == 2048
