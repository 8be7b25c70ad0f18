"""The whole catalogue for those who ask about it: read when somebody asks, kept as long as the gateway routes by it.

The router needs a fraction of what is in it, in another order; a gateway that nobody asks has it in memory once.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date

from gateway.registry.formats.content import Publication
from gateway.registry.formats.flat import FlatPermission, of_content


class Known:
    """A catalogue, and its permissions in the orders that are asked for.

    Attributes:
        flat: the catalogue without ids.
    """

    def __init__(self, publication: Publication) -> None:
        self.publication, self.flat = publication, of_content(publication.content)
        self._by_receiver: dict[str, list[FlatPermission]] = {}
        self._by_contract: dict[tuple[str, str], list[FlatPermission]] = {}
        for row in self.flat.permissions:
            self._by_receiver.setdefault(row.receiver.lower(), []).append(row)
            self._by_contract.setdefault((row.contract, row.sender.lower()), []).append(row)

    def supported(self, receiver: str, consumer: str, today: date) -> Iterator[str]:
        """The contracts, each once, that a consumer, blank for any, may use towards an address today."""
        wanted = consumer.lower()
        rows = self._by_receiver.get(receiver.lower(), ())
        held = (row for row in rows if holds(row, today) and (not wanted or row.sender.lower() == wanted))
        yield from dict.fromkeys(row.contract for row in held)

    def addressees(self, contract: str, consumer: str) -> list[FlatPermission]:
        """The permissions of a consumer for a contract, of any time."""
        return self._by_contract.get((contract, consumer.lower()), [])


def holds(row: FlatPermission, today: date) -> bool:
    """Whether a row holds on a day."""
    return row.valid_from <= today < row.valid_to


class Holder:
    """Reads the catalogue, at most once for each state of it."""

    def __init__(self, read: Callable[[], Publication], state: Callable[[], object]) -> None:
        """Wire it.

        Args:
            read: reads the catalogue; called in a thread; may raise DataError.
            state: something that is another object when the catalogue has been read anew.
        """
        self._read, self._state = read, state
        self._known: tuple[object, Known] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def known(self) -> Known:
        """The catalogue.

        Raises:
            DataError: it cannot be read.
        """
        async with self._one_at_a_time:
            state = self._state()
            if self._known is None or self._known[0] is not state:
                self._known = state, await asyncio.to_thread(self._make)
            return self._known[1]

    def _make(self) -> Known:
        return Known(self._read())
