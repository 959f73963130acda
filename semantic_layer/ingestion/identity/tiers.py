"""Whose each record is for a use that wants to be more or less sure than the customers are."""

from __future__ import annotations

from typing import Final, assert_never

import duckdb
import numpy as np
import pyarrow as pa

from semantic_layer.ingestion.identity.components import components
from semantic_layer.ingestion.identity.rules import Tier
from semantic_layer.ingestion.identity.tables import count, prepare

Connection = duckdb.DuckDBPyConnection
AT_TIER: Final = "identity_at_tier"
_LOOSE: Final = """
SELECT DISTINCT a.customer_key AS one, b.customer_key AS other FROM identity.links l
JOIN identity.members a ON a.source = l.left_source AND a.record = l.left_record
JOIN identity.members b ON b.source = l.right_source AND b.record = l.right_record
WHERE l.tier = 'loose' AND a.customer_key <> b.customer_key
"""


def members_at(connection: Connection, tier: Tier) -> int:
    """Make the temporary table `identity_at_tier` (`source`, `record`, `customer_key`); how many customers it has.

    `strict` are the customers themselves; `exact` leaves out records that hang on weights; `loose` takes customers together
    that loose links join, under the smallest of their keys.
    """
    prepare(connection)
    match tier:
        case Tier.STRICT:
            chosen = "SELECT source, record, customer_key FROM identity.members"
        case Tier.EXACT:
            chosen = "SELECT source, record, customer_key FROM identity.members WHERE tier = 'exact'"
        case Tier.LOOSE:
            _join_loosely(connection)
            chosen = "SELECT m.source, m.record, g.together AS customer_key FROM identity.members m JOIN identity_loosely g USING (customer_key)"
        case unreachable:
            assert_never(unreachable)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {AT_TIER} AS {chosen}")
    return count(connection, f"SELECT count(DISTINCT customer_key) FROM {AT_TIER}")


def _join_loosely(connection: Connection) -> None:
    pairs = connection.execute(_LOOSE).fetchnumpy()
    size = count(connection, "SELECT max(customer_key) FROM identity.customers") + 1
    together = components(size, np.asarray(pairs["one"], dtype=np.int64), np.asarray(pairs["other"], dtype=np.int64))
    connection.register("identity_joined", pa.table({"customer_key": np.arange(size), "together": together}))
    try:
        connection.execute("CREATE OR REPLACE TEMP TABLE identity_loosely AS SELECT * FROM identity_joined")
    finally:
        connection.unregister("identity_joined")
