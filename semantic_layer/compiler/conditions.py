"""Conditions as SQL over rows. A condition and its negation split the rows: an unknown value counts as "not"."""

from __future__ import annotations

from datetime import date, timedelta
from typing import assert_never

from sqlglot import exp

from semantic_layer.compiler.literals import all_of, any_of, day, literal, number, text
from semantic_layer.compiler.metrics import Need
from semantic_layer.compiler.moments import moment_literal, part_of, period_start
from semantic_layer.compiler.rows import Members, Rows
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import ColumnType, Dimension, Scalar, Tag
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    InSegment,
    IsNull,
    Moment,
    Not,
    Op,
    Or,
    Predicate,
    Ranked,
    conjuncts,
)

BINARY: dict[Op, type[exp.Binary]] = {
    "=": exp.EQ,
    "!=": exp.NullSafeNEQ,
    ">": exp.GT,
    ">=": exp.GTE,
    "<": exp.LT,
    "<=": exp.LTE,
}
OPPOSITE: dict[Op, Op] = {"=": "!=", "!=": "=", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}


def held(value: exp.Expr, op: Op, bound: float) -> exp.Expr:
    """A metric against a bound: an unknown value meets none, `!=` included."""
    kind = exp.NEQ if op == "!=" else BINARY[op]
    return kind(this=value, expression=number(bound))


def needs_of(where: Predicate | None, index: ModelIndex, customer: str) -> tuple[Need, ...]:
    """The entities that rows must lead to for the condition to have a meaning."""
    match where:
        case None:
            return ()
        case And(items=items) | Or(items=items):
            return tuple(need for item in items for need in needs_of(item, index, customer))
        case Not(item=item):
            return needs_of(item, index, customer)
        case HasMetric(entity=entity):
            return (Need(entity or customer, entity or customer),)
        case Did() | Ranked() | InSegment():
            return (Need(customer, customer),)
        case Moment(field=moment):
            return () if moment is None else (Need(index.field(moment).entity, moment),)
        case (
            Compare(field=field)
            | Among(field=field)
            | Between(field=field)
            | IsNull(field=field)
            | Contains(field=field)
        ):
            return (Need(index.field(field).entity, field),)
        case _:
            assert_never(where)


def asks_for_time(where: Predicate, *, wholly: bool = True) -> bool:
    """Whether a condition is on the time that metrics go by: in all its parts, or (not `wholly`) in some."""
    match where:
        case Moment(field=None, own=own):
            return own is None or not wholly
        case And(items=items) | Or(items=items):
            parts = [asks_for_time(item, wholly=wholly) for item in items]
            return all(parts) if wholly else any(parts)
        case Not(item=item):
            return asks_for_time(item, wholly=wholly)
        case _:
            return False


def compared_moment(where: Moment, value: exp.Expr, *, wanted: bool = True) -> exp.Expr:
    """The condition on `value`, the period or part of a moment that it asks about."""
    dated = where.own is None
    against = moment_literal(where.value) if dated else literal(where.value, ColumnType.STRING)
    found = BINARY[where.op](this=value, expression=against)
    return found if wanted else _is_not_true(found, value)


class Conditions:
    """Turns predicates into SQL over some rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._scope = rows.scope

    def holds(self, where: Predicate) -> exp.Expr:
        """True exactly for the rows for which `where` holds; otherwise false or NULL."""
        return self._condition(where, wanted=True)

    def keep(self, where: Predicate | None) -> list[exp.Expr]:
        """What the WHERE of the rows must say for only those to stay for which `where` holds.

        Steps of people that are joinable are joined instead of tested, so they say nothing there.
        """
        found: list[exp.Expr] = []
        for part in conjuncts(where):
            members = (
                self._members(part, wanted=True) if isinstance(part, Did | HasMetric | Ranked | InSegment) else None
            )
            if members is None:
                found.append(self.holds(part))
            elif members.joinable and not members.absent:
                self._rows.keep_members(members)
            else:
                found.append(self._is_member(members, wanted=True))
        return found

    def _condition(self, where: Predicate, *, wanted: bool) -> exp.Expr:
        match where:
            case Not(item=item):
                return self._condition(item, wanted=not wanted)
            case And(items=items) | Or(items=items):
                return self._joined(items, wanted=wanted, every=isinstance(where, And) == wanted)
            case Did() | HasMetric() | Ranked() | InSegment():
                return self._is_member(self._members(where, wanted=wanted), wanted=wanted)
            case _:
                return self._of_field(where, wanted=wanted)

    def _of_field(self, where: Compare | Among | Between | IsNull | Contains | Moment, *, wanted: bool) -> exp.Expr:
        match where:
            case Compare(field=field, op=op, value=value):
                return self._compare(field, op if wanted else OPPOSITE[op], value, unknown=not wanted)
            case Among(field=field, values=values):
                return self._among(field, values, wanted=wanted)
            case Between(field=field, low=low, high=high):
                return self._between(field, low, high, wanted=wanted)
            case IsNull(field=field):
                null = exp.Is(this=self._rows.field(field), expression=exp.Null())
                return null if wanted else exp.Not(this=null)
            case Contains(field=field, text=part):
                return self._contains(field, part, wanted=wanted)
            case Moment():
                return self._moment(where, wanted=wanted)
            case _:
                assert_never(where)

    def _moment(self, where: Moment, *, wanted: bool) -> exp.Expr:
        rows = self._rows
        moment = rows.moment() if where.field is None else rows.field(where.field)
        if where.own is not None:
            value = rows.own_period(moment, where.own)
        elif where.part is not None:
            value = part_of(moment, where.part)
        elif where.grain is not None:
            sunday = rows.scope.calendar.conventions.week_start == "sunday"
            value = period_start(moment, where.grain, sunday=sunday)
        else:
            value = moment
        return compared_moment(where, value, wanted=wanted)

    def _joined(self, items: tuple[Predicate, ...], *, wanted: bool, every: bool) -> exp.Expr:
        parts = [self._condition(item, wanted=wanted) for item in items]
        if not parts:
            return exp.Boolean(this=every)
        return (all_of(parts) if every else any_of(parts)) or exp.Boolean(this=True)

    def _compare(self, field: str, op: Op, value: Scalar, *, unknown: bool) -> exp.Expr:
        """`unknown` keeps rows without a value, for negated bounds ("not over 30" holds for an unknown age)."""
        found_field = self._rows.index.field(field)
        kind = found_field.type
        if found_field.ordered and kind is ColumnType.STRING and op not in ("=", "!="):
            return self._among(field, _levels(found_field, op, value), wanted=True, unknown=unknown)
        column = self._rows.field(field)
        if kind is ColumnType.TIMESTAMP and isinstance(value, str) and len(value) == len("2026-01-01"):
            found = _on_days(column, op, value)
        elif value is True and op == "=":
            found = column
        else:
            found = BINARY[op](this=column, expression=literal(value, kind))
        if unknown and op not in ("=", "!="):
            return exp.Paren(this=any_of([found, exp.Is(this=column.copy(), expression=exp.Null())]))
        return found

    def _among(self, field: str, values: tuple[Scalar, ...], *, wanted: bool, unknown: bool = False) -> exp.Expr:
        if len(values) == 1 and not unknown:
            return self._compare(field, "=" if wanted else "!=", values[0], unknown=not wanted)
        if not values and not unknown:
            return exp.Boolean(this=not wanted)
        if not values:
            return exp.Is(this=self._rows.field(field), expression=exp.Null())
        kind = self._rows.index.field(field).type
        column = self._rows.field(field)
        found = exp.In(this=column, expressions=[literal(value, kind) for value in values])
        if unknown:
            return exp.Paren(this=exp.Or(this=found, expression=exp.Is(this=column.copy(), expression=exp.Null())))
        return found if wanted else _is_not_true(found, column)

    def _between(self, field: str, low: Scalar, high: Scalar, *, wanted: bool) -> exp.Expr:
        lower, upper = self._compare(field, ">=", low, unknown=False), self._compare(field, "<=", high, unknown=False)
        both = exp.And(this=lower, expression=upper)
        return both if wanted else _is_not_true(both, self._rows.field(field))

    def _contains(self, field: str, part: str, *, wanted: bool) -> exp.Expr:
        column = self._rows.field(field)
        lowered = exp.Lower(this=column)
        found = exp.GT(
            this=exp.StrPosition(this=lowered, substr=text(part.lower())), expression=literal(0, ColumnType.INTEGER)
        )
        return found if wanted else _is_not_true(found, column)

    def _members(self, condition: Did | HasMetric | Ranked | InSegment, *, wanted: bool) -> Members:
        return self._scope.steps.members(self._scope, condition, wanted=wanted)

    def _is_member(self, members: Members, *, wanted: bool) -> exp.Expr:
        found = self._rows.belongs_to(members)
        one = exp.Select(expressions=[literal(1, ColumnType.INTEGER)])
        one.set("from_", exp.From(this=exp.table_(members.step)))
        one.set("where", exp.Where(this=found))
        exists = exp.Exists(this=one)
        return exists if wanted != members.absent else exp.Not(this=exists)


def _levels(field: Dimension | Tag, op: Op, value: Scalar) -> tuple[Scalar, ...]:
    """The values of an ordered field that stand on the wanted side of `value`: gold and above."""
    ordered = [known.value for known in field.values]
    at = ordered.index(value)
    sides: dict[Op, list[Scalar]] = {
        ">": ordered[at + 1 :],
        ">=": ordered[at:],
        "<": ordered[:at],
        "<=": ordered[: at + 1],
        "=": [value],
        "!=": [known for known in ordered if known != value],
    }
    return tuple(sides[op])


def _is_not_true(found: exp.Expr, column: exp.Expr) -> exp.Expr:
    unknown = exp.Is(this=column.copy(), expression=exp.Null())
    return exp.Paren(this=exp.Or(this=exp.Not(this=exp.Paren(this=found)), expression=unknown))


def _on_days(column: exp.Expr, op: Op, value: str) -> exp.Expr:
    """A moment against a day: the bounds are the day's ends, so that "up to the 5th" holds all of the 5th."""
    first = date.fromisoformat(value)
    start, after = day(first), day(first + timedelta(days=1))
    match op:
        case "=":
            return exp.And(
                this=exp.GTE(this=column, expression=start), expression=exp.LT(this=column.copy(), expression=after)
            )
        case "!=":
            outside = any_of([exp.LT(this=column, expression=start), exp.GTE(this=column.copy(), expression=after)])
            return exp.Paren(this=exp.Or(this=outside, expression=exp.Is(this=column.copy(), expression=exp.Null())))
        case ">":
            return exp.GTE(this=column, expression=after)
        case ">=":
            return exp.GTE(this=column, expression=start)
        case "<":
            return exp.LT(this=column, expression=start)
        case "<=":
            return exp.LT(this=column, expression=after)
        case _:
            assert_never(op)
