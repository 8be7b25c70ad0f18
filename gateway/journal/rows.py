"""Exchanges as rows of the journal's tables: with their ids, messages compressed."""

import zlib
from collections.abc import Iterable

from gateway.journal.exchange import Bodies, Exchange
from gateway.observe.events import REQ_IN, REQ_OUT, RESP_IN, RESP_OUT

KINDS = (REQ_IN, REQ_OUT, RESP_IN, RESP_OUT)

ROW_BYTES = 1_024  # what an exchange takes without its messages, about
_LEVEL = 1  # zlib's fastest

ExchangeRow = tuple[object, ...]
MessageRow = tuple[int, str, str | None, bytes | None]


class Rows:
    """Rows of both tables, in the order of their columns. Each exchange is followed by its sources.

    Attributes:
        next_id: the first id that is not used.
        stored_bytes: what all of it takes, about.
    """

    def __init__(self, found: Iterable[Exchange], first_id: int) -> None:
        self.exchanges: list[ExchangeRow] = []
        self.messages: list[MessageRow] = []
        self.stored_bytes = 0
        self.next_id = first_id
        for each in found:
            self._add(each)

    def _add(self, found: Exchange) -> None:
        own_id = self.next_id
        self.next_id += 1 + len(found.sources)
        if not found.sources and found.bodies is None:  # nearly all
            self.stored_bytes += ROW_BYTES
            self.exchanges.append((own_id, None, *found.values, ROW_BYTES))
            return
        stored, sources = 0, []
        for number, source in enumerate(found.sources, own_id + 1):
            size = self._messages(number, source.bodies)
            stored += ROW_BYTES + size
            sources.append((number, own_id, *source.values, ROW_BYTES + size))
        stored += ROW_BYTES + self._messages(own_id, found.bodies)
        self.exchanges.append((own_id, None, *found.values, stored))
        self.exchanges += sources
        self.stored_bytes += stored

    def _messages(self, number: int, bodies: Bodies | None) -> int:
        """Add an exchange's messages; how many bytes they take."""
        size = 0
        known: dict[bytes, str] = {}
        for kind, body in zip(KINDS, bodies or (), strict=False):
            if body is None:
                continue
            if body in known:
                self.messages.append((number, kind, known[body], None))
            else:
                known[body] = kind
                packed = zlib.compress(body, _LEVEL)
                size += len(packed)
                self.messages.append((number, kind, None, packed))
        return size


def weight(found: Iterable[Exchange]) -> int:
    """How many rows of exchanges they make."""
    return sum(1 + len(each.sources) for each in found)
