"""Under which rights the people of a segment were counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


_TABLES = ("segments", "segment_changes")


def upgrade() -> None:
    # Nobody knows any more under which rights the old counts were made, so they are shown to nobody until counted anew.
    for table in _TABLES:
        op.add_column(table, sa.Column("counted_under", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "counted_under")
