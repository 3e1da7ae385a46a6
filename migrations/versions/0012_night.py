"""The day of the last night's work, by which a clock that has jumped is known."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "night",
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("began_on", name=op.f("pk_night")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("night")
