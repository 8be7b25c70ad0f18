"""One call: what came in, what was decided, what went out."""

import random
import time
from dataclasses import dataclass
from typing import Any

from gateway.contracts.bridge import Bridge
from gateway.message import Answer, Request
from gateway.registry.decision import PermissionDecision, RouteDecision
from gateway.router.form import Form
from gateway.soap.fault import Fault
from gateway.soap.head import Head

CORRELATION_ID = b"x-skltp-correlation-id"
SENDER_ID = b"x-vp-sender-id"
INSTANCE_ID = b"x-vp-instance-id"
ORIGINAL_CONSUMER = b"x-rivta-original-serviceconsumer-hsaid"
ACTING_ON_BEHALF = b"x-rivta-acting-on-behalf-of-hsaid"
ROUTING_HISTORY = b"x-rivta-routing-history"
PRODUCER_TIME = b"x-skltp-prt"
EXPLAIN = b"x-rivta-explain"
"""Asks for an account of how an aggregated answer came about; believed as ``x-vp-sender-id`` is."""

ABORTED = "aborted"

_UUID4 = (0x4 << 76) | (0x2 << 62)  # version and variant bits of RFC 9562
_UUID4_MASK = ~((0xF << 76) | (0x3 << 62))


@dataclass(slots=True)
class Call:
    """A call on its way through the router. Fields fill up from top to bottom.

    Attributes:
        started: ``time.perf_counter()`` when it came in.
        body: the message for the producer; the consumer's own bytes unless something had to change.
        parent: the aggregated call that this one is part of.
        internal: the platform calls itself, so that ``x-vp-sender-id`` was believed.
        source_ip: the caller's address by a proxy, ``X-Forwarded-For``; blank for that of the connection.
        proxy: scheme, host and port that a proxy was called with, blank what it does not say; None without a proxy.
        history: the routing history to send along; blank to send what came in.
        form: what has to be remembered of the consumer's message; None for plain SOAP 1.1 in UTF-8.
        bridge: over which the producer is called, because it does not have the contract; None for most calls.
        warning: what was let through though it should not have been, English, for the log.
        producer_seconds: time spent on the producer, 0.0 when it was not called.
        cause: what went wrong, English, for the log; person ids are masked when it is written.
        failure: what failed, when no fault of ours says so: ``aborted`` by the consumer; ``VP009`` when a producer's
            own fault is passed on; for a source of an aggregated question the code of the refusal, or what was wrong
            with its answer.
        notes: what the journal's subscriber remembers until the call ends.
        told: what the log's subscriber remembers.
    """

    request: Request
    body: bytes
    correlation_id: str
    started: float
    parent: "Call | None" = None
    sender: str = ""
    original_consumer: str = ""
    internal: bool = False
    source_ip: str = ""
    proxy: tuple[str, str, str] | None = None
    history: str = ""
    form: Form | None = None
    warning: str = ""
    head: Head | None = None
    route: RouteDecision | None = None
    permission: PermissionDecision | None = None
    bridge: Bridge | None = None
    address: str = ""
    answer: Answer | None = None
    fault: Fault | None = None
    producer_seconds: float = 0.0
    cause: str = ""
    failure: str = ""
    notes: Any = None
    told: Any = None

    @classmethod
    def receive(cls, request: Request) -> "Call":
        """A call that a consumer has just made."""
        return cls(request, request.body, request.header(CORRELATION_ID) or new_id(), time.perf_counter())


def new_id() -> str:
    """A random UUID (version 4) for correlation; an identifier, not a secret."""
    number = "%032x" % (random.getrandbits(128) & _UUID4_MASK | _UUID4)
    return f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}"
