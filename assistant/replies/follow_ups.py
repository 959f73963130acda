"""Next questions worth asking. Only those that were run and gave something are offered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.answer import FollowUp
from assistant.replies.edits import with_step
from assistant.replies.restated import group_text
from assistant.resources import Asked, Resources
from semantic_layer.compiler.timed import is_timed
from semantic_layer.errors import CancelledError, Text, UserError
from semantic_layer.model.types import DimensionKind, Tag
from semantic_layer.query.plan import Explain, ListPeople, Plan, Profile, Step
from semantic_layer.query.time import Comparison, Grain
from semantic_layer.query.types import Audience, ByField, ByTime, Query

MOST = 3
TRIED = 6


def follow_ups(asked: Asked, resources: Resources) -> tuple[FollowUp, ...]:
    """At most three, in the order of usefulness; one that fails or gives nothing is left out in silence."""
    found: list[FollowUp] = []
    for number, (label, plan) in enumerate(_candidates(asked, resources)):
        if len(found) == MOST or number == TRIED:
            break
        if _gives_something(plan, asked, resources):
            found.append(FollowUp(label=label.in_(asked.language), plan=plan))
    return tuple(found)


def _gives_something(plan: Plan, asked: Asked, resources: Resources) -> bool:
    try:
        return _size(plan.steps[0], asked, resources) > 0
    except CancelledError:
        raise
    except UserError:
        return False


def _size(step: Step, asked: Asked, resources: Resources) -> int:
    match step:
        case Query():
            return len(resources.layer.run(replace(step, limit=step.limit or 2), asked.user, cancel=asked.cancel).table)
        case ListPeople(audience=audience) | Profile(audience=audience):
            return resources.layer.count(audience, asked.user, cancel=asked.cancel)
        case _:
            return 1


def _candidates(asked: Asked, resources: Resources) -> Iterator[tuple[Text, Plan]]:
    step = asked.plan.steps[0]
    match step:
        case Query():
            yield from _after_figures(step, asked, resources)
        case ListPeople():
            yield from _after_people(step.audience, resources)
        case Explain():
            monthly = Query(metrics=(step.metric,), by=(ByTime(Grain.MONTH),), where=step.where)
            yield Text("按月看趋势", "trend by month"), Plan((monthly,))
        case Profile():
            yield Text("看看都有谁", "who they are"), Plan((ListPeople(step.audience),))
            yield from _splits(step.audience, resources)
        case _:
            return


def _after_figures(step: Query, asked: Asked, resources: Resources) -> Iterator[tuple[Text, Plan]]:
    if not step.metrics:
        return
    counted = resources.index.metric(step.metrics[0]).counts
    if counted == resources.index.model.customer_entity and not step.by and step.time is None:
        audience = Audience(where=step.where, entity=counted)
        yield Text("看看都有谁", "who they are"), Plan((ListPeople(audience),))
        yield Text("看画像", "profile"), Plan((Profile(audience),))
    if step.time is not None and not step.compare_to:
        compared = replace(step, compare_to=(Comparison.YEAR_BEFORE,))
        yield Text("跟去年同期比", "against the same period last year"), with_step(asked.plan, compared)
    if not any(isinstance(group, ByTime) for group in step.by) and any(
        is_timed(resources.index, metric) for metric in step.metrics
    ):
        monthly = replace(step, by=(ByTime(Grain.MONTH),), order=(), limit=None, share=False, having=(), compare_to=())
        yield Text("按月看趋势", "trend by month"), Plan((monthly,))
    for field in _splitting_fields(resources, {g.field for g in step.by if isinstance(g, ByField)}):
        if len(step.by) == 0:
            group = ByField(field)
            text = Text(*(group_text(group, resources.index, language) for language in ("zh", "en")))
            yield text, with_step(asked.plan, replace(step, by=(group,), compare_to=()))


def _after_people(audience: Audience, resources: Resources) -> Iterator[tuple[Text, Plan]]:
    yield Text("看画像", "profile"), Plan((Profile(audience),))
    yield from _splits(audience, resources)


def _splits(audience: Audience, resources: Resources) -> Iterator[tuple[Text, Plan]]:
    counting = next((m.name for m in resources.index.model.metrics if m.counts == audience.entity), None)
    if counting is None:
        return
    for field in _splitting_fields(resources, set()):
        group = ByField(field)
        text = Text(*(group_text(group, resources.index, language) for language in ("zh", "en")))
        yield text, Plan((Query(metrics=(counting,), by=(group,), where=audience.where),))


def _splitting_fields(resources: Resources, taken: set[str]) -> tuple[str, ...]:
    """Ways to split people that give few groups: ordered or listed values first."""
    fields = [
        f
        for f in resources.index.fields_of(resources.index.model.customer_entity)
        if not isinstance(f, Tag) and f.kind in (DimensionKind.CATEGORICAL, DimensionKind.GEOGRAPHIC) and f.values
    ]
    fields.sort(key=lambda f: not f.ordered)
    return tuple(f.qualified for f in fields if f.qualified not in taken and len(f.values) <= 12)
