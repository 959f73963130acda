"""What the load must know of tags to compute them for some customers only: what they read, on what they depend, their ranks.

A quantile tag looks at everybody. What it ranks by is kept for each customer, so that a change of some is a change of some
kept values and one look at their order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from sqlglot import exp

from semantic_layer.compiler.conditions import BINARY
from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.compiler.fragments import parse_fragment
from semantic_layer.compiler.labels import field_column
from semantic_layer.compiler.literals import all_of, number
from semantic_layer.compiler.people import PersonSteps
from semantic_layer.compiler.rows import Scope
from semantic_layer.compiler.tag_table import compile_tag
from semantic_layer.compiler.text import for_the_load
from semantic_layer.compiler.text_tags import text_settings
from semantic_layer.compiler.uses import Uses
from semantic_layer.compiler.values import keys_from, top_share, values_of_people, within_share
from semantic_layer.compiler.when import window
from semantic_layer.model.types import QuantileBody, Simple, Tag, TextBody
from semantic_layer.query.time import Span
from semantic_layer.table import ResultColumn

INPUT_TABLE: Final = "tag_inputs"
"""What the load keeps of quantile tags: the customer's key and one column a tag, the metric where all is met."""
_SOME_DAY: Final = date(2024, 3, 31)  # versions of definitions are compared as compiled for one and the same day


def reads(compiled: Compiled) -> dict[str, frozenset[str]]:
    """Each stored table that the statement reads, with the names of columns that are read from it (or from another)."""
    with_ = compiled.tree.args.get("with_")
    steps = {cte.alias for cte in with_.expressions} if with_ else set()
    columns = frozenset(column.name for column in compiled.tree.find_all(exp.Column))
    return {table.name: columns for table in compiled.tree.find_all(exp.Table) if table.name not in steps}


def read_since(compiled: Compiled) -> dict[str, tuple[str, date]]:
    """For tables of which only rows since some day are read: the column that says when, and the earliest day.

    A table that any step joins, or reads without such a bound, is left out.
    """
    found: dict[str, list[tuple[str, date] | None]] = {}
    for select in compiled.tree.find_all(exp.Select):
        from_ = select.args.get("from_")
        for table in select.find_all(exp.Table):
            if table.parent_select is select:
                first = from_ is not None and from_.this is table
                found.setdefault(table.name, []).append(_bound(select, table.name) if first else None)
    bounds: dict[str, tuple[str, date]] = {}
    for name, several in found.items():
        known = [one for one in several if one is not None]
        if len(known) == len(several) and len({column for column, _ in known}) == 1:
            bounds[name] = (known[0][0], min(day for _, day in known))
    return bounds


def _bound(select: exp.Select, table: str) -> tuple[str, date] | None:
    """The day from which on the rows of a table are read, if the condition of the select says one."""
    where = select.args.get("where")
    for condition in where.this.flatten() if where is not None and isinstance(where.this, exp.And) else ():
        column, day = condition.args.get("this"), condition.args.get("expression")
        if not isinstance(condition, exp.GTE) or not isinstance(column, exp.Column) or column.table != table:
            continue
        if isinstance(day, exp.Cast) and isinstance(day.this, exp.Literal) and day.is_type(exp.DataType.Type.DATE):
            return column.name, date.fromisoformat(str(day.this.this))
    return None


def definition_version(tag: Tag, context: CompileContext) -> str:
    """A hash of what the tag and all it rests on mean: of its statement for a fixed day. Labels and owners do not count."""
    return hashlib.sha256(_on(tag, context, _SOME_DAY).encode()).hexdigest()[:12]


def is_dated(tag: Tag, context: CompileContext) -> bool:
    """Whether the tag's value may change with nothing but the day: it has windows, or compares with the day."""
    return _on(tag, context, _SOME_DAY) != _on(tag, context, _SOME_DAY + timedelta(days=1))


def look_at_everybody(context: CompileContext, tags: Sequence[Tag]) -> frozenset[str]:
    """The tags for which rows of one customer decide about others in a way that no kept rank shows: balances of the last
    moment, and tables of daily snapshots.
    """
    model = context.index.model
    entities = {entity.name: entity for entity in model.entities}
    uses = Uses(model)
    found = set()
    for tag in tags:
        named = {name for kind, name in uses.closure([("tag", tag.qualified)]) if kind == "metric"}
        bodies = [context.index.metric(name).body for name in named]
        measures = [measure for body in bodies if isinstance(body, Simple) for measure in body.measures]
        if any(measure.non_additive is not None or entities[measure.entity].partition for measure in measures):
            found.add(tag.name)
    return frozenset(found)


def compile_inputs(tags: Sequence[Tag], context: CompileContext) -> Compiled:
    """What each quantile tag of `tags` ranks by, under its name, for each customer with rows; NULL where it takes no part."""
    scope = Scope.begin(context, PersonSteps())
    key = context.index.entity(scope.customer).primary_key[0]
    steps: dict[str, tuple[str, str]] = {}
    for tag in tags:
        body = tag.body
        assert isinstance(body, QuantileBody)
        metrics = tuple(dict.fromkeys((body.metric, *(bound.metric for bound in body.require))))
        steps[tag.name] = values_of_people(scope, metrics, window(body.window) if body.window else Span(None, None))
    select = _joined(scope, tags, steps, key)
    columns = (
        ResultColumn(
            name=key, label=context.index.entity(scope.customer).words.label, role="key", source=scope.customer
        ),
        *(field_column(tag, tag.name, "attribute") for tag in tags),
    )
    return Compiled(tree=scope.statement.finish(select), columns=columns, uses=scope.statement.uses)


def compile_top(tag: Tag, key: str) -> exp.Select:
    """The keys that have the quantile tag, from the kept table of inputs."""
    body = tag.body
    assert isinstance(body, QuantileBody)
    value = exp.column(tag.name)
    order = exp.Order(
        expressions=[
            exp.Ordered(this=value.copy(), desc=True, nulls_first=False),
            exp.Ordered(this=exp.column(key), desc=False, nulls_first=False),
        ]
    )
    ranked = top_share(INPUT_TABLE, key, order, exp.Not(this=exp.Is(this=value, expression=exp.Null())))
    ranks = exp.Subquery(this=ranked, alias=exp.TableAlias(this=exp.to_identifier("ranks")))
    top = exp.Select(expressions=[exp.column(key)], from_=exp.From(this=ranks))
    top.set("where", exp.Where(this=within_share(body.share)))
    return top


def day_expression(fragment: str) -> str:
    """The day of a time dimension's expression, over the columns of its own table."""
    day = exp.Cast(this=parse_fragment(fragment), to=exp.DataType(this=exp.DataType.Type.DATE))
    return for_the_load(day)


def _joined(scope: Scope, tags: Sequence[Tag], steps: Mapping[str, tuple[str, str]], key: str) -> exp.Select:
    """One row a key of any of the steps, with the value of each tag."""
    every: exp.Expr | None = None
    for step, own in dict.fromkeys(steps.values()):
        keys = keys_from(step, own, None)
        keys.set("expressions", [exp.alias_(exp.column(own), key, copy=False)])
        every = keys if every is None else exp.Union(this=every, expression=keys, distinct=True)
    assert every is not None
    people = scope.statement.step("ranked_people", every, "everybody with a rank")
    outputs: list[exp.Expr] = [exp.column(key, table=people)]
    for tag in tags:
        body = tag.body
        assert isinstance(body, QuantileBody)
        step, _ = steps[tag.name]
        bounds: list[exp.Expr] = [
            BINARY[bound.op](this=exp.column(bound.metric, table=step), expression=number(bound.value))
            for bound in body.require
        ]
        value: exp.Expr = exp.column(body.metric, table=step)
        if bounds:
            value = exp.Case(ifs=[exp.If(this=all_of(bounds), true=value)])
        outputs.append(exp.alias_(value, tag.name, copy=False))
    select = exp.Select(expressions=outputs, from_=exp.From(this=exp.table_(people)))
    for step, own in dict.fromkeys(steps.values()):
        on = exp.EQ(this=exp.column(own, table=step), expression=exp.column(key, table=people))
        select.append("joins", exp.Join(this=exp.table_(step), side="LEFT", on=on))
    return select


def _on(tag: Tag, context: CompileContext, day: date) -> str:
    calendar = context.calendar
    on_day = replace(context, calendar=type(calendar)(calendar.conventions, calendar.festivals, day))
    settings = f" {text_settings(tag.body)}" if isinstance(tag.body, TextBody) else ""  # not in the statement itself
    return f"{tag.type} {for_the_load(compile_tag(tag, on_day).tree)}{settings}"
