"""Settings that are right one by one and do not fit together."""

from pathlib import Path
from typing import Any

import pytest
from settings_samples import faults, written

from gateway.settings import read

CERTIFICATES = {"tls_certificate": "a.pem", "tls_key": "a.key", "tls_client_ca": "ca.pem"}
OVERRIDE = {"name": "gammal", "domain_suffix": ".x.se"}


def test_the_fault_is_told_where_somebody_has_set_something(tmp_path: Path) -> None:
    path = written(tmp_path, "\naggregate_timeout = 20\n")
    (fault,) = faults(path)
    assert fault.startswith(f"{path}:2: producer_timeout is 27 s and aggregate_timeout 20 s. Expected the first to be")


@pytest.mark.parametrize(
    ("given", "place", "told"),
    [
        ({"producer_timeout": 28}, "--producer-timeout", "producer_timeout is 28 s and aggregate_timeout 28 s"),
        ({"tls_port": 8080, **CERTIFICATES}, "--tls-port", "tls_port and port are both 8080"),
        ({"admin_port": 8080}, "--admin-port", "admin_port and port are both 8080"),
        ({"admin_port": 8443, "tls_port": 8443, **CERTIFICATES}, "--admin-port", "admin_port and tls_port are both"),
        ({"tls_port": 8443, **CERTIFICATES, "tls_key": ""}, "--tls-port", "tls_port is set, but not tls_key; try:"),
        ({"tls_key": "a"}, "--tls-key", "tls_key is set, but not tls_certificate"),
        ({"tls_key_password": "a"}, "--tls-key-password", "tls_key_password is set, but not tls_key"),
        ({"producer_tls_key": "a"}, "--producer-tls-key", "producer_tls_key is set, but not producer_tls_certificate"),
        (
            {"producer_tls_key_password": "hemligt"}, "--producer-tls-key-password",
            "producer_tls_key_password is set, but not producer_tls_key",
        ),
        ({"tls_minimum": "1.3", "tls_maximum": "1.2"}, "--tls-maximum", "tls_minimum is 1.3 and tls_maximum 1.2"),
        (
            {"tls_minimum": "1.3", "producer_tls_maximum": "1.2"}, "--producer-tls-maximum",
            "producer_tls_minimum is 1.3 and producer_tls_maximum 1.2",
        ),
        ({"allowed_ips": ["10.0.0"]}, "--allowed-ips", "allowed_ips: '10.0.0' does not appear to be an IPv4 or"),
        ({"allowed_ips": ["10.0.0.1/8"]}, "--allowed-ips", "allowed_ips: 10.0.0.1/8 has host bits set"),
        (
            {"allowed_ips": ["10.0.0.0/8"], "mode": "national"}, "--allowed-ips",
            "allowed_ips: '10.0.0.0/8' is no beginning of an address",
        ),
        (
            {"certificate_header": "X-FORWARDED-FOR"}, "--certificate-header",
            "forwarded_for_header and certificate_header are both X-FORWARDED-FOR",
        ),
        (
            {"producer_tls_overrides": [OVERRIDE, OVERRIDE]}, "--producer-tls-overrides",
            "Duplicate TLS configuration names found: gammal",
        ),
        (
            {"producer_tls_overrides": [{"name": "a", "port": 1}]}, "--producer-tls-overrides",
            "producer_tls_overrides: a needs domain_name or domain_suffix; without, it is for nobody",
        ),
        (
            {"producer_tls_overrides": [OVERRIDE | {"key": "k"}]}, "--producer-tls-overrides",
            "producer_tls_overrides: gammal has a key without a certificate",
        ),
        (
            {"producer_tls_overrides": [OVERRIDE | {"minimum": "1.3", "maximum": "1.2"}]}, "--producer-tls-overrides",
            "producer_tls_overrides: gammal has minimum 1.3 above maximum 1.2",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_together(given: dict[str, Any], place: str, told: str) -> None:
    (fault,) = faults(**given)
    assert fault.startswith(f"{place}: {told}")
    assert "hemligt" not in fault


@pytest.mark.parametrize(
    "given",
    [
        {"producer_timeout": 27.9},
        {"producer_timeout": 40, "aggregate_timeout": 41},
        {"tls_port": 8080, "tls_host": "::1", **CERTIFICATES},
        {"tls_port": 8443, **CERTIFICATES},
        {"admin_port": 0},
        {"port": 8080, "admin_port": 8081},
        {"tls_certificate": "both.pem", "tls_key_password": "x"},
        {"tls_minimum": "1.3", "tls_maximum": "1.3"},
        {"tls_minimum": "1.3", "producer_tls_minimum": "1.2", "producer_tls_maximum": "1.2"},
        {"allowed_ips": []},
        {"allowed_ips": [" 10.0.0.0/8 ", ""]},
        {"allowed_ips": ["10.", "::", "1.2.3.4"], "mode": "national"},
        {"producer_tls_overrides": [{"name": "a", "port": 1}], "mode": "national"},
        {"producer_tls_overrides": [OVERRIDE, OVERRIDE | {"name": "ny", "certificate": "c", "key": "k"}]},
    ],
)
def test_what_fits_together(given: dict[str, Any]) -> None:
    assert read(None, {}, given)
