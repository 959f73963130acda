"""Pictures of tiles as SVG, each drawn once: a page is drawn again with everything a person does."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from semantic_layer.errors import UserError
from tools.chart import ChartSpec, render_svg
from tools.chart.paper import untitled

MOST: Final = 400
Drawing = Callable[[ChartSpec, bool], str]
"""From a chart, and whether the ground is dark, to SVG text."""


def draw_untitled(chart: ChartSpec, dark: bool) -> str:  # noqa: FBT001  # light or dark is what is asked for
    """As everywhere, without the title: the tile says it."""
    return render_svg(untitled(chart), dark=dark)


class Pictures:
    """Safe for several threads; the least lately used go first. What cannot be drawn is an empty text."""

    def __init__(self, drawing: Drawing = draw_untitled, most: int = MOST) -> None:
        self._drawing = drawing
        self._most = most
        self._lock = threading.Lock()
        self._drawn: OrderedDict[tuple[str, bool], str] = OrderedDict()

    def svg(self, chart: ChartSpec, *, dark: bool) -> str:
        key = (chart.spec, dark)
        with self._lock:
            if key in self._drawn:
                self._drawn.move_to_end(key)
                return self._drawn[key]
        try:
            svg = self._drawing(chart, dark)
        except UserError:
            svg = ""  # the finding and the table tell it
        with self._lock:
            self._drawn[key] = svg
            while len(self._drawn) > self._most:
                self._drawn.popitem(last=False)
        return svg
