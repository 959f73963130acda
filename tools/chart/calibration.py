"""What was predicted against what came: a model is right on average where its dots lie on the diagonal. Words from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semantic_layer.errors import Language
from semantic_layer.model.types import Unit
from semantic_layer.query.plan import ChartKind
from tools import numbers
from tools.chart import parts
from tools.chart.spec import ChartSpec, Json, JsonObject
from tools.chart.theme import ACCENT, INK, MUTED, OTHER, finish

_SIDE = 340
_HEIGHT = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """People with nearly the same prediction: predicted, observed with its interval, and how many they are."""

    predicted: float
    observed: float
    low: float
    high: float
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """What a picture of predictions says: its title, what is under it, the names of both axes, and the unit of both."""

    title: str
    subtitle: str
    predicted: str
    observed: str
    unit: Unit | None
    currency: str = "CNY"


def calibration_chart(dots: Sequence[Dot], said: Axes, language: Language) -> ChartSpec | None:
    """A dot for each group of people with the interval of what came, and the diagonal. `None` without dots."""
    if not dots:
        return None
    low, high = parts.span([end for one in dots for end in (one.predicted, one.low, one.high)], zero=True)
    if said.unit is Unit.PERCENT:
        low, high = max(low, 0.0), min(high, 1.0)
    people = "人" if language == "zh" else "people"

    def written(value: float) -> str:
        return numbers.compact(value, said.unit, language, said.currency)

    rows: list[JsonObject] = [
        {
            "x": one.predicted,
            "y": one.observed,
            "low": max(one.low, low),
            "high": min(one.high, high),
            "tip": f"{said.predicted} {written(one.predicted)} · {said.observed} {written(one.observed)} "
            f"[{written(one.low)}, {written(one.high)}] · {one.people:,} {people}",
        }
        for one in dots
    ]
    scale: JsonObject = {"domain": [low, high], "nice": False}
    ticks = numbers.axis_expression(said.unit, language, said.currency)
    axis: JsonObject = {"grid": True, "labelExpr": ticks, "tickCount": 5, "labelColor": MUTED, "titleColor": INK}
    x: dict[str, Json] = {"type": "quantitative", "scale": scale, "axis": axis, "title": said.predicted}
    y: dict[str, Json] = {"type": "quantitative", "scale": scale, "axis": axis, "title": said.observed}
    diagonal: list[JsonObject] = [{"x": low, "y": low}, {"x": high, "y": high}]
    body: JsonObject = {
        "width": _SIDE,
        "height": _HEIGHT,
        "layer": [
            {
                "data": parts.values(diagonal),
                "mark": {"type": "line", "color": OTHER, "strokeDash": [5, 4], "strokeWidth": 1.5},
                "encoding": {"x": {"field": "x", **x}, "y": {"field": "y", **y}},
            },
            {
                "data": parts.values(rows),
                "mark": {"type": "rule", "color": ACCENT, "strokeWidth": 2, "opacity": 0.45},
                "encoding": {
                    "x": {"field": "x", **x},
                    "y": {"field": "low", **y},
                    "y2": {"field": "high"},
                    **parts.TIP,
                },
            },
            {
                "data": parts.values(rows),
                "mark": {"type": "point", "filled": True, "size": 70, "color": ACCENT, "opacity": 1},
                "encoding": {"x": {"field": "x", **x}, "y": {"field": "y", **y}, **parts.TIP},
            },
        ],
    }
    return finish(body, kind=ChartKind.SCATTER, title=said.title, subtitle=said.subtitle, language=language)


def bands_chart(bands: Sequence[tuple[str, int]], title: str, subtitle: str, language: Language) -> ChartSpec | None:
    """A bar a band with the number of people in it, in the order given. `None` without people."""
    known = [(name, people) for name, people in bands if people]
    if not known:
        return None
    names = parts.unique([name for name, _ in known])
    rows: list[JsonObject] = [
        {"c": name, "v": people, "text": f"{people:,}", "tip": f"{name} {people:,}"}
        for name, (_, people) in zip(names, known, strict=True)
    ]
    top = max(people for _, people in known)
    length: JsonObject = {
        "field": "v",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, top], "zero": True, "nice": False},
    }
    body: JsonObject = {
        **parts.fitted(right=64),
        "height": {"step": 34},
        "data": parts.values(rows),
        "encoding": {"y": parts.nominal("c", names, **parts.category_axis()), "x": length},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.62}, "cornerRadiusEnd": 2, "color": ACCENT},
                "encoding": {**parts.TIP},
            },
            {"mark": parts.text_mark("left", dx=6, bold=True), "encoding": {"text": {"field": "text"}}},
        ],
    }
    return finish(body, kind=ChartKind.BAR, title=title, subtitle=subtitle, language=language)
