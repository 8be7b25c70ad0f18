"""``gateway.http.status``: figures in the words of the national status page."""

import sys
from datetime import datetime

import pytest

from gateway.http.status import UP, health, readable, status, uptime
from gateway.observe.metrics import Figures


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 days, 0 hours, 0 minutes, 0 seconds"),
        (62.9, "0 days, 0 hours, 1 minutes, 2 seconds"),
        (3599, "0 days, 0 hours, 59 minutes, 59 seconds"),
        (90061, "1 days, 1 hours, 1 minutes, 1 seconds"),
    ],
)
def test_uptime(seconds: float, told: str) -> None:
    """National VP, status: ``0 days, 0 hours, 1 minutes, 2 seconds``."""
    assert uptime(seconds) == told


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KB"), (1536, "1.5 KB"), (1024**2, "1.0 MB"),
        (1.5 * 1024**3, "1.5 GB"), (3 * 1024**4, "3.0 TB"), (2048 * 1024**4, "2048.0 TB"),
    ],
)  # fmt: skip
def test_sizes(size: float, told: str) -> None:
    assert readable(size) == told


def page(**changes: object) -> dict[str, object]:
    given: dict[str, object] = {
        "name": "plattform", "started": 0.0, "stopping": False, "hsa_up": True, "endpoints": ["a"], "more": False,
    }  # fmt: skip
    return status(Figures(), **{**given, **changes})  # type: ignore[arg-type]


def test_the_build_time_is_a_moment() -> None:
    assert datetime.strptime(str(page()["BuildTime"]), "%Y-%m-%dT%H:%M:%SZ").year >= 2024


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_this_processs() -> None:
    found = page(more=True)
    used = float(str(found["JvmUsedMemory"]).split()[0])
    assert str(found["JvmUsedMemory"]).endswith(("MB", "GB"))
    assert used > 1
    assert str(found["JvmMaxMemory"]).endswith(("GB", "TB"))
    assert "Used: " in str(found["NonHeapMemory"])


def test_a_system_that_does_not_tell_has_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr("gateway.http.status.Path.read_text", missing)
    monkeypatch.delattr("gateway.http.status.os.sysconf", raising=False)
    found = page()
    assert (found["JvmUsedMemory"], found["JvmMaxMemory"]) == ("0 bytes", "0 bytes")


def test_the_worst_component_decides() -> None:
    up, out, down = ({"status": each} for each in (UP, "OUT_OF_SERVICE", "DOWN"))
    assert health({"a": up})[0] == 200
    assert health({"a": up, "b": out})[1]["status"] == "OUT_OF_SERVICE"
    assert health({"a": out, "b": down, "c": up}) == (
        503, {"status": "DOWN", "components": {"a": out, "b": down, "c": up}},
    )  # fmt: skip
