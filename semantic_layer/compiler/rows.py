"""The rows of one entity with the many-to-one joins that the used fields need. Rows are never multiplied here."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from sqlglot import exp

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.context import TAG_TABLE, CompileContext
from semantic_layer.compiler.literals import day
from semantic_layer.compiler.statement import Statement
from semantic_layer.model.types import Dimension, Entity, Relationship, Tag
from semantic_layer.query.predicate import Did, HasMetric, InSegment, Ranked


@dataclass(frozen=True, slots=True)
class Members:
    """A step that holds keys of people. With `absent`, the condition holds for the people who are not in it.

    With `joinable`, the step holds no key twice by its construction and is computed by groups: rows joined to it stay as
    many, and the join costs less than a test of every row. Ranked people are also there once, but testing is cheaper.
    """

    step: str
    key: str
    absent: bool = False
    joinable: bool = False


class Steps(Protocol):
    """Adds the steps that need whole statements of their own: tags and conditions on people."""

    def tag(self, scope: Scope, tag: Tag) -> str:
        """The step that computes a tag (columns: the entity's key, `value`)."""
        ...

    def members(self, scope: Scope, condition: Did | HasMetric | Ranked | InSegment, *, wanted: bool) -> Members:
        """The step with the keys that decide the condition; `wanted` says whether it shall hold or fail."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a piece of a statement is compiled: the definitions, the day it is asked on, the statement it joins.

    `segments` are the names of the saved segments being unfolded, against definitions that contain themselves.
    """

    context: CompileContext
    calendar: CompanyCalendar
    statement: Statement
    steps: Steps
    segments: tuple[str, ...] = ()

    @classmethod
    def begin(cls, context: CompileContext, steps: Steps, as_of: date | None = None) -> Scope:
        """A fresh statement, asked on `as_of` or on the data's today."""
        tables = frozenset(entity.table for entity in context.index.model.entities)
        return cls(context, context.calendar, Statement(tables | {TAG_TABLE}), steps).on(as_of)

    def on(self, as_of: date | None) -> Scope:
        if as_of is None or as_of == self.calendar.as_of:
            return self
        old = self.calendar
        return replace(self, calendar=CompanyCalendar(old.conventions, old.festivals, as_of))

    def inside_segment(self, name: str) -> Scope:
        return replace(self, segments=(*self.segments, name))

    @property
    def as_of(self) -> date:
        return self.calendar.as_of

    @property
    def customer(self) -> str:
        return self.context.index.model.customer_entity

    def is_materialised(self, tag: Tag) -> bool:
        """Whether the tag's column in the tag table is right for the day of this scope."""
        return tag.name in self.context.materialised_tags and self.as_of == self.context.calendar.as_of


def alias_of(context: CompileContext, entity: Entity) -> str:
    """The name by which the entity's table is called in SQL: the table's, unless two entities share it."""
    shared = sum(other.table == entity.table for other in context.index.model.entities) > 1
    return entity.name if shared else entity.table


class Rows:
    """Rows of `entity` in a FROM clause that grows with the fields that are asked for."""

    def __init__(self, scope: Scope, entity: str) -> None:
        self.scope = scope
        self.index = scope.context.index
        self.entity = self.index.entity(entity)
        self._joins: dict[str, exp.Join] = {}
        self._joined: set[str] = {entity}

    def asked_on(self, scope: Scope) -> Rows:
        """The same rows and joins, for fields that depend on the day they are asked on."""
        other = copy(self)
        other.scope = scope
        return other

    def field(self, qualified: str) -> exp.Expr:
        """The value of a dimension or tag; joins what it needs. Raises `InvalidPlanError` where no path leads there."""
        found = self.index.field(qualified)
        stored = isinstance(found, Tag) and self.scope.is_materialised(found)
        self.scope.statement.use(qualified, computed=not stored)
        if isinstance(found, Tag):
            return self._tag(found)
        return self._dimension(found)

    def fragment(self, sql: str, entity: str | None = None) -> exp.Expr:
        """A definition's fragment over the columns of `entity` (of these rows by default)."""
        owner = self.index.entity(entity) if entity else self.entity
        self._join_to(owner.name)
        return self._bind(self.scope.context.fragments.get(sql), owner)

    def definition(self, sql: str) -> exp.Expr:
        """A definition's fragment over columns and dimensions of these rows' entity, or over fields as `entity.name`."""
        return self.bound(self.scope.context.fragments.get(sql))

    def bound(self, tree: exp.Expr) -> exp.Expr:
        """Binds the names of a fragment; columns that are already bound to a step are left as they are."""

        def bind(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column) and not self.scope.statement.has_step(node.table):
                return self._named(node)
            if isinstance(node, exp.Placeholder | exp.Parameter) and node.name == "as_of":
                return day(self.scope.as_of)
            return node

        return tree.transform(bind, copy=False)

    def _named(self, node: exp.Column) -> exp.Expr:
        qualified = f"{node.table or self.entity.name}.{node.name}"
        if not node.table and self.entity.column(node.name) is not None:
            return self._column(self.entity, node.name)
        value = self.field(qualified)
        return exp.Paren(this=value) if isinstance(value, exp.Binary) else value

    def key_of(self, entity: str) -> exp.Expr:
        """The key of the `entity` row that a row belongs to; the foreign key suffices, so no join is made."""
        target = self.index.entity(entity)
        (key,) = target.primary_key[:1]
        path = self.index.path(self.entity.name, entity)
        if not path:
            return self._column(self.entity, key)
        last = path[-1]
        if last.to_columns != (key,):
            self._join_to(entity)
            return self._column(target, key)
        for hop in path[:-1]:
            self._join(hop)
        return self._column(self.index.entity(last.from_entity), last.from_columns[0])

    def keep_members(self, members: Members) -> None:
        """Keeps only rows of people in the step, which must hold each key once."""
        on = exp.EQ(this=exp.column(members.key, table=members.step), expression=self.key_of(self.scope.customer))
        self._joins[members.step] = exp.Join(this=exp.table_(members.step), on=on)

    def has_joined(self, entity: str) -> bool:
        return entity in self._joined

    def is_key(self, qualified: str) -> bool:
        """Whether the field is nothing but the key of these rows."""
        found = self.index.field(qualified)
        return (
            isinstance(found, Dimension)
            and found.entity == self.entity.name
            and self.entity.primary_key == (found.expr,)
        )

    def select(self, *expressions: exp.Expr, where: exp.Expr | None = None) -> exp.Select:
        """SELECT `expressions` FROM these rows. Call it last: fields asked for later have no join in it."""
        query = exp.Select(expressions=list(expressions))
        query.set("from_", exp.From(this=self._table(self.entity)))
        if self._joins:
            query.set("joins", list(self._joins.values()))
        if where is not None:
            query.set("where", exp.Where(this=where))
        return query

    def joined_to(self, step: str, key: str, expressions: list[exp.Expr]) -> exp.Select:
        """SELECT FROM a step that holds keys of these rows, with the rows joined; bare columns are the step's."""
        for column in [found for value in expressions for found in value.find_all(exp.Column)]:
            if not column.table:
                column.set("table", exp.to_identifier(step))
        own = self._column(self.entity, self.entity.primary_key[0])
        on = exp.EQ(this=exp.column(key, table=step), expression=own)
        select = exp.Select(expressions=expressions, from_=exp.From(this=exp.table_(step)))
        select.set("joins", [exp.Join(this=self._table(self.entity), side="LEFT", on=on), *self._joins.values()])
        return select

    def _dimension(self, dimension: Dimension) -> exp.Expr:
        owner = self.index.entity(dimension.entity)
        if owner.primary_key == (dimension.expr,):
            return self.key_of(owner.name)
        value = self.fragment(dimension.expr, owner.name)
        return exp.Paren(this=value) if isinstance(value, exp.Connector | exp.Predicate | exp.Not) else value

    def _tag(self, tag: Tag) -> exp.Expr:
        owner = self.index.entity(tag.entity)
        (key,) = owner.primary_key[:1]
        stored = self.scope.is_materialised(tag)
        source = TAG_TABLE if stored else self.scope.steps.tag(self.scope, tag)
        value = tag.name if stored else "value"
        if source not in self._joins:
            on = exp.EQ(this=exp.column(key, table=source), expression=self.key_of(owner.name))
            self._joins[source] = exp.Join(this=exp.table_(source), side="LEFT", on=on)
        return exp.column(value, table=source)

    def _bind(self, tree: exp.Expr, owner: Entity) -> exp.Expr:
        """Columns get the owner's name in front; `:as_of` becomes the day."""
        alias = alias_of(self.scope.context, owner)

        def bind(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column) and not node.table:
                return exp.column(node.this, table=alias)
            if isinstance(node, exp.Placeholder | exp.Parameter) and node.name == "as_of":
                return day(self.scope.as_of)
            return node

        return tree.transform(bind, copy=False)

    def _join_to(self, entity: str) -> None:
        for hop in self.index.path(self.entity.name, entity):
            self._join(hop)

    def _join(self, hop: Relationship) -> None:
        if hop.to_entity in self._joined:
            return
        self._joined.add(hop.to_entity)
        source, target = self.index.entity(hop.from_entity), self.index.entity(hop.to_entity)
        pairs = [
            exp.EQ(this=self._column(source, left), expression=self._column(target, right))
            for left, right in zip(hop.from_columns, hop.to_columns, strict=True)
        ]
        self._joins[target.name] = exp.Join(this=self._table(target), side="LEFT", on=exp.and_(*pairs, copy=False))

    def _table(self, entity: Entity) -> exp.Table:
        alias = alias_of(self.scope.context, entity)
        return exp.table_(entity.table, alias=alias if alias != entity.table else None)

    def _column(self, entity: Entity, name: str) -> exp.Column:
        return exp.column(name, table=alias_of(self.scope.context, entity))
