"""The guide to calendars is true: its blocks load, and both languages hold the same blocks, sections and rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import semantic_layer.model
from semantic_layer.model.load import load_model

ROOT = Path(semantic_layer.model.__file__).parents[2]
GUIDES = ("docs/calendars.md", "docs/calendars.zh-CN.md")


def text(guide: str) -> str:
    return (ROOT / guide).read_text(encoding="utf-8")


def blocks(guide: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", text(guide), re.DOTALL)


@pytest.mark.parametrize("guide", GUIDES)
def test_the_blocks_of_the_guide_load_together(guide: str, tmp_path: Path) -> None:
    for number, block in enumerate(blocks(guide)):
        (tmp_path / f"part_{number}.yml").write_text(block, encoding="utf-8")
    model = load_model(tmp_path)
    assert model.conventions.fiscal_weeks is not None
    assert [period.column for period in model.time_spines[0].periods] == ["season", "trading_month"]
    assert [len(festival.spans) for festival in model.festivals] == [2, 1, 2]


def test_both_guides_say_the_same() -> None:
    english, chinese = map(text, GUIDES)
    assert blocks(GUIDES[0]) == blocks(GUIDES[1])
    for mark in ("\n## ", "\n| "):
        assert english.count(mark) == chinese.count(mark)
    assert "calendars.zh-CN.md" in english
    assert "calendars.md" in chinese
