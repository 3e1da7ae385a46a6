"""PostgreSQL keeps samples of columns for its planner, also of rows that are long deleted; none of what is to disappear."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_DISAPPEARS = (
    *("sealed", "ticket", "ballot", "poll_phone", "poll_text"),
    *("case", "task", "document", "consent_event", "case_event", "case_manager", "hold", "draft", "case_cell"),
)


def upgrade() -> None:
    _sample(0)


def downgrade() -> None:
    _sample(-1)


def _sample(target: int) -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for table in _DISAPPEARS:
        columns = ", ".join(
            f'ALTER COLUMN "{column["name"]}" SET STATISTICS {target}'
            for column in sa.inspect(op.get_bind()).get_columns(table)
        )
        op.execute(f'ALTER TABLE "{table}" {columns}')
