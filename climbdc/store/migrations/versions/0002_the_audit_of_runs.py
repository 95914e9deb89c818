"""Every run says its limits, how it ended and which code ran; runs recorded before do not."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OUTCOMES = {
    "Ok": "ok", "NotApplicable": "not-applicable", "ToolFailed": "tool-failed", "LimitHit": "limit-hit",
    "SandboxFailed": "sandbox-failed",
}  # fmt: skip
RUNS = sa.table("runs", sa.column("outcome", sa.String))


def _rename(names: dict[str, str]) -> None:
    for old, new in names.items():
        op.execute(RUNS.update().where(RUNS.c.outcome == old).values(outcome=new))


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("limit", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("limits", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("exit", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("code", sa.String(length=64), nullable=True))
    _rename(OUTCOMES)


def downgrade() -> None:
    """Take back."""
    _rename({new: old for old, new in OUTCOMES.items()})
    with op.batch_alter_table("runs", schema=None) as batch_op:
        for name in ("code", "exit", "limits", "limit"):
            batch_op.drop_column(name)
