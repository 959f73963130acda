"""Boards, pinned answers, comments, shared links and subscriptions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "boards",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("data_set", sa.String(200), nullable=False, index=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("sharing", sa.String(16), nullable=False),
        sa.Column("people", sa.Text, nullable=False),
        sa.Column("tiles", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("updated_at", sa.String(40), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("deleted_at", sa.String(40)),
    )
    op.create_table(
        "board_comments",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("board", sa.String(64), nullable=False, index=True),
        sa.Column("tile", sa.String(64), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("mentions", sa.Text, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("edited_at", sa.String(40)),
        sa.Column("deleted_at", sa.String(40)),
        sa.Column("resolved_by", sa.String(200), nullable=False),
        sa.Column("resolved_at", sa.String(40)),
    )
    op.create_table(
        "shared_links",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("data_set", sa.String(200), nullable=False),
        sa.Column("board", sa.String(64), nullable=False, index=True),
        sa.Column("plan", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False, index=True),
        sa.Column("made_at", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.String(40)),
        sa.Column("revoked_at", sa.String(40)),
    )
    op.create_table(
        "board_subscriptions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
        sa.Column("data_set", sa.String(200), nullable=False, index=True),
        sa.Column("board", sa.String(64), nullable=False),
        sa.Column("tile", sa.String(64), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("every", sa.String(16), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("bound", sa.Text),
        sa.Column("made_at", sa.String(40), nullable=False),
        sa.Column("seen", sa.String(64), nullable=False),
        sa.Column("sent_at", sa.String(40)),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("fault", sa.Text),
        sa.Column("next_try", sa.String(40)),
        sa.Column("ended_at", sa.String(40)),
    )


def downgrade() -> None:
    for table in ("board_subscriptions", "shared_links", "board_comments", "boards"):
        op.drop_table(table)
