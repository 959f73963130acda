"""The restatement as chips: each says one piece of the plan, and holds the plans that removing or changing it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from assistant.answer import Chip, ChipOption
from assistant.replies.act_chips import act_chips
from assistant.replies.choices import condition_choices, grain_choices, group_choices, time_choices
from assistant.replies.edits import replace_condition, where_of, with_step
from assistant.replies.histories import LATELY
from assistant.replies.restated import (
    bound_text,
    compare_text,
    group_text,
    order_text,
    predicate_text,
    time_text,
    who_text,
)
from assistant.replies.step_chips import details, subjects
from assistant.resources import Asked, Resources
from semantic_layer.compiler.timed import is_timed
from semantic_layer.errors import Text
from semantic_layer.query.acts import Act
from semantic_layer.query.plan import Became, Explain, Funnel, ListPeople, Overlap, Pin, Plan, Profile, Retention
from semantic_layer.query.predicate import conjuncts
from semantic_layer.query.time import Comparison
from semantic_layer.query.types import ByTime, Query

LIMITS = (5, 10, 20, 50)


def chips(asked: Asked, resources: Resources) -> tuple[Chip, ...]:
    """All chips of a plan, in reading order."""
    step = asked.plan.steps[0]
    found = list(_subject(asked, resources))
    found += _conditions(asked, resources)
    if isinstance(step, Query):
        found += _query_chips(step, asked, resources)
    if isinstance(step, Retention | Funnel | Explain):
        found += details(step, asked, resources)
    if isinstance(step, Became):
        found += _became(step, asked, resources)
    if isinstance(step, Act | Pin):
        found = [*act_chips(step, asked, resources), *found]
    return tuple(found)


def _subject(asked: Asked, resources: Resources) -> Iterator[Chip]:
    step = asked.plan.steps[0]
    match step:
        case Query():
            for position, name in enumerate(step.metrics):
                rest = tuple(m for m in step.metrics if m != name)
                yield Chip(
                    id=f"metric-{position}",
                    kind="metric",
                    label=resources.index.metric(name).words.label.in_(asked.language),
                    removed=_without_metric(asked.plan, step, rest) if rest else None,
                )
        case Profile():
            yield Chip(id="subject", kind="subject", label=Text("画像", "profile").in_(asked.language))
            if step.base is not None:
                who = who_text(step.base, resources.index, resources.calendar, asked.language)
                against = f"对比：{who}" if asked.language == "zh" else f"against {who}"
                alone = with_step(asked.plan, replace(step, base=None))
                yield Chip(id="base", kind="comparison", label=against, removed=alone)
        case Overlap():
            for position, audience in enumerate(step.audiences):
                who = who_text(audience, resources.index, resources.calendar, asked.language)
                yield Chip(id=f"subject-{position}", kind="subject", label=who)
        case Retention() | Funnel() | Explain():
            yield from subjects(step, asked, resources)
        case ListPeople():
            entity = resources.index.entity(step.audience.entity)
            yield Chip(id="subject", kind="subject", label=entity.words.label.in_(asked.language))
        case _:
            return


def _became(step: Became, asked: Asked, resources: Resources) -> Iterator[Chip]:
    label = predicate_text(step.what, resources.index, resources.calendar, asked.language)
    yield Chip(id="subject", kind="subject", label=label)
    if step.key is None:
        when = time_text(step.time or LATELY, resources.index, resources.calendar, asked.language)
        yield Chip(id="time", kind="time", label=when, by_default=step.time is None)


def _without_metric(plan: Plan, step: Query, rest: tuple[str, ...]) -> Plan:
    kept = replace(
        step,
        metrics=rest,
        having=tuple(b for b in step.having if b.metric in rest),
        order=tuple(o for o in step.order if o.by in rest or "." in o.by or o.by == "time"),
    )
    return with_step(plan, kept)


def _conditions(asked: Asked, resources: Resources) -> Iterator[Chip]:
    step = asked.plan.steps[0]
    for position, condition in enumerate(conjuncts(where_of(step))):
        edit = _editor(asked.plan, position)
        yield Chip(
            id=f"condition-{position}",
            kind="condition",
            label=predicate_text(condition, resources.index, resources.calendar, asked.language),
            by_default=False,
            removed=with_step(asked.plan, replace_condition(step, position, None)),
            options=tuple(
                ChipOption(
                    label=predicate_text(other, resources.index, resources.calendar, asked.language), plan=edit(other)
                )
                for other in condition_choices(condition, asked, resources)
            ),
        )


def _editor(plan: Plan, position: int) -> Callable[..., Plan]:
    return lambda other: with_step(plan, replace_condition(plan.steps[0], position, other))


def _query_chips(step: Query, asked: Asked, resources: Resources) -> Iterator[Chip]:
    yield from _groups(step, asked, resources)
    yield from _time(step, asked, resources)
    yield from _comparisons(step, asked, resources)
    for position, bound in enumerate(step.having):
        kept = step.having[:position] + step.having[position + 1 :]
        yield Chip(
            id=f"having-{position}",
            kind="condition",
            label=bound_text(bound, resources.index, asked.language, resources.currency),
            removed=with_step(asked.plan, replace(step, having=kept)),
        )
    yield from _order(step, asked, resources)
    if step.share:
        plain = with_step(asked.plan, replace(step, share=False))
        yield Chip(id="share", kind="share", label=Text("占比", "share of total").in_(asked.language), removed=plain)


def _groups(step: Query, asked: Asked, resources: Resources) -> Iterator[Chip]:
    for position, group in enumerate(step.by):
        rest = step.by[:position] + step.by[position + 1 :]
        others = grain_choices(group) if isinstance(group, ByTime) else group_choices(group, step, asked, resources)
        yield Chip(
            id=f"group-{position}",
            kind="group",
            label=group_text(group, resources.index, asked.language),
            removed=with_step(
                asked.plan,
                replace(step, by=rest, order=(), limit=None, share=False, having=() if not rest else step.having),
            ),
            options=tuple(
                ChipOption(
                    label=group_text(other, resources.index, asked.language),
                    plan=with_step(
                        asked.plan, replace(step, by=(*step.by[:position], other, *step.by[position + 1 :]))
                    ),
                )
                for other in others
            ),
        )


def _time(step: Query, asked: Asked, resources: Resources) -> Iterator[Chip]:
    default = step.time is None
    if default and not any(is_timed(resources.index, metric) for metric in step.metrics):
        return
    yield Chip(
        id="time",
        kind="time",
        label=time_text(step.time, resources.index, resources.calendar, asked.language),
        by_default=default,
        removed=None if default else with_step(asked.plan, replace(step, time=None, compare_to=())),
        options=tuple(
            ChipOption(
                label=time_text(other, resources.index, resources.calendar, asked.language),
                plan=with_step(asked.plan, replace(step, time=other)),
            )
            for other in time_choices(step.time)
        ),
    )


def _comparisons(step: Query, asked: Asked, resources: Resources) -> Iterator[Chip]:
    for position, compare in enumerate(step.compare_to):
        rest = step.compare_to[:position] + step.compare_to[position + 1 :]
        others = tuple(c for c in Comparison if c is not compare)
        yield Chip(
            id=f"comparison-{position}",
            kind="comparison",
            label=compare_text(compare, resources.calendar, asked.language),
            removed=with_step(asked.plan, replace(step, compare_to=rest)),
            options=tuple(
                ChipOption(
                    label=compare_text(other, resources.calendar, asked.language),
                    plan=with_step(asked.plan, replace(step, compare_to=(*rest, other))),
                )
                for other in others
            ),
        )


def _order(step: Query, asked: Asked, resources: Resources) -> Iterator[Chip]:
    if not step.order and step.limit is None:
        return
    options = [
        ChipOption(
            label=order_text(replace(step, limit=n), resources.index, asked.language),
            plan=with_step(asked.plan, replace(step, limit=n)),
        )
        for n in LIMITS
        if n != step.limit
    ]
    if step.order:
        turned = replace(step, order=tuple(replace(o, descending=not o.descending) for o in step.order))
        options.append(
            ChipOption(label=order_text(turned, resources.index, asked.language), plan=with_step(asked.plan, turned))
        )
    yield Chip(
        id="order",
        kind="order",
        label=order_text(step, resources.index, asked.language),
        removed=with_step(asked.plan, replace(step, order=(), limit=None)),
        options=tuple(options),
    )
