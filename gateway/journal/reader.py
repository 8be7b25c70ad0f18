"""Reads a journal, also while a gateway writes it."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Engine, RowMapping, func, or_, select

from gateway.journal import models
from gateway.journal.models import exchange, message
from gateway.journal.rows import KINDS


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the journal: an exchange, or one call of an aggregated question. None is what did not happen.

    Attributes:
        started_us: microseconds since 1970, UTC. ``duration_us`` and ``producer_us``: microseconds.
        outcome: one of ``rows.OUTCOMES``.
        profile: as the consumer's message has it.
    """

    id: int
    parent_id: int | None
    started_us: int
    duration_us: int
    producer_us: int | None
    outcome: str
    http_status: int | None
    fault_code: str | None
    cause: str | None
    correlation_id: str
    caller_ip: str
    path: str
    sender: str | None
    original_consumer: str | None
    profile: str | None
    logical_address: str | None
    contract: str | None
    operation: str | None
    route_trace: str | None
    permission_trace: str | None
    address: str | None
    req_in_bytes: int | None
    req_out_bytes: int | None
    resp_in_bytes: int | None
    resp_out_bytes: int | None
    stored_bytes: int

    @property
    def sizes(self) -> dict[str, int | None]:
        """Bytes by message."""
        found = (self.req_in_bytes, self.req_out_bytes, self.resp_in_bytes, self.resp_out_bytes)
        return dict(zip(KINDS, found, strict=True))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which exchanges; all that are given must hold. Letter case does not matter but in the correlation id.

    Attributes:
        contract: name or responder namespace.
        since_us: microseconds since 1970, UTC.
    """

    contract: str | None = None
    sender: str | None = None
    address: str | None = None
    outcome: str | None = None
    since_us: int | None = None
    correlation_id: str | None = None


class Reader:
    """A journal as its readers see it."""

    def __init__(self, engine: Engine) -> None:
        """``engine`` from ``models.connect``.

        Raises:
            JournalError: there is no journal of this version.
        """
        models.check(engine)
        self._engine = engine

    def find(self, wanted: Wanted, limit: int) -> list[Entry]:
        """The newest exchanges that are wanted, the newest first."""
        query = select(exchange).where(exchange.c.parent_id.is_(None), *_conditions(wanted))
        return self._entries(query.order_by(exchange.c.id.desc()).limit(limit))

    def get(self, number: int) -> Entry | None:
        """One row by its id."""
        found = self._entries(select(exchange).where(exchange.c.id == number))
        return found[0] if found else None

    def sources(self, number: int) -> list[Entry]:
        """The calls of an aggregated question, in the order in which they were made."""
        children = select(exchange).where(exchange.c.parent_id == number)
        return self._entries(children.order_by(exchange.c.started_us, exchange.c.id))

    def messages(self, number: int) -> Mapping[str, bytes]:
        """The messages that were kept of a row, by kind, in order."""
        query = select(message.c.kind, message.c.same_as, message.c.body).where(message.c.exchange_id == number)
        with self._engine.connect() as connection:
            rows = {kind: (same_as, body) for kind, same_as, body in connection.execute(query)}
        bodies = {kind: zlib.decompress(body) for kind, (_, body) in rows.items() if body is not None}
        return {kind: bodies[rows[kind][0] or kind] for kind in KINDS if kind in rows}

    def _entries(self, query: Any) -> list[Entry]:
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]


_COLUMNS = tuple(field.name for field in fields(Entry))


def _entry(row: RowMapping) -> Entry:
    return Entry(**{name: row[name] for name in _COLUMNS})


def _conditions(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.contract is not None:
        name = wanted.contract.lower()
        found.append(or_(func.lower(exchange.c.operation) == name, func.lower(exchange.c.contract) == name))
    if wanted.sender is not None:
        found.append(func.lower(exchange.c.sender) == wanted.sender.lower())
    if wanted.address is not None:
        found.append(func.lower(exchange.c.logical_address) == wanted.address.lower())
    if wanted.outcome is not None:
        found.append(exchange.c.outcome == wanted.outcome)
    if wanted.since_us is not None:
        found.append(exchange.c.started_us >= wanted.since_us)
    if wanted.correlation_id is not None:
        found.append(exchange.c.correlation_id == wanted.correlation_id)
    return found
