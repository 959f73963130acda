"""Which customers new records may belong to: by identifier, or because blocking would compare them. Also look-ups for streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb

from semantic_layer.ingestion.identity.profiles import make_profiles
from semantic_layer.ingestion.identity.rules import IdentityRules
from semantic_layer.ingestion.identity.tables import IDENTIFIERS, count, prepare
from semantic_layer.ingestion.names import identifier

Connection = duckdb.DuckDBPyConnection
TOUCHED: Final = "identity_touched"
LOOKED_UP: Final = "identity_looked_up"


def touched(connection: Connection, rules: IdentityRules, records: str) -> int:
    """Make the temporary table `identity_touched`: the records that `records` names and all of the customers they may
    belong to or belonged to. How many there are.
    """
    make_profiles(connection, rules, f"SELECT source, record FROM {identifier(records)}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE identity_group AS SELECT profile, profile AS grp FROM identity_profile"
    )
    from semantic_layer.ingestion.identity.probabilistic import code_blocks  # noqa: PLC0415  # Splink takes seconds to import

    code_blocks(connection, rules)
    values = [
        f"SELECT hash('{rule.name}', {identifier(rule.name)}) AS code FROM identity_profile "
        f"WHERE {identifier(rule.name)} IS NOT NULL"
        for rule in rules.by_priority()
    ]
    blocks = [
        f"SELECT block_{number} AS code FROM identity_coded WHERE block_{number} IS NOT NULL"
        for number in range(len(rules.blocking))
    ]
    _make_codes(connection, "identity_code", values)
    _make_codes(connection, "identity_block_code", blocks)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {TOUCHED} AS
        WITH near AS (
            SELECT code, customer_key FROM identity.blocks SEMI JOIN identity_block_code USING (code)
            QUALIFY count(*) OVER (PARTITION BY code) <= ?
        ), customer AS (
            SELECT customer_key FROM near
            UNION SELECT customer_key FROM identity.keys SEMI JOIN identity_code USING (code)
            UNION SELECT m.customer_key FROM identity.members m SEMI JOIN {identifier(records)} USING (source, record)
        )
        SELECT source, record FROM identity.members SEMI JOIN customer USING (customer_key)
        UNION SELECT source, record FROM {identifier(records)}
        """,
        [rules.most_in_block],
    )
    return count(connection, f"SELECT count(*) FROM {TOUCHED}")


def _make_codes(connection: Connection, table: str, parts: list[str]) -> None:
    union = " UNION ".join(parts) or "SELECT NULL::UBIGINT AS code WHERE false"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {union}")


def lookup(connection: Connection, identifiers: Mapping[str, str]) -> int | None:
    """The customer that the strongest known identifier leads to, e.g. `{"phone": "13912345678"}`; `None` when none does.

    Values that are no identifiers (blocked, too frequent, shared by several members) lead to nobody.
    """
    prepare(connection)
    given = [(kind, _plain(kind, value)) for kind, value in identifiers.items() if kind in IDENTIFIERS]
    if not given:
        return None
    tests = " OR ".join("(code = hash(?, ?) AND kind = ? AND value = ?)" for _ in given)
    values = [each for kind, value in given for each in (kind, value, kind, value)]
    rows = connection.execute(
        f"SELECT customer_key FROM identity.keys WHERE {tests} ORDER BY priority LIMIT 1", values
    ).fetchall()
    return int(rows[0][0]) if rows else None


def _plain(kind: str, value: str) -> str:
    return value.strip().lower() if kind == "email" else value.strip()


def lookup_many(connection: Connection, table_name: str) -> int:
    """Make the temporary table `identity_looked_up`: all of `table_name` and its `customer_key` (nothing where unknown).

    Columns of the table that are called as identifiers are looked at, as `lookup` does. How many rows found a customer.
    """
    prepare(connection)
    table = identifier(table_name)
    columns = [str(row[0]) for row in connection.execute(f"DESCRIBE {table}").fetchall()]
    known = [name for name in IDENTIFIERS if name in columns]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE identity_asked AS SELECT row_number() OVER () AS asked, * FROM {table}"
    )
    values = (
        " UNION ALL ".join(
            f"SELECT asked, '{name}' AS kind, {'lower' if name == 'email' else ''}(trim({identifier(name)}::VARCHAR)) AS value "
            f"FROM identity_asked WHERE {identifier(name)} IS NOT NULL"
            for name in known
        )
        or "SELECT NULL::BIGINT AS asked, '' AS kind, '' AS value WHERE false"
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {LOOKED_UP} AS
        WITH given AS ({values}), coded AS (SELECT *, hash(kind, value) AS code FROM given),
        found AS (
            SELECT c.asked, arg_min(k.customer_key, k.priority) AS customer_key
            FROM coded c JOIN identity.keys k ON k.code = c.code AND k.kind = c.kind AND k.value = c.value GROUP BY 1
        )
        SELECT a.* EXCLUDE (asked), f.customer_key FROM identity_asked a LEFT JOIN found f USING (asked) ORDER BY asked
        """
    )
    return count(connection, f"SELECT count(customer_key) FROM {LOOKED_UP}")
