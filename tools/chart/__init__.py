"""Pictures: chosen by the shape of a table, drawn by one Vega-Lite theme everywhere."""

from tools.chart.change import Move, change_chart
from tools.chart.choose import KIND_NAMES, choose_chart
from tools.chart.cohorts import Wording, cohort_chart, funnel_chart
from tools.chart.hints import Hints, hints_of
from tools.chart.people import overlap_chart, profile_chart, waterfall_chart
from tools.chart.render import render_png, render_svg
from tools.chart.spec import ChartSpec
from tools.chart.theme import themed

__all__ = [
    "KIND_NAMES",
    "ChartSpec",
    "Hints",
    "Move",
    "Wording",
    "change_chart",
    "choose_chart",
    "cohort_chart",
    "funnel_chart",
    "hints_of",
    "overlap_chart",
    "profile_chart",
    "render_png",
    "render_svg",
    "themed",
    "waterfall_chart",
]
