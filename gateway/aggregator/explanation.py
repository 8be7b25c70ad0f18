"""How an aggregated answer came about: hits, verdicts, calls and moments, for whom runs the platform.

It travels as a header block of the answer that was asked for with ``x-rivta-explain``, so that it is there whichever
process has answered, and nothing is kept for it. It holds no person id, and no record.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from gateway import texts
from gateway.aggregator.filters import ASKED, DENIED, UNROUTABLE
from gateway.aggregator.outcome import Outcome
from gateway.aggregator.plan import Hit, Plan
from gateway.registry import misses
from gateway.registry.snapshot import Snapshot
from gateway.router.call import Call
from gateway.soap import ns
from gateway.soap.fault import escaped

_MISSES = 2  # told for each caller
OK = "ok"


class HitTold(msgspec.Struct, frozen=True):
    """An engagement, and what became of it.

    Attributes:
        contract: ``Name_m.n`` whose engagement it is.
        verdict: ``asked``, or the filter that it ended at.
        rows: the catalogue's rows that let it through, file and line as far as they are known.
        why: in each language; blank for who is asked.
    """

    logical_address: str
    source_system: str
    categorization: str
    contract: str
    verdict: str
    rows: list[str]
    why: dict[str, str]


class SourceTold(msgspec.Struct, frozen=True):
    """The call to one source; moments in milliseconds since the question came in.

    Attributes:
        source: its logical address.
        url: where the call went; blank when it was refused on the way there.
        contract: ``Name_m.n`` that it was asked with.
        outcome: ``ok``, or the kind of failure.
        detail: more about a failure, English.
        status: of HTTP, 0 when there was no answer.
        bytes: of its answer.
        sent, answered, examined: when the call began, its answer had come, and had been looked at.
    """

    source: str
    url: str
    contract: str
    outcome: str
    detail: str
    status: int
    bytes: int
    records: int
    sent: float
    answered: float
    examined: float


class Explanation(msgspec.Struct, frozen=True):
    """The whole account; moments as for a source.

    Attributes:
        restricted_to: the source system that the question asks for; blank for all.
        repeated: records left out because another source had told them already.
    """

    contract: str
    sender: str
    original_consumer: str
    correlation_id: str
    restricted_to: str
    index_asked: float
    index_answered: float
    gathered: float
    merged: float
    repeated: int
    hits: list[HitTold]
    sources: list[SourceTold]


@dataclass(frozen=True, slots=True)
class Moments:
    """``time.perf_counter()`` when the last source was done with, and when the merging began."""

    gathered: float
    merged: float


class Explainer:
    """Explains by the catalogue that was asked."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def element(self, call: Call, plan: Plan, outcomes: Sequence[Outcome], moments: Moments, repeated: int) -> str:
        """The header block: JSON in an element of the gateway's own namespace."""
        start = call.started
        told = Explanation(
            contract=plan.contract.key,
            sender=call.sender,
            original_consumer=call.original_consumer,
            correlation_id=call.correlation_id,
            restricted_to=plan.wanted,
            index_asked=_ms(plan.index_asked - start),
            index_answered=_ms(plan.index_answered - start),
            gathered=_ms(moments.gathered - start),
            merged=_ms(moments.merged - start),
            repeated=repeated,
            hits=[self._hit(call, plan, hit) for hit in plan.hits],
            sources=[_source(outcome, outcome.call, plan, start) for outcome in outcomes if outcome.call is not None],
        )
        text = escaped(msgspec.json.encode(told).decode())
        return f'<g:explanation xmlns:g="{ns.GATEWAY}">{text}</g:explanation>'

    def _hit(self, call: Call, plan: Plan, hit: Hit) -> HitTold:
        engagement = hit.engagement
        return HitTold(
            logical_address=engagement.logical_address,
            source_system=engagement.source_system,
            categorization=engagement.categorization,
            contract=hit.contract.key,
            verdict=hit.verdict,
            rows=list(self._rows(call, plan, hit)) if hit.verdict == ASKED else [],
            why={} if hit.verdict == ASKED else self._why(call, plan, hit),
        )

    def _rows(self, call: Call, plan: Plan, hit: Hit) -> Iterator[str]:
        address, responder = hit.engagement.logical_address, plan.contract.descriptor.responder
        for asked_with in (responder, hit.contract.descriptor.responder):
            if route := self._snapshot.route(address, asked_with).route:
                yield route.source
                break
        for caller in _callers(call):
            if grant := self._snapshot.permit(address, caller, responder).grant:
                yield grant.source
                return

    def _why(self, call: Call, plan: Plan, hit: Hit) -> dict[str, str]:
        address, responder = hit.engagement.logical_address, plan.contract.descriptor.responder
        if hit.verdict == UNROUTABLE:
            found = self._no_route(address, responder)
        elif hit.verdict == DENIED:
            found = [told for caller in _callers(call) for told in self._no_permission(address, caller, responder)]
        else:
            found = [texts.both("explain", hit.verdict, wanted=plan.wanted)]
        return {language: " ".join(each[language] for each in found) for language in texts.LANGUAGES}

    def _no_route(self, address: str, responder: str) -> list[dict[str, str]]:
        if self._snapshot.route(address, responder).route is not None:
            return [texts.both("explain", "tree")]
        near = misses.of_route(self._snapshot, address, responder, time.time())
        return [miss.told("missing", contract=responder, receiver=address) for miss in islice(near, _MISSES)]

    def _no_permission(self, address: str, caller: str, responder: str) -> list[dict[str, str]]:
        if self._snapshot.permit(address, caller, responder).allowed:
            return [texts.both("explain", "tree")]
        near = misses.of_permission(self._snapshot, address, caller, responder, time.time())
        values = {"contract": responder, "receiver": address, "sender": caller}
        return [miss.told("denied", **values) for miss in islice(near, _MISSES)]


def _source(outcome: Outcome, call: Call, plan: Plan, start: float) -> SourceTold:
    failure, answer = outcome.failure, call.answer
    return SourceTold(
        source=outcome.source,
        url=call.address,
        contract=call.bridge.other.key if call.bridge else plan.contract.key,
        outcome=failure.kind if failure else OK,
        detail=failure.detail if failure else call.warning.strip(),
        status=answer.status if answer else 0,
        bytes=len(answer.body) if answer else 0,
        records=outcome.records.count,
        sent=_ms(call.started - start),
        answered=_ms(call.started - start + (call.producer_seconds or outcome.seconds)),
        examined=_ms(call.started - start + outcome.seconds),
    )


def _callers(call: Call) -> list[str]:
    return list(dict.fromkeys(each for each in (call.sender, call.original_consumer) if each))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
