"""``gateway.observe.log``: lines are gathered, stamped, and written as JSON or for people."""

import asyncio
import io
import json
import sys
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from freezegun import freeze_time

from gateway.observe import log
from gateway.observe.log import BufferedWriter, stamp, writer


class File(io.BytesIO):
    """A file that counts how often it was written to and flushed."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = self.flushes = 0

    def write(self, data: Any) -> int:
        self.writes += 1
        return super().write(data)

    def flush(self) -> None:
        self.flushes += 1
        super().flush()


def test_outside_a_loop_nothing_waits() -> None:
    file = File()
    buffer = BufferedWriter(file)
    buffer.info(b"a")
    assert file.getvalue() == b"a\n"
    assert file.flushes == 1


def test_inside_a_loop_lines_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_FLUSH_SECONDS", 0.02)
    file = File()

    async def write() -> bytes:
        buffer = BufferedWriter(file)
        for line in (b"a", b"b", b"c"):
            buffer.info(line)
        early = file.getvalue()
        await asyncio.sleep(0.1)
        return early

    assert asyncio.run(write()) == b""
    assert (file.getvalue(), file.writes) == (b"a\nb\nc\n", 1)


def test_a_second_round_waits_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_FLUSH_SECONDS", 0.02)
    file = File()

    async def write() -> None:
        buffer = BufferedWriter(file)
        for line in (b"a", b"b"):
            buffer.info(line)
            await asyncio.sleep(0.1)

    asyncio.run(write())
    assert (file.getvalue(), file.writes) == (b"a\nb\n", 2)


def test_errors_do_not_wait_and_take_the_others_along() -> None:
    file = File()

    async def write() -> bytes:
        buffer = BufferedWriter(file)
        buffer.info(b"a")
        buffer.error(b"b")
        return file.getvalue()

    assert asyncio.run(write()) == b"a\nb\n"


def test_much_does_not_wait() -> None:
    file = File()

    async def write() -> bytes:
        buffer = BufferedWriter(file)
        buffer.info(b"x" * 70_000)
        return file.getvalue()

    assert len(asyncio.run(write())) == 70_001


def test_flushing_nothing_writes_nothing() -> None:
    file = File()
    buffer = BufferedWriter(file)
    buffer.flush()
    buffer.info(b"a")
    buffer.flush()
    assert (file.getvalue(), file.writes) == (b"a\n", 1)


def test_what_has_gathered_can_be_flushed_at_the_end() -> None:
    file = File()

    async def write() -> BufferedWriter:
        buffer = BufferedWriter(file)
        buffer.info(b"a")
        return buffer

    asyncio.run(write()).flush()
    assert file.getvalue() == b"a\n"


@pytest.mark.parametrize(
    ("now", "stamped"),
    [
        ("2025-01-15 11:00:00.125", "2025-01-15T12:00:00.125+01:00"),
        ("2025-07-15 11:00:00", "2025-07-15T13:00:00.000+02:00"),
        ("2025-03-30 00:59:59.875", "2025-03-30T01:59:59.875+01:00"),
        ("2025-03-30 01:00:00", "2025-03-30T03:00:00.000+02:00"),
        ("2025-10-26 00:59:59", "2025-10-26T02:59:59.000+02:00"),
        ("2025-10-26 01:00:00", "2025-10-26T02:00:00.000+01:00"),
        ("2024-12-31 23:00:00", "2025-01-01T00:00:00.000+01:00"),
    ],
)
def test_lines_are_stamped_in_swedish_time_with_offset(monkeypatch: pytest.MonkeyPatch, now: str, stamped: str) -> None:
    """Also in the hour that comes twice in October, of which freezegun forgets the second: the clock is set here."""
    clock = SimpleNamespace(time=datetime.fromisoformat(f"{now}+00:00").timestamp)
    monkeypatch.setattr(log, "time", clock)
    assert stamp(None, "info", {})["@timestamp"] == stamped


EVENT = {
    "message": "req-in A -> B",
    "event.action": "resp-out",
    "event.duration": 1_234_567,
    "labels": {"servicecontract_namespace": "urn:riv:clinicalprocess:logistics:logistics:GetCarePlansResponder:2"},
}


def line(log_format: str, event: dict[str, Any]) -> str:
    file = io.BytesIO()
    logger, buffer = writer(log_format, file)
    with freeze_time("2025-01-15 11:00:00.5"):
        logger.info(None, **event)
    buffer.flush()
    (only,) = file.getvalue().decode().splitlines()
    return only


@pytest.mark.parametrize("log_format", ["json", "auto"])
def test_json_lines(log_format: str) -> None:
    """``auto`` is for people on a terminal only; a file gets JSON."""
    row = json.loads(line(log_format, {**EVENT, "message": "åäö"}))
    assert row == {**EVENT, "message": "åäö", "@timestamp": "2025-01-15T12:00:00.500+01:00"}


def test_lines_for_people() -> None:
    assert line("console", EVENT).split() == [
        "12:00:00.500",
        "resp-out",
        "GetCarePlansResponder",
        *["req-in", "A", "->", "B", "1.2", "ms"],
    ]


def test_an_error_for_people_tells_the_error() -> None:
    labels = {**EVENT["labels"], "sessionErrorDescription": "VP009 Error connecting"}  # type: ignore[dict-item]
    told = line("console", {**EVENT, "labels": labels})
    assert "VP009 Error connecting 1.2 ms" in told
    assert "req-in A -> B" not in told


def test_a_line_without_a_call() -> None:
    assert line("console", {"message": "Hej å"}).split() == ["12:00:00.500", "event", "Hej", "å"]


def test_errors_are_lines_like_others() -> None:
    file = io.BytesIO()
    logger, _ = writer("json", file)
    logger.error(None, message="x")
    assert json.loads(file.getvalue())["message"] == "x"


class Terminal(io.TextIOWrapper):
    """Standard error on a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("log_format", "human"), [("auto", True), ("json", False), ("console", True)])
def test_on_a_terminal_auto_is_for_people(monkeypatch: pytest.MonkeyPatch, log_format: str, human: bool) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", Terminal(raw))
    logger, _ = writer(log_format)
    logger.error(None, message="x")
    assert raw.getvalue().startswith(b"{") != human
