"""``gateway.settings``: file < environment < flags, and nothing unknown slips through."""

from pathlib import Path

import msgspec
import pytest

from gateway.configuration.meanings import meanings
from gateway.errors import DataError
from gateway.settings import PREFIX, Settings, from_environment, read

NAMES = [field.name for field in msgspec.structs.fields(Settings)]


def settings_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rivta.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_anything_the_defaults_hold() -> None:
    """National defaults: 15 MiB for a message, 2 s to connect, 27 s for a producer, 28 s for an aggregated question."""
    found = read(None, {}, {})
    assert found == Settings()
    assert (found.max_message_bytes, found.connect_timeout) == (15_728_640, 2.0)
    assert (found.producer_timeout, found.aggregate_timeout) == (27.0, 28.0)
    assert found.aggregate_address == "5565594230"


def test_the_file_counts_before_the_defaults(tmp_path: Path) -> None:
    path = settings_file(tmp_path, 'port = 8443\nmode = "national"\nallowed_ips = ["10.0.0.1"]\n')
    found = read(path, {}, {})
    assert (found.port, found.mode, found.allowed_ips) == (8443, "national", ("10.0.0.1",))
    assert found.host == "127.0.0.1"


def test_the_environment_counts_before_the_file(tmp_path: Path) -> None:
    path = settings_file(tmp_path, 'port = 8443\nmode = "national"\n')
    found = read(path, {"RIVTA_PORT": "9000"}, {})
    assert (found.port, found.mode) == (9000, "national")


def test_flags_count_before_the_environment(tmp_path: Path) -> None:
    path = settings_file(tmp_path, "port = 8443\n")
    found = read(path, {"RIVTA_PORT": "9000", "RIVTA_HOST": "0.0.0.0"}, {"port": 9001})
    assert (found.port, found.host) == (9001, "0.0.0.0")


def test_a_flag_that_is_not_given_counts_nothing() -> None:
    assert read(None, {"RIVTA_PORT": "9000"}, {"port": None}).port == 9000


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("PORT", "9000", 9000),
        ("CONNECT_TIMEOUT", "0.5", 0.5),
        ("CONNECT_TIMEOUT", "1", 1.0),
        ("MODE", "national", "national"),
        ("ALLOWED_IPS", "10.0.0.1", ("10.0.0.1",)),
        ("ALLOWED_IPS", "10.0.0.1,::1", ("10.0.0.1", "::1")),
        ("ALLOWED_IPS", " 10.0.0.1 , ::1 ", ("10.0.0.1", "::1")),
        ("ALLOWED_IPS", "", ()),
    ],
)
def test_the_environment_has_text_only(name: str, written: str, value: object) -> None:
    """National VP: the list of addresses is separated by commas, each one trimmed."""
    assert getattr(read(None, {f"RIVTA_{name}": written}, {}), name.lower()) == value


def test_other_variables_are_none_of_ours() -> None:
    assert read(None, {"PORT": "1", "RIVTAPORT": "2", "rivta_port": "3", "HOME": "/"}, {}) == Settings()


@pytest.mark.parametrize("name", ["RIVTA_LANG", "RIVTA_DATA"])
def test_variables_of_the_command_line_are_no_settings(name: str) -> None:
    assert read(None, {name: "en"}, {}) == Settings()


def test_an_unknown_variable_is_an_error_that_names_the_known() -> None:
    with pytest.raises(DataError, match=r"RIVTA_PROT: unknown setting; did you mean RIVTA_PORT\?"):
        read(None, {"RIVTA_PROT": "1"}, {})


def test_an_unknown_key_in_the_file_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = settings_file(tmp_path, "port = 1\nprot = 2\n")
    with pytest.raises(DataError) as caught:
        read(path, {}, {})
    assert (caught.value.path, caught.value.line) == (path, 2)


@pytest.mark.parametrize(
    ("environment", "flags"),
    [
        ({"RIVTA_PORT": "http"}, {}),
        ({"RIVTA_MODE": "strikt"}, {}),
        ({"RIVTA_VALIDATE": "yes"}, {}),
        ({}, {"log": "warn"}),
        ({}, {"connect_timeout": "soon"}),
    ],
)
def test_a_wrong_value_is_an_error(environment: dict[str, str], flags: dict[str, object]) -> None:
    with pytest.raises(DataError, match=r"Expected|Invalid"):
        read(None, environment, flags)


def test_this_process_has_an_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}INSTANCE_ID", "min-platta")
    assert from_environment(port=8081).instance_id == "min-platta"
    assert from_environment(port=8081).port == 8081


def test_settings_never_change() -> None:
    with pytest.raises(AttributeError):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented(name: str) -> None:
    assert meanings(Settings)[name].strip()


def test_nothing_is_documented_that_does_not_exist() -> None:
    assert set(meanings(Settings)) == set(NAMES)
