"""A reply as text for a terminal and as data for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.interpreters.base import Note, NoteKind
from semantic_layer.errors import Language, Text
from semantic_layer.query.codec import encode
from semantic_layer.table import Table
from tools import numbers

MOST_ROWS: Final = 20  # of a table on the terminal; a file holds all

_UNUSED: Final = Text("没有用上", "not used")


def reply_as_text(reply: Reply) -> str:
    """What was noted about the question, the reply, and by whom the question was understood."""
    notes = (_note(note, reply.language) for note in reply.notes)
    return "\n".join([*notes, *_lines(reply), f"({reply.understood_by.in_(reply.language)})"])


def _note(note: Note, language: Language) -> str:
    meaning = _UNUSED if note.kind is NoteKind.UNUSED else note.meaning
    return f"  · {f'{note.words}: ' if note.words else ''}{meaning.in_(language)}"


def _lines(reply: Reply) -> Iterator[str]:
    match reply:
        case Answer():
            yield reply.text
            yield f"[{' | '.join(chip.label for chip in reply.chips)}]"
            if reply.table is not None:
                yield from _rows(reply.table, reply.language)
        case Clarification():
            yield reply.question
            yield from (f"  - {option.label}  {option.count}" for option in reply.options)
            yield from (f"  ? {offer}" for offer in reply.suggestions)
        case Refusal():
            yield reply.reason
            yield from (f"  ? {offer}" for offer in reply.suggestions)
        case _:
            assert_never(reply)


def _rows(table: Table, language: Language) -> Iterator[str]:
    yield " | ".join(column.label.in_(language) for column in table.columns)
    for row in table.rows[:MOST_ROWS]:
        cells = zip(row, table.columns, strict=True)
        yield " | ".join(numbers.cell(cell, column.unit, language) for cell, column in cells)


def reply_as_data(reply: Reply) -> dict[str, object]:
    """The reply with its kind, notes, and by whom the question was understood."""
    return {
        **_data(reply),
        "notes": [f"{note.kind.value}: {note.words or note.meaning.in_(reply.language)}" for note in reply.notes],
        "understood_by": reply.understood_by.in_(reply.language),
    }


def _data(reply: Reply) -> dict[str, object]:
    match reply:
        case Answer():
            return {
                "kind": "answer",
                "text": reply.text,
                "plan": encode(reply.plan),
                "sql": list(reply.sql),
                "columns": [column.name for column in reply.table.columns] if reply.table else [],
                "rows": [list(row) for row in reply.table.rows] if reply.table else [],
                "as_of": str(reply.as_of),
            }
        case Clarification():
            options = [{"label": o.label, "count": o.count, "plan": encode(o.plan)} for o in reply.options]
            return {
                "kind": "clarification",
                "question": reply.question,
                "options": options,
                "unexplained": list(reply.unexplained),
            }
        case Refusal():
            return {
                "kind": "refusal",
                "why": str(reply.kind),
                "reason": reply.reason,
                "suggestions": list(reply.suggestions),
            }
        case _:
            assert_never(reply)
