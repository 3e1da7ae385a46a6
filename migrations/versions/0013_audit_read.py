"""The audit chain is read in pages: by time, by who and by what."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_READ_BY = (("team", "at", "number"), ("team", "actor", "at", "number"), ("team", "action", "at", "number"))


def upgrade() -> None:
    for columns in _READ_BY:
        op.create_index(op.f(f"ix_audit_{'_'.join(columns)}"), "audit", columns, unique=False)


def downgrade() -> None:
    for columns in _READ_BY:
        op.drop_index(op.f(f"ix_audit_{'_'.join(columns)}"), table_name="audit")
