"""Which rows a figure is of: its days, its groups, its conditions; and days that stand for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from semantic_layer.model.grain import Grain, Offset
from semantic_layer.model.types import Cumulative
from semantic_layer.query.predicate import And, Did, HasMetric, InSegment, Moment, Not, Or, Predicate, Ranked
from tests.semantic_layer.reference.days import FIRST, Days, moved, period_of
from tests.semantic_layer.reference.fragments import metric_calls, names_in
from tests.semantic_layer.reference.world import Row

DAYS_IN = {"day": 1, "week": 7}
MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Which rows one figure is of: those inside `days` (by their measure's time) for which all of `keep` and `group` hold.

    `days` is a period of the question, `span` its whole time; `group` says which of the question's groups the figure is
    of, and `keep` what holds for all of them. `needs` are the fields and entities that the rows must lead to. Rows count
    so much `later` than they happened; `is_period` when periods are asked for, `by_day` when these are days.
    """

    days: Days | None = None
    span: Days | None = None
    keep: tuple[Callable[[Row], bool], ...] = ()
    group: tuple[Callable[[Row], bool], ...] = ()
    sql: tuple[str, ...] = ()
    needs: frozenset[str] = field(default_factory=frozenset)
    later: tuple[Offset, ...] = ()
    by_day: bool = False
    is_period: bool = False

    def has(self, day: date | None) -> bool:
        """Whether what happened on a day counts in the days of the cell."""
        if self.days is None:
            return True
        if day is None:
            return False
        if self.by_day and self.later:
            return day == before(self.days[1], self.later)
        for offset in self.later:
            day = after(day, offset)
        return self.days[0] <= day <= self.days[1]

    def of_all_groups(self) -> Cell:
        return replace(self, group=())


def before(day: date, offsets: tuple[Offset, ...]) -> date:
    """The day that is read for another one, so much earlier."""
    for offset in offsets:
        if offset.to_start:
            day = period_of(day, Grain(offset.unit)) or day
        else:
            day = after(day, replace(offset, count=-offset.count))
    return day


def after(day: date, offset: Offset) -> date:
    assert not offset.to_start, "only single days are read as of the start of their period"
    if offset.unit in DAYS_IN:
        return day + timedelta(days=offset.count * DAYS_IN[offset.unit])
    return moved(day, offset.count * MONTHS_IN[offset.unit])


def begin(body: Cumulative, day: date) -> date:
    """From which day on rows are added up on `day`."""
    if body.window:
        count, unit = body.window.split()
        unit = unit.rstrip("s")
        if unit in DAYS_IN:
            return day - timedelta(days=int(count) * DAYS_IN[unit] - 1)
        return moved(day, -int(count) * MONTHS_IN[unit]) + timedelta(days=1)
    return FIRST if body.grain_to_date is None else period_of(day, Grain(body.grain_to_date)) or day


def narrowed(cell: Cell, sql: str) -> Cell:
    """The cell with a definition's condition more, over fields as `entity.name`."""
    fields = {f"{table}.{name}" for table, name in names_in(sql) if table}
    entities = {entity for _, entity in metric_calls(sql)}
    return replace(cell, sql=(*cell.sql, sql), needs=cell.needs | fields | entities)


def needed(where: Predicate | None, customer: str) -> frozenset[str]:
    """The fields and entities that rows must lead to for a condition to have a meaning."""
    match where:
        case None:
            return frozenset()
        case And(items=items) | Or(items=items):
            return frozenset().union(*(needed(item, customer) for item in items))
        case Not(item=item):
            return needed(item, customer)
        case HasMetric(entity=str(entity)):
            return frozenset({entity})
        case Did() | HasMetric() | Ranked() | InSegment():
            return frozenset({customer})
        case Moment(field=None):
            return frozenset()
        case _:
            return frozenset({str(where.field)})
