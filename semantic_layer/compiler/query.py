"""Compiles a `Query` into one SELECT: passes over the rows, joined on the groups, then changes, shares, bounds and order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.compiler.aggregate import Reading, aggregate, measure_for, time_of
from semantic_layer.compiler.combine import Combined, Side
from semantic_layer.compiler.conditions import BINARY
from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.compiler.groups import FieldGroup, Group, PeriodGroup
from semantic_layer.compiler.labels import comparison_columns, group_column, metric_column, share_column
from semantic_layer.compiler.literals import all_of, literal, number
from semantic_layer.compiler.metrics import formula, leaves
from semantic_layer.compiler.people import PersonSteps
from semantic_layer.compiler.people_behind import people_behind
from semantic_layer.compiler.rows import Scope
from semantic_layer.compiler.validate import check_query
from semantic_layer.compiler.when import partial_note, spine_of, when
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.types import Bound, ByField, ByTime, Order, Query
from semantic_layer.table import ResultColumn

PERIOD = "period"


def compile_query(query: Query, context: CompileContext, *, count_people: bool = False) -> Compiled:
    """One SELECT for the whole question. Raises a `UserError` for what is unknown, unsafe or not computed yet.

    With `count_people`, hidden outputs at the end of each row say how many people stand behind its figures.
    """
    check_query(query, context)
    return _QueryCompiler(query, context, count_people=count_people).compiled()


def suffix(position: int) -> str:
    """The ending of a comparison's column names: none for the question itself, then `__prev`, `__prev_2`, …"""
    return "" if position == 0 else "__prev" if position == 1 else f"__prev_{position}"


def numbered(what: str, position: int) -> str:
    """`__change` of the first comparison, `__change_2` of the second."""
    return f"__{what}" if position == 1 else f"__{what}_{position}"


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
        self._timed: dict[str, bool] = {}
        self._count_people = count_people
        self._behind: list[str] = []  # columns that count the people behind a row

    def compiled(self) -> Compiled:
        for metric in self._metrics:
            self._scope.statement.use(metric)
        combined = self._combined()
        hidden = len(self._metrics) > len(self._query.metrics)
        asked = self._query.compare_to or self._query.share or self._query.having or hidden
        joined = self._groups and combined.is_joined  # a name may stand on several sides, so order needs its own step
        select = self._stepped(combined) if asked or joined else self._direct(combined)
        self._order_and_cut(select)
        statement = self._scope.statement
        return Compiled(
            tree=statement.finish(select),
            columns=self._columns(),
            uses=statement.uses,
            notes=self._all_notes(),
            computed=statement.computed,
            hidden=len(self._behind),
        )

    # -- numbers -----------------------------------------------------------------------------------------------------

    def _combined(self) -> Combined:
        names = tuple(dict.fromkeys(leaf for metric in self._metrics for leaf in leaves(self._index, metric)))
        readings = [reading for leaf in names for reading in self._readings(leaf)]
        if self._count_people:
            behind = people_behind(self._scope, readings, self._groups, self._query.where)
            self._behind = [reading.column for reading in behind]
            readings += behind
        self._refuse_comparing_without_time()
        passes = aggregate(self._scope, readings, self._groups, self._query.where)
        grain = next((group.grain for group in self._groups if isinstance(group, PeriodGroup)), None)
        spine = spine_of(self._context.calendar, self._spans, grain, PERIOD) if grain else None
        sides = [Side(one, self._spans.spans.index(one.span) if one.span else 0) for one in passes]
        return Combined(self._scope, self._groups, sides, spine)

    def _readings(self, leaf: str) -> list[Reading]:
        measure = measure_for(self._scope, Reading(column=leaf, metric=leaf), self._groups, self._query.where)
        self._timed[leaf] = time_of(self._index, measure) is not None
        if not self._timed[leaf]:
            return [Reading(column=leaf, metric=leaf)]
        return [
            Reading(column=f"{leaf}{suffix(position)}", metric=leaf, span=span)
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
        def leaf_value(leaf: str) -> exp.Expr:
            ending = suffix(position) if self._timed[leaf] else ""
            return combined.value(f"{leaf}{ending}")

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
            shares = [(metric, self._share(combined, metric)) for metric in self._query.metrics]
            expressions += [exp.alias_(share, f"{metric}__share", copy=False) for metric, share in shares]
        expressions += self._people(combined)
        step = self._scope.statement.step("numbers", combined.select(*expressions), "the values of every group")
        outputs: list[exp.Expr] = [exp.column(group.column) for group in self._groups]
        for metric in self._query.metrics:
            outputs.extend(self._outputs(metric))
        outputs += [exp.column(name) for name in self._behind]
        select = exp.Select(expressions=outputs)
        select.set("from_", exp.From(this=exp.table_(step)))
        known = [_is_known(exp.column(name)) for name in self._named_only()]
        bounds = all_of([*known, *(part for bound in self._query.having for part in _bound(bound))])
        if bounds is not None:
            select.set("where", exp.Where(this=bounds))
        return select

    def _outputs(self, metric: str) -> list[exp.Expr]:
        found: list[exp.Expr] = [exp.column(metric)]
        for position in range(1, len(self._spans.spans) if self._is_timed(metric) else 1):
            found.append(exp.column(f"{metric}{suffix(position)}"))
            change, rate = _change(metric, position), _change_rate(metric, position)
            found.append(exp.alias_(change, f"{metric}{numbered('change', position)}", copy=False))
            found.append(exp.alias_(rate, f"{metric}{numbered('change_rate', position)}", copy=False))
        if self._query.share:
            found.append(exp.column(f"{metric}__share"))
        return found

    def _share(self, combined: Combined, metric: str) -> exp.Expr:
        """Part of the total over all groups; of each period's total when there are groups besides the periods."""
        periods = [group.column for group in self._groups if isinstance(group, PeriodGroup)]
        total = exp.Window(this=exp.Sum(this=self._value(combined, metric, 0)))
        if periods and len(self._groups) > 1:
            total.set("partition_by", [combined.group(periods[0])])
        return exp.Div(this=self._value(combined, metric, 0), expression=exp.Nullif(this=total, expression=number(0)))

    def _order_and_cut(self, select: exp.Select) -> None:
        terms = [self._term(order) for order in self._query.order] or self._usual_order()
        named = {order.by for order in self._query.order}
        terms += [_ordered(exp.column(group.column)) for group in self._groups if _asked_as(group) not in named]
        if self._groups:
            select.set("order", exp.Order(expressions=_each_once(terms)))
        if self._query.limit is not None:
            select.set("limit", exp.Limit(expression=number(self._query.limit)))

    def _term(self, order: Order) -> exp.Expr:
        if not self._index.has_metric(order.by):
            group = next(group for group in self._groups if _asked_as(group) == order.by)
            return _ordered(_sort_key(group, self._index), descending=order.descending)
        if order.what == "value":
            return _ordered(exp.column(order.by), descending=order.descending)
        change = _change(order.by, 1) if order.what == "change" else _change_rate(order.by, 1)
        return _ordered(change, descending=order.descending)

    def _usual_order(self) -> list[exp.Expr]:
        """Time runs forward, levels go from low to high, and all else starts with the largest."""
        if any(isinstance(group, PeriodGroup) for group in self._groups):
            return [_ordered(exp.column(PERIOD))]
        if self._groups and _is_ordered(self._groups[0], self._index):
            return [_ordered(_sort_key(self._groups[0], self._index))]
        return [_ordered(exp.column(self._query.metrics[0]), descending=True)]

    # -- what the result says ----------------------------------------------------------------------------------------

    def _columns(self) -> tuple[ResultColumn, ...]:
        found = [group_column(group, self._index) for group in self._groups]
        for name in self._query.metrics:
            metric = self._index.metric(name)
            found.append(metric_column(metric))
            if self._is_timed(name):
                for position, other in enumerate(self._query.compare_to, start=1):
                    found.extend(
                        comparison_columns(
                            metric,
                            other,
                            of=position - 1,
                            names=(
                                f"{name}{suffix(position)}",
                                f"{name}{numbered('change', position)}",
                                f"{name}{numbered('change_rate', position)}",
                            ),
                        )
                    )
            if self._query.share:
                found.append(share_column(metric))
        return tuple(found)

    def _all_notes(self) -> tuple[Text, ...]:
        notes = list(self._scope.statement.notes)
        if self._named_only():
            notes.append(
                Text(
                    zh="排名和筛选只在有取值的分组之间进行，“未知”不参与。",
                    en="Only groups with a known value are ranked or held against the bound; unknown ones are left out.",
                )
            )
        for name in self._query.metrics:
            if not self._is_timed(name) and (self._query.time is not None or self._query.compare_to):
                label = self._index.metric(name).words.label
                notes.append(
                    Text(
                        zh=f"「{label.zh}」是当前的数，不受所选时间影响。",
                        en=f"{label.en} is counted as of now; the time does not apply to it.",
                    )
                )
        grain = next((group.grain for group in self._groups if isinstance(group, PeriodGroup)), None)
        partial = partial_note(self._context.calendar, self._spans.spans[0], grain) if grain else None
        return tuple(notes) if partial is None else (*notes, partial)


def groups_of(query: Query, index: ModelIndex) -> tuple[Group, ...]:
    """The question's groups with their column names: a field's own name, or with its entity's where two share it."""
    fields = [group.field for group in query.by if isinstance(group, ByField)]
    short = [index.field(field).name for field in fields]
    taken = [*query.metrics, PERIOD]
    found: list[Group] = []
    for group in query.by:
        match group:
            case ByTime(grain=grain):
                found.append(PeriodGroup(PERIOD, grain))
            case ByField(field=field):
                name = index.field(field).name
                clash = short.count(name) > 1 or name in taken
                found.append(FieldGroup(field.replace(".", "_") if clash else name, field))
    return tuple(found)


def _is_known(value: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=value, expression=exp.Null()))


def _asked_as(group: Group) -> str:
    return group.field if isinstance(group, FieldGroup) else "time"


def _bound(bound: Bound) -> list[exp.Expr]:
    column = exp.column(bound.metric)
    found: list[exp.Expr] = [BINARY[bound.op](this=column, expression=number(bound.value))]
    if bound.high is not None:
        found.append(exp.LTE(this=column.copy(), expression=number(bound.high)))
    return found


def _change(metric: str, position: int) -> exp.Expr:
    return exp.Sub(this=exp.column(metric), expression=exp.column(f"{metric}{suffix(position)}"))


def _change_rate(metric: str, position: int) -> exp.Expr:
    """The change as a part of the value before; unknown where that was not above zero."""
    before = exp.column(f"{metric}{suffix(position)}")
    rate = exp.Div(this=exp.Paren(this=_change(metric, position)), expression=before)
    return exp.Case(ifs=[exp.If(this=exp.GT(this=before.copy(), expression=number(0)), true=rate)])


def _ordered(value: exp.Expr, *, descending: bool = False) -> exp.Ordered:
    return exp.Ordered(this=value, desc=descending, nulls_first=False)


def _is_ordered(group: Group, index: ModelIndex) -> bool:
    return isinstance(group, FieldGroup) and index.field(group.field).ordered


def _sort_key(group: Group, index: ModelIndex) -> exp.Expr:
    """The column itself, or the position of its value where the values have an order of their own."""
    column = exp.column(group.column)
    if not isinstance(group, FieldGroup) or not _is_ordered(group, index):
        return column
    field = index.field(group.field)
    ifs = [
        exp.If(this=literal(value.value, field.type), true=number(position))
        for position, value in enumerate(field.values)
    ]
    return exp.Case(this=column, ifs=ifs) if ifs else column


def _each_once(terms: Sequence[exp.Expr]) -> list[exp.Expr]:
    seen: dict[exp.Expr, exp.Expr] = {}
    for term in terms:
        seen.setdefault(term.this, term)
    return list(seen.values())
