"""Says that data has changed, to every gateway process on the same database.

A change and its notice are one transaction: who hears of it finds it. On PostgreSQL the notice is NOTIFY; on SQLite the
others look at the row of ``data_version`` again and again (``notices.Watch``).
"""

import time
from typing import Literal

from sqlalchemy import Connection, bindparam, insert, select, text, update

from gateway.storage.models import data_version
from gateway.storage.notices import CHANNEL

Kind = Literal["catalogue", "engagements", "hsa"]

_NOTIFY = text("SELECT pg_notify(:channel, :kind)").bindparams(bindparam("channel", CHANNEL))


def bump(connection: Connection, kind: Kind) -> int:
    """Tell, when the transaction is committed, that data of a kind has changed; the kind's new number.

    From here on this transaction is the only one that changes data of the kind: the next one waits for its end.
    """
    now = time.time_ns() // 1000
    row = data_version.c
    found = connection.execute(
        update(data_version).where(row.kind == kind).values(number=row.number + 1, changed_us=now)
    )
    if not found.rowcount:
        connection.execute(insert(data_version).values(kind=kind, number=1, changed_us=now, seed=""))
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY, {"kind": kind})
    return int(connection.execute(select(row.number).where(row.kind == kind)).scalar_one())


def seed_of(connection: Connection, kind: Kind) -> str:
    """The digest of the file that the seed rows of a kind came from, blank when there are none."""
    return connection.scalar(select(data_version.c.seed).where(data_version.c.kind == kind)) or ""


def set_seed(connection: Connection, kind: Kind, digest: str) -> None:
    """Remember it, and tell that the data has changed."""
    bump(connection, kind)
    connection.execute(update(data_version).where(data_version.c.kind == kind).values(seed=digest))
