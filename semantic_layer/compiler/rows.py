"""The rows of one entity with the many-to-one joins that the used fields need. Rows are never multiplied here."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from sqlglot import exp

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.context import TAG_TABLE, CompileContext, labels_table
from semantic_layer.compiler.literals import any_of, day, number
from semantic_layer.compiler.moments import own_period_of, period_start
from semantic_layer.compiler.statement import Statement
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.grain import Grain
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, Entity, Relationship, Tag
from semantic_layer.query.predicate import Did, HasMetric, InSegment, Ranked

Way = tuple[Relationship, ...]
CALENDAR = "calendar"
"""How aliases of time spines begin that own periods are looked up in."""
METRIC_TIME = "metric_time"
"""The table part that stands in definitions for the time that a metric goes by: `metric_time.day`."""


@dataclass(frozen=True, slots=True)
class Members:
    """A step that holds keys of people. With `absent`, the condition holds for the people who are not in it.

    With `joinable`, the step holds no key twice by its construction and is computed by groups: rows joined to it stay as
    many, and the join costs less than a test of every row. Ranked people are also there once, but testing is cheaper.
    `entity` is set where the keys are those of other rows than people, `more_keys` where such a key has several columns.
    """

    step: str
    key: str
    absent: bool = False
    joinable: bool = False
    entity: str | None = None
    more_keys: tuple[str, ...] = ()


class Steps(Protocol):
    """Adds the steps that need whole statements of their own: tags, metrics and conditions on people."""

    def tag(self, scope: Scope, tag: Tag) -> str:
        """The step that computes a tag (columns: the entity's key, `value`)."""
        ...

    def members(self, scope: Scope, condition: Did | HasMetric | Ranked | InSegment, *, wanted: bool) -> Members:
        """The step with the keys that decide the condition; `wanted` says whether it shall hold or fail."""
        ...

    def metric(self, scope: Scope, metric: str, entity: str) -> tuple[str, tuple[str, ...]]:
        """The step with a metric of each row of `entity` that has one, under its name; and the columns of the key."""
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
        spines = frozenset(spine.table for spine in context.index.model.time_spines)
        labels = frozenset(labels_table(entity) for entity in context.index.model.entities)
        return cls(context, context.calendar, Statement(tables | spines | labels | {TAG_TABLE}), steps).on(as_of)

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
    return entity.name if context.index.shares_table(entity) else entity.table


class Rows:
    """Rows of `entity` in a FROM clause that grows with the fields that are asked for.

    `time` is the dimension (qualified) by which the rows go; without one they are as things stand on the day asked.
    """

    def __init__(self, scope: Scope, entity: str, time: str | None = None) -> None:
        self.scope = scope
        self.index = scope.context.index
        self.entity = self.index.entity(entity)
        self.time = time
        self._clock: exp.Column | None = None
        self._joins: dict[str, exp.Join] = {}
        self._aliases: dict[Way, str] = {(): alias_of(scope.context, self.entity)}

    def asked_on(self, scope: Scope) -> Rows:
        """The same rows and joins, for fields that depend on the day they are asked on."""
        other = copy(self)
        other.scope = scope
        return other

    # -- values --------------------------------------------------------------------------------------------------------

    def field(self, qualified: str) -> exp.Expr:
        """The value of a dimension or tag; joins what it needs. Raises `InvalidPlanError` where no path leads there."""
        found = self.index.field(qualified)
        stored = isinstance(found, Tag) and self.scope.is_materialised(found)
        self.scope.statement.use(found.qualified, computed=not stored)
        if isinstance(found, Tag):
            return self._tag(found)
        return self._dimension(found, self.index.way(self.entity.name, qualified))

    def moment(self) -> exp.Expr:
        """When a row counts: its own time, or that of the clock it is joined to."""
        if self._clock is not None:
            return self._clock.copy()
        return self.own_time()

    def own_time(self) -> exp.Expr:
        """The row's own time."""
        if self.time is None:
            label = self.entity.words.label
            raise InvalidPlanError(
                Text(
                    zh=f"「{label.zh}」的这个数是当前的，没有时间，不能按时间来看或筛选。",
                    en=f"This number of {label.en!r} is counted as of now and has no time to be shown or filtered by.",
                )
            )
        return self.field(self.time)

    def own_period(self, moment: exp.Expr, name: str) -> exp.Expr:
        """The company's own period that holds `moment`, looked up in its time spine."""
        alias = self._free(CALENDAR)
        column, join = own_period_of(self.index, moment, name, alias)
        for known, other in self._joins.items():
            if known.startswith(CALENDAR) and other.args["on"].expression == join.args["on"].expression:
                return exp.column(column.this, table=known)
        self._joins[alias] = join
        return column

    def fragment(self, sql: str, way: Way = ()) -> exp.Expr:
        """A definition's fragment over the columns of the entity at the end of `way` (of these rows by default)."""
        return self._bind(self.scope.context.fragments.get(sql), self._join_way(way))

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
            if isinstance(node, exp.Anonymous) and node.name.lower() == "metric":
                metric, entity = (str(one.name) for one in node.expressions)
                return self._metric(metric, entity)
            return node

        return tree.transform(bind, copy=False)

    def _named(self, node: exp.Column) -> exp.Expr:
        if node.table == METRIC_TIME:
            return period_start(self.moment(), Grain(node.name))
        qualified = f"{node.table or self.entity.name}.{node.name}"
        if not node.table and self.entity.column(node.name) is not None:
            return self._column((), node.name)
        value = self.field(qualified)
        return exp.Paren(this=value) if isinstance(value, exp.Binary) else value

    def _metric(self, metric: str, entity: str) -> exp.Expr:
        """A metric of the `entity` row that a row belongs to; unknown where it has none."""
        step, names = self.scope.steps.metric(self.scope, metric, entity)
        if step not in self._joins:
            on = self.belongs_to(Members(step, names[0], entity=entity, more_keys=names[1:]))
            self._joins[step] = exp.Join(this=exp.table_(step), side="LEFT", on=on)
        return exp.column(metric, table=step)

    def key_of(self, entity: str) -> exp.Expr:
        """The key of the `entity` row that a row belongs to; the foreign key suffices, so no join is made."""
        return self._key_at(self.index.path(self.entity.name, entity), self.index.entity(entity))

    def _key_at(self, way: Way, target: Entity) -> exp.Expr:
        if not target.primary_key:
            label = target.words.label
            raise InvalidPlanError(
                Text(
                    zh=f"「{label.zh}」没有主键，不能按它来数或关联；请在定义里补上 primary_key。",
                    en=f"{label.en!r} has no key to be counted or joined by; add a primary_key to its definition.",
                )
            )
        if len(target.primary_key) > 1:
            label = target.words.label
            raise InvalidPlanError(
                Text(
                    zh=f"「{label.zh}」的主键有 {len(target.primary_key)} 列（{'、'.join(target.primary_key)}），不能按它来数人或分组。",
                    en=f"The key of {label.en!r} has {len(target.primary_key)} columns ({', '.join(target.primary_key)}), "
                    "so it cannot be counted or grouped by as one.",
                )
            )
        return self._key_column(way, target.primary_key[0])

    def _key_column(self, way: Way, key: str) -> exp.Expr:
        """One column of the key of the entity at the end of `way`; the foreign key suffices where it holds it."""
        if not way:
            return self._column((), key)
        last = way[-1]
        if key not in last.to_columns:
            self._join_way(way)
            return self._column(way, key)
        self._join_way(way[:-1])
        return self._column(way[:-1], last.from_columns[last.to_columns.index(key)])

    def keys_of(self, entity: str) -> list[exp.Expr]:
        """All columns of the key of the `entity` row that a row belongs to, in their order."""
        way = self.index.path(self.entity.name, entity)
        return [self._key_column(way, key) for key in self.index.entity(entity).primary_key]

    def is_key(self, qualified: str) -> bool:
        """Whether the field is nothing but the key of these rows."""
        return self.index.field(qualified).entity == self.entity.name and self.names_key(self.index, qualified)

    @staticmethod
    def names_key(index: ModelIndex, qualified: str) -> bool:
        """Whether the field is nothing but the key of its entity."""
        found = index.field(qualified)
        return isinstance(found, Dimension) and index.entity(found.entity).primary_key == (found.expr,)

    # -- joins ---------------------------------------------------------------------------------------------------------

    def keep_members(self, members: Members) -> None:
        """Keeps only rows of people in the step, which must hold each key once."""
        self._joins[members.step] = exp.Join(this=exp.table_(members.step), on=self.belongs_to(members))

    def belongs_to(self, members: Members) -> exp.Expr:
        """Whether the row's key, with all its columns, is the one in the step."""
        keys = self.keys_of(members.entity or self.scope.customer)
        names = (members.key, *members.more_keys)
        same = [
            exp.EQ(this=exp.column(name, table=members.step), expression=key)
            for name, key in zip(names, keys, strict=True)
        ]
        return exp.and_(*same, copy=False)

    def keep_labels(self, table: str, tag: str) -> None:
        """Keeps only rows whose text has a label of the tag in the table of labels, which has one row a key and tag."""
        same: list[exp.Expr] = [
            exp.EQ(this=exp.column(name, table=table), expression=self._column((), name))
            for name in self.entity.primary_key
        ]
        same.append(exp.EQ(this=exp.column("tag", table=table), expression=exp.Literal.string(tag)))
        self._joins[table] = exp.Join(this=exp.table_(table), on=exp.and_(*same, copy=False))

    def keep_time(self, clock: str, moment: str, on: exp.Expr) -> None:
        """Lets rows count at the moments of the step `clock` that `on` gives them, once for each."""
        self._joins[clock] = exp.Join(this=exp.table_(clock), on=on)
        self._clock = exp.column(moment, table=clock)

    def has_joined(self, entity: str) -> bool:
        return entity == self.entity.name or any(way and way[-1].to_entity == entity for way in self._aliases)

    def _join_way(self, way: Way) -> str:
        """Joins the entities along the way, each once; the alias of the last."""
        for length in range(1, len(way) + 1):
            if way[:length] not in self._aliases:
                self._join(way[:length])
        return self._aliases[way]

    def _join(self, way: Way) -> None:
        hop, before = way[-1], way[:-1]
        target = self.index.entity(hop.to_entity)
        alias = self._alias_for(way, target)
        self._aliases[way] = alias
        pairs: list[exp.Expr] = [
            exp.EQ(this=self._column(before, left), expression=exp.column(right, table=alias))
            for left, right in zip(hop.from_columns, hop.to_columns, strict=True)
        ]
        pairs += [*self._same_snapshot(before, target, alias), *self._valid(target, alias)]
        table = exp.table_(target.table, alias=alias if alias != target.table else None)
        self._joins[alias] = exp.Join(this=table, side="LEFT", on=exp.and_(*pairs, copy=False))

    def _alias_for(self, way: Way, target: Entity) -> str:
        """The entity's own alias for the only or the shortest way; another way is called by its relationships."""
        own = alias_of(self.scope.context, target)
        if own not in self._aliases.values() and own not in self._joins:
            return own
        return self._free("_".join(hop.name for hop in way))

    def _free(self, name: str) -> str:
        given, count = name, 2
        while given in self._joins or given in self._aliases.values():
            given, count = f"{name}_{count}", count + 1
        return given

    def _same_snapshot(self, before: Way, target: Entity, alias: str) -> list[exp.Expr]:
        """Rows of daily snapshots meet rows of the same day: that of the nearest entity on the way that has one."""
        if target.partition is None:
            return []
        for length in range(len(before), -1, -1):
            entity = self.index.entity(before[length - 1].to_entity) if length else self.entity
            if entity.partition is not None:
                own = self._column(before[:length], entity.partition)
                return [exp.EQ(this=own, expression=exp.column(target.partition, table=alias))]
        return []

    def _valid(self, target: Entity, alias: str) -> list[exp.Expr]:
        """Of a history, the row that holds when the row counts; as of the day asked where rows have no time."""
        if target.validity is None:
            return []
        at = day(self.scope.as_of) if self.time is None else self.own_time()
        start = exp.column(target.validity.start, table=alias)
        end: exp.Expr = exp.column(target.validity.end, table=alias)
        open_end = exp.Is(this=end.copy(), expression=exp.Null())
        if target.validity.end_inside:
            end = exp.Add(this=end, expression=exp.Interval(this=number(1), unit=exp.var("DAY")))
        until = any_of([exp.LT(this=at.copy(), expression=end), open_end])
        return [exp.GTE(this=at, expression=start), exp.Paren(this=until)]

    # -- the statement -------------------------------------------------------------------------------------------------

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
        own = self._column((), self.entity.primary_key[0])
        on = exp.EQ(this=exp.column(key, table=step), expression=own)
        select = exp.Select(expressions=expressions, from_=exp.From(this=exp.table_(step)))
        select.set("joins", [exp.Join(this=self._table(self.entity), side="LEFT", on=on), *self._joins.values()])
        return select

    def _dimension(self, dimension: Dimension, way: Way) -> exp.Expr:
        owner = self.index.entity(dimension.entity)
        if owner.primary_key == (dimension.expr,) and owner.validity is None:
            return self._key_at(way, owner)
        value = self.fragment(dimension.expr, way)
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

    def _bind(self, tree: exp.Expr, alias: str) -> exp.Expr:
        """Columns get the owner's name in front; `:as_of` becomes the day."""

        def bind(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column) and not node.table:
                return exp.column(node.this, table=alias)
            if isinstance(node, exp.Placeholder | exp.Parameter) and node.name == "as_of":
                return day(self.scope.as_of)
            return node

        return tree.transform(bind, copy=False)

    def _table(self, entity: Entity) -> exp.Table:
        alias = alias_of(self.scope.context, entity)
        return exp.table_(entity.table, alias=alias if alias != entity.table else None)

    def _column(self, way: Way, name: str) -> exp.Column:
        return exp.column(name, table=self._aliases[way])
