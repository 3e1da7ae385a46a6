"""What a correction of the meeting log replaces, to be put back."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meeting_log_earlier",
        sa.Column("meeting", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("everyone", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["meeting"], ["meeting_log.id"], name=op.f("fk_meeting_log_earlier_meeting")),
        sa.PrimaryKeyConstraint("meeting", "revision", name=op.f("pk_meeting_log_earlier")),
        sqlite_with_rowid=False,
    )
    if op.get_context().dialect.name == "postgresql":
        columns = ", ".join(
            f'ALTER COLUMN "{column["name"]}" SET STATISTICS 0'
            for column in sa.inspect(op.get_bind()).get_columns("meeting_log_earlier")
        )
        op.execute(f'ALTER TABLE "meeting_log_earlier" {columns}')


def downgrade() -> None:
    op.drop_table("meeting_log_earlier")
