"""The bench's own parts with tiny numbers, without nginx and wrk. Nothing here depends on how fast the machine is."""

import io
import json
import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from gateway.soap import xml

from . import aggregated, machine, nginx, report, routed
from .__main__ import main
from .caller import BenchError, Caller, Reply, content_length, get
from .figures import Aggregated, Deadline, Effort, Routed, RoutedRound, Shape, Startup, median, percentile
from .messages import ROUTED, SOURCES, answer, prose, request
from .processes import free_ports, running
from .shapes import HUGE, LARGE, MANY
from .startup import GATEWAY
from .testbed import NATIONAL, NGINX, RECORDS, STRICT, STRICT_LOG, Bed, cores, gateway_command

TINY = Effort(rounds=1, round_seconds=1, questions=2, crowd_seconds=0, starts=1, unpinned=False, limit_seconds=60)
SCHEMA = etree.XMLSchema(etree.parse(str(aggregated._XSD)))


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with Bed(tmp_path_factory.mktemp("bench"), cores()) as found:
        found.start_producers(delay=0.0)
        found.start_mocks({found.ports[ROUTED]: answer(ROUTED, 3, 10_250)}, delay=0.0)
        found.start_gateways()
        yield found


@pytest.mark.sockets
@pytest.mark.parametrize("pinned", [True, False], ids=["pinned", "shared"])
def test_aggregation_is_measured_and_every_answer_looked_at(bed: Bed, pinned: bool) -> None:
    found = aggregated.measure(bed, TINY, Deadline(60), pinned=pinned)
    assert [each.variant for each in found] == [STRICT, NATIONAL]
    for each in found:
        assert each.pinned is pinned
        assert len(each.alone) == len(each.slowest) == len(each.added) == TINY.questions
        assert len(each.crowd) == aggregated.AT_ONCE
        assert all(whole > slowest > 0 for whole, slowest in zip(each.alone, each.slowest, strict=True))
        assert 440_000 < each.answer_bytes < 450_000
        assert each.rss > 10


@pytest.mark.sockets
def test_routed_calls_give_the_producers_answer(bed: Bed) -> None:
    for process in bed.variants.values():
        routed.check(process)
    log = bed.variants[STRICT_LOG]
    log.stop()  # writes out what it has gathered
    lines = [json.loads(line) for line in log.log.read_text("utf-8").splitlines()]
    assert [line["event.action"] for line in lines] == ["req-in", "req-out", "resp-in", "resp-out"]


@pytest.mark.sockets
def test_a_process_is_measured_and_ended(bed: Bed, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    command = gateway_command(bed.root, {"log": "off", "port": port})
    with running("gateway", command, port, tmp_path, bed.cores.platform) as process:
        assert process.wait_ready() > 0
        assert process.cpu_seconds() > 0
        assert process.peak_mb() > 10
        with Caller(port) as caller:
            assert caller.ask(get("/readyz")).status == 200
    with pytest.raises(ConnectionRefusedError):
        Caller(port)


@pytest.mark.sockets
def test_a_process_that_ends_at_once_tells_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no data here')"]
    failure = pytest.raises(BenchError, match="gateway ended at once: no data here")
    with running("gateway", command, free_ports(1)[0], tmp_path) as process, failure:
        process.wait_ready()


def test_messages_are_valid_and_of_the_size_asked_for() -> None:
    for size in (0, 500, 2_048):
        message = request(ROUTED, size)
        assert size <= len(message) < size + 900
        assert SCHEMA.validate(_payload(message))
    made = answer(SOURCES[0], RECORDS, 21_250)
    assert len(made) == 21_250
    assert SCHEMA.validate(_payload(made))
    assert [len(prose(size).encode()) for size in (0, 1, 95, 96, 97, 5_000)] == [0, 1, 95, 96, 97, 5_000]


def test_nginx_gives_a_valid_answer_of_10_kilobytes() -> None:
    conf = nginx.producer(8081)
    parts = dict(re.findall(r'set \$(\w+) "([^"]*)";', conf))
    (returned,) = re.findall(r'return 200 "(\$before[^"]*)"', conf)
    body = "".join(parts[name] for name in returned.split("$")[1:]).encode()
    assert routed.ANSWER_BYTES < len(body) < 10_500
    assert SCHEMA.validate(_payload(body))


def test_nginx_configuration(tmp_path: Path) -> None:
    command = nginx.command(tmp_path / "nginx", nginx.proxy(8080, {"/": 8081, "/slow": 8082}))
    conf = (tmp_path / "nginx/nginx.conf").read_text("utf-8")
    assert command[-1] == str(tmp_path / "nginx/nginx.conf")
    assert conf.count("{") == conf.count("}")
    assert "location /slow { proxy_pass http://to8082; }" in conf
    assert "upstream to8081 { server 127.0.0.1:8081;" in conf


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(500, b"<fault/>", 1.0), "expected HTTP 200, got 500"),
        (Reply(200, answer(SOURCES[0], RECORDS), 1.0), "expected 21 x DataFromSource"),
        (Reply(200, answer(SOURCES[0], 1).replace(b"core:code>", b"core:kod>"), 1.0), "breaks its schema"),
    ],
    ids=["fault", "one-source", "invalid"],
)
def test_a_wrong_answer_stops_the_bench(reply: Reply, problem: str) -> None:
    with pytest.raises(BenchError, match=problem):
        aggregated.examine(reply)


def test_what_wrk_tells_is_read() -> None:
    line = 'figures: {"requests": 30000, "us": 3000000, "errors": 0, "p50": 6400, "p99": 12800}'
    assert routed.read("x", f"Running 3s test\n\n{line}\n", 2.4) == RoutedRound(10_000, 6.4, 12.8, 80.0)
    with pytest.raises(BenchError, match="7 of 30000 calls failed"):
        routed.read("x", line.replace('"errors": 0', '"errors": 7'), 2.4)
    with pytest.raises(BenchError, match="no figures: unable to connect"):
        routed.read("x", "unable to connect", 0)


def test_the_script_for_wrk_sends_the_whole_message(tmp_path: Path) -> None:
    script = routed.write_script(tmp_path).read_text("utf-8")
    assert f'io.open("{tmp_path}/routed.xml", "rb")' in script
    assert 'wrk.headers["x-vp-sender-id"] = "SE0000000000-BENCHCONSUMER"' in script
    assert (tmp_path / "routed.xml").read_bytes() == request(ROUTED, routed.REQUEST_BYTES)


def test_the_machine_is_described() -> None:
    quiet, end = machine.Quiet(), time.monotonic() + 0.05
    while time.monotonic() < end:
        pass
    for share in quiet.disturbed().values():
        assert 0 <= int(share.removesuffix(" %")) <= 100
    assert set(machine.describe()) == {"date", "machine", "cores", "python"}


def test_ranks() -> None:
    values = [float(value) for value in range(1, 201)]
    assert (percentile(values, 50), percentile(values, 99), percentile(values, 100)) == (100, 198, 200)
    assert percentile([7.0], 50) == percentile([7.0], 99) == 7.0
    assert (median([3.0, 1.0, 2.0]), median([])) == (2.0, 0.0)


def test_a_head_must_tell_the_length() -> None:
    assert content_length(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n") == 12
    with pytest.raises(BenchError, match="no Content-Length"):
        content_length(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    assert main(["--quick"]) == 2
    assert capsys.readouterr().err == "Not installed: nginx, wrk. On Debian: apt-get install nginx-light wrk\n"


def test_the_report_fits_and_says_met_and_missed() -> None:
    whole = _report()
    file = io.StringIO()
    report.print_tables(whole, file)
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= report.WIDTH
    assert "\x1b" not in file.getvalue()
    found = [" ".join(line.split()) for line in lines if line.rstrip().endswith(("met", "missed"))]
    assert found == [
        f"routed, {STRICT} at least 8,000 requests/s 7,900 missed",
        f"routed, {STRICT} under 100 MB resident 60 MB met",
        f"aggregated, {STRICT} at most 3 ms on top of the slowest +3.5 ms missed",
        f"aggregated, {STRICT} 32 at once: at least 100/s, validated 100/s met",
        f"{MANY}, {STRICT} at most 40 ms on top of the slowest +30.0 ms met",
        f"{LARGE}, {STRICT} at most 60 ms at the median 70.0 ms missed",
        f"{LARGE}, {STRICT} under 250 MB resident 200 MB met",
        f"{HUGE}, {STRICT} grows by at most 6 times the answer 7.0 missed",
        f"start, {GATEWAY} ready in under 1 s 1.20 s missed",
    ]
    assert json.loads(report.as_json(whole))["routed"][1]["share_of_nginx"] == 0.25


def _report() -> report.Report:
    bare = Routed(NGINX, [RoutedRound(31_600.0, 1.5, 3.0, 25.0)], 14.0)
    ours = Routed(STRICT, [RoutedRound(7_900.0, 8.0, 12.0, 120.0)], 60.0)
    alone = Aggregated(STRICT, True, [24.0] * 3, [20.5] * 3, [300.0], 100.0, 9.5, 110.0, 444_000)
    shared = Aggregated(STRICT, False, [94.0] * 3, [20.5] * 3, [300.0], 100.0, 9.5, 110.0, 444_000)
    floor = Aggregated(NGINX, True, [20.6], [20.1], rss=14.0)
    whole = report.Report({"machine": "any", "cores": 2})
    whole.routed = report.routed_rows([bare, ours])
    whole.aggregated = report.aggregated_rows([floor, alone, shared])
    whole.startup = report.startup_rows([Startup(GATEWAY, [1.2]), Startup(NGINX, [0.01])])
    whole.shapes = report.shape_rows(
        [
            Shape(MANY, STRICT, 20_000, [60.0], [30.0], (50.0, 90.0)),
            Shape(LARGE, STRICT, 1_000_000, [70.0], [30.0], (50.0, 200.0)),
            Shape(HUGE, STRICT, 10_000_000, [70.0], [30.0], (50.0, 120.0)),
        ]
    )
    whole.targets = report.targets(whole.routed, whole.aggregated, [])
    whole.targets += report.shape_targets(whole.shapes) + report.targets([], [], whole.startup)
    return whole


def _payload(message: bytes) -> etree._Element:
    return xml.body_child(etree.fromstring(message))
