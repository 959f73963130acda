"""Small things that occur all over Snowflake's semantic models: words, types, sample values."""

from __future__ import annotations

import re
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.losses import Loss
from semantic_layer.interchange.unread import says_nothing, tell
from semantic_layer.model.rules.words import spoken
from semantic_layer.model.section import Section
from semantic_layer.model.types import ColumnType, Scalar, Value, Words

DIALECT: Final = "snowflake"
_TYPES: Final = {
    **dict.fromkeys(("VARCHAR", "CHAR", "CHARACTER", "NCHAR", "STRING", "TEXT", "NVARCHAR"), ColumnType.STRING),
    **dict.fromkeys(("INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT"), ColumnType.INTEGER),
    **dict.fromkeys(("NUMBER", "DECIMAL", "NUMERIC", "DEC"), ColumnType.DECIMAL),
    **dict.fromkeys(("FLOAT", "FLOAT4", "FLOAT8", "DOUBLE", "DOUBLE PRECISION", "REAL"), ColumnType.FLOAT),
    "BOOLEAN": ColumnType.BOOLEAN,
    "DATE": ColumnType.DATE,
    **dict.fromkeys(("DATETIME", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ"), ColumnType.TIMESTAMP),
}
_TYPE: Final = re.compile(r"([A-Za-z][A-Za-z0-9_ ]*?)\s*(?:\(\s*\d+\s*(?:,\s*(\d+)\s*)?\))?")


def words_of(section: Section, name: str) -> Words:
    """The name serves as label in both languages: the format has no labels."""
    description = section.text_of("description").strip()
    return Words(
        label=Text(name, name),
        synonyms=tuple(dict.fromkeys(section.texts("synonyms"))),
        description=Text(description, description),
    )


def type_of(section: Section, losses: list[Loss]) -> ColumnType | None:
    """`NUMBER(38, 0)` holds whole numbers; a type that nothing here corresponds to is told."""
    given = section.text_of("data_type").strip()
    if not given:
        return None
    match = _TYPE.fullmatch(given)
    found = _TYPES.get(match[1].upper()) if match else None
    if found is None or match is None:
        why = Text(f"没有与 {given} 对应的类型。", f"No type here corresponds to {given}.")
        tell(section, "data_type", losses, why)
        return None
    if found is ColumnType.DECIMAL and match[2] == "0":
        return ColumnType.INTEGER
    if match[1].upper() in ("TIMESTAMP_LTZ", "TIMESTAMP_TZ"):
        why = Text("不保留时区，按时间戳读取。", "The time zone is not kept; read as a timestamp.")
        tell(section, "data_type", losses, why)
    return found


def values_of(section: Section, kind: ColumnType | None, losses: list[Loss]) -> tuple[tuple[Value, ...], bool]:
    """The values of a field, and whether those of the data are to be known too.

    Sample values are all values only where the source says so; a search service knows the values of the data.
    """
    samples = section.scalars("sample_values")
    is_all = section.flag("is_enum", default=False)
    searches = False
    for key in ("cortex_search_service", "cortex_search_service_name"):
        if section.has(key) and not says_nothing(section.node.entries[key]):
            why = Text("改为读取数据里的取值。", "The values of the data are read instead.")
            tell(section, key, losses, why)
            searches = True
    if samples and not is_all:
        why = Text(
            "只是部分取值的例子，没有读取；打开 index_values 可以读取数据里的全部取值。",
            "They are examples of its values only and were not read; index_values reads all those of the data.",
        )
        tell(section, "sample_values", losses, why)
        return (), searches
    by_word: dict[str, Scalar] = {}
    for sample in samples:
        value = _as(sample, kind)
        by_word.setdefault(spoken(str(value)), value)
    return tuple(Value(value=one, label=Text(str(one), str(one))) for one in by_word.values()), searches


def _as(sample: Scalar, kind: ColumnType | None) -> Scalar:
    """A value as the column holds it: the format writes numbers as texts."""
    if isinstance(sample, bool) or kind is None:
        return sample
    try:
        if kind is ColumnType.INTEGER:
            return int(sample)
        if kind in (ColumnType.DECIMAL, ColumnType.FLOAT):
            return float(sample)
    except ValueError:
        return sample
    return str(sample) if kind is ColumnType.STRING else sample
