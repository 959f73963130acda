"""What waits for a person: rows that could not be taken in, values that break a rule. To be looked at, corrected or dismissed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.ingestion.landing import runs
from semantic_layer.ingestion.landing.merging import KEY_SEPARATOR, NO_KEY, UNREADABLE, Tally
from semantic_layer.ingestion.landing.overrides import apply_overrides
from semantic_layer.ingestion.landing.runs import Load, LoadState
from semantic_layer.ingestion.landing.tables import raw_columns, raw_table, stored, told
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.warehouse import transaction
from semantic_layer.model.nearest import nearest

_COLUMNS: Final = (
    "source, row, place, load, rule, coalesce(field, ''), value, reason_zh, reason_en, remedy_zh, remedy_en, held, found_at, "
    "settled_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One thing in quarantine. `held`: the row is kept out of what is published. `field` is empty where the row is meant."""

    source: str
    row: str
    place: str
    load: int
    rule: str
    field: str
    value: str | None
    reason: Text
    remedy: Text
    held: bool
    found_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many things of a rule wait in a source, and how many were settled."""

    source: str
    rule: str
    open: int
    settled: int


def in_quarantine(
    connection: duckdb.DuckDBPyConnection,
    *,
    source: str | None = None,
    rule: str | None = None,
    settled: bool = False,
    most: int = 50,
    skip: int = 0,
) -> tuple[Held, ...]:
    """What waits, or what was settled, the latest first: `most` of them after the first `skip`."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM work.quarantine WHERE (settled_at IS NOT NULL) = ? AND (?::VARCHAR IS NULL OR source = ?) "
        "AND (?::VARCHAR IS NULL OR rule = ?) ORDER BY found_at DESC, source, place, row, rule, field, value LIMIT ? OFFSET ?",
        [settled, source, source, rule, rule, most, skip],
    ).fetchall()
    found: list[Held] = []
    for of, row, place, load, name, field, value, *words, held, at, settled_at in rows:
        found_at = told(at)
        assert found_at is not None
        found.append(
            Held(
                source=of,
                row=row,
                place=place,
                load=load,
                rule=name,
                field=field,
                value=value,
                reason=Text(words[0], words[1]),
                remedy=Text(words[2], words[3]),
                held=held,
                found_at=found_at,
                settled_at=told(settled_at),
            )
        )
    return tuple(found)


def count(connection: duckdb.DuckDBPyConnection, *, source: str | None = None) -> tuple[Waiting, ...]:
    """How much waits, by source and rule."""
    rows = connection.execute(
        "SELECT source, rule, count(*) FILTER (settled_at IS NULL), count(*) FILTER (settled_at IS NOT NULL) "
        "FROM work.quarantine WHERE (?::VARCHAR IS NULL OR source = ?) GROUP BY source, rule ORDER BY source, rule",
        [source, source],
    ).fetchall()
    return tuple(Waiting(source=of, rule=rule, open=open_, settled=settled) for of, rule, open_, settled in rows)


def settle(
    connection: duckdb.DuckDBPyConnection,
    spec: SourceSpec,
    held: Held,
    *,
    correction: str | Mapping[str, str] | None,
    by: str,
    at: datetime,
) -> None:
    """Say what becomes of one thing; `reload` or the next load goes by it, and so does each later load of the same row.

    `correction` is the right value of the field, or values by column for a whole row, or `None` to dismiss what was found.
    The caller commits.

    Raises:
        UnknownNameError: for a column that the source does not have, or when the thing is settled already.
        InvalidPlanError: when a correction does not fit, such as a row without its key.
    """
    if not _is_open(connection, held):
        raise UnknownNameError(Text("待处理的隔离项", "thing in quarantine"), held.place)
    moment = stored(at)
    if correction is None:
        _override(connection, held, held.row, held.field, held.value, _dismissed(held), by, moment)
    elif held.rule in (UNREADABLE, NO_KEY):
        _mend(connection, spec, held, correction, by, moment)
    else:
        values = {_column(connection, spec, held): correction} if isinstance(correction, str) else correction
        for name, value in values.items():
            was = _value_of(connection, held, _known(connection, spec, name))
            _override(connection, held, held.row, name, was, value, by, moment)
    connection.execute(
        "UPDATE work.quarantine SET settled_at = ? WHERE source = ? AND row = ? AND place = ? AND rule = ? "
        "AND coalesce(field, '') = ? AND value IS NOT DISTINCT FROM ? AND settled_at IS NULL",
        [moment, held.source, held.row, held.place, held.rule, held.field, held.value],
    )


def reload(connection: duckdb.DuckDBPyConnection, source: str, *, at: datetime) -> Load | None:
    """Put corrections into the rows that have landed, as a load of its own; `None` when there is nothing to put in."""
    moment = stored(at)
    with transaction(connection):
        number = runs.next_number(connection)
        apply_overrides(connection, source, load=number)
        ((changed,),) = connection.execute(
            f"SELECT count(*) FROM {raw_table(source)} WHERE _load = ?", [number]
        ).fetchall()
        if changed == 0:
            return None
        runs.begin(connection, number, source, moment)
        runs.add(connection, number, Tally(changed=changed))
        why = Text(zh="应用了人工更正。", en="Corrections by people were put in.")
        runs.end(connection, number, LoadState.DONE, why, moment)
    return runs.one(connection, number)


def _dismissed(held: Held) -> str | None:
    """A whole row that is dismissed becomes nothing; a value that is dismissed is right as it stands."""
    return held.value if held.field else None


def _is_open(connection: duckdb.DuckDBPyConnection, held: Held) -> bool:
    return bool(
        connection.execute(
            "SELECT 1 FROM work.quarantine WHERE source = ? AND row = ? AND place = ? AND rule = ? AND coalesce(field, '') = ? "
            "AND value IS NOT DISTINCT FROM ? AND settled_at IS NULL LIMIT 1",
            [held.source, held.row, held.place, held.rule, held.field, held.value],
        ).fetchall()
    )


def _mend(
    connection: duckdb.DuckDBPyConnection,
    spec: SourceSpec,
    held: Held,
    correction: str | Mapping[str, str],
    by: str,
    at: datetime,
) -> None:
    """A row in place of one that could not be taken in."""
    if isinstance(correction, str):
        raise InvalidPlanError(
            Text("这是一整行，请按列填写。", "This is a whole row: give its values by column."),
            suggestions=raw_columns(connection, spec.name),
        )
    for name in correction:
        _known(connection, spec, name)
    missing = [name for name in spec.key if not correction.get(name, "").strip()]
    if missing:
        names_zh, names_en = "、".join(missing), ", ".join(missing)
        raise InvalidPlanError(
            Text(f"请填写主键：{names_zh}。", f"Give the key as well: {names_en}."), suggestions=missing
        )
    row = KEY_SEPARATOR.join(correction[name] for name in spec.key) if spec.key else held.row
    _override(connection, held, held.row, "", held.value, row, by, at)
    for name, value in correction.items():
        _override(connection, held, row, name, None, value, by, at)


def _override(
    connection: duckdb.DuckDBPyConnection,
    held: Held,
    row: str,
    column: str,
    was: str | None,
    becomes: str | None,
    by: str,
    at: datetime,
) -> None:
    """Keep what a person said of a value. What was said of it before gives way, and the source's value is there again."""
    before = connection.execute(
        "SELECT was FROM work.overrides WHERE source = ? AND row = ? AND column_name = ? AND column_name <> '' "
        "AND becomes IS NOT DISTINCT FROM ? AND load IS NOT NULL",
        [held.source, row, column, was],
    ).fetchall()
    if before:
        found = before[0][0]
        connection.execute(f"UPDATE {raw_table(held.source)} SET {identifier(column)} = ? WHERE _row = ?", [found, row])
        was = found
    connection.execute(
        "DELETE FROM work.overrides WHERE source = ? AND row = ? AND column_name = ? AND was IS NOT DISTINCT FROM ?",
        [held.source, row, column, was],
    )
    connection.execute(
        "INSERT INTO work.overrides VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        [held.source, row, column, was, becomes, by, at],
    )


def _column(connection: duckdb.DuckDBPyConnection, spec: SourceSpec, held: Held) -> str:
    """The column that fills the field which is meant."""
    if not held.field:
        raise InvalidPlanError(
            Text("请按列填写要更正的值。", "Give the values to correct by column."),
            suggestions=raw_columns(connection, spec.name),
        )
    return next((mapping.column for mapping in spec.columns if mapping.field == held.field), held.field)


def _known(connection: duckdb.DuckDBPyConnection, spec: SourceSpec, name: str) -> str:
    there = raw_columns(connection, spec.name)
    if name not in there:
        raise UnknownNameError(Text("列", "column"), name, nearest(name, there) or there[:5])
    return name


def _value_of(connection: duckdb.DuckDBPyConnection, held: Held, column: str) -> str | None:
    rows = connection.execute(
        f"SELECT {identifier(column)} FROM {raw_table(held.source)} WHERE _row = ? LIMIT 1", [held.row]
    ).fetchall()
    if not rows:
        raise InvalidPlanError(
            Text(
                f"来源中已没有这一行（{held.place}），无需更正；可以将其关闭。",
                f"The source does not have this row any more ({held.place}); there is nothing to correct. It can be dismissed.",
            )
        )
    value = rows[0][0]
    return None if value is None else str(value)
