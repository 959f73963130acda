"""Small things that occur all over files in the format of Apache Ossie: words, types, expressions in dialects."""

from __future__ import annotations

from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.losses import Loss
from semantic_layer.interchange.unread import tell, tell_unread
from semantic_layer.model.section import Section
from semantic_layer.model.source import LeafNode, ListNode
from semantic_layer.model.types import ColumnType, Words

TYPES: Final = {
    "String": ColumnType.STRING,
    "Integer": ColumnType.INTEGER,
    "Decimal": ColumnType.DECIMAL,
    "Float": ColumnType.FLOAT,
    "Boolean": ColumnType.BOOLEAN,
    "Date": ColumnType.DATE,
    "DateTime": ColumnType.TIMESTAMP,
    "DateTimeTz": ColumnType.TIMESTAMP,
}
_UNKNOWN_TYPES = ("Time", "Opaque")
_DIALECTS: Final = {  # that can be read, the nearest to ours first
    "DUCKDB": "duckdb",
    "ANSI_SQL": "",
    "OSSIE_SQL_2026": "",
    "OSI_SQL_2026": "",
    "SNOWFLAKE": "snowflake",
    "DATABRICKS": "databricks",
    "BIGQUERY": "bigquery",
}


def words_of(section: Section, name: str, losses: list[Loss]) -> Words:
    """The name serves as label in both languages: the format has no labels."""
    description = section.text_of("description").strip()
    synonyms: tuple[str, ...] = ()
    instructions = ""
    examples: tuple[str, ...] = ()
    context = section.section_if_mapping("ai_context")
    if context is None:
        instructions = section.text_of("ai_context").strip()
    else:
        synonyms = context.texts("synonyms")
        instructions = context.text_of("instructions").strip()
        examples = context.texts("examples")
        tell_unread(context, losses)
    return Words(
        label=Text(name, name),
        synonyms=tuple(dict.fromkeys(synonyms)),
        description=Text(description, description),
        instructions=instructions,
        examples=examples,
    )


def type_of(section: Section, losses: list[Loss]) -> ColumnType | None:
    given = section.text_of("datatype")
    if not given:
        return None
    if given in _UNKNOWN_TYPES:
        why = Text(f"没有与 {given} 对应的类型。", f"No type here corresponds to {given}.")
        tell(section, "datatype", losses, why)
        return None
    found = TYPES.get(section.word_of("datatype", (*TYPES, *_UNKNOWN_TYPES)))
    if given == "DateTimeTz":
        why = Text("不保留时区，按时间戳读取。", "The time zone is not kept; read as a timestamp.")
        tell(section, "datatype", losses, why)
    return found


def expression_of(section: Section, losses: list[Loss]) -> tuple[str | None, str]:
    """The SQL in the dialect nearest to ours, and which that is; `None` when there is none that can be read."""
    given: dict[str, str] = {}
    inner = section.section("expression")
    if inner is None:
        section.report("expression", "The key 'expression' is missing.", "Add expression: {dialects: […]}.")
        return None, ""
    for item in inner.sections("dialects", required=True):
        dialect, sql = item.text_of("dialect", default="ANSI_SQL"), item.text_of("expression", required=True)
        given.setdefault(dialect, sql)
    for dialect, ours in _DIALECTS.items():
        if given.get(dialect):
            return given[dialect], ours
    if given:
        listed = ", ".join(given)
        why = Text(
            f"只给出了读不了的方言（{listed}）。",
            f"It is only given in dialects that are not read here ({listed}).",
        )
        tell(section, "expression", losses, why)
    return None, ""


def text_lists(section: Section, name: str) -> tuple[tuple[str, ...], ...]:
    """A list of lists of texts."""
    section.has(name)
    node = section.node.entries.get(name)
    inner = node.items if isinstance(node, ListNode) else ()
    return tuple(
        tuple(str(leaf.value) for leaf in one.items if isinstance(leaf, LeafNode))
        for one in inner
        if isinstance(one, ListNode)
    )
