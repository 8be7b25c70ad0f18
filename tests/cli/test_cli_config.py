"""``rivta config``: which settings count, where each comes from, and files that are checked."""

import json
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cli_runs import Run, rivta
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from gateway.cli.config_view import View
from gateway.cli.testca import TestCa
from gateway.configuration.sources import Effective, Origin
from gateway.settings import Settings, read
from gateway.tlssettings import TlsOverride

SECRET = "hemlighet"
FILE = f"""# Provning
port = 8181
instance_name = "Prövning"
database_url = "postgresql://anna:{SECRET}@db/rivta"
tls_certificate = "own.pem"
tls_key = "own.key"
tls_key_password = "{SECRET}"
producer_tls_certificate = "own.pem"
producer_tls_key_password = "{SECRET}"

[[producer_tls_overrides]]
name = "gammal"
domain_suffix = ".region.example"
certificate = "own.pem"
key_password = "{SECRET}"
verify_host = false
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, FILE)


def written(folder: Path, text: str) -> Path:
    path = folder / "rivta.toml"
    path.write_text(text, "utf-8")
    return path


def rows(run: Run) -> dict[str, Any]:
    return {row["name"]: row for row in json.loads(run.out)}


def config(capsys: pytest.CaptureFixture[str], *arguments: object) -> Run:
    return rivta(capsys, "config", "--lang", "en", *map(str, arguments))


@pytest.mark.parametrize("output", ["text", "json", "toml"])
def test_secrets_are_never_printed(capsys: pytest.CaptureFixture[str], file: Path, output: str) -> None:
    run = config(capsys, "--config", file, "--format", output)
    assert run.code == 0
    assert SECRET not in run.out
    assert "own.pem" in run.out


def test_where_each_comes_from(capsys: pytest.CaptureFixture[str], file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIVTA_MODE", "national")
    monkeypatch.setenv("RIVTA_PORT", "8282")
    found = rows(config(capsys, "--config", file, "--format", "json", "--port", "8383", "--workers", "2"))
    assert list(found) == [field.name for field in msgspec.structs.fields(Settings)]

    def told(name: str) -> tuple[object, ...]:
        row = found[name]
        return row["value"], row["from"], row["where"], row["line"]

    assert told("port") == (8383, "flag", "--port", 0)
    assert told("workers") == (2, "flag", "--workers", 0)
    assert told("mode") == ("national", "environment", "RIVTA_MODE", 0)
    assert told("instance_name") == ("Prövning", "file", str(file), 3)
    assert told("producer_tls_overrides")[1:] == ("file", str(file), 11)
    assert told("host") == ("127.0.0.1", "default", "", 0)
    assert found["port"]["default"] == 8080
    assert found["port"]["allowed"] == "a port, 1 to 65535"
    assert found["port"]["meaning"] == "TCP port of the plain listener."
    assert found["allowed_ips"]["national"] == ["ip.whitelist"]
    assert found["tls_key_password"]["value"] == "***"
    assert found["database_url"]["value"] == "postgresql://anna:***@db/rivta"


def test_the_table_fits_and_has_everything(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    run = config(capsys, "--config", file)
    lines = run.out.splitlines()
    assert max(map(len, lines)) <= 100
    starts = [line.split()[0] for line in lines if line and not line.startswith(" ")]
    assert starts == ["Setting", *(field.name for field in msgspec.structs.fields(Settings))]
    (port,) = (number for number, line in enumerate(lines) if line.startswith("port "))
    assert lines[port].split()[1] == "8181"
    assert lines[port].split()[2].startswith(str(file)[:20])
    below = [line.strip() for line in lines[port + 1 : port + 8]]
    meaning = below.index("TCP port of the plain listener.")
    assert below[meaning + 1] == "Nationally: vp.http.route.url"


def test_the_table_in_swedish(capsys: pytest.CaptureFixture[str]) -> None:
    run = rivta(capsys, "config", "--lang", "sv")
    assert run.out.split()[:3] == ["Inställning", "Värde", "Från"]
    assert "Nationellt: ip.whitelist" in run.out


def test_only_what_is_changed(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    found = rows(config(capsys, "--config", file, "--changed", "--format", "json", "--host", "127.0.0.1"))
    assert set(found) == {name.partition(" =")[0] for name in FILE.splitlines() if " = " in name} - {
        "name", "domain_suffix", "certificate", "key_password", "verify_host",
    } | {"producer_tls_overrides"}  # fmt: skip


def test_nothing_is_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert config(capsys, "--changed").out == "All settings are the defaults.\n"
    assert rows(config(capsys, "--changed", "--format", "json")) == {}
    assert config(capsys, "--changed", "--format", "toml").out == ""


def test_a_settings_file_that_can_be_read_back(capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path) -> None:
    run = config(capsys, "--config", file, "--format", "toml", "--producer-timeout", "2.5")
    assert "# tls_key_password: a secret, left out; set RIVTA_TLS_KEY_PASSWORD\n" in run.out
    assert "# producer_tls_overrides[0].key_password: a secret, left out; set RIVTA_PRODUCER_TLS_OVERRIDES\n" in run.out
    again = read(written(tmp_path, run.out), {}, {})
    (override,) = again.producer_tls_overrides
    assert (override.name, override.verify_host, override.key_password) == ("gammal", False, "")
    before = read(file, {}, {"producer_timeout": 2.5})
    blank = {"database_url": "", "tls_key_password": "", "producer_tls_key_password": "", "producer_tls_overrides": ()}
    assert msgspec.structs.replace(again, **blank) == msgspec.structs.replace(before, **blank)


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\x7f"), max_size=80)
_OVERRIDES = st.builds(
    TlsOverride,
    name=_TEXT.filter(bool),
    domain_name=_TEXT,
    domain_suffix=st.just("."),
    port=st.integers(0, 65535),
    verify_host=st.none() | st.booleans(),
)


@examples(max_examples=60)
@given(
    st.builds(
        Settings,
        instance_name=_TEXT,
        sender_ids_allowed=st.lists(_TEXT, max_size=30).map(tuple),
        connect_timeout=st.floats(0.001, 86_400),
        max_message_bytes=st.integers(1024, 2**31 - 1),
        use_routing_history=st.booleans(),
        admin_port=st.none() | st.integers(0, 8079),
        producer_verify_host=st.none() | st.booleans(),
        sender_id_pattern=st.sampled_from([r"\d([^,\\]+)", "('+)", '("+)']),
        producer_tls_overrides=st.lists(_OVERRIDES, max_size=3, unique_by=lambda each: each.name).map(tuple),
    )
)
def test_any_settings_can_be_read_back(settings: Settings) -> None:
    names = Settings.__struct_fields__
    text = View(Effective(settings, dict.fromkeys(names, Origin("default"))), "sv")._toml(names)
    found = tomllib.loads(text)
    assert read(None, {}, found) == settings


def test_the_overrides_of_a_fault_stop_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = written(tmp_path, "port = 0\nprot = 1\n")
    run = config(capsys, "--config", path)
    assert (run.code, run.out) == (2, "")
    assert run.err == (
        f"rivta: {path}:1: port is 0. Expected a port, 1 to 65535\n"
        f"rivta: {path}:2: unknown setting prot; did you mean port?\n"
    )


@pytest.mark.parametrize("name", ["ip.whitelist", "IP_WHITELIST"])
def test_a_national_name(capsys: pytest.CaptureFixture[str], name: str) -> None:
    run = config(capsys, "--national", name)
    assert run.out.splitlines()[0].split() == ["ip.whitelist", "there", "by", "default", "127.0.0.1"]
    assert "allowed_ips" in run.out
    assert "An empty list lets nobody in" in " ".join(run.out.split())


def test_a_national_name_in_other_forms(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = json.loads(config(capsys, "--national", "vp.max.receive.length", "--format", "json").out)
    assert (found["name"], found["settings"][0]["name"]) == ("vp.max.receive.length", "max_message_bytes")
    toml = config(capsys, "--national", "vp.max.receive.length", "--format", "toml").out
    assert tomllib.loads(toml) == {"max_message_bytes": 15_728_640}


def test_the_beginning_of_national_names(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(config(capsys, "--national", "http.forwarded", "--format", "json").out)
    assert [each["name"].rpartition(".")[2] for each in found] == ["xfor", "host", "port", "proto", "auth_cert"]


def test_a_national_name_without_a_setting_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    run = config(capsys, "--national", "takcache.use.vagval.cache")
    assert run.code == 0
    assert "Routes and permissions are always both used." in run.out


def test_an_unknown_national_name(capsys: pytest.CaptureFixture[str]) -> None:
    run = config(capsys, "--national", "ip.witelist")
    assert run.code == 2
    assert "unknown national property ip.witelist; did you mean ip.whitelist?" in run.err
    assert "docs/settings.md has them all" in config(capsys, "--national", "zzzzz").err


def certificates(folder: Path) -> None:
    ca, other = TestCa(1, ()), TestCa(1, ())
    (folder / "ca.pem").write_text(ca.pem, "ascii")
    for kind, (certificate, key) in {"own": ca.server(), "other": other.server()}.items():
        (folder / f"{kind}.pem").write_text(certificate, "ascii")
        (folder / f"{kind}.key").write_text(key, "ascii")


def test_a_file_without_faults(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = written(tmp_path, "port = 8181\n")
    assert config(capsys, "--check", path).out == f"{path}: no faults; 1 settings are set.\n"
    found = json.loads(config(capsys, "--check", path, "--format", "json").out)
    assert found == {"file": str(path), "changed": 1, "faults": []}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("port = 0", ":1: port is 0. Expected a port, 1 to 65535"),
        ("port =\nhost = 1", ":1: not valid TOML"),
        (
            "\nhsa_files = ['saknas.xml']",
            ":2: hsa_files[0] is 'saknas.xml', where nothing is.",
        ),
        (
            "wsdl_directory = 'own.pem'",
            ":1: wsdl_directory is 'own.pem', where nothing is.",
        ),
        (
            "producer_tls_overrides = [{name = 'a', domain_name = 'b', ca = 'saknas.pem'}]",
            ":1: producer_tls_overrides[0].ca is 'saknas.pem', where nothing is.",
        ),
        (
            "tls_port = 8443\ntls_certificate = 'own.pem'\ntls_key = 'other.key'\ntls_client_ca = 'ca.pem'",
            "own.pem and other.key are not a certificate and its key in PEM",
        ),
        ("producer_tls_ca = 'own.key'", "own.key: holds no certificates in PEM"),
        ("timeout_file = 'own.key'", "own.key"),
    ],
)
def test_a_file_with_faults(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    certificates(tmp_path)
    monkeypatch.chdir(tmp_path)
    run = config(capsys, "--check", written(tmp_path, text))
    assert (run.code, run.out) == (2, "")
    assert told in run.err
    as_data = config(capsys, "--check", tmp_path / "rivta.toml", "--format", "json")
    assert as_data.code == 2
    assert len(json.loads(as_data.out)["faults"]) == len(run.err.splitlines()) == 1


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = config(capsys, "--check", tmp_path / "saknas.toml")
    assert run.code == 2
    assert "does not exist" in run.err


def test_the_flags_are_those_of_serve() -> None:
    """Every flag of ``rivta serve`` that stands for a setting can be tried here."""
    from gateway.cli import config as mine
    from gateway.cli import serve

    theirs = {each.name for each in serve.command.params} - {"shared"}
    assert theirs <= {each.name for each in mine.command.params}
    assert theirs - {"config"} <= set(Settings.__struct_fields__)
