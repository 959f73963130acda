"""One chunk of rows into the table of its source: new, changed, the same, or given twice. All in statements over columns.

Which of several rows with one key counts: the one that was read last. A version that was replaced goes to `work.raw_history`.
One that the same load of files gave before goes to `work.quarantine`, for the source contradicts itself; a table that is
alive while it is read may give a row again that was changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from semantic_layer.ingestion.landing.tables import body, raw_table
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.sources.port import BadRow, Chunk

KEY_SEPARATOR: Final = "\x1f"
UNREADABLE: Final = "unreadable"
NO_KEY: Final = "no_key"
DUPLICATE_KEY: Final = "duplicate_key"
RULES: Final = (UNREADABLE, NO_KEY, DUPLICATE_KEY)
"""Rules by which this room puts rows into quarantine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the rows of a part are taken in.

    `key` are columns of raw, none when a row is its file and line. `numbered`: places are "part:line", not the part alone.
    `fresh`: nothing of the part has landed before. `again`: it has, from other content.
    """

    source: str
    part: str
    load: int
    key: tuple[str, ...]
    numbered: bool
    fresh: bool
    again: bool
    at: datetime  # UTC, without a zone


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows of a chunk, or of many."""

    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    held: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.read + other.read,
            self.new + other.new,
            self.changed + other.changed,
            self.same + other.same,
            self.held + other.held,
        )


def stage(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    chunk: Chunk,
    columns: Sequence[str],
    all_columns: Sequence[str],
) -> None:
    """Look at a chunk beside what has landed; changes nothing but temporary tables of this connection.

    `columns` are those of raw that the chunk's columns land in, `all_columns` those that raw has.
    """
    given = pa.Table.from_arrays(
        [*(column.cast(pa.string()) for column in chunk.rows.columns), np.arange(chunk.rows.num_rows), chunk.places],
        names=[*(f"c{at}" for at in range(len(columns))), "n", "line"],
    )
    connection.register("landing_given", given)
    _stage_rows(connection, reading, columns)
    connection.unregister("landing_given")
    _find_runs(connection)
    _judge(connection, reading, all_columns)


def _stage_rows(connection: duckdb.DuckDBPyConnection, reading: Reading, columns: Sequence[str]) -> None:
    at = {name: f"c{number}" for number, name in enumerate(columns)}
    place = "concat(?::VARCHAR, ':', line)" if reading.numbered else "?::VARCHAR"
    line = "concat(?::VARCHAR, ':', line)"
    row, keyless = line, "false"
    if reading.key:
        parts = [f"coalesce({at[name]}, '')" if name in at else "''" for name in reading.key]
        row = f"concat_ws(chr(31), {', '.join(parts)})"
        keyless = f"trim(concat({', '.join(parts)})) = ''"
    cells = ", ".join(f"?::VARCHAR || strlen({at[name]}) || ':' || {at[name]}" for name in sorted(at))
    hashed = f"concat({cells})" if cells else "''"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE landing_staged AS SELECT n, {line} AS line, {place} AS place, {row} AS row, "
        f"{keyless} AS keyless, md5({hashed}) AS hash"
        + "".join(f", c{number}" for number in range(len(columns)))
        + " FROM landing_given ORDER BY n",
        [reading.part] * (2 if reading.key else 3) + [f"{name}=" for name in sorted(at)],
    )


def _find_runs(connection: duckdb.DuckDBPyConnection) -> None:
    """Rows of each key, those that only repeat the one before left out; `back` is 1 for the last.

    What is found must not depend on where one chunk ends and the next begins.
    """
    ((doubles,),) = connection.execute(
        "SELECT count(*) - count(DISTINCT row) FROM landing_staged WHERE NOT keyless"
    ).fetchall()
    start = "CREATE OR REPLACE TEMP VIEW landing_runs AS "
    if not doubles:
        connection.execute(
            f"{start} SELECT *, 1 AS back, hash AS first_hash, n AS first_n FROM landing_staged WHERE NOT keyless"
        )
        return
    mine = "OVER (PARTITION BY row ORDER BY n)"
    connection.execute(
        f"{start} SELECT * EXCLUDE before, row_number() OVER (PARTITION BY row ORDER BY n DESC) AS back, "
        f"first_value(hash) {mine} AS first_hash, first_value(n) {mine} AS first_n "
        f"FROM (SELECT *, lag(hash) {mine} AS before FROM landing_staged WHERE NOT keyless) WHERE hash IS DISTINCT FROM before"
    )


def _judge(connection: duckdb.DuckDBPyConnection, reading: Reading, all_columns: Sequence[str]) -> None:
    """The last row of each key, beside the row that has landed under it."""
    start = "CREATE OR REPLACE TEMP TABLE landing_judged AS "
    last = "SELECT * FROM landing_runs WHERE back = 1"
    if reading.fresh and not reading.key:
        none = ", ".join(f"NULL::VARCHAR AS was_{name}" for name in ("place", "body", "hash"))
        connection.execute(f"{start} SELECT *, {none}, NULL::BIGINT AS was_load, 'new' AS verdict FROM ({last})")
        return
    was = body(tuple(all_columns), tuple(f"r.{identifier(name)}" for name in all_columns))
    connection.execute(
        f"{start} SELECT l.*, r._place AS was_place, r._load AS was_load, "
        f"CASE WHEN r._hash <> l.hash THEN {was} END AS was_body, r._hash AS was_hash, "
        "CASE WHEN r._row IS NULL THEN 'new' WHEN r._hash = l.hash THEN 'same' "
        "WHEN ? AND (r._load = ? OR s.row IS NOT NULL OR r._hash = l.first_hash) THEN 'twice' "
        "WHEN h.row IS NOT NULL THEN 'same' ELSE 'changed' END AS verdict "
        f"FROM ({last}) l LEFT JOIN {raw_table(reading.source)} r ON r._row = l.row "
        "LEFT JOIN (SELECT DISTINCT row FROM work.seen WHERE source = ?) s ON s.row = l.row "
        # A part that is read a second time, say because it was touched, must not bring back what a later one replaced.
        "LEFT JOIN (SELECT DISTINCT row, hash FROM work.raw_history WHERE ? AND source = ? AND why = 'changed' "
        f"AND {part_of('place', reading)} = ?) h ON h.row = l.row AND h.hash = l.hash AND {part_of('r._place', reading)} <> ?",
        [reading.numbered, reading.load, reading.source, reading.again, reading.source, reading.part, reading.part],
    )


def merge(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    bad: Sequence[BadRow],
    columns: Sequence[str],
    all_columns: Sequence[str],
) -> Tally:
    """Write what `stage` found. The caller's transaction makes it whole."""
    ((rows, keyless),) = connection.execute("SELECT count(*), count(*) FILTER (keyless) FROM landing_staged").fetchall()
    verdicts = dict(connection.execute("SELECT verdict, count(*) FROM landing_judged GROUP BY verdict").fetchall())
    new, same, twice = (verdicts.get(verdict, 0) for verdict in ("new", "same", "twice"))
    changed = verdicts.get("changed", 0) + twice
    within = _replaced_within(connection) if rows - keyless > new + same + changed else 0
    held = hold_bad(connection, reading, bad) if bad else 0
    held += _hold_keyless(connection, reading, columns) if keyless else 0
    if within + twice:
        held += _hold_doubles(connection, reading, columns)
    if changed:
        _keep_versions(connection, reading)
        _update(connection, reading, columns, all_columns)
    if new:
        _insert(connection, reading, columns)
    if same:
        _note_seen(connection, reading)
    if reading.key and same + changed:
        _note_elsewhere(connection, reading)
    changed += within
    return Tally(read=rows + len(bad), new=new, changed=changed, same=rows - keyless - new - changed, held=held)


# Rows of the chunk that a later one of it replaces. The first may be the row that has landed already.
_REPLACED_WITHIN: Final = (
    "SELECT s.row, s.place, s.n, s.hash FROM landing_runs s JOIN landing_judged j ON j.row = s.row "
    "WHERE s.back > 1 AND NOT (s.n = j.first_n AND s.hash IS NOT DISTINCT FROM j.was_hash)"
)


def _insert(connection: duckdb.DuckDBPyConnection, reading: Reading, columns: Sequence[str]) -> None:
    names = "".join(f", {identifier(name)}" for name in columns)
    values = "".join(f", c{at}" for at in range(len(columns)))
    connection.execute(
        f"INSERT INTO {raw_table(reading.source)} (_row, _hash, _place, _load{names}) "
        f"SELECT row, hash, place, ?{values} FROM landing_judged WHERE verdict = 'new' ORDER BY first_n",
        [reading.load],
    )


def _update(
    connection: duckdb.DuckDBPyConnection, reading: Reading, columns: Sequence[str], all_columns: Sequence[str]
) -> None:
    at = {name: f"j.c{number}" for number, name in enumerate(columns)}
    cells = "".join(f", {identifier(name)} = {at.get(name, 'NULL')}" for name in all_columns)
    connection.execute(
        f"UPDATE {raw_table(reading.source)} AS r SET _hash = j.hash, _place = j.place, _load = ?{cells} "
        "FROM landing_judged j WHERE r._row = j.row AND j.verdict IN ('changed', 'twice')",
        [reading.load],
    )


def _keep_versions(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    connection.execute(
        "INSERT INTO work.raw_history SELECT ?, row, was_hash, was_place, was_load, was_body, ?, ?, 'changed' "
        "FROM landing_judged WHERE verdict = 'changed'",
        [reading.source, reading.load, reading.at],
    )


def _note_seen(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    connection.execute(
        "INSERT INTO work.seen SELECT ?, row FROM landing_judged WHERE verdict = 'same'",
        [reading.source],
    )


def _note_elsewhere(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """A row that another part holds too must not go when one of the two is replaced by a file without it."""
    connection.execute(
        f"INSERT INTO work.elsewhere SELECT DISTINCT ?, row, CASE verdict WHEN 'same' THEN ? ELSE {part_of('was_place', reading)} END "
        f"FROM landing_judged WHERE verdict <> 'new' AND {part_of('was_place', reading)} <> ?",
        [reading.source, reading.part, reading.part],
    )


def part_of(place: str, reading: Reading) -> str:
    """An expression: the part that a place lies in."""
    return f"left({place}, length({place}) - strpos(reverse({place}), ':'))" if reading.numbered else place


def _replaced_within(connection: duckdb.DuckDBPyConnection) -> int:
    return int(connection.execute(f"SELECT count(*) FROM ({_REPLACED_WITHIN})").fetchall()[0][0])


def _hold_keyless(connection: duckdb.DuckDBPyConnection, reading: Reading, columns: Sequence[str]) -> int:
    """Into quarantine: rows without a key."""
    whole = body(tuple(columns), tuple(f"s.c{at}" for at in range(len(columns))))
    rows = f"SELECT s.line AS row, s.place, {whole} AS value FROM landing_staged s WHERE s.keyless ORDER BY s.n"
    count = _into_quarantine(connection, reading, rows, rule=NO_KEY, words=_NO_KEY_WORDS, held=True)
    _note_mended(connection, reading, rows)
    return count


def _hold_doubles(connection: duckdb.DuckDBPyConnection, reading: Reading, columns: Sequence[str]) -> int:
    """All but the last version of a key that this load has given: into quarantine, those of a table into the history."""
    whole = body(tuple(columns), tuple(f"s.c{at}" for at in range(len(columns))))
    rows = (
        "SELECT j.row, j.was_place AS place, j.was_body AS value, j.was_hash AS hash, -1 AS n FROM landing_judged j "
        f"WHERE j.verdict = 'twice' UNION ALL SELECT s.row, s.place, {whole} AS value, s.hash, s.n FROM landing_staged s "
        f"JOIN ({_REPLACED_WITHIN}) w ON w.n = s.n ORDER BY n"
    )
    if reading.numbered:
        return _into_quarantine(connection, reading, rows, rule=DUPLICATE_KEY, words=_DUPLICATE_WORDS, held=False)
    connection.execute(
        f"INSERT INTO work.raw_history SELECT ?, row, hash, place, ?, value, ?, ?, 'changed' FROM ({rows})",
        [reading.source, reading.load, reading.load, reading.at],
    )
    return 0


_NO_KEY_WORDS: Final = (
    "主键列为空，无法识别这一行是谁。",
    "The key column is empty, so nothing tells which row this is.",
    "在来源中补上主键后重新导入，或在这里填写。",
    "Fill in the key at the source and load again, or enter it here.",
)
_DUPLICATE_WORDS: Final = (
    "同一次导入中主键相同而内容不同：采用最后读到的一行，这是较早的一行。",
    "The same load gave this key with other content: the row that was read last counts, this is an earlier one.",
    "在来源中去掉重复，或改用能区分这些行的主键。",
    "Remove the double at the source, or declare a key that tells these rows apart.",
)


def hold_bad(connection: duckdb.DuckDBPyConnection, reading: Reading, bad: Sequence[BadRow]) -> int:
    """Rows that the source could not read, into quarantine, unless a person has put them right already."""
    connection.register(
        "landing_bad",
        pa.table(
            {
                "n": np.arange(len(bad)),
                "row": [row.place for row in bad],
                "value": [row.text for row in bad],
                "reason_zh": [row.reason.zh for row in bad],
                "reason_en": [row.reason.en for row in bad],
                "remedy_zh": [row.remedy.zh for row in bad],
                "remedy_en": [row.remedy.en for row in bad],
            }
        ),
    )
    added = connection.execute(
        "INSERT INTO work.quarantine SELECT ?, row, row, ?, ?, '', value, reason_zh, reason_en, remedy_zh, remedy_en, "
        f"true, ?, NULL FROM landing_bad q WHERE NOT EXISTS ({_ANSWERED}) ORDER BY n",
        [reading.source, reading.load, UNREADABLE, reading.at, reading.source],
    ).fetchall()
    _note_mended(connection, reading, "SELECT row, value FROM landing_bad")
    connection.unregister("landing_bad")
    return int(added[0][0])


# A person has dismissed it, or entered the row that it should have been: then `becomes` is what that row is called.
_ANSWERED: Final = (
    "SELECT 1 FROM work.overrides o WHERE o.source = ? AND o.row = q.row AND o.column_name = '' AND o.was = q.value"
)


def _note_mended(connection: duckdb.DuckDBPyConnection, reading: Reading, rows: str) -> None:
    """Rows that a person entered in place of one of the part do not go when the part is read a second time."""
    connection.execute(
        "INSERT INTO work.seen SELECT DISTINCT o.source, o.becomes FROM work.overrides o "
        f"JOIN ({rows}) q ON q.row = o.row AND q.value = o.was WHERE o.source = ? AND o.column_name = '' "
        "AND o.becomes IS NOT NULL",
        [reading.source],
    )


def _into_quarantine(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    rows: str,
    *,
    rule: str,
    words: tuple[str, str, str, str],
    held: bool,
) -> int:
    added = connection.execute(
        f"INSERT INTO work.quarantine SELECT ?, q.row, q.place, ?, ?, '', q.value, ?, ?, ?, ?, ?, ?, NULL FROM ({rows}) q "
        f"WHERE NOT EXISTS ({_ANSWERED}) AND NOT EXISTS (SELECT 1 FROM work.quarantine w WHERE w.source = ? AND w.row = q.row "
        "AND w.place = q.place AND w.rule = ? AND w.value = q.value AND w.settled_at IS NULL)",
        [reading.source, reading.load, rule, *words, held, reading.at, reading.source, reading.source, rule],
    ).fetchall()
    return int(added[0][0])
