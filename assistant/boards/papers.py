"""From a board as somebody sees it to what is printed of it."""

from __future__ import annotations

from datetime import datetime

from assistant.boards.port import Content, TileView
from semantic_layer.errors import Language, Text
from semantic_layer.table import Table
from tools.boards.paper import Paper, Sheet, without_persons
from tools.boards.types import Board


def paper_of(board: Board, tiles: tuple[TileView, ...], *, who: str, at: datetime, currency: str) -> Paper:
    """One sheet for each tile, in the language of the board. A tile that could not be computed says why in its place."""
    made = Text(f"由 {who} 导出于 {moment(at)}", f"Taken out by {who} on {moment(at)}").in_(board.language)
    return Paper(
        name=board.name,
        sheets=tuple(_sheet(view, board.language) for view in tiles),
        language=board.language,
        made=made,
        currency=currency,
    )


def finding_of(view: TileView) -> str:
    """What a tile says in one line: the finding of its picture, else its sentence, else what it was called."""
    content = view.content
    if content is None:
        return view.tile.title
    if content.chart is not None and content.chart.title:
        return content.chart.title
    return content.text or view.tile.title


def as_of_line(view: TileView, language: Language) -> str:
    """The day of the data, and when it was computed."""
    content, computed = view.content, view.computed_at
    if content is None or computed is None:
        return ""
    zh = f"数据截至 {content.as_of.isoformat()}，{moment(computed)} 计算"
    en = f"data until {content.as_of.isoformat()}, computed {moment(computed)}"
    return Text(zh, en).in_(language)


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def fault_line(view: TileView, language: Language) -> str:
    """Why there is nothing newer; empty when nothing is wrong."""
    if view.fault is None:
        return ""
    if view.content is None:
        return view.fault.in_(language)
    old = Text("以下是上一次的结果。", "What follows is the last result.").in_(language)
    return f"{view.fault.in_(language)} {old}"


def _sheet(view: TileView, language: Language) -> Sheet:
    content = view.content
    if content is None:
        return Sheet(title=view.tile.title, note=view.tile.note, fault=fault_line(view, language))
    drawn = content.chart is not None and bool(content.chart.spec)
    headline = content.headline
    return Sheet(
        title=finding_of(view),
        sentence=content.text,
        big=headline.value if headline is not None and not drawn else "",
        big_label=headline.label if headline is not None and not drawn else "",
        chart=content.chart,
        table=_table(content),
        note=view.tile.note,
        small=_small(view, content, language),
        restated=content.restated or view.tile.title,
        fault=fault_line(view, language),
    )


def _table(content: Content) -> Table | None:
    """The table, unless the number stands there already; of cards their first."""
    table = content.table or next((one.table for one in content.sections if one.table is not None), None)
    table = without_persons(table)
    return None if table is not None and content.headline is not None and len(table) < 2 else table


def _small(view: TileView, content: Content, language: Language) -> tuple[str, ...]:
    asked = content.chart.subtitle if content.chart is not None and content.chart.subtitle else content.restated
    return tuple(part for part in (asked or view.tile.title, as_of_line(view, language), *content.notes) if part)
