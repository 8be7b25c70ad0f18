"""Contracts in the folder that a settings file names are known to every command."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_runs import rivta
from gateway_samples import ROOT
from lxml import etree
from package_samples import folder, package

from gateway import data
from gateway.cli.known import contracts
from gateway.cli.main import main
from gateway.cli.platform import all_producers
from gateway.producers.kronoberg.trouble import Trouble
from gateway.simulate.answers import load_answers

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A settings file that names a folder with GetLoans in it, and data whose routes name GetLoans."""
    file = tmp_path / "rivta.toml"
    file.write_text(f'contracts_folder = "{tmp_path / "added"}"\n', "utf-8")
    source = folder(tmp_path / "package", package())
    assert rivta(capsys, "contracts", "add", str(source), "--config", str(file)).code == 0
    root = tmp_path / "data"
    (root / "routing").mkdir(parents=True)
    for name in ("contracts", "wsdl", "xsd", "fixtures"):
        (root / name).symlink_to(ROOT / name)
    for path in (ROOT / "routing").glob("*.toml"):
        (root / "routing" / path.name).write_text(path.read_text("utf-8"), "utf-8")
    with (root / "routing" / "routes.toml").open("a", encoding="utf-8") as routes:
        routes.write('\n[[route]]\nlogical_addresses = ["SE-LAN"]\ncontracts = ["GetLoans"]\naddress = "http://a/"\n')
    monkeypatch.setenv("RIVTA_DATA", str(root))
    data.root.cache_clear()
    yield str(file)
    data.root.cache_clear()


def test_check_and_sample(config: str, tmp_path: Path, capsys: Capture) -> None:
    out = str(tmp_path / "out")
    assert rivta(capsys, "contracts", "sample", "GetLoans", "--out", out, "--config", config).code == 0
    checked = rivta(capsys, "check", out, "--format", "json", "--config", config)
    assert checked.code == 0, checked.out
    assert "GetLoans" in checked.out
    assert rivta(capsys, "check", out, "--contract", "GetLoans", "--config", config).code == 0
    assert rivta(capsys, "check", out).code == 1
    verified = rivta(capsys, "contracts", "sample", "GetLoans", "--invalid", "--verify", "--config", config)
    assert verified.code == 0, verified.out


def test_certs(config: str, tmp_path: Path, capsys: Capture) -> None:
    """Without a client named, everybody in routing/ gets one, and routing/ names the contract."""
    made = rivta(capsys, "certs", str(tmp_path / "certs"), "--config", config, "--format", "json")
    assert made.code == 0, made.err
    assert "SE5565594230-RIVTA1177" in json.loads(made.out)["clients"]
    without = rivta(capsys, "certs", str(tmp_path / "other"))
    assert (without.code, "unknown contract GetLoans" in without.err) == (2, True)


def test_the_catalogues_files(config: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    routing, url = str(tmp_path / "data" / "routing"), f"sqlite:///{tmp_path}/tak.sqlite3"
    monkeypatch.setenv("RIVTA_DATABASE_URL", url)
    checked = rivta(capsys, "tak", "validate", routing, "--config", config)
    assert checked.code == 0, checked.err
    without = rivta(capsys, "tak", "validate", routing)
    assert (without.code, "unknown contract GetLoans" in without.err) == (2, True)


def test_run(config: str) -> None:
    """What starts the platform, and the pilot, read the catalogue that names the contract."""
    assert len(all_producers(Path(config))) > 20
    Trouble(lambda *_: [], Path(config).parent / "data", None, str(Path(config).parent / "added"))


@pytest.mark.parametrize(
    ("written", "flags", "wanted"),
    [("", (), "on"), ('journal = "off"', (), "off"), ('journal = "off"', ("--journal", "payloads"), "payloads")],
)
def test_run_keeps_a_journal_unless_the_file_or_a_flag_says_otherwise(
    config: str, written: str, flags: tuple[str, ...], wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path(config).open("a", encoding="utf-8") as file:
        file.write(written)
    given: dict[str, object] = {}

    class Stopped(Exception):
        pass

    def platform(*_: object, **named: object) -> None:
        given.update(named)
        raise Stopped

    monkeypatch.setattr("gateway.cli.platform.Platform", platform)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(Stopped):
        main(["run", "--config", config, *flags])
    assert given["gateway_flags"] == ("--journal", wanted)
    assert given["config"] == Path(config)


def test_simulate(config: str, tmp_path: Path, capsys: Capture) -> None:
    few = ("--producers", "2", "--persons", "3", "--fill-only", "--format", "json")
    known, (person, source) = contracts(Path(config)), (b"210001010008", b"SE-LAN")
    loans = known.find("GetLoans")
    assert loans is not None
    answer = load_answers(data.root(), known, all_producers(Path(config)), 2)[loans.descriptor.responder.encode()]
    (body,) = etree.fromstring(answer(person, source)).findall("{*}Body/*")
    assert loans.schema.validate(body)
    assert (len(body), etree.tostring(body).count(person)) == (2, 2)
    counts = []
    for number, more in enumerate((("--config", config), ())):
        url = f"sqlite:///{tmp_path}/{number}.sqlite3"
        run = rivta(capsys, "simulate", *few, "--database-url", url, *more)
        assert run.code == 0, run.err
        counts.append(json.loads(run.out)["filled"]["routes"])
    assert counts[0] == counts[1] + 5  # two producers, the aggregating service, and the receivers of VP007 and VP009
