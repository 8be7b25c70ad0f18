"""Prometheus metrics: the events of calls counted in plain numbers, and written out when somebody scrapes.

Counting is this module's own because it happens in every call, from one thread: the client library's locked values
cost four times as much. The library is imported at the first scrape and writes the format. Label values are bounded:
contracts and addresses as the catalogue spells them, ``unknown`` for what callers invent; never a person id.
"""

import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from gateway import __version__
from gateway.observe.events import ERROR, RESP_IN, RESP_OUT
from gateway.router.call import ABORTED, Call

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

UNKNOWN, OTHER = "unknown", "other"
OK, FAULT, REFUSED, ABANDONED = "ok", "fault", "refused", "abandoned"
PRODUCER = "producer"
# Seconds. Fine below 10 ms, where this platform's own time shows; 27 and 28 are the default time limits.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 27.0, 28.0, 60.0)
_SUCCESS = range(200, 300)
_MAX_RECEIVERS = 1000  # with series of their own; a catalogue may have a million

_Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a gateway has loaded.

    Attributes:
        loaded: whether there is a catalogue to route by.
        refreshed: when it was last read, successfully or not; None before the first time.
        problem: why the last reading failed, English; blank when it did not. What was loaded before is in use.
        hsa_units, hsa_units_before: size of the HSA tree, now and before it was last read.
        hsa_files: what the tree was read from.
        hsa_problem: as ``problem``, for the tree.
        database_problem: why the database could not be read at the start, English; blank when it could, or since.
        restored: whether the catalogue is a local copy, because the national one could not be reached at the start.
        copy: where the local copy is; ``routing`` when there is no national catalogue.
        copy_problem: why the copy could not be written, or read, English.
    """

    contracts: int = 0
    routes: int = 0
    permissions: int = 0
    engagements: int = 0
    loaded: bool = True
    refreshed: datetime | None = None
    problem: str = ""
    hsa_units: int = 0
    hsa_units_before: int = 0
    hsa_files: tuple[str, ...] = ()
    hsa_problem: str = ""
    database_problem: str = ""
    restored: bool = False
    copy: str = "routing"
    copy_problem: str = ""


class Timing:
    """A histogram of durations."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Upper bound and how many were not longer, in the form of the exposition format."""
        found, below = [], 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self.counts, strict=True):
            below += count
            found.append((bound, float(below)))
        return found


class Metrics:
    """Counts calls; subscribe it to the router's events."""

    def __init__(
        self, contracts: Collection[str], figures: Callable[[], Figures], under_way: Callable[[], int]
    ) -> None:
        """``contracts``: responder namespaces that may be labels before a route is found for them."""
        self._known, self._figures, self._under_way = set(contracts), figures, under_way
        self._requests: dict[tuple[str, str, str], Timing] = {}
        self._producers: dict[tuple[str, str], Timing] = {}
        self._faults: Counter[tuple[str, str]] = Counter()
        self._sources: Counter[str] = Counter()

    def __call__(self, action: str, call: Call) -> None:
        """The subscriber."""
        if action == RESP_OUT:
            self._ended(call)
        elif action == RESP_IN:
            if call.producer_seconds:
                self._asked(call)
        elif action == ERROR:
            if call.producer_seconds and call.answer is None:
                self._asked(call)
            if call.parent is None and call.failure == ABORTED:  # the consumer went away; no resp-out follows
                self._request(call, ABANDONED)

    def sources(self, outcomes: Iterable[str]) -> None:
        """Count what became of the sources of an aggregated call: ``ok`` or a kind of failure."""
        self._sources.update(outcomes)

    def _ended(self, call: Call) -> None:
        if call.fault is not None:
            self._request(call, REFUSED)
            self._faults[self._contract(call), call.fault.code] += 1
        elif call.answer is not None and call.answer.status in _SUCCESS:
            self._request(call, OK)
        else:
            self._request(call, FAULT)
            self._faults[self._contract(call), PRODUCER] += 1

    def _request(self, call: Call, outcome: str) -> None:
        seconds = time.perf_counter() - call.started
        head = call.head
        timing = self._requests.get((head.contract, head.operation, outcome)) if head is not None else None
        if timing is None:  # the first of its kind, or labels that are not the call's own words
            contract = self._contract(call)
            operation = UNKNOWN if head is None else _operation(contract, head.operation)
            timing = self._requests.setdefault((contract, operation, outcome), Timing())
        timing.add(seconds)

    def _asked(self, call: Call) -> None:
        decision = call.route
        if decision is not None and (route := decision.route) is not None:
            timing = self._producers.get((route.contract, route.receiver))
            if timing is None:
                receiver = route.receiver if len(self._producers) < _MAX_RECEIVERS else OTHER
                timing = self._producers.setdefault((route.contract, receiver), Timing())
            timing.add(call.producer_seconds)

    def _contract(self, call: Call) -> str:
        """The call's contract as the catalogue spells it (a caller's case does not matter there); never a bridge's."""
        if call.bridge is not None:
            return call.bridge.contract.descriptor.responder
        if call.route is not None and call.route.route is not None:
            self._known.add(call.route.route.contract)
            return call.route.route.contract
        return call.head.contract if call.head is not None and call.head.contract in self._known else UNKNOWN

    @cached_property
    def _registry(self) -> "CollectorRegistry":
        from prometheus_client import CollectorRegistry, ProcessCollector

        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        ProcessCollector(registry=registry)
        return registry

    def render(self) -> tuple[str, bytes]:
        """Content type and text of everything. May run in a thread beside the calls."""
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

        return CONTENT_TYPE_LATEST, generate_latest(self._registry)

    def collect(self) -> Iterator["Metric"]:
        """The families, for the client library."""
        yield from self._timed()
        yield from self._counted()
        yield from self._measured()

    def _timed(self) -> Iterator["Metric"]:
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

        call = ("contract", "operation", "outcome")
        requests = CounterMetricFamily("rivta_requests", "Calls of consumers that have ended.", labels=call)
        seconds = HistogramMetricFamily("rivta_request_duration_seconds", "From request to answer.", labels=call)
        for labels, timing in list(self._requests.items()):
            requests.add_metric(labels, sum(timing.counts))
            seconds.add_metric(labels, timing.buckets(), timing.total)
        yield from (requests, seconds)
        text = "Time that a producer took, by the address of the route."
        producers = HistogramMetricFamily("rivta_producer_duration_seconds", text, labels=("contract", "receiver"))
        for pair, timing in list(self._producers.items()):
            producers.add_metric(pair, timing.buckets(), timing.total)
        yield producers

    def _counted(self) -> Iterator["Metric"]:
        from prometheus_client.core import CounterMetricFamily

        text = "Faults sent to consumers; the code producer is for a producer's own."
        faults = CounterMetricFamily("rivta_faults", text, labels=("contract", "code"))
        for labels, count in list(self._faults.items()):
            faults.add_metric(labels, count)
        text = "Sources asked for aggregated answers."
        sources = CounterMetricFamily("rivta_aggregation_sources", text, labels=("outcome",))
        for outcome, count in list(self._sources.items()):
            sources.add_metric((outcome,), count)
        yield from (faults, sources)

    def _measured(self) -> Iterator["Metric"]:
        from prometheus_client.core import GaugeMetricFamily

        figures = self._figures()
        for name, text, value in (
            ("rivta_calls_under_way", "Calls that have not been answered yet.", self._under_way()),
            ("rivta_contracts_loaded", "Service contracts with a descriptor.", figures.contracts),
            ("rivta_routes", "Routes in the catalogue, valid today or not.", figures.routes),
            ("rivta_permissions", "Permissions in the catalogue, valid today or not.", figures.permissions),
            ("rivta_engagements", "Engagements in the index.", figures.engagements),
            ("rivta_hsa_units", "Units in the HSA tree.", figures.hsa_units),
            ("rivta_catalogue_reload_failed", "1 when the last reload failed.", bool(figures.problem)),
        ):
            yield GaugeMetricFamily(name, text, value=value)
        build = GaugeMetricFamily("rivta_build_info", "Always 1.", labels=("version", "python"))
        build.add_metric((__version__, sys.version.partition(" ")[0]), 1)
        yield build


def _operation(contract: str, operation: str) -> str:
    """The operation when it is the one that the responder namespace is named for (RIV-TA Service Schema 2.1 #8)."""
    named = contract.rpartition(":")[0].rpartition(":")[2].removesuffix("Responder")
    return operation if operation == named else UNKNOWN
