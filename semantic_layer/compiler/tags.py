"""Compiles tags: each is one value a customer. Rule tags share their passes over the rows, whatever their windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from sqlglot import exp

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.compiler.combine import Combined, Side
from semantic_layer.compiler.conditions import BINARY
from semantic_layer.compiler.groups import FieldGroup, Group, KeyGroup
from semantic_layer.compiler.literals import all_of, literal, number
from semantic_layer.compiler.members import check_listable, is_listed
from semantic_layer.compiler.metrics import Leaf, formula, leaves
from semantic_layer.compiler.passes import aggregate
from semantic_layer.compiler.readings import Reading, measure_for, time_of
from semantic_layer.compiler.rows import Rows, Scope
from semantic_layer.compiler.text_tags import most_said
from semantic_layer.compiler.values import columns_of, keys_from, top_share, values_of_people, within_share
from semantic_layer.compiler.when import window
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.types import (
    AttributeBody,
    ColumnType,
    ModelBody,
    PreferenceBody,
    QuantileBody,
    RuleBody,
    Tag,
    TagInput,
    TextBody,
    Value,
)
from semantic_layer.query.time import Span
from semantic_layer.segments import Members

VALUE = "value"


def tag_values(scope: Scope, tag: Tag) -> exp.Select:
    """The key and the tag's value (`value`) of every row of the tag's entity; its steps join the scope's statement."""
    return _select(scope, tag.entity, {VALUE: tag})


def tag_table(scope: Scope, tags: Sequence[Tag]) -> exp.Select:
    """The key and one column a tag, for every customer."""
    return _select(scope, scope.customer, {tag.name: tag for tag in tags})


def _select(scope: Scope, entity: str, columns: dict[str, Tag]) -> exp.Select:
    rows = Rows(scope, entity)
    inputs = _Inputs(scope, entity, [tag.body for tag in columns.values()])
    joins = inputs.steps()
    outputs: list[exp.Expr] = [exp.column(rows.entity.primary_key[0], table=rows.key_of(entity).args["table"])]
    for name, tag in columns.items():
        scope.statement.mention(tag.qualified)
        value, step = _value(rows, tag, inputs)
        joins += [step] if step else []
        outputs.append(exp.alias_(value, name, copy=False))
    select = rows.select(*outputs)
    for step in dict.fromkeys(joins):
        on = exp.EQ(this=exp.column(rows.entity.primary_key[0], table=step), expression=rows.key_of(entity))
        select.append("joins", exp.Join(this=exp.table_(step), side="LEFT", on=on))
    return select


def _value(rows: Rows, tag: Tag, inputs: _Inputs) -> tuple[exp.Expr, str | None]:
    """The tag's value for a row of `rows`, and the step that must be joined for it."""
    body = tag.body
    match body:
        case AttributeBody(expr=expr):
            return rows.definition(expr), None
        case RuleBody():
            return _rule(rows, tag, body, inputs), None
        case QuantileBody():
            step, key = _quantile(rows.scope, tag, body)
            return exp.Not(this=exp.Is(this=exp.column(key, table=step), expression=exp.Null())), step
        case PreferenceBody():
            step = _preference(rows.scope, tag, body)
            return exp.column(VALUE, table=step), step
        case TextBody():
            step, key = most_said(rows.scope, tag, body, VALUE)
            if tag.type is ColumnType.BOOLEAN:
                return exp.Not(this=exp.Is(this=exp.column(key, table=step), expression=exp.Null())), step
            return exp.column(VALUE, table=step), step
        case ModelBody():
            return _scored(rows, tag, body), None
        case _:
            assert_never(body)


def _scored(rows: Rows, tag: Tag, body: ModelBody) -> exp.Expr:
    """The band that holds the key; NULL for who has no score. Scores of one day say nothing of the days before."""
    if rows.scope.calendar.as_of < body.scored_on:
        raise InvalidPlanError(
            Text(
                zh=f"「{tag.words.label.zh}」是模型在 {body.scored_on} 打的分，不能回看之前的日子。",
                en=f"{tag.words.label.en!r} was scored on {body.scored_on}; it is unknown for days before.",
            )
        )
    check_listable(rows.entity, tag.words.label.zh)
    key = rows.key_of(tag.entity)
    ifs = [
        exp.If(this=is_listed(key, Members(one.low, one.bits)), true=_literal(one.value, tag)) for one in body.scored
    ]
    return exp.Case(ifs=ifs) if ifs else exp.Null()


def _rule(rows: Rows, tag: Tag, body: RuleBody, inputs: _Inputs) -> exp.Expr:
    ifs = [
        exp.If(this=_over_inputs(rows, level.when, body, inputs), true=literal(level.value.value, tag.type))
        for level in body.levels
    ]
    otherwise = body.otherwise
    if otherwise is None and tag.type is ColumnType.BOOLEAN:
        return exp.Case(ifs=ifs, default=exp.Boolean(this=False))
    return exp.Case(ifs=ifs, default=None if otherwise is None else _literal(otherwise, tag))


def _literal(value: Value, tag: Tag) -> exp.Expr:
    return literal(value.value, tag.type)


def _over_inputs(rows: Rows, when: str, body: RuleBody, inputs: _Inputs) -> exp.Expr:
    """A level's condition: names of inputs become their values, other names are columns or dimensions of the entity."""
    named = {one.name: one for one in body.inputs}
    tree = rows.scope.context.fragments.get(when)
    for column in list(tree.find_all(exp.Column)):
        if not column.table and column.name in named:
            value = inputs.value(named[column.name])
            replacement = exp.Paren(this=value) if isinstance(value, exp.Binary) else value
            if column is tree:
                return replacement
            column.replace(replacement)
    return rows.bound(tree)


class _Inputs:
    """The inputs of several rule tags, read in as few passes as possible: one a kind of row, over all windows at once."""

    def __init__(self, scope: Scope, entity: str, bodies: Sequence[object]) -> None:
        self._scope = scope
        self._group = KeyGroup(scope.context.index.entity(entity).primary_key[0], entity)
        self._columns: dict[tuple[Leaf, DateSpan | None, str], str] = {}
        self._readings: list[Reading] = []
        self._source: dict[str, str] = {}
        for body in bodies:
            for one in body.inputs if isinstance(body, RuleBody) else ():
                for leaf in leaves(scope.context.index, one.metric):
                    self._read(leaf, one)
        passes = aggregate(scope, self._readings, [self._group]) if self._readings else ()
        for one_pass in passes:
            self._source.update(dict.fromkeys(one_pass.columns, one_pass.step))

    def steps(self) -> list[str]:
        return list(dict.fromkeys(self._source.values()))

    def value(self, one: TagInput) -> exp.Expr:
        def leaf_value(leaf: Leaf) -> exp.Expr:
            column = self._columns[leaf, self._span(one, leaf), one.where]
            return exp.column(column, table=self._source[column])

        return formula(self._scope.context, one.metric, leaf_value)

    def _read(self, leaf: Leaf, one: TagInput) -> None:
        identity = (leaf, self._span(one, leaf), one.where)
        if identity in self._columns:
            return
        days = one.window.replace(" ", "_")
        name = "_".join(part for part in (leaf.metric, days) if part)
        name = name if name not in self._columns.values() else f"{name}_{len(self._columns)}"
        self._columns[identity] = name
        where = (*leaf.where, one.where) if one.where else leaf.where
        self._readings.append(Reading(column=name, leaf=replace(leaf, where=where), span=identity[1]))

    def _span(self, one: TagInput, leaf: Leaf) -> DateSpan | None:
        measure = measure_for(self._scope, Reading(column=leaf.metric, leaf=leaf), [self._group], None)
        if time_of(self._scope.context.index, measure) is None:
            return None
        return self._scope.calendar.resolve(window(one.window) if one.window else Span(None, None))


def _quantile(scope: Scope, tag: Tag, body: QuantileBody) -> tuple[str, str]:
    metrics = tuple(dict.fromkeys((body.metric, *(bound.metric for bound in body.require))))
    step, key = values_of_people(scope, metrics, window(body.window) if body.window else Span(None, None))
    value = exp.column(body.metric)
    conditions: list[exp.Expr] = [exp.Not(this=exp.Is(this=value, expression=exp.Null()))]
    conditions += [
        BINARY[bound.op](this=exp.column(bound.metric), expression=number(bound.value)) for bound in body.require
    ]
    order = exp.Order(
        expressions=[
            exp.Ordered(this=value.copy(), desc=True, nulls_first=False),
            exp.Ordered(this=exp.column(key), desc=False, nulls_first=False),
        ]
    )
    ranked = top_share(step, key, order, all_of(conditions))
    places = scope.statement.step(f"places_{tag.name}", ranked, f"{body.metric} ranks")
    top = keys_from(places, key, within_share(body.share))
    return scope.statement.step(f"top_{tag.name}", top, f"the top {body.share:g} of them"), key


def _preference(scope: Scope, tag: Tag, body: PreferenceBody) -> str:
    """The value with the most of the metric for each key; ties go to the value that sorts first."""
    index = scope.context.index
    key = index.entity(tag.entity).primary_key[0]
    groups: list[Group] = [KeyGroup(key, tag.entity), FieldGroup(VALUE, body.dimension)]
    span = scope.calendar.resolve(window(body.window) if body.window else Span(None, None))
    readings = []
    names = columns_of(leaves(index, body.metric))
    for leaf, column in names.items():
        reading = Reading(column=column, leaf=leaf)
        timed = time_of(index, measure_for(scope, reading, groups, None)) is not None
        readings.append(replace(reading, span=span if timed else None))
    passes = aggregate(scope, readings, groups)
    combined = Combined(scope, groups, [Side(one, 0) for one in passes], None)
    order = exp.Order(
        expressions=[
            exp.Ordered(
                this=formula(scope.context, body.metric, lambda leaf: combined.value(names[leaf])),
                desc=True,
                nulls_first=False,
            ),
            exp.Ordered(this=combined.group(VALUE), desc=False, nulls_first=False),
        ]
    )
    place = exp.Window(this=exp.RowNumber(), partition_by=[combined.group(key)], order=order)
    ranked = combined.select(
        exp.alias_(combined.group(key), key, copy=False),
        exp.alias_(combined.group(VALUE), VALUE, copy=False),
        exp.alias_(place, "place", copy=False),
    )
    known = [exp.Not(this=exp.Is(this=combined.group(name), expression=exp.Null())) for name in (key, VALUE)]
    ranked.set("where", exp.Where(this=all_of(list(known))))
    places = scope.statement.step(f"places_{tag.name}", ranked, f"{body.dimension} by {body.metric} of each key")
    best = keys_from(places, key, exp.EQ(this=exp.column("place"), expression=number(1)))
    best.set("expressions", [exp.column(key), exp.column(VALUE)])
    return scope.statement.step(f"most_{tag.name}", best, "the first of each key")
