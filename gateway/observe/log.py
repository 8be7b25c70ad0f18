"""The log writer: lines of JSON (gateway.observe.ecs), or structlog for people and for what is not about a call.

Messages are written at the level ``debug`` only, and person ids are masked in every text that comes from outside.
"""

import asyncio
import atexit
import sys
import time
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from contextlib import suppress
from typing import IO, Any

import msgspec
import structlog
from structlog.typing import FilteringBoundLogger

from gateway.observe import ecs
from gateway.observe.batch import Event
from gateway.observe.events import ACTIONS, ERROR

_FLUSH_BYTES = 65_536
_FLUSH_SECONDS = 0.2


class BufferedWriter:
    """A structlog logger that gathers lines and writes them together.

    Lines wait for at most ``_FLUSH_SECONDS`` inside an event loop; errors, and lines outside a loop, do not wait.

    Attributes:
        human: whether the lines are for people.
    """

    def __init__(self, file: IO[bytes], *, human: bool = False) -> None:
        self.human = human
        self._file, self._lines, self._size = file, list[bytes](), 0
        self._timer: asyncio.TimerHandle | None = None
        atexit.register(self.flush)

    def info(self, line: bytes) -> None:
        """Add a line, which gets its line end here."""
        self._lines += (line, b"\n")
        self._size += len(line)
        if self._size > _FLUSH_BYTES:
            self.flush()
        elif self._timer is None:
            try:
                self._timer = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self.flush)
            except RuntimeError:  # no loop here to wake us
                self.flush()

    def error(self, line: bytes) -> None:
        """Add a line and write at once."""
        self.info(line)
        self.flush()

    def write(self, pieces: Iterable[bytes]) -> None:
        """Write whole lines, in pieces, after what has gathered."""
        self._lines += pieces
        self.flush()

    def flush(self) -> None:
        """Write what has gathered. A disk that is full, or a reader that has gone, must not cost anybody an answer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            lines, self._lines, self._size = self._lines, [], 0
            with suppress(OSError):
                self._file.write(b"".join(lines))
                self._file.flush()


def stamp(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Adds ``@timestamp``, Swedish time with offset."""
    event["@timestamp"] = ecs.stamp(time.time()).decode()
    return event


def _json(_logger: object, _method: str, event: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(event)


def _console(_logger: object, _method: str, event: Mapping[str, Any]) -> bytes:
    labels = event.get("labels", {})
    clock = str(event["@timestamp"])[11:23]
    took = f" {event['event.duration'] / 1e6:.1f} ms" if "event.duration" in event else ""
    told = labels.get("sessionErrorDescription") or event.get("message", "")
    contract = labels.get("servicecontract_namespace", "").rpartition(":")[0].rpartition(":")[2]
    line = f"{clock} {event.get('event.action', 'event'):<8} {contract:<32} {told}{took}".rstrip()
    content = event.get("http.request.body.content") or event.get("http.response.body.content")
    return (f"{line}\n{content}" if content else line).encode()


def writer(log_format: str, file: IO[bytes] | None = None) -> tuple[FilteringBoundLogger, BufferedWriter]:
    """A logger that writes to ``file`` (standard error by default).

    Args:
        log_format: ``json``, ``console``, or ``auto`` for console on a terminal.
        file: where to.
    """
    target = file or sys.stderr.buffer
    human = log_format == "console" or (log_format == "auto" and file is None and sys.stderr.isatty())
    buffer = BufferedWriter(target, human=human)
    logger = structlog.wrap_logger(
        buffer,
        processors=[stamp, _console if human else _json],
        wrapper_class=structlog.make_filtering_bound_logger("INFO"),
    ).bind()  # once: the lazy proxy would bind anew for every line
    return logger, buffer


class CallLog:
    """Writes one line for each event of a call; a reader for ``gateway.observe.batch``.

    Attributes:
        wanted: the events that are written.
    """

    def __init__(
        self,
        logger: FilteringBoundLogger,
        buffer: BufferedWriter,
        wanted: Iterable[str] = ACTIONS,
        *,
        service: str = "rivta-gateway",
        content: ecs.Content | None = None,
    ) -> None:
        """``logger`` and ``buffer`` from ``writer``. ``content`` gives the message of an event, if that is written."""
        self.wanted = frozenset(wanted)
        self._all = self.wanted == frozenset(ACTIONS)
        self._logger, self._buffer, self._content = logger, buffer, content
        self._service = ecs.quoted(service)

    def __call__(self, events: list[Event]) -> None:
        """Write what has happened."""
        if not self._all:
            events = [event for event in events if event[0] in self.wanted]
        if not self._buffer.human:
            self._buffer.write(ecs.lines(events, self._content, self._service))
            return
        for event in events:
            tell: Callable[..., Any] = self._logger.error if event[0] == ERROR else self._logger.info
            tell(None, **ecs.fields(event, self._content, self._service))
