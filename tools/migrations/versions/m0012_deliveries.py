"""What became of every message of a campaign, who sends it, certificates of destinations, and addresses that lead nowhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sends",
        sa.Column("campaign", sa.String(64), primary_key=True),
        sa.Column("destination", sa.String(200), nullable=False),
        sa.Column("started_at", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", sa.String(40), nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("campaign", sa.String(64), primary_key=True),
        sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("destination", sa.String(200), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("message", sa.String(64), nullable=False, index=True),
        sa.Column("variant", sa.String(200), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try", sa.String(40), nullable=False),
        sa.Column("reference", sa.String(300), nullable=False),
        sa.Column("why_zh", sa.Text, nullable=False),
        sa.Column("why_en", sa.Text, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_index("ix_deliveries_due", "deliveries", ["campaign", "state", "next_try", "key"])
    op.create_index("ix_deliveries_person", "deliveries", ["key"])
    op.create_table(
        "destination_pins",
        sa.Column("place", sa.String(300), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("since", sa.String(40), nullable=False),
        sa.Column("accepted_by", sa.String(200), nullable=False),
        sa.Column("offered", sa.String(64), nullable=False),
        sa.Column("offered_at", sa.String(40), nullable=False),
    )
    op.create_table(
        "invalid_contacts",
        sa.Column("destination", sa.String(200), primary_key=True),
        sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("invalid_contacts")
    op.drop_table("destination_pins")
    op.drop_table("deliveries")
    op.drop_table("sends")
