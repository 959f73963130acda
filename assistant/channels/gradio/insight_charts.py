"""The two pictures of the insights page in the look of all charts: questions per day, and how long answers took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assistant.channels.gradio.words import say
from assistant.observability.insights import OUTCOMES, Day, Insights
from semantic_layer.errors import Language
from semantic_layer.query.plan import ChartKind
from tools.chart import ChartSpec, parts, theme
from tools.chart.spec import Json, JsonObject

_HEIGHT: Final = 220
_COLOURS: Final = (theme.ACCENT, theme.SERIES[2], theme.OTHER, theme.SERIES[4])  # in the order of `OUTCOMES`
_DOTS: Final = 31  # days up to which each is marked


def per_day_chart(found: Insights, language: Language) -> ChartSpec:
    """Stacked columns from zero, one for each day; the title names the busiest day."""
    busiest = max(found.days, key=lambda day: day.asked)
    names = [say(language, f"outcome_{kind}") for kind in OUTCOMES]
    rows: list[JsonObject] = []
    for day in found.days:
        floor = 0
        for name, count in zip(names, day.outcomes, strict=True):
            tip = f"{day.day.isoformat()} · {name}: {count:,}"
            if count:
                rows.append({"t": _label(day), "s": name, "v": floor + count, "floor": floor, "tip": tip})
            floor += count
    present = [position for position, count in enumerate(found.outcomes) if count]
    shown = [names[position] for position in present]
    axis: JsonObject = {"grid": True, "tickCount": 4, "tickMinStep": 1, "format": ",d"}
    scale: JsonObject = {"zero": True}
    y: JsonObject = {"field": "v", "type": "quantitative", "stack": None, "title": None, "axis": axis, "scale": scale}
    band: JsonObject = {"band": 0.7}
    bar: JsonObject = {"type": "bar", "width": band, "cornerRadiusEnd": 0}
    colour = parts.colours("s", shown, [_COLOURS[position] for position in present], legend=True)
    body: JsonObject = {
        **parts.fitted(right=8),
        "height": _HEIGHT,
        "data": parts.values(rows),
        "mark": bar,
        "encoding": {"x": _days(found.days), "y": y, "y2": {"field": "floor"}, "color": colour, **parts.TIP},
    }
    title = say(language, "per_day_peak", day=busiest.day.isoformat(), n=f"{busiest.asked:,}")
    return theme.finish(body, kind=ChartKind.STACKED, title=title, subtitle=say(language, "per_day"), language=language)


def latency_chart(found: Insights, language: Language) -> ChartSpec:
    """Two lines from zero, in seconds; days without questions are gaps."""
    series = (
        (say(language, "p95"), theme.OTHER, [day.p95 for day in found.days]),
        (say(language, "median"), theme.ACCENT, [day.p50 for day in found.days]),
    )
    rows: list[JsonObject] = []
    for name, _, values in series:
        for day, value in zip(found.days, values, strict=True):
            tip = "" if value is None else f"{day.day.isoformat()} · {name}: {seconds(value, language)}"
            rows.append({"t": _label(day), "s": name, "v": None if value is None else value / 1000, "tip": tip})
    names, colours = [name for name, _, _ in series], [colour for _, colour, _ in series]
    axis: JsonObject = {"grid": True, "tickCount": 4}
    scale: JsonObject = {"zero": True}
    y: JsonObject = {"field": "v", "type": "quantitative", "title": None, "axis": axis, "scale": scale}
    line: JsonObject = {"type": "line", "invalid": "break-paths-filter-domains"}
    dots: JsonObject = {"type": "point", "size": 45 if len(found.days) <= _DOTS else 0}
    layers: list[Json] = [{"mark": line}, {"mark": dots, "encoding": {**parts.TIP}}]
    colour = parts.colours("s", names, colours, legend=True)
    body: JsonObject = {
        **parts.fitted(right=8),
        "height": _HEIGHT,
        "data": parts.values(rows),
        "encoding": {"x": _days(found.days), "y": y, "color": colour},
        "layer": layers,
    }
    title = say(
        language, "latency_title", p50=seconds(found.p50 or 0.0, language), p95=seconds(found.p95 or 0.0, language)
    )
    under = say(language, "latency_under")
    return theme.finish(body, kind=ChartKind.LINE, title=title, subtitle=under, language=language)


def seconds(milliseconds: float, language: Language) -> str:
    """Below a second in whole milliseconds, else in seconds with one decimal."""
    if milliseconds < 1000:  # a second
        return say(language, "milliseconds", n=f"{milliseconds:,.0f}")
    return say(language, "seconds", n=f"{milliseconds / 1000:,.1f}")


def _label(day: Day) -> str:
    return day.day.strftime("%m-%d")


def _days(days: Sequence[Day]) -> JsonObject:
    labels = [_label(day) for day in days]
    domain: JsonObject = {"domain": labels}  # days without questions keep their place
    return {**parts.nominal("t", labels, values=parts.thinned(labels, 8), labelAngle=0), "scale": domain}
