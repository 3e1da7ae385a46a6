"""Every table, and nothing that could hold more than it must.

Keys are slugs people can read or random numbers, never serial: a serial number is a clock (PRIVACY.md 1).
What must never be written together stands in tables that share no key: `ticket` knows who may answer,
`sealed` holds what nobody can read, `response` and `quote` hold what was read after mixing. In polls
`poll_phone` and `ballot` know phones by hashes and hold what nobody can read, `poll_count` and `poll_text` what came
of it. A case is one named person: what says so lies encrypted with the case's own key in `draft`, `document`,
`consent_event.private` and `task.words`, and everything else holds codes, days and moments.
`docs/data-inventory.md` names every column with its purpose; a test compares.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, kept as whole microseconds since 1970: the same order and the same zone on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

association = Table(
    "association",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("period", Text, nullable=False, server_default="quarter"),
    Column("mix", Integer, nullable=False, server_default="5"),
    Column("show", Integer, nullable=False, server_default="10"),
    Column("count", Integer, nullable=False, server_default="30"),
    Column("closed_through", Text),
    Column("demonstration", Boolean, nullable=False, server_default=false()),
    CheckConstraint("period IN ('quarter', 'month')", name="period"),
    CheckConstraint('mix >= 5 AND "show" >= 10 AND "count" >= 30', name="floors"),
)

team = Table(
    "team",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("association", ForeignKey("association.slug"), nullable=False),
    Column("name", Text, nullable=False),
    Column("controller", Text, nullable=False),
    Column("phone", Text, nullable=False, server_default=""),
    Index(None, "association"),
)

team_staff = Table(
    "team_staff",
    metadata,
    Column("team", ForeignKey("team.slug"), primary_key=True),
    Column("name", Text, primary_key=True),
)

published_form = Table(
    "published_form",
    metadata,
    Column("form", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("pool", Text, nullable=False, index=True),
    Column("fingerprint", Text, nullable=False),
    Column("definition", Text, nullable=False),
)

authored_form = Table(
    "authored_form",
    metadata,
    Column("form", Text, primary_key=True),
    Column("association", ForeignKey("association.slug")),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("draft", Text),
    Column("archived_on", Date),
    Index(None, "association"),
)

form_draft_step = Table(
    "form_draft_step",
    metadata,
    Column("form", ForeignKey("authored_form.form"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("submission", Text, nullable=False, unique=True),
    Column("by", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("did", Text, nullable=False),
    Column("places", Text, nullable=False),
    Column("before", Text),
    Column("undone", Boolean, nullable=False, server_default=false()),
)

form_language = Table(
    "form_language",
    metadata,
    Column("form", ForeignKey("authored_form.form"), primary_key=True),
    Column("language", Text, primary_key=True),
    Column("marks", Text, nullable=False),
    Column("approved", Text),
    Column("approver", Text),
    Column("approved_on", Date),
)

association_look = Table(
    "association_look",
    metadata,
    Column("association", ForeignKey("association.slug"), primary_key=True),
    Column("colour", Text, nullable=False),
    Column("logo", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("start", Text, nullable=False),
    Column("end", Text, nullable=False),
    CheckConstraint("kind IN ('', 'png', 'svg')", name="kind"),
)

round_ = Table(
    "round",
    metadata,
    Column("id", Text, primary_key=True),
    Column("team", ForeignKey("team.slug"), nullable=False),
    Column("form", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("open_link", Boolean, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("participants", Integer, nullable=False, server_default="0"),
    Column("issued", Integer, nullable=False, server_default="0"),
    Column("voided", Integer, nullable=False, server_default="0"),
    CheckConstraint("state IN ('open', 'closed')", name="state"),
    CheckConstraint("issued >= voided AND 5 * (issued - voided) <= 6 * participants", name="cap"),
    ForeignKeyConstraint(["form", "version"], ["published_form.form", "published_form.version"]),
    Index(None, "team"),
    sqlite_with_rowid=False,
)

box = Table(
    "box",
    metadata,
    Column("id", Text, primary_key=True),
    Column("round", ForeignKey("round.id"), nullable=False),
    Column("began", Text, nullable=False),
    Column("public", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("k", Integer, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default="current"),
    CheckConstraint("state IN ('current', 'emptied')", name="state"),
    CheckConstraint("k >= 5", name="floor"),
    Index(
        "ix_box_one_current",
        "round",
        unique=True,
        sqlite_where=text("state = 'current'"),
        postgresql_where=text("state = 'current'"),
    ),
    sqlite_with_rowid=False,
)

ticket = Table(
    "ticket",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("round", ForeignKey("round.id"), nullable=False),
    Column("spent", Boolean, nullable=False, server_default=false()),
    Index(None, "round"),
    sqlite_with_rowid=False,
)

sealed = Table(
    "sealed",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("box", ForeignKey("box.id"), nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Index(None, "box"),
    sqlite_with_rowid=False,
)

sent = Table(
    "sent",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("released_on", Date, nullable=False),
    sqlite_with_rowid=False,
)

release = Table(
    "release",
    metadata,
    Column("id", Text, primary_key=True),
    Column("association", ForeignKey("association.slug"), nullable=False),
    Column("team", ForeignKey("team.slug")),
    Column("form", Text, nullable=False),
    Column("began", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("participants", Integer, nullable=False),
    Column("issued", Integer, nullable=False),
    Column("voided", Integer, nullable=False),
    Column("released_on", Date, nullable=False),
    Index(None, "association", "form", "period"),
    sqlite_with_rowid=False,
)

response = Table(
    "response",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("release", ForeignKey("release.id"), nullable=False),
    Column("answers", Text, nullable=False),
    Index(None, "release"),
    sqlite_with_rowid=False,
)

quote = Table(
    "quote",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("release", ForeignKey("release.id"), nullable=False),
    Column("question", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    CheckConstraint("state IN ('waiting', 'approved', 'rejected')", name="state"),
    Index(None, "release"),
    sqlite_with_rowid=False,
)

shown = Table(
    "shown",
    metadata,
    Column("id", Text, primary_key=True),
    Column("association", ForeignKey("association.slug"), nullable=False),
    Column("team", ForeignKey("team.slug")),
    Column("form", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("released_on", Date, nullable=False),
    Column("contents", Text, nullable=False),
    CheckConstraint("grade IN ('full', 'coarse', 'withheld')", name="grade"),
    UniqueConstraint("association", "team", "form", "period", postgresql_nulls_not_distinct=True),
    sqlite_with_rowid=False,
)

shown_quotes = Table(
    "shown_quotes",
    metadata,
    Column("association", ForeignKey("association.slug"), primary_key=True),
    Column("form", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("published_on", Date, nullable=False),
    Column("contents", Text, nullable=False),
    sqlite_with_rowid=False,
)

poll = Table(
    "poll",
    metadata,
    Column("id", Text, primary_key=True),
    Column("association", ForeignKey("association.slug"), nullable=False),
    Column("team", ForeignKey("team.slug")),
    Column("form", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("held_on", Date, nullable=False),
    Column("last_day", Date),
    Column("code", Text, unique=True),
    Column("state", Text, nullable=False, server_default="running"),
    Column("current", Text),
    CheckConstraint("state IN ('running', 'emptied', 'ended')", name="state"),
    CheckConstraint("code IS NULL OR state = 'running'", name="code"),
    CheckConstraint("last_day IS NULL OR code IS NULL", name="way_in"),
    ForeignKeyConstraint(["form", "version"], ["published_form.form", "published_form.version"]),
    UniqueConstraint("association", "number"),
    sqlite_with_rowid=False,
)

poll_question = Table(
    "poll_question",
    metadata,
    Column("poll", ForeignKey("poll.id"), primary_key=True),
    Column("question", Text, primary_key=True),
    Column("state", Text, nullable=False, server_default="hidden"),
    Column("counted", Integer, nullable=False, server_default="0"),
    Column("by_hand", Integer, nullable=False, server_default="0"),
    CheckConstraint("state IN ('hidden', 'skipped', 'open', 'closed', 'shown')", name="state"),
    CheckConstraint("counted = 0 OR counted >= 5", name="floor"),
    CheckConstraint("state != 'shown' OR counted >= 5", name="shown"),
    CheckConstraint("by_hand >= 0", name="by_hand"),
    sqlite_with_rowid=False,
)

ballot_box = Table(
    "ballot_box",
    metadata,
    Column("id", Text, primary_key=True),
    Column("poll", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("public", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    CheckConstraint("state IN ('open', 'waiting', 'emptied')", name="state"),
    ForeignKeyConstraint(["poll", "question"], ["poll_question.poll", "poll_question.question"]),
    Index(
        "ix_ballot_box_one_in_use",
        "poll",
        "question",
        unique=True,
        sqlite_where=text("state != 'emptied'"),
        postgresql_where=text("state != 'emptied'"),
    ),
    sqlite_with_rowid=False,
)

ballot = Table(
    "ballot",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("poll", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("blob", LargeBinary),
    ForeignKeyConstraint(["poll", "question"], ["poll_question.poll", "poll_question.question"]),
    Index(None, "poll", "question"),
    sqlite_with_rowid=False,
)

poll_phone = Table(
    "poll_phone",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("poll", ForeignKey("poll.id"), nullable=False),
    Index(None, "poll"),
    sqlite_with_rowid=False,
)

poll_count = Table(
    "poll_count",
    metadata,
    Column("poll", Text, primary_key=True),
    Column("question", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("by_hand", Boolean, primary_key=True),
    Column("n", Integer, nullable=False),
    CheckConstraint("n >= 0", name="n"),
    ForeignKeyConstraint(["poll", "question"], ["poll_question.poll", "poll_question.question"]),
    sqlite_with_rowid=False,
)

poll_text = Table(
    "poll_text",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("poll", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("times", Integer, nullable=False, server_default="1"),
    CheckConstraint("state IN ('waiting', 'approved', 'hidden')", name="state"),
    CheckConstraint("times >= 1", name="times"),
    ForeignKeyConstraint(["poll", "question"], ["poll_question.poll", "poll_question.question"]),
    Index(None, "poll", "question"),
    sqlite_with_rowid=False,
)

goal = Table(
    "goal",
    metadata,
    Column("association", ForeignKey("association.slug"), primary_key=True),
    Column("form", Text, primary_key=True),
    Column("question", Text, primary_key=True),
    Column("level", Integer, nullable=False),
    CheckConstraint("level BETWEEN 1 AND 100", name="level"),
    sqlite_with_rowid=False,
)

feedback = Table(
    "feedback",
    metadata,
    Column("association", ForeignKey("association.slug"), primary_key=True),
    Column("form", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("questions", Text, nullable=False),
    Column("texts", Text, nullable=False),
    Column("published_on", Date),
    sqlite_with_rowid=False,
)

account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("passphrase", Text),
)

failed_sign_in = Table(
    "failed_sign_in",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("until", Integer, nullable=False),
)

role = Table(
    "role",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("association", ForeignKey("association.slug")),
    Column("team", ForeignKey("team.slug")),
    Column("party", Text),
    CheckConstraint("role != 'admin' OR (association IS NULL AND team IS NULL)", name="admin"),
    CheckConstraint("role != 'coordinator' OR (association IS NOT NULL AND team IS NOT NULL)", name="coordinator"),
    CheckConstraint("role != 'evaluator' OR (association IS NOT NULL AND team IS NULL)", name="evaluator"),
    CheckConstraint("role != 'facilitator' OR association IS NOT NULL", name="facilitator"),
    CheckConstraint("role != 'author' OR team IS NULL", name="author"),
    CheckConstraint("role != 'approver' OR team IS NULL", name="approver"),
    CheckConstraint("role != 'interviewer' OR association IS NOT NULL", name="interviewer"),
    CheckConstraint("role != 'controller' OR association IS NOT NULL", name="controller"),
    CheckConstraint(
        "role != 'party' OR (association IS NOT NULL AND team IS NOT NULL AND party IS NOT NULL)", name="party"
    ),
    CheckConstraint("party IS NULL OR role = 'party'", name="party_of_party"),
    UniqueConstraint("account", "role", "association", "team", "party", postgresql_nulls_not_distinct=True),
    Index(None, "account"),
)

invitation = Table(
    "invitation",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("expires", Integer, nullable=False),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("began", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("proved", Integer),
    Column("challenge", LargeBinary),
)

totp = Table(
    "totp",
    metadata,
    Column("account", ForeignKey("account.id"), primary_key=True),
    Column("seed", LargeBinary, nullable=False),
    Column("step", Integer, nullable=False),
)

identity = Table(
    "identity",
    metadata,
    Column("account", ForeignKey("account.id"), primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    UniqueConstraint("issuer", "subject"),
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("credential", LargeBinary, nullable=False, unique=True),
    Column("public", LargeBinary, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Index(None, "account"),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("account", ForeignKey("account.id"), nullable=False),
    Index(None, "account"),
)

saved_export = Table(
    "saved_export",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("association", ForeignKey("association.slug"), nullable=False),
    Column("form", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("choices", Text, nullable=False),
    Index(None, "account"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("expires", Integer, nullable=False),
    Index(None, "account"),
)

team_party = Table(
    "team_party",
    metadata,
    Column("team", ForeignKey("team.slug"), primary_key=True),
    Column("party", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("names", Text, nullable=False),
    Column("seats", Integer, nullable=False, server_default="1"),
    CheckConstraint("seats >= 0", name="seats"),
)

case_settings = Table(
    "case_settings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("association", ForeignKey("association.slug"), nullable=False),
    Column("team", ForeignKey("team.slug")),
    Column("settings", Text, nullable=False),
)

draft = Table(
    "draft",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("near", LargeBinary, nullable=False),
    Column("page", LargeBinary, nullable=False),
    Column("team", ForeignKey("team.slug"), nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("contents", LargeBinary, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("until", Moment),
    Index(None, "near"),
)

case_number = Table(
    "case_number",
    metadata,
    Column("team", ForeignKey("team.slug"), primary_key=True),
    Column("newest", Integer, nullable=False),
)

case = Table(
    "case",
    metadata,
    Column("id", Text, primary_key=True),
    Column("team", ForeignKey("team.slug"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("submission", LargeBinary, nullable=False, unique=True),
    Column("withdrawal", LargeBinary, nullable=False, unique=True),
    Column("person", LargeBinary),
    Column("received", Moment, nullable=False),
    Column("role", Text, nullable=False),
    Column("organisation", Text),
    Column("sex", Text),
    Column("municipality", Text),
    Column("situations", Text, nullable=False),
    Column("reason", Text),
    Column("outside_age", Boolean, nullable=False),
    Column("interpreter", Boolean, nullable=False),
    Column("unwanted", Text, nullable=False),
    Column("responsible", ForeignKey("account.id")),
    Column("outcome", Text),
    Column("closed_on", Date),
    CheckConstraint(
        "state IN ('waiting', 'received', 'preparing', 'booked', 'planned', 'followed', 'closed')", name="state"
    ),
    CheckConstraint("role IN ('referrer', 'self', 'helper')", name="role"),
    CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed"),
    CheckConstraint("length(submission) = 16 AND length(withdrawal) = 16", name="hashes"),
    ForeignKeyConstraint(["form", "version"], ["published_form.form", "published_form.version"]),
    UniqueConstraint("team", "number"),
    Index(None, "person"),
    sqlite_with_rowid=False,
)

case_event = Table(
    "case_event",
    metadata,
    Column("case", ForeignKey("case.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("fell_on", Date, nullable=False),
    Column("code", Text, nullable=False, server_default=""),
    Column("actor", Text, nullable=False),
)

asked_form = Table(
    "asked_form",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("form", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", Text, nullable=False),
    ForeignKeyConstraint(["form", "version"], ["published_form.form", "published_form.version"]),
)

document = Table(
    "document",
    metadata,
    Column("case", ForeignKey("case.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("asked", ForeignKey("asked_form.fingerprint")),
    Column("language", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("answers", LargeBinary, nullable=False),
    CheckConstraint(
        "kind IN ('referral', 'booking', 'mapping', 'plan', 'follow_up', 'closing', 'manager')", name="kind"
    ),
    CheckConstraint("version >= 1", name="version"),
)

consent_wording = Table(
    "consent_wording",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("version", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("text", Text, nullable=False),
    CheckConstraint("length(hash) = 32", name="hash"),
)

consent_event = Table(
    "consent_event",
    metadata,
    Column("case", ForeignKey("case.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("party", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("categories", Text, nullable=False),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("how", Text),
    Column("confirm_by", Date),
    Column("language", Text),
    Column("interpreted", Boolean),
    Column("wording", ForeignKey("consent_wording.hash")),
    Column("private", LargeBinary),
    CheckConstraint(
        "kind IN ('given', 'limited', 'refused', 'marked', 'confirmed', 'withdrawn', 'expired', 'superseded')",
        name="kind",
    ),
    CheckConstraint("kind NOT IN ('given', 'limited', 'refused') OR wording IS NOT NULL", name="wording"),
    CheckConstraint("kind NOT IN ('given', 'limited') OR valid_until IS NOT NULL", name="period"),
)

consent_approval = Table(
    "consent_approval",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("form", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("approver", Text, nullable=False),
    Column("approved_on", Date, nullable=False),
    CheckConstraint("length(hash) = 32", name="hash"),
)

case_manager = Table(
    "case_manager",
    metadata,
    Column("case", ForeignKey("case.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("account", ForeignKey("account.id")),
    Column("began_on", Date),
    Column("ended_on", Date),
    CheckConstraint("state IN ('offered', 'accepted', 'declined', 'ended')", name="state"),
)

task = Table(
    "task",
    metadata,
    Column("id", Text, primary_key=True),
    Column("case", ForeignKey("case.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("party", Text),
    Column("codes", Text, nullable=False),
    Column("words", LargeBinary),
    Column("made", Moment, nullable=False),
    Column("due", Date),
    Column("done", Moment),
    Column("actor", Text),
    CheckConstraint("(done IS NULL) = (actor IS NULL)", name="done"),
    Index(None, "case"),
)

case_cell = Table(
    "case_cell",
    metadata,
    Column("association", ForeignKey("association.slug"), primary_key=True),
    Column("period", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("dimension", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    CheckConstraint("n > 0", name="n"),
    sqlite_with_rowid=False,
)

case_shown = Table(
    "case_shown",
    metadata,
    Column("association", ForeignKey("association.slug"), primary_key=True),
    Column("period", Text, primary_key=True),
    Column("closed", Moment, nullable=False),
    Column("contents", Text, nullable=False),
    sqlite_with_rowid=False,
)

year_shown = Table(
    "year_shown",
    metadata,
    Column("association", ForeignKey("association.slug"), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("contents", Text, nullable=False),
    sqlite_with_rowid=False,
)

meeting_log = Table(
    "meeting_log",
    metadata,
    Column("id", Text, primary_key=True),
    Column("team", ForeignKey("team.slug"), nullable=False),
    Column("week", Text, nullable=False),
    Column("participant", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("everyone", Boolean, nullable=False),
    Column("answers", Text, nullable=False),
    CheckConstraint("participant >= 1 AND number >= 1", name="numbers"),
    UniqueConstraint("team", "participant", "number"),
    sqlite_with_rowid=False,
)

meeting_log_earlier = Table(
    "meeting_log_earlier",
    metadata,
    Column("meeting", ForeignKey("meeting_log.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("week", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("everyone", Boolean, nullable=False),
    Column("answers", Text, nullable=False),
    Column("told", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

printed_time = Table(
    "printed_time",
    metadata,
    Column("id", Text, primary_key=True),
    Column("association", ForeignKey("association.slug"), nullable=False),
    Column("source", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("hours", Text, nullable=False),
    Index(None, "association"),
)

deviation = Table(
    "deviation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("team", ForeignKey("team.slug"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("told_on", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("answers", Text, nullable=False),
    UniqueConstraint("team", "number"),
    sqlite_with_rowid=False,
)

deviation_step = Table(
    "deviation_step",
    metadata,
    Column("deviation", ForeignKey("deviation.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("on", Date, nullable=False),
    Column("due", Date),
    Column("words", Text, nullable=False),
    # One row per step, each state at its own number: none can be taken twice or out of turn.
    CheckConstraint(
        "(number = 1 AND state = 'raised') OR (number = 2 AND state = 'answered')"
        " OR (number = 3 AND state IN ('solved', 'unsolvable'))",
        name="in_turn",
    ),
    CheckConstraint("(due IS NOT NULL) = (state = 'raised')", name="due"),
    sqlite_with_rowid=False,
)

deviation_shown = Table(
    "deviation_shown",
    metadata,
    Column("association", ForeignKey("association.slug"), primary_key=True),
    Column("period", Text, primary_key=True),
    Column("contents", Text, nullable=False),
    Column("cells", Text, nullable=False),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("notice", Text, nullable=False),
    Column("team", ForeignKey("team.slug"), nullable=False),
    Column("made", Moment, nullable=False),
    Column("due", Moment, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("sent", Moment),
    Index(None, "due"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("case", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Index(None, "case"),
    # What a page of the chain shows is found from where it begins, however long the chain is (`survey.audit_reading`).
    Index(None, "team", "at", "number"),
    Index(None, "team", "actor", "at", "number"),
    Index(None, "team", "action", "at", "number"),
    sqlite_with_rowid=False,
)

night = Table("night", metadata, Column("began_on", Date, primary_key=True), sqlite_with_rowid=False)

retention = Table(
    "retention",
    metadata,
    Column("association", ForeignKey("association.slug"), primary_key=True),
    Column("class", Text, primary_key=True),
    Column("months", Integer, nullable=False),
    Column("decision", Text, nullable=False),
    Column("decided_on", Date, nullable=False),
    CheckConstraint("months >= 0", name="months"),
    CheckConstraint("decision != ''", name="decision"),
)

hold = Table(
    "hold",
    metadata,
    Column("case", ForeignKey("case.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("since", Date, nullable=False),
)

purge_protocol = Table(
    "purge_protocol",
    metadata,
    Column("case", Text, primary_key=True),
    Column("team", ForeignKey("team.slug"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("class", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("purged_on", Date, nullable=False),
    Index(None, "team"),
    sqlite_with_rowid=False,
)
