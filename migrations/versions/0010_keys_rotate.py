"""What is said in own words at a consent may be encrypted anew, with another key; nothing else of the event changes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_CONSENT = "a consent event never changes, and goes only with its case"


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER consent_event_update")
        same = " AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in _columns() if name != "private")
        as_long = "length(NEW.private) IS length(OLD.private)"
        op.execute(
            f"CREATE TRIGGER consent_event_update BEFORE UPDATE ON consent_event WHEN NOT ({same} AND {as_long}) "
            f"BEGIN SELECT RAISE(ABORT, '{_CONSENT}'); END"
        )
        return
    op.execute("DROP TRIGGER consent_event_stays ON consent_event")
    op.execute(
        "CREATE FUNCTION refuse_unless_encrypted_anew() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF to_jsonb(NEW) - 'private' = to_jsonb(OLD) - 'private' "
        "AND length(NEW.private) IS NOT DISTINCT FROM length(OLD.private) THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{_CONSENT}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER consent_event_stays BEFORE UPDATE ON consent_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_unless_encrypted_anew()"
    )


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER consent_event_update")
        op.execute(
            "CREATE TRIGGER consent_event_update BEFORE UPDATE ON consent_event "
            f"BEGIN SELECT RAISE(ABORT, '{_CONSENT}'); END"
        )
        return
    op.execute("DROP TRIGGER consent_event_stays ON consent_event")
    op.execute("DROP FUNCTION refuse_unless_encrypted_anew()")
    op.execute(
        "CREATE TRIGGER consent_event_stays BEFORE UPDATE ON consent_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _columns() -> list[str]:
    return [column["name"] for column in sa.inspect(op.get_bind()).get_columns("consent_event")]
