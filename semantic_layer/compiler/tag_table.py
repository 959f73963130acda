"""The statement that writes all tags of the customer at once, for the load."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.compiler.context import TAG_TABLE, CompileContext, Compiled
from semantic_layer.compiler.labels import field_column
from semantic_layer.compiler.people import PersonSteps
from semantic_layer.compiler.rows import Scope
from semantic_layer.compiler.tags import VALUE, tag_table, tag_values
from semantic_layer.model.types import ColumnType, SemanticModel, Tag
from semantic_layer.table import ResultColumn


def compile_tag(tag: Tag, context: CompileContext) -> Compiled:
    """The key and the value (`value`) of one tag for every row of its entity, computed anew."""
    scope = Scope.begin(context, PersonSteps())
    select = tag_values(scope, tag)
    columns = (_key_column(tag.entity, context), field_column(tag, VALUE, "attribute"))
    statement = scope.statement
    return Compiled(tree=statement.finish(select), columns=columns, uses=statement.uses)


def customer_tags(model: SemanticModel) -> tuple[Tag, ...]:
    """The tags of the customer, in the order of the definitions."""
    return tuple(tag for tag in model.tags if tag.entity == model.customer_entity)


def compile_tag_table(context: CompileContext, tags: Sequence[Tag] | None = None) -> Compiled:
    """The key and one column a tag (of `tags`, or of all) for every customer, in the order of the definitions."""
    model = context.index.model
    tags = customer_tags(model) if tags is None else tags
    scope = Scope.begin(context, PersonSteps())
    select = tag_table(scope, tags)
    key = _key_column(model.customer_entity, context)
    select.set("order", exp.Order(expressions=[exp.Ordered(this=exp.column(key.name), desc=False, nulls_first=False)]))
    columns = (key, *(field_column(tag, tag.name, "attribute") for tag in tags))
    statement = scope.statement
    return Compiled(tree=statement.finish(select), columns=columns, uses=statement.uses)


def created(compiled: Compiled) -> exp.Create:
    """CREATE OR REPLACE TABLE `customer_tags` AS the statement."""
    return exp.Create(this=exp.table_(TAG_TABLE), kind="TABLE", replace=True, expression=compiled.tree)


def tag_counts(tags: Sequence[Tag]) -> exp.Select:
    """One row of two numbers a tag: how many customers have it, and of how many it is known."""
    numbers: list[exp.Expr] = []
    for tag in tags:
        column = exp.column(tag.name)
        known = exp.Count(this=column)
        is_flag = tag.type is ColumnType.BOOLEAN
        having = exp.Filter(this=known.copy(), expression=exp.Where(this=column.copy())) if is_flag else known.copy()
        numbers += [having, known]
    return exp.Select(expressions=numbers, from_=exp.From(this=exp.table_(TAG_TABLE)))


def _key_column(entity: str, context: CompileContext) -> ResultColumn:
    found = context.index.entity(entity)
    return ResultColumn(name=found.primary_key[0], label=found.words.label, role="key", source=entity)
