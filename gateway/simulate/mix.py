"""The traffic of the national load test, and when each call of it is due.

National load test (load-skltp, RequestsNTjP): for ten minutes 11 aggregated contracts, each growing from 1 to 3 calls a
second in the first minute; direct calls 1/s; Updates of 20 transactions 3/s, 15/s in the last five seconds of every
minute; five calls each that end with VP004, VP007 and VP009. What is shorter has the same shape.
"""

import heapq
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec

from gateway.contracts.bridge import Bridges
from gateway.contracts.contract import Contract
from gateway.registry.rows import STOCKHOLM
from gateway.settings import Settings
from gateway.simulate.country import Organisation
from gateway.simulate.messages import Question, Sent, Update, about, all_sources, refused
from gateway.simulate.people import People
from gateway.simulate.plan import UNPERMITTED, UNREACHABLE, UNROUTED

TRANSACTIONS = 20
DIRECT, UPDATE = "direct", "Update, 20 transactions"
_MINUTE, _BURST = 60.0, 1 / 12  # the burst is the end of every minute
_LOOK = 0.05  # seconds until it is looked again when there are no calls just now
_RAMP, _BEGIN = 1 / 10, 1 / 3  # of the duration, of the rate
_FAULTS = {"VP004": UNROUTED, "VP007": UNPERMITTED, "VP009": UNREACHABLE}


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Calls a second, as the national load test has them.

    Attributes:
        aggregated: over all aggregated contracts together.
        update_burst: in the last twelfth of every minute.
        faults: of each kind, in ten minutes.
    """

    aggregated: float = 33.0
    direct: float = 1.0
    update: float = 3.0
    update_burst: float = 15.0
    faults: float = 5.0

    def times(self, factor: float) -> "Rates":
        """All of them so many times as high."""
        return Rates(**{name: getattr(self, name) * factor for name in self.__struct_fields__})


class Kind(NamedTuple):
    """A kind of call.

    Attributes:
        make: the next message, by chance.
        due: seconds from the start, ascending.
    """

    name: str
    make: Callable[[random.Random], Sent]
    due: Sequence[float]


class Maker:
    """Makes the messages."""

    def __init__(
        self,
        people: People,
        producers: Sequence[Organisation],
        contracts: Sequence[Contract],
        settings: Settings,
        bridges: Bridges,
    ) -> None:
        """``contracts`` are the aggregated ones, as ``people`` has them."""
        self._people, self._producers, self._settings = people, producers, settings
        places = {contract.descriptor.responder: at for at, contract in enumerate(contracts)}
        self._leading = [  # the contracts whose engagements lead to a source
            {at, *(places[bridge.other.descriptor.responder] for bridge in bridges.of(contract.descriptor.responder))}
            for at, contract in enumerate(contracts)
        ]
        self._questions = [Question(contract, settings.instance_id) for contract in contracts]
        self._update = Update(settings.index_address, settings.index_address, settings.instance_id)

    def aggregated(self, contract: int, chance: random.Random) -> Sent:
        """A question about somebody who is known with the contract, to all sources."""
        leading = self._leading[contract]
        while True:
            index = chance.randrange(self._people.count)
            sources = {each.producer for each in self._people.holdings(index) if each.contract in leading}
            if sources:
                person = self._people.number(index)
                return self._questions[contract](
                    self._settings.aggregate_address, person, all_sources(len(sources), person)
                )

    def direct(self, chance: random.Random) -> Sent:
        """A question to one producer."""
        person = self._people.number(chance.randrange(self._people.count))
        address = chance.choice(self._producers).address
        return chance.choice(self._questions)(address, person, about(person))

    def update(self, chance: random.Random) -> Sent:
        """News of engagements of as many persons."""
        count = min(TRANSACTIONS, self._people.count)
        rows = (self._people.rows(index)[0] for index in chance.sample(range(self._people.count), count))
        return self._update(rows, datetime.now(STOCKHOLM).strftime("%Y%m%d%H%M%S"))

    def refused(self, code: str, chance: random.Random) -> Sent:
        """A call that ends with a fault."""
        person = self._people.number(chance.randrange(self._people.count))
        return self._questions[0](_FAULTS[code], person, refused(code))


def kinds(maker: Maker, contracts: Sequence[Contract], rates: Rates, duration: float) -> list[Kind]:
    """Every kind of call that is made at all within ``duration`` seconds."""
    each = rates.aggregated / len(contracts)
    found = [
        Kind(contract.key, partial(maker.aggregated, at), list(_ramped(each, duration)))
        for at, contract in enumerate(contracts)
    ]
    found.append(Kind(DIRECT, maker.direct, list(_due(lambda _: rates.direct, duration))))
    found.append(Kind(UPDATE, maker.update, list(_bursts(rates, duration))))
    for at, code in enumerate(_FAULTS):
        moments = [moment + at * duration / 20 for moment in _few(rates.faults, duration)]
        found.append(Kind(code, partial(maker.refused, code), moments))
    return [kind for kind in found if kind.due]


def timeline(wanted: Sequence[Kind]) -> Iterator[tuple[float, int]]:
    """All calls in the order they are due, with the place of their kind."""
    return heapq.merge(*([(moment, at) for moment in kind.due] for at, kind in enumerate(wanted)))


def _due(rate: Callable[[float], float], duration: float) -> Iterator[float]:
    """Moments at a rate that may change, and may be none for a while."""
    now = rate(0.0)
    moment = 0.5 / now if now > 0 else 0.0
    while moment < duration:
        now = rate(moment)
        if now > 0:
            yield moment
        moment += 1 / now if now > 0 else _LOOK


def _ramped(rate: float, duration: float) -> Iterator[float]:
    ramp = duration * _RAMP
    return _due(lambda moment: rate * min(1.0, _BEGIN + (1 - _BEGIN) * moment / ramp), duration)


def _bursts(rates: Rates, duration: float) -> Iterator[float]:
    minute = min(_MINUTE, duration)
    return _due(
        lambda moment: rates.update_burst if moment % minute >= minute * (1 - _BURST) else rates.update, duration
    )


def _few(count: float, duration: float) -> list[float]:
    """A few, spread over the time: as many in proportion as in ten minutes, but one at least when any are wanted."""
    number = max(1, round(count * duration / 600)) if count > 0 else 0
    return [duration * 0.8 * (at + 0.5) / number for at in range(number)]
