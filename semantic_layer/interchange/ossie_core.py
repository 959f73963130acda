"""What a file in the format of Apache Ossie says without our own blocks: datasets, fields, relationships, metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.drafts import (
    TEMPORAL,
    FieldDraft,
    NotCarriedError,
    TableDraft,
    build_table,
    place_text,
    settle_keys,
    share_types,
)
from semantic_layer.interchange.foreign_aggregates import Computed, is_simple
from semantic_layer.interchange.foreign_metrics import ForeignMetrics, MetricDraft
from semantic_layer.interchange.foreign_sql import ForeignSql
from semantic_layer.interchange.links import Link, relationships_of
from semantic_layer.interchange.losses import Loss
from semantic_layer.interchange.names import plain_name, table_name
from semantic_layer.interchange.native.forms import FormValue
from semantic_layer.interchange.ossie_file import own_form
from semantic_layer.interchange.ossie_values import expression_of, text_lists, type_of, words_of
from semantic_layer.interchange.unread import tell_unread
from semantic_layer.model.section import Section
from semantic_layer.model.types import ColumnType, Dimension, Entity, Metric, MetricBody, Relationship, Words

_WHY: Final = {
    "label": Text(
        "这是归类用的字样，不是名称，没有读取。", "It sorts the field and is no name for it; it was not read."
    )
}


@dataclass(slots=True)
class Core:
    """What was read. Metrics that were made as parts of others stand before them."""

    entities: dict[str, Entity] = field(default_factory=dict)
    dimensions: dict[str, Dimension] = field(default_factory=dict)
    relationships: tuple[Relationship, ...] = ()
    metrics: tuple[Metric, ...] = ()


@dataclass(slots=True)
class CoreReader:
    """Reads the definitions of one model; `losses` grows with everything that cannot be carried."""

    model: Section
    losses: list[Loss]
    own: dict[str, Mapping[str, FormValue]] = field(default_factory=dict)  # our blocks, by the path of the definition
    _tables: dict[str, TableDraft] = field(default_factory=dict)

    @property
    def _sql(self) -> ForeignSql:
        return ForeignSql(self._tables)

    def read(self) -> Core:
        for section in self.model.sections("datasets", required=True):
            self._dataset(section)
        for table in self._tables.values():
            for draft in table.fields.values():
                self._resolve(table, draft)
            settle_keys(table, self.losses)
        relationships = relationships_of(self._links(), self._tables, self.losses)
        share_types(relationships, self._tables.values())
        metrics = self._metrics()
        core = Core(relationships=relationships, metrics=metrics)
        for table in self._tables.values():
            core.entities[table.name], fields = build_table(table, self.losses)
            core.dimensions |= {one.qualified: one for one in fields}
        return core

    def _note_own(self, section: Section) -> None:
        found = own_form(section, self.losses)
        if found is not None:
            self.own[section.path] = found

    # -- datasets ------------------------------------------------------------------------------------------------------

    def _dataset(self, section: Section) -> None:
        given = section.text_of("name", required=True)
        name = plain_name(section, given, self.losses)
        source = table_name(section, section.text_of("source", required=True), self.losses)
        unique = tuple(key for key in text_lists(section, "unique_keys") if key)
        key = section.texts("primary_key") or (unique[0] if unique else ())
        words = words_of(section, given, self.losses)
        fields = section.sections("fields")
        self._note_own(section)
        tell_unread(section, self.losses)
        if name is None or source is None:
            return
        if given.casefold() in self._tables:
            section.report("name", f"The dataset {name!r} is defined twice.", "Rename or remove one of the two.")
            return
        table = TableDraft(
            name=name,
            own_name=given,
            place=section.place,
            words=words,
            source=source,
            key=key,
            other_keys=unique,
        )
        self._tables[given.casefold()] = table
        for item in fields:
            self._field(item, table)

    def _field(self, section: Section, table: TableDraft) -> None:
        given = section.text_of("name", required=True)
        name = plain_name(section, given, self.losses)
        sql, dialect = expression_of(section, self.losses)
        kind = type_of(section, self.losses)
        words = words_of(section, given, self.losses)
        dimension = section.section("dimension")
        is_time = dimension.flag("is_time", default=kind in TEMPORAL) if dimension else kind in TEMPORAL
        self._note_own(section)
        tell_unread(section, self.losses, _WHY)
        if name is None or sql is None:
            return
        if given.casefold() in table.fields:
            section.report("name", f"The field {name!r} is defined twice.", "Rename or remove one of the two.")
            return
        table.fields[given.casefold()] = FieldDraft(
            name=name,
            own_name=given,
            place=section.place,
            words=words,
            sql=sql,
            dialect=dialect,
            type=kind,
            is_time=is_time,
        )

    def _resolve(self, table: TableDraft, draft: FieldDraft) -> None:
        try:
            found = self._sql.field(table, draft)
        except NotCarriedError as error:
            self.losses.append(Loss(place_text(draft.place), f"{table.name}.{draft.name}", error.why))
            return
        draft.expr, draft.column = found.sql, found.column
        if draft.column and draft.type is not None:
            table.column(draft.column, draft.type)
        self._about_time(table, draft)

    def _about_time(self, table: TableDraft, draft: FieldDraft) -> None:
        """A time needs a type that is one. Without a type a moment is assumed: data that is none will not load."""
        what, place = f"{table.name}.{draft.name}", place_text(draft.place)
        if not draft.is_time:
            return
        if draft.type is None:
            draft.type = ColumnType.TIMESTAMP
            if draft.column:
                table.column(draft.column, ColumnType.TIMESTAMP)
            why = Text(
                "没有写明类型，作为时间字段暂按时间戳。", "No type is given; as a time it is taken for a timestamp."
            )
            self.losses.append(Loss(place, what, why))
        elif draft.type not in TEMPORAL:
            why = Text(
                f"它标为时间，但类型是 {draft.type.value}，不是一个时刻；按普通字段导入。",
                f"It is marked as a time, but its type, {draft.type.value}, is no moment; carried as a plain field.",
            )
            self.losses.append(Loss(place, what, why))

    # -- relationships and metrics -------------------------------------------------------------------------------------

    def _links(self) -> list[Link]:
        found: list[Link] = []
        for section in self.model.sections("relationships"):
            found.append(
                Link(
                    place=section.place,
                    name=section.text_of("name", required=True),
                    many=section.text_of("from", required=True),
                    one=section.text_of("to", required=True),
                    many_columns=section.texts("from_columns", required=True),
                    one_columns=section.texts("to_columns", required=True),
                )
            )
            self._note_own(section)
            if section.path in self.own:
                section.has("ai_context")  # our labels
            tell_unread(section, self.losses)
        return found

    def _metrics(self) -> tuple[Metric, ...]:
        metrics = ForeignMetrics()
        for section in self.model.sections("metrics"):
            given = section.text_of("name", required=True)
            name = plain_name(section, given, self.losses)
            sql, dialect = expression_of(section, self.losses)
            words = words_of(section, given, self.losses)
            section.has("datatype")  # of the result, which follows from the aggregation
            self._note_own(section)
            tell_unread(section, self.losses)
            if name is None or sql is None:
                continue
            if ("", given.casefold()) in metrics.drafts:
                section.report("name", f"The metric {name!r} is defined twice.", "Rename or remove one of the two.")
                continue
            metrics.declare(self._metric(metrics, name, given, words, section, sql, dialect))
        return metrics.build(self.losses)

    def _metric(
        self, metrics: ForeignMetrics, name: str, given: str, words: Words, section: Section, sql: str, dialect: str
    ) -> MetricDraft:
        reader = self._sql
        only = next(iter(self._tables.values())) if len(self._tables) == 1 else None

        def body() -> MetricBody:
            return Computed(metrics, reader, only).body(reader.parse(sql, dialect))

        return MetricDraft(
            name=name,
            own_name=given,
            place=section.place,
            words=words,
            body=body,
            is_simple=is_simple(reader, sql, dialect),
        )
