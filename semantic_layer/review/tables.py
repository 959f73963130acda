"""Tables and columns are there, and hold what the definitions say they hold."""

from __future__ import annotations

import re

from semantic_layer.errors import Text
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import Column, ColumnType, Entity
from semantic_layer.review.data import Data, StoredColumn
from semantic_layer.review.findings import Findings, Place, Severity, listed

_FAMILIES: tuple[tuple[str, ColumnType], ...] = (
    (r"VARCHAR|TEXT|CHAR|STRING|UUID|ENUM", ColumnType.STRING),
    (r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|INT\d+|LONG|SHORT", ColumnType.INTEGER),
    (r"DECIMAL|NUMERIC", ColumnType.DECIMAL),
    (r"FLOAT\d*|REAL|DOUBLE", ColumnType.FLOAT),
    (r"BOOL(EAN)?", ColumnType.BOOLEAN),
    (r"DATE", ColumnType.DATE),
    (r"TIMESTAMP.*|DATETIME", ColumnType.TIMESTAMP),
)
_C = ColumnType
# What is declared and what is stored, where the two go together less than well.
_UNEASY: dict[tuple[ColumnType, ColumnType], tuple[Severity, Text]] = {
    (_C.INTEGER, _C.DECIMAL): (
        "warning",
        Text("小数部分可能被误当作没有", "fractions may be there that nobody expects"),
    ),
    (_C.INTEGER, _C.FLOAT): ("warning", Text("小数部分可能被误当作没有", "fractions may be there that nobody expects")),
    (_C.DECIMAL, _C.FLOAT): ("info", Text("金额相加会有微小的误差", "sums of money carry tiny errors")),
    (_C.DATE, _C.TIMESTAMP): ("warning", Text("带有一天中的时刻", "it has a time of day")),
    (_C.TIMESTAMP, _C.DATE): ("info", Text("只有日期，没有时刻", "it has days only, no time of day")),
}
_FITS = {(_C.DECIMAL, _C.INTEGER), (_C.FLOAT, _C.INTEGER), (_C.FLOAT, _C.DECIMAL)}


def check_tables(data: Data, findings: Findings) -> None:
    """Every table and column of the definitions."""
    for entity in data.index.model.entities:
        stored = data.columns(entity)
        if stored is None:
            near = listed(nearest(entity.table, data.tables) or sorted(data.tables))
            findings.add(
                "error",
                Place(kind="entity", name=entity.name, path=("source",)),
                Text(f"数据里没有表「{entity.table}」。", f"The data has no table {entity.table!r}."),
                Text(
                    f"请载入这张表，或改正 source。现有的表：{near.zh}。",
                    f"Load it, or correct source:. There is: {near.en}.",
                ),
            )
            continue
        for column in entity.columns:
            found = stored.get(column.name.casefold())
            if found is None:
                _lacks(entity, column, tuple(one.name for one in stored.values()), findings)
            else:
                _compare(entity, column, found, findings)


def _lacks(entity: Entity, column: Column, there: tuple[str, ...], findings: Findings) -> None:
    near = nearest(column.name, there)
    shown = listed(near or there)
    findings.add(
        "error",
        Place(kind="entity", name=entity.name, path=("columns", column.name)),
        Text(
            f"表「{entity.table}」没有列「{column.name}」。",
            f"The table {entity.table!r} has no column {column.name!r}.",
        ),
        Text(
            f"请在数据中补上，或改正 columns。{'相近' if near else '现有'}的列：{shown.zh}。",
            f"Add it to the data, or correct columns:. {'Near' if near else 'There is'}: {shown.en}.",
        ),
    )


def _compare(entity: Entity, column: Column, stored: StoredColumn, findings: Findings) -> None:
    place = Place(kind="entity", name=entity.name, path=("columns", column.name))
    if stored.unreadable:
        findings.add(
            "error",
            place,
            Text(
                f"「{entity.table}.{column.name}」有 {stored.unreadable:,} 个值不是 {column.type.value}，只能当作缺失。",
                f"Values of {entity.table}.{column.name} that are no {column.type.value}: {stored.unreadable:,}; "
                "they can only be taken as missing.",
            ),
            Text("请改正数据里的这些值，或改正声明的类型。", "Correct these values in the data, or the declared type."),
            count=stored.unreadable,
        )
    kind = family(stored.type)
    if kind is column.type or (kind is not None and (column.type, kind) in _FITS):
        return
    severity, why = _how_bad(column.type, kind)
    ending_zh, ending_en = (f"：{why.zh}", f": {why.en}") if why.zh else ("", "")
    proper = kind.value if kind else "…"
    findings.add(
        severity,
        place,
        Text(
            f"「{entity.table}.{column.name}」声明为 {column.type.value}，数据里是 {stored.type}{ending_zh}。",
            f"{entity.table}.{column.name} is declared {column.type.value} and stored as {stored.type}{ending_en}.",
        ),
        Text(
            f"请声明为 {proper}，或在载入时转换。", f"Declare it as {proper}, or convert it where the data is loaded."
        ),
    )


def _how_bad(declared: ColumnType, stored: ColumnType | None) -> tuple[Severity, Text]:
    found = _UNEASY.get((declared, stored)) if stored is not None else None
    return found or ("error", Text("", ""))


def family(stored: str) -> ColumnType | None:
    """The type of the definitions that an engine's type belongs to."""
    plain = re.sub(r"\(.*", "", stored).strip().upper()
    return next((kind for pattern, kind in _FAMILIES if re.fullmatch(pattern, plain)), None)
