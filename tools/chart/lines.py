"""Lines over time: one metric, now against before, several series; areas and stacked columns for parts of a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semantic_layer.table import Cell
from tools import numbers
from tools.chart import parts
from tools.chart.bars import series_of
from tools.chart.shape import MAX_SERIES, Measured, Shape
from tools.chart.spec import Json, JsonObject
from tools.chart.theme import INK, MUTED, OTHER, SERIES, WIDTH, width_of

_HEIGHT = 280


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One drawn line: its values stand in the order of the periods, `None` is a gap."""

    name: str
    colour: str
    values: tuple[float | None, ...]
    quiet: bool = False  # one of the many that are only context: thin, grey, without a name of its own


def lines(shape: Shape) -> JsonObject:
    """Lines with their names at their ends; metrics of different units in panels one above the other."""
    if len(shape.measures) > 1 and (not shape.one_unit or shape.groups or any(m.previous for m in shape.measures)):
        return _panels(shape)
    periods, drawn = _split(shape, shape.first) if shape.groups else _side_by_side(shape)
    right = max((width_of(line.name) for line in drawn if _named(drawn, line)), default=0)
    end = max((width_of(shape.compact(_last(line), shape.first.unit)) for line in drawn), default=0)
    return {**parts.fitted(right=max(right + 8, end) + 8), **_plot(shape, shape.first, periods, drawn, _HEIGHT)}


def stacked(shape: Shape, mark: str) -> JsonObject:
    """Parts of a whole over time (`mark`: area or bar): the largest parts in colour, the rest together in grey."""
    periods, drawn = _split(shape, shape.first) if shape.groups else _side_by_side(shape)
    drawn = _together(shape, drawn)
    rows: list[JsonObject] = []
    for column, period in enumerate(periods):
        floor = 0.0
        for line in drawn:
            value = line.values[column]
            top = floor + (value or 0)
            rows.append(
                {
                    "t": period,
                    "s": line.name,
                    "v": top,
                    "floor": floor,
                    "tip": _tip(shape, shape.first, period, line.name, value),
                }
            )
            floor = top
    axis: JsonObject = {"grid": True, "labelExpr": _axis(shape, shape.first), "tickCount": 4}
    y: JsonObject = {
        "field": "v",
        "type": "quantitative",
        "stack": None,
        "title": None,
        "axis": axis,
        "scale": {"zero": True},
    }
    names = [line.name for line in drawn]
    colour = parts.colours("s", names, [line.colour for line in drawn], legend=len(names) > 1)
    drawing: JsonObject = (
        {"type": "area", "opacity": 0.92}
        if mark == "area"
        else {"type": "bar", "width": {"band": 0.7}, "cornerRadiusEnd": 0}
    )
    return {
        **parts.fitted(right=8),
        "height": _HEIGHT,
        "data": parts.values(rows),
        "mark": drawing,
        "encoding": {"x": _time_axis(periods), "y": y, "y2": {"field": "floor"}, "color": colour, **parts.TIP},
    }


def _panels(shape: Shape) -> JsonObject:
    panels: list[Json] = []
    for measure in shape.measures:
        periods, drawn = _split(shape, measure) if shape.groups else _measure_lines(shape, measure)
        name = shape.title(measure.column)
        title: JsonObject = {"text": name, "fontSize": 13, "anchor": "start", "frame": "group", "offset": 10}
        panels.append({"title": title, "width": WIDTH - 150, **_plot(shape, measure, periods, drawn, 150)})
    return {"vconcat": panels, "resolve": {"scale": {"color": "independent"}}}


def _plot(shape: Shape, measure: Measured, periods: Sequence[str], drawn: Sequence[Line], height: int) -> JsonObject:
    numbers_drawn = [value for line in drawn for value in line.values if value is not None] or [0.0]
    low, high = parts.span(numbers_drawn, zero=False)
    axis: JsonObject = {"grid": True, "labelExpr": _axis(shape, measure), "tickCount": 4}
    y: JsonObject = {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [low, high], "nice": False},
        "axis": axis,
    }
    x = _time_axis(periods)
    rows: list[JsonObject] = [
        {
            "t": period,
            "s": str(rank),
            "v": value,
            "quiet": line.quiet,
            "tip": _tip(shape, measure, period, line.name, value),
        }
        for rank, line in reversed(list(enumerate(drawn)))
        for period, value in zip(periods, line.values, strict=True)
    ]
    keys = [str(rank) for rank in range(len(drawn))]
    colour = parts.colours("s", keys, [line.colour for line in drawn], legend=False)
    encoding: JsonObject = {"x": x, "y": {"field": "v", **y}, "color": colour}
    width: JsonObject = {"condition": {"test": "datum.quiet", "value": 1}, "value": 2.25}
    dots = 45 if len(periods) * len(drawn) <= 40 else 0
    layers: list[Json] = [
        {"mark": {"type": "line"}, "encoding": {**encoding, "detail": {"field": "s"}, "strokeWidth": width}},
        {
            "mark": {"type": "point", "size": dots or 30, "opacity": 1 if dots else 0},
            "encoding": {**encoding, **parts.TIP},
        },
        *_end_labels(shape, measure, periods, drawn, (low, high, height)),
    ]
    return {"height": height, "data": parts.values(rows), "layer": layers}


def _end_labels(
    shape: Shape, measure: Measured, periods: Sequence[str], drawn: Sequence[Line], frame: tuple[float, float, int]
) -> list[Json]:
    low, high, height = frame
    ends = [line for line in drawn if _last(line) is not None and (_named(drawn, line) or len(drawn) == 1)]
    wanted = [_last(line) or 0.0 for line in ends]
    places = parts.spread(wanted, (high - low) * 16 / height)
    rows: list[JsonObject] = [
        {
            "t": periods[-1],
            "v": place,
            "s": str(drawn.index(line)),
            "text": line.name if len(drawn) > 1 else shape.compact(_last(line), measure.unit),
        }
        for line, place in zip(ends, places, strict=True)
    ]
    y: JsonObject = {"field": "v", "type": "quantitative"}
    text: JsonObject = {"x": _time_axis(periods), "y": y, "text": {"field": "text"}}
    if len(drawn) > 1:
        keys = [str(rank) for rank in range(len(drawn))]
        text = {**text, "color": parts.colours("s", keys, [line.colour for line in drawn], legend=False)}
    return [{"data": parts.values(rows), "mark": parts.text_mark("left", dx=8, color=INK), "encoding": text}]


def _named(drawn: Sequence[Line], line: Line) -> bool:
    """Whether a line is named at its end: every line with colour, and the first of the quiet ones for all of them."""
    return len(drawn) > 1 and (not line.quiet or next(other for other in drawn if other.quiet) is line)


def _side_by_side(shape: Shape) -> tuple[list[str], list[Line]]:
    rows = shape.table.rows
    drawn = [
        Line(name=one.name, colour=one.colour, values=tuple(shape.number(row, one.column) for row in rows))
        for one in series_of(shape)
    ]
    return _periods(shape, rows), drawn


def _measure_lines(shape: Shape, measure: Measured) -> tuple[list[str], list[Line]]:
    columns = (
        (shape.say("本期", "this period"), measure.column, SERIES[0]),
        *((shape.against(column), column, OTHER) for column in measure.previous[:1]),
    )
    rows = shape.table.rows
    drawn = [
        Line(name=name, colour=colour, values=tuple(shape.number(row, column) for row in rows))
        for name, column, colour in columns
    ]
    return _periods(shape, rows), drawn


def _split(shape: Shape, measure: Measured) -> tuple[list[str], list[Line]]:
    """One line for each value of the group; the largest in colour, all others in grey."""
    if shape.time is None:
        return [], []
    where, group = shape.table.index(shape.time.name), shape.groups[0]
    moments = sorted({row[where] for row in shape.table}, key=str)
    found: dict[str, dict[Cell, float | None]] = {}
    for row in shape.table:
        found.setdefault(shape.name(row, group), {})[row[where]] = shape.number(row, measure.column)
    ranked = sorted(found, key=lambda name: -sum(value or 0 for value in found[name].values()))
    if group.source in shape.ordered and len(found) <= MAX_SERIES:
        ranked = list(found)
    few = len(ranked) <= MAX_SERIES
    in_colour = MAX_SERIES if few else MAX_SERIES - 1
    drawn = [
        Line(
            name=name if rank < in_colour else shape.say("其他", "other"),
            colour=SERIES[rank] if rank < in_colour else OTHER,
            values=tuple(found[name].get(moment) for moment in moments),
            quiet=rank >= in_colour,
        )
        for rank, name in enumerate(ranked)
    ]
    return [shape.when(moment) for moment in moments], drawn


def _together(shape: Shape, drawn: Sequence[Line]) -> list[Line]:
    loud, quiet = [line for line in drawn if not line.quiet], [line for line in drawn if line.quiet]
    if not quiet:
        return list(drawn)
    summed = tuple(sum(value or 0 for value in at) for at in zip(*(line.values for line in quiet), strict=True))
    return [*loud, Line(name=shape.say("其他", "other"), colour=OTHER, values=summed)]


def _periods(shape: Shape, rows: Sequence[tuple[Cell, ...]]) -> list[str]:
    return [shape.when(row[shape.table.index(shape.time.name)]) if shape.time else "" for row in rows]


def _time_axis(periods: Sequence[str]) -> JsonObject:
    axis: JsonObject = {"labelAngle": 0, "values": parts.thinned(periods, 7), "labelColor": MUTED}
    return {
        "field": "t",
        "type": "ordinal",
        "sort": None,
        "scale": {"domain": list(periods)},
        "title": None,
        "axis": axis,
    }


def _tip(shape: Shape, measure: Measured, period: str, name: str, value: float | None) -> str:
    metric = shape.title(measure.column)
    return f"{period} · {name if name == metric else f'{name} · {metric}'} {shape.exact(value, measure.unit)}"


def _last(line: Line) -> float | None:
    return next((value for value in reversed(line.values) if value is not None), None)


def _axis(shape: Shape, measure: Measured) -> str:
    return numbers.axis_expression(measure.unit, shape.language, shape.currency)
