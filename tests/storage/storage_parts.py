"""What the tests of the database share."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from gateway.storage.engine import connect


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine, closed afterwards."""
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


_BEFORE = """
CREATE TABLE journal_state (
    "only" INTEGER NOT NULL, schema_version INTEGER NOT NULL, next_id BIGINT NOT NULL, stored_bytes BIGINT NOT NULL,
    PRIMARY KEY ("only"));
CREATE TABLE journal_exchange (
    id {id} NOT NULL, parent_id BIGINT, started_us BIGINT NOT NULL, duration_us BIGINT NOT NULL, producer_us BIGINT,
    outcome TEXT NOT NULL, http_status INTEGER, fault_code TEXT, cause TEXT, correlation_id TEXT NOT NULL,
    caller_ip TEXT NOT NULL, path TEXT NOT NULL, sender TEXT, original_consumer TEXT, profile TEXT,
    logical_address TEXT, contract TEXT, operation TEXT, route_trace TEXT, permission_trace TEXT, address TEXT,
    req_in_bytes BIGINT, req_out_bytes BIGINT, resp_in_bytes BIGINT, resp_out_bytes BIGINT,
    stored_bytes BIGINT NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_journal_exchange_parent_id ON journal_exchange (parent_id);
CREATE TABLE journal_message (
    exchange_id {id} NOT NULL, kind TEXT NOT NULL, same_as TEXT, body {bytes}, PRIMARY KEY (exchange_id, kind),
    FOREIGN KEY(exchange_id) REFERENCES journal_exchange (id));
INSERT INTO journal_state VALUES (1, 1, 42, 1024);
INSERT INTO journal_exchange
    (id, started_us, duration_us, outcome, correlation_id, caller_ip, path, sender, stored_bytes)
    VALUES (41, 1, 2, 'answered', 'x', '127.0.0.1', '/vp', 'Västerås', 1024);
INSERT INTO journal_message VALUES (41, 'req-in', NULL, {body});
"""


def _statements(**types: str) -> list[str]:
    return [each for each in _BEFORE.format(**types).strip().split(";") if each.strip()]


JOURNAL_BEFORE = {
    "sqlite": _statements(id="INTEGER", bytes="BLOB", body="X'789C'"),
    "postgresql": _statements(id="BIGINT", bytes="BYTEA", body="'\\x789c'"),
}
"""The journal's tables as they were before there were migrations, with one exchange."""
