"""A waterfall of a change: what each part adds, what is left, and what comes out. Words come in from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semantic_layer.errors import Language
from semantic_layer.query.plan import ChartKind
from tools.chart import parts
from tools.chart.spec import ChartSpec, Json, JsonObject
from tools.chart.theme import ACCENT, INK, OTHER, SERIES, finish, width_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One bar: a move up or down from where the bar before ended, or all of it together (`whole`). `text` is the number."""

    name: str
    amount: float
    text: str
    whole: bool = False
    rest: bool = False


def change_chart(moves: Sequence[Move], language: Language, *, title: str, subtitle: str = "") -> ChartSpec | None:
    """Bars that hang on each other, from no change to the whole change; the axis holds zero. `None` for fewer than two."""
    if len(moves) < 2:
        return None
    names = parts.unique([move.name for move in moves])
    rows: list[JsonObject] = []
    edges, at = [0.0], 0.0
    for name, move in zip(names, moves, strict=True):
        start = 0.0 if move.whole else at
        at = start + move.amount
        edges.append(at)
        hue = "whole" if move.whole else "rest" if move.rest else "up" if move.amount >= 0 else "down"
        tip = f"{name} {move.text}"
        rows.append(
            {"c": name, "from": start, "to": at, "far": max(start, at), "text": move.text, "hue": hue, "tip": tip}
        )
    scale: JsonObject = {"domain": [min(edges), max(edges) or (0.0 if min(edges) else 1.0)], "nice": False}
    axis: dict[str, Json] = {"type": "quantitative", "axis": None, "scale": scale}
    palette = {"whole": INK, "rest": OTHER, "up": ACCENT, "down": SERIES[4]}
    hues = sorted({str(row["hue"]) for row in rows})
    colour = parts.colours("hue", hues, [palette[hue] for hue in hues], legend=False)
    body: JsonObject = {
        **parts.fitted(right=max(width_of(move.text) for move in moves) + 14),
        "height": {"step": 36},
        "data": parts.values(rows),
        "encoding": {"y": parts.nominal("c", names, **parts.category_axis())},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.6}, "cornerRadius": 2, "cornerRadiusEnd": 2},
                "encoding": {"x": {"field": "from", **axis}, "x2": {"field": "to"}, "color": colour, **parts.TIP},
            },
            {
                "mark": parts.text_mark("left", dx=8, bold=True),
                "encoding": {"x": {"field": "far", **axis}, "text": {"field": "text"}},
            },
        ],
    }
    return finish(body, kind=ChartKind.WATERFALL, title=title, subtitle=subtitle, language=language)
