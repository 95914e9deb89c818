"""A session has branches, each with its own conversation, a queue of edits, and a place on the shelf."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SESSIONS = sa.table(
    "sessions", sa.column("id", sa.String), sa.column("branch", sa.String), sa.column("created_at", sa.DateTime)
)
BRANCHES = sa.table(
    "branches", sa.column("session_id", sa.String), sa.column("id", sa.String), sa.column("title", sa.String),
    sa.column("created_at", sa.DateTime),
)  # fmt: skip


def upgrade() -> None:
    """Apply. Columns are added in place: SQLite would refuse to make a table anew that others refer to."""
    op.create_table(
        "branches",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("parent", sa.String(length=32), nullable=True),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_branches_session_id_sessions")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_branches")),
        sa.UniqueConstraint("session_id", "id", name=op.f("uq_branches_session_id_id")),
    )
    op.create_table(
        "edits",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("branch", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_edits_session_id_sessions")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_edits")),
    )
    with op.batch_alter_table("edits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_edits_session_id_status"), ["session_id", "status"], unique=False)
    op.add_column("events", sa.Column("branch", sa.String(length=32), nullable=False, server_default="main"))
    op.add_column("checkpoints", sa.Column("withdrawn", sa.String(length=200), nullable=True))
    op.add_column("sessions", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    rows = sa.select(SESSIONS.c.id, SESSIONS.c.branch, sa.literal(""), SESSIONS.c.created_at)
    op.execute(BRANCHES.insert().from_select(["session_id", "id", "title", "created_at"], rows))


def downgrade() -> None:
    """Take back."""
    op.drop_column("sessions", "archived_at")
    op.drop_column("checkpoints", "withdrawn")
    op.drop_column("events", "branch")
    with op.batch_alter_table("edits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_edits_session_id_status"))
    op.drop_table("edits")
    op.drop_table("branches")
