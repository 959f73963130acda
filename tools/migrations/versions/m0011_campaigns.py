"""Campaigns, their groups, the policies of contact, and the ledgers of consent and contact."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("data_set", sa.String(200), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "campaign_changes",
        sa.Column("campaign", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "campaign_people",
        sa.Column("campaign", sa.String(64), primary_key=True),
        sa.Column("part", sa.String(32), primary_key=True),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("keys", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "campaign_frozen",
        sa.Column("campaign", sa.String(64), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("base_rate", sa.Float),
        sa.Column("detectable", sa.Float),
    )
    op.create_table(
        "contacts_made",
        sa.Column("campaign", sa.String(64), primary_key=True),
        sa.Column("held", sa.Boolean, primary_key=True),
        sa.Column("at", sa.String(40), primary_key=True),
        sa.Column("data_set", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.Column("keys", sa.LargeBinary, nullable=False),
    )
    op.create_index("contacts_made_by_time", "contacts_made", ["data_set", "at"])
    op.create_table(
        "contact_consents",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("data_set", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("key", sa.BigInteger, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("said", sa.String(8), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
    )
    op.create_index("contact_consents_by_channel", "contact_consents", ["data_set", "channel"])
    op.create_index("contact_consents_by_person", "contact_consents", ["data_set", "key"])
    op.create_table(
        "contact_policies",
        sa.Column("data_set", sa.String(200), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("on", sa.Boolean, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
    )


def downgrade() -> None:
    for table in (
        "contact_policies",
        "contact_consents",
        "contacts_made",
        "campaign_frozen",
        "campaign_people",
        "campaign_changes",
        "campaigns",
    ):
        op.drop_table(table)
