"""What value each tag of each customer had from when until when. A day has one value: the last that was found for it."""

from __future__ import annotations

from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.tagging.bench import Bench

HISTORY = "tag_history"
POINTS = "memory.work.points"
"""Values found for days: customer_key, tag, day, value (text, NULL for unknown), definition."""
_COLUMNS = "customer_key, tag, value, since, until, definition"


def create_history(bench: Bench, key_type: str) -> None:
    """An empty history in the target."""
    bench.run(
        f"CREATE OR REPLACE TABLE target.main.{HISTORY} (customer_key {key_type}, tag VARCHAR, value VARCHAR, since DATE, "
        "until DATE, definition VARCHAR)"
    )


def begin_points(bench: Bench, key_type: str) -> None:
    """An empty table of values found."""
    bench.run(
        f"CREATE OR REPLACE TABLE {POINTS} (customer_key {key_type}, tag VARCHAR, day DATE, value VARCHAR, "
        "definition VARCHAR)"
    )


def write_points(bench: Bench) -> None:
    """Lay `POINTS` over the history: from a pair's first day on, its values are those found and no others.

    A value holds from its day to the next day found (`until`, not inside), or on. Of neighbours with the same value one
    remains. Pairs whose history stays as it is are not touched.
    """
    if not bench.number(f"SELECT COUNT(*) FROM {POINTS}"):
        return
    old, new = "memory.work.old_history", "memory.work.new_history"
    pairs = f"SELECT customer_key, tag, MIN(day) AS first FROM {POINTS} GROUP BY ALL"
    tags = [tag for (tag,) in bench.run(f"SELECT DISTINCT tag FROM {POINTS}")]
    bench.run(  # customers first: their numbers are compared faster than names of tags
        f"CREATE OR REPLACE TABLE {old} AS WITH near AS MATERIALIZED (SELECT * FROM target.main.{HISTORY} "
        f"WHERE tag IN ({', '.join('?' * len(tags))}) AND customer_key IN (SELECT customer_key FROM {POINTS})) "
        f"SELECT h.*, p.first FROM near AS h JOIN ({pairs}) AS p ON p.customer_key = h.customer_key AND p.tag = h.tag",
        tags,
    )
    bench.run(f"CREATE OR REPLACE TABLE {new} AS {_merged(old)}")
    same = "customer_key, tag, value, since, until"
    differ = f"SELECT {same} FROM {old} EXCEPT SELECT {same} FROM {new}"
    added = f"SELECT {same} FROM {new} EXCEPT SELECT {same} FROM {old}"
    bench.run(
        "CREATE OR REPLACE TABLE memory.work.pairs AS "
        f"SELECT DISTINCT customer_key, tag FROM (({differ}) UNION ALL ({added}))"
    )
    touched = "SELECT customer_key, tag FROM memory.work.pairs"
    rows = f"SELECT {_COLUMNS} FROM {new} SEMI JOIN memory.work.pairs USING (customer_key, tag) ORDER BY ALL"
    if bench.number(f"SELECT COUNT(*) FROM ({touched})"):
        bench.replace_rows(HISTORY, ("customer_key", "tag"), touched, rows)


def _merged(old: str) -> str:
    """The old intervals up to each pair's first day, then one a day found; neighbours with the same value made one."""
    of_pair = "PARTITION BY customer_key, tag ORDER BY since"
    return (
        f"WITH clipped AS (SELECT customer_key, tag, value, since, LEAST(COALESCE(until, first), first) AS until, definition "
        f"FROM {old} WHERE since < first), "
        "found AS (SELECT customer_key, tag, value, day AS since, "
        f"LEAD(day) OVER (PARTITION BY customer_key, tag ORDER BY day) AS until, definition FROM {POINTS}), "
        "every AS (SELECT * FROM clipped UNION ALL SELECT * FROM found WHERE value IS NOT NULL), "
        f"marked AS (SELECT *, CASE WHEN LAG(value) OVER ({of_pair}) = value AND LAG(until) OVER ({of_pair}) = since "
        "THEN 0 ELSE 1 END AS begins FROM every), "
        f"numbered AS (SELECT *, SUM(begins) OVER ({of_pair}) AS island FROM marked) "
        "SELECT customer_key, tag, MIN(value) AS value, MIN(since) AS since, "
        "CASE WHEN COUNT(*) = COUNT(until) THEN MAX(until) END AS until, ARG_MIN(definition, since) AS definition "
        "FROM numbered GROUP BY customer_key, tag, island"
    )


def forget_before(bench: Bench, day: object) -> None:
    """Drop what ended on or before `day`, which nobody can ask about any more."""
    bench.run(f"DELETE FROM target.main.{identifier(HISTORY)} WHERE until <= ?", (day,))
