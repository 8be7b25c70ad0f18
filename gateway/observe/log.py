"""The log writer: structlog, JSON with the national platform's field names (its ECS log format), or lines for people.

Payloads are never written, and person ids are masked in every text that comes from outside.
"""

import asyncio
import atexit
import sys
import time
from collections.abc import Callable, Mapping, MutableMapping
from datetime import datetime
from functools import lru_cache
from typing import IO, Any

import msgspec
import structlog
from structlog.typing import FilteringBoundLogger

from gateway import __version__
from gateway.observe.events import ERROR, REQ_IN, REQ_OUT, RESP_IN
from gateway.observe.mask import mask
from gateway.registry.snapshot import STOCKHOLM
from gateway.router.call import ACTING_ON_BEHALF, ORIGINAL_CONSUMER, Call, new_id

_FLUSH_BYTES = 32_768
_FLUSH_SECONDS = 0.2
_STARTS = (REQ_IN, REQ_OUT)
_known = lru_cache(maxsize=8192)(mask)  # for texts that come again and again, a call's own id four times


class BufferedWriter:
    """A structlog logger that gathers lines and writes them together.

    Lines wait for at most ``_FLUSH_SECONDS`` inside an event loop; errors, and lines outside a loop, do not wait.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._lines, self._size = file, list[bytes](), 0
        self._timer: asyncio.TimerHandle | None = None
        atexit.register(self.flush)

    def info(self, line: bytes) -> None:
        """Add a line."""
        self._lines.append(line)
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

    def flush(self) -> None:
        """Write what has gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            self._file.write(b"\n".join((*self._lines, b"")))
            self._file.flush()
            self._lines.clear()
            self._size = 0


def stamp(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Adds ``@timestamp``, Swedish time with offset."""
    now = time.time()
    second = int(now)
    clock, offset = _second(second)
    event["@timestamp"] = f"{clock}.{int((now - second) * 1000):03d}{offset}"
    return event


@lru_cache(maxsize=4)
def _second(epoch: int) -> tuple[str, str]:
    """A second in Swedish time, without and with its offset from UTC: the same for thousands of lines."""
    moment = datetime.fromtimestamp(epoch, STOCKHOLM).isoformat(timespec="seconds")
    return moment[:19], moment[19:]


def _json(_logger: object, _method: str, event: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(event)


def _console(_logger: object, _method: str, event: Mapping[str, Any]) -> bytes:
    labels = event.get("labels", {})
    clock = str(event["@timestamp"])[11:23]
    took = f" {event['event.duration'] / 1e6:.1f} ms" if "event.duration" in event else ""
    told = labels.get("sessionErrorDescription") or event.get("message", "")
    contract = labels.get("servicecontract_namespace", "").rpartition(":")[0].rpartition(":")[2]
    return f"{clock} {event.get('event.action', 'event'):<8} {contract:<32} {told}{took}".rstrip().encode()


def writer(log_format: str, file: IO[bytes] | None = None) -> tuple[FilteringBoundLogger, BufferedWriter]:
    """A logger that writes to ``file`` (standard error by default).

    Args:
        log_format: ``json``, ``console``, or ``auto`` for console on a terminal.
        file: where to.
    """
    target = file or sys.stderr.buffer
    human = log_format == "console" or (log_format == "auto" and file is None and sys.stderr.isatty())
    buffer = BufferedWriter(target)
    logger = structlog.wrap_logger(
        buffer,
        processors=[stamp, _console if human else _json],
        wrapper_class=structlog.make_filtering_bound_logger("INFO"),
    ).bind()  # once: the lazy proxy would bind anew for every line
    return logger, buffer


class CallLog:
    """Writes one line for each event of a call."""

    def __init__(self, logger: FilteringBoundLogger) -> None:
        self._logger = logger

    def __call__(self, action: str, call: Call) -> None:
        """The subscriber."""
        write: Callable[..., Any] = self._logger.error if action == ERROR else self._logger.info
        write(None, **fields(action, call))


def fields(action: str, call: Call) -> dict[str, Any]:
    """An event of a call with the platform's ECS names. Durations are nanoseconds."""
    request, head = call.request, call.head
    receiver = head.logical_address if head else None
    found: dict[str, Any] = {
        "message": f"{action} {_known(call.sender)} -> {_known(receiver or '')}",
        "event.action": action,
        "event.kind": "event",
        "event.category": ["web"],
        "event.type": ["access", "start" if action in _STARTS else "end"],
        "event.module": "skltp-messages",
        "event.id": new_id(),
        "trace.id": _known(call.correlation_id),
        "service.name": "rivta-gateway",
        "service.version": __version__,
        "source.ip": _known(call.source_ip) if call.source_ip else request.ip,
        "url.full": _known(request.url),
        "http.request.method": request.method.decode("latin-1"),
        "http.request.body.bytes": len(call.body),
        "labels": _labels(action, call),
    }
    if call.address:
        found["url.original"] = call.address
    if action not in _STARTS:
        seconds = call.producer_seconds if action == RESP_IN else time.perf_counter() - call.started
        found["event.duration"] = int(seconds * 1e9)
    if call.answer is not None:
        found["http.response.status_code"] = call.answer.status
        found["http.response.body.bytes"] = len(call.answer.body)
    if action == ERROR:
        found["error.message"] = mask(call.cause)
    return found


def _labels(action: str, call: Call) -> dict[str, str]:
    labels = {"senderid": call.sender}
    if head := call.head:
        labels["receiverid"] = head.logical_address or ""
        labels["servicecontract_namespace"] = head.contract
        labels["rivversion"] = head.profile or ""
        labels["wsdl_namespace"] = f"{head.contract.replace('Responder', '')}:{head.profile}"
    labels["originalServiceconsumerHsaid"] = call.original_consumer or call.sender
    if incoming := call.request.header(ORIGINAL_CONSUMER):
        labels["originalServiceconsumerHsaid_in"] = incoming
    if behalf := call.request.header(ACTING_ON_BEHALF):
        labels["actingOnBehalfOfHsaid"] = behalf
    if call.route:
        labels["routerVagvalTrace"] = call.route.trace
    if call.permission:
        labels["routerBehorighetTrace"] = call.permission.trace
    labels = {name: _known(text) for name, text in labels.items()}
    labels["route"] = f"vp-{call.request.scheme}-route"
    if call.warning:
        labels["warning"] = _known(call.warning)
    if call.parent:
        labels["parent.id"] = _known(call.parent.correlation_id)
    if action == ERROR:
        labels["sessionStatus"] = "true"
        labels["sessionErrorDescription"] = mask(call.cause)
        labels["errorCode"] = call.fault.code if call.fault else "source"
    return labels
