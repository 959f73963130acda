"""Shares beside what was to be expected: a bar each, and a mark where it would end if nothing were special. Words from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semantic_layer.errors import Language
from semantic_layer.query.plan import ChartKind
from tools.chart import parts
from tools.chart.spec import ChartSpec, JsonObject
from tools.chart.theme import ACCENT, INK, finish, width_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One bar: `share` and `expected` are fractions; `text` is written at its end."""

    name: str
    share: float
    expected: float
    text: str


def beside_chart(bars: Sequence[Held], language: Language, *, title: str, subtitle: str = "") -> ChartSpec | None:
    """Bars from zero in the order given, each with a mark at what was expected. `None` without bars."""
    if not bars:
        return None
    names = parts.unique([bar.name for bar in bars])
    rows: list[JsonObject] = [
        {
            "c": name,
            "v": bar.share,
            "mark": bar.expected,
            "far": max(bar.share, bar.expected),
            "text": bar.text,
            "tip": f"{name} {bar.text}",
        }
        for name, bar in zip(names, bars, strict=True)
    ]
    top = max(max(bar.share, bar.expected) for bar in bars) or 1.0
    length: JsonObject = {
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, top], "zero": True, "nice": False},
    }
    body: JsonObject = {
        **parts.fitted(right=max(width_of(bar.text) for bar in bars) + 16),
        "height": {"step": 34},
        "data": parts.values(rows),
        "encoding": {"y": parts.nominal("c", names, **parts.category_axis())},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.6}, "cornerRadiusEnd": 2, "color": ACCENT},
                "encoding": {"x": {"field": "v", **length}, **parts.TIP},
            },
            {
                "mark": {"type": "tick", "thickness": 2, "height": {"band": 0.8}, "color": INK},
                "encoding": {"x": {"field": "mark", **length}, **parts.TIP},
            },
            {
                "mark": parts.text_mark("left", dx=8, bold=True),
                "encoding": {"x": {"field": "far", **length}, "text": {"field": "text"}},
            },
        ],
    }
    return finish(body, kind=ChartKind.BAR, title=title, subtitle=subtitle, language=language)
