"""From a chart to bytes: PNG and SVG drawn without a browser or network. The SVG tells exact values on hover."""

from __future__ import annotations

import json
from functools import cache
from types import ModuleType
from typing import Final
from xml.etree import ElementTree as ET

from semantic_layer.errors import DataError, InvalidPlanError, Text
from tools.chart.spec import ChartSpec
from tools.chart.theme import themed

_SVG: Final = "http://www.w3.org/2000/svg"
_MARKS: Final = frozenset({"bar", "point", "circle", "square", "arc", "rect", "tick", "area mark", "data point"})


def render_svg(chart: ChartSpec, *, dark: bool = False) -> str:
    """A self-contained SVG; each mark carries its exact value as a title. Raises `InvalidPlanError` for a tile."""
    converter = _converter()
    try:
        drawn = converter.vegalite_to_svg(_text(chart, dark=dark), allowed_base_urls=[])
    except ValueError as error:
        raise _undrawable(error) from error
    return _with_titles(drawn)


def render_png(chart: ChartSpec, *, dark: bool = False, scale: float = 2.0) -> bytes:
    """PNG bytes on a white ground (dark: near-black), so that the picture reads anywhere it is pasted."""
    converter = _converter()
    spec = {**json.loads(_text(chart, dark=dark)), "background": "#16181D" if dark else "#FFFFFF"}
    try:
        return bytes(converter.vegalite_to_png(json.dumps(spec), scale=scale, allowed_base_urls=[]))
    except ValueError as error:
        raise _undrawable(error) from error


@cache
def _converter() -> ModuleType:
    """The native library, loaded on the first picture, with a Chinese font that does not depend on the machine."""
    import vl_convert  # noqa: PLC0415  # large; many processes never draw
    from pylopdf_fonts_zh_cn import sans_path  # noqa: PLC0415

    vl_convert.register_font_directory(str(sans_path().parent))
    return vl_convert


def _text(chart: ChartSpec, *, dark: bool) -> str:
    if not chart.spec:
        raise InvalidPlanError(Text("单个数字没有图可以画。", "A single number has no picture to draw."))
    return themed(chart.spec, dark)


def _undrawable(error: ValueError) -> DataError:
    said = next((line for line in str(error).splitlines() if line.startswith("Error: ")), str(error).partition("\n")[0])
    return DataError(Text(f"图无法绘制：{said}", f"The chart could not be drawn: {said}"))


def _with_titles(svg: str) -> str:
    ET.register_namespace("", _SVG)
    root = ET.fromstring(svg)  # noqa: S314  # drawn by us a line above, not received
    for node in root.iter():
        label = node.get("aria-label")
        if label and node.get("aria-roledescription") in _MARKS:
            title = ET.Element(f"{{{_SVG}}}title")
            title.text = label
            node.insert(0, title)
    return ET.tostring(root, encoding="unicode")
