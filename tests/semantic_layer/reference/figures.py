"""What a metric is over some rows: add up, count, divide. One figure at a time, each from the rows anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlglot import exp

from semantic_layer.model.types import Aggregation, Conversion, Cumulative, Derived, Input, Metric, Ratio, Simple
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.time import Span, TimeRange
from tests.semantic_layer.reference.cells import Cell, before, begin, narrowed, needed
from tests.semantic_layer.reference.conditions import holds
from tests.semantic_layer.reference.conversions import Conversions
from tests.semantic_layer.reference.days import Days, days_meant, moved
from tests.semantic_layer.reference.fragments import divided, evaluate, parsed
from tests.semantic_layer.reference.simple import SimpleFigures
from tests.semantic_layer.reference.world import Row, World

Value = Any
ZERO_WHEN_NOTHING = {Aggregation.SUM, Aggregation.COUNT, Aggregation.COUNT_DISTINCT, Aggregation.SUM_BOOLEAN}


class Figures:
    """Figures of metrics of every kind over one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.simple = SimpleFigures(world)
        self._conversions = Conversions(self)
        self._of_one: dict[Any, dict[Any, Any]] = {}
        world.metric_of = lambda row, metric, entity: self.of_one(metric, entity, world.key(row, entity), None, None)

    def rows_behind(self, name: str, cell: Cell) -> list[tuple[str, Row]]:
        """All rows that a metric of any kind is made of, each with the simple metric that reads it."""
        metric = self.world.metrics[name]
        cell = self._inside(metric, cell)
        match metric.body:
            case Simple():
                return [(name, row) for row in self.simple.counted(metric, cell)]
            case Ratio(numerator=top, denominator=bottom):
                parts: tuple[Input, ...] = (top, bottom)
            case Derived(inputs=inputs):
                parts = inputs
            case Cumulative(input=inner):
                moments = self._moments(metric.body, cell)
                return [found for one in moments for found in self.rows_behind(inner, one)]
            case Conversion():
                return self._conversions.rows_behind(metric.body, cell)
        return [found for one in parts for found in self.rows_behind(one.metric, self._of_input(one, cell))]

    def value(self, name: str, cell: Cell) -> Value:
        """The metric over the rows of a cell. Counts and sums of nothing are 0; anything else of nothing is `None`."""
        metric = self.world.metrics[name]
        cell = self._inside(metric, cell)
        body = metric.body
        match body:
            case Simple():
                found = self.simple.value(metric, cell)
                return 0 if found is None and self.is_zero_without_rows(name) else found
            case Ratio(numerator=top, denominator=bottom):
                return divided(
                    self.value(top.metric, self._of_input(top, cell)),
                    self.value(bottom.metric, self._of_input(bottom, cell)),
                )
            case Derived(expr=sql, inputs=inputs):
                values = {one.name: self.value(one.metric, self._of_input(one, cell)) for one in inputs}
                return evaluate(sql, lambda _table, name: values[name])
            case Cumulative():
                return self._running_value(body, cell)
            case Conversion():
                return self._conversions.value(body, cell)

    def _inside(self, metric: Metric, cell: Cell) -> Cell:
        return narrowed(cell, metric.where) if metric.where and not isinstance(metric.body, Simple) else cell

    def _of_input(self, one: Input, cell: Cell) -> Cell:
        """The cell of a metric as part of another: fewer rows, and rows that count so much later than they happened."""
        if one.where:
            cell = narrowed(cell, one.where)
        return cell if one.offset is None else replace(cell, later=(*cell.later, one.offset))

    def _running_value(self, body: Cumulative, cell: Cell) -> Value:
        """The running value of the last day of the cell, of its first day, or the average of all its days."""
        values = [self.value(body.input, one) for one in self._moments(body, cell)]
        if not values:
            return 0 if self.is_zero_without_rows(body.input) else None  # there is no such period
        if len(values) == 1:
            return values[0]
        known = [float(one) for one in values if one is not None]
        return sum(known) / len(known) if known else None

    def _moments(self, body: Cumulative, cell: Cell) -> list[Cell]:
        """The rows that are added up on each of the days which decide what the cell shows."""
        assert cell.days is not None
        first, last = cell.days
        if last < first:
            return []
        choice = body.period_choice if cell.is_period else "last"
        days = {
            "first": [first],
            "last": [last],
            "average": [first + timedelta(days=at) for at in range((last - first).days + 1)],
        }[choice]
        read = [before(day, cell.later) for day in days]
        return [replace(cell, days=(begin(body, day), day), later=(), by_day=False) for day in read]

    def is_zero_without_rows(self, name: str) -> bool:
        """Whether nothing happened is 0: counts, sums, and sums and differences of these."""
        body = self.world.metrics[name].body
        if isinstance(body, Simple):
            return all(one.agg in ZERO_WHEN_NOTHING for one in body.measures)
        if isinstance(body, Derived):
            nodes = parsed(body.expr).walk()
            plain = all(isinstance(node, exp.Add | exp.Sub | exp.Paren | exp.Column | exp.Identifier) for node in nodes)
            return plain and all(self.is_zero_without_rows(one.metric) for one in body.inputs)
        return False

    def leaves(self, name: str) -> list[str]:
        """The simple metrics that a metric is made of."""
        match self.world.metrics[name].body:
            case Simple():
                return [name]
            case Ratio(numerator=top, denominator=bottom):
                return [*self.leaves(top.metric), *self.leaves(bottom.metric)]
            case Derived(inputs=inputs):
                return [leaf for one in inputs for leaf in self.leaves(one.metric)]
            case Cumulative(input=inner):
                return self.leaves(inner)
            case Conversion(base=base, target=target):
                return [*self.leaves(base), *self.leaves(target)]

    # -- figures of one person or thing -------------------------------------------------------------------------------

    def of_one(self, metric: str, entity: str, key: Any, time: TimeRange | None, where: Predicate | None) -> Any:
        """`FiguresOf.of_one`: a thing without rows has 0 of what counts and sums, and nothing else."""
        found = self._all(metric, entity, time, where)
        if key in found:
            return found[key]
        return 0 if self.is_zero_without_rows(metric) else None

    def who_have(self, metric: str, time: TimeRange | None) -> dict[Any, Any]:
        return self._all(metric, self.world.model.customer_entity, time, None)

    def _all(self, metric: str, entity: str, time: TimeRange | None, where: Predicate | None) -> dict[Any, Any]:
        """The metric of everything that has rows, by its key."""
        asked = (metric, entity, time, where)
        if asked not in self._of_one:
            window = days_meant(time, self.world.today) if time is not None else self.default_days()
            base = Cell(
                days=window,
                span=window,
                keep=(lambda row: holds(self.world, self, row, where),),
                needs=frozenset({entity, *needed(where, self.world.model.customer_entity)}),
            )
            keys = {self.world.key(row, entity) for _, row in self.rows_behind(metric, base)}
            self._of_one[asked] = {
                key: self.value(metric, replace(base, group=(self._belongs(entity, key),)))
                for key in keys
                if key is not None
            }
        return self._of_one[asked]

    def _belongs(self, entity: str, key: Any) -> Callable[[Row], bool]:
        return lambda row: bool(self.world.key(row, entity) == key)

    def default_days(self) -> Days:
        """The days meant when a question says none."""
        window = self.world.model.conventions.default_window
        if not window:
            return days_meant(Span(None, None), self.world.today)
        count, unit = window.split()
        assert unit.startswith("month")
        return moved(self.world.today + timedelta(days=1), -int(count)), self.world.today
