"""Alembic runs inside the transaction that `ingestor.migrate` opened: see there."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table_schema="meta")
with context.begin_transaction():
    context.run_migrations()
