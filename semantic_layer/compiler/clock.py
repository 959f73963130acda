"""The moments at which rows count when that is not their own time: running totals, and values as of a time before.

A clock is a step with one row a moment (`moment`) and the moment that is read for it (`read`): the same, or one that lies
an offset before. Rows are joined to it once for each moment that reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from semantic_layer.calendar.arithmetic import DateSpan, plus
from semantic_layer.compiler.groups import PeriodGroup
from semantic_layer.compiler.literals import all_of, any_of, day, inside, number, series
from semantic_layer.compiler.metrics import Leaf
from semantic_layer.compiler.moments import own_period, period_start
from semantic_layer.compiler.rows import Scope
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.grain import Grain, Offset, TimeSpine

MOMENT, READ = "moment", "read"
Data = Callable[[Grain], exp.Select]


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock's step, the grain of its moments, and whether each period asked for has only the one that decides it."""

    step: str
    grain: Grain
    single: bool = False


def clock_for(
    scope: Scope, leaf: Leaf, groups: Sequence[PeriodGroup], span: DateSpan | None, finest: Grain, data: Data
) -> Clock:
    """The clock by which `leaf` is read for the periods asked for inside `span`.

    `finest` is the grain of the rows' time. `data` selects the moments at which there are rows, at a grain: where the
    span has no first day and no time spine is defined, only these can be shown.
    """
    grain = _grain(groups, finest)
    name = f"{grain.value}s"
    if _counts_once(leaf, groups, grain):
        return Clock(_shifted(scope, leaf.offsets, span, grain, data), grain)
    wanted = _wanted(scope, leaf, groups, span, grain) or _wanted_of_data(scope, leaf, groups, span, grain, data)
    select = wanted or all_moments(scope, span, grain, data)
    if starts := _only_starts(scope, leaf, groups, grain):
        select = _kept(scope, select, f"all_{name}", starts)
    if leaf.offsets:
        moments = scope.statement.step(name, select, f"every {grain.value}")
        return Clock(_moved(scope, moments, leaf.offsets), grain, single=wanted is not None)
    return Clock(scope.statement.step(name, select, f"the {name} to be shown"), grain, single=wanted is not None)


def reads(clock: Clock, own: exp.Expr, leaf: Leaf, *, sunday: bool) -> exp.Expr:
    """Whether a row at its `own` moment (at the clock's grain) counts at a moment of the clock."""
    read = exp.column(READ if leaf.offsets else MOMENT, table=clock.step)
    if leaf.running is None:
        return exp.EQ(this=own, expression=read)
    parts: list[exp.Expr] = [exp.LTE(this=own, expression=read)]
    if leaf.running.window is not None:
        after = exp.Sub(this=read.copy(), expression=interval(leaf.running.window))
        parts.append(exp.GT(this=own.copy(), expression=after))
    if leaf.running.to_date is not None:
        start = period_start(read.copy(), _unit(leaf.running.to_date), sunday=sunday)
        parts.append(exp.GTE(this=own.copy(), expression=start))
    return all_of(parts) or exp.Boolean(this=True)


def interval(window: str) -> exp.Interval:
    """A window such as "7 days", as an interval."""
    count, unit = window.split()
    if _unit(unit.rstrip("s")) is Grain.QUARTER:
        return exp.Interval(this=number(int(count) * 3), unit=exp.var("MONTH"))
    return exp.Interval(this=number(int(count)), unit=exp.var(unit.rstrip("s").upper()))


def _grain(groups: Sequence[PeriodGroup], finest: Grain) -> Grain:
    """The finest grain asked for within a day, else days; never finer than the data."""
    order = list(Grain)
    asked = min((order.index(group.grain) for group in groups), default=order.index(Grain.DAY))
    return order[max(order.index(finest), min(asked, order.index(Grain.DAY)))]


def _wanted(
    scope: Scope, leaf: Leaf, groups: Sequence[PeriodGroup], span: DateSpan | None, grain: Grain
) -> exp.Select | None:
    """Where only one moment a period decides, exactly these: the last day of each period, or of the whole span."""
    if span is None or grain is not Grain.DAY:
        return None
    if not groups:
        return _listed([span.end]) if leaf.running is not None or leaf.offsets[0].to_start else None
    running, filled = leaf.running, scope.calendar.conventions.missing == "zero"
    if running is None or running.choice != "last" or not filled or span.open_start:
        return None
    if len(groups) != 1 or not groups[0].is_aligned or groups[0].grain is Grain.DAY:
        return None
    starts = scope.calendar.periods(span, groups[0].grain)
    ends = [date.fromordinal(start.toordinal() - 1) for start in starts[1:]]
    return _listed([*ends, span.end])


def _wanted_of_data(
    scope: Scope, leaf: Leaf, groups: Sequence[PeriodGroup], span: DateSpan | None, grain: Grain, data: Data
) -> exp.Select | None:
    """Without a first day the periods are those of the data; the first or last day of each decides, with rows or not."""
    running = leaf.running
    fixed = span is not None and not span.open_start
    if running is None or fixed or grain is not Grain.DAY or scope.calendar.conventions.missing != "zero":
        return None
    if spine_at(scope, grain) is not None or len(groups) != 1 or not groups[0].is_aligned:
        return None
    if groups[0].grain is Grain.DAY:
        return None
    if running.choice == "average":
        raise InvalidPlanError(
            Text(
                zh="累计值的平均需要知道从哪一天开始；请给出开始日。",
                en="The average of running values needs a first day; give one.",
            )
        )
    if running.choice == "first":
        return data(groups[0].grain)
    starts = scope.statement.step("periods_of_data", data(groups[0].grain), "periods that have rows")
    after = exp.Add(this=exp.column(MOMENT), expression=interval(f"1 {groups[0].grain.value}"))
    last: exp.Expr = exp.Sub(this=after, expression=exp.Interval(this=number(1), unit=exp.var("DAY")))
    last = period_start(last, Grain.DAY)
    if span is not None:
        last = exp.Least(this=last, expressions=[day(span.end)])
    return exp.Select(expressions=[exp.alias_(last, MOMENT, copy=False)], from_=exp.From(this=exp.table_(starts)))


def _counts_once(leaf: Leaf, groups: Sequence[PeriodGroup], grain: Grain) -> bool:
    """Whether rows are added up over several moments, so that each row must be moved forwards, and count once.

    Read backwards, 28 to 31 March would all read 28 February as the day a month before, and count it four times.
    """
    if leaf.running is not None or not leaf.offsets or any(offset.to_start for offset in leaf.offsets):
        return False
    known = {one.value for one in Grain}
    if any(offset.unit not in known for offset in leaf.offsets):
        return False
    return not any(group.is_aligned and group.grain is grain for group in groups)


def _shifted(scope: Scope, offsets: tuple[Offset, ...], span: DateSpan | None, grain: Grain, data: Data) -> str:
    """The step with each moment that has rows (`read`) and the later one at which these are shown."""
    before = span
    if span is not None and not span.open_start:
        first = span.start
        for offset in offsets:
            first = plus(first, -offset.count, _unit(offset.unit))
        before = DateSpan(first, span.end)
    read = scope.statement.step(f"{grain.value}s", all_moments(scope, before, grain, data), f"every {grain.value}")
    moved: exp.Expr = exp.column(MOMENT)
    for offset in offsets:
        moved = exp.Add(this=moved, expression=interval(f"{offset.count} {offset.unit}"))
    moved = period_start(moved, grain)
    select = exp.Select(
        expressions=[exp.alias_(moved, MOMENT, copy=False), exp.alias_(exp.column(MOMENT), READ, copy=False)],
        from_=exp.From(this=exp.table_(read)),
    )
    if span is not None:
        select.set("where", exp.Where(this=inside(moved, span)))
    said = " and ".join(f"{offset.count} {offset.unit}" for offset in offsets)
    return scope.statement.step(f"{grain.value}s_later", select, f"each {grain.value} beside the one {said} later")


def _only_starts(scope: Scope, leaf: Leaf, groups: Sequence[PeriodGroup], grain: Grain) -> list[exp.Expr]:
    """A value as of the start of a month, shown by the quarter, is that of the first day of the quarter only."""
    if not any(offset.to_start for offset in leaf.offsets):
        return []
    coarse = [group for group in groups if group.is_aligned and group.grain is not grain]
    if not coarse or len(coarse) < len(groups):
        return []
    sunday = scope.calendar.conventions.week_start == "sunday"
    return [
        exp.EQ(this=period_start(exp.column(MOMENT), group.grain, sunday=sunday), expression=exp.column(MOMENT))
        for group in coarse
    ]


def _listed(days: Sequence[date]) -> exp.Select:
    alias = exp.TableAlias(this=exp.to_identifier("listed"), columns=[exp.to_identifier(MOMENT)])
    values = exp.Values(expressions=[exp.Tuple(expressions=[day(one)]) for one in days], alias=alias)
    return exp.Select(expressions=[exp.column(MOMENT)], from_=exp.From(this=values))


def all_moments(scope: Scope, span: DateSpan | None, grain: Grain, data: Data) -> exp.Select:
    """SELECT every period of `grain` inside the span as `moment`: from a time spine, by the calendar, or from the data."""
    spine = spine_at(scope, grain)
    if spine is not None:
        return every_moment(spine, grain, span)
    if span is None or span.open_start or grain is not Grain.DAY:
        return data(grain)
    return series([span.start, span.end], grain, MOMENT)


def spine_at(scope: Scope, grain: Grain) -> TimeSpine | None:
    """The coarsest time spine whose rows are at least as fine as `grain`."""
    order = list(Grain)
    fine = [one for one in scope.context.index.model.time_spines if order.index(one.grain) <= order.index(grain)]
    return max(fine, key=lambda one: order.index(one.grain), default=None)


def every_moment(spine: TimeSpine, grain: Grain, span: DateSpan | None) -> exp.Select:
    """SELECT every period of `grain` in the spine as `moment`."""
    at = exp.column(spine.column, table=spine.table)
    moment = period_start(at, grain)
    select = exp.Select(
        expressions=[exp.alias_(moment, MOMENT, copy=False)], from_=exp.From(this=exp.table_(spine.table))
    )
    if spine.grain is not grain:
        select.set("distinct", exp.Distinct())
    if span is not None:
        select.set("where", exp.Where(this=inside(at, span)))
    return select


def _kept(scope: Scope, select: exp.Select, name: str, starts: list[exp.Expr]) -> exp.Select:
    step = scope.statement.step(name, select, "every moment")
    kept = exp.Select(expressions=[exp.column(MOMENT)], from_=exp.From(this=exp.table_(step)))
    kept.set("where", exp.Where(this=any_of(starts)))
    return kept


def _moved(scope: Scope, moments: str, offsets: tuple[Offset, ...]) -> str:
    """The step with each moment and the one that is read for it, from the outermost offset inwards."""
    grains = {grain.value for grain in Grain}
    own = [offset for offset in offsets if offset.unit not in grains]
    if own and len(offsets) > 1:
        raise InvalidPlanError(
            Text(
                zh="自定义周期的偏移不能再和别的偏移叠加。",
                en="An offset by an own period cannot be put on top of another offset.",
            )
        )
    if own:
        return _moved_by_own_period(scope, moments, own[0])
    read: exp.Expr = exp.column(MOMENT)
    sunday = scope.calendar.conventions.week_start == "sunday"
    for offset in offsets:
        if offset.to_start:
            read = period_start(read, _unit(offset.unit), sunday=sunday)
        else:
            read = exp.Sub(this=read, expression=interval(f"{offset.count} {offset.unit}"))
    select = exp.Select(
        expressions=[exp.column(MOMENT), exp.alias_(read, READ, copy=False)],
        from_=exp.From(this=exp.table_(moments)),
    )
    said = " and ".join(f"start of {o.unit}" if o.to_start else f"{o.count} {o.unit} before" for o in offsets)
    return scope.statement.step(f"{moments}_moved", select, f"each moment beside the one that is read for it: {said}")


def _moved_by_own_period(scope: Scope, moments: str, offset: Offset) -> str:
    """A day is read for the day at the same place of the period `count` later; its last day stands for those beyond."""
    period = own_period(scope.context.index, offset.unit)
    spine = next(one for one in scope.context.index.model.time_spines if period in one.periods)
    if offset.to_start or spine.grain is not Grain.DAY:
        raise InvalidPlanError(
            Text(
                zh=f"不能回到自定义周期「{offset.unit}」的开头。",
                en=f"Values as of the start of the own period {offset.unit!r} are not defined.",
            )
        )
    at, name = period_start(exp.column(spine.column), Grain.DAY), exp.column(period.column)
    place = exp.Window(
        this=exp.RowNumber(),
        partition_by=[name.copy()],
        order=exp.Order(expressions=[exp.Ordered(this=at.copy(), nulls_first=False)]),
    )
    columns = [exp.alias_(at, "at"), exp.alias_(name.copy(), "period"), exp.alias_(place, "place")]
    days = exp.Select(expressions=columns, from_=exp.From(this=exp.table_(spine.table)))
    places = scope.statement.step("own_days", days, f"each day's place in its {offset.unit}")
    later = exp.Window(
        this=exp.Lead(this=exp.Min(this=exp.column("at")), offset=number(offset.count)),
        order=exp.Order(expressions=[exp.Ordered(this=exp.column("period"), nulls_first=False)]),
    )
    last = later.copy()
    last.this.set("this", exp.Max(this=exp.column("at")))
    bounds = exp.Select(
        expressions=[exp.column("period"), exp.alias_(later, "first_day"), exp.alias_(last, "last_day")],
        from_=exp.From(this=exp.table_(places)),
    )
    bounds.set("group", exp.Group(expressions=[exp.column("period")]))
    following = scope.statement.step("own_periods_later", bounds, f"first and last day {offset.count} {offset.unit} on")
    same_place = exp.Add(
        this=exp.column("first_day", table=following),
        expression=exp.Cast(
            this=exp.Sub(this=exp.column("place", table=places), expression=number(1)),
            to=exp.DataType(this=exp.DataType.Type.INT),
        ),
    )
    moment = exp.Least(this=same_place, expressions=[exp.column("last_day", table=following)])
    select = exp.Select(
        expressions=[
            exp.alias_(exp.Cast(this=moment, to=exp.DataType(this=exp.DataType.Type.DATE)), MOMENT, copy=False),
            exp.alias_(exp.column("at", table=places), READ, copy=False),
        ],
        from_=exp.From(this=exp.table_(places)),
    )
    on = exp.EQ(this=exp.column("period", table=places), expression=exp.column("period", table=following))
    select.set("joins", [exp.Join(this=exp.table_(following), on=on)])
    moved = scope.statement.step("own_days_moved", select, "each day beside the one that is read for it")
    kept = exp.Select(
        expressions=[exp.column(MOMENT, table=moved), exp.column(READ, table=moved)],
        from_=exp.From(this=exp.table_(moved)),
    )
    same = exp.EQ(this=exp.column(MOMENT, table=moved), expression=exp.column(MOMENT, table=moments))
    kept.set("joins", [exp.Join(this=exp.table_(moments), on=same)])
    return scope.statement.step("days_read", kept, "those of the time asked for")


def _unit(text: str) -> Grain:
    try:
        return Grain(text)
    except ValueError:
        raise InvalidPlanError(
            Text(
                zh=f"「{text}」不能用作累计或偏移的单位；可用的有 {'、'.join(Grain)}。",
                en=f"{text!r} cannot be a unit of running totals or offsets; use one of {', '.join(Grain)}.",
            )
        ) from None
