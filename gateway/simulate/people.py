"""Whom the index knows and what of them: persons by number, each with the same engagements every time.

Persons are born from 2100 on: their numbers are of the right form and nobody has them. They ascend with the person's
own number, so that an index is filled in the order of its key.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from hashlib import blake2b
from itertools import accumulate
from typing import NamedTuple

from gateway.contracts.contract import Contract
from gateway.producers.generate.personid import luhn_digit
from gateway.simulate.country import Organisation
from gateway.storage.keys import KEY_BYTES

FIRST, LAST = "21000101", "21991231"
MOST = 36_000_000
"""Persons; more have no numbers."""
_DAY_ONE, _DAYS = date(2100, 1, 1), 36_000
_ROLLS = 65_536
_ANY = "NA"  # the categorization for a contract that any will do for
_MOMENTS = tuple(f"2026{month:02d}{day:02d}0930{month * 4:02d}" for month in range(1, 11) for day in range(1, 26))


class Holding(NamedTuple):
    """That a producer holds something of a contract: places in the lists of both."""

    producer: int
    contract: int


class Row(NamedTuple):
    """An engagement; what all have in common is left out."""

    person: str
    service_domain: str
    categorization: str
    key: bytes
    address: str
    giver: str
    content: str


class _Kind(NamedTuple):
    """What the engagements of a holding share."""

    domain: str
    categorization: str
    address: str
    giver: str
    tail: bytes  # of the key's fields


class People:
    """The persons of a simulation."""

    def __init__(
        self, count: int, seed: int, producers: Sequence[Organisation], contracts: Sequence[Contract], owner: str
    ) -> None:
        """``owner`` is the index's HSA-id; contracts are aggregated ones."""
        self.count, self._producers, self._contracts = count, producers, contracts
        self._key = seed.to_bytes(8, "big")
        self._regions = [at for at, each in enumerate(producers) if each.inhabitants]
        weights = list(accumulate(producers[at].inhabitants for at in self._regions))
        self._limits = [weight * _ROLLS / weights[-1] for weight in weights]
        self._local = {
            at: [other for other, each in enumerate(producers) if not each.inhabitants and each.region == home.region]
            for at, home in enumerate(producers)
        }
        self._kinds = {
            Holding(at, number): _kind(contract, organisation, owner)
            for at, organisation in enumerate(producers)
            for number, contract in enumerate(contracts)
        }

    def number(self, index: int) -> str:
        """The personnummer of a person."""
        day = index * _DAYS // self.count
        serial = index - -(-day * self.count // _DAYS)
        digits = f"{_DAY_ONE + timedelta(day):%Y%m%d}{serial:03d}"
        return f"{digits}{luhn_digit(digits[2:])}"

    def holdings(self, index: int) -> list[Holding]:
        """Who holds what of a person: the home region first, perhaps a municipality and other regions; no two alike."""
        dice = self._dice(index)
        home, contracts = self._region(dice[0], dice[1]), len(self._contracts)
        first = dice[2] % contracts
        several = 1 + (dice[3] < 150) + (dice[3] < 60)
        found = [Holding(home, (first + step) % contracts) for step in range(several)]
        local = self._local[home]
        if local and dice[4] < 128:
            found.append(Holding(local[dice[5] % len(local)], dice[6] % contracts))
        if dice[7] < 46:
            found.append(Holding(self._region(dice[8], dice[9]), first))
        if dice[10] == 0:  # a few are known everywhere
            found += (Holding(at, first) for at in self._regions)
        return list(dict.fromkeys(found))

    def rows(self, index: int) -> list[Row]:
        """A person's engagements in the order of their key."""
        person, dice = self.number(index), self._dice(index)
        start, content = person.encode(), _MOMENTS[dice[11] * len(_MOMENTS) >> 8]
        found = []
        for holding in self.holdings(index):
            domain, categorization, address, giver, tail = self._kinds[holding]
            key = blake2b(start + tail, digest_size=KEY_BYTES).digest()
            found.append(Row(person, domain, categorization, key, address, giver, content))
        return sorted(found)

    def all_rows(self, start: int, end: int) -> Iterator[Row]:
        """The engagements of persons ``start`` up to ``end``."""
        for index in range(start, end):
            yield from self.rows(index)

    def _dice(self, index: int) -> bytes:
        return blake2b(index.to_bytes(8, "big"), digest_size=16, key=self._key).digest()

    def _region(self, high: int, low: int) -> int:
        """By how many live there."""
        return self._regions[bisect(self._limits, high << 8 | low)]


def _kind(contract: Contract, organisation: Organisation, owner: str) -> _Kind:
    aggregate = contract.descriptor.aggregate
    domain, categorization = aggregate.service_domain, next(iter(aggregate.categorization), _ANY)
    address, giver = organisation.address, organisation.giver
    fields = (domain, categorization, address, "NA", address, giver, owner, "NA")
    return _Kind(domain, categorization, address, giver, "".join(f"\0{field}" for field in fields).encode())
