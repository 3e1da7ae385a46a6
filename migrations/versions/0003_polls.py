"""Polls: what a room votes on, ballots while a question is open, counts once it is closed; who may lead them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_FACILITATOR = "role != 'facilitator' OR association IS NOT NULL"


def upgrade() -> None:
    with op.batch_alter_table("role") as role:
        role.create_check_constraint(op.f("ck_role_facilitator"), _FACILITATOR)
    op.create_table(
        "poll",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column("current", sa.Text(), nullable=True),
        sa.CheckConstraint("code IS NULL OR state = 'running'", name=op.f("ck_poll_code")),
        sa.CheckConstraint("state IN ('running', 'emptied', 'ended')", name=op.f("ck_poll_state")),
        sa.CheckConstraint("last_day IS NULL OR code IS NULL", name=op.f("ck_poll_way_in")),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_poll_association")),
        sa.ForeignKeyConstraint(
            ["form", "version"], ["published_form.form", "published_form.version"], name=op.f("fk_poll_form_version")
        ),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_poll_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
        sa.UniqueConstraint("association", "number", name=op.f("uq_poll_association_number")),
        sa.UniqueConstraint("code", name=op.f("uq_poll_code")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "poll_phone",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("poll", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["poll"], ["poll.id"], name=op.f("fk_poll_phone_poll")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_poll_phone")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_poll_phone_poll"), "poll_phone", ["poll"], unique=False)
    op.create_table(
        "poll_question",
        sa.Column("poll", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="hidden", nullable=False),
        sa.Column("counted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("by_hand", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("state != 'shown' OR counted >= 5", name=op.f("ck_poll_question_shown")),
        sa.CheckConstraint(
            "state IN ('hidden', 'skipped', 'open', 'closed', 'shown')", name=op.f("ck_poll_question_state")
        ),
        sa.CheckConstraint("by_hand >= 0", name=op.f("ck_poll_question_by_hand")),
        sa.CheckConstraint("counted = 0 OR counted >= 5", name=op.f("ck_poll_question_floor")),
        sa.ForeignKeyConstraint(["poll"], ["poll.id"], name=op.f("fk_poll_question_poll")),
        sa.PrimaryKeyConstraint("poll", "question", name=op.f("pk_poll_question")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ballot",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("poll", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["poll", "question"], ["poll_question.poll", "poll_question.question"], name=op.f("fk_ballot_poll_question")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_ballot")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ballot_poll_question"), "ballot", ["poll", "question"], unique=False)
    op.create_table(
        "ballot_box",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("poll", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.CheckConstraint("state IN ('open', 'waiting', 'emptied')", name=op.f("ck_ballot_box_state")),
        sa.ForeignKeyConstraint(
            ["poll", "question"],
            ["poll_question.poll", "poll_question.question"],
            name=op.f("fk_ballot_box_poll_question"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot_box")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ballot_box_one_in_use",
        "ballot_box",
        ["poll", "question"],
        unique=True,
        sqlite_where=sa.text("state != 'emptied'"),
        postgresql_where=sa.text("state != 'emptied'"),
    )
    op.create_table(
        "poll_count",
        sa.Column("poll", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n >= 0", name=op.f("ck_poll_count_n")),
        sa.ForeignKeyConstraint(
            ["poll", "question"],
            ["poll_question.poll", "poll_question.question"],
            name=op.f("fk_poll_count_poll_question"),
        ),
        sa.PrimaryKeyConstraint("poll", "question", "code", "by_hand", name=op.f("pk_poll_count")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "poll_text",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("poll", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'approved', 'hidden')", name=op.f("ck_poll_text_state")),
        sa.CheckConstraint("times >= 1", name=op.f("ck_poll_text_times")),
        sa.ForeignKeyConstraint(
            ["poll", "question"],
            ["poll_question.poll", "poll_question.question"],
            name=op.f("fk_poll_text_poll_question"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_text")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_poll_text_poll_question"), "poll_text", ["poll", "question"], unique=False)


def downgrade() -> None:
    for table in ("poll_text", "poll_count", "poll_phone", "ballot", "ballot_box", "poll_question", "poll"):
        op.drop_table(table)
    with op.batch_alter_table("role") as role:
        role.drop_constraint(op.f("ck_role_facilitator"), type_="check")
