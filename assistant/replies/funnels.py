"""Replies about who gets how far: a funnel in words, as bars, and as a table."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer import Headline
from assistant.replies.behaviour import length_text, scene_text
from assistant.replies.draft import Draft
from assistant.replies.localise import with_labels
from assistant.replies.pictures import wants_picture
from assistant.replies.restated import occurrence_text
from assistant.resources import Asked, Resources
from semantic_layer.compiler.funnel import STEP
from semantic_layer.errors import Language, Text
from semantic_layer.query.plan import ChartKind, Funnel, Occurrence
from semantic_layer.table import Table
from tools import numbers
from tools.chart import ChartSpec, Wording, funnel_chart
from tools.chart.cohorts import MOST_GROUPS
from tools.cohorts import FunnelGroup, funnels_of, together


def funnel(step: Funnel, asked: Asked, resources: Resources) -> Draft:
    """A funnel in words, as bars, and as a table with one row a step."""
    drawn = wants_picture(asked, ChartKind.BAR)
    result = resources.layer.funnel(step, asked.user, cancel=asked.cancel)
    labelled = with_labels(result.table, resources.index, asked.language)
    groups = funnels_of(labelled)
    steps = [_step_name(one, asked, resources) for one in step.steps]
    text = _funnel_text(groups, steps, step, asked, resources)
    return Draft(
        text=text,
        plan=asked.plan,
        headline=_finished(groups, asked.language),
        table=_named_steps(labelled, steps),
        chart=_funnel_picture(groups, steps, step, asked, resources) if drawn else None,
        uses=result.uses,
        sql=(result.sql,),
        remarks=result.notes,
        compile_ms=result.compile_ms,
        run_ms=result.run_ms,
    )


def _funnel_text(
    groups: tuple[FunnelGroup, ...], steps: list[str], step: Funnel, asked: Asked, resources: Resources
) -> str:
    language = asked.language
    scene = scene_text(step, asked, resources)
    whole = together(groups)
    if whole is None or not whole.stages[0].people:
        if groups:  # there are people, but too few of some group to be shown
            return f"{scene}：见下表。" if language == "zh" else f"{scene}: see the table."
        return f"{scene}：没有人{steps[0]}。" if language == "zh" else f"{scene}: nobody {steps[0]}."
    first, last = whole.stages[0], whole.stages[-1]
    within = length_text(*step.within, language)
    lost = _hardest(whole, steps, language)
    compared = _best_group(groups, language) if len(groups) > 1 else ""
    if language == "zh":
        done = f"{within}内依次走完 {len(steps)} 步的有 {last.people:,} 人，占 {numbers.percent(last.of_first)}"
        return f"{scene}，{steps[0]}的有 {first.people:,} 人，{done}。{lost}{compared}"
    done = f"{last.people:,} took all {len(steps)} steps within {within} ({numbers.percent(last.of_first)})"
    return f"{scene}: {first.people:,} people {steps[0]}, and {done}. {lost} {compared}".strip()


def _hardest(whole: FunnelGroup, steps: list[str], language: Language) -> str:
    at = whole.hardest
    if at is None or len(steps) < 3:
        return ""
    part = numbers.percent(whole.stages[at - 1].of_previous)
    if language == "zh":
        return f"流失最多的一步是「{steps[at - 2]} → {steps[at - 1]}」，只有 {part} 走到。"
    return f"Most are lost at “{steps[at - 2]} → {steps[at - 1]}”: {part} get there."


def _best_group(groups: tuple[FunnelGroup, ...], language: Language) -> str:
    known = [(group.stages[-1].of_first, group.value) for group in groups if group.stages[-1].of_first is not None]
    if len(known) < 2:
        return ""
    ranked = sorted(((part or 0.0, str(value)) for part, value in known), reverse=True)
    (high, best), (low, worst) = ranked[0], ranked[-1]
    if language == "zh":
        return f"走完比例最高的是{best}（{numbers.percent(high)}），最低的是{worst}（{numbers.percent(low)}）。"
    return f"The best group is {best} ({numbers.percent(high)}), the last {worst} ({numbers.percent(low)})."


def _finished(groups: tuple[FunnelGroup, ...], language: Language) -> Headline | None:
    whole = together(groups)
    if whole is None or whole.stages[-1].of_first is None:
        return None
    written = numbers.percent(whole.stages[-1].of_first)
    return Headline(value=written, exact=written, label=Text("走完全部步骤", "took all steps").in_(language))


def _named_steps(table: Table, steps: list[str]) -> Table:
    """The table with the names of the steps instead of their numbers."""
    at = table.index(STEP)
    rows = tuple(
        (*row[:at], steps[cell - 1] if isinstance(cell := row[at], int) else cell, *row[at + 1 :]) for row in table
    )
    return replace(table, rows=rows)


def _funnel_picture(
    groups: tuple[FunnelGroup, ...], steps: list[str], step: Funnel, asked: Asked, resources: Resources
) -> ChartSpec | None:
    language = asked.language
    whole = together(groups)
    part = numbers.percent(whole.stages[-1].of_first) if whole is not None else numbers.NOTHING
    title = Text(f"{steps[0]} → {steps[-1]}：{part}", f"{steps[0]} → {steps[-1]}: {part}").in_(language)
    scene = scene_text(step, asked, resources)
    said = Wording(
        title=title[:1].upper() + title[1:],
        subtitle=" · ".join((scene, _drawn(len(groups), language))) if len(groups) > 1 else scene,
        rows=steps,
        columns=[str(group.value) for group in groups] if step.by is not None else (),
    )
    return funnel_chart(groups, said, language)


def _drawn(groups: int, language: Language) -> str:
    """What bars of several groups show, and of how many."""
    zh, en = "占第一步的比例", "part of the first step"
    if groups > MOST_GROUPS:
        zh, en = f"{zh}，显示前 {MOST_GROUPS} 组，共 {groups} 组", f"{en}, first {MOST_GROUPS} of {groups} groups"
    return Text(zh, en).in_(language)


def _step_name(occurrence: Occurrence, asked: Asked, resources: Resources) -> str:
    return occurrence_text(occurrence, resources.index, resources.calendar, asked.language)
