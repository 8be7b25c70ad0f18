"""Ask every source once, in parallel, through the router; nobody's failure costs anybody else's records."""

import asyncio
import os
import time

from gateway.aggregator.outcome import Failure, Outcome, Records, examine
from gateway.aggregator.plan import Plan
from gateway.aggregator.pool import Pool, cores
from gateway.aggregator.recognise import Recognisers
from gateway.aggregator.rewrite import told_apart
from gateway.message import Answer
from gateway.router.call import ABORTED, Call
from gateway.router.refusal import INTERNAL, PRODUCER_FAILED, Refusal
from gateway.router.router import Router
from gateway.soap import ns
from gateway.soap.head import Head, MessageError, scan

_SMALL, _LARGE = 4_000, 100_000  # bytes; between them a thread pays off when a core is free for it
_pool = Pool(os.cpu_count() or 1)
_recognisers = Recognisers(_pool.run)
_ADDRESS = f'<LogicalAddress xmlns="{ns.REGISTRY}">{{}}</LogicalAddress>'


async def gather(plan: Plan, call: Call, router: Router) -> list[Outcome]:
    """The outcome of every source of the plan, in the plan's order."""
    settings = router.settings
    write = told_apart(plan, _Writer(call))
    calls = [_sub_call(source, write(source), call) for source in plan.sources]
    if not calls:
        return []
    both = list(zip(plan.sources, calls, strict=True))
    tasks = [asyncio.create_task(_ask(source, each, plan, router)) for source, each in both]
    try:
        _, late = await asyncio.wait(tasks, timeout=settings.aggregate_timeout)
    except asyncio.CancelledError:
        call.failure = ABORTED
        raise
    finally:  # also when the consumer has gone
        for task in tasks:
            task.cancel()
    return [
        Outcome(source, failure=Failure("late", "Unknown error"), seconds=settings.aggregate_timeout, call=each)
        if task in late
        else task.result()
        for (source, each), task in zip(both, tasks, strict=True)
    ]


class _Writer:
    """Writes the consumer's message anew for each source: only the address element changes, and stands alone."""

    def __init__(self, call: Call) -> None:
        head, body = call.head, call.body
        assert head is not None
        assert head.address_span is not None  # the router has read an address, and the body is UTF-8
        start, end = head.address_span
        self._before, self._after = body[:start], body[end:]
        self._drop_others()

    def _drop_others(self) -> None:
        """The router went by the last address; a source may go by the first."""
        start, end = _address(self._before + self._after)
        while 0 < end <= len(self._before):
            self._before = self._before[:start] + self._before[end:]
            start, end = _address(self._before + self._after)

    def __call__(self, source: str) -> bytes:
        text = source.replace("&", "&amp;").replace("<", "&lt;")
        return b"".join((self._before, _ADDRESS.format(text).encode(), self._after))


def _address(message: bytes) -> tuple[int, int]:
    """Where a message has an address header; zeros for nowhere."""
    try:
        return scan(message).address_span or (0, 0)
    except MessageError:
        return 0, 0


async def _ask(source: str, call: Call, plan: Plan, router: Router) -> Outcome:
    parent, code = call.parent, ""
    assert parent is not None
    try:
        answer = await router.forward(call, router.settings.aggregate_timeout)
        records = await _examine(plan, answer, lenient=router.settings.mode == "national")
    except asyncio.CancelledError:
        if parent.failure == ABORTED:
            router.failed(call, ABORTED, "the consumer closed the connection before the answer", ABORTED)
        else:
            router.failed(call, "late", "no answer before the whole question ended", PRODUCER_FAILED)
        raise
    except Refusal as refusal:
        failure, code = Failure(*_reason(refusal, router.settings.instance_name)), refusal.code
    except Failure as found:
        failure = found
    except Exception as error:  # the others' records must not be lost for a bug met here
        failure, code = Failure("internal", f"{type(error).__name__}: {error}"), INTERNAL
    else:
        return Outcome(source, records, seconds=time.perf_counter() - call.started, call=call)
    router.failed(call, failure.kind, failure.detail, code or failure.kind)
    return Outcome(source, failure=failure, seconds=time.perf_counter() - call.started, call=call)


def _sub_call(source: str, body: bytes, parent: Call) -> Call:
    head = parent.head
    assert head is not None
    return Call(
        request=parent.request,
        body=body,
        correlation_id=parent.correlation_id,
        started=time.perf_counter(),
        parent=parent,
        sender=parent.sender,
        original_consumer=parent.original_consumer,
        source_ip=parent.source_ip,
        history=parent.history,
        head=Head(head.soap, ns.BP21, source, head.contract, head.operation, None),
    )


async def _examine(plan: Plan, answer: Answer, *, lenient: bool) -> Records:
    seen = await _recognisers(plan.contract)(plan.patient, answer.body, lenient=lenient)
    if seen is not None:
        return Records(answer.body, seen.cut.count, seen.cut, seen.identities)
    work = (plan.contract, plan.patient, answer, lenient)
    size = len(answer.body)
    if size > _LARGE or (size > _SMALL and len(plan.sources) > 1 and cores() > 1):
        return await _pool.run(examine, *work)
    return examine(*work)


def _reason(refusal: Refusal, instance_name: str) -> tuple[str, str]:
    """A refusal of the router as a kind of failure and its text."""
    if refusal.raw is not None:  # for the national aggregating service a fault like any producer's
        return "fault", refusal.raw[0]
    if refusal.code == PRODUCER_FAILED:
        return refusal.kind, str(refusal.values.get("plain", refusal.values["why"]))
    kind = "denied" if refusal.code == "VP007" else "unroutable"
    return kind, refusal.fault(instance_name, "").text
