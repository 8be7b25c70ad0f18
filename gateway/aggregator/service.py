"""The aggregating service: what answers at an ``aggregate:`` address."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from gateway.aggregator.gather import gather
from gateway.aggregator.merge import merge
from gateway.aggregator.plan import Planner
from gateway.aggregator.status import Status
from gateway.message import Answer
from gateway.registry.snapshot import STOCKHOLM
from gateway.router.call import Call
from gateway.router.refusal import Refusal
from gateway.router.router import Router
from gateway.router.send import XML


class Aggregator:
    """Answers aggregated questions: asks each source once, merges, and tells each source's status."""

    def __init__(self, router: Router, planner: Planner, told: Callable[[list[str]], None] = lambda _: None) -> None:
        """``told`` is given what became of each source: ``ok``, or its kind of failure."""
        self._router, self._planner, self._told = router, planner, told
        self._status = Status(router.settings.instance_name, national=router.settings.mode == "national")

    async def __call__(self, call: Call, timeout: float | None = None) -> Answer:
        """One merged answer, HTTP 200 even when every source fails, as the national service.

        Raises:
            Refusal: the question itself cannot be asked; VP014 when it comes from an aggregated question.
        """
        if call.parent is not None:
            raise Refusal("VP014")
        plan = self._planner.plan(call)
        outcomes = await gather(plan, call, self._router)
        self._told([outcome.failure.kind if outcome.failure else "ok" for outcome in outcomes])
        status = self._status.render(outcomes, datetime.now(STOCKHOLM).strftime("%Y%m%d%H%M%S"))
        body = merge(plan.contract, outcomes, status)
        # The trees are freed after the answer is on its way, not before: that takes a millisecond for 21 sources.
        asyncio.get_running_loop().call_soon(outcomes.clear)
        return Answer(200, [(b"content-type", XML.encode())], body)
