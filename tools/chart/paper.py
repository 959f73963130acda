"""Drawings as pages: SVG to PDF with the shipped font inside, and the same as PNG."""

from __future__ import annotations

import json
from dataclasses import replace

from semantic_layer.errors import DataError, Text
from tools.chart.render import _converter
from tools.chart.spec import ChartSpec


def untitled(chart: ChartSpec) -> ChartSpec:
    """The picture without its title and subtitle, for a page that says both itself."""
    if not chart.spec:
        return chart
    body = {name: part for name, part in json.loads(chart.spec).items() if name != "title"}
    return replace(chart, spec=json.dumps(body, ensure_ascii=False))


def pdf_of(svg: str) -> bytes:
    """One page as large as the drawing (96 pixels to the inch); text stays text. Raises `DataError` when it cannot be drawn."""
    try:
        return bytes(_converter().svg_to_pdf(svg))
    except ValueError as error:
        raise _unusable(error) from error


def png_of(svg: str, *, scale: float = 1.0) -> bytes:
    """The drawing as PNG, `scale` pixels to one of its own. Raises `DataError` when it cannot be drawn."""
    try:
        return bytes(_converter().svg_to_png(svg, scale=scale))
    except ValueError as error:
        raise _unusable(error) from error


def _unusable(error: ValueError) -> DataError:
    return DataError(Text(f"页面无法绘制：{error}", f"The page could not be drawn: {error}"))
