"""The journal's tables.

Ids are given by the writer from ``journal_state``, so that the calls of an aggregated question can name their parent in
the same batch, and follow it directly.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from gateway.storage.base import ROW_ID, metadata

journal_state = Table(
    "journal_state",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("schema_version", Integer, nullable=False),
    Column("next_id", BigInteger, nullable=False),
    Column("stored_bytes", BigInteger, nullable=False),
)
"""One row. Who changes it first in a transaction has the journal for itself until the end."""

journal_exchange = Table(
    "journal_exchange",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=False),
    Column("parent_id", BigInteger),
    Column("started_us", BigInteger, nullable=False),
    Column("duration_us", BigInteger, nullable=False),
    Column("producer_us", BigInteger),
    Column("outcome", Text, nullable=False),
    Column("http_status", Integer),
    Column("fault_code", Text),
    Column("cause", Text),
    Column("correlation_id", Text, nullable=False),
    Column("caller_ip", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("sender", Text),
    Column("original_consumer", Text),
    Column("profile", Text),
    Column("logical_address", Text),
    Column("contract", Text),
    Column("operation", Text),
    Column("route_trace", Text),
    Column("permission_trace", Text),
    Column("address", Text),
    Column("req_in_bytes", BigInteger),
    Column("req_out_bytes", BigInteger),
    Column("resp_in_bytes", BigInteger),
    Column("resp_out_bytes", BigInteger),
    Column("stored_bytes", BigInteger, nullable=False),
)
"""An exchange with a consumer, or (``parent_id``) one call of an aggregated question. NULL is what did not happen."""

_IS_PART = text("parent_id IS NOT NULL")
Index("ix_journal_exchange_parent_id", journal_exchange.c.parent_id, sqlite_where=_IS_PART, postgresql_where=_IS_PART)

journal_message = Table(
    "journal_message",
    metadata,
    Column("exchange_id", ROW_ID, ForeignKey(journal_exchange.c.id), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("same_as", Text),
    Column("body", LargeBinary),
)
"""A message, compressed with zlib; ``same_as`` names the earlier message of the exchange that has the same bytes."""
