"""Bars beside what was expected: from zero, in the order given, each with its mark."""

from __future__ import annotations

import json

from tools.chart import render_svg
from tools.chart.clusters import Held, beside_chart

BARS = (
    Held(name="运动服", share=0.6, expected=0.4, text="60.0% · 1.50 倍"),
    Held(name="箱包", share=0.2, expected=0.3, text="20.0% · 0.67 倍"),
)


def test_bars_begin_at_zero_and_hold_their_marks() -> None:
    chart = beside_chart(BARS, "zh", title="标题", subtitle="说明")
    assert chart is not None
    spec = json.loads(chart.spec)
    assert [row["c"] for row in spec["data"]["values"]] == ["运动服", "箱包"]
    assert [(row["v"], row["mark"], row["far"]) for row in spec["data"]["values"]] == [(0.6, 0.4, 0.6), (0.2, 0.3, 0.3)]
    assert spec["encoding"]["y"]["sort"] == ["运动服", "箱包"]
    assert all(layer["encoding"]["x"]["scale"]["domain"] == [0, 0.6] for layer in spec["layer"])
    assert "运动服" in render_svg(chart)


def test_two_things_of_one_name_are_two_bars_and_none_is_no_picture() -> None:
    twice = beside_chart((BARS[0], BARS[0]), "zh", title="")
    assert twice is not None
    assert len({row["c"] for row in json.loads(twice.spec)["data"]["values"]}) == 2
    assert beside_chart((), "zh", title="") is None
