"""Types of settings: what they allow, which are secrets, and cipher suites by the names of both worlds."""

from pathlib import Path

import msgspec
import pytest

from gateway.configuration import kinds
from gateway.configuration.ciphers import openssl_ciphers
from gateway.settings import Settings
from gateway.tlssettings import TlsOverride

TYPES = {field.name: field.type for field in msgspec.structs.fields(Settings)}
SECRETS = {"database_url", "tls_key_password", "producer_tls_key_password", "producer_tls_overrides"}


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_setting_tells_what_is_allowed(name: str) -> None:
    assert kinds.allowed(TYPES[name])


def test_the_secrets_are_known() -> None:
    assert {name for name, kind in TYPES.items() if kinds.is_secret(kind)} == SECRETS


@pytest.mark.parametrize("name", sorted(TYPES))
def test_a_setting_that_sounds_like_a_secret_is_one(name: str) -> None:
    assert ("password" in name or "secret" in name) <= kinds.is_secret(TYPES[name])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("", ""),
        ("sqlite:////tmp/a", "sqlite:////tmp/a"),
        ("postgresql://anna@db/rivta", "postgresql://anna@db/rivta"),
        ("postgresql://anna:hemligt@db/rivta", "postgresql://anna:***@db/rivta"),
        ("postgresql+psycopg://anna:hem:li/gt@db:5432/rivta", "postgresql+psycopg://anna:***@db:5432/rivta"),
        ("postgresql://:hemligt@db/rivta", "postgresql://:***@db/rivta"),
        (
            "postgresql:///rivta?host=/run&password=hemligt&user=anna",
            "postgresql:///rivta?host=/run&password=***&user=anna",
        ),
        ("//anna:hemligt@db", "//anna:***@db"),
        ("anna:hemligt@db", "anna:***@db"),
    ],
)
def test_a_database_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert kinds.without_password(url) == shown


def test_masked_is_plain_data_without_secrets() -> None:
    override = TlsOverride(name="a", key="k", key_password="hemligt", domain_suffix=".x.se")
    (shown,) = kinds.masked((override,), TYPES["producer_tls_overrides"])
    assert (shown["name"], shown["key"], shown["key_password"]) == ("a", "k", "***")
    assert kinds.masked("", TYPES["tls_key_password"]) == ""
    assert kinds.masked(("a", "b"), TYPES["allowed_ips"]) == ["a", "b"]


def test_a_missing_file_or_folder(tmp_path: Path) -> None:
    file = tmp_path / "a.pem"
    assert kinds.is_missing(str(file), kinds.File)
    file.write_text("")
    assert not kinds.is_missing(str(file), kinds.File)
    assert kinds.is_missing(str(file), kinds.Folder)
    assert not kinds.is_missing(str(tmp_path), kinds.Folder)
    assert not kinds.is_missing("", kinds.File)
    assert not kinds.is_missing("/ingenstans", kinds.Text)


@pytest.mark.parametrize(
    ("written", "openssl"),
    [
        ("", ""),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
        ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384"),
        ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384"),
        ("TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256"),
        ("ECDHE+AESGCM, !TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE+AESGCM:!ECDHE-RSA-AES128-GCM-SHA256"),
        ("!AES128", "DEFAULT:!AES128"),
        ("ALL:@STRENGTH", "ALL:@STRENGTH"),
    ],
)
def test_cipher_suites_have_two_names(written: str, openssl: str) -> None:
    """RFC 5246 and its like name them as Java does; OpenSSL has names of its own (ciphers(1))."""
    assert openssl_ciphers(written) == openssl


@pytest.mark.parametrize(
    "written", ["ROT13", "ECDHE-RSA-AES128-GCM-SHA256:ROT13", "TLS_AES_256_GCM_SHA384", "AES:!AES"]
)
def test_cipher_suites_that_cannot_be_used(written: str) -> None:
    with pytest.raises(ValueError, match=r"OpenSSL knows no|TLS 1\.3|left out"):
        openssl_ciphers(written)
