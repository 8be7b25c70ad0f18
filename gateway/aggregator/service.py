"""The aggregating service: what answers at an ``aggregate:`` address."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from gateway.aggregator.duplicates import drop
from gateway.aggregator.explanation import Explainer, Moments
from gateway.aggregator.filters import REPORTED
from gateway.aggregator.gather import gather
from gateway.aggregator.merge import merge
from gateway.aggregator.outcome import Failure, Outcome
from gateway.aggregator.plan import Plan, Planner
from gateway.aggregator.status import Status
from gateway.message import Answer
from gateway.registry.snapshot import STOCKHOLM
from gateway.router.call import EXPLAIN, Call
from gateway.router.headers import XML
from gateway.router.refusal import Refusal
from gateway.router.router import Router

_REPEATED = "left out of the answer because another source had told it already: {} records"


class Aggregator:
    """Answers aggregated questions: asks each source once, merges, and tells each source's status."""

    def __init__(self, router: Router, planner: Planner, told: Callable[[list[str]], None] = lambda _: None) -> None:
        """``told`` is given what became of each source: ``ok``, or its kind of failure."""
        self._router, self._planner, self._told = router, planner, told
        self._national = router.settings.mode == "national"
        self._status = Status(router.settings.instance_name, national=self._national)

    async def __call__(self, call: Call, timeout: float | None = None) -> Answer:
        """One merged answer, HTTP 200 even when every source fails, as the national service.

        Raises:
            Refusal: the question itself cannot be asked; VP014 when it comes from an aggregated question.
        """
        if call.parent is not None:
            raise Refusal("VP014")
        explained = call.internal and EXPLAIN in call.request.values
        plan = await self._planner.plan(call, whole=explained)
        outcomes = await gather(plan, call, self._router)
        gathered = time.perf_counter()
        self._told([outcome.failure.kind if outcome.failure else "ok" for outcome in outcomes])
        repeated = 0
        if not self._national:
            if repeated := drop(plan.contract, outcomes):
                call.warning = f"{call.warning} {_REPEATED.format(repeated)}".strip()
            outcomes = sorted((*outcomes, *_filtered(plan)), key=lambda outcome: outcome.source)
        header = self._status.render(outcomes, datetime.now(STOCKHOLM).strftime("%Y%m%d%H%M%S"))
        if explained:
            moments = Moments(gathered, time.perf_counter())
            header += Explainer(self._planner.snapshot).element(call, plan, outcomes, moments, repeated)
        body = merge(plan.contract, outcomes, header)
        # The trees are freed after the answer is on its way, not before: that takes a millisecond for 21 sources.
        asyncio.get_running_loop().call_soon(outcomes.clear)
        return Answer(200, [(b"content-type", XML.encode())], body)


def _filtered(plan: Plan) -> list[Outcome]:
    """The sources that a filter keeps from a consumer who would want them, each once.

    The national service leaves no trace of them, so that an empty answer may mean anything.
    """
    found: dict[str, Outcome] = {}
    for hit in plan.hits:
        if hit.verdict in REPORTED and hit.source not in plan.sources and hit.source not in found:
            detail = f"engagement at {hit.engagement.logical_address}, {hit.contract.key}"
            found[hit.source] = Outcome(hit.source, failure=Failure(hit.verdict, detail))
    return list(found.values())
