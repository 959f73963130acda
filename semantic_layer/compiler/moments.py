"""Moments as SQL: the period that holds one, a part of its date, and conditions on either."""

from __future__ import annotations

from datetime import date, datetime

from sqlglot import exp

from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.literals import number, text
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.grain import DatePart, Grain, OwnPeriod
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import Dimension, DimensionKind, Scalar
from semantic_layer.query.predicate import Moment

_PARTS = {
    DatePart.YEAR: ("YEAR", 1, 9999),
    DatePart.QUARTER: ("QUARTER", 1, 4),
    DatePart.MONTH: ("MONTH", 1, 12),
    DatePart.WEEK: ("WEEK", 1, 53),
    DatePart.DAY: ("DAY", 1, 31),
    DatePart.DAY_OF_WEEK: ("ISODOW", 1, 7),
    DatePart.DAY_OF_YEAR: ("DOY", 1, 366),
    DatePart.HOUR: ("HOUR", 0, 23),
}


def period_start(moment: exp.Expr, grain: Grain, *, sunday: bool = False) -> exp.Expr:
    """The first instant of the period that holds `moment`: a date, or a timestamp for grains within a day."""
    if grain.is_within_day:
        return _trunc(_as(moment, exp.DType.TIMESTAMP), grain)
    if grain is Grain.DAY:
        return _as(moment, exp.DType.DATE)
    if grain is Grain.WEEK and sunday:
        one_day = exp.Interval(this=number(1), unit=exp.var("DAY"))
        moved = exp.Add(this=moment, expression=one_day)
        return _as(exp.Sub(this=_trunc(moved, grain), expression=one_day.copy()), exp.DType.DATE)
    return _as(_trunc(moment, grain), exp.DType.DATE)


def part_of(moment: exp.Expr, part: DatePart) -> exp.Expr:
    """The part of a moment's date, a whole number."""
    return exp.Extract(this=exp.var(_PARTS[part][0]), expression=moment)


def own_period(index: ModelIndex, name: str) -> OwnPeriod:
    """One of the company's own periods by name; raises `UnknownNameError` with the nearest."""
    known = {period.name: period for spine in index.model.time_spines for period in spine.periods}
    if name not in known:
        raise UnknownNameError(Text("自定义周期", "own period"), name, nearest(name, known) or tuple(known))
    return known[name]


def own_period_of(index: ModelIndex, moment: exp.Expr, name: str, alias: str) -> tuple[exp.Column, exp.Join]:
    """The own period that holds `moment`, and the join of its time spine as `alias` that looks it up."""
    period = own_period(index, name)
    spine = next(one for one in index.model.time_spines if period in one.periods)
    at = period_start(exp.column(spine.column, table=alias), spine.grain)
    on = exp.EQ(this=at, expression=period_start(moment, spine.grain))
    join = exp.Join(this=exp.table_(spine.table, alias=alias), side="LEFT", on=on)
    return exp.column(period.column, table=alias), join


def moment_literal(value: Scalar) -> exp.Expr:
    """An ISO date or time as a literal, a number as itself."""
    if not isinstance(value, str):
        return number(value)
    kind = exp.DType.DATE if len(value) == len("2026-01-01") else exp.DType.TIMESTAMP
    return exp.Cast(this=text(value), to=exp.DataType(this=kind))


def check_moment(moment: Moment, context: CompileContext) -> None:
    """Raises a `UserError` for a condition on something that is no time, or on a value that cannot be."""
    if moment.field is not None:
        field = context.index.field(moment.field)
        if not isinstance(field, Dimension) or field.kind is not DimensionKind.TIME:
            label = field.words.label
            raise InvalidPlanError(
                Text(zh=f"「{label.zh}」不是时间，不能按时间来筛选。", en=f"{label.en!r} is not a time.")
            )
    if moment.own is not None:
        own_period(context.index, moment.own)
    if moment.part is not None:
        _, low, high = _PARTS[moment.part]
        if not isinstance(moment.value, int | float) or not low <= moment.value <= high:
            raise InvalidPlanError(
                Text(
                    zh=f"{moment.part.value} 只能是 {low} 到 {high}，而不是 {moment.value}。",
                    en=f"{moment.part.value} is between {low} and {high}, not {moment.value}.",
                )
            )
    elif moment.own is None and not _is_time(moment.value):
        raise InvalidPlanError(
            Text(
                zh=f"「{moment.value}」不是日期或时间（如 2026-10-31）。",
                en=f"{moment.value!r} is not a date or time such as 2026-10-31.",
            )
        )


def _is_time(value: Scalar) -> bool:
    try:
        return isinstance(value, str) and isinstance(datetime.fromisoformat(value), date)
    except ValueError:
        return False


def _trunc(moment: exp.Expr, grain: Grain) -> exp.Expr:
    return exp.TimestampTrunc(this=moment, unit=exp.var(grain.value.upper()))


def _as(value: exp.Expr, kind: exp.DType) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType(this=kind))
