"""What an association's rows are found by, however many associations there are."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_FOUND_BY = (("authored_form", "association"), ("purge_protocol", "team"), ("team", "association"))


def upgrade() -> None:
    for table, column in _FOUND_BY:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    for table, column in _FOUND_BY:
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
