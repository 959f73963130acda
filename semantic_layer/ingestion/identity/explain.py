"""Why records are one person: the chain of links from one to the other, each with its evidence."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from semantic_layer.errors import DataError, Text, UnknownNameError
from semantic_layer.ingestion.identity.evidence import Piece, pieces_of, sentence
from semantic_layer.ingestion.identity.ledger import RecordRef, active_key
from semantic_layer.ingestion.identity.review import said_by
from semantic_layer.ingestion.identity.rules import IdentityRules, Tier
from semantic_layer.ingestion.identity.tables import prepare

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One link: two records, the rule that joins them, its tier and weight (`None` for identifiers), and the sentence."""

    left: RecordRef
    right: RecordRef
    rule: str
    tier: Tier
    weight: float | None
    sentence: Text
    pieces: tuple[Piece, ...]


_LINKS: Final = """
SELECT l.left_source, l.left_record, l.right_source, l.right_record, l.rule, l.tier, l.weight, l.evidence
FROM identity.links l
JOIN identity.members a ON a.source = l.left_source AND a.record = l.left_record
JOIN identity.members b ON b.source = l.right_source AND b.record = l.right_record
WHERE a.customer_key = ? AND b.customer_key = ? AND l.tier <> 'loose'
ORDER BY coalesce(l.weight, 1000) DESC, 1, 2, 3, 4
"""


def links_of(connection: Connection, rules: IdentityRules, customer_key: int) -> tuple[Step, ...]:
    """All links inside a customer, the strongest first.

    Raises:
        UnknownNameError: when the key is no customer's.
    """
    prepare(connection)
    key = active_key(connection, customer_key)
    rows = connection.execute(_LINKS, [key, key]).fetchall()
    refs = {RecordRef(str(row[place]), str(row[place + 1])) for row in rows for place in (0, 2)}
    said = said_by(connection, tuple(refs))
    return tuple(_step(rules, row, said) for row in rows)


def _step(rules: IdentityRules, row: Sequence[object], said: Mapping[RecordRef, Mapping[str, str]]) -> Step:
    left, right = RecordRef(str(row[0]), str(row[1])), RecordRef(str(row[2]), str(row[3]))
    pieces, rule, weight = pieces_of(str(row[7])), str(row[4]), row[6]
    assert weight is None or isinstance(weight, float)
    return Step(
        left=left,
        right=right,
        rule=rule,
        tier=Tier(str(row[5])),
        weight=weight,
        sentence=sentence(rules, rule, weight, pieces, said.get(left, {}), said.get(right, {})),
        pieces=pieces,
    )


def explain(connection: Connection, rules: IdentityRules, one: RecordRef, other: RecordRef) -> tuple[Step, ...]:
    """The shortest chain of links from one record to another of the same customer; empty for the same record.

    Raises:
        UnknownNameError: when a record is nobody's.
        DataError: when they belong to different customers.
    """
    prepare(connection)
    keys = {_key_of(connection, each) for each in (one, other)}
    if len(keys) > 1:
        listed = sorted(keys)
        raise DataError(
            Text(
                zh=f"这两条记录属于不同的客户（{listed[0]} 和 {listed[1]}），没有把它们连在一起的链条。",
                en=f"The two records belong to different customers ({listed[0]} and {listed[1]}); no chain joins them.",
            )
        )
    return _chain(links_of(connection, rules, keys.pop()), one, other)


def _key_of(connection: Connection, ref: RecordRef) -> int:
    rows = connection.execute(
        "SELECT customer_key FROM identity.members WHERE source = ? AND record = ?", [ref.source, ref.record]
    ).fetchall()
    if not rows:
        raise UnknownNameError(Text("有归属的记录", "record that is somebody's"), f"{ref.source}/{ref.record}")
    return int(rows[0][0])


def _chain(links: Sequence[Step], one: RecordRef, other: RecordRef) -> tuple[Step, ...]:
    """Breadth first; of equally short chains the one through stronger links."""
    around: dict[RecordRef, list[tuple[RecordRef, Step]]] = defaultdict(list)
    for step in links:
        around[step.left].append((step.right, step))
        around[step.right].append((step.left, step))
    came: dict[RecordRef, tuple[RecordRef, Step] | None] = {one: None}
    queue = deque([one])
    while queue and other not in came:
        here = queue.popleft()
        for there, step in around[here]:
            if there not in came:
                came[there] = (here, step)
                queue.append(there)
    chain: list[Step] = []
    place = came.get(other)
    while place is not None:
        chain.append(place[1])
        place = came[place[0]]
    return tuple(reversed(chain))
