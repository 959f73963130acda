"""What a pass leaves beside the customers: links, pairs that wait, identifiers by value, and what later passes start from."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import duckdb

from semantic_layer.ingestion.identity.profiles import used
from semantic_layer.ingestion.identity.rules import IdentityRules
from semantic_layer.ingestion.names import identifier

Connection = duckdb.DuckDBPyConnection

_MINE: Final = "SELECT 1 FROM identity_found f WHERE f.source = t.{side}_source AND f.record = t.{side}_record"
_KEYS_OF_SCOPE: Final = "SELECT customer_key FROM identity_placed UNION SELECT before FROM identity_placed UNION SELECT home FROM identity_found"


def write(connection: Connection, rules: IdentityRules, *, now: datetime, everything: bool) -> None:
    """Take the place of what earlier passes left for the same records; the caller commits."""
    _write_links(connection, everything=everything)
    _write_review(connection, now, everything=everything)
    _write_guarded(connection, everything=everything)
    _write_keys(connection, rules, everything=everything)
    _write_blocks(connection, rules, everything=everything)
    if everything:
        _write_shares(connection)


def _touching(table: str, *, everything: bool) -> str:
    """Which rows of a table of pairs are of records of the pass."""
    sides = " OR ".join(f"EXISTS ({_MINE.format(side=side)})" for side in ("left", "right"))
    return f"DELETE FROM identity.{table} t WHERE {'true' if everything else f'({sides})'}"


def _write_links(connection: Connection, *, everything: bool) -> None:
    connection.execute(_touching("links", everything=everything))
    connection.execute("INSERT INTO identity.links SELECT * FROM identity_link")


def _write_review(connection: Connection, now: datetime, *, everything: bool) -> None:
    """Pairs that wait, but for those that a person has put off or decided; what waited before keeps its day."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE identity_waited AS SELECT left_source, left_record, right_source, right_record, "
        "min(found_at) AS found_at FROM identity.review WHERE state = 'waiting' GROUP BY ALL"
    )
    connection.execute(f"{_touching('review', everything=everything)} AND t.state = 'waiting'")
    connection.execute(
        """
        INSERT INTO identity.review
        SELECT g.left_source, g.left_record, g.right_source, g.right_record, g.rule, g.weight, g.evidence, g.why,
               coalesce(w.found_at, ?), 'waiting', NULL, NULL
        FROM identity_grey g
        LEFT JOIN identity_waited w USING (left_source, left_record, right_source, right_record)
        ANTI JOIN identity.review k ON k.left_source = g.left_source AND k.left_record = g.left_record
              AND k.right_source = g.right_source AND k.right_record = g.right_record
        ANTI JOIN identity.decisions d ON d.kind = 'never'
              AND d.left_home = least(g.left_home, g.right_home) AND d.right_home = greatest(g.left_home, g.right_home)
        """,
        [now],
    )


def _write_guarded(connection: Connection, *, everything: bool) -> None:
    if everything:
        connection.execute("DELETE FROM identity.guarded")
    connection.execute(
        "INSERT INTO identity.guarded SELECT DISTINCT * FROM identity_bad b "
        "ANTI JOIN identity.guarded g ON g.kind = b.kind AND g.value = b.value"
    )


def _write_keys(connection: Connection, rules: IdentityRules, *, everything: bool) -> None:
    scope = "true" if everything else f"customer_key IN ({_KEYS_OF_SCOPE})"
    connection.execute(f"DELETE FROM identity.keys WHERE {scope}")
    held = used(connection, rules, "identity_profile")
    values = " UNION ALL ".join(
        f"SELECT profile, '{rule.name}' AS kind, {identifier(rule.name)} AS value, {rule.priority} AS priority "
        f"FROM identity_profile WHERE {identifier(rule.name)} IS NOT NULL"
        for rule in held
    )
    if not held:
        return
    connection.execute(
        f"""
        INSERT INTO identity.keys
        WITH held AS ({values})
        SELECT hash(kind, value) AS code, kind, value, any_value(priority), any_value(k.customer_key)
        FROM held JOIN identity_cluster c USING (profile) JOIN identity_key k USING (cluster)
        ANTI JOIN identity_bad b USING (kind, value)
        GROUP BY kind, value HAVING count(DISTINCT k.customer_key) = 1 ORDER BY code
        """
    )


def _write_blocks(connection: Connection, rules: IdentityRules, *, everything: bool) -> None:
    """For each line of blocking the customers by what their records hold, for those that come later."""
    scope = "true" if everything else f"customer_key IN ({_KEYS_OF_SCOPE})"
    connection.execute(f"DELETE FROM identity.blocks WHERE {scope}")
    for number in range(len(rules.blocking)):
        connection.execute(
            f"""
            INSERT INTO identity.blocks
            SELECT DISTINCT i.block_{number} AS code, k.customer_key
            FROM identity_coded i JOIN identity_cluster c ON c.profile = i.unique_id JOIN identity_key k USING (cluster)
            WHERE i.block_{number} IS NOT NULL ORDER BY code
            """
        )


def _write_shares(connection: Connection) -> None:
    connection.execute("DELETE FROM identity.shares")
    for field in ("name", "reading"):
        connection.execute(
            f"INSERT INTO identity.shares SELECT ?, {field}, tf_{field} FROM identity_share_{field} ORDER BY {field}",
            [field],
        )
