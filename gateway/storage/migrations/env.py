"""Run by Alembic before a migration: on the connection, and in the transaction, that ``migrate.upgrade`` was given."""

from alembic import context

from gateway.storage.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,  # for its naming convention
    render_as_batch=True,
)
context.run_migrations()
