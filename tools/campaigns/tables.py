"""The tables of campaigns as SQLAlchemy knows them; the migrations make them."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

_METADATA: Final = sa.MetaData()

CAMPAIGNS: Final = sa.Table(
    "campaigns",
    _METADATA,
    sa.Column("id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("data_set", "state", "created_at", "body")),
    sa.Column("number", sa.Integer),
)
CHANGES: Final = sa.Table(
    "campaign_changes",
    _METADATA,
    sa.Column("campaign", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("at", "by", "what", "state", "note", "body")),
    sa.Column("revision", sa.Integer),
)
PEOPLE: Final = sa.Table(
    "campaign_people",
    _METADATA,
    sa.Column("campaign", sa.String, primary_key=True),
    sa.Column("part", sa.String, primary_key=True),
    sa.Column("people", sa.Integer),
    sa.Column("keys", sa.LargeBinary),
)
FROZEN: Final = sa.Table(
    "campaign_frozen",
    _METADATA,
    sa.Column("campaign", sa.String, primary_key=True),
    sa.Column("at", sa.String),
    sa.Column("revision", sa.Integer),
    sa.Column("rules", sa.String),
    sa.Column("base_rate", sa.Float),
    sa.Column("detectable", sa.Float),
)
CONTACTS: Final = sa.Table(
    "contacts_made",
    _METADATA,
    sa.Column("campaign", sa.String, primary_key=True),
    sa.Column("held", sa.Boolean, primary_key=True),
    sa.Column("at", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("data_set", "channel", "kind")),
    sa.Column("counts", sa.Boolean),
    sa.Column("keys", sa.LargeBinary),
)
CONSENTS: Final = sa.Table(
    "contact_consents",
    _METADATA,
    sa.Column("id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("data_set", "channel", "at", "said", "by", "source")),
    sa.Column("key", sa.BigInteger),
)
POLICIES: Final = sa.Table(
    "contact_policies",
    _METADATA,
    sa.Column("data_set", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("rule", "owner", "at", "by", "what")),
    sa.Column("on", sa.Boolean),
)
