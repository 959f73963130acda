"""Conversions: of the rows that begin something, those that are followed by a target in time.

Counting people, each beginning meets the first target after it; a person counts once a group. Counting events, each
target is credited to the latest beginning before it, so that none counts twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.calendar.arithmetic import plus
from semantic_layer.compiler.aggregate import by_first, comment_on, guarded, own_conditions
from semantic_layer.compiler.clock import interval
from semantic_layer.compiler.conditions import Conditions
from semantic_layer.compiler.groups import Group, group_expression
from semantic_layer.compiler.levels import Counted, plain_aggregate
from semantic_layer.compiler.literals import all_of, inside, number
from semantic_layer.compiler.readings import Bucket, Item, Pass, Reading, target_measure, time_of
from semantic_layer.compiler.rows import Rows, Scope
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.grain import Grain
from semantic_layer.model.types import Conversion, Measure
from semantic_layer.query.predicate import Predicate

_KEY, _AT, _VALUE = "converted_key", "happened_at", "converted_value"


def conversions(scope: Scope, bucket: Bucket, groups: Sequence[Group], where: Predicate | None) -> list[Pass]:
    """One pass for each reading of the bucket."""
    return [_Converted(scope, bucket, item, groups).one(where) for item in bucket.items]


class _Converted:
    """The steps of one conversion over one span."""

    def __init__(self, scope: Scope, bucket: Bucket, item: Item, groups: Sequence[Group]) -> None:
        conversion = item.reading.leaf.converted
        assert conversion is not None
        self._scope = scope
        self._bucket = bucket
        self._item = item
        self._groups = groups
        self._conversion: Conversion = conversion
        self._target: Measure = target_measure(scope, conversion)
        self._target_time = time_of(scope.context.index, self._target)
        if bucket.time is None or self._target_time is None:
            label = scope.context.index.metric(item.reading.leaf.metric).words.label
            raise InvalidPlanError(
                Text(
                    zh=f"「{label.zh}」需要起点和目标都有时间，才能知道先后。",
                    en=f"{label.en!r} needs a time of both its base and its target to know what came first.",
                )
            )

    def one(self, where: Predicate | None) -> Pass:
        self._say_what_is_open()
        begun = self._begun(where)
        targets = self._targets()
        matched = self._by_people(begun, targets) if self._conversion.counting == "people" else None
        matched = matched or self._by_events(begun, targets)
        return Pass(step=matched, columns=(self._item.column,), span=self._bucket.span)

    def _say_what_is_open(self) -> None:
        """What began lately may still convert: a rate that includes it comes out too low."""
        if not self._conversion.window:
            return
        count, unit = self._conversion.window.split()
        grain = Grain(unit.rstrip("s"))
        last = self._scope.as_of if self._bucket.span is None else self._bucket.span.end
        closed = plus(self._scope.as_of, -int(count), Grain.DAY if grain.is_within_day else grain)
        if last <= closed:
            return
        label = self._scope.context.index.metric(self._item.reading.leaf.metric).words.label
        self._scope.statement.note(
            Text(
                zh=f"{closed} 之后开始的还没有过完「{label.zh}」的观察期，最后的数会偏低。",
                en=f"What began after {closed} can still convert, so the latest figures of {label.en!r} come out too low.",
            )
        )

    def _begun(self, where: Predicate | None) -> str:
        rows = self._bucket.rows(self._scope)
        filters = [*own_conditions(rows, self._item), *(guarded(part) for part in Conditions(rows).keep(where))]
        if self._bucket.span is not None:
            filters.insert(0, inside(rows.own_time(), self._bucket.span))
        groups = [exp.alias_(group_expression(group, rows), group.column, copy=False) for group in self._groups]
        pairs = [base for base, _ in self._conversion.constant]
        select = rows.select(*groups, *self._identity(rows, pairs), where=all_of(filters))
        comment = comment_on(rows, [self._item], self._groups)
        return self._scope.statement.step(f"{rows.entity.name}_begun", select, f"what may convert: {comment}")

    def _targets(self) -> str:
        rows = Rows(self._scope, self._target.entity, self._target_time)
        item = Item(Reading(column=_VALUE, leaf=self._item.reading.leaf), self._target)
        filters = [guarded(rows.definition(self._target.where))] if item.measure.where else []
        value = rows.definition(self._target.expr) if self._target.expr else number(1)
        pairs = [target for _, target in self._conversion.constant]
        columns = [*self._identity(rows, pairs), exp.alias_(value, _VALUE, copy=False)]
        select = rows.select(*columns, where=all_of(filters))
        return self._scope.statement.step(
            f"{rows.entity.name}_targets", select, f"what counts as converted: {self._conversion.target}"
        )

    def _identity(self, rows: Rows, constants: Sequence[str]) -> list[exp.Expr]:
        """The key that is converted, the moment, and what must stay the same."""
        found = [
            exp.alias_(rows.key_of(self._conversion.entity), _KEY, copy=False),
            exp.alias_(rows.own_time(), _AT, copy=False),
        ]
        found += [exp.alias_(rows.field(name), f"same_{at}", copy=False) for at, name in enumerate(constants)]
        return found

    def _meet(self, left: str, right: str, *, later: str) -> exp.Join:
        """For each row of `left` the nearest row of `right`; `later` is the one of the two that must not come first."""
        same = [_KEY, *(f"same_{at}" for at in range(len(self._conversion.constant)))]
        on: list[exp.Expr] = [
            exp.EQ(this=exp.column(name, table=left), expression=exp.column(name, table=right)) for name in same
        ]
        compare = exp.LTE if later == right else exp.GTE
        on.append(compare(this=exp.column(_AT, table=left), expression=exp.column(_AT, table=right)))
        return exp.Join(this=exp.table_(right), method="ASOF", on=exp.and_(*on, copy=False))

    def _in_time(self, begun: str, targets: str) -> exp.Expr | None:
        if not self._conversion.window:
            return None
        last = exp.Add(this=exp.column(_AT, table=begun), expression=interval(self._conversion.window))
        until = exp.LTE if self._conversion.counting == "people" else exp.LT  # events as dbt counts them
        return until(this=exp.column(_AT, table=targets), expression=last)

    def _by_people(self, begun: str, targets: str) -> str:
        people = exp.Count(this=exp.Distinct(expressions=[exp.column(_KEY, table=begun)]), big_int=True)
        groups = [exp.column(group.column, table=begun) for group in self._groups]
        select = exp.Select(expressions=[*groups, exp.alias_(people, self._item.column, copy=False)])
        select.set("from_", exp.From(this=exp.table_(begun)))
        select.set("joins", [self._meet(begun, targets, later=targets)])
        within = self._in_time(begun, targets)
        if within is not None:
            select.set("where", exp.Where(this=within))
        name = f"{self._conversion.entity}_converted"
        return self._scope.statement.step(name, by_first(select, len(groups)), f"those followed by {self._said}")

    def _by_events(self, begun: str, targets: str) -> str:
        groups = [exp.column(group.column, table=begun) for group in self._groups]
        counted = Counted(
            column=self._item.column,
            measure=self._target,
            value=exp.column(_VALUE, table=targets),
            conditions=[],
            rows=Rows(self._scope, self._target.entity, self._target_time),
        )
        value = exp.alias_(plain_aggregate(counted), self._item.column, copy=False)
        select = exp.Select(expressions=[*groups, value], from_=exp.From(this=exp.table_(targets)))
        select.set("joins", [self._meet(targets, begun, later=targets)])
        within = self._in_time(begun, targets)
        if within is not None:
            select.set("where", exp.Where(this=within))
        name = f"{self._conversion.target}_converted"
        comment = f"{self._said}, credited to the latest row before"
        return self._scope.statement.step(name, by_first(select, len(groups)), comment)

    @property
    def _said(self) -> str:
        window = f" within {self._conversion.window}" if self._conversion.window else ""
        return f"{self._conversion.target}{window}"
