"""Alembic's way in: the connection always comes from `survey.db.migrate`, with its pragmas and its lock."""

from alembic import context

from survey.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
