"""The first tables. The journal's may be there already: they are older than the migrations."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine import Inspector

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
COUNTED = {"sqlite_autoincrement": True}
Part = sa.Column[object] | sa.Column[date] | sa.Column[int] | sa.Constraint


def upgrade() -> None:
    """Make them."""
    _journal(sa.inspect(op.get_bind()))
    _publications()
    _catalogue()
    _engagements()
    _notifications()
    _hsa()
    _versions()


def _id(*, counted: bool = False) -> sa.Column[object]:
    return sa.Column("id", ID, primary_key=True, autoincrement=counted)


def _text(*names: str, null: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=null) for name in names]


def _strings(length: int, *names: str, null: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String(length), nullable=null) for name in names]


def _big(*names: str, null: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.BigInteger(), nullable=null) for name in names]


def _whole(*names: str, null: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Integer(), nullable=null) for name in names]


def _days(*names: str) -> list[sa.Column[date]]:
    return [sa.Column(name, sa.Date(), nullable=False) for name in names]


def _entity(name: str, *parts: Part) -> None:
    op.create_table(
        name, _id(), *parts, *_whole("publication"), *_big("updated_us", null=True), *_text("updated_by", null=True)
    )


def _refers(*tables: str) -> list[Part]:
    columns: list[Part] = [sa.Column(f"{table}_id", ID, nullable=False) for table in tables]
    return [*columns, *(sa.ForeignKeyConstraint([f"{table}_id"], [f"{table}.id"]) for table in tables)]


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _journal(found: Inspector) -> None:
    if not found.has_table("journal_state"):
        only = sa.Column("only", sa.Integer(), primary_key=True, autoincrement=False)
        op.create_table("journal_state", only, *_whole("schema_version"), *_big("next_id", "stored_bytes"))
    if not found.has_table("journal_exchange"):
        op.create_table(
            "journal_exchange",
            _id(),
            *_big("parent_id", null=True),
            *_big("started_us", "duration_us"),
            *_big("producer_us", null=True),
            *_text("outcome"),
            *_whole("http_status", null=True),
            *_text("fault_code", "cause", null=True),
            *_text("correlation_id", "caller_ip", "path"),
            *_text("sender", "original_consumer", "profile", "logical_address", "contract", "operation", null=True),
            *_text("route_trace", "permission_trace", "address", null=True),
            *_big("req_in_bytes", "req_out_bytes", "resp_in_bytes", "resp_out_bytes", null=True),
            *_big("stored_bytes"),
        )
        _index("journal_exchange", "parent_id")
    if not found.has_table("journal_message"):
        op.create_table(
            "journal_message",
            sa.Column("exchange_id", ID, primary_key=True, autoincrement=False),
            sa.Column("kind", sa.Text(), primary_key=True),
            *_text("same_as", null=True),
            sa.Column("body", sa.LargeBinary()),
            sa.ForeignKeyConstraint(["exchange_id"], ["journal_exchange.id"]),
        )


def _publications() -> None:
    op.create_table(
        "publication",
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        *_whole("format_version"),
        *_big("created_us"),
        *_text("author", "comment", "source"),
        *_big("size"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "pending_edit",
        _id(counted=True),
        *_text("entity"),
        sa.Column("row_id", ID, nullable=False),
        *_text("action", "content", "author"),
        *_big("created_us"),
        sa.UniqueConstraint("entity", "row_id"),
    )


def _catalogue() -> None:
    _entity("profile", *_text("name", "description"), sa.UniqueConstraint("name"))
    _entity(
        "service_contract",
        *_text("namespace", "description"),
        *_whole("major", "minor"),
        sa.UniqueConstraint("namespace"),
    )
    _entity("component", *_text("hsa_id", "description"), sa.UniqueConstraint("hsa_id"))
    _entity("logical_address", *_text("hsa_id", "description"), sa.UniqueConstraint("hsa_id"))
    _entity("call_address", *_text("address"), *_refers("profile", "component"))
    _entity(
        "route",
        *_days("valid_from", "valid_to"),
        *_refers("call_address", "logical_address", "service_contract"),
    )
    _entity(
        "permission",
        *_text("agreement"),
        *_days("valid_from", "valid_to"),
        *_refers("component", "logical_address", "service_contract"),
    )
    _entity("permission_filter", *_text("service_domain"), *_refers("permission"))
    _entity("filter_category", *_text("category"), *_refers("permission_filter"))
    _index("route", "logical_address_id", "service_contract_id")
    _index("permission", "logical_address_id", "service_contract_id")
    _index("permission_filter", "permission_id")
    _index("filter_category", "permission_filter_id")


def _engagements() -> None:
    op.create_table(
        "engagement",
        sa.Column("registered_resident_identification", sa.String(32), primary_key=True),
        sa.Column("service_domain", sa.String(255), primary_key=True),
        sa.Column("categorization", sa.String(255), primary_key=True),
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        *_strings(64, "logical_address", "source_system", "data_controller", "owner"),
        *_strings(128, "business_object_instance_identifier", "clinical_process_interest_id"),
        *_strings(14, "most_recent_content", "creation_time", "update_time", null=True),
        sa.Column("seed", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_engagement_seed",
        "engagement",
        ["registered_resident_identification"],
        sqlite_where=sa.text("seed"),
        postgresql_where=sa.text("seed"),
    )
    op.create_table("engagement_inbox", _id(counted=True), *_big("received_us"), *_text("correlation_id"), *_payload())


def _payload() -> list[sa.Column[object]]:
    return [sa.Column("payload", sa.LargeBinary(), nullable=False)]


def _notifications() -> None:
    for table, moment, more in (("notification", "next_attempt_us", {}), ("dead_letter", "given_up_us", COUNTED)):
        op.create_table(
            table,
            _id(counted=True),
            *_strings(64, "subscriber"),
            *_big("created_us"),
            *_whole("attempts"),
            *_big(moment),
            *_text("last_error", null=True),
            *_text("correlation_id"),
            *_payload(),
            **more,
        )
        _index(table, "subscriber", "id")
    _index("notification", "next_attempt_us")


def _hsa() -> None:
    op.create_table(
        "hsa_unit",
        sa.Column("dn", sa.Text(), primary_key=True),
        *_text("hsa_id", "parent", "name"),
        sqlite_with_rowid=False,
    )
    _index("hsa_unit", "hsa_id")


def _versions() -> None:
    op.create_table(
        "data_version",
        sa.Column("kind", sa.Text(), primary_key=True),
        *_big("number", "changed_us"),
        *_text("seed"),
    )
