"""A wrong value is told by its name, where it stands, what it is and what is allowed."""

from pathlib import Path

import pytest
from settings_samples import faults, written

from gateway.configuration.faults import SettingsError, nearest
from gateway.errors import DataError
from gateway.settings import Settings, read

PORT = "Expected a port, 1 to 65535"
LAST_PORT, FIRST_TOO_HIGH = 65535, 65536
CERTIFICATES = {"tls_certificate": "a", "tls_key": "b", "tls_client_ca": "c"}


def test_a_flag_is_told_as_it_was_given() -> None:
    assert faults(tls_port=70000) == [
        "--tls-port: tls_port is 70000. Expected a port, 1 to 65535, or 0 for none",
    ]


def test_a_variable_is_told_as_it_was_given() -> None:
    assert faults(environment={"RIVTA_PORT": "http"}) == [f"RIVTA_PORT: port is 'http'. {PORT}"]


def test_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, '# Provning\nhost = "127.0.0.1"\nport = 0\n')
    assert faults(path) == [f"{path}:3: port is 0. {PORT}"]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, 'port = "8080"\nmode = "strikt"\nprot = 1\n')
    assert faults(path, {"RIVTA_LOG": "debugg"}, workers=0) == [
        f"{path}:1: port is '8080'. {PORT}",
        f"{path}:2: mode is 'strikt'. Expected one of national, strict",
        f"{path}:3: unknown setting prot; did you mean port?",
        f"RIVTA_LOG: log is 'debugg'. Expected {_logs()}",
        "--workers: workers is 0. Expected a whole number, 1 to 64",
    ]


def _logs() -> str:
    import msgspec

    from gateway.configuration.kinds import allowed

    return allowed(next(field.type for field in msgspec.structs.fields(Settings) if field.name == "log"))


def test_the_error_has_one_line_for_each_and_the_place_of_the_first(tmp_path: Path) -> None:
    path = written(tmp_path, "port = 0\nworkers = 0\n")
    with pytest.raises(SettingsError) as caught:
        read(path, {}, {})
    assert (caught.value.path, caught.value.line) == (path, 1)
    assert len(str(caught.value).splitlines()) == 2


def test_a_value_in_a_file_is_checked_though_another_source_counts(tmp_path: Path) -> None:
    """A file that is wrong is wrong, whoever reads it with which variables."""
    assert faults(written(tmp_path, "port = 0\n"), {"RIVTA_PORT": "8081"})


@pytest.mark.parametrize(
    ("name", "written_value", "allowed"),
    [
        ("port", "65536", "a port, 1 to 65535"),
        ("port", "-1", "a port, 1 to 65535"),
        ("port", "80.5", "a port, 1 to 65535"),
        ("tls_port", "65536", "a port, 1 to 65535, or 0 for none"),
        ("tls_port", "-1", "a port, 1 to 65535, or 0 for none"),
        ("admin_port", "65536", "a port, 1 to 65535, or 0 for none"),
        ("admin_port", "", "a port, 1 to 65535, or 0 for none"),
        ("producer_port_offset", "50001", "a whole number, 0 to 50000"),
        ("workers", "65", "a whole number, 1 to 64"),
        ("max_calls", "0", "a whole number, 1 to 1000000"),
        ("max_message_bytes", "1023", "bytes, 1024 to 2147483647"),
        ("max_message_bytes", "2147483648", "bytes, 1024 to 2147483647"),
        ("connect_timeout", "0", "seconds, more than 0 and at most 86400"),
        ("connect_timeout", "nan", "seconds, more than 0 and at most 86400"),
        ("connect_timeout", "inf", "seconds, more than 0 and at most 86400"),
        ("producer_timeout", "-1", "seconds, more than 0 and at most 86400"),
        ("aggregate_timeout", "86401", "seconds, more than 0 and at most 86400"),
        ("journal_max_exchanges", "-1", "a whole number, 0 for no limit"),
        ("journal_max_age_hours", "-0.5", "hours, 0 for no limit"),
        ("host", "", "a host name or an IP address"),
        ("host", "http://localhost", "a host name or an IP address"),
        ("admin_host", "a b", "a host name or an IP address"),
        ("tls_host", "-x", "a host name or an IP address, or blank for the same"),
        ("instance_id", "", "one or more ASCII characters, no blanks at the ends"),
        ("instance_id", "plattå", "one or more ASCII characters, no blanks at the ends"),
        ("instance_id", " platta", "one or more ASCII characters, no blanks at the ends"),
        ("instance_name", "två\nrader", "text on one line"),
        ("service_name", "", "text on one line, not blank"),
        ("certificate_header", "x vp", "the name of an HTTP header"),
        ("forwarded_for_header", "", "the name of an HTTP header"),
        ("forwarded_host_header", "x:", "the name of an HTTP header"),
        ("forwarded_port_header", "hamn-å", "the name of an HTTP header"),
        ("forwarded_proto_header", "a\r\nb", "the name of an HTTP header"),
        ("mode", "", "one of national, strict"),
        ("validate", "true", "one of off, request, both"),
        ("journal", "true", "one of off, on, payloads"),
        ("log_events", "req-in,req", "one of req-in, req-out, resp-in, resp-out, error"),
        ("tls_minimum", "1.1", "one of 1.2, 1.3"),
        ("tls_maximum", "1.1", "one of blank, 1.2, 1.3"),
        ("producer_tls_minimum", "1", "one of blank, 1.2, 1.3"),
        ("use_routing_history", "kanske", "true or false"),
        ("producer_verify_host", "kanske", "true or false"),
        ("database_url", "rivta.sqlite3", "a database URL such as postgresql://user@host/name or sqlite:///file"),
    ],
)
def test_a_value_that_is_not_allowed(name: str, written_value: str, allowed: str) -> None:
    (fault,) = faults(environment={f"RIVTA_{name.upper()}": written_value})
    assert fault.startswith(f"RIVTA_{name.upper()}: {name}")
    assert f"Expected {allowed}" in fault


@pytest.mark.parametrize(
    ("name", "written_value", "why"),
    [
        ("sender_id_pattern", "OU=[^,]+", "no group ( ) around the id"),
        ("sender_id_pattern", "OU=([^,]+", "no regular expression: missing ), unterminated subpattern"),
        ("request_headers_removed", "x-(", "no regular expression: missing ), unterminated subpattern"),
        ("answer_headers_kept", "*", "no regular expression: nothing to repeat"),
        ("tls_ciphers", "ROT13", "OpenSSL knows no cipher suite ROT13"),
        (
            "producer_tls_ciphers",
            "TLS_AES_128_GCM_SHA256",
            "belongs to TLS 1.3, whose cipher suites Python cannot choose",
        ),
        ("tls_ciphers", "AES:!AES", "all cipher suites are left out"),
    ],
)
def test_the_reason_is_told_where_there_is_one(name: str, written_value: str, why: str) -> None:
    (fault,) = faults(environment={f"RIVTA_{name.upper()}": written_value})
    assert why in fault
    assert "Expected " in fault


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 1),
        ("port", LAST_PORT),
        ("tls_port", 0),
        ("connect_timeout", 0.001),
        ("admin_port", 0),
        ("tls_host", "::1"),
    ],
)
def test_the_outermost_values_are_allowed(name: str, value: object) -> None:
    assert getattr(read(None, {}, {name: value}), name) == value


def test_a_file_has_types(tmp_path: Path) -> None:
    """In a variable everything is text; a text in a file that should be a number is a mistake."""
    path = written(tmp_path, 'use_routing_history = "true"\nallowed_ips = "127.0.0.1"\n')
    assert faults(path) == [
        f"{path}:1: use_routing_history is 'true'. Expected true or false",
        f"{path}:2: allowed_ips is '127.0.0.1'. Expected a list, of text",
    ]


OVERRIDES = """
[[producer_tls_overrides]]
name = "gammal"
domain_suffix = ".region.example"

[[producer_tls_overrides]]
name = "ny"
domain_name = "ny.region.example"
{}
"""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("port = 70000", ":9: producer_tls_overrides[1].port is 70000. Expected a port, 1 to 65535, or 0 for none"),
        ("prot = 7", ":9: unknown key in producer_tls_overrides[1] prot; did you mean port?"),
        ('minimum = "1"', ":9: producer_tls_overrides[1].minimum is '1'. Expected one of 1.2, 1.3"),
        ('ciphers = "ROT13"', ":9: producer_tls_overrides[1].ciphers is 'ROT13', OpenSSL knows no cipher suite ROT13"),
        ("key_password = 7", ":9: producer_tls_overrides[1].key_password is '***'. Expected text"),
    ],
)
def test_a_value_deep_down_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    path = written(tmp_path, OVERRIDES.format(line))
    (fault,) = faults(path)
    assert fault.startswith(f"{path}{told}")


def test_what_is_missing_deep_down() -> None:
    assert faults(environment={"RIVTA_PRODUCER_TLS_OVERRIDES": '[{"port": 1}]'}) == [
        "RIVTA_PRODUCER_TLS_OVERRIDES: producer_tls_overrides[0] has no name. Expected text on one line, not blank"
    ]


@pytest.mark.parametrize(
    "value", ['[{"name": "a", "key_password": "hemligt"', '[{"name": 1, "key_password": "hemligt"}]']
)
def test_a_password_in_tables_that_cannot_be_used_is_not_shown(value: str) -> None:
    (fault,) = faults(environment={"RIVTA_PRODUCER_TLS_OVERRIDES": value})
    assert "hemligt" not in fault


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RIVTA_DATABASE_URL", "//anna:hemligt@värd/rivta"),
        ("RIVTA_DATABASE_URL", "9://anna:hemligt@värd/rivta"),
        ("RIVTA_PRODUCER_TLS_OVERRIDES", "hemligt"),
    ],
)
def test_secrets_are_not_shown_in_faults(name: str, value: str) -> None:
    (fault,) = faults(environment={name: value})
    assert "hemligt" not in fault
    assert "***" in fault


def test_a_secret_of_the_wrong_type_is_not_shown(tmp_path: Path) -> None:
    path = written(tmp_path, 'tls_key_password = ["hemligt"]\n')
    assert faults(path) == [f"{path}:1: tls_key_password is '***'. Expected text"]


def test_a_long_value_is_cut() -> None:
    (fault,) = faults(environment={"RIVTA_HOST": "x" * 10_000})
    assert len(fault) < 300


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("RIVTA_PROT", "RIVTA_PORT"),
        ("RIVTA_ALLOWED_IP", "RIVTA_ALLOWED_IPS"),
        ("RIVTA_TLS_CLIENTCA", "RIVTA_TLS_CLIENT_CA"),
    ],
)
def test_the_nearest_name_is_suggested(wrong: str, right: str) -> None:
    assert faults(environment={wrong: "1"}) == [f"{wrong}: unknown setting; did you mean {right}?"]


def test_a_flag_that_is_none_of_ours() -> None:
    assert faults(prot=1) == ["--prot: unknown setting; did you mean --port?"]


def test_without_a_near_name_all_are_told() -> None:
    (fault,) = faults(environment={"RIVTA_ZZZZZZ": "1"})
    assert fault.startswith("RIVTA_ZZZZZZ: unknown setting; known are RIVTA_ADMIN_HOST, RIVTA_ADMIN_PORT, ")
    assert len(fault.split(", ")) == len(Settings.__struct_fields__)


@pytest.mark.parametrize(("name", "near"), [("PORT", "port"), ("prt", "port"), ("qqqq", "")])
def test_nearest_ignores_case(name: str, near: str) -> None:
    assert nearest(name, ["host", "port"]) == near


def test_a_file_that_is_not_toml(tmp_path: Path) -> None:
    path = written(tmp_path, "port = 1\nhost =\n")
    with pytest.raises(DataError, match="not valid TOML") as caught:
        read(path, {}, {})
    assert (caught.value.path, caught.value.line) == (path, 2)
