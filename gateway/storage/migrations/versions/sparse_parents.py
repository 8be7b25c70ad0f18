"""The journal's index of parents without those that have none: nearly all, each paid for when written and deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NAME, _TABLE = "ix_journal_exchange_parent_id", "journal_exchange"


def upgrade() -> None:
    """Make it anew."""
    op.drop_index(_NAME, _TABLE)
    some = sa.text("parent_id IS NOT NULL")
    op.create_index(_NAME, _TABLE, ["parent_id"], sqlite_where=some, postgresql_where=some)
