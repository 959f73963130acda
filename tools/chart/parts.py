"""Pieces that several pictures share: encodings, marks, panels, the list beside a share. Plain Vega-Lite, no tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from tools.chart.spec import Json, JsonObject
from tools.chart.theme import INK, MUTED, WIDTH, width_of

TIP: Final[JsonObject] = {"tooltip": {"field": "tip", "type": "nominal"}, "description": {"field": "tip"}}
LABEL_SIZE: Final = 12
CATEGORY_SIZE: Final = 13
LABEL_LIMIT: Final = 320


def values(rows: Sequence[JsonObject]) -> JsonObject:
    return {"values": rows}


def fitted(right: int = 0) -> JsonObject:
    """The whole picture is `WIDTH` wide; `right` pixels are kept for labels beyond the plot."""
    return {
        "width": WIDTH,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 4, "top": 4, "bottom": 4, "right": 4 + right},
    }


def nominal(field: str, order: Sequence[str], **axis: Json) -> JsonObject:
    return {"field": field, "type": "nominal", "sort": order, "title": None, "axis": axis}


def category_axis() -> dict[str, Json]:
    """Labels of categories are words to be read: whole, in ink."""
    return {"labelLimit": LABEL_LIMIT, "labelColor": INK, "labelFontSize": CATEGORY_SIZE}


def colours(field: str, names: Sequence[str], range_: Sequence[str], *, legend: bool) -> JsonObject:
    scale: JsonObject = {"domain": names, "range": range_}
    return {"field": field, "type": "nominal", "scale": scale, "sort": names, "title": None} | (
        {} if legend else {"legend": None}
    )


def text_mark(
    align: str, *, dx: int = 0, dy: int = 0, color: str = INK, size: float = LABEL_SIZE, bold: bool = False
) -> JsonObject:
    weight: JsonObject = {"fontWeight": 600} if bold else {}
    return {
        "type": "text",
        "align": align,
        "baseline": "middle",
        "dx": dx,
        "dy": dy,
        "color": color,
        "fontSize": size,
        **weight,
    }


def span(numbers: Sequence[float], *, zero: bool) -> tuple[float, float]:
    """Round ends of an axis around `numbers`; with `zero` the axis holds zero."""
    low, high = min(numbers), max(numbers)
    if zero or low <= 0.5 * high:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = (low - 1, high + 1) if low else (0.0, 1.0)
    step = _round_step((high - low) / 4)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Positions near `wanted`, in the same order, at least `gap` apart: labels that would overlap make room."""
    order = sorted(range(len(wanted)), key=lambda position: wanted[position])
    placed = list(wanted)
    for before, after in pairwise(order):
        placed[after] = max(placed[after], placed[before] + gap)
    shift = (sum(placed) - sum(wanted)) / len(wanted) if wanted else 0.0
    return [position - shift for position in placed]


def unique(labels: Sequence[str]) -> list[str]:
    """The labels, with a number added where one stands twice: two groups must never be drawn as one."""
    seen: dict[str, int] = {}
    written: list[str] = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        written.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return written


def thinned(labels: Sequence[str], most: int = 8) -> list[str]:
    """Evenly spaced labels, so that an axis of many periods stays readable."""
    step = max(1, math.ceil(len(labels) / most))
    return list(labels[::step])


def listing(rows: Sequence[JsonObject], colour: JsonObject, width: int) -> JsonObject:
    """A quiet table: square in the colour of the part, its name, its value and share. Rows need `n`, `c`, `text`, `part`."""
    at: JsonObject = {"y": {"field": "n", "type": "ordinal", "axis": None, "sort": None}}
    share = max((width_of(str(row["part"])) for row in rows), default=40)
    return {
        "width": width,
        "height": {"step": 30},
        "data": values(rows),
        "encoding": at,
        "layer": [
            {
                "mark": {"type": "point", "shape": "square", "size": 120, "opacity": 1},
                "encoding": {"x": {"value": 8}, "color": colour, **TIP},
            },
            {"mark": text_mark("left", size=CATEGORY_SIZE), "encoding": {"x": {"value": 24}, "text": {"field": "c"}}},
            {
                "mark": text_mark("right", color=MUTED),
                "encoding": {"x": {"value": width - share - 24}, "text": {"field": "text"}},
            },
            {
                "mark": text_mark("right", bold=True),
                "encoding": {"x": {"value": width - 4}, "text": {"field": "part"}},
            },
        ],
    }


def _round_step(rough: float) -> float:
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough * (1 - 1e-9))
