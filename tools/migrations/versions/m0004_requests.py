"""Requests that must not be carried out twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "http_requests",
        sa.Column("owner", sa.String(200), primary_key=True),
        sa.Column("route", sa.String(100), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("begun_at", sa.String(40), nullable=False, index=True),
        sa.Column("response", sa.Text),
    )


def downgrade() -> None:
    op.drop_table("http_requests")
