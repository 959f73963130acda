"""Pictures of cohorts and funnels: a heat map of who came back, bars of who got how far. Words come in from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semantic_layer.errors import Language
from semantic_layer.query.plan import ChartKind
from tools import numbers
from tools.chart import parts
from tools.chart.spec import ChartSpec, Json, JsonObject
from tools.chart.theme import ACCENT, FAINT, GRID, INK, MUTED, SERIES, finish, width_of
from tools.cohorts import CohortTable, FunnelGroup

_MOST_COHORTS = 24
MOST_GROUPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a picture says around its numbers: its title, what is under it, and the names of its rows and columns."""

    title: str
    subtitle: str
    rows: Sequence[str]
    columns: Sequence[str] = ()


def cohort_chart(table: CohortTable, said: Wording, language: Language) -> ChartSpec | None:
    """One row a cohort, one column a period after it: the more came back, the stronger the colour; periods that are not
    over are hatched by a lighter number. `rows` of the wording are the names of all cohorts. `None` without cohorts.
    """
    shown = list(zip(table.cohorts, parts.unique(said.rows), strict=True))[-_MOST_COHORTS:]
    open_ = "（还没过完）" if language == "zh" else " (not over yet)"
    cells: list[JsonObject] = []
    for cohort, name in shown:
        for offset, one in enumerate(cohort.returns):
            if one.rate is None:
                continue
            people = f"{one.people:,} / {cohort.size:,}" if one.people is not None and cohort.size is not None else ""
            tip = f"{name} · {said.columns[offset]} · {numbers.percent(one.rate)} · {people}{'' if one.complete else open_}"
            cells.append(
                {
                    "y": name,
                    "x": said.columns[offset],
                    "v": one.rate,
                    "text": numbers.percent(one.rate),
                    "open": not one.complete,
                    "tip": tip,
                }
            )
    if not cells:
        return None
    top = _top(table)
    drawn: list[JsonObject] = [
        {**cell, "strong": _number(cell["v"]) > 0.55 * top and not cell["open"]} for cell in cells
    ]
    colour: JsonObject = {
        "field": "v",
        "type": "quantitative",
        "legend": None,
        "scale": {"domain": [0, top], "range": [FAINT, ACCENT], "clamp": True},
    }
    ink: JsonObject = {
        "condition": [{"test": "datum.strong", "value": "#FFFFFF"}, {"test": "datum.open", "value": MUTED}],
        "value": INK,
    }
    faded: JsonObject = {"condition": {"test": "datum.open", "value": 0.45}, "value": 1}
    band: JsonObject = {"paddingInner": 0.06}
    x_axis: JsonObject = {"orient": "top", "labelAngle": 0, "labelColor": INK}
    rows = [name for _, name in shown]
    across = [said.columns[offset] for offset in table.offsets]
    body: JsonObject = {
        **parts.fitted(),
        "height": {"step": 30},
        "data": parts.values(drawn),
        "encoding": {
            "y": {**parts.nominal("y", rows, **parts.category_axis()), "scale": band},
            "x": {"field": "x", "type": "nominal", "sort": across, "title": None, "axis": x_axis, "scale": band},
        },
        "layer": [
            {
                "mark": {"type": "rect", "cornerRadius": 2},
                "encoding": {"color": colour, "opacity": faded, **parts.TIP},
            },
            {"mark": parts.text_mark("center", size=11.5), "encoding": {"text": {"field": "text"}, "color": ink}},
        ],
    }
    return finish(body, kind=ChartKind.HEATMAP, title=said.title, subtitle=said.subtitle, language=language)


def funnel_chart(groups: Sequence[FunnelGroup], said: Wording, language: Language) -> ChartSpec | None:
    """Bars of the people at each step. One group: numbers and parts at the bars. Several: the parts of the first step side
    by side, from the second step on. `rows` of the wording are the steps, `columns` the names of the groups. `None` without
    people.
    """
    named = [(name, group) for name, group in zip(said.columns or [""], groups, strict=False)][:MOST_GROUPS]
    known = [(name, group) for name, group in named if any(stage.people for stage in group.stages)]
    if not known:
        return None
    body = _one(known[0][1], said.rows) if len(groups) == 1 else _several(known, said.rows)
    return finish(body, kind=ChartKind.BAR, title=said.title, subtitle=said.subtitle, language=language)


def _one(group: FunnelGroup, steps: Sequence[str]) -> JsonObject:
    names = parts.unique(list(steps))
    first = group.stages[0].people or 1
    rows: list[JsonObject] = []
    for name, stage in zip(names, group.stages, strict=True):
        people = f"{stage.people:,}" if stage.people is not None else numbers.NOTHING
        part = "" if stage.of_previous is None else f"  {numbers.percent(stage.of_previous)}"
        tip = f"{name} {people} · {numbers.percent(stage.of_first)}"
        rows.append({"c": name, "v": stage.people or 0, "whole": first, "text": people, "part": part, "tip": tip})
    scale: JsonObject = {"domain": [0, first], "zero": True, "nice": False}
    length: JsonObject = {"field": "v", "type": "quantitative", "axis": None, "scale": scale}
    whole: JsonObject = {"field": "whole", "type": "quantitative", "axis": None, "scale": scale}
    bar: JsonObject = {"type": "bar", "height": {"band": 0.62}, "cornerRadiusEnd": 2}
    return {
        **parts.fitted(right=width_of(f"{first:,}  100.0%") + 12),
        "height": {"step": 40},
        "data": parts.values(rows),
        "encoding": {"y": parts.nominal("c", names, **parts.category_axis())},
        "layer": [
            {"mark": {**bar, "color": GRID}, "encoding": {"x": whole, **parts.TIP}},
            {"mark": {**bar, "color": ACCENT}, "encoding": {"x": length, **parts.TIP}},
            {
                "mark": parts.text_mark("left", dx=8, bold=True),
                "encoding": {"x": whole, "text": {"field": "text"}},
            },
            {
                "mark": parts.text_mark("left", dx=8 + width_of(f"{first:,}"), color=MUTED),
                "encoding": {"x": whole, "text": {"field": "part"}},
            },
        ],
    }


def _several(groups: Sequence[tuple[str, FunnelGroup]], steps: Sequence[str]) -> JsonObject:
    names, series = parts.unique(list(steps))[1:], parts.unique([name for name, _ in groups])
    rows: list[JsonObject] = [
        {
            "c": step,
            "s": name,
            "v": stage.of_first,
            "text": numbers.percent(stage.of_first),
            "tip": f"{step} · {name} {stage.people:,} · {numbers.percent(stage.of_first)}",
        }
        for name, (_, group) in zip(series, groups, strict=True)
        for step, stage in zip(names, group.stages[1:], strict=True)
        if stage.of_first is not None and stage.people is not None
    ]
    scale: JsonObject = {"domain": [0, 1], "zero": True, "nice": False}
    x: JsonObject = {"field": "v", "type": "quantitative", "axis": None, "scale": scale}
    layers: list[Json] = [
        {
            "mark": {"type": "bar", "cornerRadiusEnd": 2},
            "encoding": {"color": parts.colours("s", series, SERIES[: len(series)], legend=True), **parts.TIP},
        },
        {"mark": parts.text_mark("left", dx=6, size=11), "encoding": {"text": {"field": "text"}}},
    ]
    return {
        **parts.fitted(right=52),
        "height": {"step": 18},
        "data": parts.values(rows),
        "encoding": {
            "y": parts.nominal("c", names, **parts.category_axis()),
            "yOffset": {"field": "s", "type": "nominal", "sort": series},
            "x": x,
        },
        "layer": layers,
    }


def _top(table: CohortTable) -> float:
    """The strongest colour: the highest part after the first period, which is often near all and would fade the rest."""
    later = [one.rate for c in table.cohorts for one in c.returns[1:] if one.rate is not None and one.complete]
    first = [one.rate for c in table.cohorts for one in c.returns[:1] if one.rate is not None]
    return max(later, default=max(first, default=1.0)) or 1.0


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
