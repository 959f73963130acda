"""Which loads of a source were cleaned already, by which definitions, and what dates of their columns said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from semantic_layer.ingestion.names import qualified
from semantic_layer.ingestion.standard.plan import CleanColumn
from semantic_layer.ingestion.standard.step import DayOrder
from semantic_layer.ingestion.standard.times import day_order
from semantic_layer.ingestion.warehouse import table_columns

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS work.cleaned (source VARCHAR, load BIGINT, rows BIGINT, definition VARCHAR, "
    'days VARCHAR, "at" TIMESTAMP)'
)
_D_M_Y: Final = r"^\s*([0-9]{1,2})[-/.]([0-9]{1,2})[-/.][12][0-9]{3}"


@dataclass(frozen=True, slots=True)
class _Flags:
    """Whether d/m/y dates of a column have a first or a second number beyond 12."""

    first: bool = False
    second: bool = False


def _both(one: Mapping[str, _Flags], other: Mapping[str, _Flags]) -> dict[str, _Flags]:
    none = _Flags()
    return {
        cell: _Flags(
            one.get(cell, none).first or other.get(cell, none).first,
            one.get(cell, none).second or other.get(cell, none).second,
        )
        for cell in {**one, **other}
    }


def _order(flags: _Flags | None) -> DayOrder | None:
    return None if flags is None else day_order(first_beyond_12=flags.first, second_beyond_12=flags.second)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one source inside the transaction that cleans it."""

    connection: duckdb.DuckDBPyConnection
    source: str
    columns: tuple[CleanColumn, ...]
    definition: str

    @property
    def raw(self) -> str:
        return qualified("raw", self.source)

    def loads_to_clean(self, only: int | None) -> tuple[dict[int, int], dict[str, DayOrder | None]]:
        """Loads to clean with their rows, and the order of day and month by cell of each column. When definitions changed,
        or dates turned out to be written the other way round, all that was cleaned is dropped and to be cleaned again.
        """
        self.connection.execute(_TABLE)
        held = self.connection.execute(f"SELECT _load, count(*) FROM {self.raw} GROUP BY _load").fetchall()
        present = {int(number): int(rows) for number, rows in held}
        done, known, outdated = self._entries()
        if outdated:
            self._drop()
        loads = {
            number: rows
            for number, rows in present.items()
            if rows > done.get(number, -1) and (outdated or only in {None, number})
        }
        flags = dict(known)
        for found in self._said(loads).values():
            flags = _both(flags, found)
        if any(_order(found) is not _order(flags[cell]) for cell, found in known.items()):
            self._drop()
            loads = {number: rows for number, rows in present.items() if number in done or number in loads}
        return loads, {cell: _order(found) for cell, found in flags.items()}

    def _entries(self) -> tuple[dict[int, int], dict[str, _Flags], bool]:
        """Rows of the loads that were cleaned, what their dates said, and whether that was by other definitions."""
        rows = self.connection.execute(
            "SELECT load, rows, definition, days FROM work.cleaned WHERE source = ?", [self.source]
        ).fetchall()
        outdated = any(row[2] != self.definition for row in rows)
        if outdated or not table_columns(self.connection, "clean", self.source):
            return {}, {}, bool(rows)
        flags: dict[str, _Flags] = {}
        for row in rows:
            flags = _both(flags, {cell: _Flags(*found) for cell, found in json.loads(row[3]).items()})
        return {int(row[0]): int(row[1]) for row in rows}, flags, False

    def _drop(self) -> None:
        self.connection.execute(f"DROP TABLE IF EXISTS {qualified('clean', self.source)}")
        self.connection.execute("DELETE FROM work.cleaned WHERE source = ?", [self.source])

    def _said(self, loads: Mapping[int, int]) -> dict[int, dict[str, _Flags]]:
        """What the dates of each column say, load by load."""
        cells = list(dict.fromkeys(each.cell for each in self.columns if each.tells_day_order))
        if not cells or not loads:
            return {}
        beyond = ", ".join(
            f"coalesce(bool_or(TRY_CAST(regexp_extract({cell}, '{_D_M_Y}', {group}) AS INTEGER) > 12), false)"
            for cell in cells
            for group in (1, 2)
        )
        rows = self.connection.execute(
            f"SELECT _load, {beyond} FROM {self.raw} WHERE list_contains(?, _load) GROUP BY _load", [list(loads)]
        ).fetchall()
        return {
            int(number): {cell: _Flags(*found[2 * at : 2 * at + 2]) for at, cell in enumerate(cells)}
            for number, *found in rows
        }

    def enter(self, loads: Mapping[int, int], found_at: datetime) -> None:
        """Note that the loads are clean now."""
        flags = self._said(loads)
        for number, rows in loads.items():
            said = {cell: [found.first, found.second] for cell, found in flags.get(number, {}).items()}
            self.connection.execute("DELETE FROM work.cleaned WHERE source = ? AND load = ?", [self.source, number])
            self.connection.execute(
                "INSERT INTO work.cleaned VALUES (?, ?, ?, ?, ?, ?)",
                [self.source, number, rows, self.definition, json.dumps(said), found_at],
            )
