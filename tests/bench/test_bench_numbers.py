"""The bench's parts about the router's numbers, with tiny figures and without wrk: what they measure is really on."""

import io
import json
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gateway_samples import contracts

from gateway.registry.catalogue import load_catalogue

from . import beside, big_catalogue, failures, nginx, numbers, report
from .askers import Askers
from .caller import BenchError, Caller, get
from .figures import Beside, Deadline, Effort, Reload, RoutedRound
from .messages import ROUTED, SENDER, answer, headers
from .processes import Process
from .routed import ask
from .testbed import Bed, cores

TINY = Effort(rounds=1, round_seconds=1, questions=2, crowd_seconds=0, starts=1, unpinned=False, limit_seconds=60)


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    with Bed(tmp_path, cores()) as found:
        found.start_producers(delay=0.0)
        found.start_mocks({found.ports[ROUTED]: answer(ROUTED, 3, 10_250)}, delay=0.0)
        yield found


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Process]]:
    """What wrk would have measured, in order: the script's name and the process."""
    found: list[tuple[str, Process]] = []

    def wrk(process: Process, script: Path, _seconds: float, _bed: Bed, port: int = 0) -> RoutedRound:
        found.append((script.stem, process))
        with Caller(port or process.port) as caller:
            assert caller.ask(get("/readyz")).status == 200
        return RoutedRound(1_000.0, 1.0, 2.0, 100.0)

    monkeypatch.setattr(beside, "wrk", wrk)
    return found


@pytest.mark.sockets
def test_log_journal_and_certificate_are_on(bed: Bed, rounds: list[tuple[str, Process]]) -> None:
    found = numbers.observing(bed, TINY, Deadline(60))
    assert [each.name for each in found] == [numbers.STRICT, numbers.LOGGED, numbers.KEPT, numbers.ALL]
    assert [script for script, _ in rounds] == ["plain", "plain", "plain", "shown"] * 2  # once to warm up
    script, process = rounds[-1]
    sent = (bed.folder / f"{script}.lua").read_text("utf-8")
    assert "x-vp-auth-cert" in sent
    assert "x-vp-sender-id" not in sent
    process.stop()
    lines = [json.loads(line) for line in process.log.read_text("utf-8").splitlines() if line.startswith("{")]
    assert [line["event.action"] for line in lines] == ["req-in", "req-out", "resp-in", "resp-out"]
    assert {line["labels"]["senderid"] for line in lines} == {SENDER}
    with sqlite3.connect(bed.folder / f"{process.port}.sqlite3") as journal:
        assert journal.execute("select sender, outcome from journal_exchange").fetchall() == [(SENDER, "answered")]
    journal.close()


@pytest.mark.sockets
def test_a_small_and_a_large_catalogue(
    bed: Bed, rounds: list[tuple[str, Process]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "SMALL", 20)
    monkeypatch.setattr(numbers, "LARGE", 2_000)
    found = numbers.catalogue(bed, TINY, Deadline(60))
    assert [each.name for each in found] == ["20 routes and permissions", "2,000 routes and permissions"]
    large = rounds[-1][1]
    ask("large", large.port, headers(), big_catalogue.address(199))
    with pytest.raises(Exception, match="VP004"):
        ask("large", large.port, headers(), big_catalogue.address(200))


@pytest.mark.sockets
def test_consumers_ask_producers_that_fail_in_every_way(
    bed: Bed, rounds: list[tuple[str, Process]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each way stands beside a round of its own; answers are those of that way, or nobody is answered."""
    monkeypatch.setattr(failures, "wrk", beside.wrk)
    monkeypatch.setattr(failures, "ASKING", 3)
    ended: dict[str, int] = {}
    begin = Askers.__call__

    def noted(askers: Askers) -> Callable[[], None]:
        end = begin(askers)

        def until_answered() -> None:
            while askers._paced and not (askers.answers or askers._problems):
                time.sleep(0.02)
            end()
            ended[askers._receiver] = askers.answers

        return until_answered

    monkeypatch.setattr(Askers, "__call__", noted)
    found = failures.measured(bed, TINY, Deadline(60))
    ways = [failures.QUIET, *failures.HELD.values(), failures.HEALTHY, *failures.PACED.values()]
    assert [each.name for each in found] == ways
    assert len(rounds) == 1 + 2 * (len(failures.HELD) + len(failures.PACED))
    assert {way: ended[failures.address(way)] for way in failures.HELD} == dict.fromkeys(failures.HELD, 0)
    assert all(ended[failures.address(way)] for way in failures.PACED)
    assert ended[ROUTED]


@pytest.mark.sockets
def test_an_answer_that_nobody_expects_ends_the_bench(bed: Bed) -> None:
    process = bed.start_gateway("strict", {"mode": "strict", "log": "off"})
    end = Askers(process.port, ROUTED, b"VP009", (), 1, paced=True)()
    with pytest.raises(BenchError, match="expected b'VP009'"):
        end()


@pytest.mark.sockets
def test_a_black_hole_takes_no_connection() -> None:
    with failures.BlackHole() as hole, pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", hole.port), 0.3)


@pytest.mark.sockets
def test_calls_are_made_while_the_data_is_read(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "LARGE", 1_000)
    found = numbers.reload(bed, TINY)
    assert len(found.seconds) == len(found.cpu) == 1
    assert found.reading
    assert found.quiet
    assert found.rss > 10


def test_the_catalogue_has_the_size_asked_for(tmp_path: Path) -> None:
    like, folder = tmp_path / "like", tmp_path / "big"
    for name in ("contracts", "wsdl", "xsd", "fixtures", "routing"):
        (like / name).mkdir(parents=True)
    for name, text in {
        "regions": "region = []", "municipalities": "municipality = []", "producers": "producer = []",
        "consumers": f'[[consumer]]\nname = "B"\nhsa_id = "{SENDER}"\nalias = "b"', "routes": "", "permissions": "",
    }.items():  # fmt: skip
        (like / "routing" / f"{name}.toml").write_text(text, "utf-8")
    folder.mkdir()
    found = load_catalogue(big_catalogue.make(folder, like, 12_340, 8081), contracts())
    assert (len(found.routes), len(found.permissions)) == (12_340, 12_340)
    assert {route.receiver for route in found.routes} == {big_catalogue.address(number) for number in range(1_234)}
    assert len({route.contract for route in found.routes}) == big_catalogue.CONTRACTS


def test_the_proxy_shows_a_certificate() -> None:
    conf = nginx.client(8080, 8443, "https", Path("c.pem"), Path("c.key"), Path("ca.pem"))
    assert conf.count("{") == conf.count("}")
    assert "proxy_pass https://to8443;" in conf
    assert "proxy_ssl_certificate c.pem;" in conf
    assert "proxy_ssl_verify on;" in conf


def test_each_limit_is_met_or_missed() -> None:
    bare = Beside("bare", [RoutedRound(8_000.0, 8.0, 12.0, 125.0), RoutedRound(6_000.0, 9.0, 12.0, 130.0)], 50.0)
    other = Beside(numbers.ALL, [RoutedRound(6_400.0, 8.5, 15.0, 160.0), RoutedRound(4_200.0, 9.0, 15.0, 160.0)], 70.0)
    bare.bare = other.bare = bare
    assert (bare.share(lambda one: one.p50), round(other.share(lambda one: one.requests_per_second), 3)) == (1, 0.75)
    whole = report.Report({"machine": "any"})
    whole.beside = {part: report.beside_rows([bare, other]) for part in ("full", "tls", "routes", "silent")}
    read = Reload("a catalogue", [1.0, 3.0], [1.0, 51.0], [12.0], [5.0], 500.0)
    whole.reload = report.reload_rows([read])
    whole.targets = report.router_targets(whole.beside, whole.reload)
    assert [(row["measured"], row["verdict"]) for row in whole.targets] == [
        ("0.75", "met"),
        ("1.26", "met"),
        ("0.75", "met"),
        ("1.26", "met"),
        ("1.03", "met"),
        ("1.26", "missed"),
        ("1.25", "missed"),
        ("1.26", "missed"),
        ("51.0 ms", "missed"),
    ]
    file = io.StringIO()
    report.print_tables(whole, file)
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= report.WIDTH
    assert "…" not in file.getvalue()
    assert json.loads(report.as_json(whole))["reload"][0]["most_ms"] == 51.0
