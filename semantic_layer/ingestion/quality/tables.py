"""The tables of `work` that cleaning and checking write: what is in quarantine, what rules found, and scores."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import duckdb

_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS work.quarantine (
        source VARCHAR, "row" VARCHAR, place VARCHAR, load BIGINT, rule VARCHAR, field VARCHAR, value VARCHAR,
        reason_zh VARCHAR, reason_en VARCHAR, remedy_zh VARCHAR, remedy_en VARCHAR, held BOOLEAN,
        found_at TIMESTAMP, settled_at TIMESTAMP)""",
    """CREATE TABLE IF NOT EXISTS work.quality (
        load BIGINT, source VARCHAR, rule VARCHAR, field VARCHAR, checked BIGINT, failed BIGINT, share DOUBLE,
        verdict VARCHAR, "at" TIMESTAMP)""",
    'CREATE TABLE IF NOT EXISTS work.scores (load BIGINT, source VARCHAR, score DOUBLE, "at" TIMESTAMP)',
)
FAULTS: Final = "faults_of_now"
_SAME: Final = 'f."row" = q."row" AND f.rule = q.rule AND f.field = q.field AND f.value IS NOT DISTINCT FROM q.value'


def stored_time(moment: datetime) -> datetime:
    """As tables of `work` hold times: UTC without a zone. One that has none is taken as it is."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def ensure_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables that are not there yet."""
    for statement in _TABLES:
        connection.execute(statement)


def begin_faults(connection: duckdb.DuckDBPyConnection) -> None:
    """An empty temporary table `FAULTS`: row, place, load, rule, field, value, four texts, held."""
    connection.execute(
        f'CREATE OR REPLACE TEMP TABLE {FAULTS} ("row" VARCHAR, place VARCHAR, load BIGINT, rule VARCHAR, '
        "field VARCHAR, value VARCHAR, reason_zh VARCHAR, reason_en VARCHAR, remedy_zh VARCHAR, remedy_en VARCHAR, "
        "held BOOLEAN)"
    )


def note_faults(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    *,
    within: str,
    parameters: dict[str, object],
    at: datetime,
) -> None:
    """Bring the quarantine of a source up to what `FAULTS` holds: faults that are gone are settled, known ones stay as
    they are, new ones are added. `within` is SQL over the quarantine `q`: which of its lines were looked at again.
    """
    connection.execute(
        f"UPDATE work.quarantine AS q SET settled_at = $at WHERE q.source = $source AND q.settled_at IS NULL "
        f"AND {within} AND NOT EXISTS (SELECT 1 FROM {FAULTS} AS f WHERE {_SAME} AND f.held = q.held)",
        {**parameters, "source": source, "at": at},
    )
    connection.execute(
        f"""INSERT INTO work.quarantine (source, "row", place, load, rule, field, value, reason_zh, reason_en,
            remedy_zh, remedy_en, held, found_at)
        SELECT $source, f."row", f.place, f.load, f.rule, f.field, f.value, f.reason_zh, f.reason_en, f.remedy_zh,
            f.remedy_en, f.held, $at
        FROM (SELECT DISTINCT ON ("row", rule, field, value) * FROM {FAULTS} ORDER BY ALL) AS f
        WHERE NOT EXISTS (
            SELECT 1 FROM work.quarantine AS q WHERE q.source = $source AND q.settled_at IS NULL AND {_SAME})""",
        {"source": source, "at": at},
    )
    connection.execute(f"DROP TABLE {FAULTS}")
