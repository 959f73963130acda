"""Statements over the records of tags: what a customer had when, who had a value on a day, and when tags were computed.

A stretch holds from `since` on and ends before `until`; NULL is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from semantic_layer.compiler.context import TAG_HISTORY, TAG_RUNS, CompileContext, Compiled
from semantic_layer.compiler.literals import all_of, literal
from semantic_layer.errors import Text
from semantic_layer.model.types import ColumnType, Scalar, Tag
from semantic_layer.table import ResultColumn

_RUNS = ("tag", "definition", "data_date", "computed_at", "customers", "known", "state", "why")


def compile_levels(key: int | str, context: CompileContext) -> Compiled:
    """`tag`, `value`, `since`, `until` and `definition` of all tags of one customer, in order of time."""
    names = ("tag", "value", "since", "until", "definition")
    holder = context.index.entity(context.index.model.customer_entity)
    column = holder.column(holder.primary_key[0])
    kind = column.type if column is not None else ColumnType.STRING
    same = exp.EQ(this=exp.column(holder.primary_key[0]), expression=literal(key, kind))
    select = exp.select(*names).from_(exp.table_(TAG_HISTORY)).where(same, copy=False)
    return _compiled(select.order_by("since", "tag"), names)


def compile_having(tag: Tag, values: Sequence[Scalar], day: date, context: CompileContext) -> Compiled:
    """The keys of the customers who had one of `values` on `day`, in order."""
    key = context.index.entity(tag.entity).primary_key[0]
    on = literal(day.isoformat(), ColumnType.DATE)
    ended = exp.column("until")
    conditions: list[exp.Expr] = [
        _of(tag),
        exp.In(this=exp.column("value"), expressions=[exp.Literal.string(stored(value)) for value in values]),
        exp.LTE(this=exp.column("since"), expression=on),
        exp.Paren(
            this=exp.Or(
                this=exp.Is(this=ended, expression=exp.Null()),
                expression=exp.GT(this=ended.copy(), expression=on.copy()),
            )
        ),
    ]
    select = exp.select(key).distinct().from_(exp.table_(TAG_HISTORY)).where(all_of(conditions)).order_by(key)
    return _compiled(select, (key,), tag.qualified)


def compile_recorded_from() -> Compiled:
    """For each `tag` the first day of which anything is recorded (`since`)."""
    first = exp.alias_(exp.Min(this=exp.column("since")), "since")
    select = exp.select("tag", first).from_(exp.table_(TAG_HISTORY)).group_by("tag").order_by("tag")
    return _compiled(select, ("tag", "since"))


def compile_runs() -> Compiled:
    """All records of computing tags, newest first: the columns of the table."""
    select = exp.select(*_RUNS).from_(exp.table_(TAG_RUNS)).order_by("computed_at DESC", "tag")
    return _compiled(select, _RUNS)


def stored(value: Scalar) -> str:
    """A value as the records spell it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of(tag: Tag) -> exp.Expr:
    return exp.EQ(this=exp.column("tag"), expression=exp.Literal.string(tag.name))


def _compiled(select: exp.Select, names: Sequence[str], *uses: str) -> Compiled:
    columns = tuple(ResultColumn(name=name, label=Text(name, name), role="attribute") for name in names)
    return Compiled(tree=select, columns=columns, uses=uses, computed=uses)
