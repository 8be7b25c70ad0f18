"""The tables of the engagement index (EI), of its notifications, and of the HSA tree."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, text

from gateway.storage.base import ROW_ID, metadata
from gateway.storage.keys import KEY_BYTES

engagement = Table(
    "engagement",
    metadata,
    Column("registered_resident_identification", String(32), primary_key=True),
    Column("service_domain", String(255), primary_key=True),
    Column("categorization", String(255), primary_key=True),
    Column("key", LargeBinary(KEY_BYTES), primary_key=True),
    Column("logical_address", String(64), nullable=False),
    Column("source_system", String(64), nullable=False),
    Column("data_controller", String(64), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("business_object_instance_identifier", String(128), nullable=False),
    Column("clinical_process_interest_id", String(128), nullable=False),
    Column("most_recent_content", String(14)),
    Column("creation_time", String(14)),
    Column("update_time", String(14)),
    Column("seed", Boolean, nullable=False),
    Index(
        "ix_engagement_seed",
        "registered_resident_identification",
        sqlite_where=text("seed"),
        postgresql_where=text("seed"),
    ),
    sqlite_with_rowid=False,
)
"""EngagementType; times are ``YYYYMMDDhhmmss`` as in the messages.

The primary key is the index that questions use, too: person, service domain, categorization. ``key`` makes it unique:
a digest of all nine fields of the engagement's key (``keys.engagement_key``), so that the index stays narrow. SQLite
keeps the rows themselves in this order. ``seed``: from a file that is read again when it changes, not from an Update.
"""

engagement_inbox = Table(
    "engagement_inbox",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("received_us", BigInteger, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
"""Updates that are acknowledged and not carried out yet (the national index collects them for some seconds)."""

notification = Table(
    "notification",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("subscriber", String(64), nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_us", BigInteger, nullable=False),
    Column("last_error", Text),
    Column("correlation_id", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index(None, "subscriber", "id"),
    Index(None, "next_attempt_us"),
)
"""What a subscriber (a logical address) is still to be told: a ProcessNotification, oldest first."""

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("subscriber", String(64), nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("given_up_us", BigInteger, nullable=False),
    Column("last_error", Text),
    Column("correlation_id", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index(None, "subscriber", "id"),
    sqlite_autoincrement=True,
)
"""Notifications that were given up, with numbers that are never used again: people name them to have them replayed."""

hsa_unit = Table(
    "hsa_unit",
    metadata,
    Column("dn", Text, primary_key=True),
    Column("hsa_id", Text, nullable=False, index=True),
    Column("parent", Text, nullable=False),
    Column("name", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""The HSA tree: distinguished name, the unit's id and name, and the id of the unit that it is part of."""
