"""What results are grouped by: a field, a period of time, or the key of an entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from sqlglot import exp

from semantic_layer.compiler.literals import number
from semantic_layer.compiler.metrics import Need
from semantic_layer.compiler.rows import Rows
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.time import Grain


@dataclass(frozen=True, slots=True)
class FieldGroup:
    column: str
    field: str


@dataclass(frozen=True, slots=True)
class PeriodGroup:
    """First day of the period that a row's own time falls into."""

    column: str
    grain: Grain


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The key of the `entity` row that a row belongs to."""

    column: str
    entity: str


Group = FieldGroup | PeriodGroup | KeyGroup


def group_expression(group: Group, rows: Rows, time: str | None) -> exp.Expr:
    """The group's value for one row. `time` is the time dimension of the measure."""
    match group:
        case FieldGroup(field=field):
            return rows.field(field)
        case PeriodGroup(grain=grain):
            if time is None:
                raise AssertionError("a measure without time is never grouped by period")
            return period_start(rows.field(time), grain, sunday=rows.scope.calendar.conventions.week_start == "sunday")
        case KeyGroup(entity=entity):
            return rows.key_of(entity)
        case _:
            assert_never(group)


def period_start(moment: exp.Expr, grain: Grain, *, sunday: bool) -> exp.Expr:
    """First day of the period that holds `moment`, as a date."""
    if grain is Grain.DAY:
        return _as_date(moment)
    if grain is Grain.WEEK and sunday:
        one_day = exp.Interval(this=number(1), unit=exp.var("DAY"))
        moved = exp.Add(this=moment, expression=one_day)
        return _as_date(exp.Sub(this=_trunc(moved, grain), expression=one_day.copy()))
    return _as_date(_trunc(moment, grain))


def group_needs(groups: Sequence[Group], index: ModelIndex) -> tuple[Need, ...]:
    needs = []
    for group in groups:
        if isinstance(group, FieldGroup):
            needs.append(Need(index.field(group.field).entity, group.field))
        elif isinstance(group, KeyGroup):
            needs.append(Need(group.entity, group.entity))
    return tuple(needs)


def _trunc(moment: exp.Expr, grain: Grain) -> exp.Expr:
    return exp.TimestampTrunc(this=moment, unit=exp.var(grain.value.upper()))


def _as_date(value: exp.Expr) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType(this=exp.DataType.Type.DATE))
