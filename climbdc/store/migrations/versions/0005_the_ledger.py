"""The ledger: what a language model was sent and answered, byte for byte."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ledger_bytes",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ledger_bytes")),
    )
    op.create_table(
        "ledger",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("reply", sa.String(length=64), nullable=True),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_ledger_session_id_sessions")),
        sa.ForeignKeyConstraint(["request"], ["ledger_bytes.name"], name=op.f("fk_ledger_request_ledger_bytes")),
        sa.ForeignKeyConstraint(["reply"], ["ledger_bytes.name"], name=op.f("fk_ledger_reply_ledger_bytes")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ledger")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_ledger_session_id_number")),
    )
    op.create_index(op.f("ix_ledger_session_id_request"), "ledger", ["session_id", "request"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("ledger")
    op.drop_table("ledger_bytes")
