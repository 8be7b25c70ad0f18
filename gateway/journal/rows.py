"""Exchanges as rows of the journal's tables: person ids masked, messages compressed."""

import re
import zlib
from collections.abc import Iterable
from functools import lru_cache

from gateway.journal.collect import Bodies, Exchange
from gateway.observe.events import REQ_IN, REQ_OUT, RESP_IN, RESP_OUT
from gateway.observe.mask import mask
from gateway.router.refusal import PRODUCER_FAILED

ANSWERED, PARTIAL, FAULT, FAILED, REFUSED, ABORTED = "answered", "partial", "fault", "failed", "refused", "aborted"
OUTCOMES = (ANSWERED, PARTIAL, FAULT, FAILED, REFUSED, ABORTED)
KINDS = (REQ_IN, REQ_OUT, RESP_IN, RESP_OUT)

ROW_BYTES = 1_024  # what an exchange takes without its messages, about
_LATE = "late: no answer before the whole question ended"
_MAX_TEXT = 2_000  # characters
_CACHED = 256  # longer texts seldom come again
_LEVEL = 1  # zlib's fastest
_SUCCESS = range(200, 400)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")  # nearly every correlation id; never a person's

ExchangeRow = tuple[object, ...]
MessageRow = tuple[int, str, str | None, bytes | None]


class Rows:
    """Rows of both tables, in the order of their columns. Each exchange is followed by its sources.

    Attributes:
        next_id: the first id that is not used.
        stored_bytes: what all of it takes, about.
    """

    def __init__(self, found: Iterable[Exchange], first_id: int) -> None:
        self.exchanges: list[ExchangeRow] = []
        self.messages: list[MessageRow] = []
        self.stored_bytes = 0
        self.next_id = first_id
        for each in found:
            self._add(each)

    def _add(self, found: Exchange) -> None:
        own_id = self.next_id
        if not found.sources and found.bodies is None:  # nearly all
            self.next_id += 1
            self.stored_bytes += ROW_BYTES
            self.exchanges.append(_row(found, own_id, None, _outcome(found, partial=False), ROW_BYTES))
            return
        self.next_id += 1 + len(found.sources)
        stored, sources = 0, []
        for number, source in enumerate(found.sources, own_id + 1):
            size = self._messages(number, source.bodies)
            stored += ROW_BYTES + size
            sources.append(_row(source, number, own_id, _source_outcome(source), ROW_BYTES + size))
        stored += ROW_BYTES + self._messages(own_id, found.bodies)
        partial = any(row[_OUTCOME] != ANSWERED for row in sources)
        self.exchanges.append(_row(found, own_id, None, _outcome(found, partial=partial), stored))
        self.exchanges += sources
        self.stored_bytes += stored

    def _messages(self, number: int, bodies: Bodies | None) -> int:
        """Add an exchange's messages; how many bytes they take."""
        size = 0
        known: dict[bytes, str] = {}
        for kind, body in zip(KINDS, bodies or (), strict=False):
            if body is None:
                continue
            if body in known:
                self.messages.append((number, kind, known[body], None))
            else:
                known[body] = kind
                packed = zlib.compress(body, _LEVEL)
                size += len(packed)
                self.messages.append((number, kind, None, packed))
        return size


def weight(found: Iterable[Exchange]) -> int:
    """How many rows of exchanges they make."""
    return sum(1 + len(each.sources) for each in found)


def clean(text: str) -> str:
    """A text from outside, fit to be kept: no person ids, not too long, nothing that a database refuses."""
    return _known(text) if len(text) < _CACHED else _clean(text)


def _clean(text: str) -> str:
    masked = mask(text)[:_MAX_TEXT].replace("\0", "")
    return masked.encode("utf-8", "replace").decode("utf-8")


_known = lru_cache(maxsize=8192)(_clean)
_OUTCOME = 5  # its place in a row


def _outcome(found: Exchange, *, partial: bool) -> str:
    if found.fault_code:
        return FAILED if found.fault_code == PRODUCER_FAILED else REFUSED
    if found.status is None:
        return ABORTED
    if found.status not in _SUCCESS:
        return FAULT
    return PARTIAL if partial else ANSWERED


def _source_outcome(source: Exchange) -> str:
    if source.sizes[1] is None:
        return REFUSED
    return FAILED if source.cause or source.status is None else ANSWERED


def _row(found: Exchange, own_id: int, parent_id: int | None, outcome: str, stored: int) -> ExchangeRow:
    head, route, permission, trace = found.head, found.route, found.permission, found.correlation_id
    profile = address = contract = operation = None
    if head is not None:
        profile, operation = head.profile, clean(head.operation)
        contract = clean(head.contract)
        address = clean(head.logical_address) if head.logical_address else None
    cause = found.cause or (_LATE if parent_id and outcome == FAILED else "")
    return (
        own_id,
        parent_id,
        int(found.started * 1e6),
        int(found.seconds * 1e6),
        int(found.producer_seconds * 1e6) or None,
        outcome,
        found.status,
        found.fault_code or None,
        clean(cause) if cause else None,
        trace if _UUID.fullmatch(trace) else clean(trace),
        found.ip,
        clean(found.target.decode("latin-1")),
        clean(found.sender) or None,
        clean(found.original_consumer) if found.original_consumer else None,
        profile,
        address,
        contract,
        operation,
        clean(route.trace) if route is not None else None,
        clean(permission.trace) if permission is not None else None,
        clean(found.address) if found.address else None,
        *found.sizes,
        stored,
    )
