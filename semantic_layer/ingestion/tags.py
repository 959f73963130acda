"""Writes the table of tags into a snapshot from the tag definitions, before the snapshot is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.context import TAG_TABLE, CompileContext
from semantic_layer.compiler.latest import compile_latest_day
from semantic_layer.compiler.tag_table import compile_tag_table, created, tag_counts
from semantic_layer.compiler.text import for_the_load
from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.snapshot import BuildLimits, Progress
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import SemanticModel, Tag


@dataclass(frozen=True, slots=True)
class TagCount:
    """How many customers have a tag: a value that is known and, for yes-or-no tags, yes."""

    tag: str
    customers: int
    known: int


def materialise_tags(
    snapshot: Path,
    model: SemanticModel,
    *,
    progress: Progress,
    as_of: date | None = None,
    limits: BuildLimits | None = None,
) -> tuple[TagCount, ...]:
    """Compute every tag into `customer_tags` of `snapshot`, as of the data's today, replacing what is there.

    Raises:
        DataError: when a definition does not fit the data, or the disk is full; the old table is kept.
    """
    limits = limits or BuildLimits()
    index = ModelIndex(model)
    progress(TAG_TABLE, 0, 2)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.memory,
        "threads": limits.threads,
        "temp_directory": f"{snapshot}.spill",
    }
    try:
        with duckdb.connect(str(snapshot), config=settings) as connection:
            today = as_of or _latest_day(connection, index)
            calendar = CompanyCalendar(model.conventions, model.festivals, today)
            compiled = compile_tag_table(CompileContext(index=index, calendar=calendar))
            connection.execute(for_the_load(created(compiled)))
            connection.execute("CHECKPOINT")
            progress(TAG_TABLE, 1, 2)
            counts = _counts(connection, tuple(index.tag(column.source) for column in compiled.columns[1:]))
    except duckdb.Error as error:
        why = str(error).splitlines()[0]
        raise DataError(
            Text(
                zh=f"标签无法从数据计算出来：{why}。原有标签没有改变；请检查标签定义和数据表。",
                en=f"The tags could not be computed from the data: {why}. The old tags are kept; check definitions and tables.",
            )
        ) from error
    progress("", 2, 2)
    return counts


def _latest_day(connection: duckdb.DuckDBPyConnection, index: ModelIndex) -> date:
    """The day set in the conventions, else the latest of the time dimension they name."""
    conventions = index.model.conventions
    if conventions.as_of is not None:
        return date.fromisoformat(conventions.as_of)
    found = None
    if conventions.as_of_from is not None:
        statement = for_the_load(compile_latest_day(index, conventions.as_of_from))
        found = connection.execute(statement).fetchall()[0][0]
    if not isinstance(found, date):
        raise DataError(
            Text(
                zh="数据里没有任何日期，无法确定“今天”。请在定义的 conventions 中设置 as_of。",
                en="The data holds no date, so its today is unknown. Set `as_of` in the conventions.",
            )
        )
    return found


def _counts(connection: duckdb.DuckDBPyConnection, tags: tuple[Tag, ...]) -> tuple[TagCount, ...]:
    if not tags:
        return ()
    numbers = connection.execute(for_the_load(tag_counts(tags))).fetchall()[0]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return tuple(TagCount(tag.name, int(having), int(known)) for tag, (having, known) in zip(tags, pairs, strict=True))
