"""What Slack delivered, what its buttons stand for, and which data set and conversation belong to a place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slack_deliveries",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False, index=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("message", sa.String(40), nullable=False),
        sa.Column("job", sa.Text, nullable=False),
    )
    op.create_table(
        "slack_replies",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False, index=True),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("data_set", sa.String(100), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "slack_places",
        sa.Column("team", sa.String(40), primary_key=True),
        sa.Column("channel", sa.String(40), primary_key=True),
        sa.Column("thread", sa.String(40), primary_key=True),
        sa.Column("data_set", sa.String(100), nullable=False),
        sa.Column("conversation", sa.String(200), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps texts of any length
        # A conversation is named by workspace, channel, thread and login, which is longer than one of the page.
        op.alter_column("feedback", "conversation", type_=sa.String(300), existing_type=sa.String(60))


def downgrade() -> None:
    op.drop_table("slack_places")
    op.drop_table("slack_replies")
    op.drop_table("slack_deliveries")
