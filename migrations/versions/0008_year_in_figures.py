"""A year in figures, kept as it was when it was settled."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "year_shown",
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_year_shown_association")),
        sa.PrimaryKeyConstraint("association", "year", name=op.f("pk_year_shown")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("year_shown")
