"""What a user may not use in any way: hidden columns, and every definition that rests on something hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.compiler.context import TAG_TABLE
from semantic_layer.compiler.fragments import columns_of, parse_fragment
from semantic_layer.compiler.uses import Ref, Uses
from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.model.types import (
    AttributeBody,
    Conversion,
    Cumulative,
    Derived,
    Dimension,
    Metric,
    MetricBody,
    ModelBody,
    PreferenceBody,
    QuantileBody,
    Ratio,
    RuleBody,
    SemanticModel,
    Simple,
    Tag,
    TextBody,
)
from semantic_layer.policy.rights import Rights
from semantic_layer.policy.types import RolePolicy

Column = tuple[str, str]
"""A table and a column of it, both in lower case."""

Defined = Dimension | Tag | Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """Stored columns and definitions (metrics by name, fields by `entity.name`) that may not be used."""

    columns: frozenset[Column] = frozenset()
    definitions: frozenset[str] = frozenset()

    def holds(self, name: str) -> bool:
        """Whether a metric or field is hidden; a field may have the way to it in front (`buyer>home>city.name`)."""
        return name.rpartition(">")[2] in self.definitions

    def in_table(self, table: str) -> frozenset[str]:
        """The hidden columns of one table, in lower case."""
        return frozenset(column for name, column in self.columns if name == table.lower())


NOTHING_HIDDEN = Hidden()


class Resting:
    """Who rests on whom in one model. Worked out when a policy first hides something; most policies hide nothing."""

    def __init__(self, model: SemanticModel) -> None:
        self._model = model
        self._entities = {entity.name: entity for entity in model.entities}
        self._uses: Uses | None = None
        self._of_roles: dict[tuple[RolePolicy, ...], Hidden] = {}

    def hidden_from(self, rights: Rights) -> Hidden:
        """What stays hidden when the roles add up: something opens when a role reads all of it and does not hide it."""
        if not any(role.hidden for role in rights.roles):
            return NOTHING_HIDDEN
        known = self._of_roles.get(rights.roles)
        if known is None:
            known = self._of_roles[rights.roles] = self._added_up(rights)
        return known

    def named(self) -> tuple[str, ...]:
        """All names that can be hidden: fields, stored columns as `entity.column`, metrics."""
        model = self._model
        columns = (f"{entity.name}.{column.name}" for entity in model.entities for column in entity.columns)
        fields: tuple[Dimension | Tag, ...] = (*model.dimensions, *model.tags)
        return tuple(
            dict.fromkeys((*(one.qualified for one in fields), *columns, *(metric.name for metric in model.metrics)))
        )

    def is_key(self, name: str) -> bool:
        """Whether rows are told apart or joined by what `name` stands for: nothing could be read without it."""
        model = self._model
        ends = [(one.name, one.primary_key) for one in model.entities]
        ends += [(one.from_entity, one.from_columns) for one in model.relationships]
        ends += [(one.to_entity, one.to_columns) for one in model.relationships]
        keys = {self._column(entity, column) for entity, columns in ends for column in columns}
        return bool(self._stored(frozenset({name})) & keys)

    def entities_of(self, name: str) -> tuple[str, ...]:
        """The entities that a definition is read from: the field's own, or all that a metric counts over."""
        if "." in name:
            return (name.partition(".")[0],)
        return tuple(sorted(one for kind, one in self._rests_on(("metric", name)) if kind == "entity"))

    def _rests_on(self, ref: Ref) -> frozenset[Ref]:
        """A definition and all that it is made of. An entity is named, but not what stands on it besides."""
        if self._uses is None:
            self._uses = Uses(self._model)
        found: set[Ref] = set()
        waiting = [ref]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting.extend(self._uses.by.get(one, ()) if one[0] != "entity" else ())
        return frozenset(found)

    def _added_up(self, rights: Rights) -> Hidden:
        by_role = [(role, self._expanded(role.hidden)) for role in rights.roles]
        on_table = self._standing()
        columns = {
            column
            for _, hidden in by_role
            for column in hidden.columns
            if not any(column not in own.columns for _, own in _reading(by_role, on_table[column[0]]))
        }
        definitions = {
            name
            for _, hidden in by_role
            for name in hidden.definitions
            if not any(name not in own.definitions for _, own in _reading(by_role, self.entities_of(name)))
        }
        return Hidden(columns=frozenset(columns), definitions=frozenset(definitions))

    def _standing(self) -> dict[str, tuple[str, ...]]:
        """The entities that stand on each table."""
        found: dict[str, tuple[str, ...]] = {TAG_TABLE: (self._model.customer_entity,)}
        for entity in self._model.entities:
            table = entity.table.lower()
            found[table] = tuple(dict.fromkeys((*found.get(table, ()), entity.name)))
        return found

    def _expanded(self, names: Iterable[str]) -> Hidden:
        """The names with everything that rests on them, and the columns that hold any of it."""
        wanted = frozenset(names)
        if not wanted:
            return NOTHING_HIDDEN
        model = self._model
        things: tuple[Defined, ...] = (*model.dimensions, *model.tags, *model.metrics)
        columns = self._stored(wanted)
        touched = {_ref(one) for one in things if _name(one) in wanted or columns & set(self._read_by(one))}
        definitions = {_name(one) for one in things if touched & self._rests_on(_ref(one))}
        stored = {
            (TAG_TABLE, tag.name.lower())
            for tag in model.tags
            if tag.entity == model.customer_entity and tag.qualified in definitions
        }
        return Hidden(columns=columns | stored, definitions=frozenset(definitions) | wanted)

    def _stored(self, names: frozenset[str]) -> frozenset[Column]:
        """The stored columns that the names stand for, directly or as another name of the column."""
        fields: tuple[Dimension | Tag, ...] = (*self._model.dimensions, *self._model.tags)
        found = [self._column(*_halves(name)) for name in names]
        found += [self._plain(one) for one in fields if one.qualified in names]
        return frozenset(column for column in found if column is not None)

    def _column(self, entity: str, column: str) -> Column | None:
        found = self._entities.get(entity)
        stored = found.column(column) if found is not None else None
        return None if found is None or stored is None else (found.table.lower(), stored.name.lower())

    def _plain(self, thing: Dimension | Tag) -> Column | None:
        """The stored column that a field is another name for."""
        sql = thing.expr if isinstance(thing, Dimension) else _attribute(thing)
        return self._column(thing.entity, sql.strip()) if sql else None

    def _read_by(self, thing: Defined) -> Iterator[Column]:
        """The stored columns that the SQL of one definition names itself; more rather than fewer."""
        for entities, sql in self._texts(thing):
            for column in _columns(sql):
                for entity in (column.table,) if column.table else entities:
                    found = self._column(entity, column.name)
                    if found is not None:
                        yield found

    def _texts(self, thing: Defined) -> Iterator[tuple[tuple[str, ...], str]]:
        match thing:
            case Dimension(entity=entity, expr=sql):
                yield (entity,), sql
            case Tag():
                yield from self._texts_of_tag(thing)
            case Metric(where=where, body=body):
                yield (), where
                yield from self._texts_of_metric(body)

    def _texts_of_metric(self, body: MetricBody) -> Iterator[tuple[tuple[str, ...], str]]:
        match body:
            case Simple(measures=measures):
                for measure in measures:
                    times = [measure.time] if measure.time else []
                    times += [measure.non_additive.dimension] if measure.non_additive is not None else []
                    for sql in (measure.expr, measure.where, *times):
                        yield (measure.entity,), sql or ""
            case Ratio(numerator=top, denominator=bottom):
                yield from (((), part.where) for part in (top, bottom))
            case Derived(inputs=inputs):
                yield from (((), part.where) for part in inputs)
            case Conversion(entity=entity, constant=constant):
                both = (entity, *self._entities)
                yield from ((both, name) for pair in constant for name in pair)
            case Cumulative():
                return
            case _:
                assert_never(body)

    def _texts_of_tag(self, tag: Tag) -> Iterator[tuple[tuple[str, ...], str]]:
        match tag.body:
            case AttributeBody(expr=sql):
                yield (tag.entity,), sql
            case RuleBody(inputs=inputs, levels=levels):
                yield from (((tag.entity,), level.when) for level in levels)
                yield from ((tuple(self.entities_of(one.metric)), one.where) for one in inputs)
            case QuantileBody() | PreferenceBody() | TextBody() | ModelBody():
                return
            case _:
                assert_never(tag.body)


def refuse_hidden(names: Iterable[str]) -> None:
    """Raises `NotAllowedError` when there are any."""
    found = tuple(dict.fromkeys(names))
    if found:
        raise NotAllowedError(
            Text(
                zh=f"您的角色不能使用「{'、'.join(found)}」：不能查看、筛选、排序、分组或计数。请去掉它，或请管理员开放。",
                en=f"Your role may not use {', '.join(found)}: not to see, filter, sort, group or count by. "
                "Leave it out, or ask an administrator.",
            )
        )


def check_hidden(tree: exp.Expr, hidden_of: Iterable[tuple[str, frozenset[str]]]) -> None:
    """Refuse every mention of a hidden column of the tables in use, given by (name the table goes by, hidden columns).

    By name alone where a column is not qualified or what it is qualified by is no table: an honest column of the same name
    is refused with it, which is the safe side.
    """
    by_alias = [(alias.lower(), columns) for alias, columns in hidden_of if columns]
    if not by_alias:
        return
    every = frozenset[str]().union(*(columns for _, columns in by_alias))
    hit: list[str] = []
    for node in tree.walk():
        if isinstance(node, exp.Join):
            hit += [part.name for part in node.args.get("using") or [] if part.name.lower() in every]
        elif isinstance(node, exp.Column) and node.name.lower() in every:
            own = [columns for alias, columns in by_alias if alias == node.table.lower()] if node.table else [every]
            if any(node.name.lower() in columns for columns in own):
                hit.append(node.name)
    refuse_hidden(hit)


def _reading(
    by_role: Sequence[tuple[RolePolicy, Hidden]], entities: tuple[str, ...]
) -> Iterator[tuple[RolePolicy, Hidden]]:
    """The roles that may read all of these entities, with what each of them hides."""
    rights = Rights(roles=tuple(role for role, _ in by_role))
    reading = rights.reading(entities)
    return ((role, hidden) for role, hidden in by_role if role in reading)


def _halves(name: str) -> tuple[str, str]:
    entity, _, column = name.partition(".")
    return entity, column


def _ref(thing: Defined) -> Ref:
    match thing:
        case Metric(name=name):
            return "metric", name
        case Dimension():
            return "dimension", thing.qualified
        case Tag():
            return "tag", thing.qualified


def _name(thing: Defined) -> str:
    return thing.name if isinstance(thing, Metric) else thing.qualified


def _attribute(tag: Tag) -> str:
    return tag.body.expr if isinstance(tag.body, AttributeBody) else ""


def _columns(sql: str) -> tuple[exp.Column, ...]:
    if not sql.strip():
        return ()
    try:
        return columns_of(parse_fragment(sql))
    except SqlglotError:
        return ()
