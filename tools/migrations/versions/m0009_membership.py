"""Who was in a segment when: snapshots, movements and their causes, imported lists, folders and sharing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLES = ("segment_moves", "segment_snapshots", "segment_failures", "segment_parts", "segment_standing")
_ARRANGEMENT = ("frozen", "folder", "sharing", "shared_with", "rhythm", "at_least", "at_most")


def upgrade() -> None:
    _arrange()
    op.create_table(
        "segment_standing",
        sa.Column("segment_id", sa.String(140), primary_key=True),
        sa.Column("data_set", sa.String(100), nullable=False, index=True),
        *_looked_at(),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("keys", sa.LargeBinary, nullable=False),
        sa.Column("parts", sa.Text, nullable=False),
    )
    op.create_table(
        "segment_parts",
        sa.Column("data_set", sa.String(100), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("keys", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "segment_snapshots",
        sa.Column("segment_id", sa.String(140), primary_key=True),
        sa.Column("serial", sa.Integer, primary_key=True),
        sa.Column("data_set", sa.String(100), nullable=False, index=True),
        *_looked_at(),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_table(
        "segment_moves",
        sa.Column("segment_id", sa.String(140), primary_key=True),
        sa.Column("serial", sa.Integer, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("data_set", sa.String(100), nullable=False, index=True),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("conditions", sa.Text, nullable=False),
        sa.Column("keys", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "segment_failures",
        sa.Column("segment_id", sa.String(140), primary_key=True),
        sa.Column("data_set", sa.String(100), nullable=False, index=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("why_zh", sa.Text, nullable=False),
        sa.Column("why_en", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
    for column in _ARRANGEMENT:
        op.drop_column("segments", column)


def _arrange() -> None:
    for name, default in (("folder", ""), ("sharing", "everyone"), ("shared_with", "[]"), ("rhythm", "manual")):
        op.add_column("segments", sa.Column(name, sa.Text, nullable=False, server_default=default))
    op.add_column("segments", sa.Column("frozen", sa.Integer, nullable=False, server_default="0"))
    for name in ("at_least", "at_most"):
        op.add_column("segments", sa.Column(name, sa.Integer))


def _looked_at() -> tuple[sa.Column[str], ...]:
    """When, and at which data."""
    return (
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("as_of", sa.String(10), nullable=False),
        sa.Column("data_version", sa.String(200), nullable=False),
    )
