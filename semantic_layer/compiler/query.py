"""Compiles a `Query` into one SELECT: passes over the rows, joined on the groups, then changes, shares, bounds and order."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compiler.combine import Combined, Side, Spine
from semantic_layer.compiler.conditions import held
from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.compiler.distinct import compile_values
from semantic_layer.compiler.groups import PERIOD, FieldGroup, PeriodGroup, check_grain, groups_of, periods_of
from semantic_layer.compiler.literals import all_of, literal, number
from semantic_layer.compiler.metrics import Leaf, adds_up, divided, formula, is_dated, leaves
from semantic_layer.compiler.ordering import order_and_cut, ordered
from semantic_layer.compiler.outputs import (
    change,
    change_rate,
    columns_of_result,
    days_between,
    notes_on,
    numbered,
    suffix,
)
from semantic_layer.compiler.passes import aggregate
from semantic_layer.compiler.people import PersonSteps
from semantic_layer.compiler.people_behind import people_behind
from semantic_layer.compiler.readings import Reading, measure_for, time_of
from semantic_layer.compiler.rows import Scope
from semantic_layer.compiler.validate import check_query
from semantic_layer.compiler.values import columns_of
from semantic_layer.compiler.when import spine_of, when
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.query.types import Bound, Kept, Query


def compile_query(query: Query, context: CompileContext, *, count_people: bool = False) -> Compiled:
    """One SELECT for the whole question. Raises a `UserError` for what is unknown, unsafe or not computed yet.

    With `count_people`, hidden outputs at the end of each row say how many people stand behind its figures.
    """
    check_query(query, context)
    if not query.metrics:
        return compile_values(query, context)
    return _QueryCompiler(query, context, count_people=count_people).compiled()


class _QueryCompiler:
    """Holds what the steps of one compilation share."""

    def __init__(self, query: Query, context: CompileContext, *, count_people: bool) -> None:
        self._query = query
        self._context = context
        self._index = context.index
        self._scope = Scope.begin(context, PersonSteps())
        self._groups = groups_of(query, self._index)
        self._spans = when(context.calendar, query.time, query.compare_to)
        hidden = [bound.metric for bound in query.having]
        hidden += [order.by for order in query.order if self._index.has_metric(order.by)]
        self._metrics = tuple(dict.fromkeys((*query.metrics, *hidden)))
        self._names = columns_of(dict.fromkeys(one for metric in self._metrics for one in leaves(self._index, metric)))
        self._timed: dict[Leaf, bool] = {}
        self._count_people = count_people
        self._behind: list[str] = []  # columns that count the people behind a row
        self._wholes = ""  # the step with what shares are parts of, where groups do not add up to it

    def compiled(self) -> Compiled:
        for metric in self._metrics:
            self._scope.statement.use(metric)
        combined = self._combined()
        hidden = len(self._metrics) > len(self._query.metrics)
        query = self._query
        asked = query.compare_to or query.share or query.rank or query.keep or query.having or hidden
        joined = self._groups and combined.is_joined  # a name may stand on several sides, so order needs its own step
        select = self._stepped(combined) if asked or joined else self._direct(combined)
        order_and_cut(select, query, self._groups, self._index)
        statement = self._scope.statement
        return Compiled(
            tree=statement.finish(select),
            columns=columns_of_result(query, self._groups, self._index, self._is_timed),
            uses=statement.uses,
            notes=(*statement.notes, *self._notes()),
            computed=statement.computed,
            hidden=len(self._behind),
        )

    def _notes(self) -> tuple[Text, ...]:
        return notes_on(
            self._query,
            self._groups,
            self._context,
            self._spans,
            self._is_timed,
            named_only=bool(self._named_only()),
        )

    # -- numbers -----------------------------------------------------------------------------------------------------

    def _combined(self) -> Combined:
        readings = [reading for leaf in self._names for reading in self._readings(leaf)]
        if self._count_people:
            behind = people_behind(self._scope, readings, self._groups, self._query.where)
            self._behind = [reading.column for reading in behind]
            readings += behind
        self._refuse_comparing_without_time()
        passes = aggregate(self._scope, readings, self._groups, self._query.where)
        spine = self._spine()
        sides = [Side(one, self._spans.spans.index(one.span) if one.span else 0) for one in passes]
        return Combined(self._scope, self._groups, sides, spine)

    def _spine(self) -> Spine | None:
        """All periods of the result, where missing ones are shown and where other years are held beside."""
        periods = periods_of(self._groups)
        if len(periods) != 1 or not periods[0].is_aligned:
            return None
        if self._context.calendar.conventions.missing == "unknown" and not self._query.compare_to:
            return None
        return spine_of(self._context.calendar, self._spans, periods[0].grain, PERIOD)

    def _readings(self, leaf: Leaf) -> list[Reading]:
        column = self._names[leaf]
        measure = measure_for(self._scope, Reading(column=column, leaf=leaf), self._groups, self._query.where)
        time = time_of(self._index, measure)
        self._timed[leaf] = time is not None
        if time is None:
            return [Reading(column=column, leaf=leaf)]
        for group in periods_of(self._groups):
            if group.is_aligned:
                check_grain(self._index, time, group.grain)
        return [
            Reading(column=f"{column}{suffix(position)}", leaf=leaf, span=span)
            for position, span in enumerate(self._spans.spans)
        ]

    def _refuse_comparing_without_time(self) -> None:
        if self._query.compare_to and not any(self._is_timed(metric) for metric in self._query.metrics):
            label = self._index.metric(self._query.metrics[0]).words.label
            raise InvalidPlanError(
                Text(
                    zh=f"「{label.zh}」是当前的数，没有时间，不能跟别的时期比。",
                    en=f"{label.en!r} is counted as of now and has no time, so it cannot be compared with another period.",
                )
            )

    def _value(self, combined: Combined, metric: str, position: int) -> exp.Expr:
        def leaf_value(leaf: Leaf) -> exp.Expr:
            ending = suffix(position) if self._timed[leaf] else ""
            return combined.value(f"{self._names[leaf]}{ending}")

        return formula(self._context, metric, leaf_value)

    def _is_timed(self, metric: str) -> bool:
        return any(self._timed[leaf] for leaf in leaves(self._index, metric))

    # -- the last SELECT ---------------------------------------------------------------------------------------------

    def _direct(self, combined: Combined) -> exp.Select:
        groups = [exp.alias_(combined.group(group.column), group.column, copy=False) for group in self._groups]
        values = [exp.alias_(self._value(combined, metric, 0), metric, copy=False) for metric in self._metrics]
        select = combined.select(*groups, *values, *self._people(combined))
        named = all_of([_is_known(combined.group(name)) for name in self._named_only()])
        if named is not None:
            select.set("where", exp.Where(this=named))
        return select

    def _people(self, combined: Combined) -> list[exp.Expr]:
        return [
            exp.alias_(exp.Coalesce(this=combined.value(name), expressions=[number(0)]), name, copy=False)
            for name in self._behind
        ]

    def _named_only(self) -> list[str]:
        """Columns of groups that must have a name: what is ranked or held against a bound is a city, not "unknown"."""
        if self._query.limit is None and not self._query.having:
            return []
        return [group.column for group in self._groups if isinstance(group, FieldGroup)]

    def _stepped(self, combined: Combined) -> exp.Select:
        """First all values side by side, then what is made of them."""
        expressions = [exp.alias_(combined.group(group.column), group.column, copy=False) for group in self._groups]
        for metric in self._metrics:
            for position in range(len(self._spans.spans) if self._is_timed(metric) else 1):
                value = self._value(combined, metric, position)
                expressions.append(exp.alias_(value, f"{metric}{suffix(position)}", copy=False))
        if self._query.share:
            self._wholes = self._whole_step()
            shares = [(metric, self._share(combined, metric)) for metric in self._query.metrics]
            expressions += [exp.alias_(share, f"{metric}__share", copy=False) for metric, share in shares]
        if self._query.rank:
            ranks = [(metric, self._rank(combined, metric)) for metric in self._query.metrics]
            expressions += [exp.alias_(rank, f"{metric}__rank", copy=False) for metric, rank in ranks]
        expressions += self._people(combined)
        numbers = combined.select(*expressions)
        if self._wholes:
            numbers.append("joins", self._join_wholes(combined))
        step = self._scope.statement.step("numbers", numbers, "the values of every group")
        outputs: list[exp.Expr] = [exp.column(group.column) for group in self._groups]
        for metric in self._query.metrics:
            outputs.extend(self._outputs(metric))
        outputs += [exp.column(name) for name in self._behind]
        select = exp.Select(expressions=outputs)
        select.set("from_", exp.From(this=exp.table_(step)))
        known = [_is_known(exp.column(name)) for name in self._named_only()]
        kept = [self._kept(one) for one in self._query.keep]
        bounds = all_of([*known, *(part for bound in self._query.having for part in _bound(bound)), *kept])
        if bounds is not None:
            select.set("where", exp.Where(this=bounds))
        return select

    def _outputs(self, metric: str) -> list[exp.Expr]:
        found: list[exp.Expr] = [exp.column(metric)]
        for position in range(1, len(self._spans.spans) if self._is_timed(metric) else 1):
            found.append(exp.column(f"{metric}{suffix(position)}"))
            dated = is_dated(self._index, metric)
            difference = days_between(metric, position) if dated else change(metric, position)
            rate = exp.Null() if dated else change_rate(metric, position)
            found.append(exp.alias_(difference, f"{metric}{numbered('change', position)}", copy=False))
            found.append(exp.alias_(rate, f"{metric}{numbered('change_rate', position)}", copy=False))
        if self._query.share:
            found.append(exp.column(f"{metric}__share"))
        if self._query.rank:
            found.append(exp.column(f"{metric}__rank"))
        return found

    def _kept(self, kept: Kept) -> exp.Expr:
        group = next(one for one in self._groups if isinstance(one, FieldGroup) and one.field == kept.field)
        kind = self._index.field(kept.field).type
        return exp.In(this=exp.column(group.column), expressions=[literal(value, kind) for value in kept.values])

    def _rank(self, combined: Combined, metric: str) -> exp.Expr:
        """The place among all groups, of each period where there are periods; groups without a name or value have none."""
        value = self._value(combined, metric, 0)
        known = [_is_known(combined.group(group.column)) for group in self._groups if isinstance(group, FieldGroup)]
        condition = all_of([*known, _is_known(value.copy())])
        place = exp.Window(this=exp.Rank(), order=exp.Order(expressions=[ordered(value, descending=True)]))
        within = [combined.group(group.column) for group in self._groups if isinstance(group, PeriodGroup)]
        unknown = (
            exp.Case(ifs=[exp.If(this=condition.copy(), true=number(1))], default=number(0)) if condition else None
        )
        place.set("partition_by", [*within, *([unknown] if unknown is not None else [])])
        return exp.Case(ifs=[exp.If(this=condition, true=place)]) if condition is not None else place

    def _whole_step(self) -> str:
        """The metrics over all groups together, by period: people in two groups are one of the whole."""
        metrics = [metric for metric in self._query.metrics if not adds_up(self._index, metric)]
        if not metrics:
            return ""
        periods = self._whole_periods()
        wanted = dict.fromkeys(leaf for metric in metrics for leaf in leaves(self._index, metric))
        readings = [
            Reading(column=self._names[leaf], leaf=leaf, span=self._spans.spans[0] if self._timed[leaf] else None)
            for leaf in wanted
        ]
        passes = aggregate(self._scope, readings, periods, self._query.where)
        whole = Combined(self._scope, periods, [Side(one, 0) for one in passes], None)
        columns = [exp.alias_(whole.group(one.column), one.column, copy=False) for one in periods]
        columns += [
            exp.alias_(
                formula(self._context, metric, lambda leaf: whole.value(self._names[leaf])),
                f"{metric}__whole",
                copy=False,
            )
            for metric in metrics
        ]
        return self._scope.statement.step("wholes", whole.select(*columns), "what the shares are parts of")

    def _whole_periods(self) -> tuple[PeriodGroup, ...]:
        periods = periods_of(self._groups)
        return periods if len(self._groups) > len(periods) else ()

    def _join_wholes(self, combined: Combined) -> exp.Join:
        table = exp.table_(self._wholes)
        periods = self._whole_periods()
        if not periods:
            return exp.Join(this=table, kind="CROSS")
        same = [
            exp.NullSafeEQ(this=combined.group(one.column), expression=exp.column(one.column, table=self._wholes))
            for one in periods
        ]
        return exp.Join(this=table, side="LEFT", on=exp.and_(*same, copy=False))

    def _share(self, combined: Combined, metric: str) -> exp.Expr:
        """Part of the whole of all groups; of each period's whole when there are groups besides the periods."""
        if self._wholes and not adds_up(self._index, metric):
            return divided(self._value(combined, metric, 0), exp.column(f"{metric}__whole", table=self._wholes))
        periods = [group.column for group in self._groups if isinstance(group, PeriodGroup)]
        total = exp.Window(this=exp.Sum(this=self._value(combined, metric, 0)))
        if periods and len(self._groups) > len(periods):
            total.set("partition_by", [combined.group(name) for name in periods])
        return divided(self._value(combined, metric, 0), total)


def _is_known(value: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=value, expression=exp.Null()))


def _bound(bound: Bound) -> list[exp.Expr]:
    column = exp.column(bound.metric)
    found: list[exp.Expr] = [held(column, bound.op, bound.value)]
    if bound.high is not None:
        found.append(exp.LTE(this=column.copy(), expression=number(bound.high)))
    return found
