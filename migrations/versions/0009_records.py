"""The team's own records: the meeting log, printed time tables, deviations their steps, and counts of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STEPS = (
    "(number = 1 AND state = 'raised') OR (number = 2 AND state = 'answered')"
    " OR (number = 3 AND state IN ('solved', 'unsolvable'))"
)
_DISAPPEARS = ("meeting_log", "deviation", "deviation_step", "deviation_shown")


def upgrade() -> None:
    op.create_table(
        "meeting_log",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("participant", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("everyone", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.CheckConstraint("participant >= 1 AND number >= 1", name=op.f("ck_meeting_log_numbers")),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_meeting_log_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_log")),
        sa.UniqueConstraint("team", "participant", "number", name=op.f("uq_meeting_log_team_participant_number")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "printed_time",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_printed_time_association")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printed_time")),
    )
    op.create_index(op.f("ix_printed_time_association"), "printed_time", ["association"], unique=False)
    op.create_table(
        "deviation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_deviation_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviation")),
        sa.UniqueConstraint("team", "number", name=op.f("uq_deviation_team_number")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deviation_step",
        sa.Column("deviation", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint(_STEPS, name=op.f("ck_deviation_step_in_turn")),
        sa.CheckConstraint("(due IS NOT NULL) = (state = 'raised')", name=op.f("ck_deviation_step_due")),
        sa.ForeignKeyConstraint(["deviation"], ["deviation.id"], name=op.f("fk_deviation_step_deviation")),
        sa.PrimaryKeyConstraint("deviation", "number", name=op.f("pk_deviation_step")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deviation_shown",
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_deviation_shown_association")),
        sa.PrimaryKeyConstraint("association", "period", name=op.f("pk_deviation_shown")),
        sqlite_with_rowid=False,
    )
    if op.get_context().dialect.name == "postgresql":
        for table in _DISAPPEARS:
            columns = ", ".join(
                f'ALTER COLUMN "{column["name"]}" SET STATISTICS 0'
                for column in sa.inspect(op.get_bind()).get_columns(table)
            )
            op.execute(f'ALTER TABLE "{table}" {columns}')


def downgrade() -> None:
    for table in ("deviation_shown", "deviation_step", "deviation", "printed_time", "meeting_log"):
        op.drop_table(table)
