"""Routes, permissions and HSA tree from the database: a batch of rows at a time, each text once in memory."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from gateway.registry.catalogue import Filter, Permission, Route
from gateway.registry.hsa import HsaTree, Unit
from gateway.storage import catalogue_rows as parts
from gateway.storage.catalogue_rows import Part, Read
from gateway.storage.reading import Row

_EARLIEST = date(1900, 1, 1)  # time zones before it are guesses, and no row of a catalogue begins there
_A_DAY = timedelta(days=1)


def load_rows(read: Read, version: int) -> tuple[list[Route], list[Permission]]:
    """The newest publication, ``version``. For a thread: the interpreter is left to others after each batch."""
    return _Reader(read, f"publication {version}").all()


def load_tree(read: Read) -> HsaTree | None:
    """The HSA tree, None when there are no units."""
    units = {identity: Unit(parent, name) for _, identity, parent, name in _rows(read, parts.UNITS)}
    return HsaTree(units) if units else None


class _Reader:
    """Reads what rows refer to before the rows: they share its texts."""

    def __init__(self, read: Read, source: str) -> None:
        self._read, self._source = read, source

    def all(self) -> tuple[list[Route], list[Permission]]:
        list(self._rows(parts.PUBLICATION))  # for whoever keeps a copy
        profiles = {key: name.lower() for key, name in self._rows(parts.PROFILES)}
        self._contracts = self._texts(parts.CONTRACTS)
        self._addresses = self._texts(parts.ADDRESSES)
        self._components = self._texts(parts.COMPONENTS)
        where = {key: (url, profiles[profile]) for key, url, profile in self._rows(parts.CALL_ADDRESSES)}
        return list(self._routes(where)), list(self._permissions(self._filters()))

    def _routes(self, where: dict[int, tuple[str, str]]) -> Iterator[Route]:
        contracts, addresses, source = self._contracts, self._addresses, self._source
        for _, first, end, call, receiver, contract in self._rows(parts.ROUTES):
            yield Route(addresses[receiver], contracts[contract], *where[call], _day(first), _last(end), source)

    def _permissions(self, filters: dict[int, tuple[Filter, ...]]) -> Iterator[Permission]:
        contracts, addresses, senders, source = self._contracts, self._addresses, self._components, self._source
        for key, first, end, sender, receiver, contract in self._rows(parts.PERMISSIONS):
            who, what, days = (addresses[receiver], senders[sender]), contracts[contract], (_day(first), _last(end))
            yield Permission(*who, what, *days, source, filters.get(key, ()))

    def _filters(self) -> dict[int, tuple[Filter, ...]]:
        """By permission."""
        categories: dict[int, tuple[str, ...]] = {}
        for _, of, category in self._rows(parts.CATEGORIES):
            categories[of] = (*categories.get(of, ()), category)
        found: dict[int, tuple[Filter, ...]] = {}
        for key, of, domain in self._rows(parts.FILTERS):
            found[of] = (*found.get(of, ()), Filter(domain, categories.get(key, ())))
        return found

    def _texts(self, part: Part) -> dict[int, str]:
        return dict(self._rows(part))

    def _rows(self, part: Part) -> Iterator[Row]:
        return _rows(self._read, part)


def _rows(read: Read, part: Part) -> Iterator[Row]:
    for batch in read(part):
        yield from batch
        time.sleep(0)


@lru_cache(maxsize=4096)
def _day(value: date | str) -> date:
    """PostgreSQL's driver gives dates, SQLite's gives texts."""
    return max(date.fromisoformat(value) if isinstance(value, str) else value, _EARLIEST)


@lru_cache(maxsize=4096)
def _last(value: date | str) -> date:
    """The last whole day of a row that, as the national catalogue has it, ends when the day ``value`` begins."""
    return _day(value) - _A_DAY
