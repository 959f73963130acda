"""What is known of the tags of one model before any row is looked at: statements, tables read, versions, who depends on what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.latest import compile_latest_day
from semantic_layer.compiler.tag_parts import (
    compile_inputs,
    compile_top,
    day_expression,
    definition_version,
    is_dated,
    look_at_everybody,
    read_since,
    reads,
)
from semantic_layer.compiler.tag_table import compile_tag, compile_tag_table, customer_tags, tag_counts
from semantic_layer.compiler.text import for_the_load
from semantic_layer.errors import DataError, InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Entity, QuantileBody, Relationship, SemanticModel, Tag


@dataclass(frozen=True, slots=True)
class Read:
    """A statement; the stored tables that it reads, with names of columns among which are all that it needs of them; and
    for some of these the column and the day from which on rows are read.
    """

    text: str
    tables: dict[str, frozenset[str]]
    since: dict[str, tuple[str, date]]


class TagBook:
    """The customer's tags of a model. Statements are compiled when they are first asked for, and kept.

    `versions` are hashes of definitions; `dated` may change with the day alone; `whole` can only be computed for everybody;
    `ranked` are quantile tags whose order is kept; `reads` are the tables of each tag.
    """

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self.index = ModelIndex(model)
        self.tags = customer_tags(model)
        self.customer = self.index.entity(model.customer_entity)
        self.key = self.customer.primary_key[0]
        undated = self._context(date(2024, 3, 31))
        self.versions = {tag.name: definition_version(tag, undated) for tag in self.tags}
        self.dated = frozenset(tag.name for tag in self.tags if is_dated(tag, undated))
        self.reads = {tag.name: frozenset(reads(compile_tag(tag, undated))) for tag in self.tags}
        self.whole = look_at_everybody(undated, self.tags)
        self.ranked = tuple(
            tag for tag in self.tags if isinstance(tag.body, QuantileBody) and tag.name not in self.whole
        )
        self._statements: dict[tuple[object, ...], Read] = {}

    def named(self, names: Iterable[str]) -> tuple[Tag, ...]:
        """The tags with these names, in the order of the definitions."""
        wanted = frozenset(names)
        return tuple(tag for tag in self.tags if tag.name in wanted)

    def reading(self, tables: Iterable[str]) -> tuple[Tag, ...]:
        """The tags that read any of the tables; those of the customer's own table are all of them."""
        wanted = frozenset(tables)
        return tuple(tag for tag in self.tags if wanted & self.reads[tag.name])

    def values(self, tags: Sequence[Tag], day: date) -> Read:
        """The key and a column a tag for every customer."""
        return self._kept("values", tags, day)

    def inputs(self, tags: Sequence[Tag], day: date) -> Read:
        """The key and a column for each quantile tag of `tags`: what it ranks by."""
        return self._kept("inputs", tags, day)

    def top(self, tag: Tag) -> str:
        """The keys that have a quantile tag, from the kept inputs."""
        return for_the_load(compile_top(tag, self.key))

    def counts(self, tags: Sequence[Tag]) -> str:
        """One row of two numbers a tag: how many have it, and of how many it is known."""
        return for_the_load(tag_counts(tags))

    def latest_day(self, connection: duckdb.DuckDBPyConnection) -> date:
        """The day set in the conventions, else the latest of the time dimension they name. Raises `DataError`."""
        conventions = self.model.conventions
        if conventions.as_of is not None:
            return date.fromisoformat(conventions.as_of)
        found = None
        if conventions.as_of_from is not None:
            statement = for_the_load(compile_latest_day(self.index, conventions.as_of_from))
            found = connection.execute(statement).fetchall()[0][0]
        if not isinstance(found, date):
            raise DataError(
                Text(
                    zh="数据里没有任何日期，无法确定“今天”。请在定义的 conventions 中设置 as_of。",
                    en="The data holds no date, so its today is unknown. Set `as_of` in the conventions.",
                )
            )
        return found

    def day_of(self, table: str) -> str | None:
        """The day on which a row of the table happened, in SQL over its columns; `None` for what has no time."""
        for entity in self.on(table):
            dimension = next((d for d in self.model.dimensions if d.qualified == f"{entity.name}.{entity.time}"), None)
            if dimension is not None:
                return day_expression(dimension.expr)
        return None

    def today_of(self, table: str) -> str | None:
        """The day of a row of the table whose latest day is today, in SQL over its columns; `None` for other tables."""
        named = self.model.conventions.as_of_from
        if self.model.conventions.as_of is not None or named is None:
            return None
        dimension = self.index.dimension(named)
        return day_expression(dimension.expr) if self.index.entity(dimension.entity).table == table else None

    def on(self, table: str) -> tuple[Entity, ...]:
        """The entities that stand on a table."""
        return tuple(entity for entity in self.model.entities if entity.table == table)

    def way(self, entity: Entity) -> tuple[Relationship, ...] | None:
        """The relationships that lead from a row to its customer; `None` when none do."""
        try:
            return self.index.path(entity.name, self.customer.name)
        except InvalidPlanError:
            return None

    def _context(self, day: date) -> CompileContext:
        return CompileContext(
            index=self.index, calendar=CompanyCalendar(self.model.conventions, self.model.festivals, day)
        )

    def _kept(self, what: str, tags: Sequence[Tag], day: date) -> Read:
        name = (what, day, *(tag.name for tag in tags))
        known = self._statements.get(name)
        if known is None:
            context = self._context(day)
            compiled = compile_tag_table(context, tags) if what == "values" else compile_inputs(tags, context)
            known = self._statements[name] = Read(for_the_load(compiled.tree), reads(compiled), read_since(compiled))
        return known
