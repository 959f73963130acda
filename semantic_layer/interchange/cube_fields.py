"""Dimensions of Cube as fields: plain and computed ones, cases with labels, and places on the map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.cube_sql import DIALECT, as_sql, case_of
from semantic_layer.interchange.drafts import FieldDraft, NotCarriedError, TableDraft, place_text
from semantic_layer.interchange.foreign_sql import ForeignSql
from semantic_layer.interchange.losses import Loss
from semantic_layer.interchange.names import plain_name
from semantic_layer.interchange.unread import tell, tell_unread
from semantic_layer.model.section import Section
from semantic_layer.model.types import ColumnType, Words

_TYPES: Final = {
    "string": ColumnType.STRING,
    "number": ColumnType.DECIMAL,
    "boolean": ColumnType.BOOLEAN,
    "time": ColumnType.TIMESTAMP,
}
_SHOWN: Final = Text("怎样显示，没有读取。", "How it is shown was not read.")
_WHY: Final[Mapping[str, Text]] = {
    "format": _SHOWN,
    "order": _SHOWN,
    "links": _SHOWN,
    "granularities": Text("它自己的时间粒度没有导入。", "Grains of its own are not carried."),
}
_SUB_QUERY: Final = Text(
    "它的值来自别的 cube 的指标，没有导入。", "Its value is a measure of another cube; it is not carried."
)
_HIDDEN: Final = Text(
    "来源不让人看它，所以没有作为字段导入；别的定义仍可用它。",
    "The source does not show it, so it is no field here; other definitions still use it.",
)
_CASE: Final = Text("case 里的标签不是文字，没有导入。", "A label of its case is no text; it is not carried.")


def words_of(section: Section | None, name: str, losses: list[Loss]) -> Words:
    """A title is a label; otherwise the name serves as one in both languages. `meta.ai_context` is advice."""
    if section is None:
        return Words(label=Text(name, name))
    title, description = section.text_of("title") or name, section.text_of("description").strip()
    instructions = ""
    synonyms: tuple[str, ...] = ()
    meta = section.section("meta")
    if meta is not None:
        context = meta.section_if_mapping("ai_context")
        if context is None:
            instructions = meta.text_of("ai_context").strip()
        else:
            instructions, synonyms = context.text_of("instructions").strip(), context.texts("synonyms")
            tell_unread(context, losses)
        tell_unread(meta, losses)
    return Words(
        label=Text(title, title),
        synonyms=tuple(dict.fromkeys(synonyms)),
        description=Text(description, description),
        instructions=instructions,
    )


@dataclass(slots=True)
class CubeFields:
    """Reads dimensions into the drafts of their tables, and finds what they stand for once all are known."""

    losses: list[Loss]
    is_member: Callable[[str, str], bool]

    def read(self, section: Section, table: TableDraft) -> None:
        given = section.text_of("name", required=True)
        name = plain_name(section, given, self.losses)
        words = words_of(section, given, self.losses)
        is_key = section.flag("primary_key", default=False)
        is_shown = section.flag("public", default=True) and section.flag("shown", default=True)
        kind = section.word_of("type", (*_TYPES, "geo"))
        is_query = section.flag("sub_query", default=False)
        if not is_shown and not is_key:
            tell(section, "public" if "public" in section.node.entries else "shown", self.losses, _HIDDEN)
        if is_query:
            section.has("propagate_filters_to_sub_query")
            tell(section, "sub_query", self.losses, _SUB_QUERY)
        parts = {"": self._sql(section)} if kind != "geo" else self._place(section)
        tell_unread(section, self.losses, _WHY)
        if name is None or is_query:
            return
        for ending, sql in parts.items():
            if sql is None:
                continue
            draft = FieldDraft(
                name=f"{name}{ending}",
                own_name=f"{given}{ending}",
                place=section.place,
                words=words if not ending else Words(label=Text(f"{name}{ending}", f"{name}{ending}")),
                sql=sql,
                dialect=DIALECT,
                type=_TYPES.get(kind, ColumnType.FLOAT),
                is_offered=is_shown,
            )
            self._add(section, table, draft)
        if is_key:
            table.key = (*table.key, given)

    def _add(self, section: Section, table: TableDraft, draft: FieldDraft) -> None:
        if draft.own_name.casefold() in table.fields:
            message = f"The dimension {draft.own_name!r} is defined twice."
            section.report("name", message, "Rename or remove one of the two.")
            return
        table.fields[draft.own_name.casefold()] = draft

    def _sql(self, section: Section) -> str | None:
        """The expression of a dimension, or its `case` as one."""
        case = section.section("case")
        text = section.text_of("sql", required=case is None)
        if case is None:
            return text or None
        whens = [(item.text_of("sql", required=True), item) for item in case.sections("when", required=True)]
        other = case.section("else")
        if any(item.section_if_mapping("label") for _, item in whens) or (other and other.section_if_mapping("label")):
            tell(section, "case", self.losses, _CASE)
            return None
        labels = tuple((condition, item.text_of("label", required=True)) for condition, item in whens)
        otherwise = other.text_of("label", required=True) if other else None
        return case_of(labels, otherwise)

    def _place(self, section: Section) -> dict[str, str | None]:
        """A place on the map is two numbers."""
        found: dict[str, str | None] = {}
        for key in ("latitude", "longitude"):
            inner = section.section(key)
            if inner is None:
                section.report(key, f"The key {key!r} is missing.", f"Add {key}: with its sql.")
                continue
            found[f"_{key}"] = inner.text_of("sql", required=True)
        return found

    def resolve(self, sql: ForeignSql, table: TableDraft) -> None:
        """What each field stands for. Fields of a table may be made of each other, so that all are named first."""
        unread: list[FieldDraft] = []
        for draft in table.fields.values():
            try:
                draft.sql = as_sql(draft.sql, table.own_name, self.is_member)
            except NotCarriedError as error:
                self._lose(table, draft, error)
                unread.append(draft)
        for draft in table.fields.values():
            if any(draft is one for one in unread):
                continue
            try:
                found = sql.field(table, draft)
            except NotCarriedError as error:
                self._lose(table, draft, error)
                continue
            draft.expr, draft.column = found.sql, found.column
            if draft.column and draft.type is ColumnType.DECIMAL:
                # A number, of which it is not said whether it is whole: told with the columns.
                table.column(draft.column, is_number=True)
                draft.type = None
            elif draft.column:
                table.column(draft.column, draft.type)

    def _lose(self, table: TableDraft, draft: FieldDraft, error: NotCarriedError) -> None:
        self.losses.append(Loss(place_text(draft.place), f"{table.own_name}.{draft.own_name}", error.why))
