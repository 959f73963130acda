"""Pictures of segments over time: how sizes went, where people went from one day to another, how segments overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from semantic_layer.errors import Language
from semantic_layer.query.plan import ChartKind
from tools import numbers
from tools.chart import parts
from tools.chart.spec import ChartSpec, Json, JsonObject
from tools.chart.theme import ACCENT, FAINT, INK, MUTED, OTHER, SERIES, finish

_HEIGHT: Final = 280
_GAP: Final = 0.03  # between the bars of one day, as a part of all people
_STEPS: Final = 24
_BAR: Final = 0.015


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLine:
    """The sizes of one segment by day, in order; the days in `computed` were not recorded but reckoned afterwards."""

    name: str
    sizes: tuple[tuple[date, int], ...]
    computed: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """People who were in one place on the first day and in another on the last."""

    before: str
    after: str
    people: int


def size_chart(lines: Sequence[SizeLine], title: str, subtitle: str, language: Language) -> ChartSpec | None:
    """One line a segment, named in the legend; hollow points were reckoned afterwards. `None` without two days."""
    drawn = [line for line in lines if len(line.sizes) > 1][: len(SERIES)]
    if not drawn:
        return None
    names = parts.unique([line.name for line in drawn])
    rows: list[JsonObject] = [
        {
            "t": day.isoformat(),
            "s": name,
            "v": size,
            "known": day not in line.computed,
            "tip": f"{name} · {day.isoformat()} · {size:,}",
        }
        for name, line in zip(names, drawn, strict=True)
        for day, size in line.sizes
    ]
    low, high = parts.span([float(size) for line in drawn for _, size in line.sizes], zero=False)
    y: JsonObject = {
        "field": "v",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [low, high], "nice": False},
        "axis": {"grid": True, "tickCount": 4, "format": ",d"},
    }
    x: JsonObject = {"field": "t", "type": "temporal", "title": None, "axis": {"format": "%m-%d", "labelColor": MUTED}}
    colour = parts.colours("s", names, SERIES[: len(names)], legend=len(names) > 1)
    body: JsonObject = {
        **parts.fitted(right=12),
        "height": _HEIGHT,
        "data": parts.values(rows),
        "encoding": {"x": x, "y": y, "color": colour},
        "layer": [
            {"mark": {"type": "line"}},
            {"transform": [{"filter": "datum.known"}], "mark": {"type": "point", "size": 45}, "encoding": parts.TIP},
            {
                "transform": [{"filter": "!datum.known"}],
                "mark": {"type": "point", "size": 45, "filled": False, "strokeWidth": 1.5},
                "encoding": parts.TIP,
            },
        ],
    }
    return finish(body, kind=ChartKind.LINE, title=title, subtitle=subtitle, language=language)


def flow_chart(bands: Sequence[Band], places: Sequence[str], said: FlowWords, language: Language) -> ChartSpec | None:
    """Two days side by side, joined by bands as wide as the people who went. `places` are in order; `None` without people."""
    known = [band for band in bands if band.people > 0]
    if not known:
        return None
    whole = sum(band.people for band in known)
    left = _stacked(known, places, whole, first=True)
    right = _stacked(known, places, whole, first=False)
    colour = parts.colours("c", list(places), [_colour(place, places, said.nowhere) for place in places], legend=False)
    depth = 1 + _GAP * max(len(left.bars), len(right.bars))
    y: JsonObject = {"type": "quantitative", "axis": None, "scale": {"domain": [0, depth], "reverse": True}}
    x: JsonObject = {"type": "quantitative", "axis": None, "scale": {"domain": [-_BAR, 1 + _BAR], "nice": False}}
    body: JsonObject = {
        **parts.fitted(),
        "height": max(200, 44 * len(places)),
        "layer": [
            _bands(known, left, right, x, y, colour),
            _bars([*left.bars, *right.bars], x, y, colour),
            *(_labels(side, x, y, first=first) for side, first in ((left, True), (right, False))),
        ],
    }
    subtitle = f"{said.start} → {said.end}"
    return finish(body, kind=ChartKind.STACKED, title=said.title, subtitle=subtitle, language=language)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowWords:
    """What a picture of movements says: its title, its two days, and what people in none of the segments are called."""

    title: str
    start: str
    end: str
    nowhere: str


@dataclass(frozen=True, slots=True)
class _Stack:
    """One day: its bars, and where each band begins and ends on it."""

    bars: tuple[JsonObject, ...]
    ends: tuple[tuple[float, float], ...]


def _stacked(bands: Sequence[Band], places: Sequence[str], whole: int, *, first: bool) -> _Stack:
    bars: list[JsonObject] = []
    ends: dict[int, tuple[float, float]] = {}
    top = 0.0
    for place in places:
        begun, people = top, 0
        order = [at for at, band in enumerate(bands) if (band.before if first else band.after) == place]
        order.sort(key=lambda at: places.index(bands[at].after if first else bands[at].before))
        for at in order:
            ends[at] = (top, top + bands[at].people / whole)
            top = ends[at][1]
            people += bands[at].people
        if not people:
            continue
        at_x = 0.0 if first else 1.0
        bars.append(
            {
                "c": place,
                "x": at_x - _BAR,
                "x2": at_x + _BAR,
                "y": begun,
                "y2": top,
                "mid": (begun + top) / 2,
                "text": f"{place} {people:,}",
                "tip": f"{place} {people:,}",
            }
        )
        top += _GAP
    return _Stack(tuple(bars), tuple(ends[at] for at in range(len(bands))))


def _bands(
    bands: Sequence[Band], left: _Stack, right: _Stack, x: JsonObject, y: JsonObject, colour: JsonObject
) -> JsonObject:
    rows: list[JsonObject] = []
    for at, band in enumerate(bands):
        for step in range(_STEPS + 1):
            along = step / _STEPS
            bent = along * along * (3 - 2 * along)
            low, high = (start + (end - start) * bent for start, end in zip(left.ends[at], right.ends[at], strict=True))
            tip = f"{band.before} → {band.after} {band.people:,}"
            rows.append({"c": band.before, "n": at, "t": along, "low": low, "high": high, "tip": tip})
    encoding: JsonObject = {
        "x": {"field": "t", **x},
        "y": {"field": "low", "stack": None, **y},
        "y2": {"field": "high"},
        "detail": {"field": "n"},
        "color": colour,
        **parts.TIP,
    }
    return {"data": parts.values(rows), "mark": {"type": "area", "opacity": 0.4}, "encoding": encoding}


def _bars(bars: Sequence[JsonObject], x: JsonObject, y: JsonObject, colour: JsonObject) -> JsonObject:
    encoding: JsonObject = {
        "x": {"field": "x", **x},
        "x2": {"field": "x2"},
        "y": {"field": "y", **y},
        "y2": {"field": "y2"},
        "color": colour,
        **parts.TIP,
    }
    return {"data": parts.values(bars), "mark": {"type": "rect"}, "encoding": encoding}


def _labels(stack: _Stack, x: JsonObject, y: JsonObject, *, first: bool) -> JsonObject:
    place: JsonObject = {"field": "x" if first else "x2", **x}
    mark = parts.text_mark("right" if first else "left", dx=-8 if first else 8)
    encoding: JsonObject = {"x": place, "y": {"field": "mid", **y}, "text": {"field": "text"}}
    return {"data": parts.values(stack.bars), "mark": {**mark, "clip": False}, "encoding": encoding}


def _colour(place: str, places: Sequence[str], nowhere: str) -> str:
    return OTHER if place == nowhere else SERIES[list(places).index(place) % len(SERIES)]


def overlap_matrix_chart(
    names: Sequence[str], counts: Sequence[Sequence[int | None]], title: str, subtitle: str, language: Language
) -> ChartSpec | None:
    """A field a pair: the larger the part of those in either that is in both (Jaccard), the stronger its colour."""
    if len(names) < 2:
        return None
    labels = parts.unique(list(names))
    rows: list[JsonObject] = []
    for one, first in enumerate(labels):
        for two, second in enumerate(labels):
            both, part = counts[one][two], _jaccard(counts, one, two)
            text = numbers.NOTHING if both is None else f"{both:,}"
            tip = f"{first} ∩ {second} {text}" + (f" · {numbers.percent(part)}" if part is not None else "")
            strong = one != two and (part or 0) > 0.55
            rows.append(
                {"y": first, "x": second, "v": part if one != two else None, "text": text, "strong": strong, "tip": tip}
            )
    colour: JsonObject = {
        "field": "v",
        "type": "quantitative",
        "legend": None,
        "scale": {"domain": [0, 1], "range": [FAINT, ACCENT], "clamp": True},
    }
    ink: JsonObject = {"condition": {"test": "datum.strong", "value": "#FFFFFF"}, "value": INK}
    band: JsonObject = {"paddingInner": 0.06}
    layers: list[Json] = [
        {"mark": {"type": "rect", "cornerRadius": 2}, "encoding": {"color": colour, **parts.TIP}},
        {"mark": parts.text_mark("center", size=11.5), "encoding": {"text": {"field": "text"}, "color": ink}},
    ]
    axis: JsonObject = {"orient": "top", "labelAngle": 0 if len(labels) <= 6 else -45, "labelColor": INK}
    body: JsonObject = {
        **parts.fitted(),
        "height": {"step": 34},
        "data": parts.values(rows),
        "encoding": {
            "y": {**parts.nominal("y", labels, **parts.category_axis()), "scale": band},
            "x": {"field": "x", "type": "nominal", "sort": labels, "title": None, "axis": axis, "scale": band},
        },
        "layer": layers,
    }
    return finish(body, kind=ChartKind.HEATMAP, title=title, subtitle=subtitle, language=language)


def _jaccard(counts: Sequence[Sequence[int | None]], one: int, two: int) -> float | None:
    both, first, second = counts[one][two], counts[one][one], counts[two][two]
    if both is None or first is None or second is None or first + second == both:
        return None
    return both / (first + second - both)
