"""From a plan to a whole answer: the kind of step decides what is computed, all answers share the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from assistant.answer import Answer, Option, Timing
from assistant.interpreters.base import Note, NoteKind, Reading
from assistant.replies.actions import export, save_segment
from assistant.replies.acts import act, listed
from assistant.replies.audiences import list_people
from assistant.replies.behaviour import retention
from assistant.replies.chips import chips
from assistant.replies.customers import card, overlap, why_member
from assistant.replies.draft import Draft
from assistant.replies.figures import figure_of, figures
from assistant.replies.freshness import freshness_remarks
from assistant.replies.funnels import funnel
from assistant.replies.histories import became
from assistant.replies.meanings import catalogue, define, definitions_used
from assistant.replies.portraits import portrait
from assistant.replies.reasons import explain
from assistant.replies.restated import plan_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import CancelledError, Text, UserError
from semantic_layer.model.deprecated import deprecation_notes
from semantic_layer.query.acts import Act
from semantic_layer.query.plan import (
    Became,
    Card,
    Catalogue,
    Define,
    Explain,
    Export,
    Funnel,
    ListPeople,
    Overlap,
    Pin,
    Profile,
    Retention,
    SaveSegment,
    WhyMember,
)
from semantic_layer.query.types import Query


def draft_of(asked: Asked, resources: Resources) -> Draft:  # noqa: C901, PLR0912  # one arm for each kind of step
    """What the first step of the plan gives."""
    step = asked.plan.steps[0]
    if isinstance(step, Act | Pin):
        return act(step, asked, resources)
    match step:
        case Query():
            return figures(step, asked, resources)
        case ListPeople():
            return list_people(step, asked, resources)
        case Profile():
            return portrait(step, asked, resources)
        case Overlap():
            return overlap(step, asked, resources)
        case Card():
            return card(step, asked, resources)
        case WhyMember():
            return why_member(step, asked, resources)
        case Define():
            return define(step, asked, resources)
        case Catalogue():
            return listed(step, asked, resources) or catalogue(step, asked, resources)
        case SaveSegment():
            return save_segment(step, asked, resources)
        case Export():
            return export(step, asked, resources)
        case Retention():
            return retention(step, asked, resources)
        case Funnel():
            return funnel(step, asked, resources)
        case Explain():
            return explain(step, asked, resources)
        case Became():
            return became(step, asked, resources)
        case _:
            assert_never(step)


def answer(
    asked: Asked, resources: Resources, *, interpret_ms: float = 0.0
) -> tuple[Answer, Callable[[], Answer] | None]:
    """The answer that is useful at once, and what completes it, if there is more. Raises `UserError`."""
    started = resources.seconds()
    draft = draft_of(asked, resources)
    total = interpret_ms + (resources.seconds() - started) * 1000
    timing = Timing(interpret=interpret_ms, compile=draft.compile_ms, run=draft.run_ms, total=total)
    first = _answer_of(draft, asked, resources, timing)
    rest = draft.rest
    if rest is None:
        return first, None
    return first, lambda: _completed(first, rest(draft))


def _completed(first: Answer, whole: Draft) -> Answer:
    """The first part with what the rest brought; chips and definitions stand as they were."""
    return replace(
        first,
        text=whole.text,
        headline=whole.headline or first.headline,
        sections=whole.sections or first.sections,
        table=whole.table,
        notes=_with_remarks(first.notes, whole.remarks),
        follow_ups=whole.follow_ups,
        chart=whole.chart,
        relaxations=whole.relaxations,
        profile=whole.profile,
        people=whole.people,
        sql=whole.sql,
    )


def _answer_of(draft: Draft, asked: Asked, resources: Resources, timing: Timing) -> Answer:
    return Answer(
        id=resources.new_id(),
        question=asked.text,
        language=asked.language,
        text=draft.text,
        plan=draft.plan,
        headline=draft.headline,
        chips=chips(replace(asked, plan=draft.plan), resources),
        notes=_with_remarks(asked.notes, _remarks(draft, resources)),
        table=draft.table,
        chart=draft.chart,
        waterfall=draft.waterfall,
        relaxations=draft.relaxations,
        emptied_by=draft.emptied_by,
        profile=draft.profile,
        people=draft.people,
        sections=draft.sections,
        follow_ups=draft.follow_ups,
        definitions=definitions_used(draft.uses, asked, resources),
        sql=draft.sql,
        files=draft.files,
        as_of=resources.as_of,
        timing=timing,
    )


def _remarks(draft: Draft, resources: Resources) -> tuple[Text, ...]:
    """What the reply says of itself, of definitions that go, and of data that should be newer."""
    return (*draft.remarks, *deprecation_notes(resources.index, draft.uses), *freshness_remarks(resources))


def _with_remarks(notes: tuple[Note, ...], remarks: tuple[Text, ...]) -> tuple[Note, ...]:
    """The interpreter's notes, then the remarks that they do not make already, each once."""
    made = {note.meaning for note in notes}
    new = [remark for remark in dict.fromkeys(remarks) if remark not in made]
    return (*notes, *(Note(kind=NoteKind.DEFAULT, words="", meaning=remark) for remark in new))


def option(reading: Reading, asked: Asked, resources: Resources) -> Option:
    """A reading as a button: what makes it differ, and the count or number it would give."""
    label = reading.label.in_(asked.language) or plan_text(
        reading.plan, resources.index, resources.calendar, asked.language
    )
    return Option(label=label, count=_count(reading, asked, resources), plan=reading.plan)


def _count(reading: Reading, asked: Asked, resources: Resources) -> str:
    step = reading.plan.steps[0]
    try:
        if isinstance(step, ListPeople | Profile):
            count = resources.layer.count(step.audience, asked.user, cancel=asked.cancel)
            if asked.language == "zh":
                return f"{count:,} 人"
            return f"{count:,} {'person' if count == 1 else 'people'}"
        return figure_of(reading.plan, asked, resources)
    except CancelledError:
        raise
    except UserError:
        return ""  # the option stands without a count; choosing it says what is wrong
