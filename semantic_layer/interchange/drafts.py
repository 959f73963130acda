"""Tables of another tool while they are being read: fields as written, and the columns that turn out to be behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.losses import Loss
from semantic_layer.model.read_entities import KIND_OF_TYPE
from semantic_layer.model.source import Place
from semantic_layer.model.types import (
    Column,
    ColumnType,
    Dimension,
    DimensionKind,
    Entity,
    Origin,
    Relationship,
    Value,
    Words,
)

TEMPORAL: Final = frozenset({ColumnType.DATE, ColumnType.TIMESTAMP})


class NotCarriedError(Exception):
    """A definition that cannot be carried over, and why. Whoever reads it turns this into a loss."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


@dataclass(slots=True, kw_only=True)
class ColumnDraft:
    """A physical column. `type` is `None` as long as nothing says it; `is_number` when it is computed with."""

    name: str
    type: ColumnType | None = None
    is_number: bool = False


@dataclass(slots=True, kw_only=True)
class FieldDraft:
    """A named expression over the rows of one table, in the SQL of the source.

    `expr` is ours, once it is known, and `column` the column that it is, where it is nothing else.
    """

    name: str
    own_name: str  # as the source spells it, where the two differ
    place: Place
    words: Words
    sql: str
    dialect: str
    type: ColumnType | None = None
    is_time: bool = True  # when its type is one of times
    is_offered: bool = True  # otherwise it only serves other expressions
    values: tuple[Value, ...] = ()
    index_values: bool = False
    expr: str = ""
    column: str = ""


@dataclass(slots=True, kw_only=True)
class TableDraft:
    """Fields and columns are kept by their names in small letters: SQL does not tell them apart by case."""

    name: str
    own_name: str
    place: Place
    words: Words
    source: str
    key: tuple[str, ...] = ()
    other_keys: tuple[tuple[str, ...], ...] = ()
    fields: dict[str, FieldDraft] = field(default_factory=dict)
    columns: dict[str, ColumnDraft] = field(default_factory=dict)

    def column(self, name: str, kind: ColumnType | None = None, *, is_number: bool = False) -> ColumnDraft:
        """The column with this name, which is hereby known to exist."""
        found = self.columns.setdefault(name.casefold(), ColumnDraft(name=name))
        found.type = found.type or kind
        found.is_number = found.is_number or is_number
        return found

    def behind(self, name: str) -> str:
        """The column that a name in a key or a join means. Raises `NotCarriedError` for a field that is computed."""
        draft = self.fields.get(name.casefold())
        if draft is None or not draft.expr:
            return self.column(name).name
        if draft.column:
            return self.column(draft.column).name
        raise NotCarriedError(
            Text(
                f"「{self.name}.{name}」是算出来的，不是一列；关联和主键只能用列。",
                f"{self.name}.{name} is computed and no column; keys and joins here go by columns.",
            )
        )

    def is_key(self, columns: tuple[str, ...]) -> bool:
        return bool(self.key) and {name.casefold() for name in columns} == {name.casefold() for name in self.key}


def settle_keys(table: TableDraft, losses: list[Loss]) -> None:
    """Keys as columns, once it is known what fields stand for. A computed key is none here."""
    try:
        table.key = tuple(table.behind(name) for name in table.key)
    except NotCarriedError as error:
        table.key = ()
        losses.append(Loss(place_text(table.place), f"{table.name}.primary_key", error.why))


def place_text(place: Place) -> str:
    return f"{place.file}:{place.line}"


def share_types(relationships: tuple[Relationship, ...], tables: Iterable[TableDraft]) -> None:
    """Columns that are joined have one type, so that what is known of one is known of the other."""
    by_name = {table.name: table for table in tables}
    for relation in relationships:
        ends = (by_name[relation.from_entity], by_name[relation.to_entity])
        for left, right in zip(relation.from_columns, relation.to_columns, strict=True):
            pair = (ends[0].column(left), ends[1].column(right))
            pair[0].type = pair[0].type or pair[1].type
            pair[1].type = pair[1].type or pair[0].type
            pair[0].is_number = pair[1].is_number = pair[0].is_number or pair[1].is_number


def build_table(table: TableDraft, losses: list[Loss]) -> tuple[Entity, tuple[Dimension, ...]]:
    """The entity and its fields; what the source does not say and had to be assumed is told."""
    offered = [one for one in table.fields.values() if one.is_offered and one.expr]
    columns = tuple(_columns(table, losses))
    by_name = {column.name: column for column in columns}
    dimensions = tuple(_dimension(one, table, by_name.get(one.column), losses) for one in offered)
    times = [dimension.name for dimension in dimensions if dimension.kind is DimensionKind.TIME]
    place = place_text(table.place)
    if not table.key:
        why = Text(
            "没有写明主键：它的行不能逐一列出，也不能被别的表关联。请补上 primary_key。",
            "No key is given: its rows cannot be listed one by one or joined to. Add primary_key.",
        )
        losses.append(Loss(place, table.name, why))
    if times:
        losses.append(Loss(place, f"{table.name}.time", _about_time(times)))
    entity = Entity(
        name=table.name,
        words=table.words,
        table=table.source,
        primary_key=table.key,
        columns=columns,
        time=times[0] if len(times) == 1 else None,
        origin=Origin(file=table.place.file, line=table.place.line),
    )
    return entity, dimensions


def _about_time(times: list[str]) -> Text:
    if len(times) == 1:
        return Text(
            f"来源没有说“什么时候”指哪个字段；只有一个时间字段，暂按「{times[0]}」。",
            f"The source does not say which field 'when' means; {times[0]!r} is the only one and is taken.",
        )
    return Text(
        f"来源没有说“什么时候”指哪个字段，没有替您选择。请在 time 写明其中一个：{'、'.join(times)}。",
        f"The source does not say which field 'when' means, and none was chosen. Write one into time: {', '.join(times)}.",
    )


def _columns(table: TableDraft, losses: list[Loss]) -> Iterator[Column]:
    assumed: list[str] = []
    for column in table.columns.values():
        kind = column.type or (ColumnType.DECIMAL if column.is_number else ColumnType.STRING)
        if column.type is None:
            assumed.append(f"{column.name}: {kind.value}")
            column.type = kind
        yield Column(name=column.name, type=kind)
    if assumed:
        listed = ", ".join(assumed)
        why = Text(
            f"来源没有写明这些列的类型，暂按：{listed}。请核对 columns。",
            f"The source does not give the types of these columns; taken as {listed}. Check columns.",
        )
        losses.append(Loss(place_text(table.place), f"{table.name}.columns", why))


def _dimension(draft: FieldDraft, table: TableDraft, column: Column | None, losses: list[Loss]) -> Dimension:
    kind = draft.type or (column.type if column else None)
    if kind is None:
        kind = ColumnType.STRING
        why = Text(
            "来源没有写明它的类型，暂按文字。请核对 type。",
            "The source does not give its type; taken as text. Check type.",
        )
        losses.append(Loss(place_text(draft.place), f"{table.name}.{draft.name}", why))
    return Dimension(
        name=draft.name,
        entity=table.name,
        words=draft.words,
        kind=KIND_OF_TYPE[kind] if draft.is_time or kind not in TEMPORAL else DimensionKind.CATEGORICAL,
        type=kind,
        expr=draft.expr,
        values=draft.values,
        index_values=draft.index_values,
        origin=Origin(file=draft.place.file, line=draft.place.line),
    )
