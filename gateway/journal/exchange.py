"""An exchange as the journal keeps it: the values of its row, made when it has ended.

Not by the writer, later: call, head and decisions, kept until then, would take the place of what the next calls need in
the processor's cache, and cost the calls more than the writing.
"""

import re
import time
from functools import lru_cache
from typing import NamedTuple

from gateway.message import Answer
from gateway.observe.mask import mask
from gateway.router.call import Call
from gateway.router.refusal import PRODUCER_FAILED

ANSWERED, PARTIAL, FAULT, FAILED, REFUSED, ABORTED = "answered", "partial", "fault", "failed", "refused", "aborted"
OUTCOMES = (ANSWERED, PARTIAL, FAULT, FAILED, REFUSED, ABORTED)

_LATE = "late: no answer before the whole question ended"
_MAX_TEXT = 2_000  # characters
_CACHED = 256  # longer texts seldom come again
_SUCCESS = range(200, 400)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")  # nearly every correlation id; never a person's

Bodies = tuple[bytes | None, bytes | None, bytes | None, bytes | None]


class Exchange(NamedTuple):
    """An exchange that has ended. Up to ``resp_out_bytes`` the columns of ``journal_exchange``, without the ids.

    Attributes:
        bodies: its four messages; None unless they shall be kept.
        held: bytes that ``bodies`` keep alive, with those of the sources.
        sources: the calls of an aggregated question.
    """

    started_us: int
    duration_us: int
    producer_us: int | None
    outcome: str
    http_status: int | None
    fault_code: str | None
    cause: str | None
    correlation_id: str
    caller_ip: str
    path: str
    sender: str | None
    original_consumer: str | None
    profile: str | None
    logical_address: str | None
    contract: str | None
    operation: str | None
    route_trace: str | None
    permission_trace: str | None
    address: str | None
    req_in_bytes: int | None
    req_out_bytes: int | None
    resp_in_bytes: int | None
    resp_out_bytes: int | None
    bodies: Bodies | None = None
    held: int = 0
    sources: "tuple[Exchange, ...]" = ()

    @property
    def values(self) -> tuple[object, ...]:
        """Those of the columns."""
        return self[:_COLUMNS]


_COLUMNS = Exchange._fields.index("bodies")


def ended(
    call: Call,
    now: float,
    answer: Answer | None,
    sent: bytes | None,
    received: bytes | None,
    sources: tuple[Exchange, ...],
    *,
    payloads: bool,
) -> Exchange:
    """The exchange of a consumer's call.

    Args:
        call: the call.
        now: ``time.perf_counter()`` when it ended.
        answer: what the consumer gets; None when it is gone.
        sent: what the producer was sent.
        received: what came back.
        sources: the calls that it is made of.
        payloads: whether to keep the messages.
    """
    partial = bool(sources) and any(each.outcome != ANSWERED for each in sources)
    bodies = (call.request.body, sent, received, answer.body if answer else None)
    outcome = _outcome(call, answer, partial=partial)
    return _of(call, now - call.started, answer, outcome, call.cause, bodies, sources, payloads=payloads)


def of_source(call: Call, now: float, *, payloads: bool) -> Exchange:
    """A call of an aggregated question that ended at ``now``: so long was a source waited for that did not answer."""
    asked, answer = call.notes is not None, call.answer
    seconds = call.producer_seconds or (now - call.started if asked else 0.0)
    bodies = (None, call.body if asked else None, answer.body if answer else None, None)
    failed = call.cause or answer is None
    outcome = REFUSED if not asked else FAILED if failed else ANSWERED
    cause = call.cause or (_LATE if outcome == FAILED else "")
    return _of(call, seconds, answer, outcome, cause, bodies, (), payloads=payloads)


def clean(text: str) -> str:
    """A text from outside, fit to be kept: no person ids, not too long, nothing that a database refuses."""
    return _known(text) if len(text) < _CACHED else _clean(text)


def _of(
    call: Call,
    seconds: float,
    answer: Answer | None,
    outcome: str,
    cause: str,
    bodies: Bodies,
    sources: tuple[Exchange, ...],
    *,
    payloads: bool,
) -> Exchange:
    request, fault, head, trace = call.request, call.fault, call.head, call.correlation_id
    route, permission = call.route, call.permission
    profile = address = contract = operation = None
    if head is not None:
        profile, operation, contract = head.profile, clean(head.operation), clean(head.contract)
        address = clean(head.logical_address) if head.logical_address else None
    req_in, req_out, resp_in, resp_out = bodies
    return Exchange(
        int((time.time() - time.perf_counter() + call.started) * 1e6),
        int(seconds * 1e6),
        int(call.producer_seconds * 1e6) or None,
        outcome,
        answer.status if answer else None,
        fault.code if fault else None,
        clean(cause) if cause else None,
        trace if _UUID.fullmatch(trace) else clean(trace),
        call.source_ip or request.ip,
        _path(request.target),
        clean(call.sender) or None,
        clean(call.original_consumer) if call.original_consumer else None,
        profile,
        address,
        contract,
        operation,
        clean(route.trace) if route is not None else None,
        clean(permission.trace) if permission is not None else None,
        clean(call.address) if call.address else None,
        None if req_in is None else len(req_in),
        None if req_out is None else len(req_out),
        None if resp_in is None else len(resp_in),
        None if resp_out is None else len(resp_out),
        bodies if payloads else None,
        _held(bodies, sources) if payloads else 0,
        sources,
    )


def _path(target: bytes) -> str:
    return _known_path(target) if len(target) < _CACHED else _clean(target.decode("latin-1"))


def _clean(text: str) -> str:
    masked = mask(text)[:_MAX_TEXT].replace("\0", "")
    return masked.encode("utf-8", "replace").decode("utf-8")


_known = lru_cache(maxsize=8192)(_clean)
_known_path = lru_cache(maxsize=1024)(lambda target: _clean(target.decode("latin-1")))


def _outcome(call: Call, answer: Answer | None, *, partial: bool) -> str:
    if call.fault is not None:
        return FAILED if call.fault.code == PRODUCER_FAILED else REFUSED
    if answer is None:
        return ABORTED
    if answer.status not in _SUCCESS:
        return FAULT
    return PARTIAL if partial else ANSWERED


def _held(bodies: Bodies, sources: tuple[Exchange, ...]) -> int:
    different = {id(body): len(body) for body in bodies if body is not None}
    return sum(different.values()) + sum(source.held for source in sources)
