"""The one look of all pictures: font, colours, light and dark, widths. A chart is put together and finished here."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import Final

from semantic_layer.errors import Language
from semantic_layer.query.plan import ChartKind
from tools.chart.spec import ChartSpec, Json, JsonObject

FONT: Final = "Noto Sans SC, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
WIDTH: Final = 640

ACCENT: Final = "#2F6FED"
INK: Final = "#1F2329"
MUTED: Final = "#667080"
GRID: Final = "#E8EBF0"
OTHER: Final = "#B9C0CB"  # "other", and the comparison
FAINT: Final = "#EAF1FE"  # the low end of a heat map
SERIES: Final = (ACCENT, "#12A08A", "#F0A030", "#8B62D4", "#E2634B", "#45AEE5", "#7C8C2B")

_DARK: Final = {
    ACCENT: "#6D9BF5",
    INK: "#E6E8EB",
    MUTED: "#9AA4B2",
    GRID: "#353B45",
    OTHER: "#6B7482",
    FAINT: "#22304D",
}


def finish(
    body: JsonObject,
    *,
    kind: ChartKind,
    title: str,
    subtitle: str,
    language: Language,
    choices: Sequence[ChartKind] = (),
) -> ChartSpec:
    """The body of a chart (marks, data, layout) with title and look, as a `ChartSpec`."""
    spec: JsonObject = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": _title(title, subtitle),
        **body,
        "config": _config(),
    }
    text = json.dumps(spec, ensure_ascii=False, allow_nan=False)
    others = tuple(choice for choice in choices if choice is not kind)
    return ChartSpec(kind=kind, title=title, subtitle=subtitle, spec=text, language=language, choices=others)


def themed(spec: str, dark: bool) -> str:  # noqa: FBT001  # light or dark is what the name asks for
    """The same Vega-Lite text for a dark or a light page; the background is transparent in both."""
    if not spec or not dark:
        return spec
    return json.dumps(_recolour(json.loads(spec)), ensure_ascii=False)


def width_of(text: str, size: float = 12) -> int:
    """Roughly how wide a text is in pixels: Chinese characters are square, others about half as wide."""
    ems = sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.58 for char in text)
    return round(ems * size)


def wrapped(text: str, size: float, width: int = WIDTH - 8) -> list[str]:
    """The text in lines no wider than `width`, broken at spaces where it has them."""
    lines: list[str] = []
    line = ""
    for word in _pieces(text):
        if line and width_of(line + word.rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        line += word
    return [*lines, line.rstrip()]


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for char in text:
        joins = bool(pieces) and _narrow(char) and _narrow(pieces[-1][-1]) and pieces[-1][-1] != " "
        if joins or (char in "，。：；、！？）" and pieces):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _narrow(char: str) -> bool:
    """Letters, digits and signs that make a word with their neighbours; Chinese may break anywhere."""
    return unicodedata.east_asian_width(char) not in "WF"


def _recolour(part: Json) -> Json:
    if isinstance(part, str):
        return _DARK.get(part, part)
    if isinstance(part, list):
        return [_recolour(item) for item in part]
    if isinstance(part, dict):
        return {name: item if name == "values" else _recolour(item) for name, item in part.items()}
    return part


def _title(title: str, subtitle: str) -> JsonObject:
    under: JsonObject = {"subtitle": wrapped(subtitle, 12.5)} if subtitle else {}
    return {"text": wrapped(title, 16), **under}


def _config() -> JsonObject:
    return {
        "font": FONT,
        "background": "transparent",
        "padding": 4,
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "frame": "bounds",
            "fontSize": 16,
            "fontWeight": 600,
            "color": INK,
            "subtitleColor": MUTED,
            "subtitleFontSize": 12.5,
            "subtitlePadding": 6,
            "subtitleLineHeight": 18,
            "lineHeight": 22,
            "offset": 16,
        },
        "axis": {
            "labelFontSize": 12,
            "labelColor": MUTED,
            "titleColor": MUTED,
            "titleFontSize": 12,
            "titleFontWeight": 400,
            "domain": False,
            "ticks": False,
            "gridColor": GRID,
            "labelPadding": 8,
        },
        "axisX": {"grid": False},
        "axisY": {"grid": False},
        "legend": {
            "orient": "top",
            "direction": "horizontal",
            "title": None,
            "labelFontSize": 12,
            "labelColor": MUTED,
            "labelLimit": 240,
            "symbolType": "square",
            "symbolSize": 110,
            "symbolStrokeWidth": 0,
            "offset": 8,
            "columnPadding": 20,
        },
        "text": {"fontSize": 12, "color": INK},
        "bar": {"color": ACCENT, "cornerRadiusEnd": 3},
        "line": {"color": ACCENT, "strokeWidth": 2.25, "strokeCap": "round", "strokeJoin": "round"},
        "point": {"color": ACCENT, "filled": True},
        "concat": {"spacing": 28},
        "header": {"labelColor": MUTED, "titleColor": MUTED},
    }
