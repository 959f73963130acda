"""A reply as the data that leaves by this door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final, assert_never, cast

from pydantic import JsonValue

from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.channels.mcp.results import (
    CellValue,
    ColumnTold,
    DetailTold,
    OptionTold,
    ReplyTold,
    ShareTold,
    StepTold,
)
from assistant.channels.mcp.scene import Open
from assistant.channels.mcp.withheld import WITHHELD, about_single_people
from assistant.channels.reply_text import reply_as_data
from semantic_layer.errors import Language
from semantic_layer.query.codec import Encodable, encode
from semantic_layer.query.plan import Catalogue, Define
from semantic_layer.table import Cell, Table

MOST_ROWS: Final = 200  # of one table; the number of all rows is told
ROWS_IN_TEXT: Final = 20
FEWEST_PEOPLE: Final = 10  # a profile of fewer describes persons, not a group


def told(reply: Reply, place: Open, conversation: str, language: Language | None = None) -> ReplyTold:
    """The reply, without any sample of people; one about single people is withheld whole, which is said in `language`."""
    data = reply_as_data(reply)
    common = {
        "language": reply.language,
        "data_set": place.id,
        "conversation": conversation,
        "notes": data["notes"],
        "understood_by": data["understood_by"],
    }
    match reply:
        case Answer():
            if about_single_people(reply, place.port):
                tongue = language or reply.language
                parts: Mapping[str, object] = {
                    "kind": "withheld",
                    "text": WITHHELD.in_(tongue),
                    "language": tongue,
                    "notes": (),
                }
            else:
                parts = _answer(reply)
        case Clarification():
            parts = {
                "kind": "clarification",
                "text": reply.question,
                "options": [OptionTold(label=o.label, count=o.count, plan=plan_data(o.plan)) for o in reply.options],
                "unexplained": reply.unexplained,
                "suggestions": reply.suggestions,
            }
        case Refusal():
            parts = {
                "kind": "refusal",
                "text": reply.reason,
                "why": str(reply.kind),
                "suggestions": reply.suggestions,
            }
        case _:
            assert_never(reply)
    return ReplyTold.model_validate({**common, **parts})


def _answer(answer: Answer) -> Mapping[str, object]:
    return {
        "kind": "answer",
        "text": answer.text,
        "plan": plan_data(answer.plan),
        **_numbers(answer.table, answer.language),
        "steps": [StepTold(label=step.label, count=step.count) for step in answer.waterfall],
        "profile": list(_shares(answer)),
        "details": list(_details(answer)),
        "chart": "" if answer.chart is None else answer.chart.kind.value,
        "sql": answer.sql,
        "as_of": "" if answer.as_of is None else str(answer.as_of),
        "options": [OptionTold(label=r.label, count=str(r.count), plan=plan_data(r.plan)) for r in answer.relaxations],
        "follow_ups": [OptionTold(label=f.label, plan=plan_data(f.plan)) for f in answer.follow_ups],
    }


def _numbers(table: Table | None, language: Language) -> Mapping[str, object]:
    if table is None:
        return {}
    return {
        "columns": [
            ColumnTold(name=c.name, label=c.label.in_(language), unit="" if c.unit is None else c.unit.value)
            for c in table.columns
        ],
        "rows": [tuple(_cell(value) for value in row) for row in table.rows[:MOST_ROWS]],
        "total_rows": len(table.rows) if table.total_rows is None else table.total_rows,
    }


def _cell(value: Cell) -> CellValue:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case _:
            return value


def _shares(answer: Answer) -> Iterator[ShareTold]:
    profile = answer.profile
    rows = () if profile is None or profile.size < FEWEST_PEOPLE else profile.rows
    for row in rows:
        yield ShareTold(
            field=row.field_label.in_(answer.language),
            value=row.value_label.in_(answer.language),
            count=row.count,
            share=row.share,
            base_share=row.base_share,
        )


def _details(answer: Answer) -> Iterator[DetailTold]:
    """Sections of definitions; those of other answers may be about one person."""
    if all(isinstance(step, Define | Catalogue) for step in answer.plan.steps):
        for section in answer.sections:
            yield DetailTold(title=section.title, lines=section.lines, code=section.code)


def plan_data(value: Encodable) -> dict[str, JsonValue]:
    """A plan as JSON data."""
    return cast("dict[str, JsonValue]", encode(value))


def as_text(reply: ReplyTold) -> str:
    """The reply in lines: what was noted, what is said, the first rows, what can be asked instead."""
    lines = [f"  · {note}" for note in reply.notes]
    lines.append(reply.text)
    if reply.rows:
        lines.append(" | ".join(column.label for column in reply.columns))
        lines += [" | ".join("–" if cell is None else str(cell) for cell in row) for row in reply.rows[:ROWS_IN_TEXT]]
    lines += [f"  - {step.label}: {step.count:,}" for step in reply.steps]
    lines += [f"  ? {option.label}  {option.count}".rstrip() for option in reply.options]
    lines += [f"  ? {offer}" for offer in reply.suggestions]
    lines += [f"{detail.title}: {name} {value}" for detail in reply.details for name, value in detail.lines]
    return "\n".join([*lines, f"({reply.understood_by})"])
