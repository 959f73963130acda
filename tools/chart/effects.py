"""Effects with their intervals: a dot at what was measured, a line over what may be true, and zero to hold them against.

Words come in from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from semantic_layer.errors import Language
from semantic_layer.query.plan import ChartKind
from tools.chart import parts
from tools.chart.spec import ChartSpec, Json, JsonObject
from tools.chart.theme import ACCENT, INK, MUTED, OTHER, SERIES, finish


@dataclass(frozen=True, slots=True, kw_only=True)
class Whisker:
    """One effect, its interval, and both written out.

    One that is `told` has the colour of its side of zero; a `quiet` one has none, a `faint` one is beside the matter.
    """

    name: str
    value: float
    low: float
    high: float
    text: str
    tone: Literal["told", "quiet", "faint"] = "told"


def effect_chart(rows: Sequence[Whisker], language: Language, *, title: str, subtitle: str = "") -> ChartSpec | None:
    """One line a row, in the order given: the whole interval on one side of zero gives it colour. `None` without rows.

    An end of an interval that lies far beyond all dots is cut at the edge of the picture; its text says the number.
    """
    if not rows:
        return None
    names = parts.unique([row.name for row in rows])
    low, high = _ends(rows)
    drawn: list[JsonObject] = [
        {
            "c": name,
            "v": row.value,
            "low": max(row.low, low),
            "high": min(row.high, high),
            "end": high,
            "text": row.text,
            "hue": _hue(row),
            "tip": f"{name} {row.text}",
        }
        for name, row in zip(names, rows, strict=True)
    ]
    scale: JsonObject = {"domain": [low, high], "nice": False, "zero": False}
    axis: dict[str, Json] = {"type": "quantitative", "axis": None, "scale": scale}
    hues = ["up", "down", "open", "faint"]
    colour = parts.colours("hue", hues, [ACCENT, SERIES[4], MUTED, OTHER], legend=False)
    zero: JsonObject = {
        "mark": {"type": "rule", "color": INK, "strokeWidth": 1, "strokeDash": [4, 3]},
        "encoding": {"x": {"datum": 0, **axis}},
    }
    y = parts.nominal("c", names, **parts.category_axis())
    body: JsonObject = {
        **parts.fitted(right=14),
        "height": {"step": 36},
        "data": parts.values(drawn),
        "layer": [
            zero,
            {
                "mark": {"type": "rule", "strokeWidth": 2.5, "strokeCap": "round"},
                "encoding": {
                    "y": y,
                    "x": {"field": "low", **axis},
                    "x2": {"field": "high"},
                    "color": colour,
                    **parts.TIP,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
                "encoding": {"y": y, "x": {"field": "v", **axis}, "color": colour, **parts.TIP},
            },
            {
                "mark": parts.text_mark("left", dx=10),
                "encoding": {"y": y, "x": {"field": "end", **axis}, "text": {"field": "text"}},
            },
        ],
    }
    return finish(body, kind=ChartKind.SCATTER, title=title, subtitle=subtitle, language=language)


def _ends(rows: Sequence[Whisker]) -> tuple[float, float]:
    """The ends of the axis: around zero and all dots, and all intervals unless one is so wide that it would flatten the rest."""
    widths = sorted(max(-row.low, row.high) for row in rows)
    reach = max(widths[(len(rows) - 1) // 2], *(abs(row.value) for row in rows))
    low = min(0.0, *(max(row.low, -2.5 * reach) for row in rows))
    high = max(0.0, *(min(row.high, 2.5 * reach) for row in rows))
    room = (high - low) * 0.04 or 1.0
    return low - room, high + room


def _hue(row: Whisker) -> str:
    if row.tone != "told":
        return "open" if row.tone == "quiet" else "faint"
    if row.low > 0:
        return "up"
    return "down" if row.high < 0 else "open"
