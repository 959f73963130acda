"""Who was in a segment when: snapshots, movements and their causes, imported lists, folders and sharing."""

from __future__ import annotations

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
