"""dbt's semantic models as our entities, dimensions and relationships."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from semantic_layer.compiler.fragments import names_in
from semantic_layer.errors import Text
from semantic_layer.interchange.dbt_links import Link, column_of
from semantic_layer.interchange.dbt_types import DbtDimension, DbtEntity, DbtModel
from semantic_layer.interchange.dbt_values import place_of
from semantic_layer.interchange.losses import Loss
from semantic_layer.model.types import (
    Column,
    ColumnType,
    Dimension,
    DimensionKind,
    Entity,
    Origin,
    Relationship,
    Validity,
    Words,
)

Columns = Mapping[str, Mapping[str, ColumnType]]
"""The columns of each table with their types."""

_TIMES = (ColumnType.DATE, ColumnType.TIMESTAMP)


def words_of(name: str, label: str, description: str) -> Words:
    shown = label or name
    return Words(label=Text(shown, shown), description=Text(description, description))


def relationships_of(links: Sequence[Link]) -> tuple[Relationship, ...]:
    return tuple(
        Relationship(
            name=link.name,
            from_entity=link.source.name,
            to_entity=link.target.name,
            from_columns=(link.source_column,),
            to_columns=(link.target_column,),
        )
        for link in links
    )


@dataclass(frozen=True, slots=True)
class EntityBuilder:
    """Builds the entity of one semantic model and its fields, noting what had to be assumed."""

    model: DbtModel
    known: Mapping[str, ColumnType] | None  # the table's columns, where they are known
    losses: list[Loss]

    def dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions, and one for the key of each entity, so that results can be split by it."""
        keys = [self._key(entity) for entity in self.model.entities if self.model.dimension(entity.name) is None]
        return (*(self._dimension(one) for one in self.model.dimensions), *keys)

    def entity(self) -> Entity:
        model = self.model
        return Entity(
            name=model.name,
            words=words_of(model.name, model.label, model.description),
            table=model.table,
            primary_key=self._primary_key(),
            columns=tuple(Column(name=name, type=kind) for name, kind in self._columns().items()),
            time=model.time or None,
            validity=self._validity(),
            partition=next((self._column(one) for one in model.dimensions if one.is_partition), None),
            origin=self._origin(),
        )

    def _origin(self) -> Origin:
        return Origin(file=self.model.section.place.file, line=self.model.section.place.line)

    def _primary_key(self) -> tuple[str, ...]:
        """The column of what a row is; empty, and told, when the model only names it."""
        for kind in ("primary", "natural", "unique"):
            for entity in self.model.entities:
                if entity.type == kind and (column := column_of(entity.expr)) is not None:
                    return (column,)
        if self.known is not None and self.model.primary in self.known:
            return (self.model.primary,)
        self._lose(
            self.model.primary or "entities",
            Text(
                "没有说明哪一列是主键。", "No column is given that tells rows apart, so single rows have no key here."
            ),
        )
        return ()

    def _validity(self) -> Validity | None:
        start = next((one for one in self.model.dimensions if one.valid == "start"), None)
        end = next((one for one in self.model.dimensions if one.valid == "end"), None)
        if start is None or end is None:
            return None
        columns = self._column(start), self._column(end)
        return Validity(columns[0], columns[1]) if columns[0] and columns[1] else None

    def _column(self, dimension: DbtDimension) -> str | None:
        """The column that a partition or a limit of validity is; told when it is an expression."""
        column = column_of(dimension.expr)
        if column is None:
            self._lose(
                dimension.name, Text("不是列，而是表达式，未读取。", "It is an expression, not a column; not carried.")
            )
        return column

    # -- columns and types ---------------------------------------------------------------------------------------------

    def _columns(self) -> Mapping[str, ColumnType]:
        """The columns as known, or else those that the definitions name, with types guessed from their use."""
        if self.known is not None:
            return self.known
        guessed: dict[str, ColumnType] = {}
        for column, kind in self._mentioned():
            guessed.setdefault(column, kind)
        self._lose(
            self.model.table,
            Text(
                "dbt 没有列的类型，按用途猜测。",
                "dbt gives no types of columns; they are guessed from how columns are used.",
            ),
        )
        return guessed

    def _mentioned(self) -> Iterator[tuple[str, ColumnType]]:
        for entity in self.model.entities:
            yield from ((name, ColumnType.STRING) for name in names_in(entity.expr))
        for dimension in self.model.dimensions:
            kind = ColumnType.STRING if dimension.grain is None else ColumnType.TIMESTAMP
            yield from ((name, kind) for name in names_in(dimension.expr))
        for measure in self.model.measures:
            yield from ((name, ColumnType.DECIMAL) for name in names_in(measure.expr))

    def _type(self, expr: str, guess: ColumnType) -> ColumnType:
        column = column_of(expr)
        if self.known is None or column is None:
            return guess
        return self.known.get(column, guess)

    def _dimension(self, given: DbtDimension) -> Dimension:
        is_time = given.grain is not None
        stored = self._type(given.expr, ColumnType.TIMESTAMP if is_time else ColumnType.STRING)
        is_text = is_time and stored not in _TIMES
        if is_text:
            why = Text(
                "时间存为其他类型，读取时转换。", f"The time is stored as {stored.value}; it is converted when read."
            )
            self._lose(given.name, why)
        if self.known is not None and not is_time and column_of(given.expr) is None:
            why = Text(
                "表达式的类型未知，按文字处理。", "The type of the expression is not known; it is taken as text."
            )
            self._lose(given.name, why)
        return Dimension(
            name=given.name,
            entity=self.model.name,
            words=words_of(given.name, given.label, given.description),
            kind=DimensionKind.TIME if is_time else DimensionKind.CATEGORICAL,
            type=ColumnType.TIMESTAMP if is_text else stored,
            expr=f"CAST({given.expr} AS TIMESTAMP)" if is_text else given.expr,
            grain=given.grain,
            origin=self._origin(),
        )

    def _key(self, entity: DbtEntity) -> Dimension:
        return Dimension(
            name=entity.name,
            entity=self.model.name,
            words=words_of(entity.name, "", ""),
            kind=DimensionKind.IDENTIFIER,
            type=self._type(entity.expr, ColumnType.STRING),
            expr=entity.expr,
            origin=self._origin(),
        )

    def _lose(self, what: str, why: Text) -> None:
        self.losses.append(Loss(place_of(self.model.section), f"{self.model.name}.{what}", why))
