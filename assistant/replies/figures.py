"""Replies with numbers: one figure, a line over time, a ranking, a comparison."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer import Headline
from assistant.replies.audiences import audience_behind, counted, with_sample
from assistant.replies.draft import Draft
from assistant.replies.localise import with_labels, with_periods
from assistant.replies.restated import condition_text, period_text
from assistant.replies.values import values
from assistant.resources import Asked, Resources
from assistant.wording import Ranking, Scene, comparison_name, ranked, single, trend
from semantic_layer.errors import Text
from semantic_layer.query.plan import Plan
from semantic_layer.query.time import Grain
from semantic_layer.query.types import Audience, ByTime, Query
from semantic_layer.restate.periods import default_window
from semantic_layer.table import ResultColumn, Table
from tools import numbers
from tools.chart import choose_chart, hints_of
from tools.numbers import Number

MOST_ROWS = 10_000


def figures(query: Query, asked: Asked, resources: Resources) -> Draft:
    """Run a query and say what it shows."""
    if not query.metrics:
        return values(query, asked, resources)
    audience = audience_behind(query, resources.index)
    if audience is not None:
        return _people_counted(query, audience, asked, resources)
    result = resources.layer.run(query, asked.user, most_rows=MOST_ROWS, cancel=asked.cancel)
    scene = scene_of(query, asked, resources)
    shown = with_labels(result.table, resources.index, asked.language)
    chart = choose_chart(
        shown,
        query,
        asked.language,
        asked.plan.chart,
        subtitle=_subtitle(scene),
        currency=resources.currency,
        hints=hints_of(resources.index),
    )
    named = with_periods(shown, grain_of(query), asked.language)
    return Draft(
        text=sentence(named, query, scene, resources),
        plan=asked.plan,
        headline=headline(named, query, scene),
        table=named,
        chart=chart,
        uses=result.uses,
        sql=(result.sql,),
        remarks=(*result.notes, *_cut_remark(named)),
        compile_ms=result.compile_ms,
        run_ms=result.run_ms,
    )


def _people_counted(query: Query, audience: Audience, asked: Asked, resources: Resources) -> Draft:
    """A number of people: counted once, condition by condition."""
    draft = counted(audience, asked, resources)
    metric = resources.index.metric(query.metrics[0])
    column = ResultColumn(
        name=metric.name, label=metric.words.label, role="metric", source=metric.name, unit=metric.unit
    )
    return replace(
        draft,
        table=Table((column,), ((draft.waterfall[-1].count,),)),
        uses=tuple(dict.fromkeys((metric.name, *draft.uses))),
        rest=lambda first: with_sample(first, audience, asked, resources),
    )


def _cut_remark(table: Table) -> tuple[Text, ...]:
    if table.total_rows is None:
        return ()
    return (
        Text(
            zh=f"共 {table.total_rows:,} 组，这里只列出前 {len(table):,} 组。",
            en=f"There are {table.total_rows:,} groups; the first {len(table):,} are listed.",
        ),
    )


def scene_of(query: Query, asked: Asked, resources: Resources) -> Scene:
    """The conditions and the period of a query in words."""
    return Scene(
        language=asked.language,
        currency=resources.currency,
        conditions=condition_text(query.where, resources.index, resources.calendar, asked.language),
        period=period_text(query, resources.index, resources.calendar, asked.language),
    )


def sentence(table: Table, query: Query, scene: Scene, resources: Resources) -> str:
    """The first line of the answer, by the shape of the result."""
    metric = table.with_role("metric")[0]
    groups, times = table.with_role("group"), table.with_role("time")
    if times and not groups:
        return trend(table, metric, times[0], scene)
    if groups:
        ranking = Ranking(
            groups=(*groups, *times),
            ascending=bool(query.order) and query.order[0].by == metric.name and not query.order[0].descending,
            whole=query.limit is None,
            against=compared_with(query, scene, resources),
        )
        return ranked(table, metric, ranking, scene)
    return single(table, metric, scene, compared_with(query, scene, resources))


def compared_with(query: Query, scene: Scene, resources: Resources) -> str:
    """What the first comparison is held against, in words; empty without one."""
    if not query.compare_to:
        return ""
    compare = query.compare_to[0]
    time = query.time or default_window(resources.calendar.conventions)
    days = resources.calendar.describe_span(resources.calendar.compare(time, compare), scene.language)
    return comparison_name(compare, scene.language, days)


def headline(table: Table, query: Query, scene: Scene) -> Headline | None:
    """The one big number, when the result is one."""
    metrics = table.with_role("metric")
    if query.by or len(table) != 1 or not metrics:
        return None
    metric = metrics[0]
    value = table.rows[0][table.index(metric.name)]
    if not isinstance(value, Number):
        return None
    change, good = _change(table, metric, scene)
    return Headline(
        value=numbers.compact(value, metric.unit, scene.language, scene.currency),
        exact=numbers.exact(value, metric.unit, scene.language, scene.currency),
        label=metric.label.in_(scene.language),
        change=change,
        good=good,
    )


def _change(table: Table, metric: ResultColumn, scene: Scene) -> tuple[str, bool | None]:
    previous = next((c for c in table.columns if c.role == "previous" and c.source == metric.source), None)
    if previous is None:
        return "", None
    now, before = table.rows[0][table.index(metric.name)], table.rows[0][table.index(previous.name)]
    if not isinstance(now, Number) or not isinstance(before, Number):
        return "", None
    return numbers.change(now, before, metric.unit, scene.language, scene.currency), float(now) >= float(before)


def grain_of(query: Query) -> Grain | None:
    """The grain of the query's time grouping, if it has one."""
    return next((group.grain for group in query.by if isinstance(group, ByTime)), None)


def _subtitle(scene: Scene) -> str:
    return " · ".join(part for part in (scene.period, scene.conditions) if part)


def figure_of(plan: Plan, asked: Asked, resources: Resources) -> str:
    """The number that a reading would give, for the buttons of a clarification: short, without running more than needed."""
    step = plan.steps[0]
    if not isinstance(step, Query):
        return ""
    table = resources.layer.run(step, asked.user, most_rows=MOST_ROWS, cancel=asked.cancel).table
    if not table.with_role("metric"):
        return f"{len(table):,}"  # of values there is their number
    metric = table.with_role("metric")[0]
    if len(table) != 1:
        groups = table.total_rows or len(table)
        return f"{groups:,} 组" if asked.language == "zh" else f"{groups:,} groups"
    value = table.rows[0][table.index(metric.name)]
    written = (
        numbers.compact(value, metric.unit, asked.language, resources.currency)
        if isinstance(value, Number)
        else numbers.NOTHING
    )
    unit = (" 人" if asked.language == "zh" else " people") if resources.index.metric(metric.source).counts else ""
    return f"{written}{unit}"
