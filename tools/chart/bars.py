"""Bars: sorted horizontal bars, columns, groups of bars for comparisons, and panels for metrics of different units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from semantic_layer.table import Cell, ResultColumn
from tools import numbers
from tools.chart import parts
from tools.chart.shape import MAX_BARS, Measured, Shape
from tools.chart.spec import Json, JsonObject
from tools.chart.theme import ACCENT, INK, MUTED, OTHER, SERIES, WIDTH, width_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One colour of bar: a metric, or the same metric in another period."""

    name: str
    column: ResultColumn
    colour: str


def bars(shape: Shape) -> JsonObject:
    """Horizontal bars, one panel for each unit when metrics differ in unit."""
    if len(shape.measures) > 1 and not (shape.one_unit and not any(m.previous for m in shape.measures)):
        return _panels(shape)
    series = series_of(shape)
    rows, order = _rows(shape, series)
    return {
        **parts.fitted(right=_room(rows)),
        "height": {"step": 32} if len(series) == 1 else {"step": 19, "for": "offset"},
        "data": parts.values(rows),
        "encoding": {"y": parts.nominal("c", order, **parts.category_axis())},
        "layer": _layers(series),
    }


def columns(shape: Shape) -> JsonObject:
    """Vertical bars: for periods and for few categories with short names."""
    if len(shape.measures) > 1 and not shape.one_unit:
        return _panels(shape)
    series = series_of(shape)
    rows, order = _rows(shape, series, upright=True)
    room = (WIDTH - 80) / max(1, len(order))
    narrow = max((width_of(name) for name in order), default=0) > room - 6
    x_axis: dict[str, Json] = {"labelLimit": parts.LABEL_LIMIT, "labelColor": INK, "labelAngle": -40 if narrow else 0}
    if shape.time is not None:
        x_axis |= {"values": parts.thinned(order, 10), "labelAngle": 0, "labelColor": MUTED}
    y_axis: JsonObject = {"grid": True, "labelExpr": _axis(shape, shape.first), "tickCount": 4}
    y: JsonObject = {"field": "v", "type": "quantitative", "title": None, "scale": {"zero": True}, "axis": y_axis}
    offset: JsonObject = {"xOffset": _offset(series)} if len(series) > 1 else {}
    bar: JsonObject = {"type": "bar", "width": {"band": 0.7 if len(series) == 1 else 0.92}}
    layers: list[Json] = [{"mark": bar, "encoding": {"y": y, "color": _colour(series), **offset, **parts.TIP}}]
    if _labels_fit(rows, room / len(series)):
        text: JsonObject = {"y": {"field": "at", "type": "quantitative"}, "text": {"field": "text"}, **offset}
        layers.append({"mark": parts.text_mark("center", dy=-9), "encoding": text})
    return {
        **parts.fitted(),
        "height": 280,
        "data": parts.values(rows),
        "encoding": {"x": parts.nominal("c", order, **x_axis)},
        "layer": layers,
    }


def series_of(shape: Shape) -> tuple[Series, ...]:
    """What stands side by side: several metrics of one unit, or one metric now and before (grey)."""
    if len(shape.measures) > 1:
        named = zip(shape.measures, SERIES, strict=False)
        return tuple(Series(name=shape.title(m.column), column=m.column, colour=colour) for m, colour in named)
    return _now_and_before(shape, shape.first)


def names_of(shape: Shape) -> Callable[[tuple[Cell, ...]], str]:
    """How a row is called on the category axis: its group, its period, or the metric when there is neither."""
    if shape.groups:
        return lambda row: " · ".join(shape.name(row, group) for group in shape.groups)
    time = shape.time
    if time is not None:
        return lambda row: shape.when(row[shape.table.index(time.name)])
    return lambda _: shape.title(shape.first.column) if len(shape.measures) == 1 else ""


def in_order(shape: Shape, measure: Measured) -> list[tuple[Cell, ...]]:
    """Rows as they are to be read: as asked, by nature (levels, periods), or from the largest to the smallest."""
    rows = list(shape.table.rows)
    natural = shape.time is not None or any(group.source in shape.ordered for group in shape.groups)
    if not (shape.query.order or natural):
        rows.sort(key=lambda row: -(shape.number(row, measure.column) or 0))
    return rows


def _panels(shape: Shape) -> JsonObject:
    chosen = in_order(shape, shape.first)[:MAX_BARS]
    order = parts.unique([names_of(shape)(row) for row in chosen])
    named = max((width_of(name, parts.CATEGORY_SIZE) for name in order), default=0)
    side = min(named, parts.LABEL_LIMIT) + 20
    width = (WIDTH - side - 28 * (len(shape.measures) - 1)) // len(shape.measures)
    panels: list[Json] = []
    for position, measure in enumerate(shape.measures):
        axis = parts.category_axis() if position == 0 else {"labels": False}
        series = _now_and_before(shape, measure)
        rows = _cells(shape, series, chosen, order)
        inner = max(40, width - _room(rows) - 4)
        panels.append(
            {
                "title": {
                    "text": shape.title(measure.column),
                    "fontSize": 13,
                    "anchor": "start",
                    "frame": "group",
                    "offset": 8,
                },
                "width": inner,
                "height": {"step": 32} if len(series) == 1 else {"step": 19, "for": "offset"},
                "data": parts.values(rows),
                "encoding": {"y": parts.nominal("c", order, **axis)},
                "layer": _layers(series),
            }
        )
    return {"hconcat": panels, "resolve": {"scale": {"y": "shared", "color": "shared"}}, "spacing": 28 + 40}


def _now_and_before(shape: Shape, measure: Measured) -> tuple[Series, ...]:
    if not measure.previous:
        return (Series(name=shape.title(measure.column), column=measure.column, colour=ACCENT),)
    now = Series(name=shape.say("本期", "this period"), column=measure.column, colour=ACCENT)
    greys = zip(measure.previous, (OTHER, "#D6DAE1"), strict=False)
    return (now, *(Series(name=shape.against(column), column=column, colour=grey) for column, grey in greys))


def _rows(shape: Shape, series: Sequence[Series], *, upright: bool = False) -> tuple[list[JsonObject], list[str]]:
    chosen = in_order(shape, shape.first)
    if shape.time is None or not upright:
        chosen = chosen[:MAX_BARS] if shape.time is None else chosen
    order = parts.unique([names_of(shape)(row) for row in chosen])
    if not any(order):
        # One row of several metrics: the metrics are the categories.
        return _metrics_as_bars(shape, series, chosen[0])
    return _cells(shape, series, chosen, order), order


def _cells(
    shape: Shape, series: Sequence[Series], rows: Sequence[tuple[Cell, ...]], order: Sequence[str]
) -> list[JsonObject]:
    drawn: list[JsonObject] = []
    for row, name in zip(rows, order, strict=True):
        drawn.extend(_cell(shape, one, row, name, one.name) for one in series)
    return drawn


def _metrics_as_bars(
    shape: Shape, series: Sequence[Series], row: tuple[Cell, ...]
) -> tuple[list[JsonObject], list[str]]:
    names = parts.unique([one.name for one in series])
    return [_cell(shape, one, row, name, one.name) for one, name in zip(series, names, strict=True)], names


def _cell(shape: Shape, series: Series, row: tuple[Cell, ...], category: str, name: str) -> JsonObject:
    value = shape.number(row, series.column)
    whole = shape.exact(value, series.column.unit)
    return {
        "c": category,
        "s": name,
        "v": value,
        "at": max(value or 0, 0),
        "text": shape.compact(value, series.column.unit),
        "tip": f"{category} · {name} {whole}" if category != name else f"{name} {whole}",
    }


def _layers(series: Sequence[Series]) -> list[Json]:
    offset: JsonObject = {"yOffset": _offset(series)} if len(series) > 1 else {}
    x: JsonObject = {"field": "v", "type": "quantitative", "axis": None, "scale": {"zero": True, "nice": False}}
    return [
        {
            "mark": {"type": "bar", "height": {"band": 0.66 if len(series) == 1 else 0.84}},
            "encoding": {"x": x, "color": _colour(series), **offset, **parts.TIP},
        },
        {
            "mark": parts.text_mark("left", dx=6),
            "encoding": {"x": {"field": "at", "type": "quantitative"}, "text": {"field": "text"}, **offset},
        },
    ]


def _offset(series: Sequence[Series]) -> JsonObject:
    return {"field": "s", "type": "nominal", "sort": [one.name for one in series]}


def _colour(series: Sequence[Series]) -> JsonObject:
    names, range_ = [one.name for one in series], [one.colour for one in series]
    return parts.colours("s", names, range_, legend=len(series) > 1)


def _room(rows: Sequence[JsonObject]) -> int:
    return max((width_of(str(row["text"]), parts.LABEL_SIZE) for row in rows), default=0) + 10


def _labels_fit(rows: Sequence[JsonObject], room: float) -> bool:
    return _room(rows) - 8 <= room


def _axis(shape: Shape, measure: Measured) -> str:
    return numbers.axis_expression(measure.unit, shape.language, shape.currency)
