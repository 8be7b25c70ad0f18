"""An event of a call as a line of JSON, with the field names of the national platform's ECS log.

A line is put together from bytes, four times in every call: what is the same in all lines of a call is written once and
stays with the call, and texts that come again and again are masked and quoted once.
"""

import itertools
import random
import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from gateway import __version__
from gateway.observe.batch import Event
from gateway.observe.events import ERROR, REQ_IN, REQ_OUT, RESP_IN, RESP_OUT
from gateway.observe.mask import mask
from gateway.registry.snapshot import STOCKHOLM
from gateway.router.call import ACTING_ON_BEHALF, ORIGINAL_CONSUMER, Call
from gateway.soap.head import Head

Content = Callable[[Event], bytes]
"""The message of an event, quoted for JSON; blank for none."""

SERVICE = b"rivta-gateway"
_STARTS = (REQ_IN, REQ_OUT)
_PROXY = ("httpXForwardedProto", "httpXForwardedHost", "httpXForwardedPort")
_SHORT = 256  # characters; longer texts seldom come again
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")  # nearly every correlation id; never a person's
# Ids of events: UUIDs of version 8 (RFC 9562), random for this process and numbered in it, never of digits only.
_EVENT_ID = b"%08x-%04x-8%03x-%04x-e%%011x" % (
    *(random.getrandbits(bits) for bits in (32, 16, 12)),
    0x8000 | random.getrandbits(14),
)
_next = itertools.count().__next__
_FIRST = (
    b'{"@timestamp":"%%b","event.id":"%b","event.action":"%b","event.kind":"event","event.category":["web"],'
    b'"event.type":["access","%b"],"event.module":"skltp-messages",'
)
_OPENING = (
    b'%%b -> %%b","trace.id":"%%b","service.name":"%%b","service.version":"%b","source.ip":"%%b",'
    b'"url.full":"%%b","http.request.method":"%%b","labels":{"route":"vp-%%b-route","senderid":"%%b",%%b'
    b'"originalServiceconsumerHsaid":"%%b"' % __version__.encode()
)
_DURATION = b'"event.duration":%d,'
_RESPONSE = b'"http.response.status_code":%d,"http.response.body.bytes":%d,'
_SENT = b'},"http.request.body.bytes":%d}\n'


def _form(action: str, *fields: bytes) -> bytes:
    """The beginning of a line, up to the sender's place in ``message``."""
    kind = b"start" if action in _STARTS else b"end"
    return b"".join((_FIRST % (_EVENT_ID, action.encode(), kind), *fields, b'"message":"%b ' % action.encode()))


_START = {action: _form(action) for action in _STARTS}
_END = {action: _form(action, _DURATION, _RESPONSE) for action in (RESP_IN, RESP_OUT, ERROR)}
_BROKEN = _form(ERROR, _DURATION)  # an error before there was an answer


class Told(NamedTuple):
    """What is the same in all lines of a call.

    Attributes:
        head: the head that this was written for.
        opening: from the sender's place in ``message`` into the labels.
        rest: what follows once the call has been sent; blank before.
    """

    head: Head | None
    opening: bytes
    rest: bytes


def lines(events: Iterable[Event], content: Content | None = None, service: bytes = SERVICE) -> list[bytes]:
    """Lines with their line ends, in pieces. Durations are nanoseconds; ``content`` adds the messages.

    ``service`` is ``service.name`` as it stands in JSON.
    """
    pieces: list[bytes] = []
    epoch = time.time() - time.perf_counter()
    for event in events:
        action, moment, call, head, body, answer = event
        told: Told | None = call.told
        if told is None or told[0] is not head:
            told = call.told = Told(head, _opening(call, head, service), b"")
        _, opening, rest = told
        if action == REQ_IN:
            rest = _SENT % len(body)
            if call.proxy is not None:
                rest = _labels(dict(zip(_PROXY, call.proxy, strict=True))) + rest
        elif not rest or action == ERROR:
            rest = _rest(action, call, body)
            if action == REQ_OUT:  # nothing in it changes any more
                call.told = Told(head, opening, rest)
        if content is not None:
            rest = _with_content(action, rest, content(event))
        when = stamp(epoch + moment)
        if action in _START:
            first = _START[action] % (when, _next())
        else:
            seconds = call.producer_seconds if action == RESP_IN else moment - call.started
            if answer is None:
                first = _BROKEN % (when, _next(), seconds * 1e9)
            else:
                first = _END[action] % (when, _next(), seconds * 1e9, answer.status, len(answer.body))
        pieces += (first, opening, rest)
    return pieces


def fields(event: Event, content: Content | None = None, service: bytes = SERVICE) -> dict[str, Any]:
    """The same by name: a line read back."""
    found: dict[str, Any] = msgspec.json.decode(b"".join(lines((event,), content, service)))
    return found


def quoted(text: str) -> bytes:
    """A text from outside as it stands in JSON, without the quotes: person ids masked."""
    return _known(text) if len(text) < _SHORT else _quoted(text)


def _quoted(text: str) -> bytes:
    return msgspec.json.encode(mask(text).encode("utf-8", "replace").decode())[1:-1]


_known = lru_cache(maxsize=8192)(_quoted)


def _opening(call: Call, head: Head | None, service: bytes) -> bytes:
    request = call.request
    sender, trace = quoted(call.sender), call.correlation_id
    receiver, contract = b"", b""
    if head is not None:
        receiver = quoted(head.logical_address or "")
        contract = b'"receiverid":"%b",%b' % (receiver, _contract(head.contract, head.profile))
    values = request.values
    opening = _OPENING % (
        sender, receiver,
        trace.encode() if _UUID.fullmatch(trace) else _quoted(trace),
        service,
        quoted(call.source_ip or request.ip),
        _url(request.scheme, values.get(b"host"), request.port) + quoted(request.target.decode("latin-1")),
        request.method, request.scheme.encode(), sender, contract,
        quoted(call.original_consumer) if call.original_consumer else sender,
    )  # fmt: skip
    if ORIGINAL_CONSUMER in values or ACTING_ON_BEHALF in values or call.warning or call.parent is not None:
        opening += _seldom(call)
    return opening


def _seldom(call: Call) -> bytes:
    labels = {
        "originalServiceconsumerHsaid_in": call.request.header(ORIGINAL_CONSUMER),
        "actingOnBehalfOfHsaid": call.request.header(ACTING_ON_BEHALF),
        "warning": call.warning,
        "parent.id": call.parent.correlation_id if call.parent else "",
    }
    return _labels(labels)


def _labels(labels: dict[str, str]) -> bytes:
    """Those that are not blank."""
    return b"".join(b',"%b":"%b"' % (name.encode(), quoted(text)) for name, text in labels.items() if text)


@lru_cache(maxsize=1024)
def _contract(contract: str, profile: str | None) -> bytes:
    labels = {
        "servicecontract_namespace": contract,
        "rivversion": profile or "",
        "wsdl_namespace": f"{contract.replace('Responder', '')}:{profile}",
    }
    return _labels(labels)[1:] + b","


@lru_cache(maxsize=256)
def _url(scheme: str, host: bytes | None, port: int) -> bytes:
    """The beginning of the URL as the caller saw it."""
    return _quoted(f"{scheme}://{host.decode('latin-1') if host else f'127.0.0.1:{port}'}")


def _rest(action: str, call: Call, body: bytes) -> bytes:
    """The end of a line: decisions, what went wrong, and what is known of the message."""
    parts: list[bytes] = []
    if call.route is not None:
        parts.append(b',"routerVagvalTrace":"%b"' % quoted(call.route.trace))
    if call.permission is not None:
        parts.append(b',"routerBehorighetTrace":"%b"' % quoted(call.permission.trace))
    if action == ERROR:
        cause = _quoted(call.cause)
        code = call.fault.code if call.fault else call.failure
        parts.append(b',"sessionStatus":"true","sessionErrorDescription":"%b","errorCode":"%b"' % (cause, quoted(code)))
        parts.append(b'},"error.message":"%b"' % cause)
    else:
        parts.append(b"}")
    parts.append(b',"http.request.body.bytes":%d' % len(body))
    if call.address:
        parts.append(b',"url.original":"%b"' % quoted(call.address))
    parts.append(b"}\n")
    return b"".join(parts)


def _with_content(action: str, rest: bytes, message: bytes) -> bytes:
    if not message:
        return rest
    side = b"request" if action in _STARTS else b"response"
    return b'%b,"http.%b.body.content":"%b"}\n' % (rest[:-2], side, message)


_millisecond = 0
_stamp = b""


def stamp(seconds: float) -> bytes:
    """A time (seconds since 1970), Swedish, with milliseconds and offset; lines of one millisecond share it."""
    global _millisecond, _stamp
    millisecond = int(seconds * 1000)
    if millisecond != _millisecond:
        clock, offset = _clock(millisecond // 1000)
        _millisecond, _stamp = millisecond, b"%b.%03d%b" % (clock, millisecond % 1000, offset)
    return _stamp


@lru_cache(maxsize=4)
def _clock(epoch: int) -> tuple[bytes, bytes]:
    """A second in Swedish time, without and with its offset from UTC."""
    moment = datetime.fromtimestamp(epoch, STOCKHOLM).isoformat(timespec="seconds").encode()
    return moment[:19], moment[19:]
