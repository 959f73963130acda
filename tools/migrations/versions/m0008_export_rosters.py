"""Which people each exported file held, so that whoever deletes a person knows which files to have destroyed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export_rosters",
        sa.Column("proof_id", sa.String(64), primary_key=True),
        sa.Column("data_set", sa.String(200), nullable=False, index=True),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("keys", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("export_rosters")
