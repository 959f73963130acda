"""Accounts, sessions, API keys and attempts to sign in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("login", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("grants", sa.Text, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(254), nullable=False, index=True),
        sa.Column("password", sa.String(300), nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("administrator", "active", "must_change_password", "epoch", "revision")
        ),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("updated_at", sa.String(40), nullable=False),
        sa.Column("last_seen_at", sa.String(40)),
    )
    op.create_table(
        "account_identities",
        sa.Column("identity", sa.String(300), primary_key=True),
        sa.Column("login", sa.String(64), sa.ForeignKey("accounts.login"), nullable=False, index=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("login", sa.String(64), sa.ForeignKey("accounts.login"), nullable=False, index=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("opened_at", sa.String(40), nullable=False),
        sa.Column("seen_at", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.String(40), nullable=False, index=True),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("login", sa.String(64), sa.ForeignKey("accounts.login"), nullable=False, index=True),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("hint", sa.String(20), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        *(sa.Column(name, sa.String(40)) for name in ("expires_at", "revoked_at", "last_used_at")),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("subject", sa.String(100), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", sa.String(40), nullable=False, index=True),
        sa.Column("locked_until", sa.String(40)),
        sa.Column("held", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    for table in ("sign_in_attempts", "api_keys", "sessions", "account_identities", "accounts"):
        op.drop_table(table)
