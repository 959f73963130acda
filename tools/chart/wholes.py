"""Parts of a whole (ring, stacked bar), two categories (heat map), two numbers (scatter)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from semantic_layer.table import Cell
from tools import numbers
from tools.chart import parts
from tools.chart.bars import in_order
from tools.chart.shape import MAX_SERIES, MAX_SLICES, Shape
from tools.chart.spec import Json, JsonObject
from tools.chart.theme import ACCENT, FAINT, INK, OTHER, SERIES, WIDTH, width_of

_MAX_ROWS, _MAX_COLUMNS = 24, 16
_SLANT = 40  # degrees of column labels that are too long to lie flat


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a whole, already worded."""

    name: str
    value: float
    text: str
    exact: str


def ring(shape: Shape) -> JsonObject:
    """A ring of at most five slices with the list beside it."""
    return ring_of(_parts(shape, MAX_SLICES), _other(shape))


def stack(shape: Shape) -> JsonObject:
    """One stacked bar with the list under it."""
    return stack_of(_parts(shape, MAX_SERIES), _other(shape))


def ring_of(shown: Sequence[Part], other: str) -> JsonObject:
    rows, colour = _drawn(shown, other)
    theta: JsonObject = {"field": "v", "type": "quantitative", "stack": True}
    arc: JsonObject = {
        "width": 210,
        "height": 210,
        "data": parts.values(rows),
        "mark": {"type": "arc", "innerRadius": 62, "outerRadius": 102, "padAngle": 0.012, "cornerRadius": 2},
        "encoding": {"theta": theta, "order": {"field": "n", "type": "quantitative"}, "color": colour, **parts.TIP},
    }
    return {"hconcat": [arc, parts.listing(rows, colour, WIDTH - 210 - 60)], "center": True, "spacing": 40}


def stack_of(shown: Sequence[Part], other: str) -> JsonObject:
    rows, colour = _drawn(shown, other)
    total = sum(part.value for part in shown)
    scale: JsonObject = {"domain": [0, total], "nice": False, "zero": True}
    x: JsonObject = {"field": "v", "type": "quantitative", "stack": "zero", "axis": None, "scale": scale}
    bar: JsonObject = {
        "width": WIDTH - 12,
        "height": 34,
        "data": parts.values(rows),
        "mark": {"type": "bar", "height": 30, "cornerRadiusEnd": 0, "cornerRadius": 0},
        "encoding": {"x": x, "order": {"field": "n", "type": "quantitative"}, "color": colour, **parts.TIP},
    }
    return {"vconcat": [bar, parts.listing(rows, colour, 400)], "spacing": 14}


def stacked_bars(shape: Shape) -> JsonObject:
    """Two categories: one bar for each value of the first, its parts by the second."""
    measure, (down, inside) = shape.first, shape.groups
    rows = in_order(shape, measure)
    kept = _largest(shape, [shape.name(row, down) for row in rows], rows, _MAX_ROWS, down.source)
    ranked = _largest(shape, [shape.name(row, inside) for row in rows], rows, len(rows), inside.source)
    loud = ranked if len(ranked) <= MAX_SERIES else ranked[: MAX_SERIES - 1]
    names = loud if len(loud) == len(ranked) else [*loud, _other(shape)]
    drawn: list[JsonObject] = []
    for row in rows:
        name, part, value = shape.name(row, down), shape.name(row, inside), shape.number(row, measure.column)
        if name in kept and value is not None:
            tip = f"{name} · {part} · {shape.title(measure.column)} {shape.exact(value, measure.unit)}"
            series = part if part in loud else _other(shape)
            drawn.append({"c": name, "s": series, "v": value, "k": names.index(series), "tip": tip})
    axis: JsonObject = {
        "grid": True,
        "labelExpr": numbers.axis_expression(measure.unit, shape.language, shape.currency),
        "tickCount": 4,
    }
    x: JsonObject = {
        "field": "v",
        "type": "quantitative",
        "stack": "zero",
        "title": None,
        "scale": {"zero": True},
        "axis": axis,
    }
    palette = [OTHER if name not in loud else SERIES[position] for position, name in enumerate(names)]
    return {
        **parts.fitted(right=12),
        "height": {"step": 32},
        "data": parts.values(drawn),
        "mark": {"type": "bar", "height": {"band": 0.66}, "cornerRadiusEnd": 0},
        "encoding": {
            "y": parts.nominal("c", kept, **parts.category_axis()),
            "x": x,
            "color": parts.colours("s", names, palette, legend=True),
            "order": {"field": "k", "type": "quantitative"},
            **parts.TIP,
        },
    }


def heat_map(shape: Shape) -> JsonObject:
    """Two categories, or a category over time: the more, the stronger the accent; the value stands in its cell."""
    measure, down = shape.first, shape.groups[0]
    rows = in_order(shape, measure)
    across = [
        shape.when(row[shape.table.index(shape.time.name)]) if shape.time else shape.name(row, shape.groups[1])
        for row in rows
    ]
    kept_down = _largest(shape, [shape.name(row, down) for row in rows], rows, _MAX_ROWS, down.source)
    if shape.time:
        kept_across = sorted(set(across), key=lambda name: _moments(shape).index(name))
    else:
        kept_across = _largest(shape, across, rows, _MAX_COLUMNS, shape.groups[1].source)
    shown = [
        (shape.name(row, down), name, value)
        for row, name in zip(rows, across, strict=True)
        if (value := shape.number(row, measure.column)) is not None
        and name in kept_across
        and shape.name(row, down) in kept_down
    ]
    return heat_of(shape, shown, kept_down, kept_across)


def heat_of(
    shape: Shape, shown: Sequence[tuple[str, str, float]], down: Sequence[str], across: Sequence[str]
) -> JsonObject:
    low, high = min(0.0, *(value for *_, value in shown)), max(value for *_, value in shown)
    unit, metric = shape.first.unit, shape.title(shape.first.column)
    cells: list[JsonObject] = [
        {
            "y": y,
            "x": x,
            "v": value,
            "text": shape.compact(value, unit),
            "strong": (value - low) > 0.55 * ((high - low) or 1),
            "tip": f"{y} · {x} · {metric} {shape.exact(value, unit)}",
        }
        for y, x, value in shown
    ]
    colour: JsonObject = {
        "field": "v",
        "type": "quantitative",
        "legend": None,
        "scale": {"domain": [low, high or 1], "range": [FAINT, ACCENT]},
    }
    room = (WIDTH - 90) / max(1, len(across))
    slanted = max(width_of(n) for n in across) >= room
    beyond = min(160, width_of(across[-1])) * math.cos(math.radians(_SLANT)) - room / 2 if slanted else 0
    x_axis: JsonObject = {
        "orient": "top",
        "labelAngle": -_SLANT if slanted else 0,
        "labelLimit": 160,
        "labelColor": INK,
    }
    layers: list[Json] = [{"mark": {"type": "rect", "cornerRadius": 2}, "encoding": {"color": colour, **parts.TIP}}]
    if max(width_of(str(cell["text"]), 11.5) for cell in cells) < room - 4:
        ink: JsonObject = {"condition": {"test": "datum.strong", "value": "#FFFFFF"}, "value": INK}
        layers.append(
            {"mark": parts.text_mark("center", size=11.5), "encoding": {"text": {"field": "text"}, "color": ink}}
        )
    band: JsonObject = {"paddingInner": 0.06}
    return {
        **parts.fitted(right=max(0, round(beyond))),
        "height": {"step": 32},
        "data": parts.values(cells),
        "encoding": {
            "y": {**parts.nominal("y", down, **parts.category_axis()), "scale": band},
            "x": {"field": "x", "type": "nominal", "sort": list(across), "title": None, "axis": x_axis, "scale": band},
        },
        "layer": layers,
    }


def scatter(shape: Shape) -> JsonObject:
    """Two metrics of the same groups, each group a named point."""
    one, two = shape.measures[0], shape.measures[1]
    rows: list[JsonObject] = []
    for row in shape.table:
        x, y, name = shape.number(row, one.column), shape.number(row, two.column), shape.name(row, shape.groups[0])
        if x is not None and y is not None:
            tip = f"{name} · {shape.title(one.column)} {shape.exact(x, one.unit)} · {shape.title(two.column)} {shape.exact(y, two.unit)}"
            rows.append({"x": x, "y": y, "c": name, "tip": tip})
    encoding: dict[str, Json] = {}
    for axis, measure in (("x", one), ("y", two)):
        low, high = parts.span([_float(row[axis]) for row in rows] or [0.0], zero=False)
        expression = numbers.axis_expression(measure.unit, shape.language, shape.currency)
        drawn: JsonObject = {"grid": True, "labelExpr": expression, "tickCount": 5}
        scale: JsonObject = {"domain": [low, high], "nice": False, "zero": False}
        encoding[axis] = {
            "field": axis,
            "type": "quantitative",
            "title": shape.title(measure.column),
            "axis": drawn,
            "scale": scale,
        }
    layers: list[Json] = [{"mark": {"type": "point", "size": 70, "opacity": 0.85}, "encoding": parts.TIP}]
    if len(rows) <= 30:
        layers.append({"mark": parts.text_mark("left", dx=8, size=11.5), "encoding": {"text": {"field": "c"}}})
    return {**parts.fitted(right=48), "height": 340, "data": parts.values(rows), "encoding": encoding, "layer": layers}


def _float(value: Json) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _moments(shape: Shape) -> list[str]:
    if shape.time is None:
        return []
    where = shape.table.index(shape.time.name)
    return [shape.when(moment) for moment in sorted({row[where] for row in shape.table}, key=str)]


def _largest(shape: Shape, names: Sequence[str], rows: Sequence[tuple[Cell, ...]], most: int, source: str) -> list[str]:
    """The names in the order of first appearance (natural order) or by their largest value, at most `most`."""
    best: dict[str, float] = {}
    for name, row in zip(names, rows, strict=True):
        best[name] = best.get(name, 0.0) + (shape.number(row, shape.first.column) or 0.0)
    if source in shape.ordered or shape.query.order:
        first_seen = dict.fromkeys(
            shape.name(row, group) for row in shape.table for group in shape.groups if group.source == source
        )
        return list(first_seen)[:most]
    return sorted(best, key=lambda name: -best[name])[:most]


def _other(shape: Shape) -> str:
    return shape.say("其他", "other")


def _parts(shape: Shape, most: int) -> list[Part]:
    measure = shape.first
    ranked = [
        (shape.name(row, shape.groups[0]), shape.number(row, measure.column) or 0.0) for row in in_order(shape, measure)
    ]
    names = parts.unique([name for name, _ in ranked])
    sized = list(zip(names, (value for _, value in ranked), strict=True))
    if len(sized) > most:
        by_size = sorted(sized, key=lambda part: -part[1])
        rest = sum(value for _, value in by_size[most - 1 :])
        sized = [*by_size[: most - 1], (_other(shape), rest)]
    return [
        Part(name, value, shape.compact(value, measure.unit), shape.exact(value, measure.unit)) for name, value in sized
    ]


def _drawn(shown: Sequence[Part], other: str) -> tuple[list[JsonObject], JsonObject]:
    total = sum(part.value for part in shown) or 1.0
    rows: list[JsonObject] = [
        {
            "n": position,
            "c": part.name,
            "v": part.value,
            "text": part.text,
            "part": numbers.percent(part.value / total),
            "tip": f"{part.name} {part.exact} · {numbers.percent(part.value / total)}",
        }
        for position, part in enumerate(shown)
    ]
    palette = [OTHER if part.name == other else SERIES[position % MAX_SERIES] for position, part in enumerate(shown)]
    return rows, parts.colours("c", [part.name for part in shown], palette, legend=False)
