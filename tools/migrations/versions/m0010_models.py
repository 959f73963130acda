"""Models of customers: their cards, their scores, which scores stand as tags, and how often they are trained again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "models",
        sa.Column("data_set", sa.String(200), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("card", sa.Text, nullable=False),
    )
    op.create_table(
        "model_scores",
        sa.Column("data_set", sa.String(200), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("scores", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "model_tags",
        sa.Column("data_set", sa.String(200), primary_key=True),
        sa.Column("tag", sa.String(64), primary_key=True),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("horizon", sa.Integer, nullable=False),
        sa.Column("published_at", sa.String(40), nullable=False),
        sa.Column("published_by", sa.String(200), nullable=False),
    )
    op.create_table(
        "model_rhythms",
        sa.Column("data_set", sa.String(200), primary_key=True),
        sa.Column("model", sa.String(64), primary_key=True),
        sa.Column("horizon", sa.Integer, primary_key=True),
        sa.Column("every_days", sa.Integer, nullable=False),
        sa.Column("set_by", sa.String(200), nullable=False),
        sa.Column("trained_at", sa.String(40)),
    )


def downgrade() -> None:
    for table in ("model_rhythms", "model_tags", "model_scores", "models"):
        op.drop_table(table)
