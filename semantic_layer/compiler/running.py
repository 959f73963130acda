"""Metrics whose rows count at other times than their own: running totals, and values as of a time before.

Rows are joined to a clock (see `clock`). Sums and counts are added up by the clock's grain first, so that the join meets
one row a day and group; all else is aggregated over the rows of each moment. Where periods are coarser than the clock,
each shows one of its running values, never their sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from semantic_layer.calendar.arithmetic import BEGINNING, DateSpan, plus
from semantic_layer.compiler.aggregate import by_first, comment_on, one_pass, passes_over
from semantic_layer.compiler.clock import MOMENT, all_moments, clock_for, reads
from semantic_layer.compiler.conditions import asks_for_time
from semantic_layer.compiler.groups import FieldGroup, Group, PeriodGroup, finest_grain, periods_of
from semantic_layer.compiler.literals import inside, number
from semantic_layer.compiler.metrics import ADDING, ZERO_WITHOUT_ROWS, Leaf
from semantic_layer.compiler.moments import period_start
from semantic_layer.compiler.period_columns import PeriodsOf
from semantic_layer.compiler.readings import Bucket, Item, Pass
from semantic_layer.compiler.rows import Scope
from semantic_layer.model.grain import Grain
from semantic_layer.model.types import Aggregation
from semantic_layer.query.predicate import Among, Between, Compare, Predicate, conjoin, conjuncts

_JOINABLE = ADDING | {Aggregation.MIN, Aggregation.MAX}


def at_other_times(scope: Scope, bucket: Bucket, groups: Sequence[Group], where: Predicate | None) -> list[Pass]:
    """The passes of a bucket whose rows count at moments of a clock."""
    leaf, periods = bucket.like, periods_of(groups)
    running = leaf.running
    endless = running is not None and running.window is None and running.to_date is None and not leaf.offsets
    if endless and not periods and bucket.span is None:
        return passes_over(scope, replace(bucket, like=Leaf("")), groups, where)
    span = bucket.span
    if span is None and not periods:
        span = DateSpan(BEGINNING, scope.as_of)
    return [_Times(scope, bucket, groups, span).one(where)]


class _Times:
    """What the steps of one bucket share."""

    def __init__(self, scope: Scope, bucket: Bucket, groups: Sequence[Group], span: DateSpan | None) -> None:
        assert bucket.time is not None
        self._scope = scope
        self._bucket = bucket
        self._leaf = bucket.like
        self._groups = list(groups)
        self._others = [group for group in groups if not isinstance(group, PeriodGroup)]
        self._span = span
        self._sunday = scope.calendar.conventions.week_start == "sunday"
        finest = finest_grain(scope.context.index, bucket.time)
        self._clock = clock_for(scope, self._leaf, periods_of(groups), span, finest, self._moments_of_data)

    def one(self, where: Predicate | None) -> Pass:
        items = self._bucket.items
        parts = conjuncts(where)
        timed = [part for part in parts if asks_for_time(part)]
        joinable = all(item.measure.agg in _JOINABLE and item.measure.per is None for item in items)
        definitions = [sql for item in items for sql in (*item.reading.leaf.where, item.measure.where)]
        whole = any(asks_for_time(part, wholly=False) for part in parts if part not in timed)
        if self._leaf.running is None or not joinable or whole or any("metric_time" in sql for sql in definitions):
            return self._chosen(self._over_rows(where))
        plain = conjoin(tuple(part for part in parts if part not in timed))
        return self._chosen(self._over_days(plain, conjoin(tuple(timed))))

    # -- the two ways --------------------------------------------------------------------------------------------------

    def _over_rows(self, where: Predicate | None) -> Pass:
        rows = self._bucket.rows(self._scope)
        own = period_start(rows.own_time(), self._clock.grain)
        rows.keep_time(self._clock.step, MOMENT, reads(self._clock, own, self._leaf, sunday=self._sunday))
        return one_pass(self._scope, self._bucket, rows, self._bucket.items, self._inner_groups(), where)

    def _over_days(self, where: Predicate | None, timed: Predicate | None) -> Pass:
        """First by day and group, then each moment with the days it reads."""
        bucket, grain = self._bucket, self._clock.grain
        reach = self._reach()
        items = [Item(replace(item.reading, span=reach), item.measure) for item in bucket.items]
        by_day: list[Group] = [PeriodGroup(_own(self._groups, grain), grain), *self._others]
        daily = Bucket(bucket.entity, bucket.time, None, Leaf(""), items)
        inner = one_pass(self._scope, daily, daily.rows(self._scope), items, by_day, where)
        own = exp.column(by_day[0].column, table=inner.step)
        columns, joins = self._columns(self._inner_groups(), self._clock.step, inner.step)
        values = [
            exp.alias_(_added(item.measure.agg, exp.column(item.column, table=inner.step)), item.column, copy=False)
            for item in items
        ]
        select = exp.Select(expressions=[*columns, *values], from_=exp.From(this=exp.table_(self._clock.step)))
        on = reads(self._clock, own, self._leaf, sunday=self._sunday)
        select.set("joins", [exp.Join(this=exp.table_(inner.step), on=on), *joins])
        if timed is not None:
            select.set("where", exp.Where(this=PeriodsOf(self._scope, self._clock.step).holds(timed)))
        what = comment_on(bucket.rows(self._scope), bucket.items, self._groups)
        step = self._scope.statement.step(
            f"{bucket.entity}_running", by_first(select, len(columns)), f"{what}, read at each {grain.value}"
        )
        return replace(inner, step=step, span=bucket.span)

    def _columns(self, groups: Sequence[Group], moments: str, source: str) -> tuple[list[exp.Expr], list[exp.Join]]:
        """Periods of the step `moments`, other groups as they stand in `source`."""
        periods = PeriodsOf(self._scope, moments)
        columns: list[exp.Expr] = [
            exp.alias_(periods.value(group), group.column, copy=False)
            if isinstance(group, PeriodGroup)
            else exp.column(group.column, table=source)
            for group in groups
        ]
        return columns, periods.joins

    # -- one value a period --------------------------------------------------------------------------------------------

    @property
    def _must_choose(self) -> bool:
        periods = periods_of(self._groups)
        exact = all(group.is_aligned and group.grain is self._clock.grain for group in periods)
        return self._leaf.running is not None and bool(periods) and not exact and not self._clock.single

    def _inner_groups(self) -> list[Group]:
        if not self._must_choose:
            return self._groups
        return [PeriodGroup(MOMENT, self._clock.grain), *self._others]

    def _chosen(self, inner: Pass) -> Pass:
        """For periods coarser than the clock, the first, the last or the average of the running values inside each."""
        running = self._leaf.running
        if not self._must_choose or running is None:
            return inner
        inner = self._with_moments_without_rows(inner)
        moment = exp.column(MOMENT, table=inner.step)
        columns, joins = self._columns(self._groups, inner.step, inner.step)
        values: list[exp.Expr] = []
        for name in inner.columns:
            value = exp.column(name, table=inner.step)
            picked: exp.Expr
            if running.choice == "average":
                picked = exp.Avg(this=value)
            else:
                kind = exp.ArgMin if running.choice == "first" else exp.ArgMax
                picked = kind(this=value, expression=moment.copy())
            values.append(exp.alias_(picked, name, copy=False))
        select = exp.Select(expressions=[*columns, *values], from_=exp.From(this=exp.table_(inner.step)))
        if joins:
            select.set("joins", joins)
        comment = f"the {running.choice} running value of each period"
        step = self._scope.statement.step(f"{inner.step}_of_periods", by_first(select, len(columns)), comment)
        return replace(inner, step=step)

    def _with_moments_without_rows(self, inner: Pass) -> Pass:
        """Counts and sums of moments that read no rows are 0, where that is the custom, and take part in the choice."""
        if self._scope.calendar.conventions.missing == "unknown":
            return inner
        clock, others = self._clock.step, [group.column for group in self._others]
        moment = exp.column(MOMENT, table=clock)
        columns: list[exp.Expr] = [exp.alias_(moment, MOMENT, copy=False)]
        joins: list[exp.Join] = []
        on: list[exp.Expr] = [exp.EQ(this=moment.copy(), expression=exp.column(MOMENT, table=inner.step))]
        if others:
            groups = exp.Select(expressions=[exp.column(name) for name in others], distinct=exp.Distinct())
            groups.set("from_", exp.From(this=exp.table_(inner.step)))
            step = self._scope.statement.step(f"{inner.step}_groups", groups, "every group that has a running value")
            joins.append(exp.Join(this=exp.table_(step), kind="CROSS"))
            columns += [exp.column(name, table=step) for name in others]
            on += [
                exp.NullSafeEQ(this=exp.column(name, table=step), expression=exp.column(name, table=inner.step))
                for name in others
            ]
        joins.append(exp.Join(this=exp.table_(inner.step), side="LEFT", on=exp.and_(*on, copy=False)))
        counting = {item.column for item in self._bucket.items if item.measure.agg in ZERO_WITHOUT_ROWS}
        for name in inner.columns:
            value: exp.Expr = exp.column(name, table=inner.step)
            if name in counting:
                value = exp.Coalesce(this=value, expressions=[number(0)])
            columns.append(exp.alias_(value, name, copy=False))
        filled = exp.Select(expressions=columns, from_=exp.From(this=exp.table_(clock)), joins=joins)
        name = f"{inner.step}_filled"
        return replace(inner, step=self._scope.statement.step(name, filled, "every moment, also those without rows"))

    # -- which rows can count ------------------------------------------------------------------------------------------

    def _reach(self) -> DateSpan | None:
        """The days whose rows are read by some moment of the span."""
        span, running = self._span, self._leaf.running
        if span is None or running is None:
            return None
        start = span.start
        if span.open_start or (running.window is None and running.to_date is None) or self._leaf.offsets:
            start = BEGINNING
        elif running.window is not None:
            count, unit = running.window.split()
            grain = Grain(unit.rstrip("s"))
            start = plus(start, -int(count), Grain.DAY if grain.is_within_day else grain)
        elif running.to_date is not None:
            start = self._scope.calendar.start_of(start, Grain(running.to_date))
        return DateSpan(start, span.end)

    def _moments_of_data(self, grain: Grain) -> exp.Select:
        rows = self._bucket.rows(self._scope)
        at = period_start(rows.own_time(), grain, sunday=self._sunday)
        within = None if self._span is None else inside(rows.own_time(), self._span)
        select = rows.select(exp.alias_(at, MOMENT, copy=False), where=within)
        select.set("distinct", exp.Distinct())
        return select


def with_every_period(
    scope: Scope, one: Pass, groups: Sequence[Group], span: DateSpan | None, where: Predicate | None
) -> Pass:
    """The pass with all periods of the span, also those without rows; their other groups are unknown.

    Where the question asks for a value of one of these groups, a period without rows does not have it.
    """
    periods = periods_of(groups)
    fields = {group.field for group in groups if isinstance(group, FieldGroup)}
    parts = conjuncts(where)
    if any(isinstance(part, Compare | Among | Between) and part.field in fields for part in parts):
        return one
    grain = min((group.grain for group in periods), key=list(Grain).index)
    finest = grain if grain.is_within_day else Grain.DAY

    def of_pass(_: Grain) -> exp.Select:
        moment = exp.alias_(exp.column(periods[0].column), MOMENT, copy=False)
        return exp.Select(expressions=[moment], from_=exp.From(this=exp.table_(one.step)), distinct=exp.Distinct())

    moments = scope.statement.step(
        f"every_{finest.value}",
        all_moments(scope, span, finest, of_pass),
        f"every {finest.value} of the time asked for",
    )
    source = PeriodsOf(scope, moments)
    columns = [exp.alias_(source.value(group), group.column, copy=False) for group in periods]
    select = exp.Select(expressions=columns, from_=exp.From(this=exp.table_(moments)), distinct=exp.Distinct())
    timed = conjoin(tuple(part for part in parts if asks_for_time(part)))
    if timed is not None:
        select.set("where", exp.Where(this=source.holds(timed)))
    if source.joins:
        select.set("joins", source.joins)
    every = scope.statement.step("every_period", select, "every period, also those without rows")
    outputs: list[exp.Expr] = []
    for group in groups:
        table = every if isinstance(group, PeriodGroup) else one.step
        outputs.append(exp.column(group.column, table=table))
    outputs += [exp.column(name, table=one.step) for name in one.columns]
    on = exp.and_(
        *(
            exp.EQ(this=exp.column(group.column, table=every), expression=exp.column(group.column, table=one.step))
            for group in periods
        ),
        copy=False,
    )
    filled = exp.Select(expressions=outputs, from_=exp.From(this=exp.table_(every)))
    filled.set("joins", [exp.Join(this=exp.table_(one.step), side="LEFT", on=on)])
    return replace(one, step=scope.statement.step(f"{one.step}_filled", filled, "the values of every period"))


def _own(groups: Sequence[Group], grain: Grain) -> str:
    name = f"own_{grain.value}"
    taken = {group.column for group in groups}
    return name if name not in taken else f"{name}_2"


def _added(agg: Aggregation, value: exp.Expr) -> exp.Expr:
    if agg is Aggregation.MIN:
        return exp.Min(this=value)
    return exp.Max(this=value) if agg is Aggregation.MAX else exp.Sum(this=value)
