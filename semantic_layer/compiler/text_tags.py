"""Compiles text tags: the label that most of a customer's texts carry. Labels stand in tables that the load writes."""

from __future__ import annotations

import hashlib

from sqlglot import exp

from semantic_layer.compiler.context import TEXT_QUALITY, Compiled, labels_table
from semantic_layer.compiler.literals import inside, number
from semantic_layer.compiler.rows import Rows, Scope
from semantic_layer.compiler.values import keys_from
from semantic_layer.compiler.when import window
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Entity, Tag, TextBody
from semantic_layer.table import ResultColumn

QUALITY_COLUMNS = (
    "tag",
    "value",
    "method",
    "held_out",
    "given",
    "correct",
    "truly",
    "precision",
    "low",
    "high",
    "recall",
    "bar",
    "published",
)
_VALUE = "value"
_TEXTS = "texts"


def text_entity(index: ModelIndex, body: TextBody) -> Entity:
    """The entity whose rows hold the texts."""
    return index.entity(index.dimension(body.text).entity)


def text_settings(body: TextBody) -> str:
    """A hash of all that decides which label a text gets, and which labels are published; not what they are called."""
    labels = [(label.value.value, label.words, label.unless) for label in body.labels]
    truth = [(one.said, one.value) for one in body.truth]
    told = (body.text, body.speaker, body.method.value, body.bar, body.fewest, labels, truth)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def most_said(scope: Scope, tag: Tag, body: TextBody, value: str) -> tuple[str, str]:
    """The step with the label that most texts of each key carry, in the column `value`, ties by the label; and the key."""
    index = scope.context.index
    key = index.entity(tag.entity).primary_key[0]
    counted = _counted(scope, tag, body, key, value)
    step = scope.statement.step(f"said_{tag.name}", counted, f"labels of {body.text} of each key")
    order = exp.Order(
        expressions=[
            exp.Ordered(this=exp.column(_TEXTS), desc=True, nulls_first=False),
            exp.Ordered(this=exp.column(value), desc=False, nulls_first=False),
        ]
    )
    place = exp.Window(this=exp.RowNumber(), partition_by=[exp.column(key)], order=order)
    ranked = keys_from(step, key, exp.Not(this=exp.Is(this=exp.column(key), expression=exp.Null())))
    ranked.set("expressions", [exp.column(key), exp.column(value), exp.alias_(place, "place", copy=False)])
    places = scope.statement.step(f"places_{tag.name}", ranked, "labels by how many texts carry them")
    best = keys_from(places, key, exp.EQ(this=exp.column("place"), expression=number(1)))
    best.set("expressions", [exp.column(key), exp.column(value)])
    return scope.statement.step(f"most_{tag.name}", best, "the first of each key"), key


def _counted(scope: Scope, tag: Tag, body: TextBody, key: str, value: str) -> exp.Select:
    """How many texts of each key carry each label."""
    entity = text_entity(scope.context.index, body)
    table = labels_table(entity)
    rows = Rows(scope, entity.name, f"{entity.name}.{entity.time}" if entity.time else None)
    rows.keep_labels(table, tag.name)
    owner = rows.key_of(tag.entity)
    label = exp.column(_VALUE, table=table)
    condition = inside(rows.own_time(), scope.calendar.resolve(window(body.window))) if body.window else None
    select = rows.select(
        exp.alias_(owner, key, copy=False),
        exp.alias_(label, value, copy=False),
        exp.alias_(exp.Count(this=exp.Star(), big_int=True), _TEXTS, copy=False),
        where=condition,
    )
    select.set("group", exp.Group(expressions=[owner.copy(), label.copy()]))
    return select


def compile_text_quality() -> Compiled:
    """How well the labels of text tags are found: the columns of the table, in its order."""
    select = exp.select(*QUALITY_COLUMNS).from_(exp.table_(TEXT_QUALITY)).order_by("tag", "method", "value")
    columns = tuple(ResultColumn(name=name, label=Text(name, name), role="attribute") for name in QUALITY_COLUMNS)
    return Compiled(tree=select, columns=columns)
