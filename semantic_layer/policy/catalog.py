"""What may be read at all: the modelled tables, their columns, and how tables lead to each other. Built from the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.compiler.context import LABELS, TAG_HISTORY, TAG_RUNS, TAG_TABLE, TEXT_QUALITY, labels_table
from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.model.grain import TimeSpine
from semantic_layer.model.types import (
    AttributeBody,
    ColumnType,
    Dimension,
    Entity,
    RuleBody,
    SemanticModel,
    Sensitivity,
    Simple,
    Tag,
    TextBody,
)
from semantic_layer.policy.hidden import NOTHING_HIDDEN, Hidden, Resting
from semantic_layer.policy.parse import parse_statement
from semantic_layer.policy.rights import Rights

_OF_LOAD = frozenset({TAG_TABLE, TAG_HISTORY, TAG_RUNS, TEXT_QUALITY})
_RANK = {Sensitivity.NONE: 0, Sensitivity.PERSONAL: 1, Sensitivity.CONTACT: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogColumn:
    name: str
    type: ColumnType
    sensitivity: Sensitivity = Sensitivity.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRows:
    """Rows that each speak of the tag named in `column`: a user reads those of the tags (by name) that they may see.

    `of_everybody` says that the rows hold figures about all customers, which nobody reads who sees some of them only.
    """

    column: str
    tags: Mapping[str, tuple[str, Sensitivity]]  # qualified name and sensitivity, by name
    of_everybody: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogTable:
    """A physical table. `cleared` are expressions over protected columns whose result the definitions call harmless.

    An age group is not a birthday: the owner of the definitions decides that by giving the dimension no sensitivity.
    """

    name: str
    entities: tuple[str, ...]
    columns: Mapping[str, CatalogColumn]  # by lower-case name
    cleared: tuple[exp.Expr, ...] = ()
    tag_rows: TagRows | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Many rows of `source` point at one row of `target`."""

    source: str
    target: str
    source_columns: tuple[str, ...]
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Tables by lower-case name, links between them, and the defined fields by `entity.name` as (table, SQL).

    `guarded` are fields that are protected by their definition although no column under them is: a tag about health over
    plain tickets. No mask inside a table can hide them, so a statement that uses one is refused as a whole.
    """

    tables: Mapping[str, CatalogTable]
    links: tuple[Link, ...]
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    guarded: Mapping[str, Sensitivity] = field(default_factory=dict)
    types: Mapping[str, ColumnType] = field(default_factory=dict)  # of the guarded fields
    resting: Resting | None = None  # what rests on what, for policies that hide something

    @classmethod
    def from_model(cls, model: SemanticModel) -> Catalog:
        """The catalog of a model: the tables of its entities, and the table of materialised tags."""
        tables: dict[str, CatalogTable] = {}
        for entity in model.entities:
            built = _entity_table(entity, model)
            tables[entity.table.lower()] = _merged(tables.get(entity.table.lower()), built)
        for spine in model.time_spines:
            tables[spine.table.lower()] = _merged(tables.get(spine.table.lower()), _spine_table(spine))
        by_entity = {entity.name: entity for entity in model.entities}
        links = [
            Link(by_entity[r.from_entity].table, by_entity[r.to_entity].table, r.from_columns, r.to_columns)
            for r in model.relationships
        ]
        customer = by_entity.get(model.customer_entity)
        if customer is not None and model.tags:
            tags = _tag_table(customer, model)
            tables[TAG_TABLE] = _merged(tables.get(TAG_TABLE), tags)
            links.append(Link(TAG_TABLE, customer.table, customer.primary_key, customer.primary_key))
            for system in _tag_records(customer, model):
                tables.setdefault(system.name, system)
            links.append(Link(TAG_HISTORY, customer.table, customer.primary_key, customer.primary_key))
        for entity, labels in _label_tables(model, by_entity):
            tables[labels.name.lower()] = labels
            links.append(Link(labels.name, entity.table, entity.primary_key, entity.primary_key))
        fields = {d.qualified: (by_entity[d.entity].table, d.expr) for d in model.dimensions}
        guarded = dict(_guarded(model, tables, by_entity))
        fields_of_all: tuple[Dimension | Tag, ...] = (*model.dimensions, *model.tags)
        types = {one.qualified: one.type for one in fields_of_all if one.qualified in guarded}
        return cls(
            tables=tables, links=tuple(links), fields=fields, guarded=guarded, types=types, resting=Resting(model)
        )

    def hidden_from(self, rights: Rights) -> Hidden:
        """What a user with these rights may not use at all; raises `NotAllowedError` when that cannot be told."""
        if not any(role.hidden for role in rights.roles):
            return NOTHING_HIDDEN
        if self.resting is None:
            raise NotAllowedError(
                Text(
                    zh="权限策略隐藏了一些字段，但这里没有模型可以判断哪些定义用到它们，因此不能读取。",
                    en="The policy hides fields, but without a model it cannot be told what uses them, so nothing may be read.",
                )
            )
        return self.resting.hidden_from(rights)

    def offers(self, name: str, rights: Rights) -> bool:
        """Whether a metric (by name) or field (`entity.name`) is of use with these rights: neither hidden nor out of reach."""
        plain = name.rpartition(">")[2]
        if self.resting is None or plain in self.hidden_from(rights).definitions:
            return False
        return all(rights.may_read((entity,)) for entity in self.resting.entities_of(plain))

    def table(self, name: str) -> CatalogTable | None:
        return self.tables.get(name.lower())

    def definition(self, name: str) -> CatalogColumn:
        """A guarded field as if it were a column."""
        kind = self.types.get(name, ColumnType.DATE)  # an unknown type is hidden whole
        return CatalogColumn(name=name, type=kind, sensitivity=self.guarded[name])

    def of_entity(self, entity: str) -> CatalogTable | None:
        """The table of an entity; a table's own name is understood too."""
        found = next((t for t in self.tables.values() if entity in t.entities and not _is_of_load(t.name)), None)
        return found or self.table(entity)

    def paths(self, source: str, target: str) -> tuple[tuple[Link, ...], ...]:
        """The shortest ways, many to one, from one table to another; one empty way when they are the same."""
        start, goal = source.lower(), target.lower()
        ways: list[tuple[Link, ...]] = [()]
        seen: set[str] = set()
        while ways:
            ends = {way: way[-1].target.lower() if way else start for way in ways}
            arrived = tuple(way for way, end in ends.items() if end == goal)
            if arrived:
                return arrived
            seen.update(ends.values())
            ways = [
                (*way, link)
                for way, end in ends.items()
                for link in self.links
                if link.source.lower() == end and link.target.lower() not in seen
            ]
        return ()


def _is_of_load(table: str) -> bool:
    return table.lower() in _OF_LOAD or table.lower().startswith(LABELS)


def _entity_table(entity: Entity, model: SemanticModel) -> CatalogTable:
    dimensions = [d for d in model.dimensions if d.entity == entity.name]
    columns: dict[str, CatalogColumn] = {}
    for column in entity.columns:
        plain = [d.sensitivity for d in dimensions if d.expr.strip().lower() == column.name.lower()]
        highest = max((column.sensitivity, *plain), key=_RANK.__getitem__)
        columns[column.name.lower()] = CatalogColumn(name=column.name, type=column.type, sensitivity=highest)
    return CatalogTable(
        name=entity.table,
        entities=(entity.name,),
        columns=columns,
        cleared=tuple(_cleared(_harmless_texts(entity, dimensions, model), columns, dimensions)),
    )


def _spine_table(spine: TimeSpine) -> CatalogTable:
    """A calendar belongs to no entity: whoever may read anything may read it."""
    kinds = {spine.column: ColumnType.TIMESTAMP, **{period.column: ColumnType.STRING for period in spine.periods}}
    columns = {name.lower(): CatalogColumn(name=name, type=kind) for name, kind in kinds.items()}
    return CatalogTable(name=spine.table, entities=(), columns=columns)


def _guarded(
    model: SemanticModel, tables: Mapping[str, CatalogTable], by_entity: Mapping[str, Entity]
) -> Iterator[tuple[str, Sensitivity]]:
    yield from ((tag.qualified, tag.sensitivity) for tag in model.tags if tag.sensitivity is not Sensitivity.NONE)
    for dimension in model.dimensions:
        columns = tables[by_entity[dimension.entity].table.lower()].columns
        names = {c.name.lower() for c in parse_condition(dimension.expr).find_all(exp.Column)}
        highest = max((_RANK[columns[name].sensitivity] for name in names if name in columns), default=0)
        if _RANK[dimension.sensitivity] > highest:
            yield dimension.qualified, dimension.sensitivity


def _harmless_texts(entity: Entity, dimensions: Iterable[Dimension], model: SemanticModel) -> Iterator[str]:
    """SQL of definitions that speak about people but give no protected value: their owner decides that."""
    yield from (d.expr for d in dimensions if d.sensitivity is Sensitivity.NONE)
    for metric in model.metrics:
        if isinstance(metric.body, Simple):
            for measure in metric.body.measures:
                if measure.entity == entity.name:
                    yield from (text for text in (measure.expr, measure.where) if text)
    for tag in model.tags:
        if tag.sensitivity is Sensitivity.NONE:
            yield from _tag_texts(tag, entity)


def _tag_texts(tag: Tag, entity: Entity) -> Iterator[str]:
    body = tag.body
    if isinstance(body, RuleBody):
        yield from (one.where for one in body.inputs if one.where)
        if tag.entity == entity.name:
            yield from (level.when for level in body.levels)
    if isinstance(body, AttributeBody) and tag.entity == entity.name:
        yield body.expr


def _cleared(
    texts: Iterable[str], columns: Mapping[str, CatalogColumn], dimensions: Iterable[Dimension]
) -> Iterator[exp.Expr]:
    """The smallest whole conditions and values over protected columns; a protected column itself is never among them."""
    protected = {name for name, column in columns.items() if column.sensitivity is not Sensitivity.NONE}
    if not protected:
        return
    named = {d.name.lower(): d.expr for d in dimensions if d.name.lower() not in columns}
    seen: set[exp.Expr] = set()
    for text in dict.fromkeys(texts):
        for part in _parts(parse_condition(text)):
            tree = part.transform(lambda node: _spelled_out(node, named))
            names = {c.name.lower() for c in tree.find_all(exp.Column)}
            if not isinstance(tree, exp.Column) and names & protected and tree not in seen:
                seen.add(tree)
                yield tree


def _parts(tree: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(tree, (exp.Paren, exp.Not)):
        yield from _parts(tree.this)
    elif isinstance(tree, (exp.And, exp.Or)):
        yield from _parts(tree.left)
        yield from _parts(tree.right)
    else:
        yield tree


def _spelled_out(node: exp.Expr, named: Mapping[str, str]) -> exp.Expr:
    if isinstance(node, exp.Column) and node.name.lower() in named:
        return parse_condition(named[node.name.lower()])
    return node


def parse_condition(text: str) -> exp.Expr:
    """An expression over columns, from definitions or policies. `:as_of` stays a placeholder."""
    select = parse_statement(f"SELECT {text}")  # parsed to a tree, never run as text
    parts = select.args.get("expressions") or []
    if not isinstance(select, exp.Select) or len(parts) != 1 or select.args.get("from_") is not None:
        raise NotAllowedError(Text(zh=f"「{text}」不是一个条件。", en=f"{text!r} is not one expression over columns."))
    return parts[0].unnest() if isinstance(parts[0], exp.Paren) else parts[0]


def _tag_table(customer: Entity, model: SemanticModel) -> CatalogTable:
    keys = (customer.column(name) for name in customer.primary_key)
    columns = {k.name.lower(): CatalogColumn(name=k.name, type=k.type, sensitivity=k.sensitivity) for k in keys if k}
    for tag in model.tags:
        if tag.entity == customer.name:
            columns[tag.name.lower()] = CatalogColumn(name=tag.name, type=tag.type, sensitivity=tag.sensitivity)
    return CatalogTable(name=TAG_TABLE, entities=(customer.name,), columns=columns)


def _tag_records(customer: Entity, model: SemanticModel) -> Iterator[CatalogTable]:
    """The tables of what tags were and when they were computed."""
    tags = {tag.name: (tag.qualified, tag.sensitivity) for tag in model.tags if tag.entity == customer.name}
    keys = {k.name: k.type for k in map(customer.column, customer.primary_key) if k is not None}
    text, day, number = ColumnType.STRING, ColumnType.DATE, ColumnType.INTEGER
    history = {**keys, "tag": text, "value": text, "since": day, "until": day, "definition": text}
    runs = {"tag": text, "definition": text, "data_date": day, "computed_at": ColumnType.TIMESTAMP}
    runs |= {"customers": number, "known": number, "state": text, "why": text}
    for name, kinds in ((TAG_HISTORY, history), (TAG_RUNS, runs), (TEXT_QUALITY, _QUALITY)):
        columns = {column.lower(): CatalogColumn(name=column, type=kind) for column, kind in kinds.items()}
        rows = TagRows(column="tag", tags=tags, of_everybody=name != TAG_HISTORY)
        yield CatalogTable(name=name, entities=(customer.name,), columns=columns, tag_rows=rows)


_QUALITY: Mapping[str, ColumnType] = {
    **dict.fromkeys(("tag", "value", "method"), ColumnType.STRING),
    **dict.fromkeys(("held_out", "given", "correct", "truly"), ColumnType.INTEGER),
    **dict.fromkeys(("precision", "low", "high", "recall", "bar"), ColumnType.DECIMAL),
    "published": ColumnType.BOOLEAN,
}


def _label_tables(model: SemanticModel, by_entity: Mapping[str, Entity]) -> Iterator[tuple[Entity, CatalogTable]]:
    """What was read from texts is read like their rows: by whoever may read these, and of tags that they may see."""
    owners = {dimension.qualified: dimension.entity for dimension in model.dimensions}
    by_text: dict[str, list[Tag]] = {}
    for tag in model.tags:
        if isinstance(tag.body, TextBody):
            by_text.setdefault(owners[tag.body.text], []).append(tag)
    for name, tags in by_text.items():
        entity = by_entity[name]
        keys = [column for column in map(entity.column, entity.primary_key) if column is not None]
        columns = {k.name.lower(): CatalogColumn(name=k.name, type=k.type, sensitivity=k.sensitivity) for k in keys}
        kinds = {"tag": ColumnType.STRING, "value": ColumnType.STRING, "score": ColumnType.DECIMAL}
        for column, kind in kinds.items():
            columns[column] = CatalogColumn(name=column, type=kind)
        rows = TagRows(column="tag", tags={tag.name: (tag.qualified, tag.sensitivity) for tag in tags})
        yield entity, CatalogTable(name=labels_table(entity), entities=(name,), columns=columns, tag_rows=rows)


def _merged(old: CatalogTable | None, new: CatalogTable) -> CatalogTable:
    """Two entities over one table: all columns, each at its higher sensitivity; what one protects stays protected."""
    if old is None:
        return new
    columns = dict(old.columns)
    for name, column in new.columns.items():
        known = columns.get(name)
        columns[name] = column if known is None or _RANK[column.sensitivity] >= _RANK[known.sensitivity] else known
    return CatalogTable(
        name=old.name,
        entities=tuple(dict.fromkeys((*old.entities, *new.entities))),
        columns=columns,
        cleared=(*old.cleared, *new.cleared),
    )
