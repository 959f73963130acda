"""What is to be read: a leaf of a metric over a span of days, into a column; and which rows serve it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.compiler.conditions import needs_of
from semantic_layer.compiler.groups import Group, group_needs, periods_of
from semantic_layer.compiler.metrics import Leaf, Need, choose
from semantic_layer.compiler.rows import METRIC_TIME, Rows, Scope
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, Conversion, Measure
from semantic_layer.query.predicate import Predicate


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One leaf over one span of days (`None`: all time), to be put in `column`.

    `measure` is set where something else is computed over the metric's rows, such as the people behind them.
    """

    column: str
    leaf: Leaf
    span: DateSpan | None = None
    where: Predicate | None = None
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A reading with the measure that serves it."""

    reading: Reading
    measure: Measure

    @property
    def column(self) -> str:
        return self.reading.column


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A step that holds the groups' columns and the columns of some readings, all over `span` if it is set."""

    step: str
    columns: tuple[str, ...]
    span: DateSpan | None = None


@dataclass(slots=True)
class Bucket:
    """Readings over the same rows that are read in the same way.

    Of one span when grouped by period, as positions are aligned later, and where rows count at other times than their
    own. `like` is a leaf that stands for all of them in what it says of time.
    """

    entity: str
    time: str | None
    span: DateSpan | None
    like: Leaf
    items: list[Item] = field(default_factory=list)

    @property
    def is_clocked(self) -> bool:
        return self.like.is_clocked

    def rows(self, scope: Scope) -> Rows:
        return Rows(scope, self.entity, self.time)


def time_of(index: ModelIndex, measure: Measure) -> str | None:
    """The time dimension that dates a measure's rows, qualified. Customers are counted as they are now, unless it says so."""
    name = measure.time
    if name is None and measure.entity != index.model.customer_entity:
        name = index.entity(measure.entity).time
    if name is None or "." in name:
        return name
    return f"{measure.entity}.{name}"


def measure_for(scope: Scope, reading: Reading, groups: Sequence[Group], where: Predicate | None) -> Measure:
    """The measure that serves a reading grouped by `groups` and filtered by `where`."""
    if reading.measure is not None:
        return reading.measure
    index = scope.context.index
    leaf = reading.leaf
    metric = index.metric(leaf.converted.base if leaf.converted is not None else leaf.metric)
    measure = choose(index, metric, _needs(scope, reading, groups, where))
    if leaf.counted is not None:
        per = None if measure.entity == leaf.counted else leaf.counted
        measure = replace(measure, agg=Aggregation.COUNT, expr="", per=per, having=None, percentile=None)
    if time_of(index, measure) is None and (periods_of(groups) or leaf.is_clocked):
        label = metric.words.label
        raise InvalidPlanError(
            Text(
                zh=f"「{label.zh}」是当前的数，没有时间，不能按时间展开。",
                en=f"{label.en!r} is counted as of now and has no time, so it cannot be shown over time.",
            )
        )
    return measure


def target_measure(scope: Scope, conversion: Conversion) -> Measure:
    """The measure whose rows are the target of a conversion: the coarsest that leads to what is converted."""
    entity = conversion.entity
    return choose(scope.context.index, scope.context.index.metric(conversion.target), [Need(entity, entity)])


def _needs(scope: Scope, reading: Reading, groups: Sequence[Group], where: Predicate | None) -> list[Need]:
    index = scope.context.index
    leaf = reading.leaf
    entity = leaf.converted.entity if leaf.converted is not None else leaf.counted
    return [
        *group_needs(groups, index),
        *needs_of(where, index, scope.customer),
        *needs_of(reading.where, index, scope.customer),
        *([Need(entity, entity)] if entity is not None else []),
        *(need for sql in leaf.where for need in _needs_of_fragment(scope, sql)),
    ]


def _needs_of_fragment(scope: Scope, sql: str) -> Iterator[Need]:
    """The fields of other entities that a condition of a definition names."""
    index = scope.context.index
    for column in scope.context.fragments.get(sql).find_all(exp.Column):
        qualified = f"{column.table}.{column.name}"
        if column.table and column.table != METRIC_TIME and index.has_field(qualified):
            yield Need(index.field(qualified).entity, qualified)
