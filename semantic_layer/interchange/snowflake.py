"""Reads Snowflake's semantic model YAML, which is also the YAML of a semantic view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.drafts import (
    FieldDraft,
    NotCarriedError,
    TableDraft,
    build_table,
    place_text,
    settle_keys,
    share_types,
)
from semantic_layer.interchange.finish import finish
from semantic_layer.interchange.foreign_sql import ForeignSql
from semantic_layer.interchange.links import Link, relationships_of
from semantic_layer.interchange.losses import Imported, Loss
from semantic_layer.interchange.names import plain_name
from semantic_layer.interchange.snowflake_metrics import SnowflakeMetrics
from semantic_layer.interchange.snowflake_values import DIALECT, type_of, values_of, words_of
from semantic_layer.interchange.unread import tell, tell_unread
from semantic_layer.model.load import raise_errors, read_text
from semantic_layer.model.section import Section
from semantic_layer.model.source import parse_yaml
from semantic_layer.model.types import ColumnType, Conventions, Dimension, Entity, SemanticModel, Words

_QUESTIONS: Final = Text(
    "已核实的问题是 SQL，不是定义；没有读取。", "A verified query is SQL and no definition; it was not read."
)
_ADVICE: Final = Text("写给它自己的模型的说明，没有读取。", "Advice to its own model; it was not read.")
_FILTER: Final = Text(
    "有名称的条件没有导入。请把它写成标签，或在问题里说出条件。",
    "A named condition is not carried. Write it as a tag, or say the condition in the question.",
)
_WHY: Final[Mapping[str, Text]] = {
    "verified_queries": _QUESTIONS,
    "custom_instructions": _ADVICE,
    "module_custom_instructions": _ADVICE,
    "filters": _FILTER,
}
_NULLS: Final = Text("没有对应行的记录在这里也会保留。", "Rows without a match are kept here, as in a left join.")


def read_snowflake(path: Path, *, customer_entity: str = "") -> Imported:
    """The model of a file; `customer_entity` names the table whose rows are people.

    Raises:
        DefinitionError: with every fault, when the file is not in this format or contradicts itself.
    """
    parsed = parse_yaml(read_text(path), path.name)
    issues = list(parsed.issues)
    if parsed.root is None:
        raise_errors(parsed.issues)
        raise AssertionError("a file without a tree has faults")
    losses: list[Loss] = []
    root = Section(parsed.root, "", issues)
    model = _Reader(root, losses).read()
    raise_errors(tuple(issues))
    return finish(model, losses, customer_entity=customer_entity)


@dataclass(slots=True)
class _Reader:
    root: Section
    losses: list[Loss]
    tables: dict[str, TableDraft] = field(default_factory=dict)

    def read(self) -> SemanticModel:
        name = self.root.text_of("name", required=True)
        words = words_of(self.root, name)
        sections = self.root.sections("tables", required=True)
        metrics = SnowflakeMetrics(self.tables, self.losses)
        for section in sections:
            self._table(section, metrics)
        sql = ForeignSql(self.tables)
        for table in self.tables.values():
            for draft in table.fields.values():
                self._resolve(sql, table, draft)
            settle_keys(table, self.losses)
        relationships = relationships_of(self._links(), self.tables, self.losses)
        share_types(relationships, self.tables.values())
        for item in self.root.sections("metrics"):
            metrics.declare(item, None)
        built = metrics.build()
        entities, dimensions = self._built()
        tell_unread(self.root, self.losses, _WHY)
        return SemanticModel(
            name=name,
            words=words,
            entities=entities,
            relationships=relationships,
            dimensions=dimensions,
            metrics=built,
            conventions=Conventions(default_window="", missing="unknown"),
        )

    def _built(self) -> tuple[tuple[Entity, ...], tuple[Dimension, ...]]:
        built = [build_table(table, self.losses) for table in self.tables.values()]
        return tuple(entity for entity, _ in built), tuple(one for _, fields in built for one in fields)

    # -- tables --------------------------------------------------------------------------------------------------------

    def _table(self, section: Section, metrics: SnowflakeMetrics) -> None:
        given = section.text_of("name", required=True)
        name = plain_name(section, given, self.losses)
        source = self._source(section)
        key = section.section("primary_key")
        unique = tuple(item.texts("columns") for item in section.sections("unique_keys"))
        words = words_of(section, given)
        if name is not None and given.casefold() in self.tables:
            section.report("name", f"The table {name!r} is defined twice.", "Rename or remove one of the two.")
            return
        table = TableDraft(
            name=name or given,
            own_name=given,
            place=section.place,
            words=words,
            source=source,
            key=key.texts("columns", required=True) if key else (unique[0] if unique else ()),
            other_keys=unique,
        )
        for kind in ("dimensions", "time_dimensions", "facts", "measures"):
            for item in section.sections(kind):
                if kind != "measures" or not metrics.is_aggregated(item):
                    self._field(item, table, kind)
                    continue
                metrics.declare(item, table)
                self._behind(item, table)
        for item in section.sections("metrics"):
            metrics.declare(item, table)
        tell_unread(section, self.losses, _WHY)
        if name is not None and source:
            self.tables[given.casefold()] = table

    def _source(self, section: Section) -> str:
        base = section.section("base_table")
        if base is None:
            section.report("base_table", "The key 'base_table' is missing.", "Add base_table: with its table.")
            return ""
        where = [part for part in (base.text_of("database"), base.text_of("schema")) if part]
        table = base.text_of("table")
        if not table:
            why = Text(
                "来源是一段查询，不是一张表。请先把它建成表或视图，再写表名。",
                "It is read from a query, not from a table. Create a table or view of it and name that.",
            )
            tell(section, "base_table", self.losses, why)
            base.has("definition")
        elif where:
            why = Text(
                f"库和模式（{'.'.join(where)}）没有保留，只记表名「{table}」。",
                f"Database and schema ({'.'.join(where)}) are not kept, only the name of the table, {table!r}.",
            )
            tell(section, "base_table", self.losses, why)
        tell_unread(base, self.losses)
        return table

    def _field(self, section: Section, table: TableDraft, kind: str) -> None:
        given = section.text_of("name", required=True)
        name = plain_name(section, given, self.losses)
        type_ = type_of(section, self.losses)
        is_unique = section.flag("unique", default=False)
        access = section.word_of("access_modifier", ("public_access", "private_access"), default="public_access")
        words = words_of(section, given)
        values, index_values = values_of(section, type_, self.losses)
        sql = section.text_of("expr", required=True)
        tell_unread(section, self.losses)
        if name is None:
            return
        if given.casefold() in table.fields:
            section.report("name", f"{name!r} is defined twice.", "Rename or remove one of the two.")
            return
        table.fields[given.casefold()] = FieldDraft(
            name=name,
            own_name=given,
            place=section.place,
            words=words,
            sql=sql,
            dialect=DIALECT,
            type=type_ if kind != "time_dimensions" else self._moment(section, type_),
            is_offered=access == "public_access",
            values=values,
            index_values=index_values,
        )
        if is_unique and not table.key:
            table.key = (given,)
        elif is_unique:
            table.other_keys = (*table.other_keys, (given,))

    @staticmethod
    def _behind(section: Section, table: TableDraft) -> None:
        """The value of one row that an older measure aggregates: other expressions name it too."""
        given = section.text_of("name")
        draft = FieldDraft(
            name=given,
            own_name=given,
            place=section.place,
            words=Words(label=Text(given, given)),
            sql=section.text_of("expr"),
            dialect=DIALECT,
            is_offered=False,
        )
        table.fields.setdefault(given.casefold(), draft)

    def _moment(self, section: Section, kind: ColumnType | None) -> ColumnType:
        """A time dimension without a type is taken for a timestamp: data that is none will not load."""
        if kind is not None:
            return kind
        why = Text("没有写明类型，作为时间字段暂按时间戳。", "No type is given; as a time it is taken for a timestamp.")
        self.losses.append(Loss(place_text(section.place), section.path, why))
        return ColumnType.TIMESTAMP

    def _resolve(self, sql: ForeignSql, table: TableDraft, draft: FieldDraft) -> None:
        try:
            found = sql.field(table, draft)
        except NotCarriedError as error:
            if draft.is_offered:
                self.losses.append(Loss(place_text(draft.place), f"{table.name}.{draft.name}", error.why))
            return
        draft.expr, draft.column = found.sql, found.column
        if draft.column:
            table.column(draft.column, draft.type)

    # -- relationships -------------------------------------------------------------------------------------------------

    def _links(self) -> list[Link]:
        found: list[Link] = []
        for section in self.root.sections("relationships"):
            pairs = section.sections("relationship_columns", required=True)
            link = Link(
                place=section.place,
                name=section.text_of("name", required=True),
                many=section.text_of("left_table", required=True),
                one=section.text_of("right_table", required=True),
                many_columns=tuple(pair.text_of("left_column", required=True) for pair in pairs),
                one_columns=tuple(pair.text_of("right_column", required=True) for pair in pairs),
            )
            section.has("relationship_type")  # follows from the keys
            if section.text_of("join_type").casefold() in ("inner", "right_outer", "full_outer"):
                tell(section, "join_type", self.losses, _NULLS)
            tell_unread(section, self.losses)
            found.append(link)
        return found
