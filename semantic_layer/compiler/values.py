"""A metric for each person, and places in its order: what bounds, ranks and quantile tags are made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from semantic_layer.compiler.combine import Combined, Side
from semantic_layer.compiler.groups import KeyGroup
from semantic_layer.compiler.literals import all_of, number
from semantic_layer.compiler.metrics import Leaf, formula, leaves
from semantic_layer.compiler.passes import aggregate
from semantic_layer.compiler.readings import Reading, measure_for, time_of
from semantic_layer.compiler.rows import Scope
from semantic_layer.compiler.when import span_of
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.time import TimeRange


def values_of_people(
    scope: Scope, metrics: tuple[str, ...], time: TimeRange | None, where: Predicate | None = None
) -> tuple[str, str]:
    """The step with one row a person who has rows: the key and each metric under its name; and the key's name."""
    step, keys = values_of(scope, scope.customer, metrics, time, where)
    return step, keys[0]


def values_of(
    scope: Scope, entity: str, metrics: tuple[str, ...], time: TimeRange | None, where: Predicate | None = None
) -> tuple[str, tuple[str, ...]]:
    """The step with one row for each row of `entity` that has rows of the metrics; and the columns of its key."""
    index = scope.context.index
    groups = [
        KeyGroup(f"{entity}_{key}" if key in metrics else key, entity, at)
        for at, key in enumerate(index.entity(entity).primary_key)
    ]
    span = span_of(scope.calendar, time)
    names = columns_of(dict.fromkeys(leaf for metric in metrics for leaf in leaves(index, metric)))
    readings = []
    for leaf, column in names.items():
        reading = Reading(column=column, leaf=leaf)
        timed = time_of(index, measure_for(scope, reading, groups, where)) is not None
        readings.append(replace(reading, span=span if timed else None))
    passes = aggregate(scope, readings, groups, where)
    combined = Combined(scope, groups, [Side(one, 0) for one in passes], None)
    columns = [exp.alias_(combined.group(group.column), group.column, copy=False) for group in groups]
    for metric in metrics:
        scope.statement.use(metric)
        columns.append(
            exp.alias_(formula(scope.context, metric, lambda leaf: combined.value(names[leaf])), metric, copy=False)
        )
    select = combined.select(*columns)
    known = [exp.Not(this=exp.Is(this=combined.group(group.column), expression=exp.Null())) for group in groups]
    select.set("where", exp.Where(this=all_of(list(known))))
    each = "person" if entity == scope.customer else entity
    name = f"{metrics[0]}_of_{'people' if entity == scope.customer else entity}"
    step = scope.statement.step(name, select, f"{', '.join(metrics)} of each {each}")
    return step, tuple(group.column for group in groups)


def columns_of(found: Iterable[Leaf]) -> dict[Leaf, str]:
    """A column's name for each leaf: that of its metric, numbered where several leaves are of one metric."""
    columns: dict[Leaf, str] = {}
    for leaf in found:
        name = base = leaf.metric if leaf.is_plain or not leaf.alias else leaf.alias
        count = 2
        while name in columns.values():
            name, count = f"{base}_{count}", count + 1
        columns[leaf] = name
    return columns


def top_share(step: str, key: str, order: exp.Order, condition: exp.Expr | None) -> exp.Select:
    """Keys with their place in `order` and the number of all that have one."""
    place = exp.Window(this=exp.RowNumber(), order=order)
    counted = keys_from(step, key, condition.copy() if condition else None)
    counted.set("expressions", [exp.Count(this=exp.Star(), big_int=True)])
    everyone = exp.Subquery(this=counted)  # once, where a window would carry the number along with every person
    select = keys_from(step, key, condition)
    select.set(
        "expressions",
        [
            exp.column(key),
            exp.alias_(place, "place", copy=False),
            exp.alias_(everyone, "people", copy=False),
        ],
    )
    return select


def within_share(share: float) -> exp.Expr:
    """The place is inside the share, rounded up: of 11 people the top 10 % are 2."""
    return exp.LTE(
        this=exp.column("place"),
        expression=exp.Ceil(this=exp.Mul(this=exp.column("people"), expression=number(share))),
    )


def keys_from(step: str, keys: str | tuple[str, ...], condition: exp.Expr | None) -> exp.Select:
    """SELECT a key, with all its columns, FROM a step that has it."""
    select = exp.Select(expressions=[exp.column(key) for key in ((keys,) if isinstance(keys, str) else keys)])
    select.set("from_", exp.From(this=exp.table_(step)))
    if condition is not None:
        select.set("where", exp.Where(this=condition))
    return select


def key_name(scope: Scope) -> str:
    return scope.context.index.entity(scope.customer).primary_key[0]
