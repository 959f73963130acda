"""Pairs that wait for a person: shown with a sentence of evidence, decided as same, different or later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import duckdb

from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.ingestion.identity.evidence import Piece, pieces_of, sentence
from semantic_layer.ingestion.identity.ledger import RecordRef, active_key, always_merge, never_merge
from semantic_layer.ingestion.identity.model import probability
from semantic_layer.ingestion.identity.rules import IdentityRules
from semantic_layer.ingestion.identity.tables import FIELDS, count, prepare
from semantic_layer.ingestion.names import identifier

Connection = duckdb.DuckDBPyConnection


class Decision(StrEnum):
    """What a person says about a pair."""

    SAME = "same"
    DIFFERENT = "different"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPair:
    """Two records of two customers. `why` is `unsure` (the weight is below the strict bound) or `limit` (joining would
    break a rule); `said_left` and `said_right` are what the records hold, by field.
    """

    left: RecordRef
    right: RecordRef
    left_key: int
    right_key: int
    probability: float
    why: str
    sentence: Text
    pieces: tuple[Piece, ...]
    said_left: Mapping[str, str]
    said_right: Mapping[str, str]
    found_at: datetime
    state: str


_PAGE: Final = """
SELECT v.left_source, v.left_record, v.right_source, v.right_record, l.customer_key, r.customer_key,
       v.rule, v.weight, v.evidence, v.why, v.found_at, v.state
FROM identity.review v
JOIN identity.members l ON l.source = v.left_source AND l.record = v.left_record
JOIN identity.members r ON r.source = v.right_source AND r.record = v.right_record
WHERE v.state IN ('waiting', 'later') AND l.customer_key <> r.customer_key
ORDER BY v.state DESC, v.weight DESC, 1, 2, 3, 4 LIMIT ? OFFSET ?
"""


def waiting(connection: Connection, rules: IdentityRules, *, page: int = 1, size: int = 20) -> tuple[WaitingPair, ...]:
    """One page of the queue, the likeliest first, what was put off last. Pages count from 1."""
    prepare(connection)
    rows = connection.execute(_PAGE, [size, (page - 1) * size]).fetchall()
    refs = {RecordRef(str(row[0]), str(row[1])) for row in rows} | {RecordRef(str(row[2]), str(row[3])) for row in rows}
    said = said_by(connection, tuple(refs))
    return tuple(_pair(rules, row, said) for row in rows)


def how_many_wait(connection: Connection) -> int:
    """Pairs in the queue."""
    prepare(connection)
    return count(connection, "SELECT count(*) FROM identity.review WHERE state IN ('waiting', 'later')")


def _pair(rules: IdentityRules, row: Sequence[object], said: Mapping[RecordRef, Mapping[str, str]]) -> WaitingPair:
    left, right = RecordRef(str(row[0]), str(row[1])), RecordRef(str(row[2]), str(row[3]))
    pieces, weight = pieces_of(str(row[8])), row[7]
    assert isinstance(weight, float)
    assert isinstance(row[4], int)
    assert isinstance(row[5], int)
    assert isinstance(row[10], datetime)
    return WaitingPair(
        left=left,
        right=right,
        left_key=row[4],
        right_key=row[5],
        probability=round(probability(weight), 4),
        why=str(row[9]),
        sentence=sentence(rules, str(row[6]), weight, pieces, said.get(left, {}), said.get(right, {})),
        pieces=pieces,
        said_left=said.get(left, {}),
        said_right=said.get(right, {}),
        found_at=row[10],
        state=str(row[11]),
    )


def said_by(connection: Connection, records: Sequence[RecordRef]) -> dict[RecordRef, dict[str, str]]:
    """What records hold, by field; empty fields are left out."""
    if not records:
        return {}
    tests = " OR ".join("(source = ? AND record = ?)" for _ in records)
    columns = ", ".join(f"{identifier(name)}::VARCHAR" for name in FIELDS)
    rows = connection.execute(
        f"SELECT source, record, {columns} FROM identity.records WHERE {tests}",
        [value for each in records for value in (each.source, each.record)],
    ).fetchall()
    return {
        RecordRef(str(row[0]), str(row[1])): {
            name: str(value) for name, value in zip(FIELDS, row[2:], strict=True) if value is not None
        }
        for row in rows
    }


def decide(
    connection: Connection,
    rules: IdentityRules,
    left: RecordRef,
    right: RecordRef,
    decision: Decision,
    *,
    by: str,
    now: datetime,
) -> None:
    """Decide on a pair: `same` joins the two customers, `different` keeps them apart for good, `later` puts it off.

    Raises:
        UnknownNameError: when the pair does not wait (any more).
    """
    prepare(connection)
    keys = [_key_of(connection, each) for each in (left, right)]
    place = [left.source, left.record, right.source, right.record]
    test = "left_source = ? AND left_record = ? AND right_source = ? AND right_record = ?"
    open_ones = count(
        connection, f"SELECT count(*) FROM identity.review WHERE state IN ('waiting', 'later') AND {test}", tuple(place)
    )
    if not open_ones or None in keys:
        name = f"{left.source}/{left.record}, {right.source}/{right.record}"
        raise UnknownNameError(Text("待审核的记录对", "waiting pair"), name)
    one, other = (active_key(connection, key) for key in keys if key is not None)
    if decision is Decision.SAME and one != other:
        always_merge(connection, rules, one, other, by=by, now=now)
    elif decision is Decision.DIFFERENT and one != other:
        never_merge(connection, rules, one, other, by=by, now=now)
    # Clustering anew may have taken the pair out of the queue already; the decision is kept all the same.
    updated = count(connection, f"SELECT count(*) FROM identity.review WHERE {test}", tuple(place))
    if updated:
        connection.execute(
            f"UPDATE identity.review SET state = ?, decided_at = ?, decided_by = ? WHERE {test}",
            [decision.value, now, by, *place],
        )
    else:
        connection.execute(
            "INSERT INTO identity.review VALUES (?, ?, ?, ?, 'decision', NULL, '[]', 'decided', ?, ?, ?, ?)",
            [*place, now, decision.value, now, by],
        )


def _key_of(connection: Connection, ref: RecordRef) -> int | None:
    rows = connection.execute(
        "SELECT customer_key FROM identity.members WHERE source = ? AND record = ?", [ref.source, ref.record]
    ).fetchall()
    return int(rows[0][0]) if rows else None
