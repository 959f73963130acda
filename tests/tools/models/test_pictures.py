"""Pictures of predictions hold what they were given, inside their axes."""

from __future__ import annotations

import json

import pytest

from semantic_layer.model.types import Unit
from tools.chart.calibration import Axes, Dot, bands_chart, calibration_chart

DOTS = (
    Dot(predicted=0.2, observed=0.25, low=0.1, high=0.4, people=50),
    Dot(predicted=0.9, observed=0.95, low=0.8, high=1.0, people=50),
)
SAID = Axes(title="t", subtitle="s", predicted="predicted", observed="observed", unit=Unit.PERCENT)


def test_each_group_is_a_dot_with_its_interval_and_the_diagonal_runs_through() -> None:
    chart = calibration_chart(DOTS, SAID, "en")
    assert chart is not None
    diagonal, whiskers, dots = json.loads(chart.spec)["layer"]
    assert [(row["x"], row["y"]) for row in diagonal["data"]["values"]] == [(0.0, 0.0), (1.0, 1.0)]
    assert [(row["low"], row["high"]) for row in whiskers["data"]["values"]] == [(0.1, 0.4), (0.8, 1.0)]
    assert [(row["x"], row["y"]) for row in dots["data"]["values"]] == [(0.2, 0.25), (0.9, 0.95)]
    assert "observed 25.0% [10.0%, 40.0%] · 50 people" in dots["data"]["values"][0]["tip"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_bands_are_bars_in_their_order_and_empty_ones_are_left_out(language: str) -> None:
    chart = bands_chart([("high", 5), ("medium", 0), ("low", 9)], "t", "s", language)  # type: ignore[arg-type]
    assert chart is not None
    assert [(row["c"], row["v"]) for row in json.loads(chart.spec)["data"]["values"]] == [("high", 5), ("low", 9)]


def test_nothing_is_not_drawn() -> None:
    assert calibration_chart((), SAID, "zh") is None
    assert bands_chart([("high", 0)], "t", "s", "zh") is None
