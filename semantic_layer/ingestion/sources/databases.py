"""A table or statement of a database, streamed in the order of its watermark and key; a lost server is waited for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Protocol, TypeVar

import numpy as np
import pyarrow as pa

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.chunks import as_text, text_table
from semantic_layer.ingestion.sources.guessing import examples_of
from semantic_layer.ingestion.sources.keyset import Order, Parameters, Scalar
from semantic_layer.ingestion.sources.port import MOST_BYTES, MOST_ROWS, Chunk, Part, SourceColumn
from semantic_layer.ingestion.sources.retrying import LostError, Patience, Wait
from semantic_layer.model.nearest import did_you_mean, nearest
from semantic_layer.model.types import ColumnType

T = TypeVar("T")
Row = Sequence[Scalar]
Described = Sequence[tuple[str, ColumnType]]

_STATEMENT: Final = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_FIRST_FETCH: Final = 500
_MOST_FETCH: Final = 10_000
_FETCH_BYTES: Final = 16_000_000
_EXAMPLES: Final = 50  # rows that examples are taken from
_TABLE: Final = Text(zh="表", en="table")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFound:
    """A table of a database; `rows` is an estimate, 0 where there is none."""

    name: str
    rows: int


class Session(Protocol):
    """One connection. All that it raises is `LostError` or `DataError`."""

    def tables(self) -> tuple[TableFound, ...]: ...

    def describe(self, relation: str) -> tuple[tuple[str, ColumnType], ...]:
        """Names and types of the columns of what may stand after FROM."""

    def stream(self, statement: str, values: Sequence[object]) -> Iterator[Sequence[Row]]:
        """Batches of rows of a statement whose list is `Database.listed`."""

    def close(self) -> None: ...


class Database(Protocol):
    """A database of one kind. `place` is what messages call it; it never holds a secret."""

    @property
    def place(self) -> str: ...

    @property
    def nulls_last(self) -> bool:
        """Whether what is missing is ordered after everything else."""

    @property
    def keeps_order(self) -> bool:
        """Whether rows come in the same order each time, though nothing is said about it."""

    @property
    def gives_texts(self) -> bool:
        """Whether all values of a stream are texts or missing already."""

    def connect(self) -> Session: ...

    def quoted(self, name: str) -> str: ...

    def mark(self, number: int) -> str:
        """How the `number`th parameter (from 1) is written."""

    def listed(self, columns: Sequence[str]) -> str:
        """The list of a statement that gives these columns, quoted, to `Session.stream`."""

    def parameter(self, value: Scalar, kind: ColumnType) -> object:
        """A value of a column, as it is compared with the column."""


class DatabaseSource:
    """One table or statement. What is new is told by the watermark: rows from `since` on are read.

    After a lost connection it goes on with the last row given, which therefore comes twice.
    """

    def __init__(  # what a source of a database declares
        self,
        database: Database,
        table: str,
        *,
        key: Sequence[str] = (),
        watermark: str = "",
        since: str = "",
        wait: Wait,
    ) -> None:
        self._database = database
        self._table = table.strip().rstrip(";").rstrip()
        self._order = tuple(dict.fromkeys((*([watermark] if watermark else []), *key)))
        self._watermark = watermark
        self._since = since
        self._wait = wait
        self._is_statement = _STATEMENT.match(self._table) is not None
        self._place = database.place if self._is_statement else f"{database.place}/{self._table}"

    def parts(self) -> Sequence[Part]:
        name = "statement" if self._is_statement else self._table
        return (Part(name=name, fingerprint="", size=self._tried(self._rows)),)

    def _rows(self, session: Session) -> int:
        there = {each.name: each.rows for each in session.tables()}
        if not self._table or not (self._is_statement or "." in self._table or self._table in there):
            raise faults.no_such(self._database.place, _TABLE, self._table, tuple(there))
        return there.get(self._table, 0)

    def columns(self, part: Part) -> tuple[SourceColumn, ...]:
        return self._tried(self._columns)

    def _columns(self, session: Session) -> tuple[SourceColumn, ...]:
        described = session.describe(self._relation())
        statement = f"SELECT {self._list(described)} FROM {self._relation()} AS q LIMIT {_EXAMPLES}"
        rows = [_texts(row) for row in next(session.stream(statement, ()), ())]
        return tuple(
            SourceColumn(name=name, type=kind, examples=examples_of(row[at] for row in rows))
            for at, (name, kind) in enumerate(described)
        )

    def read(self, part: Part, *, after: str = "") -> Iterator[Chunk]:
        patience = Patience(self._wait)
        while True:
            try:
                for chunk in self._stream(after):
                    patience.succeeded()
                    after = chunk.position
                    yield chunk
            except LostError as lost:
                if not self._order and not self._database.keeps_order:
                    raise _broken_off(self._place, lost.why) from lost
                if not patience.pause():
                    raise unreachable(self._place, lost.why) from lost
            else:
                return

    def _tried(self, work: Callable[[Session], T]) -> T:
        patience = Patience(self._wait)
        while True:
            try:
                with closing(self._database.connect()) as session:
                    return work(session)
            except LostError as lost:
                if not patience.pause():
                    raise unreachable(self._place, lost.why) from lost

    def _stream(self, after: str) -> Iterator[Chunk]:
        done, last = _resumed(after)
        highest = self._since
        with closing(self._database.connect()) as session:
            described = session.describe(self._relation())
            names = [name for name, _ in described]
            at = [self._at(column, names) for column in self._order]
            statement, values = self._statement(described, at, last)
            to_skip = 0 if self._order else done
            for rows in _gathered(session.stream(statement, values), to_skip):
                table = text_table(names, rows if self._database.gives_texts else [_texts(row) for row in rows])
                places = pa.array(np.arange(done + 1, done + len(rows) + 1, dtype=np.int64))
                done += len(rows)
                if self._watermark:
                    seen = (as_text(row[at[0]]) for row in reversed(rows))
                    highest = next((value for value in seen if value is not None), highest)
                position = json.dumps(
                    {"rows": done, "at": [rows[-1][each] for each in at]}, ensure_ascii=False, default=str
                )
                yield Chunk(rows=table, places=places, position=position, watermark=highest)

    def _at(self, column: str, names: Sequence[str]) -> int:
        if column in names:
            return names.index(column)
        near = nearest(column, names) or tuple(names[:10])
        raise faults.fault(
            self._place,
            f"没有列「{column}」，而来源声明用它作为 key 或 watermark。可用的列：{'、'.join(near)}。",
            f"there is no column {column!r}, which the source names as its key or watermark. "
            + did_you_mean(column, names, allowed="columns"),
            suggestions=near,
        )

    def _relation(self) -> str:
        if self._is_statement:
            return f"({self._table})"
        return ".".join(self._database.quoted(each) for each in self._table.split("."))

    def _quoted(self, name: str) -> str:
        return f"q.{self._database.quoted(name)}"

    def _list(self, described: Described) -> str:
        return self._database.listed([self._quoted(name) for name, _ in described])

    def _statement(
        self, described: Described, at: Sequence[int], last: Sequence[Scalar]
    ) -> tuple[str, Sequence[object]]:
        parameters = Parameters(self._database.mark)
        order = Order(tuple(self._quoted(described[each][0]) for each in at), self._database.nulls_last)
        conditions: list[str] = []
        if self._watermark and self._since:
            conditions.append(order.since(self._database.parameter(self._since, described[at[0]][1]), parameters))
        if last:
            typed = [self._database.parameter(value, described[each][1]) for value, each in zip(last, at, strict=True)]
            conditions.append(order.from_row(typed, parameters))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT {self._list(described)} FROM {self._relation()} AS q{where}{order.clause()}", parameters.values


def _resumed(after: str) -> tuple[int, Sequence[Scalar]]:
    """How many rows were given, and the values that the last one is ordered by."""
    if not after:
        return 0, ()
    found = json.loads(after)
    return int(found["rows"]), list(found["at"])


def _gathered(batches: Iterator[Sequence[Row]], to_skip: int) -> Iterator[Sequence[Row]]:
    """Batches put together to chunks; the first rows are left out."""
    held: list[Row] = []
    size = 0.0
    for batch in batches:
        held += batch[to_skip:]
        to_skip = max(0, to_skip - len(batch))
        size += width_of(batch) * len(batch)
        if held and (len(held) > MOST_ROWS - _MOST_FETCH or size > MOST_BYTES - 2 * _FETCH_BYTES):
            yield held
            held, size = [], 0.0
    if held:
        yield held


def batches_of(fetch: Callable[[int], Sequence[Row]]) -> Iterator[Sequence[Row]]:
    """All that a cursor gives, in batches that are the smaller the wider its rows are."""
    size = _FIRST_FETCH
    while rows := fetch(size):
        yield rows
        size = max(1, min(_MOST_FETCH, int(_FETCH_BYTES / width_of(rows))))


def width_of(rows: Sequence[Row]) -> float:
    """The characters of a row, about: by some of the rows."""
    some = rows[:: max(1, len(rows) // 20)]
    return max(
        1.0, sum(len(cell) if isinstance(cell, str | bytes) else 8 for row in some for cell in row) / max(len(some), 1)
    )


def _texts(row: Row) -> list[str | None]:
    return [cell if isinstance(cell, str) else as_text(cell) for cell in row]


def typed(value: Scalar, kind: ColumnType) -> object:
    """A text as a number where its column holds numbers, so that 9 is not above 10."""
    if not isinstance(value, str):
        return value
    try:
        if kind is ColumnType.INTEGER:
            return int(value)
        return Decimal(value) if kind in {ColumnType.DECIMAL, ColumnType.FLOAT} else value
    except (ValueError, InvalidOperation):
        return value


def unreachable(place: str, why: str) -> DataError:
    """A server that did not come back in time."""
    return faults.fault(
        place,
        f"多次重试后仍连不上（{why}）。请检查主机、端口、网络和服务是否在运行；已读到的位置已保存，恢复后会接着读。",
        f"it cannot be reached after several attempts ({why}). Check host, port, network and whether the server runs; "
        "reading goes on where it stopped when it is back.",
    )


def _broken_off(place: str, why: str) -> DataError:
    return faults.fault(
        place,
        f"读取中途断开（{why}），而来源没有声明 key，无法接着读。请在声明里写上 key，或重新读取。",
        f"the connection was lost ({why}), and without a key reading cannot go on where it stopped. Declare the key, or read "
        "again.",
    )


def refused(place: str, why: str, zh: str, en: str) -> DataError:
    """What a server answers, with what would mend it."""
    return faults.fault(place, f"{zh}（{why}）。", f"{en} ({why}).")
