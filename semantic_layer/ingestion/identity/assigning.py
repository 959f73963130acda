"""Which customer key a cluster carries. The same records in the same clusters always get the same keys.

Every record has a home: the key that it was first given. A cluster claims the keys that are home to most of its records;
of those that it wins, the oldest becomes its key and the others are merged into it. When a cluster falls apart, each part
finds its homes again, so that history returns to the old key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from semantic_layer.ingestion.identity.tables import count

Connection = duckdb.DuckDBPyConnection

_CLAIMS: Final = """
CREATE OR REPLACE TEMP TABLE identity_won AS
WITH claims AS (
    SELECT r.cluster, r.home AS key, count(*) AS homes, count(*) FILTER (m.customer_key = r.home) AS current, min(r.n) AS first
    FROM identity_result r LEFT JOIN identity.members m USING (source, record)
    WHERE r.home IS NOT NULL GROUP BY ALL
)
SELECT cluster, key, c.born, row_number() OVER (PARTITION BY cluster ORDER BY c.born, key) = 1 AS survives
FROM (
    SELECT cluster, key FROM claims
    QUALIFY row_number() OVER (PARTITION BY key ORDER BY homes DESC, current DESC, first) = 1
) JOIN identity.customers c ON c.customer_key = key
"""
_KEYS: Final = """
CREATE OR REPLACE TEMP TABLE identity_key AS
WITH every AS (SELECT cluster, min(n) AS first FROM identity_result GROUP BY 1),
found AS (SELECT e.cluster, e.first, w.key FROM every e LEFT JOIN identity_won w ON w.cluster = e.cluster AND w.survives)
SELECT cluster, coalesce(key, ? + row_number() OVER (PARTITION BY key IS NULL ORDER BY first))::INTEGER AS customer_key,
       key IS NULL AS fresh
FROM found
"""
# A home is kept where it was won; elsewhere a record's home becomes the key of its cluster, and so no key is claimed twice.
_PLACED: Final = """
CREATE OR REPLACE TEMP TABLE identity_placed AS
SELECT r.n, r.source, r.record, r.tier, k.customer_key, k.fresh, m.customer_key AS before,
       CASE WHEN w.key IS NULL THEN k.customer_key ELSE r.home END AS home
FROM identity_result r JOIN identity_key k USING (cluster)
LEFT JOIN identity_won w ON w.cluster = r.cluster AND w.key = r.home
LEFT JOIN identity.members m ON m.source = r.source AND m.record = r.record
"""
_CHANGES: Final = """
CREATE OR REPLACE TEMP TABLE identity_change AS
WITH merged AS (
    SELECT 'merge' AS kind, w.key AS old_key, k.customer_key AS new_key
    FROM identity_won w JOIN identity_key k USING (cluster) JOIN identity.customers c ON c.customer_key = w.key
    WHERE w.key <> k.customer_key AND c.active
), split AS (
    SELECT 'split' AS kind, arg_min(p.before, p.n) AS old_key, p.customer_key AS new_key
    FROM identity_placed p LEFT JOIN identity.customers c USING (customer_key)
    WHERE p.before IS NOT NULL AND p.before <> p.customer_key AND NOT coalesce(c.active, false) GROUP BY p.customer_key
)
SELECT * FROM merged UNION ALL SELECT * FROM split
"""
_ENTRIES: Final = """
INSERT INTO identity.ledger
WITH crossing AS (
    SELECT pl.before AS one, pr.before AS other, l.rule, l.evidence, coalesce(l.weight, 1000) AS weight
    FROM identity_link l
    JOIN identity_placed pl ON pl.source = l.left_source AND pl.record = l.left_record
    JOIN identity_placed pr ON pr.source = l.right_source AND pr.record = l.right_record
    WHERE l.tier <> 'loose' AND pl.before IS DISTINCT FROM pr.before AND EXISTS (SELECT 1 FROM identity_change)
), best AS (
    SELECT key, arg_max(rule, (weight, rule, evidence)) AS rule, arg_max(evidence, (weight, rule, evidence)) AS evidence
    FROM (SELECT one AS key, * EXCLUDE (one, other) FROM crossing UNION ALL SELECT other, * EXCLUDE (one, other) FROM crossing)
    WHERE key IS NOT NULL GROUP BY 1
)
SELECT ? + row_number() OVER (ORDER BY c.kind, c.old_key, c.new_key), c.kind, c.old_key, c.new_key,
       CASE c.kind WHEN 'merge' THEN coalesce(b.rule, 'chain') ELSE ? END, CASE c.kind WHEN 'merge' THEN coalesce(b.evidence, '[]') ELSE '[]' END,
       ?, ?
FROM identity_change c LEFT JOIN best b ON b.key = c.old_key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Customers that are new, merged into another, or were one with another and are so no more."""

    born: int
    merged: int
    split: int


def place(connection: Connection) -> Changes:
    """Give keys to the clusters of `identity_result` in temporary tables. Changes no customer yet."""
    highest = count(connection, "SELECT max(customer_key) FROM identity.customers")
    connection.execute(_CLAIMS)
    connection.execute(_KEYS, [highest])
    connection.execute(_PLACED)
    connection.execute(_CHANGES)
    return Changes(
        born=count(connection, "SELECT count(*) FROM identity_key WHERE fresh"),
        merged=count(connection, "SELECT count(*) FROM identity_change WHERE kind = 'merge'"),
        split=count(connection, "SELECT count(*) FROM identity_change WHERE kind = 'split'"),
    )


def write(connection: Connection, *, now: datetime, by: str, why: str, everything: bool) -> None:
    """Put what `place` found into the tables; the caller commits. With `everything`, records no longer there are removed."""
    last = count(connection, "SELECT max(entry) FROM identity.ledger")
    connection.execute(_ENTRIES, [last, why, now, by])
    connection.execute(
        "UPDATE identity.customers SET active = false WHERE customer_key IN (SELECT old_key FROM identity_change WHERE kind = 'merge')"
    )
    connection.execute(
        "UPDATE identity.customers SET active = true WHERE customer_key IN (SELECT customer_key FROM identity_key WHERE NOT fresh) AND NOT active"
    )
    connection.execute(
        "INSERT INTO identity.customers SELECT customer_key, ?, true FROM identity_key WHERE fresh ORDER BY 1", [now]
    )
    for table in ("members", "homes"):
        kept = (
            "false"
            if everything
            else "NOT EXISTS (SELECT 1 FROM identity_found f WHERE f.source = t.source AND f.record = t.record)"
        )
        connection.execute(f"DELETE FROM identity.{table} t WHERE NOT ({kept})")
    connection.execute(
        "INSERT INTO identity.members SELECT source, record, customer_key, tier FROM identity_placed ORDER BY n"
    )
    connection.execute("INSERT INTO identity.homes SELECT source, record, home FROM identity_placed ORDER BY n")
    _retire(connection, everything=everything)


def _retire(connection: Connection, *, everything: bool) -> None:
    """Customers without a record left are active no more."""
    scope = (
        ""
        if everything
        else ("AND customer_key IN (SELECT home FROM identity_found UNION SELECT before FROM identity_placed)")
    )
    connection.execute(
        "UPDATE identity.customers SET active = false WHERE active "
        f"AND NOT EXISTS (SELECT 1 FROM identity.members m WHERE m.customer_key = customers.customer_key) {scope}"
    )
