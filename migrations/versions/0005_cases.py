"""Referral and consent: cases, their documents, consents and tasks, drafts, notices, the audit chain, and what deletes
them; and what not even a hand in the database may do."""

# ruff: noqa: S608 - the names put into these statements stand here
import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEPT = {
    "audit": ("number", "the audit log only grows"),
    "asked_form": ("fingerprint", "a form that was asked never changes"),
    "consent_wording": ("hash", "a wording never changes"),
    "consent_approval": ("hash", "an approval never changes"),
    "purge_protocol": ("case", "the protocol of deletions only grows"),
}
"""Tables whose rows are never changed and never go: their key, and what whoever tries is told."""
_CONSENT = "a consent event never changes, and goes only with its case"
_SQLITE = (
    *(
        f"CREATE TRIGGER {table}_{deed.lower()} BEFORE {deed} ON {table} BEGIN SELECT RAISE(ABORT, '{why}'); END"
        for table, (_key, why) in _KEPT.items()
        for deed in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE deletes without asking the triggers above.
    *(
        f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table} "
        f'WHEN EXISTS (SELECT 1 FROM {table} WHERE "{key}" = NEW."{key}") BEGIN SELECT RAISE(ABORT, \'{why}\'); END'
        for table, (key, why) in _KEPT.items()
    ),
    f"CREATE TRIGGER consent_event_update BEFORE UPDATE ON consent_event BEGIN SELECT RAISE(ABORT, '{_CONSENT}'); END",
    "CREATE TRIGGER consent_event_delete BEFORE DELETE ON consent_event "
    'WHEN NOT EXISTS (SELECT 1 FROM purge_protocol WHERE "case" = OLD."case") '
    f"BEGIN SELECT RAISE(ABORT, '{_CONSENT}'); END",
    "CREATE TRIGGER consent_event_replace BEFORE INSERT ON consent_event "
    'WHEN EXISTS (SELECT 1 FROM consent_event WHERE "case" = NEW."case" AND number = NEW.number) '
    f"BEGIN SELECT RAISE(ABORT, '{_CONSENT}'); END",
)
_POSTGRESQL = (
    *(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in _KEPT
    ),
    "CREATE FUNCTION refuse_unless_purged() RETURNS trigger LANGUAGE plpgsql AS "
    '$$ BEGIN IF EXISTS (SELECT 1 FROM purge_protocol WHERE "case" = OLD."case") THEN RETURN OLD; END IF; '
    f"RAISE EXCEPTION '{_CONSENT}'; END $$",
    "CREATE TRIGGER consent_event_stays BEFORE UPDATE ON consent_event FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER consent_event_goes_with_its_case BEFORE DELETE ON consent_event "
    "FOR EACH ROW EXECUTE FUNCTION refuse_unless_purged()",
    *(
        f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in (*_KEPT, "consent_event")
    ),
)


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_audit_case"), "audit", ["case"], unique=False)
    op.create_table(
        "consent_approval",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ck_consent_approval_hash")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_consent_approval")),
    )
    op.create_table(
        "consent_wording",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ck_consent_wording_hash")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_consent_wording")),
    )
    op.create_table(
        "asked_form",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["form", "version"],
            ["published_form.form", "published_form.version"],
            name=op.f("fk_asked_form_form_version"),
        ),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_asked_form")),
    )
    op.create_table(
        "retention",
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.CheckConstraint("decision != ''", name=op.f("ck_retention_decision")),
        sa.CheckConstraint("months >= 0", name=op.f("ck_retention_months")),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_retention_association")),
        sa.PrimaryKeyConstraint("association", "class", name=op.f("pk_retention")),
    )
    op.create_table(
        "case",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submission", sa.LargeBinary(), nullable=False),
        sa.Column("withdrawal", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=True),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("municipality", sa.Text(), nullable=True),
        sa.Column("situations", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("outside_age", sa.Boolean(), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("unwanted", sa.Text(), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name=op.f("ck_case_closed")),
        sa.CheckConstraint("role IN ('referrer', 'self', 'helper')", name=op.f("ck_case_role")),
        sa.CheckConstraint(
            "state IN ('waiting', 'received', 'preparing', 'booked', 'planned', 'followed', 'closed')",
            name=op.f("ck_case_state"),
        ),
        sa.CheckConstraint("length(submission) = 16 AND length(withdrawal) = 16", name=op.f("ck_case_hashes")),
        sa.ForeignKeyConstraint(
            ["form", "version"], ["published_form.form", "published_form.version"], name=op.f("fk_case_form_version")
        ),
        sa.ForeignKeyConstraint(["responsible"], ["account.id"], name=op.f("fk_case_responsible")),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_case_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("submission", name=op.f("uq_case_submission")),
        sa.UniqueConstraint("team", "number", name=op.f("uq_case_team_number")),
        sa.UniqueConstraint("withdrawal", name=op.f("uq_case_withdrawal")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_case_person"), "case", ["person"], unique=False)
    op.create_table(
        "case_number",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_case_number_team")),
        sa.PrimaryKeyConstraint("team", name=op.f("pk_case_number")),
    )
    op.create_table(
        "case_settings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_case_settings_association")),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_case_settings_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_settings")),
    )
    op.create_table(
        "draft",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("near", sa.LargeBinary(), nullable=False),
        sa.Column("page", sa.LargeBinary(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("contents", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_draft_team")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_near"), "draft", ["near"], unique=False)
    op.create_table(
        "case_cell",
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n > 0", name=op.f("ck_case_cell_n")),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_case_cell_association")),
        sa.PrimaryKeyConstraint(
            "association", "period", "event", "dimension", "value", name=op.f("pk_case_cell")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_shown",
        sa.Column("association", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["association"], ["association.slug"], name=op.f("fk_case_shown_association")),
        sa.PrimaryKeyConstraint("association", "period", name=op.f("pk_case_shown")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_outbox_account")),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_outbox_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_due"), "outbox", ["due"], unique=False)
    op.create_table(
        "purge_protocol",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("purged_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_purge_protocol_team")),
        sa.PrimaryKeyConstraint("case", name=op.f("pk_purge_protocol")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "team_party",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("seats", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("seats >= 0", name=op.f("ck_team_party_seats")),
        sa.ForeignKeyConstraint(["team"], ["team.slug"], name=op.f("fk_team_party_team")),
        sa.PrimaryKeyConstraint("team", "party", name=op.f("pk_team_party")),
    )
    op.create_table(
        "case_event",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("fell_on", sa.Date(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_case_event_case")),
        sa.PrimaryKeyConstraint("case", "number", name=op.f("pk_case_event")),
    )
    op.create_table(
        "case_manager",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("began_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('offered', 'accepted', 'declined', 'ended')", name=op.f("ck_case_manager_state")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_case_manager_account")),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_case_manager_case")),
        sa.PrimaryKeyConstraint("case", name=op.f("pk_case_manager")),
    )
    op.create_table(
        "consent_event",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("how", sa.Text(), nullable=True),
        sa.Column("confirm_by", sa.Date(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("interpreted", sa.Boolean(), nullable=True),
        sa.Column("wording", sa.LargeBinary(), nullable=True),
        sa.Column("private", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('given', 'limited', 'refused', 'marked', 'confirmed', 'withdrawn', 'expired', 'superseded')",
            name=op.f("ck_consent_event_kind"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('given', 'limited') OR valid_until IS NOT NULL", name=op.f("ck_consent_event_period")
        ),
        sa.CheckConstraint(
            "kind NOT IN ('given', 'limited', 'refused') OR wording IS NOT NULL", name=op.f("ck_consent_event_wording")
        ),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_consent_event_case")),
        sa.ForeignKeyConstraint(["wording"], ["consent_wording.hash"], name=op.f("fk_consent_event_wording")),
        sa.PrimaryKeyConstraint("case", "number", name=op.f("pk_consent_event")),
    )
    op.create_table(
        "document",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('referral', 'booking', 'mapping', 'plan', 'follow_up', 'closing', 'manager')",
            name=op.f("ck_document_kind"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_document_version")),
        sa.ForeignKeyConstraint(["asked"], ["asked_form.fingerprint"], name=op.f("fk_document_asked")),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_document_case")),
        sa.PrimaryKeyConstraint("case", "kind", "version", name=op.f("pk_document")),
    )
    op.create_table(
        "hold",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_hold_case")),
        sa.PrimaryKeyConstraint("case", name=op.f("pk_hold")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=True),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.CheckConstraint("(done IS NULL) = (actor IS NULL)", name=op.f("ck_task_done")),
        sa.ForeignKeyConstraint(["case"], ["case.id"], name=op.f("fk_task_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(op.f("ix_task_case"), "task", ["case"], unique=False)
    for statement in _SQLITE if op.get_context().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table in (
        "task",
        "hold",
        "document",
        "consent_event",
        "case_manager",
        "case_event",
        "team_party",
        "purge_protocol",
        "outbox",
        "case_shown",
        "case_cell",
        "draft",
        "case_settings",
        "case_number",
        "case",
        "retention",
        "asked_form",
        "consent_wording",
        "consent_approval",
        "audit",
    ):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_unless_purged()")
