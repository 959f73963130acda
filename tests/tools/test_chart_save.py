"""A chart saves itself as PNG or SVG, and says plainly why it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from semantic_layer.errors import DataError
from semantic_layer.query.plan import ChartKind
from tools.chart import ChartSpec

SPEC = json.dumps(
    {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": [{"a": "上海", "b": 1}]},
        "mark": "bar",
        "encoding": {"x": {"field": "a", "type": "nominal"}, "y": {"field": "b", "type": "quantitative"}},
    }
)


def chart(spec: str = SPEC) -> ChartSpec:
    return ChartSpec(kind=ChartKind.COLUMN, title="t", subtitle="", spec=spec, language="zh")


def test_saves_a_png(tmp_path: Path) -> None:
    assert chart().save(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_saves_an_svg_whatever_the_case_of_its_ending(tmp_path: Path) -> None:
    assert "上海" in chart().save(str(tmp_path / "a.SVG")).read_text(encoding="utf-8")


def test_names_the_endings_that_are_possible(tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        chart().save(tmp_path / "a.gif")
    assert raised.value.suggestions == (".png", ".svg")
    assert ".gif" in raised.value.message.zh


def test_a_single_number_has_no_picture(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no picture"):
        chart(spec="").save(tmp_path / "a.png")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        chart().save(tmp_path / "nowhere" / "a.png")
