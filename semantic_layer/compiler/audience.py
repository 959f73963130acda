"""Compiles an `Audience`: how many, step by step, who, and what they are like."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.compiler.conditions import Conditions
from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.compiler.labels import field_column
from semantic_layer.compiler.literals import all_of, number, text
from semantic_layer.compiler.people import PersonSteps
from semantic_layer.compiler.rows import Rows, Scope
from semantic_layer.compiler.validate import check_audience, check_fields
from semantic_layer.errors import Text
from semantic_layer.model.types import Dimension, DimensionKind, Sensitivity
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    IsNull,
    Not,
    Or,
    Predicate,
    conjuncts,
)
from semantic_layer.query.types import Audience, Order
from semantic_layer.table import ResultColumn

_SHOWN_FIELDS = 8
_SHOWN_KINDS = (DimensionKind.CATEGORICAL, DimensionKind.GEOGRAPHIC)
PEOPLE = Text("人数", "people")


def compile_audience_count(audience: Audience, context: CompileContext) -> Compiled:
    """One number: how many people are in the audience (column `people`)."""
    scope, rows = _begin(audience, context)
    condition = all_of(Conditions(rows).keep(audience.where))
    count = exp.alias_(exp.Count(this=exp.Star(), big_int=True), "people", copy=False)
    return _finished(scope, rows.select(count, where=condition), (_count_column("people", PEOPLE),))


def compile_waterfall(audience: Audience, context: CompileContext) -> Compiled:
    """People left after none, one, two … of the conditions, in one row (`step_0`, `step_1`, …) from one pass."""
    scope, rows = _begin(audience, context)
    scope.statement.keys_once = True
    parts = conjuncts(audience.where)
    marks = [
        exp.alias_(Conditions(rows).holds(part), f"condition_{position}", copy=False)
        for position, part in enumerate(parts, start=1)
    ]
    if not marks:
        count = exp.alias_(exp.Count(this=exp.Star(), big_int=True), "step_0", copy=False)
        return _finished(scope, rows.select(count), (_count_column("step_0", PEOPLE),))
    step = scope.statement.step("conditions", rows.select(*marks), "every condition of every person")
    counts: list[exp.Expr] = []
    for position in range(len(parts) + 1):
        count = exp.Count(this=exp.Star(), big_int=True)
        holding = all_of([exp.column(f"condition_{number_}") for number_ in range(1, position + 1)])
        value = count if holding is None else exp.Filter(this=count, expression=exp.Where(this=holding))
        counts.append(exp.alias_(value, f"step_{position}", copy=False))
    select = exp.Select(expressions=counts)
    select.set("from_", exp.From(this=exp.table_(step)))
    columns = tuple(_count_column(f"step_{position}", PEOPLE) for position in range(len(parts) + 1))
    return _finished(scope, select, columns)


def compile_people(
    audience: Audience,
    context: CompileContext,
    *,
    fields: Sequence[str] | None = None,
    order: Sequence[Order] = (),
    limit: int | None = None,
    offset: int = 0,
) -> Compiled:
    """One row a person: the key, then `fields` (a telling few when `None`), ordered by `order` and then by key."""
    scope, rows = _begin(audience, context)
    chosen = tuple(fields) if fields is not None else telling_fields(audience, context)
    check_fields(chosen, audience.entity, context)
    (key, *_) = rows.entity.primary_key
    columns = [ResultColumn(name=key, label=rows.entity.words.label, role="key", source=audience.entity)]
    outputs = [exp.alias_(rows.key_of(audience.entity), key, copy=False)]
    names: dict[str, str] = {}
    for qualified in chosen:
        if rows.is_key(qualified):
            continue
        field = context.index.field(qualified)
        name = field.name if field.name not in (key, *names.values()) else qualified.replace(".", "_")
        names[qualified] = name
        outputs.append(exp.alias_(rows.field(qualified), name, copy=False))
        columns.append(field_column(field, name, "attribute"))
    condition = all_of(Conditions(rows).keep(audience.where))
    check_fields(tuple(one.by for one in order), audience.entity, context)
    terms = [
        exp.Ordered(
            this=exp.column(names[one.by]) if one.by in names else rows.field(one.by),
            desc=one.descending,
            nulls_first=False,
        )
        for one in order
    ]
    terms.append(exp.Ordered(this=rows.key_of(audience.entity), desc=False, nulls_first=False))
    select = rows.select(*outputs, where=condition)
    select.set("order", exp.Order(expressions=terms))
    if limit is not None:
        select.set("limit", exp.Limit(expression=number(limit)))
    if offset:
        select.set("offset", exp.Offset(expression=number(offset)))
    return _finished(scope, select, tuple(columns))


def compile_keys(audience: Audience, context: CompileContext) -> Compiled:
    """The keys of all people in the audience, in order."""
    return compile_people(audience, context, fields=())


def compile_distribution(
    audience: Audience, fields: Sequence[str], context: CompileContext, *, base: Audience | None = None
) -> Compiled:
    """For each field and value: how many of the audience and of the base have it.

    Columns `field`, `value` (as text; NULL for unknown), `people`, `base_people`. The base is everybody when `None`; when
    it is the audience itself, only its people are read.
    """
    check_audience(audience, context)
    check_fields(tuple(fields), audience.entity, context)
    scope, rows = _begin(audience if base is None else base, context)
    inside_base = _condition(rows, conjuncts(base.where if base else None))
    target = Rows(scope.on(audience.as_of), audience.entity)
    alone = base == audience
    marks = {
        "in_audience": exp.Boolean(this=True) if alone else _marked(rows, target, audience.where),
        "in_base": exp.Boolean(this=True) if alone or inside_base is None else inside_base,
    }
    outputs = [exp.alias_(rows.field(field), f"field_{at}", copy=False) for at, field in enumerate(fields)]
    outputs += [exp.alias_(mark, name, copy=False) for name, mark in marks.items()]
    people = rows.select(*outputs, where=inside_base if alone else None)
    step = scope.statement.step("everybody", people, "every person with the fields to compare")
    parts = [_values_of(step, field, f"field_{at}") for at, field in enumerate(fields)]
    union: exp.Expr = parts[0]
    for other in parts[1:]:
        union = exp.Union(this=union, expression=other, distinct=False)
    counts = scope.statement.step("distributions", union, "how many have each value")
    select = exp.Select(expressions=[exp.column(name) for name in ("field", "value", "people", "base_people")])
    select.set("from_", exp.From(this=exp.table_(counts)))
    order = [exp.Ordered(this=exp.column(name), desc=False, nulls_first=False) for name in ("field", "value")]
    select.set("order", exp.Order(expressions=order))
    columns = (
        ResultColumn(name="field", label=Text("字段", "field"), role="group"),
        ResultColumn(name="value", label=Text("取值", "value"), role="group"),
        _count_column("people", PEOPLE),
        _count_column("base_people", Text("基准人数", "people in the base")),
    )
    return _finished(scope, select, columns)


def compile_value_counts(field: str, context: CompileContext) -> Compiled:
    """The values of a field with how many rows of its entity have each, most frequent first."""
    found = context.index.field(field)
    scope = Scope.begin(context, PersonSteps())
    rows = Rows(scope, found.entity)
    value = exp.alias_(rows.field(field), "value", copy=False)
    count = exp.alias_(exp.Count(this=exp.Star(), big_int=True), "row_count", copy=False)
    select = rows.select(value, count)
    select.set("group", exp.Group(expressions=[exp.Literal.number(1)]))
    order = [
        exp.Ordered(this=exp.column("row_count"), desc=True, nulls_first=False),
        exp.Ordered(this=exp.column("value"), desc=False, nulls_first=False),
    ]
    select.set("order", exp.Order(expressions=order))
    columns = (field_column(found, "value", "group"), _count_column("row_count", Text("行数", "rows")))
    return _finished(scope, select, columns)


def telling_fields(audience: Audience, context: CompileContext) -> tuple[str, ...]:
    """What to show of people when nothing was said: the label, the fields of the conditions, then plain categories."""
    entity = context.index.entity(audience.entity)
    label = entity.label_column
    found = [label if label is None or "." in label else f"{entity.name}.{label}"]
    found += [field for field in fields_in(audience.where) if context.index.has_field(field)]
    for field in context.index.fields_of(entity.name):
        shown = (
            isinstance(field, Dimension) and field.kind in _SHOWN_KINDS and field.sensitivity is not Sensitivity.CONTACT
        )
        if shown:
            found.append(field.qualified)
    return tuple(dict.fromkeys(field for field in found if field is not None))[:_SHOWN_FIELDS]


def fields_in(where: Predicate | None) -> tuple[str, ...]:
    """The fields that conditions on the row itself name, in order."""
    match where:
        case And(items=items) | Or(items=items):
            return tuple(field for item in items for field in fields_in(item))
        case Not(item=item):
            return fields_in(item)
        case (
            Compare(field=field)
            | Among(field=field)
            | Between(field=field)
            | IsNull(field=field)
            | Contains(field=field)
        ):
            return (field,)
        case _:
            return ()


def _begin(audience: Audience, context: CompileContext) -> tuple[Scope, Rows]:
    check_audience(audience, context)
    scope = Scope.begin(context, PersonSteps(), audience.as_of)
    return scope, Rows(scope, audience.entity)


def _marked(rows: Rows, target: Rows, where: Predicate | None) -> exp.Expr:
    """Whether a row of `rows` is in the audience; conditions as of another day are computed for that day."""
    scoped = rows if target.scope.as_of == rows.scope.as_of else rows.asked_on(target.scope)
    found = _condition(scoped, conjuncts(where))
    return exp.Boolean(this=True) if found is None else exp.Coalesce(this=found, expressions=[exp.Boolean(this=False)])


def _condition(rows: Rows, parts: tuple[Predicate, ...]) -> exp.Expr | None:
    return all_of([Conditions(rows).holds(part) for part in parts])


def _values_of(step: str, field: str, column: str) -> exp.Select:
    def counted(mark: str, name: str) -> exp.Expr:
        where = exp.Where(this=exp.column(mark))
        return exp.alias_(exp.Filter(this=exp.Count(this=exp.Star(), big_int=True), expression=where), name, copy=False)

    as_text = exp.Cast(this=exp.column(column), to=exp.DataType(this=exp.DataType.Type.VARCHAR))
    select = exp.Select(
        expressions=[
            exp.alias_(text(field), "field", copy=False),
            exp.alias_(as_text, "value", copy=False),
            counted("in_audience", "people"),
            counted("in_base", "base_people"),
        ]
    )
    select.set("from_", exp.From(this=exp.table_(step)))
    select.set("group", exp.Group(expressions=[exp.Literal.number(1), exp.Literal.number(2)]))
    return select


def _count_column(name: str, label: Text) -> ResultColumn:
    return ResultColumn(name=name, label=label, role="metric")


def _finished(scope: Scope, select: exp.Select, columns: tuple[ResultColumn, ...]) -> Compiled:
    statement = scope.statement
    return Compiled(
        tree=statement.finish(select),
        columns=columns,
        uses=statement.uses,
        notes=statement.notes,
        computed=statement.computed,
        listed=tuple(
            (column.name, column.source)
            for column in columns
            if column.role == "attribute" and statement.times_used(column.source) == 1
        ),
    )
