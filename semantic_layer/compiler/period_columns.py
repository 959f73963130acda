"""Periods, parts and own periods of the moments that a step holds."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compiler.clock import MOMENT
from semantic_layer.compiler.conditions import compared_moment
from semantic_layer.compiler.groups import PeriodGroup
from semantic_layer.compiler.literals import all_of, any_of
from semantic_layer.compiler.moments import own_period_of, part_of, period_start
from semantic_layer.compiler.rows import Scope
from semantic_layer.model.grain import Grain
from semantic_layer.query.predicate import And, Moment, Not, Or, Predicate


class PeriodsOf:
    """Values of period groups over the `moment` of a step, and the joins that own periods need."""

    def __init__(self, scope: Scope, step: str) -> None:
        self._scope = scope
        self._step = step
        self.joins: list[exp.Join] = []

    def holds(self, where: Predicate, *, wanted: bool = True) -> exp.Expr:
        """A condition on the moments of the step; see `conditions.asks_for_time`."""
        match where:
            case Not(item=item):
                return self.holds(item, wanted=not wanted)
            case And(items=items) | Or(items=items):
                parts = [self.holds(item, wanted=wanted) for item in items]
                every = isinstance(where, And) == wanted
                return (all_of(parts) if every else any_of(parts)) or exp.Boolean(this=True)
            case Moment(field=None):
                group = PeriodGroup(MOMENT, where.grain or Grain.DAY, where.part, where.own)
                plain = where.grain is None and where.part is None and where.own is None
                value = exp.column(MOMENT, table=self._step) if plain else self.value(group)
                return compared_moment(where, value, wanted=wanted)
            case _:
                raise AssertionError(f"not a condition on moments: {where}")

    def value(self, group: PeriodGroup) -> exp.Expr:
        moment = exp.column(MOMENT, table=self._step)
        if group.own is not None:
            index = self._scope.context.index
            value, join = own_period_of(index, moment, group.own, f"calendar_{group.column}")
            self.joins.append(join)
            return value
        if group.part is not None:
            return part_of(moment, group.part)
        return period_start(moment, group.grain, sunday=self._scope.calendar.conventions.week_start == "sunday")
