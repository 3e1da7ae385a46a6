"""Forms being written: drafts, their steps, their languages; roles of those who write, approve, ask and take part."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WHERE = {
    "author": "role != 'author' OR team IS NULL",
    "approver": "role != 'approver' OR team IS NULL",
    "interviewer": "role != 'interviewer' OR association IS NOT NULL",
    "controller": "role != 'controller' OR association IS NOT NULL",
    "party": "role != 'party' OR (association IS NOT NULL AND team IS NOT NULL AND party IS NOT NULL)",
    "party_of_party": "party IS NULL OR role = 'party'",
}
"""Where each role may hold."""
_ONCE = ["account", "role", "association", "team"]


def upgrade() -> None:
    with op.batch_alter_table("role") as role:
        role.add_column(sa.Column("party", sa.Text(), nullable=True))
        for name, condition in _WHERE.items():
            role.create_check_constraint(op.f(f"ck_role_{name}"), condition)
        role.drop_constraint(op.f("uq_role_account_role_association_team"), type_="unique")
        role.create_unique_constraint(
            op.f("uq_role_account_role_association_team_party"), [*_ONCE, "party"], postgresql_nulls_not_distinct=True
        )
    op.create_table(
        "authored_form",
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("association", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("draft", sa.Text(), nullable=True),
        sa.Column("archived_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_authored_form_association")),
        sa.PrimaryKeyConstraint("form", name=op.f("pk_authored_form")),
    )
    op.create_table(
        "form_draft_step",
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("undone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["form"], ["authored_form.form"], name=op.f("fk_form_draft_step_form")),
        sa.PrimaryKeyConstraint("form", "revision", name=op.f("pk_form_draft_step")),
        sa.UniqueConstraint("submission", name=op.f("uq_form_draft_step_submission")),
    )
    op.create_table(
        "form_language",
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("approved", sa.Text(), nullable=True),
        sa.Column("approver", sa.Text(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["form"], ["authored_form.form"], name=op.f("fk_form_language_form")),
        sa.PrimaryKeyConstraint("form", "language", name=op.f("pk_form_language")),
    )
    op.create_table(
        "association_look",
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("end", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('', 'png', 'svg')", name=op.f("ck_association_look_kind")),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_association_look_association")),
        sa.PrimaryKeyConstraint("association", name=op.f("pk_association_look")),
    )


def downgrade() -> None:
    for table in ("association_look", "form_language", "form_draft_step", "authored_form"):
        op.drop_table(table)
    op.execute("DELETE FROM role WHERE role IN ('author', 'approver', 'interviewer', 'controller', 'party')")
    with op.batch_alter_table("role") as role:
        role.drop_constraint(op.f("uq_role_account_role_association_team_party"), type_="unique")
        for name in _WHERE:
            role.drop_constraint(op.f(f"ck_role_{name}"), type_="check")
        role.drop_column("party")
        role.create_unique_constraint(
            op.f("uq_role_account_role_association_team"), _ONCE, postgresql_nulls_not_distinct=True
        )
