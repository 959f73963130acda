"""Chips of cohort tables, funnels and reasons for a change: what each piece says, and what could stand in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.answer import Chip, ChipOption
from assistant.replies.behaviour import length_text
from assistant.replies.choices import grain_choices, time_choices
from assistant.replies.edits import with_step
from assistant.replies.restated import compare_text, group_text, occurrence_text, time_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import Text
from semantic_layer.model.grain import Grain
from semantic_layer.query.plan import Explain, Funnel, Retention
from semantic_layer.query.time import Comparison
from semantic_layer.query.types import ByField, ByTime

_WITHIN = ((1, Grain.DAY), (7, Grain.DAY), (14, Grain.DAY), (30, Grain.DAY), (90, Grain.DAY))
_PERIODS = (3, 6, 12)
_LEAST_STEPS = 2


def subjects(step: Retention | Funnel | Explain, asked: Asked, resources: Resources) -> Iterator[Chip]:
    """What it is about: the metric, or what people do."""
    match step:
        case Explain():
            why = resources.index.metric(step.metric).words.label.in_(asked.language)
            label = f"为什么变化：{why}" if asked.language == "zh" else f"why it changed: {why}"
            yield Chip(id="metric-0", kind="metric", label=label)
        case Retention():
            start, back = (
                occurrence_text(one, resources.index, resources.calendar, asked.language)
                for one in (step.start, step.back)
            )
            label = f"留存：{start} → {back}" if asked.language == "zh" else f"retention: {start} → {back}"
            yield Chip(id="subject", kind="subject", label=label)
        case Funnel():
            for position, occurrence in enumerate(step.steps):
                kept = step.steps[:position] + step.steps[position + 1 :]
                removed = with_step(asked.plan, replace(step, steps=kept)) if len(kept) >= _LEAST_STEPS else None
                said = occurrence_text(occurrence, resources.index, resources.calendar, asked.language)
                yield Chip(id=f"subject-{position}", kind="subject", label=f"{position + 1}. {said}", removed=removed)


def details(step: Retention | Funnel | Explain, asked: Asked, resources: Resources) -> Iterator[Chip]:
    """How it is looked at: periods, groups, the time, and what it is held against."""
    match step:
        case Retention():
            yield _grain(step, asked, resources)
            yield _periods(step, asked)
        case Funnel():
            yield _within(step, asked)
            if step.by is not None:
                yield Chip(
                    id="group-0",
                    kind="group",
                    label=group_text(ByField(step.by), resources.index, asked.language),
                    removed=with_step(asked.plan, replace(step, by=None)),
                )
        case Explain():
            for position, field in enumerate(step.by):
                rest = step.by[:position] + step.by[position + 1 :]
                yield Chip(
                    id=f"group-{position}",
                    kind="group",
                    label=group_text(ByField(field), resources.index, asked.language),
                    removed=with_step(asked.plan, replace(step, by=rest)),
                )
    yield _time(step, asked, resources)
    if isinstance(step, Explain):
        yield _comparison(step, asked, resources)


def _grain(step: Retention, asked: Asked, resources: Resources) -> Chip:
    options = (one for one in grain_choices(ByTime(step.grain)) if isinstance(one, ByTime))
    return Chip(
        id="group-0",
        kind="group",
        label=group_text(ByTime(step.grain), resources.index, asked.language),
        options=tuple(
            ChipOption(
                label=group_text(other, resources.index, asked.language),
                plan=with_step(asked.plan, replace(step, grain=other.grain)),
            )
            for other in options
        ),
    )


def _periods(step: Retention, asked: Asked) -> Chip:
    def said(count: int) -> str:
        return (
            f"看 {length_text(count, step.grain, 'zh')}"
            if asked.language == "zh"
            else length_text(count, step.grain, "en")
        )

    return Chip(
        id="limit",
        kind="limit",
        label=said(step.periods),
        by_default=step.periods == Retention.__dataclass_fields__["periods"].default,
        options=tuple(
            ChipOption(label=said(count), plan=with_step(asked.plan, replace(step, periods=count)))
            for count in _PERIODS
            if count != step.periods
        ),
    )


def _within(step: Funnel, asked: Asked) -> Chip:
    def said(within: tuple[int, Grain]) -> str:
        length = length_text(*within, asked.language)
        return Text(f"{length}内", f"within {length}").in_(asked.language)

    return Chip(
        id="within",
        kind="condition",
        label=said(step.within),
        by_default=step.within == Funnel.__dataclass_fields__["within"].default,
        options=tuple(
            ChipOption(label=said(within), plan=with_step(asked.plan, replace(step, within=within)))
            for within in _WITHIN
            if within != step.within
        ),
    )


def _time(step: Retention | Funnel | Explain, asked: Asked, resources: Resources) -> Chip:
    return Chip(
        id="time",
        kind="time",
        label=time_text(step.time, resources.index, resources.calendar, asked.language),
        by_default=step.time is None,
        removed=None if step.time is None else with_step(asked.plan, replace(step, time=None)),
        options=tuple(
            ChipOption(
                label=time_text(other, resources.index, resources.calendar, asked.language),
                plan=with_step(asked.plan, replace(step, time=other)),
            )
            for other in time_choices(step.time)
        ),
    )


def _comparison(step: Explain, asked: Asked, resources: Resources) -> Chip:
    others = [one for one in (Comparison.PERIOD_BEFORE, Comparison.YEAR_BEFORE) if one != step.compare_to]
    return Chip(
        id="comparison-0",
        kind="comparison",
        label=compare_text(step.compare_to, resources.calendar, asked.language),
        options=tuple(
            ChipOption(
                label=compare_text(other, resources.calendar, asked.language),
                plan=with_step(asked.plan, replace(step, compare_to=other)),
            )
            for other in others
        ),
    )
