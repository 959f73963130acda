"""Pieces of Block Kit within Slack's limits. Text that comes from data is plain text or escaped; nothing else makes blocks.

Limits: docs.slack.dev/reference/block-kit. What is too long is cut with an ellipsis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from semantic_layer.errors import Language
from semantic_layer.model.types import Unit
from semantic_layer.table import Table
from tools import numbers

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Block: TypeAlias = "dict[str, Json]"

SECTION: Final = 3000
HEADER: Final = 150
LABEL: Final = 75  # of a button, an option, the title of a field
TITLE: Final = 24  # of a dialog
PLACEHOLDER: Final = 150
FALLBACK: Final = 2900
ELEMENTS: Final = 25
CONTEXT: Final = 10
BLOCKS: Final = 50
OPTIONS: Final = 100
ROWS: Final = 10
COLUMNS: Final = 20
CELL: Final = 200
TABLE: Final = 9000  # characters of all cells; Slack takes 10,000
_BREAKS: Final = str.maketrans({"\u202a": "", "\u202b": "", "\u202d": "", "\u202e": "", "\u0000": ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is shown. `text` is for notifications, already escaped."""

    text: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a menu."""

    label: str
    value: str


def cut(text: str, most: int) -> str:
    """`text` in at most so many characters, never empty: Slack refuses empty texts."""
    clean = text.translate(_BREAKS).strip()
    return (clean if len(clean) <= most else f"{clean[: most - 1]}…") or "–"


def escaped(text: str) -> str:
    """Text that Slack's own markup cannot be made with: no mention, no link, no bold.

    The signs of emphasis are kept and made harmless by an invisible word joiner before them.
    """
    safe = text.translate(_BREAKS).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\u2060{one}" if one in "*_~`@" else one for one in safe)


def fallback(text: str) -> str:
    """The text for notifications. It is cut before it is escaped, so that no entity is torn."""
    return escaped(cut(text, FALLBACK // 6))


def plain(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": cut(text, most), "emoji": False}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER)}


def section(text: str) -> Block:
    return {"type": "section", "text": plain(text, SECTION)}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [plain(text, SECTION) for text in texts[:CONTEXT]]}


def mention(before: str, user: str, after: str) -> Block:
    """A quiet line that names a person; `user` is an id of Slack's."""
    line = f"{escaped(before)}<@{user}>{escaped(after)}"
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": line[:SECTION]}]}


def code(title: str, text: str) -> Block:
    """Text in equal widths, exactly as it is."""
    runs: Json = [{"type": "text", "text": cut(text, SECTION)}]
    named: Json = [{"type": "text", "text": cut(title, LABEL), "style": {"bold": True}}]
    return {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": named},
            {"type": "rich_text_preformatted", "elements": runs},
        ],
    }


def button(label: str, act: str, value: str = "", *, style: str = "", url: str = "") -> Block:
    made: Block = {"type": "button", "text": plain(label, LABEL), "action_id": act}
    if value:
        made["value"] = value
    if style:
        made["style"] = style
    if url:
        made["url"] = url
    return made


def menu(placeholder: str, act: str, choices: Sequence[Choice]) -> Block:
    return {
        "type": "static_select",
        "placeholder": plain(placeholder, PLACEHOLDER),
        "action_id": act,
        "options": [option(choice) for choice in choices[:OPTIONS]],
    }


def option(choice: Choice) -> Block:
    return {"text": plain(choice.label, LABEL), "value": choice.value}


def actions(elements: Sequence[Block]) -> list[Block]:
    """Rows of buttons; none for no buttons."""
    return [
        {"type": "actions", "elements": list(elements[start : start + ELEMENTS])}
        for start in range(0, len(elements), ELEMENTS)
    ]


def table(shown: Table, language: Language, currency: str) -> Block:
    """The first rows and columns of a table. Cells are raw text: nothing in them is markup."""
    columns = shown.columns[:COLUMNS]
    room = min(CELL, TABLE // ((min(len(shown.rows), ROWS) + 1) * max(len(columns), 1)))
    heads: Json = [_cell(column.label.in_(language), room) for column in columns]
    rows: list[Json] = [heads]
    for row in shown.rows[:ROWS]:
        cells = zip(row[:COLUMNS], columns, strict=True)
        rows.append([_cell(numbers.cell(cell, column.unit, language, currency), room) for cell, column in cells])
    settings: Json = [{"align": "right" if _is_number(column.unit) else "left"} for column in columns]
    return {"type": "table", "rows": rows, "column_settings": settings}


def _cell(text: str, most: int) -> Json:
    return {"type": "raw_text", "text": cut(text, most)}


def _is_number(unit: Unit | None) -> bool:
    return unit is not None and unit is not Unit.DATE


def message(text: str, blocks: Iterable[Block]) -> Message:
    """A message with at most as many blocks as Slack takes; what does not fit is left out from the end."""
    return Message(text=fallback(text), blocks=tuple(blocks)[:BLOCKS])
