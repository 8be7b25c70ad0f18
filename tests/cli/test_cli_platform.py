"""``gateway.cli.platform``, ``run``, ``serve`` and ``demo``: processes started, watched and stopped, but none real."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cli_runs import rivta
from gateway_samples import ROOT, contracts

from gateway.cli import platform as module
from gateway.cli import run as running
from gateway.cli import serve as serving
from gateway.cli.platform import Platform, StartError, free_offset
from gateway.registry.catalogue import Producer
from gateway.settings import Settings

PRODUCERS = (
    Producer(logical_address="A", name="Norr", kind="stub", port=9101, records="a"),
    Producer(logical_address="M1", name="M1", kind="mock", port=9160, records="mocks"),
    Producer(logical_address="M2", name="M2", kind="mock", port=9160, records="mocks"),
    Producer(logical_address="K", name="Kronoberg", kind="pilot", port=9107, records="k"),
    Producer(logical_address="X", name="Ute", kind="external", port=443),
)


class Process:
    """Stands in for a process; ``ends`` is its exit code, None while it runs."""

    started: list["Process"]
    ends: dict[str, int] = {}  # noqa: RUF012
    stubborn = False

    def __init__(self, arguments: list[str], **options: Any) -> None:
        self.arguments, self.options, self.done = arguments[2:], options, list[str]()
        if options["stderr"] is not None:
            options["stderr"].write(b"rad\n" * 20 + b"sista ordet\n")
        Process.started.append(self)

    @property
    def name(self) -> str:
        return "pilot" if "kronoberg" in self.arguments[0] else self.arguments[1]

    def poll(self) -> int | None:
        return Process.ends.get(self.name)

    def terminate(self) -> None:
        self.done.append("terminate")

    def kill(self) -> None:
        self.done.append("kill")

    def wait(self, timeout: float | None = None) -> int:
        if Process.stubborn and timeout is not None:
            raise subprocess.TimeoutExpired("x", timeout)
        self.done.append("wait")
        return 0


class Probe:
    """Stands in for the connection that asks whether a part is ready."""

    asked: list[int]
    unready = 0

    def __init__(self, _: str, port: int, timeout: float) -> None:
        self.port = port

    def request(self, _: str, path: str) -> None:
        assert path == "/livez"
        Probe.asked.append(self.port)
        if Probe.unready > 0:
            Probe.unready -= 1
            raise ConnectionRefusedError

    def getresponse(self) -> Any:
        return type("Response", (), {"status": 200})

    def close(self) -> None:
        return


@pytest.fixture(autouse=True)
def _no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    Process.started, Process.ends, Process.stubborn = [], {}, False
    Probe.asked, Probe.unready = [], 0
    monkeypatch.setattr(module.subprocess, "Popen", Process)
    monkeypatch.setattr(module.http.client, "HTTPConnection", Probe)
    monkeypatch.setattr(module, "all_producers", lambda *_: PRODUCERS)
    monkeypatch.setattr(module, "_free", lambda _: True)


def test_every_part_is_started_and_asked_until_it_answers() -> None:
    Probe.unready = 3
    with Platform(8080, 100, gateway_flags=("--log", "off")) as platform:
        assert platform.url == "http://127.0.0.1:8080/vp"
        assert [each.arguments for each in Process.started] == [
            ["gateway.cli.main", "producers", "--producer-port-offset", "100", "--announce", platform.url],
            ["gateway.producers.kronoberg", "--port", "9207", "--announce", platform.url],
            ["gateway.cli.main", "serve", "--port", "8080", "--producer-port-offset", "100", "--log", "off"],
        ]
        assert Probe.asked == [9201] * 4 + [9207, 8080]
        assert set(platform.seconds) == {"producers", "pilot", "gateway"}
        assert all(0 <= seconds < 30 for seconds in platform.seconds.values())
    assert [each.done for each in Process.started] == [["terminate", "wait"]] * 3


def test_scenarios_go_to_all_who_have_them() -> None:
    with Platform(scenarios=Path("mina.toml")):
        stubs, pilot, gateway = (each.arguments for each in Process.started)
    assert stubs[-2:] == pilot[-2:] == ["--scenarios", "mina.toml"]
    assert "--scenarios" not in gateway


def test_all_go_by_the_settings_file_and_flags_count_more() -> None:
    with Platform(config=Path("min.toml"), gateway_flags=("--journal", "on")):
        started = [each.arguments for each in Process.started]
    assert all(("--config", "min.toml") in pairwise(each) for each in started)
    assert started[2][-2:] == ["--journal", "on"]


@pytest.mark.parametrize("shown", [True, False])
def test_the_gateways_log_may_be_shown(shown: bool) -> None:
    with Platform(show_gateway_log=shown):
        options = [each.options["stderr"] for each in Process.started]
    assert [each is None for each in options] == [False, False, shown]


@pytest.mark.parametrize("name", ["producers", "pilot", "serve"])
def test_a_part_that_dies_at_its_start_is_told_with_its_last_words(name: str) -> None:
    Process.ends = {name: 2}
    with pytest.raises(StartError, match="stopped at its start") as caught, Platform():
        raise AssertionError
    assert str(caught.value).endswith("sista ordet")
    assert len(str(caught.value).splitlines()) == 16
    assert all(each.done for each in Process.started)


def test_a_part_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_START_SECONDS", 0.05)
    Probe.unready = 10_000
    with pytest.raises(StartError, match=r"producers did not answer within 0.05 s"), Platform():
        raise AssertionError
    assert all(each.done for each in Process.started)


def test_a_part_that_does_not_stop_is_killed() -> None:
    with Platform():
        Process.stubborn = True
    assert [each.done for each in Process.started] == [["terminate", "kill", "wait"]] * 3


def test_a_taken_port_stops_the_start_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_free", lambda port: port != 9160)
    with pytest.raises(StartError, match=r"port 9160 on 127.0.0.1 is taken.*--producer-port-offset"), Platform():
        raise AssertionError
    assert Process.started == []


def test_it_waits_until_a_part_ends() -> None:
    with Platform() as platform:
        Process.ends = {"pilot": 1}
        assert platform.wait().splitlines()[0] == "pilot stopped:"


def test_the_first_offset_where_every_port_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = {9101, 9607, 9080}
    monkeypatch.setattr(module, "_free", lambda port: port not in taken)
    assert free_offset(8080, PRODUCERS) == 1500
    taken.clear()
    assert free_offset(8080, PRODUCERS) == 0


def test_a_producer_of_somebody_else_needs_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_free", lambda port: port != 443)
    assert free_offset(8080, PRODUCERS) == 0


def test_no_offset_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_free", lambda _: False)
    with pytest.raises(StartError, match="no free range of ports"):
        free_offset(8080, PRODUCERS)


def test_run_prints_where_everything_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.signal, "signal", lambda *_: None)
    monkeypatch.setattr(module.Platform, "wait", lambda _: "gateway stopped:\noj")
    found = rivta(capsys, "run", "--port", "8090", "--producer-port-offset", "10", "--quiet", "--lang", "en")
    assert found.code == 1
    assert "http://127.0.0.1:8090/vp" in found.out
    for line in ("http://127.0.0.1:9111  Norr", "http://127.0.0.1:9170  National mocks", "curl -s", "rivta call"):
        assert line in found.out
    assert found.out.count("9170") == 1
    assert found.err == "gateway stopped:\noj\n"


def test_the_line_to_paste_names_a_message_that_exists(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.signal, "signal", lambda *_: None)
    monkeypatch.setattr(module.Platform, "wait", lambda _: "")
    monkeypatch.chdir(ROOT)
    out = rivta(capsys, "run").out
    (name,) = [word[1:] for word in out.split() if word.startswith("@")]
    assert (ROOT / name).is_file()
    assert "--url" not in out


def test_run_as_data(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.signal, "signal", lambda *_: None)
    monkeypatch.setattr(module.Platform, "wait", lambda _: "")
    found = json.loads(rivta(capsys, "run", "--format", "json", "--producer-port-offset", "10").out)
    assert found["gateway"] == "http://127.0.0.1:8080/vp"
    assert found["producers"]["A"] == "http://127.0.0.1:9111"


def test_run_ends_quietly_with_ctrl_c(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Platform) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(running.signal, "signal", lambda *_: None)
    monkeypatch.setattr(module.Platform, "wait", interrupted)
    found = rivta(capsys, "run")
    assert (found.code, found.err) == (0, "Stoppad.\n")
    assert all(each.done for each in Process.started)


@pytest.mark.parametrize("command", ["run", "demo"])
def test_a_failed_start_is_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(running.signal, "signal", lambda *_: None)
    Process.ends = {"serve": 2}
    found = rivta(capsys, command)
    assert found.code == 2
    assert "gateway stopped at its start" in found.err


def test_the_demo_about_somebody_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    found = rivta(capsys, "demo", "--patient", "190001010000")
    assert found.code == 2
    assert "190001010000 is not in fixtures/persons.csv" in found.err


class Worker:
    """A worker process: runs for some looks, then ends with a code."""

    made: list["Worker"]

    def __init__(self, arguments: list[str]) -> None:
        self.arguments, self.stopped = arguments, False
        self.looks, self.code = (3, 5) if len(Worker.made) == 1 else (10_000, 0)
        Worker.made.append(self)

    def poll(self) -> int | None:
        self.looks -= 1
        return self.code if self.looks <= 0 or self.stopped else None

    def wait(self) -> int:
        return self.code

    def terminate(self) -> None:
        self.stopped = True


def test_when_one_worker_ends_all_end(monkeypatch: pytest.MonkeyPatch) -> None:
    Worker.made = []
    monkeypatch.setattr(serving.subprocess, "Popen", Worker)
    monkeypatch.setattr(serving.signal, "signal", lambda *_: None)
    monkeypatch.setattr(serving, "_WATCH_SECONDS", 0.001)
    monkeypatch.setattr(sys, "argv", ["rivta", "serve", "--workers", "3", "--port", "8081"])
    assert serving._supervise(3) == 5
    assert [each.stopped for each in Worker.made] == [True] * 3
    assert Worker.made[0].arguments[1:] == ["-m", "gateway.cli.main", "serve", "--port", "8081", "--shared"]


def test_serving_tells_what_it_serves(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.http import server

    def served(_server: object, _sockets: object, ready: Callable[[], None], **_: object) -> None:
        async def inside_a_loop() -> None:
            ready()

        asyncio.run(inside_a_loop())

    sock = SimpleNamespace(getsockname=lambda: ("127.0.0.1", 8099))
    monkeypatch.setattr(server, "listen", lambda *_, **__: sock)
    monkeypatch.setattr(server, "serve", served)
    found = rivta(capsys, "serve", "--port", "8099", "--mode", "national", "--log", "off")
    assert found.code == 0
    known = len(contracts())
    assert found.out.startswith(f"rivta: gateway at http://127.0.0.1:8099, mode national: {known} contracts, ")


def test_serving_on_a_taken_port(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.http import server

    def taken(*_: object, **__: object) -> None:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(server, "listen", taken)
    found = rivta(capsys, "serve", "--log", "off")
    assert found.code == 2
    assert f"cannot listen on 127.0.0.1:{Settings().port}: Address already in use" in found.err
