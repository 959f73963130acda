"""Columns of a part that are not as they were: noticed, written down, and held until a person says what they mean.

A column that nobody uses holds nothing: it lands beside the others with a note. Nothing is ever guessed: that a new column
looks like one that is missing is told as a question.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

import duckdb

from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.ingestion.landing.headers import (
    as_json,
    known_columns,
    known_names,
    landing_places,
    needed,
    other_names,
)
from semantic_layer.ingestion.landing.tables import stored, told
from semantic_layer.ingestion.sources.drifting import Drift, DriftKind, drift
from semantic_layer.ingestion.sources.port import SourceColumn
from semantic_layer.ingestion.sources.types import SourceKind, SourceSpec
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import ColumnType


class Answer(StrEnum):
    """What a person may say of a difference.

    `ACCEPT_AS_NEW`: it is so from now on (the column is another one, its type has changed, it is no longer there).
    `IS_NOW_CALLED`: the column goes on under the new header, and its values land where they did.
    `IGNORE`: this difference holds nothing; the column is empty where it is missing.
    `STOP`: nothing of such parts is taken in.
    """

    ACCEPT_AS_NEW = "accept-as-new"
    IS_NOW_CALLED = "is-now-called"
    IGNORE = "ignore"
    STOP = "stop"


WENT_AWAY: Final = "went-away"
"""The answer of differences that nobody answered and that are no more."""

_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDrift:
    """A difference that was written down. `holds`: parts that have it wait for an answer, or were stopped by one."""

    source: str
    kind: DriftKind
    column: str
    now_called: str
    was_type: str
    now_type: str
    examples: tuple[str, ...]
    found_at: datetime
    holds: bool
    answer: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Differences of one part, and why it is held when it is."""

    keys: frozenset[_Key]
    why: Text | None


def examine(
    connection: duckdb.DuckDBPyConnection, spec: SourceSpec, part: str, found: Sequence[SourceColumn], *, at: datetime
) -> Seen:
    """Compare the columns of a part with those that are known, and write down what differs."""
    known = known_columns(connection, spec.name)
    own = _under_own_names(spec, found, known_names(connection, spec.name))
    differing = _that_matter(
        spec, drift(known, own), {column.name for column in own}, {column.name for column in known}
    )
    answers = _answers(connection, spec.name)
    holding = [one for one in differing if one.kind is not DriftKind.ADDED and _holds(answers.get(_key(one), ""))]
    for one in holding or differing:  # a note is for a column that landed
        if _key(one) not in answers:
            _write_down(connection, spec.name, one, at)
    why = None if not holding else _why(part, holding, answers)
    return Seen(frozenset(_key(one) for one in differing), why)


def _under_own_names(
    spec: SourceSpec, found: Sequence[SourceColumn], places: Mapping[str, str]
) -> tuple[SourceColumn, ...]:
    """Columns by the names of raw that they land in, new ones by their headers."""
    others = other_names(spec)
    landed = landing_places([column.name for column in found], places, others)
    return tuple(
        SourceColumn(
            name=place if column.name in places or column.name in others else column.name,
            type=column.type,
            examples=column.examples,
        )
        for place, column in zip(landed, found, strict=True)
    )


def _that_matter(
    spec: SourceSpec, differences: Iterable[Drift], there: Collection[str], known: Collection[str]
) -> list[Drift]:
    """Differences of columns that are used, and columns that came to those that were known."""
    used = needed(spec)
    never_left_out = used - _may_be_left_out(spec)
    kept: list[Drift] = []
    for one in differences:
        match one.kind:
            case DriftKind.ADDED:
                if known and one.column not in used:
                    kept.append(one)
            case DriftKind.MISSING:
                if one.column in never_left_out:
                    kept.append(one)
            case DriftKind.RENAMED | DriftKind.RETYPED:
                if one.column in used:
                    kept.append(one)
            case _:
                assert_never(one.kind)
    told_of = {one.column for one in kept}
    absent = sorted(never_left_out - set(there) - told_of)  # a column that the declaration names and no part has had
    return [*kept, *(_absent(column) for column in absent)]


def _may_be_left_out(spec: SourceSpec) -> frozenset[str]:
    """Objects leave out what they have nothing to say about: a file without a single search has no key for its words."""
    if spec.kind not in (SourceKind.JSON, SourceKind.HTTP):
        return frozenset()
    return frozenset(mapping.column for mapping in spec.columns) - {*spec.key, spec.watermark}


def _key(one: Drift) -> _Key:
    return (one.kind.value, one.column, one.now_called, str(one.now_type))


def _answers(connection: duckdb.DuckDBPyConnection, source: str) -> Mapping[_Key, str]:
    """The last word on each difference that was written down; "" when there is none."""
    rows = connection.execute(
        "SELECT kind, column_name, now_called, now_type, coalesce(answer, '') FROM work.drift WHERE source = ? "
        "AND answer IS DISTINCT FROM ? ORDER BY found_at, settled_at NULLS LAST",
        [source, WENT_AWAY],
    ).fetchall()
    return {(kind, column, now_called, now_type): answer for kind, column, now_called, now_type, answer in rows}


def _holds(answer: str) -> bool:
    return answer in ("", Answer.STOP)


def _write_down(connection: duckdb.DuckDBPyConnection, source: str, one: Drift, at: datetime) -> None:
    connection.execute(
        "INSERT INTO work.drift VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
        [
            source,
            one.kind.value,
            one.column,
            one.now_called,
            str(one.was_type),
            str(one.now_type),
            as_json(one.examples),
            at,
        ],
    )


def settle_absent(connection: duckdb.DuckDBPyConnection, source: str, seen: Iterable[Seen], *, at: datetime) -> None:
    """Differences that hold and that no part of a whole load has any more are closed, when at least one part was looked at."""
    looked = tuple(seen)
    if not looked:
        return
    there = frozenset(key for one in looked for key in one.keys)
    for key, answer in _answers(connection, source).items():
        if key not in there and not answer and key[0] != DriftKind.ADDED:
            connection.execute(
                "UPDATE work.drift SET settled_at = ?, answer = ? WHERE source = ? AND kind = ? AND column_name = ? "
                "AND now_called = ? AND now_type = ? AND settled_at IS NULL",
                [at, WENT_AWAY, source, *key],
            )


def open_drift(connection: duckdb.DuckDBPyConnection, source: str | None = None) -> tuple[OpenDrift, ...]:
    """What waits for an answer, notes, and what was stopped, of one source or all; the latest first."""
    rows = connection.execute(
        "SELECT source, kind, column_name, now_called, was_type, now_type, examples, found_at, coalesce(answer, '') "
        "FROM work.drift WHERE (settled_at IS NULL OR answer = ?) AND (?::VARCHAR IS NULL OR source = ?) "
        "ORDER BY found_at DESC, source, column_name",
        [Answer.STOP.value, source, source],
    ).fetchall()
    found: list[OpenDrift] = []
    for of, kind, column, now_called, was_type, now_type, examples, at, answer in rows:
        found_at = told(at)
        assert found_at is not None
        found.append(
            OpenDrift(
                source=of,
                kind=DriftKind(kind),
                column=column,
                now_called=now_called,
                was_type=was_type,
                now_type=now_type,
                examples=tuple(json.loads(examples)),
                found_at=found_at,
                holds=kind != DriftKind.ADDED,
                answer=answer,
            )
        )
    return tuple(found)


def answer_drift(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    column: str,
    answer: Answer,
    *,
    at: datetime,
    now_called: str = "",
) -> None:
    """Say what a difference of `column` means; the next load goes by it. An answer may be changed by a later one.

    `now_called` is needed for a column that is missing without one that looks like it. The caller commits.

    Raises:
        UnknownNameError: when nothing differs in that column.
        InvalidPlanError: when the answer does not fit the difference.
    """
    waiting = open_drift(connection, source)
    mine = [one for one in waiting if one.column == column]
    if not mine:
        there = nearest(column, [one.column for one in waiting])
        raise UnknownNameError(Text("待确认的列", "column that waits for an answer"), column, there)
    match answer:
        case Answer.IS_NOW_CALLED:
            mine = [one for one in mine if one.kind in (DriftKind.RENAMED, DriftKind.MISSING)]
            called = now_called or next((one.now_called for one in mine if one.now_called), "")
            _rename(connection, source, column, called, at=stored(at))
        case Answer.ACCEPT_AS_NEW:
            for one in mine:
                if one.kind is DriftKind.RETYPED:
                    _retype(connection, one)
        case Answer.IGNORE | Answer.STOP:
            pass
        case _:
            assert_never(answer)
    for one in mine:
        connection.execute(
            "UPDATE work.drift SET settled_at = ?, answer = ? WHERE source = ? AND column_name = ? AND kind = ? "
            "AND now_called = ? AND now_type = ? AND (settled_at IS NULL OR answer = ?)",
            [stored(at), answer.value, source, column, one.kind.value, one.now_called, one.now_type, Answer.STOP.value],
        )


def _retype(connection: duckdb.DuckDBPyConnection, one: OpenDrift) -> None:
    connection.execute(
        "UPDATE work.columns SET type = ?, examples = ? WHERE source = ? AND column_name = ?",
        [one.now_type, as_json(one.examples), one.source, one.column],
    )


def _rename(connection: duckdb.DuckDBPyConnection, source: str, column: str, called: str, *, at: datetime) -> None:
    if not called:
        raise InvalidPlanError(
            Text(
                f"「{column}」这一处不能用 is-now-called 回答，除非它缺失并说明了新列名（now_called）。可用：accept-as-new、ignore、stop。",
                f"'is-now-called' does not answer what differs in {column!r}, unless it is missing and the new header is named "
                "(now_called). Possible are: accept-as-new, ignore, stop.",
            )
        )
    before = connection.execute(
        "SELECT type, examples FROM work.columns WHERE source = ? AND column_name = ? LIMIT 1", [source, column]
    ).fetchall()
    kind, examples = before[0] if before else (ColumnType.STRING.value, "[]")
    connection.execute("DELETE FROM work.columns WHERE source = ? AND name = ?", [source, called])
    connection.execute(
        "INSERT INTO work.columns SELECT ?, ?, ?, ?, ?, (SELECT count(*) FROM work.columns WHERE source = ?), ?",
        [source, called, column, kind, examples, source, at],
    )


def _why(part: str, holding: Sequence[Drift], answers: Mapping[_Key, str]) -> Text:
    said = [_stopped(one) if answers.get(_key(one), "") == Answer.STOP else one.why for one in holding]
    return Text(
        zh=f"「{part}」没有导入，没有读入任何一行：{''.join(one.zh for one in said)}请在「数据」页确认后再导入。",
        en=f"{part!r} was not taken in, no row of it was read: {' '.join(one.en for one in said)} Say on the Data page what that "
        "means and load again.",
    )


def _stopped(one: Drift) -> Text:
    return Text(
        f"列「{one.column}」有变化，已按要求停止。", f"The column {one.column!r} differs, and was stopped on request."
    )


def _absent(column: str) -> Drift:
    why = Text(
        f"来源声明用到列「{column}」，而数据里从来没有它。",
        f"The declaration of the source uses the column {column!r}, and the data has never had it.",
    )
    return Drift(kind=DriftKind.MISSING, column=column, why=why)
