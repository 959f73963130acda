"""What is different about the columns of a source: noticed and explained. What it means is for a person to say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rapidfuzz import fuzz

from semantic_layer.errors import Text
from semantic_layer.ingestion.sources.port import SourceColumn
from semantic_layer.model.types import ColumnType

_ALIKE: Final = 60.0  # of 100: names that could be of one column
_ENOUGH: Final = 3  # examples by which a text column may be said to hold numbers now
_FAMILIES: Final[Mapping[ColumnType, str]] = {
    ColumnType.INTEGER: "number",
    ColumnType.DECIMAL: "number",
    ColumnType.FLOAT: "number",
    ColumnType.DATE: "time",
    ColumnType.TIMESTAMP: "time",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.STRING: "text",
}
_TYPES: Final[Mapping[str, Text]] = {
    "number": Text(zh="数字", en="numbers"),
    "time": Text(zh="日期或时间", en="dates or times"),
    "boolean": Text(zh="是否", en="yes or no"),
    "text": Text(zh="文字", en="text"),
}


class DriftKind(StrEnum):
    """`RENAMED` is a suggestion: a column is missing, and one that is new looks like it."""

    ADDED = "added"
    MISSING = "missing"
    RENAMED = "renamed"
    RETYPED = "retyped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One difference. `column` is the known name, for `ADDED` the new one; `examples` are of what is there now."""

    kind: DriftKind
    column: str
    now_called: str = ""
    was_type: str = ""
    now_type: str = ""
    why: Text = Text("", "")  # frozen
    examples: tuple[str, ...] = ()


def drift(known: Sequence[SourceColumn], now: Sequence[SourceColumn]) -> tuple[Drift, ...]:
    """All differences between the columns that a source had and those it has.

    A column that seems renamed is reported as such instead of as missing, and the new one as added, too: until a person
    accepts the suggestion, both are so. Numbers that became wider, or days that became moments, are no difference.
    """
    was, is_ = {column.name: column for column in known}, {column.name: column for column in now}
    gone = [column for column in known if column.name not in is_]
    new = [column for column in now if column.name not in was]
    pairs = _renamed(gone, new, [column.name for column in known], [column.name for column in now])
    found = [pairs.get(column.name) or _missing(column) for column in gone]
    found += [_added(column) for column in new]
    found += [
        _retyped(was[column.name], column)
        for column in now
        if column.name in was and _is_retyped(was[column.name], column)
    ]
    return tuple(found)


def _missing(column: SourceColumn) -> Drift:
    why = Text(
        zh=f"列「{column.name}」不见了，也没有看起来像它的新列。",
        en=f"The column {column.name!r} is gone, and no new one looks like it.",
    )
    return Drift(kind=DriftKind.MISSING, column=column.name, was_type=column.type, why=why)


def _added(column: SourceColumn) -> Drift:
    why = Text(zh=f"多了一列「{column.name}」。", en=f"There is a new column {column.name!r}.")
    return Drift(kind=DriftKind.ADDED, column=column.name, now_type=column.type, why=why, examples=column.examples)


def _is_retyped(was: SourceColumn, now: SourceColumn) -> bool:
    """Without values a type says nothing, and a text column with few values may hold numbers by chance."""
    before, after = _FAMILIES[was.type], _FAMILIES[now.type]
    if not was.examples or not now.examples or before == after:
        return False
    return before != "text" or min(len(was.examples), len(now.examples)) >= _ENOUGH


def _retyped(was: SourceColumn, now: SourceColumn) -> Drift:
    before, after = _TYPES[_FAMILIES[was.type]], _TYPES[_FAMILIES[now.type]]
    examples = ", ".join(now.examples[:3])
    why = Text(
        zh=f"列「{now.name}」原来是{before.zh}，现在是{after.zh}，例如：{examples}。",
        en=f"The column {now.name!r} held {before.en} and holds {after.en} now, such as {examples}.",
    )
    return Drift(
        kind=DriftKind.RETYPED, column=now.name, was_type=was.type, now_type=now.type, why=why, examples=now.examples
    )


def _renamed(
    gone: Sequence[SourceColumn], new: Sequence[SourceColumn], before: Sequence[str], after: Sequence[str]
) -> Mapping[str, Drift]:
    """The best pairs of missing and new columns; no column is in two of them."""
    scored = sorted(
        (
            (score, left.name, right.name, left, right, reasons)
            for left in gone
            for right in new
            for score, reasons in (_likeness(left, right, before, after),)
            if score > 0
        ),
        key=lambda each: (-each[0], each[1], each[2]),
    )
    found: dict[str, Drift] = {}
    taken: set[str] = set()
    for _, was, name, left, right, reasons in scored:
        if was in found or name in taken:
            continue
        taken.add(name)
        found[was] = Drift(
            kind=DriftKind.RENAMED,
            column=was,
            now_called=name,
            was_type=left.type,
            now_type=right.type,
            why=_reason(was, name, reasons),
            examples=right.examples,
        )
    return found


def _reason(was: str, name: str, reasons: Sequence[Text]) -> Text:
    zh, en = "、".join(each.zh for each in reasons), ", ".join(each.en for each in reasons)
    return Text(
        zh=f"列「{was}」不见了，新列「{name}」可能就是它：{zh}。请确认。",
        en=f"The column {was!r} is gone, and the new one {name!r} may be it: {en}. Please confirm.",
    )


def _likeness(
    left: SourceColumn, right: SourceColumn, before: Sequence[str], after: Sequence[str]
) -> tuple[float, list[Text]]:
    """How much speaks for two names of one column, and what. Place alone does not."""
    if left.examples and right.examples and _FAMILIES[left.type] != _FAMILIES[right.type]:
        return 0.0, []
    reasons: list[Text] = []
    score = 0.0
    if common := set(left.examples) & set(right.examples):
        score += 0.4 + 0.4 * len(common) / min(len(left.examples), len(right.examples))
        reasons.append(Text(zh="有相同的值", en="some values are the same"))
    elif (shapes := _shapes(left)) and shapes == _shapes(right):
        score += 0.3
        reasons.append(Text(zh="值的样子相同", en="the values look alike"))
    if (name := fuzz.ratio(left.name.casefold(), right.name.casefold())) >= _ALIKE or _is_part(left.name, right.name):
        score += max(name, _ALIKE) / 200
        reasons.append(Text(zh="名字相近", en="the names are close"))
    if score and before.index(left.name) == after.index(right.name):
        score += 0.2
        reasons.append(Text(zh="位置相同", en="it stands in the same place"))
    return (score, reasons) if score >= 0.3 else (0.0, [])


def _is_part(left: str, right: str) -> bool:
    short, long = sorted((left.casefold(), right.casefold()), key=len)
    return len(short) >= 2 and short in long


def _shapes(column: SourceColumn) -> frozenset[str]:
    """Values with every digit and every letter alike; shapes of free text are too many to tell anything."""
    found = frozenset(re.sub(r"[^\W\d_]+", "a", re.sub(r"\d", "0", value)) for value in column.examples)
    return found if len(found) <= 2 and any("0" in shape for shape in found) else frozenset()
