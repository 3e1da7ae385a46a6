"""What evaluators decide and keep: goals, what participants are told back, saved exports, tokens for programs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "goal",
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 100", name=op.f("ck_goal_level")),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_goal_association")),
        sa.PrimaryKeyConstraint("association", "form", "question", name=op.f("pk_goal")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feedback",
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_feedback_association")),
        sa.PrimaryKeyConstraint("association", "form", "period", name=op.f("pk_feedback")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "saved_export",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_saved_export_account")),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_saved_export_association")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_export")),
    )
    op.create_index(op.f("ix_saved_export_account"), "saved_export", ["account"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_api_token_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_token_hash")),
    )
    op.create_index(op.f("ix_api_token_account"), "api_token", ["account"], unique=False)


def downgrade() -> None:
    for table in ("api_token", "saved_export", "feedback", "goal"):
        op.drop_table(table)
