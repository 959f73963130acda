"""A question answered the slow way: every group, every period and every figure for itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cmp_to_key
from typing import Any

from semantic_layer.model.grain import Grain
from semantic_layer.query.types import ByField, ByTime, Order, Query
from tests.semantic_layer.reference.cells import Cell, needed
from tests.semantic_layer.reference.conditions import OPS, holds
from tests.semantic_layer.reference.days import FIRST, Days, days_against, days_meant, part_of, period_of, periods_in
from tests.semantic_layer.reference.figures import Figures
from tests.semantic_layer.reference.world import Row, World

Value = Any
Group = tuple[Value, ...]


def answer(world: World, query: Query) -> list[tuple[Value, ...]]:
    """Rows as the product promises them: groups, then each metric with its comparisons and its share; in order."""
    return _Answer(world, query).rows()


class _Answer:
    def __init__(self, world: World, query: Query) -> None:
        self.world = world
        self.query = query
        self.figures = Figures(world)
        needs = {group.field for group in query.by if isinstance(group, ByField)}
        self.base = Cell(
            keep=(lambda row: holds(world, self.figures, row, query.where),),
            needs=frozenset(needs | needed(query.where, world.model.customer_entity)),
            is_period=any(isinstance(one, ByTime) for one in query.by),
            by_day=any(isinstance(one, ByTime) and one.grain is Grain.DAY for one in query.by),
        )
        self.spans = self._spans()
        time = next((group for group in query.by if isinstance(group, ByTime)), None)
        self.grain = time.grain if time is not None and time.part is None else None
        ordered_by = [order.by for order in query.order if order.by in world.metrics]
        self.metrics = list(dict.fromkeys([*query.metrics, *(one.metric for one in query.having), *ordered_by]))

    def rows(self) -> list[tuple[Value, ...]]:
        groups = self._groups()
        table = [(group, self._figures_of(group)) for group in groups]
        if self.query.share:
            self._add_shares(table)
        if self.query.rank:
            self._add_ranks(table)
        for kept in self.query.keep:
            at = [getattr(one, "field", None) for one in self.query.by].index(kept.field)
            table = [line for line in table if line[0][at] in kept.values]
        if self.query.limit is not None or self.query.having:
            named = [at for at, one in enumerate(self.query.by) if isinstance(one, ByField)]
            table = [line for line in table if all(line[0][at] is not None for at in named)]
        for bound in self.query.having:
            table = [line for line in table if _meets(line[1][bound.metric], bound.op, bound.value, bound.high)]
        if self.query.by:
            table.sort(key=cmp_to_key(self._which_first))
        return [(*group, *self._shown(figures)) for group, figures in table[: self.query.limit]]

    # -- groups ------------------------------------------------------------------------------------------------------

    def _spans(self) -> list[Days]:
        time, today = self.query.time, self.world.today
        if time is None:
            assert not self.query.compare_to
            return [self.figures.default_days()]
        return [days_meant(time, today), *(days_against(time, other, today) for other in self.query.compare_to)]

    def _groups(self) -> list[Group]:
        """Every group with a row of any metric in any of the spans; each in every period when time is asked for."""
        if not self.query.by:
            return [()]
        found: dict[Group, None] = {}
        for metric in self.metrics:
            for at in self._positions(metric):
                for period, cell in self._periods(at):
                    for leaf, row in self.figures.rows_behind(metric, cell):
                        found[self._group_of(row, leaf, period)] = None
        if self.grain is None or self.spans[0][0] == FIRST:
            return list(found)
        at = next(at for at, one in enumerate(self.query.by) if isinstance(one, ByTime))
        others = {(*group[:at], *group[at + 1 :]): None for group in found}
        if len(self.query.by) == 1:
            others = {(): None}
        return [
            (*group[:at], period, *group[at:]) for period in periods_in(self.spans[0], self.grain) for group in others
        ]

    def _periods(self, position: int) -> list[tuple[date | None, Cell]]:
        """The periods of a span, each with the cell of all its groups; one cell when time is not asked for."""
        span = self.spans[position]
        if self.grain is None:
            return [(None, replace(self.base, days=span, span=span))]
        if span[0] == FIRST:
            span = (date(2020, 1, 1), span[1])
        return [
            (period, replace(self.base, days=self._part(span, period), span=span))
            for period in periods_in(span, self.grain)
        ]

    def _part(self, span: Days, period: date) -> Days:
        days = [day for day in _days(span, period) if period_of(day, self.grain or Grain.DAY) == period]
        return days[0], days[-1]

    def _group_of(self, row: Row, leaf: str, period: date | None) -> Group:
        return tuple(
            period if isinstance(one, ByTime) and self.grain is not None else self._value_of(row, one, leaf)
            for one in self.query.by
        )

    def _value_of(self, row: Row, group: ByField | ByTime, leaf: str) -> Value:
        if isinstance(group, ByTime):
            measure = self.figures.simple.measure(self.world.metrics[leaf], self.base.needs)
            moment = self.world.time(row, self.figures.simple.time_of(measure))
            return period_of(moment, group.grain) if group.part is None else part_of(moment, group.part)
        value = self.world.field(row, group.field)
        if group.grain is not None:
            return period_of(value, group.grain)
        return value if group.part is None else part_of(value, group.part)

    # -- figures -----------------------------------------------------------------------------------------------------

    def is_timed(self, metric: str) -> bool:
        return any(
            self.figures.simple.time_of(self.figures.simple.measure(self.world.metrics[leaf], self.base.needs))
            is not None
            for leaf in self.figures.leaves(metric)
        )

    def _positions(self, metric: str) -> range:
        return range(len(self.spans)) if self.is_timed(metric) else range(1)

    def _figures_of(self, group: Group) -> dict[str, list[Value]]:
        """Each metric of a group over each of the spans."""
        return {
            metric: [self.figures.value(metric, self._cell(group, at)) for at in self._positions(metric)]
            for metric in self.metrics
        }

    def _cell(self, group: Group, position: int) -> Cell:
        span = self.spans[position]
        days = span
        keep: list[Callable[[Row], bool]] = []
        for at, one in enumerate(self.query.by):
            if isinstance(one, ByTime) and self.grain is not None:
                days = self._period(group[at], position)
            elif isinstance(one, ByField):
                keep.append(self._is_of(one, group[at]))
            else:
                raise NotImplementedError(one)
        return replace(self.base, days=days, span=span, group=tuple(keep))

    def _is_of(self, group: ByField, wanted: Value) -> Callable[[Row], bool]:
        return lambda row: bool(self._value_of(row, group, "") == wanted)

    def _period(self, period: date, position: int) -> Days:
        """The days of the period at the same place in another span; none of them where that one is shorter."""
        assert self.grain is not None
        span = self.spans[position]
        if self.spans[0][0] == FIRST:
            starts, at = [period], 0
        else:
            starts = periods_in(span, self.grain)
            at = periods_in(self.spans[0], self.grain).index(period)
        return (date.max, date.min) if at >= len(starts) else self._part(span, starts[at])

    def _add_shares(self, table: list[tuple[Group, dict[str, list[Value]]]]) -> None:
        at = next((at for at, one in enumerate(self.query.by) if isinstance(one, ByTime)), None)
        for metric in self.query.metrics:
            totals: dict[Value, Value] = {}
            for group, figures in table:
                whole = group[at] if at is not None and len(group) > 1 else None
                totals[whole] = totals.get(whole, 0) + (figures[metric][0] or 0)
            for group, figures in table:
                total = totals[group[at] if at is not None and len(group) > 1 else None]
                value = figures[metric][0]
                figures[f"{metric}__share"] = [None if not total or value is None else float(value) / float(total)]

    def _add_ranks(self, table: list[tuple[Group, dict[str, list[Value]]]]) -> None:
        """One more than how many groups of the same period have more; only groups with a name and a value have a place."""
        for metric in self.query.metrics:
            for group, figures in table:
                others = [line for line in table if self._may_rank(line, metric) and self._same_period(line[0], group)]
                more = sum(
                    line[1][metric][0] > figures[metric][0]
                    for line in others
                    if self._may_rank((group, figures), metric)
                )
                figures[f"{metric}__rank"] = [more + 1 if self._may_rank((group, figures), metric) else None]

    def _may_rank(self, line: tuple[Group, dict[str, list[Value]]], metric: str) -> bool:
        named = all(line[0][at] is not None for at, one in enumerate(self.query.by) if isinstance(one, ByField))
        return named and line[1][metric][0] is not None

    def _same_period(self, group: Group, other: Group) -> bool:
        return all(group[at] == other[at] for at, one in enumerate(self.query.by) if isinstance(one, ByTime))

    def _shown(self, figures: dict[str, list[Value]]) -> list[Value]:
        found: list[Value] = []
        for metric in self.query.metrics:
            value, *before = figures[metric]
            found.append(value)
            for other in before:
                found += [other, change(value, other), change_rate(value, other)]
            if self.query.share:
                found += figures[f"{metric}__share"]
            if self.query.rank:
                found += figures[f"{metric}__rank"]
        return found

    # -- order -------------------------------------------------------------------------------------------------------

    def _which_first(self, one: Any, other: Any) -> int:
        for key, descending in self._sort_keys():
            left, right = key(one), key(other)
            if left == right or _close(left, right):
                continue
            if left is None or right is None:
                return 1 if left is None else -1
            return (1 if left < right else -1) if descending else (-1 if left < right else 1)
        return 0

    def _sort_keys(self) -> list[tuple[Callable[[Any], Value], bool]]:
        keys = [self._key(order) for order in self.query.order] or [self._usual()]
        named = {order.by for order in self.query.order}
        for at, one in enumerate(self.query.by):
            if (one.field if isinstance(one, ByField) else "time") not in named:
                keys.append((_group_at(at), False))
        return keys

    def _key(self, order: Order) -> tuple[Callable[[Any], Value], bool]:
        if order.by in self.world.metrics:
            how = {"value": lambda one: one[0], "change": lambda one: change(one[0], one[1])}.get(
                order.what, lambda one: change_rate(one[0], one[1])
            )
            return (lambda line: how(line[1][order.by])), order.descending
        at = next(at for at, one in enumerate(self.query.by) if getattr(one, "field", "time") == order.by)
        return self._place(at), order.descending

    def _usual(self) -> tuple[Callable[[Any], Value], bool]:
        """Time runs forward, levels go up, and all else starts with the largest."""
        for at, one in enumerate(self.query.by):
            if isinstance(one, ByTime):
                return _group_at(at), False
        first = self.query.by[0]
        if isinstance(first, ByField) and self.world.fields[first.field.rsplit(">", maxsplit=1)[-1]].ordered:
            return self._place(0), False
        metric = self.query.metrics[0]
        return (lambda line: line[1][metric][0]), True

    def _place(self, at: int) -> Callable[[Any], Value]:
        """What a group sorts by: its value, or the place of the value where values have an order of their own."""
        group = self.query.by[at]
        definition = self.world.fields[group.field.rsplit(">", maxsplit=1)[-1]] if isinstance(group, ByField) else None
        if definition is None or not definition.ordered:
            return _group_at(at)
        places = {known.value: place for place, known in enumerate(definition.values)}
        return lambda line: places.get(line[0][at])


def change(value: Value, before: Value) -> Value:
    """The difference; of days, how many days one lies after the other."""
    if value is None or before is None:
        return None
    if isinstance(value, date) and isinstance(before, date):
        return value.toordinal() - before.toordinal()
    return float(value) - float(before)


def change_rate(value: Value, before: Value) -> Value:
    if isinstance(value, date):
        return None
    return None if value is None or before is None or not before > 0 else float(value) / float(before) - 1


def _group_at(at: int) -> Callable[[Any], Value]:
    return lambda line: line[0][at]


def _close(left: Value, right: Value) -> bool:
    numbers = isinstance(left, float) and isinstance(right, float)
    return numbers and math.isclose(left, right, rel_tol=1e-12)


def _meets(values: list[Value], op: str, bound: float, high: float | None) -> bool:
    value = values[0]
    return value is not None and OPS[op](float(value), bound) and (high is None or float(value) <= high)


def _days(span: Days, first: date) -> list[date]:
    start = max(span[0], first)
    return [start + timedelta(days=at) for at in range((span[1] - start).days + 1)]
