"""One record a customer, each value chosen by data: verified, complete, source, recency, frequency. Keeps where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import pyarrow as pa

from semantic_layer.errors import Text
from semantic_layer.ingestion.identity.rules import Criterion, Survivorship
from semantic_layer.ingestion.identity.tables import FIELDS, IDENTIFIERS, INCOMPLETE_NAME, count, prepare
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.warehouse import transaction

Connection = duckdb.DuckDBPyConnection
USUAL_PRIORITY: Final = 5

WHY: Final = {
    "only": Text("只有这一个值", "the only value"),
    Criterion.VERIFIED: Text("已验证", "verified"),
    Criterion.COMPLETE: Text("更完整", "more complete"),
    Criterion.SOURCE: Text("来源优先级更高", "from the source that goes before"),
    Criterion.RECENT: Text("更新", "more recent"),
    Criterion.FREQUENT: Text("出现次数更多", "said more often"),
    "record": Text("条件相同，取编号最小的记录", "equal in everything; the first record"),
}

_ORDERS: Final = {
    Criterion.VERIFIED: "verified DESC",
    Criterion.COMPLETE: "complete DESC",
    Criterion.SOURCE: "priority",
    Criterion.RECENT: "observed DESC",
    Criterion.FREQUENT: "times DESC",
}
_MARKS: Final = {
    Criterion.VERIFIED: "verified",
    Criterion.COMPLETE: "complete",
    Criterion.SOURCE: "priority",
    Criterion.RECENT: "observed",
    Criterion.FREQUENT: "times",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenReport:
    """Customers with a golden record; by field how many have a value, and for how many the records disagree."""

    customers: int
    filled: tuple[tuple[str, int], ...]
    disagree: tuple[tuple[str, int], ...]


def build_golden(
    connection: Connection, survivorship: Sequence[Survivorship], sources: Sequence[SourceSpec]
) -> GoldenReport:
    """Write `identity.golden` and `identity.provenance` for all active customers, in one transaction of its own.

    Empty values never win, nor do values that the rules found to be no identifiers. A source that `sources` does not name
    has the usual priority, 5.
    """
    prepare(connection)
    orders = {each.field: each.order for each in survivorship}
    names = pa.table(
        {"source": [each.name for each in sources], "priority": [each.priority for each in sources]},
        schema=pa.schema([("source", pa.string()), ("priority", pa.int64())]),
    )
    connection.register("identity_priority", names)
    try:
        for name in FIELDS:
            _choose(connection, name, orders.get(name, tuple(Criterion)))
    finally:
        connection.unregister("identity_priority")
    with transaction(connection):
        _publish(connection)
    return _report(connection)


def _choose(connection: Connection, name: str, order: Sequence[Criterion]) -> None:
    """`identity_golden_<field>`: for each customer the value, its record, why, and whether records disagree."""
    column = identifier(name)
    orders = ", ".join([*(_ORDERS[each] for each in order), "source", "record"])
    marks = [_MARKS[each] for each in order]
    after = ", ".join([*(f"lead({mark}) OVER w AS next_{mark}" for mark in marks), "lead(value) OVER w AS next_value"])
    why = " ".join(
        f"WHEN {mark} IS DISTINCT FROM next_{mark} THEN '{each.value}'" for each, mark in zip(order, marks, strict=True)
    )
    guarded = (
        f"ANTI JOIN (SELECT value FROM identity.guarded WHERE kind = '{name}' AND why <> 'shared') g ON trim(r.{column}) = g.value"
        if name in IDENTIFIERS
        else ""
    )
    complete = f"NOT regexp_matches(trim(r.{column}), '{INCOMPLETE_NAME}')" if name == "name" else "true"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {identifier(f"identity_golden_{name}")} AS
        WITH said AS (
            SELECT m.customer_key, {f"r.{column}" if name == "birthday" else f"nullif(trim(r.{column}), '')"} AS value, r.source, r.record,
                   coalesce(r.verified, false) AS verified, {complete} AS complete,
                   coalesce(p.priority, {USUAL_PRIORITY}) AS priority, coalesce(r.observed_at, TIMESTAMP '1900-01-01') AS observed
            FROM identity.records r JOIN identity.members m USING (source, record)
            LEFT JOIN identity_priority p ON p.source = r.source {guarded}
        ), counted AS (
            SELECT *, count(*) OVER (PARTITION BY customer_key, value) AS times FROM said WHERE value IS NOT NULL
        ), best AS (
            SELECT * FROM counted QUALIFY row_number() OVER (PARTITION BY customer_key, value ORDER BY {orders}) = 1
        ), ranked AS (
            SELECT *, row_number() OVER w AS place, {after} FROM best WINDOW w AS (PARTITION BY customer_key ORDER BY {orders})
        )
        SELECT customer_key, value, source, record, next_value IS NOT NULL AS disagree,
               CASE WHEN next_value IS NULL THEN 'only' {why} ELSE 'record' END AS why
        FROM ranked WHERE place = 1
        """
    )


def _publish(connection: Connection) -> None:
    joins = " ".join(
        f"LEFT JOIN {identifier(f'identity_golden_{name}')} {identifier(name)} ON {identifier(name)}.customer_key = c.customer_key"
        for name in FIELDS
    )
    columns = ", ".join(f"{identifier(name)}.value AS {identifier(name)}" for name in FIELDS)
    connection.execute(
        f"CREATE OR REPLACE TABLE identity.golden AS SELECT c.customer_key, {columns} FROM identity.customers c {joins} "
        "WHERE c.active ORDER BY c.customer_key"
    )
    union = " UNION ALL ".join(
        f"SELECT customer_key, '{name}' AS field, source, record, why FROM {identifier(f'identity_golden_{name}')}"
        for name in FIELDS
    )
    connection.execute(f"CREATE OR REPLACE TABLE identity.provenance AS {union}")


def _report(connection: Connection) -> GoldenReport:
    def counted(test: str) -> tuple[tuple[str, int], ...]:
        return tuple(
            (name, count(connection, f"SELECT count(*) FROM {identifier(f'identity_golden_{name}')} WHERE {test}"))
            for name in FIELDS
        )

    return GoldenReport(
        customers=count(connection, "SELECT count(*) FROM identity.golden"),
        filled=counted("true"),
        disagree=counted("disagree"),
    )
