"""Which TLS settings a producer is called with, and what stops the start (national VP, outgoing TLS)."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from tls_peers import caller_context, certificates, settings

from gateway.errors import DataError
from gateway.http.tls import ProducerTls, server_context
from gateway.settings import Settings, read
from gateway.tlssettings import TlsOverride


def overridden(*overrides: dict[str, Any], **more: Any) -> ProducerTls:
    """Overrides that are named by their place in the list, from 0."""
    made = tuple(TlsOverride(**{"name": str(number), **each}) for number, each in enumerate(overrides))
    return ProducerTls(Settings(producer_tls_overrides=made, producer_tls_ca=certificates().ca, **more))


def chosen(found: ProducerTls, host: str, port: int = 443) -> str:
    """The name of the override that was taken, blank for the default."""
    context = found(host, port)
    return next((override.name for override, made in found._overrides if made is context), "")


EXACT = {"domain_name": "prod.example.se"}
SUFFIX = {"domain_suffix": ".example.se"}
MATCHES = [
    ("exact", [EXACT], "prod.example.se", 443, "0"),
    ("exact, any case", [{"domain_name": "Prod.Example.SE"}], "PROD.example.se", 443, "0"),
    ("exact is not a suffix", [EXACT], "a.prod.example.se", 443, ""),
    ("suffix", [SUFFIX], "a.b.example.se", 443, "0"),
    ("suffix, any case", [{"domain_suffix": ".EXAMPLE.se"}], "a.Example.se", 443, "0"),
    ("suffix is text", [{"domain_suffix": "ample.se"}], "example.se", 443, "0"),
    ("another domain", [SUFFIX], "a.example.com", 443, ""),
    ("port", [EXACT | {"port": 8443}], "prod.example.se", 8443, "0"),
    ("another port", [EXACT | {"port": 8443}], "prod.example.se", 443, ""),
    ("suffix and port", [SUFFIX | {"port": 8443}], "a.example.se", 8443, "0"),
    ("any port", [EXACT], "prod.example.se", 8443, "0"),
    ("first wins", [SUFFIX, EXACT], "prod.example.se", 443, "0"),
    ("first that matches", [EXACT | {"port": 1}, SUFFIX, EXACT], "prod.example.se", 443, "1"),
    ("name before suffix in one", [EXACT | SUFFIX], "a.example.se", 443, ""),
    ("none", [], "prod.example.se", 443, ""),
]


@pytest.mark.parametrize(
    ("overrides", "host", "port", "expected"), [row[1:] for row in MATCHES], ids=[r[0] for r in MATCHES]
)
def test_the_first_override_that_matches(overrides: list[dict[str, Any]], host: str, port: int, expected: str) -> None:
    assert chosen(overridden(*overrides), host, port) == expected


def test_a_port_alone_is_for_nobody() -> None:
    """National VP: it never matches. In strict mode that is told at the start."""
    assert chosen(overridden({"port": 443}, mode="national"), "prod.example.se") == ""
    with pytest.raises(DataError, match="producer_tls_overrides: 0 needs domain_name or domain_suffix"):
        overridden({"port": 443})


def test_the_choice_is_remembered_for_each_host_and_port() -> None:
    found = overridden(EXACT | {"port": 8443})
    assert found("prod.example.se", 8443) is found("prod.example.se", 8443)
    assert found("prod.example.se", 443) is found("other.example.se", 443)
    assert found("prod.example.se", 443) is not found("prod.example.se", 8443)
    assert set(found._found) == {("prod.example.se", 8443), ("prod.example.se", 443), ("other.example.se", 443)}


def test_two_overrides_have_two_names() -> None:
    """National VP, in its words."""
    with pytest.raises(DataError, match="Duplicate TLS configuration names found: a"):
        overridden(EXACT | {"name": "a"}, SUFFIX | {"name": "a"})


@pytest.mark.parametrize(
    ("mode", "setting", "override", "expected"),
    [
        ("national", None, None, (False, False)),
        ("strict", None, None, (True, True)),
        ("national", True, None, (True, True)),
        ("strict", False, None, (False, False)),
        ("strict", None, False, (True, False)),
        ("national", None, True, (False, True)),
    ],
)
def test_host_names_are_verified_in_strict_mode(
    mode: Any, setting: bool | None, override: bool | None, expected: tuple[bool, bool]
) -> None:
    """National VP: producer.https.hostnameVerification is off by default. The chain is always verified."""
    found = overridden(EXACT | {"verify_host": override}, mode=mode, producer_verify_host=setting)
    contexts = found("other.example.se", 443), found("prod.example.se", 443)
    assert tuple(context.check_hostname for context in contexts) == expected
    assert all(context.verify_mode is ssl.CERT_REQUIRED for context in contexts)


def test_versions_and_ciphers() -> None:
    found = overridden(
        EXACT | {"maximum": "1.2", "ciphers": "ECDHE-ECDSA-AES256-GCM-SHA384"}, SUFFIX | {"minimum": "1.3"}
    )
    old, new, default = found("prod.example.se", 443), found("a.example.se", 443), found("x", 443)
    assert (old.minimum_version, old.maximum_version) == (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)
    assert [each["name"] for each in old.get_ciphers() if each["protocol"] == "TLSv1.2"] == [
        "ECDHE-ECDSA-AES256-GCM-SHA384"
    ]
    assert new.minimum_version is ssl.TLSVersion.TLSv1_3
    assert default.minimum_version is ssl.TLSVersion.TLSv1_2
    assert ProducerTls(Settings(tls_minimum="1.3"))("x", 443).minimum_version is ssl.TLSVersion.TLSv1_3


def test_without_files_the_machines_authorities_are_read_when_needed() -> None:
    """Reading them takes longer than the rest of a start, and most gateways on a laptop call nobody over TLS."""
    found = ProducerTls(Settings())
    assert found._default is None
    assert found("x", 443).verify_mode is ssl.CERT_REQUIRED
    assert found("y", 443) is found("x", 443)


OURS = certificates()
BROKEN = [
    ({"producer_tls_ca": "/finns/inte.pem"}, "/finns/inte.pem: no such file"),
    ({"producer_tls_certificate": "/finns/inte.pem"}, "/finns/inte.pem: no such file"),
    (
        {"producer_tls_certificate": OURS.client[0], "producer_tls_key": "/finns/inte.key"},
        "/finns/inte.key: no such file",
    ),
    ({"producer_tls_certificate": OURS.client[0]}, "are not a certificate and its key in PEM"),
    ({"producer_tls_certificate": OURS.client[0], "producer_tls_key": OURS.server[1]}, "KEY_VALUES_MISMATCH"),
    ({"producer_tls_ca": OURS.client[1]}, "holds no certificates in PEM"),
    ({"producer_tls_overrides": (TlsOverride(name="a", domain_name="x", ca="/finns/inte.pem"),)}, "no such file"),
    (
        {"producer_tls_overrides": (TlsOverride(name="a", domain_name="x", ciphers="ROT13"),)},
        "a: no known cipher in ROT13",
    ),
]


@pytest.mark.parametrize(("given", "told"), BROKEN)
def test_files_that_cannot_be_used_stop_the_start(given: dict[str, Any], told: str) -> None:
    with pytest.raises(DataError, match=told):
        ProducerTls(Settings(**given))


@pytest.mark.parametrize("missing", ["tls_certificate", "tls_key", "tls_client_ca"])
def test_a_listener_needs_three_files(missing: str) -> None:
    given = {"tls_certificate": OURS.server[0], "tls_key": OURS.server[1], "tls_client_ca": OURS.ca, missing: ""}
    with pytest.raises(DataError, match=f"tls_port is set, but not {missing}; try: rivta certs"):
        server_context(Settings(**given))


def test_a_listener_always_asks_for_a_certificate() -> None:
    context = server_context(settings())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert server_context(settings(tls_minimum="1.3")).minimum_version is ssl.TLSVersion.TLSv1_3
    assert caller_context().check_hostname


def test_a_key_with_a_password(tmp_path: Path) -> None:
    """A wrong or missing password is an error: OpenSSL would ask for it on the terminal, and wait."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(Path(OURS.server[1]).read_bytes(), None)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    locked = tmp_path / "locked.key"
    locked.write_bytes(key.private_bytes(*form, serialization.BestAvailableEncryption(b"hemligt")))
    given = {"tls_certificate": OURS.server[0], "tls_key": str(locked), "tls_client_ca": OURS.ca}
    assert server_context(Settings(**given, tls_key_password="hemligt"))
    for wrong in ("", "fel"):
        with pytest.raises(DataError, match="are not a certificate and its key in PEM"):
            server_context(Settings(**given, tls_key_password=wrong))


def test_overrides_in_a_file_and_in_the_environment(tmp_path: Path) -> None:
    """Tables in TOML, in this order; JSON in a variable."""
    path = tmp_path / "gateway.toml"
    path.write_text(
        '[[producer_tls_overrides]]\nname = "gammal"\ndomain_suffix = ".se"\nport = 8443\nmaximum = "1.2"\n'
        '[[producer_tls_overrides]]\nname = "annan"\ndomain_name = "x.se"\n',
        "utf-8",
    )
    expected = (
        TlsOverride(name="gammal", domain_suffix=".se", port=8443, maximum="1.2"),
        TlsOverride(name="annan", domain_name="x.se"),
    )
    assert read(path, {}, {}).producer_tls_overrides == expected
    json = '[{"name": "gammal", "domain_suffix": ".se", "port": 8443, "maximum": "1.2"}]'
    assert read(path, {"RIVTA_PRODUCER_TLS_OVERRIDES": json}, {}).producer_tls_overrides == expected[:1]
    assert read(None, {"RIVTA_PRODUCER_VERIFY_HOST": "false"}, {}).producer_verify_host is False
    with pytest.raises(DataError, match="neither a list nor JSON"):
        read(None, {"RIVTA_PRODUCER_TLS_OVERRIDES": "[{"}, {})
    with pytest.raises(DataError, match="domain"):
        read(None, {"RIVTA_PRODUCER_TLS_OVERRIDES": '[{"name": "a", "domain": "x.se"}]'}, {})
