"""``rivta certs``: what it makes, who may read it, and what it does not overwrite."""

import json
import ssl
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cli_runs import Run, rivta
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from gateway.http.tls import server_context
from gateway.router.identity.certificate import CertificateReader
from gateway.settings import Settings, read

CLIENT = "SE0000000000-PROV"
FILES = ["ca.key", "ca.pem", f"client-{CLIENT}.key", f"client-{CLIENT}.pem", "gateway.toml", "server.key", "server.pem"]


def certs(capsys: pytest.CaptureFixture[str], folder: Path, *more: str) -> Run:
    """The command, with one client unless others are asked for."""
    clients = () if "--client" in more else ("--client", CLIENT)
    return rivta(capsys, "certs", str(folder), *clients, *more)


@pytest.fixture
def made(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    """A folder with everything in it."""
    assert certs(capsys, tmp_path / "certs").code == 0
    return tmp_path / "certs"


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_what_is_made(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == FILES


def test_keys_are_for_their_owner_only(made: Path) -> None:
    for path in made.glob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_each_key_belongs_to_its_certificate(made: Path) -> None:
    for path in made.glob("*.key"):
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        assert key.public_key() == load(path.with_suffix(".pem")).public_key()


def test_everything_says_that_it_is_for_tests(made: Path) -> None:
    for path in made.glob("*.pem"):
        certificate = load(path)
        for name in (certificate.subject, certificate.issuer):
            (organisation,) = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
            assert organisation.value == "RIVTA TEST - NOT FOR REAL USE"
    assert (made / "gateway.toml").read_text("utf-8").startswith("# TEST ONLY")


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_the_clients_id_is_found_by_the_gateway(made: Path, mode: str) -> None:
    """The subject's SERIALNUMBER, as in the certificates that the national platform knows."""
    der = load(made / f"client-{CLIENT}.pem").public_bytes(serialization.Encoding.DER)
    reader = CertificateReader(Settings().sender_id_pattern, national=mode == "national")
    assert reader.peer(der).sender == CLIENT
    assert reader.header(ssl.DER_cert_to_PEM_cert(der).replace("\n", " ").encode()).sender == CLIENT


def judge(folder: Path) -> PolicyBuilder:
    """A verifier of another make than the one that TLS uses (RFC 5280 and the rules of browsers)."""
    return PolicyBuilder().store(Store([load(folder / "ca.pem")])).time(datetime.now(UTC))


def test_a_strict_verifier_accepts_server_and_client(made: Path) -> None:
    server, client = load(made / "server.pem"), load(made / f"client-{CLIENT}.pem")
    for name in (x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")), x509.IPAddress(ip_address("::1"))):
        assert judge(made).build_server_verifier(name).verify(server, [])[0] == server
    usage = client.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_more_hosts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert certs(capsys, tmp_path, "--host", "platta.test", "--host", "10.1.2.3").code == 0
    server = load(tmp_path / "server.pem")
    for name in (x509.DNSName("platta.test"), x509.DNSName("localhost"), x509.IPAddress(ip_address("10.1.2.3"))):
        assert judge(tmp_path).build_server_verifier(name).verify(server, [])


def test_the_authority_cannot_vouch_for_other_hosts(made: Path) -> None:
    """Whoever trusts it in a browser loses little with its key (RFC 5280 4.2.1.10)."""
    allowed = load(made / "ca.pem").extensions.get_extension_for_class(x509.NameConstraints)
    assert allowed.critical
    shown = [str(each.value) for each in allowed.value.permitted_subtrees or ()]
    assert shown == ["localhost", "127.0.0.1/32", "::1/128"]


def test_how_long(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert certs(capsys, tmp_path, "--days", "7").code == 0
    for path in tmp_path.glob("*.pem"):
        left = load(path).not_valid_after_utc - datetime.now(UTC)
        assert timedelta(days=6, hours=23) < left <= timedelta(days=7), path
        assert load(path).not_valid_before_utc < datetime.now(UTC)


def test_the_settings_start_a_tls_listener(made: Path) -> None:
    settings = read(made / "gateway.toml", {}, {})
    assert settings.tls_port == 8443
    assert server_context(settings).verify_mode is ssl.CERT_REQUIRED


def test_a_relative_folder_is_found_from_anywhere(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert certs(capsys, Path("certs")).code == 0
    monkeypatch.chdir("/")
    assert server_context(read(tmp_path / "certs" / "gateway.toml", {}, {}))


def test_nothing_is_overwritten_unless_asked(capsys: pytest.CaptureFixture[str], made: Path) -> None:
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    run = certs(capsys, made)
    assert run.code == 2
    assert "exists already; --force overwrites it" in run.err
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before
    assert certs(capsys, made, "--force").code == 0
    after = {path.name: path.read_bytes() for path in made.iterdir()}
    assert [name for name in FILES if after[name] == before[name]] == ["gateway.toml"]
    assert stat.S_IMODE((made / "ca.key").stat().st_mode) == 0o600


def test_one_existing_file_is_enough(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "server.key").write_text("min egen", "utf-8")
    assert certs(capsys, tmp_path).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["server.key"]


def test_clients_are_the_consumers_of_the_catalogue_if_none_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run = rivta(capsys, "certs", str(tmp_path), "--format", "json")
    told = json.loads(run.out)
    assert "SE5565594230-RIVTA1177" in told["clients"]
    assert told["files"] == sorted(path.name for path in tmp_path.iterdir())
    assert all((tmp_path / f"client-{client}.pem").is_file() for client in told["clients"])


@pytest.mark.parametrize("wrong", ["", "../x", "a/b", "SE 1", "å", "A" * 32, "a\n"])
def test_what_is_no_hsa_id_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, wrong: str) -> None:
    """It becomes a file's name, and a certificate's subject."""
    run = certs(capsys, tmp_path / "certs", "--client", wrong)
    assert run.code == 2
    assert "is no HSA-id" in run.err
    assert not (tmp_path / "certs").exists()


@pytest.mark.parametrize(("lang", "word"), [("sv", "duger bara till test"), ("en", "good for tests only")])
def test_what_to_do_next_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path, lang: str, word: str) -> None:
    run = certs(capsys, tmp_path, "--lang", lang)
    assert word in run.out
    assert f"rivta serve --config {tmp_path}/gateway.toml" in run.out
    assert f"--cert {tmp_path}/client-{CLIENT}.pem" in run.out
