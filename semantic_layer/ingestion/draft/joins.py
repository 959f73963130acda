"""Which columns point at which key. Values that are contained prove nothing alone: small whole numbers fit everywhere,
so that a name, or text that could hardly be there by chance, must speak for a join too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from semantic_layer.ingestion.draft.asking import one_row
from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.types import ColumnProfile, Described, Join, TableProfile
from semantic_layer.ingestion.names import identifier
from semantic_layer.model.types import ColumnType

CONTAINED: Final = 0.98  # share of distinct values that must be found for a join that nobody declared
_KEY_WORDS: Final = frozenset({"id", "code", "number", "key", "name", "uuid"})
_UPWARDS: Final = frozenset({"parent", "manager", "supervisor", "referrer", "introducer", "boss"})
_JOINABLE: Final = frozenset({ColumnType.INTEGER, ColumnType.STRING, ColumnType.DATE})


@dataclass(frozen=True, slots=True)
class _Candidate:
    table: TableProfile
    columns: tuple[str, ...]
    to: TableProfile
    confidence: float
    why: str
    declared: bool = False


def find_joins(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[TableProfile], described: Described, lexicon: Lexicon
) -> list[Join]:
    """Joins from many rows to one, at most one for each set of columns: the most certain."""
    best: dict[tuple[str, tuple[str, ...]], Join] = {}
    for candidate in (*_declared(tables, described), *_named(tables, lexicon), *_by_text(tables)):
        place = (candidate.table.name, tuple(sorted(candidate.columns)))
        before = best.get(place)
        if before is not None and before.confidence >= candidate.confidence:
            continue
        join = _checked(connection, candidate)
        if join is not None and (before is None or join.confidence > before.confidence):
            best[place] = join
    return _without_circles(list(best.values()))


def _declared(tables: Sequence[TableProfile], described: Described) -> Iterator[_Candidate]:
    by_name = {table.name.lower(): table for table in tables}
    for link in described.links:
        table, to = by_name.get(link.table), by_name.get(link.to_table)
        if table is None or to is None or {c.lower() for c in to.key.columns} != set(link.to_columns):
            continue
        names = {column.name.lower(): column.name for column in table.columns}
        pairs = dict(zip(link.to_columns, link.columns, strict=True))
        if all(pairs[key.lower()] in names for key in to.key.columns):
            columns = tuple(names[pairs[key.lower()]] for key in to.key.columns)
            if (table.name, columns) != (to.name, to.key.columns):
                yield _Candidate(table, columns, to, 1.0, "declared as a foreign key", declared=True)


def _named(tables: Sequence[TableProfile], lexicon: Lexicon) -> Iterator[_Candidate]:
    for to in tables:
        if len(to.key.columns) == 1:
            yield from _named_singly(tables, to, lexicon)
        elif to.key.columns:
            key = {name.lower() for name in to.key.columns}
            for table in tables:
                names = {column.name.lower(): column.name for column in table.columns}
                own = {name.lower() for name in table.key.columns}
                if table.name != to.name and key <= names.keys() and own != key:
                    columns = tuple(names[name.lower()] for name in to.key.columns)
                    yield _Candidate(table, columns, to, 0.85, "all columns of the key have the same names")


def _named_singly(tables: Sequence[TableProfile], to: TableProfile, lexicon: Lexicon) -> Iterator[_Candidate]:
    key = to.column(to.key.columns[0])
    for table in tables:
        for column in table.columns:
            if column.reading.type not in _JOINABLE or column.distinct == 0:
                continue
            if table.name == to.name and (column.name == key.name or not set(lexicon.nouns(column.name)) & _UPWARDS):
                continue
            strength, why = _alike(column, key, to, lexicon)
            if strength and _leads(table, column, to, lexicon):
                yield _Candidate(table, (column.name,), to, strength, why)


def _leads(table: TableProfile, column: ColumnProfile, to: TableProfile, lexicon: Lexicon) -> bool:
    """Where both columns are whole keys, the table that the key is named after is the one that is pointed at."""
    if table.key.columns != (column.name,):
        return True
    said = set(lexicon.nouns(column.name)) - _KEY_WORDS
    own, other = set(lexicon.nouns(table.name)), set(lexicon.nouns(to.name))
    return len(other - said) < len(own - said) and bool(other & said)


def _alike(column: ColumnProfile, key: ColumnProfile, to: TableProfile, lexicon: Lexicon) -> tuple[float, str]:
    """How strongly names speak for it: 0 when they do not."""
    mine, theirs, holder = lexicon.nouns(column.name), lexicon.nouns(key.name), lexicon.nouns(to.name)
    bare = tuple(word for word in mine if word not in _KEY_WORDS)
    general = not set(theirs) - _KEY_WORDS  # id, code
    if mine == theirs and not general:
        own = bool(set(theirs) & set(holder))
        return (0.95 if own else 0.8), f"the name is that of the key, {key.name}"
    if general:
        if not bare or not holder:
            return 0.0, ""
        if bare == holder or bare == holder[-1:]:
            return 0.9, f"it is named after the table {to.name}"
        return (0.75, f"its name ends in that of the table {to.name}") if bare[-len(holder) :] == holder else (0.0, "")
    if len(mine) > len(theirs) and mine[-len(theirs) :] == theirs:
        return 0.85, f"its name ends in that of the key, {key.name}"
    if bare and bare == holder and mine[-1:] == theirs[-1:]:
        return 0.85, f"it is named after the table {to.name}"
    return 0.0, ""


def _by_text(tables: Sequence[TableProfile]) -> Iterator[_Candidate]:
    """Long and various text that all stands among the keys of another table is hardly there by chance."""
    for to in tables:
        if len(to.key.columns) != 1:
            continue
        key = to.column(to.key.columns[0])
        if key.reading.type is not ColumnType.STRING or key.length < 5 or key.distinct < 20:
            continue
        for table in tables:
            for column in table.columns:
                fits = column.reading.type is ColumnType.STRING and column.distinct >= 20 and column.length >= 5
                if table.name != to.name and fits and column.distinct <= key.distinct:
                    yield _Candidate(table, (column.name,), to, 0.6, "all its values are keys there")


def _checked(connection: duckdb.DuckDBPyConnection, candidate: _Candidate) -> Join | None:
    """The join with the share of its values that are found; `None` when too few are."""
    mine = [candidate.table.column(name).reading.sql for name in candidate.columns]
    theirs = [candidate.to.column(name).reading.sql for name in candidate.to.key.columns]
    left = ", ".join(f"CAST({sql} AS VARCHAR) AS k{at}" for at, sql in enumerate(mine))
    right = ", ".join(f"CAST({sql} AS VARCHAR) AS k{at}" for at, sql in enumerate(theirs))
    there = " AND ".join(f"k{at} IS NOT NULL" for at in range(len(mine)))
    row = one_row(
        connection,
        f"WITH a AS (SELECT DISTINCT * FROM (SELECT {left} FROM {identifier(candidate.table.name)}) WHERE {there}), "
        f"b AS (SELECT {right} FROM {identifier(candidate.to.name)}) "
        f"SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT 1 FROM b WHERE ({_same(len(mine))}))) FROM a",
    )
    total, found = (int(row[0]), int(row[1])) if row else (0, 0)
    if not total and not candidate.declared:
        return None
    matched = found / total if total else 1.0
    if matched < (0.0 if candidate.declared else CONTAINED):
        return None
    confidence = candidate.confidence * (0.5 + 0.5 * matched)
    if not candidate.declared and total < 3:
        confidence *= 0.8
    return Join(
        table=candidate.table.name,
        columns=candidate.columns,
        to_table=candidate.to.name,
        to_columns=candidate.to.key.columns,
        matched=matched,
        confidence=round(confidence, 2),
        evidence=f"{candidate.why}; {found} of {total} values are found",
    )


def _same(count: int) -> str:
    return " AND ".join(f"a.k{at} = b.k{at}" for at in range(count))


def _without_circles(joins: list[Join]) -> list[Join]:
    """Two tables that point at each other by their whole keys: the likelier of the two joins stays."""
    kept: list[Join] = []
    for join in sorted(joins, key=lambda one: -one.confidence):
        back = any(
            (one.table, one.to_table) == (join.to_table, join.table) and one.columns == join.to_columns for one in kept
        )
        if not back:
            kept.append(join)
    return sorted(kept, key=lambda one: (one.table, one.columns))
