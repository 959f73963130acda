"""Simple metrics: which rows they are made of, and what these add up to."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from semantic_layer.model.types import Aggregation, Measure, Metric, NonAdditive, Ratio, Simple
from tests.semantic_layer.reference.cells import Cell
from tests.semantic_layer.reference.conditions import OPS
from tests.semantic_layer.reference.days import day_of
from tests.semantic_layer.reference.fragments import divided
from tests.semantic_layer.reference.world import Row, World

Value = Any


class SimpleFigures:
    """Figures of simple metrics over one world. A sum of nothing is `None` here."""

    def __init__(self, world: World) -> None:
        self.world = world

    # -- rows --------------------------------------------------------------------------------------------------------

    def measure(self, metric: Metric, needs: frozenset[str]) -> Measure:
        """The first of a simple metric's measures whose rows lead to all that is needed."""
        assert isinstance(metric.body, Simple)
        return next(one for one in metric.body.measures if all(self.leads(one.entity, need) for need in needs))

    def serves(self, metric: Metric, needs: frozenset[str]) -> bool:
        assert isinstance(metric.body, Simple)
        return any(all(self.leads(one.entity, need) for need in needs) for one in metric.body.measures)

    def leads(self, entity: str, need: str) -> bool:
        if "." in need:
            return self.world.steps(entity, need)[0] is not None
        return self.world.way(entity, need) is not None

    def time_of(self, measure: Measure) -> str | None:
        """What dates a measure's rows. People are counted as of now, unless their measure says by which time."""
        if measure.time is not None or measure.entity == self.world.model.customer_entity:
            return measure.time
        return self.world.entities[measure.entity].time

    def rows(self, metric: Metric, cell: Cell) -> list[Row]:
        """The rows that a simple metric is made of."""
        measure = self.measure(metric, cell.needs)
        return [row for row in self.world.rows(measure.entity) if self._counts(row, metric, measure, cell)]

    def counted(self, metric: Metric, cell: Cell) -> list[Row]:
        """The rows of a cell that are counted: of a balance only those of its moment, whatever group they are of."""
        measure = self.measure(metric, cell.needs)
        rows = self.rows(metric, cell)
        if measure.non_additive is None:
            return rows
        chosen = self._of_the_moment(measure.non_additive, self.rows(metric, cell.of_all_groups()))
        return [row for row in rows if row in chosen]

    def _counts(self, row: Row, metric: Metric, measure: Measure, cell: Cell) -> bool:
        time = self.time_of(measure)
        if time is not None and not cell.has(day_of(self.world.time(row, time))):
            return False
        fragments = [sql for sql in (measure.where, metric.where, *cell.sql) if sql]
        if not all(self.world.expression(row, sql) is True for sql in fragments):
            return False
        return all(condition(row) for condition in (*cell.keep, *cell.group))

    # -- figures -----------------------------------------------------------------------------------------------------

    def value(self, metric: Metric, cell: Cell) -> Value:
        measure = self.measure(metric, cell.needs)
        rows = self.counted(metric, cell)
        if measure.per is None:
            return self.aggregated(measure, rows)
        groups: dict[Value, list[Row]] = {}
        for row in rows:
            groups.setdefault(self.world.key(row, measure.per), []).append(row)
        kept = {key: own for key, own in groups.items() if key is not None and self._passes(measure, own)}
        if measure.agg is Aggregation.COUNT:
            return len(kept)
        values = [self._of_group(measure, measure.expr, own) for own in kept.values()]
        return combined(measure, [one for one in values if one is not None])

    def _of_the_moment(self, choice: NonAdditive, rows: Sequence[Row]) -> set[Row]:
        """The rows of the first or last moment; with groupings, of the first or last of each of their values."""
        alike: dict[tuple[Value, ...], list[tuple[Any, Row]]] = {}
        for row in rows:
            moment = self.world.time(row, choice.dimension)
            if moment is not None:
                alike.setdefault(tuple(self.world.time(row, name) for name in choice.groupings), []).append(
                    (moment, row)
                )
        kept: set[Row] = set()
        for found in alike.values():
            moments = [moment for moment, _ in found]
            wanted = min(moments) if choice.choice == "first" else max(moments)
            kept |= {row for moment, row in found if moment == wanted}
        return kept

    def _passes(self, measure: Measure, rows: list[Row]) -> bool:
        if measure.having is None:
            return True
        found = self._of_group(measure, measure.having.metric, rows)
        return found is not None and OPS[measure.having.op](float(found), measure.having.value)

    def _of_group(self, outer: Measure, name: str, rows: list[Row]) -> Value:
        """A metric over rows that are already chosen, by its measure of the same entity."""
        metric = self.world.metrics[name]
        match metric.body:
            case Simple(measures=measures):
                inner = next(one for one in measures if one.entity == outer.entity and one.per is None)
                kept = [row for row in rows if not inner.where or self.world.expression(row, inner.where) is True]
                return self.aggregated(inner, kept)
            case Ratio(numerator=top, denominator=bottom):
                return divided(self._of_group(outer, top.metric, rows), self._of_group(outer, bottom.metric, rows))
            case _:
                raise NotImplementedError(name)

    def aggregated(self, measure: Measure, rows: Sequence[Row]) -> Value:
        if measure.agg is Aggregation.COUNT and not measure.expr:
            return len(rows)
        values = [self.world.expression(row, measure.expr) for row in rows]
        return combined(measure, [one for one in values if one is not None])


def combined(measure: Measure, values: list[Value]) -> Value:
    """The aggregation of known values; `None` of none, except that none are counted as 0."""
    match measure.agg:
        case Aggregation.COUNT:
            return len(values)
        case Aggregation.COUNT_DISTINCT:
            return len(set(values))
        case Aggregation.SUM_BOOLEAN:
            return sum(1 for one in values if one) if values else None
        case _ if not values:
            return None
        case Aggregation.SUM:
            return sum(values[1:], start=values[0])
        case Aggregation.AVERAGE:
            return float(sum(values)) / len(values)
        case Aggregation.MIN:
            return min(values)
        case Aggregation.MAX:
            return max(values)
        case Aggregation.MEDIAN:
            return statistics.median(values)
        case Aggregation.PERCENTILE:
            assert measure.percentile is not None
            return _percentile(sorted(values), measure.percentile.value, discrete=measure.percentile.discrete)


def _percentile(values: list[Value], share: float, *, discrete: bool) -> Value:
    if discrete:
        at = next(at for at in range(len(values)) if (at + 1) / len(values) >= share)
        return values[at]
    place = (len(values) - 1) * Decimal(str(share))
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return float(values[below]) + float(place - below) * (float(values[above]) - float(values[below]))
