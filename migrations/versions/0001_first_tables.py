"""The first tables, and what not even a hand in the database may do."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BOX = "id, round, began, public, size, k, mac"
_SQLITE = (
    "CREATE TRIGGER published_form_update BEFORE UPDATE ON published_form "
    "BEGIN SELECT RAISE(ABORT, 'a published form never changes'); END",
    "CREATE TRIGGER published_form_delete BEFORE DELETE ON published_form "
    "BEGIN SELECT RAISE(ABORT, 'a published form never changes'); END",
    # INSERT OR REPLACE deletes without asking the trigger above.
    "CREATE TRIGGER published_form_replace BEFORE INSERT ON published_form "
    "WHEN EXISTS (SELECT 1 FROM published_form WHERE form = NEW.form AND version = NEW.version) "
    "BEGIN SELECT RAISE(ABORT, 'a published form never changes'); END",
    f"CREATE TRIGGER box_update BEFORE UPDATE OF {_BOX} ON box "
    "BEGIN SELECT RAISE(ABORT, 'a box never changes its key or its k'); END",
)
_POSTGRESQL = (
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'a row of % never changes', TG_TABLE_NAME; END $$",
    "CREATE TRIGGER published_form_stays BEFORE UPDATE OR DELETE ON published_form "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER published_form_not_emptied BEFORE TRUNCATE ON published_form "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    f"CREATE TRIGGER box_stays BEFORE UPDATE OF {_BOX} ON box FOR EACH ROW EXECUTE FUNCTION refuse_change()",
)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("passphrase", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "association",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), server_default="quarter", nullable=False),
        sa.Column("mix", sa.Integer(), server_default="5", nullable=False),
        sa.Column("show", sa.Integer(), server_default="10", nullable=False),
        sa.Column("count", sa.Integer(), server_default="30", nullable=False),
        sa.Column("closed_through", sa.Text(), nullable=True),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("period IN ('quarter', 'month')", name=op.f("ck_association_period")),
        sa.CheckConstraint('mix >= 5 AND "show" >= 10 AND "count" >= 30', name=op.f("ck_association_floors")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_association")),
    )
    op.create_table(
        "failed_sign_in",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_failed_sign_in")),
    )
    op.create_table(
        "published_form",
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("form", "version", name=op.f("pk_published_form")),
    )
    op.create_index(op.f("ix_published_form_pool"), "published_form", ["pool"], unique=False)
    op.create_table(
        "sent",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invitation",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_invitation_account")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_invitation")),
    )
    op.create_table(
        "shown_quotes",
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_shown_quotes_association")),
        sa.PrimaryKeyConstraint("association", "form", "period", name=op.f("pk_shown_quotes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staff_session",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("began", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_staff_session_account")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_staff_session")),
    )
    op.create_table(
        "team",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("controller", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_team_association")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_team")),
    )
    op.create_table(
        "release",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("began", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("voided", sa.Integer(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_release_association")),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_release_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_release_association_form_period"), "release", ["association", "form", "period"], unique=False
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("association", sa.Text(), nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        sa.CheckConstraint("role != 'admin' OR (association IS NULL AND team IS NULL)", name=op.f("ck_role_admin")),
        sa.CheckConstraint(
            "role != 'coordinator' OR (association IS NOT NULL AND team IS NOT NULL)", name=op.f("ck_role_coordinator")
        ),
        sa.CheckConstraint(
            "role != 'evaluator' OR (association IS NOT NULL AND team IS NULL)", name=op.f("ck_role_evaluator")
        ),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_role_account")),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_role_association")),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_role_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint(
            "account",
            "role",
            "association",
            "team",
            name=op.f("uq_role_account_role_association_team"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_role_account"), "role", ["account"], unique=False)
    op.create_table(
        "round",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("open_link", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("participants", sa.Integer(), server_default="0", nullable=False),
        sa.Column("issued", sa.Integer(), server_default="0", nullable=False),
        sa.Column("voided", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_round_state")),
        sa.CheckConstraint("issued >= voided AND 5 * (issued - voided) <= 6 * participants", name=op.f("ck_round_cap")),
        sa.ForeignKeyConstraint(
            ["form", "version"], ["published_form.form", "published_form.version"], name=op.f("fk_round_form_version")
        ),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_round_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_round_team"), "round", ["team"], unique=False)
    op.create_table(
        "shown",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.CheckConstraint("grade IN ('full', 'coarse', 'withheld')", name=op.f("ck_shown_grade")),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_shown_association")),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_shown_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown")),
        sa.UniqueConstraint(
            "association",
            "team",
            "form",
            "period",
            name=op.f("uq_shown_association_team_form_period"),
            postgresql_nulls_not_distinct=True,
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "team_staff",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_team_staff_team")),
        sa.PrimaryKeyConstraint("team", "name", name=op.f("pk_team_staff")),
    )
    op.create_table(
        "box",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("round", sa.Text(), nullable=False),
        sa.Column("began", sa.Text(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="current", nullable=False),
        sa.CheckConstraint("state IN ('current', 'emptied')", name=op.f("ck_box_state")),
        sa.CheckConstraint("k >= 5", name=op.f("ck_box_floor")),
        sa.ForeignKeyConstraint(["round"], ["round.id"], name=op.f("fk_box_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_box_one_current",
        "box",
        ["round"],
        unique=True,
        sqlite_where=sa.text("state = 'current'"),
        postgresql_where=sa.text("state = 'current'"),
    )
    op.create_table(
        "quote",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'approved', 'rejected')", name=op.f("ck_quote_state")),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name=op.f("fk_quote_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_quote_release"), "quote", ["release"], unique=False)
    op.create_table(
        "response",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name=op.f("fk_response_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_response_release"), "response", ["release"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("round", sa.Text(), nullable=False),
        sa.Column("spent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["round"], ["round.id"], name=op.f("fk_ticket_round")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_ticket")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ticket_round"), "ticket", ["round"], unique=False)
    op.create_table(
        "sealed",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("box", sa.Text(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["box"], ["box.id"], name=op.f("fk_sealed_box")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_sealed_box"), "sealed", ["box"], unique=False)
    for statement in _SQLITE if op.get_context().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in (
        "sealed",
        "ticket",
        "response",
        "quote",
        "box",
        "team_staff",
        "shown",
        "round",
        "role",
        "release",
        "team",
        "staff_session",
        "shown_quotes",
        "invitation",
        "sent",
        "published_form",
        "failed_sign_in",
        "association",
        "account",
    ):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
