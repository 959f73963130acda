"""Replies with people: how many, step by step, what is special about them, a masked sample, and why nobody."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer import Headline, Relaxation, WaterfallStep
from assistant.replies.draft import Draft
from assistant.replies.localise import with_labels
from assistant.replies.restated import predicate_text, who_text
from assistant.replies.tag_cards import disagreements
from assistant.resources import Asked, Resources
from assistant.wording import Scene, nobody, people
from semantic_layer.compiler.audience import compile_audience_count
from semantic_layer.compiler.timed import is_timed
from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.layer import readable
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import Predicate, conjoin
from semantic_layer.query.types import Audience, Query
from semantic_layer.table import Table
from tools import numbers
from tools.chart import ChartSpec, waterfall_chart
from tools.explain import why_zero
from tools.profile import profile

SAMPLE_ROWS = 50


def audience_behind(query: Query, index: ModelIndex) -> Audience | None:
    """The people that a query counts, when it only counts people as they are now."""
    if len(query.metrics) != 1 or query.by or query.time or query.compare_to or query.having:
        return None
    entity = index.metric(query.metrics[0]).counts
    if entity != index.model.customer_entity or is_timed(index, query.metrics[0]):
        return None
    return Audience(where=query.where, entity=entity)


def list_people(step: ListPeople, asked: Asked, resources: Resources) -> Draft:
    """Everything an audience answer carries: at once how many and why; then a sample and what is special about them."""
    draft = counted(step.audience, asked, resources)

    def rest(first: Draft) -> Draft:
        described = with_sample(first, step.audience, asked, resources)
        if not first.waterfall[-1].count:
            return described
        everyone = resources.index.entity(step.audience.entity).words.label
        against = Text(f"全部{everyone.zh}", f"all {everyone.en}s")
        found = profile(resources.layer, step.audience, None, asked.user, against=against, cancel=asked.cancel)
        return replace(described, profile=found)

    return replace(draft, rest=rest)


def counted(audience: Audience, asked: Asked, resources: Resources) -> Draft:
    """How many there are, condition by condition; on nobody, which condition leaves none."""
    compiled = compile_audience_count(audience, resources.layer.context)
    started = resources.seconds()
    steps = resources.layer.waterfall(audience, asked.user, cancel=asked.cancel)
    took = (resources.seconds() - started) * 1000
    count, base = steps[-1][1], steps[0][1]
    scene = Scene(language=asked.language, currency=resources.currency)
    who = who_text(audience, resources.index, resources.calendar, asked.language)
    everyone = resources.index.entity(audience.entity).words.label
    drawn = waterfall_steps(audience, steps, asked, resources)
    emptied_by = next((step.label for step in drawn[1:] if step.count == 0), "")
    base_name = f"全部{everyone.zh}" if asked.language == "zh" else f"all {everyone.en}s"
    return Draft(
        text=people(count, base, who, base_name, scene) if count else nobody(who, emptied_by, scene),
        plan=asked.plan,
        headline=Headline(
            value=numbers.compact(count, None, asked.language),
            exact=f"{count:,}",
            label=plural(everyone, count).in_(asked.language),
            change="",
        ),
        chart=_drawing(drawn, asked, who),
        waterfall=drawn,
        emptied_by=emptied_by,
        uses=compiled.uses,
        sql=(readable(compiled.tree),),
        remarks=compiled.notes,
        run_ms=took,
    )


def with_sample(draft: Draft, audience: Audience, asked: Asked, resources: Resources) -> Draft:
    """The draft with some of the people, masked as the policy says, or with what would leave somebody."""
    count = draft.waterfall[-1].count
    sample = resources.layer.people(audience, asked.user, fields=None, limit=SAMPLE_ROWS, cancel=asked.cancel)
    relaxations = relaxed(audience, asked, resources) if count == 0 and audience.where is not None else ()
    return replace(
        draft,
        people=with_labels(_with_total(sample.table, count), resources.index, asked.language),
        relaxations=relaxations,
        sql=(*draft.sql, sample.sql),
        remarks=(*draft.remarks, *disagreements(asked, resources)),
        rest=None,
    )


def waterfall_steps(
    audience: Audience, steps: tuple[tuple[Predicate | None, int], ...], asked: Asked, resources: Resources
) -> tuple[WaterfallStep, ...]:
    """Each step in words, with the plan that lists the people left after it."""
    drawn: list[WaterfallStep] = []
    held: tuple[Predicate, ...] = ()
    for condition, count in steps:
        if condition is None:
            entity = resources.index.entity(audience.entity).words.label
            label = f"全部{entity.zh}" if asked.language == "zh" else f"all {entity.en}s"
        else:
            held = (*held, condition)
            label = predicate_text(condition, resources.index, resources.calendar, asked.language)
        upto = replace(audience, where=conjoin(held))
        drawn.append(WaterfallStep(label=label, count=count, plan=Plan((ListPeople(upto),))))
    return tuple(drawn)


def plural(entity: Text, count: int) -> Text:
    """The name of the people counted; English names take an s."""
    return entity if count == 1 else Text(entity.zh, f"{entity.en}s")


def relaxed(audience: Audience, asked: Asked, resources: Resources) -> tuple[Relaxation, ...]:
    """The nearest conditions that leave somebody."""
    try:
        found = why_zero(resources.layer, audience, asked.user, cancel=asked.cancel)
    except NotAllowedError:
        return ()  # what would leave somebody leaves too few for this person to see
    return tuple(
        Relaxation(
            label=_relaxation_label(near.was, near.now, asked, resources),
            count=near.count,
            plan=Plan((ListPeople(near.audience),)),
        )
        for near in found.relaxations
    )


def _relaxation_label(
    before: tuple[Predicate, ...], after: Predicate | None, asked: Asked, resources: Resources
) -> str:
    zh = asked.language == "zh"
    parts = [predicate_text(part, resources.index, resources.calendar, asked.language) for part in before]
    was = "、".join(f"「{part}」" for part in parts) if zh else ", ".join(f"“{part}”" for part in parts)
    if after is None:
        return f"去掉{was}" if zh else f"without {was}"
    now = predicate_text(after, resources.index, resources.calendar, asked.language)
    return f"{was}改为「{now}」" if zh else f"“{now}” instead of {was}"


def _drawing(steps: tuple[WaterfallStep, ...], asked: Asked, who: str) -> ChartSpec | None:
    if len(steps) < 3:
        return None
    return waterfall_chart(tuple((s.label, s.count) for s in steps), asked.language, subtitle=who)


def _with_total(table: Table, total: int) -> Table:
    return replace(table, total_rows=total)
