"""The tiny shop as published versions, the rows it should hold by hand, and its tags computed anew from these rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import duckdb

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.tag_table import compile_tag_table
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.tagging.bench import Bench
from semantic_layer.ingestion.tagging.book import TagBook
from semantic_layer.ingestion.tagging.changes import Changes
from semantic_layer.ingestion.tagging.refresh import TagRefresh
from semantic_layer.ingestion.tagging.versions import Versions
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import SemanticModel
from tests.semantic_layer.compiler import tiny

Row = tuple[object, ...]
MODEL = tiny.replace(tiny.MODEL, conventions=tiny.Conventions(as_of=tiny.TODAY.isoformat()))
NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


def at(*parts: int) -> datetime:
    """A time of the company's own zone, as its tables hold them."""
    return datetime(*parts)  # type: ignore[misc, arg-type]  # noqa: DTZ001


def quiet(_stage: str, _done: int, _total: int) -> None:
    pass


def built(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(tiny.TABLES)


def shop(folder: Path, model: SemanticModel = MODEL, *, keep: int = 30) -> tuple[Versions, TagRefresh]:
    """A folder with nothing published, and who publishes there."""
    versions = Versions(folder)
    return versions, TagRefresh(versions, book(model), clock=lambda: NOW, keep=keep)


@cache
def first_version() -> dict[str, bytes]:
    """The files of the first version of `MODEL`; computed once."""
    with tempfile.TemporaryDirectory() as place:
        shop(Path(place))[1].full(progress=quiet, build=built)
        return {path.name: path.read_bytes() for path in Path(place).iterdir()}


@cache
def book(model: SemanticModel = MODEL) -> TagBook:
    return TagBook(model)


def opened(folder: Path, model: SemanticModel = MODEL) -> tuple[Versions, TagRefresh, DuckDBEngine]:
    """The first version, published and opened."""
    versions, refresh = shop(folder, model)
    if model is MODEL:
        for name, content in first_version().items():
            (folder / name).write_bytes(content)
    else:
        refresh.full(progress=quiet, build=built)
    return versions, refresh, DuckDBEngine.open_version(folder)


def read(engine: DuckDBEngine, statement: str) -> list[Row]:
    """Rows of the version that is open."""
    with engine._cursor() as cursor:
        return list(cursor.execute(statement).fetchall())


def rows(**tables: Iterable[Row]) -> Callable[[Bench, Changes], None]:
    """Stages rows that are new or changed."""

    def stage(bench: Bench, changes: Changes) -> None:
        for table, new in tables.items():
            target, _ = changes.stage(table)
            for row in new:
                bench.run(f"INSERT INTO {target} VALUES ({', '.join('?' * len(row))})", row)

    return stage


def gone(**tables: Iterable[Row]) -> Callable[[Bench, Changes], None]:
    """Stages keys of rows that are gone."""

    def stage(bench: Bench, changes: Changes) -> None:
        for table, keys in tables.items():
            _, target = changes.stage(table)
            for key in keys:
                bench.run(f"INSERT INTO {target} VALUES ({', '.join('?' * len(key))})", key)

    return stage


def both(*stages: Callable[[Bench, Changes], None]) -> Callable[[Bench, Changes], None]:
    def stage(bench: Bench, changes: Changes) -> None:
        for one in stages:
            one(bench, changes)

    return stage


class Truth:
    """A plain database of the rows as they should be, changed row by row; its tags come from the one full statement."""

    def __init__(self, model: SemanticModel = MODEL, day: date = tiny.TODAY) -> None:
        self.connection = duckdb.connect(":memory:")
        self.connection.execute(tiny.TABLES)
        self.model = model
        self.day = day

    def put(self, table: str, key: str, row: Row) -> None:
        self.remove(table, key, row[0])
        self.connection.execute(f"INSERT INTO {identifier(table)} VALUES ({', '.join('?' * len(row))})", list(row))

    def remove(self, table: str, key: str, value: object) -> None:
        self.connection.execute(f"DELETE FROM {identifier(table)} WHERE {identifier(key)} = ?", [value])

    def move(self, was: int, now: int) -> None:
        for table in ("purchases", "purchase_lines", "visits"):
            self.connection.execute(f"UPDATE {table} SET member_id = ? WHERE member_id = ?", [now, was])
        self.remove("members", "member_id", was)

    def tags(self) -> list[Row]:
        calendar = CompanyCalendar(self.model.conventions, (), self.day)
        compiled = compile_tag_table(CompileContext(index=ModelIndex(self.model), calendar=calendar))
        return list(self.connection.execute(compiled.tree.sql("duckdb")).fetchall())
