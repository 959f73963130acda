"""The words of letters about boards, in the language of the subscription."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from assistant.boards.papers import as_of_line, fault_line, finding_of
from assistant.boards.port import Content, TileView
from semantic_layer.errors import Language, Text
from tools.boards.types import Board, Bound, Subscription
from tools.numbers import cell

MOST_TILES = 12
MOST_ROWS = 8


def subject_of(board: Board, one: Subscription, views: Sequence[TileView]) -> str:
    """What it is about; with the finding when it is about one tile."""
    if one.tile and views:
        return (
            f"{board.name}：{finding_of(views[0])}" if one.language == "zh" else f"{board.name}: {finding_of(views[0])}"
        )
    rhythm = {
        "day": Text("每日", "daily"),
        "week": Text("每周", "weekly"),
        "change": Text("有变化", "changed"),
    }[one.every]
    return f"看板「{board.name}」· {rhythm.zh}" if one.language == "zh" else f"Board “{board.name}” · {rhythm.en}"


def body_of(one: Subscription, views: Sequence[TileView], *, currency: str) -> str:
    """The tiles as text: the finding, a few rows, the day of the data, the note."""
    parts = [_tile(view, one.language, currency) for view in views[:MOST_TILES]]
    more = len(views) - MOST_TILES
    if more > 0:
        parts.append(
            Text(f"另有 {more} 张卡片，请打开看板查看。", f"{more} more tiles are on the board.").in_(one.language)
        )
    if one.bound is not None and views and views[0].content is not None:
        parts.insert(0, _bound(one.bound, views[0].content, one.language))
    return "\n\n".join(parts)


def digest_of(views: Sequence[TileView], *, currency: str) -> str:
    """What tells two looks at a board apart: everything as it is shown, so that nothing below rounding counts."""
    shown = [_tile(view, "zh", currency, dated=False) for view in views]
    return hashlib.sha256("\n\n".join(shown).encode()).hexdigest()


def _bound(bound: Bound, content: Content, language: Language) -> str:
    value = content.headline.value if content.headline is not None else f"{content.value:,.4g}"
    over = Text("高于", "above") if bound.op == ">" else Text("低于", "below")
    zh = f"现在是 {value}，已{over.zh}您设的 {bound.value:,.6g}。"
    en = f"It is {value} now, {over.en} your bound of {bound.value:,.6g}."
    return Text(zh, en).in_(language)


def _tile(view: TileView, language: Language, currency: str, *, dated: bool = True) -> str:
    lines = [view.tile.title]
    content = view.content
    if dated and view.fault is not None:
        lines.append(fault_line(view, language))
    if content is not None:
        lines.append(content.text)
        lines += _rows(content, language, currency)
        lines += content.notes
        if dated:
            lines.append(as_of_line(view, language))
    if dated and view.tile.note:
        lines.append(Text(f"备注：{view.tile.note}", f"Note: {view.tile.note}").in_(language))
    return "\n".join(line for line in lines if line)


def _rows(content: Content, language: Language, currency: str) -> list[str]:
    table = content.table
    if table is None or len(table) < 2:
        return []
    between = "，" if language == "zh" else ", "
    said = [
        between.join(
            cell(value, column.unit, language, currency) for value, column in zip(row, table.columns, strict=True)
        )
        for row in table.rows[:MOST_ROWS]
    ]
    total = table.total_rows if table.total_rows is not None else len(table)
    left = total - len(said)
    more = [Text(f"… 另有 {left:,} 行", f"… {left:,} more rows").in_(language)] if left > 0 else []
    return [f"  {line}" for line in (*said, *more)]
