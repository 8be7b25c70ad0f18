"""Settings of TLS change the listener and the calls to producers."""

import ssl
from typing import Any

import pytest
from tls_peers import certificates

from gateway.http.tls import ProducerTls, server_context
from gateway.settings import Settings

V12, V13, NEWEST = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.MAXIMUM_SUPPORTED
SUITE, JAVAS_NAME = "ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
OTHER = "ECDHE-RSA-AES128-GCM-SHA256"


def listener(**given: Any) -> ssl.SSLContext:
    files = certificates()
    certificate, key = files.server
    return server_context(Settings(tls_certificate=certificate, tls_key=key, tls_client_ca=files.ca, **given))


def towards(**given: Any) -> ssl.SSLContext:
    return ProducerTls(Settings(**{"producer_tls_ca": certificates().ca, **given}))("producent.example.se", 443)


def old_suites(context: ssl.SSLContext) -> list[str]:
    return [each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]


@pytest.mark.parametrize(
    ("given", "lowest", "highest"),
    [({}, V12, NEWEST), ({"tls_minimum": "1.3"}, V13, NEWEST), ({"tls_maximum": "1.2"}, V12, V12)],
)
def test_versions_of_the_listener(given: dict[str, Any], lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> None:
    """National VP: tp.tls.allowedIncomingProtocols."""
    context = listener(**given)
    assert (context.minimum_version, context.maximum_version) == (lowest, highest)


@pytest.mark.parametrize(
    ("given", "lowest", "highest"),
    [
        ({}, V12, NEWEST),
        ({"tls_minimum": "1.3"}, V13, NEWEST),
        ({"producer_tls_minimum": "1.3"}, V13, NEWEST),
        ({"tls_minimum": "1.3", "producer_tls_minimum": "1.2"}, V12, NEWEST),
        ({"producer_tls_maximum": "1.2"}, V12, V12),
        ({"tls_maximum": "1.2"}, V12, NEWEST),
    ],
)
def test_versions_towards_producers(given: dict[str, Any], lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> None:
    """National VP: tp.tls.allowedOutgoingProtocols."""
    context = towards(**given)
    assert (context.minimum_version, context.maximum_version) == (lowest, highest)


@pytest.mark.parametrize("written", [SUITE, JAVAS_NAME])
def test_cipher_suites_of_the_listener(written: str) -> None:
    """National VP: tp.tls.allowedIncomingCipherSuites."""
    assert old_suites(listener(tls_ciphers=written)) == [SUITE]
    assert len(old_suites(listener())) > 1


@pytest.mark.parametrize("written", [SUITE, JAVAS_NAME])
def test_cipher_suites_towards_producers(written: str) -> None:
    """National VP: tp.tls.allowedOutgoingCipherSuites."""
    assert old_suites(towards(producer_tls_ciphers=written)) == [SUITE]
    assert len(old_suites(towards(tls_ciphers=written))) > 1


def test_an_override_has_its_own_suites_or_those_of_the_default() -> None:
    from gateway.tlssettings import TlsOverride

    own = TlsOverride(name="egna", domain_name="producent.example.se", ciphers=OTHER)
    none = TlsOverride(name="inga", domain_name="producent.example.se")
    assert old_suites(towards(producer_tls_overrides=(own,), producer_tls_ciphers=SUITE)) == [OTHER]
    assert old_suites(towards(producer_tls_overrides=(none,), producer_tls_ciphers=SUITE)) == [SUITE]
