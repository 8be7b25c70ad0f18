"""The load generator: makes each call when it is due, whatever became of the others, and notes how it went."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from gateway.http.client import HttpClient
from gateway.router.producer import ProducerError
from gateway.simulate.messages import Sent
from gateway.simulate.mix import Kind, timeline

PATIENCE = 35.0
"""Seconds: the national load test fails a call that takes longer."""
_SAMPLE_SECONDS = 0.5


@dataclass(slots=True)
class Outcome:
    """What became of the calls of one kind.

    Attributes:
        wanted: how many were due.
        latencies: seconds of each that went well, from the moment it was due.
        errors: how often what went wrong.
    """

    name: str
    wanted: int
    latencies: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Driven:
    """A whole run.

    Attributes:
        seconds: from the first call due to the last answer.
        behind: the most seconds that the generator itself was late with a call.
    """

    outcomes: list[Outcome]
    seconds: float = 0.0
    behind: float = 0.0


class Driver:
    """Drives one gateway."""

    def __init__(self, url: str, sample: Callable[[], object], at_once: int = 0) -> None:
        """Wire the parts.

        Args:
            url: the gateway's.
            sample: called twice a second meanwhile.
            at_once: calls under way at most, others wait and their time counts from when they are made: for a load that
                shall last and not measure. 0 for no limit.
        """
        self._url, self._sample, self._limit = url, sample, at_once

    async def run(self, wanted: Sequence[Kind], seed: int) -> Driven:
        """Make all the calls and wait for the last answer. The same seed makes the same calls."""
        client = HttpClient(
            connect_timeout=5.0, timeout=PATIENCE, max_bytes=1 << 26, user_agent="rivta simulate", connections=5_000
        )
        driven = Driven([Outcome(kind.name, len(kind.due)) for kind in wanted])
        sampling = asyncio.create_task(self._keep_sampling())
        try:
            await self._calls(client, wanted, driven, random.Random(seed))  # noqa: S311 - no secret
        finally:
            sampling.cancel()
            await client.close()
        return driven

    async def _calls(self, client: HttpClient, wanted: Sequence[Kind], driven: Driven, chance: random.Random) -> None:
        loop = asyncio.get_running_loop()
        started, places = loop.time(), asyncio.Semaphore(self._limit) if self._limit else None
        async with asyncio.TaskGroup() as group:
            for moment, at in timeline(wanted):
                sent, due = wanted[at].make(chance), started + moment
                if (early := due - loop.time()) > 0:
                    await asyncio.sleep(early)
                else:
                    driven.behind = max(driven.behind, -early)
                if places is not None:
                    await places.acquire()
                    due = loop.time()
                task = group.create_task(self._call(client, sent, driven.outcomes[at], due))
                if places is not None:
                    task.add_done_callback(lambda _: places.release())
        driven.seconds = loop.time() - started

    async def _call(self, client: HttpClient, sent: Sent, outcome: Outcome, due: float) -> None:
        loop = asyncio.get_running_loop()
        try:
            answer = await client.post(self._url, sent.headers, sent.body)
        except ProducerError as error:
            outcome.errors[f"no answer: {error.kind}"] += 1
            return
        took = loop.time() - due
        problem = sent.check(answer) or ("longer than 35 s" if took > PATIENCE else "")
        if problem:
            outcome.errors[problem] += 1
        else:
            outcome.latencies.append(took)

    async def _keep_sampling(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await loop.run_in_executor(None, self._sample)
            await asyncio.sleep(_SAMPLE_SECONDS)


def run_calls(calls: Awaitable[Driven]) -> Driven:
    """Run a driver in an event loop of its own, the fastest there is."""

    async def whole() -> Driven:
        return await calls

    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.run(whole())
    found: Driven = uvloop.run(whole())
    return found
