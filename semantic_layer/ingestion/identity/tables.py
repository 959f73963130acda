"""The tables of identity in the warehouse. What stands between two commits lives in temporary tables of one connection."""

from __future__ import annotations

from typing import Final

import duckdb

from semantic_layer.ingestion.names import identifier

IDENTIFIERS: Final = ("document", "member_no", "account", "phone", "email", "device")
DESCRIBING: Final = ("name", "birthday", "gender", "address", "province", "city", "district")
FIELDS: Final = (*IDENTIFIERS, *DESCRIBING)
INCOMPLETE_NAME: Final = r"[*＊?？]|先生$|女士$|小姐$|^.$|^[A-Za-z]\.?$|^\d+$"
"""Names that tell nobody: masked, a form of address, one letter, digits only. They are not compared, and lose against whole ones."""

_TABLES: Final = {
    "records": "source VARCHAR, record VARCHAR, observed_at TIMESTAMP, verified BOOLEAN, name VARCHAR, phone VARCHAR, "
    "email VARCHAR, member_no VARCHAR, account VARCHAR, device VARCHAR, document VARCHAR, address VARCHAR, "
    "province VARCHAR, city VARCHAR, district VARCHAR, gender VARCHAR, birthday DATE",
    "customers": "customer_key INTEGER, born TIMESTAMP, active BOOLEAN",
    "members": "source VARCHAR, record VARCHAR, customer_key INTEGER, tier VARCHAR",
    "links": "left_source VARCHAR, left_record VARCHAR, right_source VARCHAR, right_record VARCHAR, rule VARCHAR, "
    "tier VARCHAR, weight DOUBLE, evidence VARCHAR",
    "ledger": "entry BIGINT, kind VARCHAR, old_key INTEGER, new_key INTEGER, rule VARCHAR, evidence VARCHAR, "
    '"at" TIMESTAMP, "by" VARCHAR',
    # The key that a record was first given, which a split gives back.
    "homes": "source VARCHAR, record VARCHAR, home INTEGER",
    # Pairs of homes on which a person has decided: kept apart, or kept together.
    "decisions": "kind VARCHAR, left_home INTEGER, right_home INTEGER, entry BIGINT",
    # Values that count as identifiers, with the customer they lead to; ordered by code, so that look-ups read little.
    "keys": "code UBIGINT, kind VARCHAR, value VARCHAR, priority INTEGER, customer_key INTEGER",
    "guarded": "kind VARCHAR, value VARCHAR, why VARCHAR, records BIGINT, people BIGINT",
    "blocks": "code UBIGINT, customer_key INTEGER",
    "shares": "field VARCHAR, value VARCHAR, share DOUBLE",
    "runs": "matched_at TIMESTAMP, customers BIGINT",
    "models": "fingerprint VARCHAR, records BIGINT, body VARCHAR, trained_at TIMESTAMP",
    "review": "left_source VARCHAR, left_record VARCHAR, right_source VARCHAR, right_record VARCHAR, rule VARCHAR, "
    "weight DOUBLE, evidence VARCHAR, why VARCHAR, found_at TIMESTAMP, state VARCHAR, decided_at TIMESTAMP, "
    "decided_by VARCHAR",
}


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what is not there yet. Where all is there, nothing is written, so that readers may call it too."""
    there = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'identity' AND table_name IN (SELECT unnest(?))"
    if count(connection, there, (list(_TABLES),)) == len(_TABLES):
        return
    connection.execute("CREATE SCHEMA IF NOT EXISTS identity")
    for name, columns in _TABLES.items():
        connection.execute(f"CREATE TABLE IF NOT EXISTS identity.{identifier(name)} ({columns})")


def scalar(connection: duckdb.DuckDBPyConnection, statement: str, values: tuple[object, ...] = ()) -> object:
    """The one value of a statement."""
    rows = connection.execute(statement, list(values)).fetchall()
    return rows[0][0] if rows else None


def count(connection: duckdb.DuckDBPyConnection, statement: str, values: tuple[object, ...] = ()) -> int:
    """The one number of a statement; nothing counts as 0."""
    found = scalar(connection, statement, values)
    return found if isinstance(found, int) else 0
