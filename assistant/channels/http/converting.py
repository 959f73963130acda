"""Replies, segments and definitions in the forms in which they leave."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import assert_never

from assistant.answer import Answer, Chip, Clarification, Refusal, Reply, Section
from assistant.channels.http.bodies import PlanBody
from assistant.channels.http.outgoing import (
    AnswerOut,
    AnyReply,
    CardOut,
    CellValue,
    ChartOut,
    ChipOut,
    ClarificationOut,
    ColumnOut,
    CountedOut,
    DefinitionOut,
    EntryOut,
    HeadlineOut,
    LineOut,
    NoteOut,
    OfferOut,
    OptionOut,
    ProfileOut,
    ProfileRowOut,
    RefusalOut,
    SectionOut,
    SegmentOut,
    TableOut,
)
from assistant.channels.workspace import CatalogueEntry, DefinitionCard, SegmentEntry
from assistant.interpreters.base import Note
from semantic_layer.errors import Language
from semantic_layer.query.codec import encode
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import InSegment
from semantic_layer.query.types import Audience
from semantic_layer.table import Cell, Table
from tools.chart import ChartSpec
from tools.profile import ProfileResult


def reply_out(reply: Reply, *, data_set: str, conversation: str | None) -> AnyReply:
    """A reply in the form that leaves."""
    language = reply.language
    common: dict[str, object] = {
        "id": reply.id,
        "data_set": data_set,
        "conversation": conversation,
        "language": language,
        "notes": [_note(note, language) for note in reply.notes],
        "understood_by": reply.understood_by.in_(language),
        "can_ask_model": reply.can_ask_model,
        "milliseconds": round(reply.timing.total, 1),
    }
    match reply:
        case Answer():
            return AnswerOut.model_validate({**common, **_answer(reply)})
        case Clarification():
            options = [OptionOut(label=o.label, count=o.count, plan=plan_out(o.plan)) for o in reply.options]
            own: dict[str, object] = {
                "question": reply.question,
                "options": options,
                "unexplained": list(reply.unexplained),
                "suggestions": list(reply.suggestions),
            }
            return ClarificationOut.model_validate({**common, **own})
        case Refusal():
            own = {"why": str(reply.kind), "reason": reply.reason, "suggestions": list(reply.suggestions)}
            return RefusalOut.model_validate({**common, **own})
        case _:
            assert_never(reply)


def _answer(reply: Answer) -> dict[str, object]:
    language = reply.language
    headline = reply.headline
    return {
        "text": reply.text,
        "plan": plan_out(reply.plan),
        "headline": headline
        and HeadlineOut(value=headline.value, exact=headline.exact, label=headline.label, change=headline.change),
        "chips": [_chip(chip) for chip in reply.chips],
        "table": _table(reply.table, language),
        "people": _table(reply.people, language),
        "chart": _chart(reply.chart),
        "waterfall": [CountedOut(label=s.label, count=s.count, plan=plan_out(s.plan)) for s in reply.waterfall],
        "relaxations": [CountedOut(label=r.label, count=r.count, plan=plan_out(r.plan)) for r in reply.relaxations],
        "emptied_by": reply.emptied_by,
        "profile": _profile(reply.profile, language),
        "sections": [section_out(section, language) for section in reply.sections],
        "definitions": [
            DefinitionOut(
                name=d.name,
                kind=d.kind,
                label=d.label,
                meaning=d.meaning,
                owner=d.owner,
                version=d.version,
                freshness=d.freshness,
            )
            for d in reply.definitions
        ],
        "follow_ups": [OfferOut(label=f.label, plan=plan_out(f.plan)) for f in reply.follow_ups],
        "sql": list(reply.sql),
        "as_of": reply.as_of,
    }


def plan_out(plan: Plan) -> PlanBody:
    return PlanBody.model_validate(encode(plan))


def _note(note: Note, language: Language) -> NoteOut:
    return NoteOut(kind=note.kind.value, words=note.words, meaning=note.meaning.in_(language))


def _chip(chip: Chip) -> ChipOut:
    return ChipOut(
        kind=chip.kind,
        label=chip.label,
        by_default=chip.by_default,
        removed=None if chip.removed is None else plan_out(chip.removed),
        options=[OfferOut(label=option.label, plan=plan_out(option.plan)) for option in chip.options],
    )


def _chart(chart: ChartSpec | None) -> ChartOut | None:
    if chart is None:
        return None
    spec = json.loads(chart.spec) if chart.spec else None
    return ChartOut(kind=chart.kind.value, title=chart.title, subtitle=chart.subtitle, spec=spec)


def _profile(profile: ProfileResult | None, language: Language) -> ProfileOut | None:
    if profile is None:
        return None
    rows = [
        ProfileRowOut(
            field=row.field,
            label=row.field_label.in_(language),
            value=row.value_label.in_(language),
            count=row.count,
            share=row.share,
            base_share=row.base_share,
            tgi=row.tgi,
            significant=row.significant,
        )
        for row in profile.rows
    ]
    findings = [finding.in_(language) for finding in profile.findings]
    return ProfileOut(size=profile.size, base_size=profile.base_size, rows=rows, findings=findings)


def _table(table: Table | None, language: Language) -> TableOut | None:
    if table is None:
        return None
    columns = [
        ColumnOut(
            name=column.name,
            label=column.label.in_(language),
            role=column.role,
            unit=None if column.unit is None else column.unit.value,
            masked=column.masked,
        )
        for column in table.columns
    ]
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    return TableOut.model_construct(columns=columns, rows=rows, total_rows=table.total_rows)


def _cell(cell: Cell) -> CellValue:
    match cell:
        case date():
            return cell.isoformat()
        case Decimal():
            return float(cell)
        case _:
            return cell


def section_out(section: Section, language: Language) -> SectionOut:
    return SectionOut(
        title=section.title,
        lines=[LineOut(name=name, value=value) for name, value in section.lines],
        table=_table(section.table, language),
        code=section.code,
    )


def segment_out(entry: SegmentEntry, data_set: str, language: Language) -> SegmentOut:
    people = Plan((ListPeople(Audience(where=InSegment(entry.name), entity=entry.audience.entity)),))
    return SegmentOut(
        name=entry.name,
        words=entry.words.in_(language),
        count=entry.count,
        counted_at=entry.counted_at,
        owner=entry.owner,
        updated_at=entry.updated_at,
        version=entry.version,
        data_set=data_set,
        plan=plan_out(people),
    )


def entries_out(entries: Iterable[CatalogueEntry]) -> list[EntryOut]:
    return [
        EntryOut(
            name=one.name,
            kind=one.kind,
            label=one.label,
            summary=one.summary,
            category=one.category,
            category_label=one.category_label,
        )
        for one in entries
    ]


def card_out(name: str, card: DefinitionCard, language: Language) -> CardOut:
    return CardOut(name=name, card=section_out(card.section, language), question=card.question)
