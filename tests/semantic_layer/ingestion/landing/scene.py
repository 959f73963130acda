"""A warehouse in a folder of the test, sources written down in view, and what stands in their tables afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text
from semantic_layer.ingestion.landing.loading import land
from semantic_layer.ingestion.landing.runs import Load
from semantic_layer.ingestion.snapshot import BuildLimits
from semantic_layer.ingestion.sources.port import ScriptedSource, Source
from semantic_layer.ingestion.sources.types import ColumnMapping, SourceKind, SourceSpec
from semantic_layer.ingestion.warehouse import Warehouse, transaction

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def spec(name="crm", *, key=("no",), columns=(), kind=SourceKind.CSV, watermark="") -> SourceSpec:
    return SourceSpec(
        name=name,
        label=Text(name, name),
        kind=kind,
        address="*.csv",
        key=tuple(key),
        columns=tuple(
            one if isinstance(one, ColumnMapping) else ColumnMapping(column=one, field=one) for one in columns
        ),
        watermark=watermark,
    )


def script(columns, rows, **said) -> ScriptedSource:
    """Rows as strings of cells parted by spaces; `-` is a missing cell."""
    split = {
        part: [[None if cell == "-" else cell for cell in row.split(" ")] for row in lines]
        for part, lines in rows.items()
    }
    return ScriptedSource(columns.split(" "), split, **{"chunk": 50, **said})


@dataclass
class Clock:
    """A second passes each time it is looked at."""

    at: datetime = START

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@dataclass
class Scene:
    folder: Path
    clock: Clock = field(default_factory=Clock)
    told: list[tuple[str, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.warehouse = Warehouse(self.folder / "retail.duckdb", BuildLimits(memory="500MB", threads=1))

    def land(self, declared: SourceSpec, source: Source, *, cancel: Cancel | None = None, by="ana") -> Load:
        return land(
            self.warehouse,
            declared,
            source,
            now=self.clock,
            progress=lambda *told: self.told.append(told),
            cancel=cancel or Cancel(),
            by=by,
        )

    def rows(self, statement: str, given: Sequence[object] = ()) -> list[tuple]:
        with self.warehouse.reading() as connection:
            return connection.execute(statement, list(given)).fetchall()

    def raw(self, source="crm", *, columns="*") -> list[tuple]:
        return self.rows(f'SELECT {columns} FROM raw."{source}" ORDER BY rowid')

    def do(self, work):
        with self.warehouse.writing() as connection, transaction(connection):
            return work(connection)


def counts(load: Load) -> tuple[int, int, int, int, int]:
    """Read, new, changed, same, held."""
    return (load.rows.read, load.rows.new, load.rows.changed, load.rows.same, load.rows.held)
