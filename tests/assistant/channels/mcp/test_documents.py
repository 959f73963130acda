"""The pages about this door say what it does: the same tools, scopes and approvals, and the bounds of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.channels.mcp.server import PATIENCE
from assistant.channels.mcp.taken import KEPT, MOST_BYTES
from assistant.channels.mcp.told import FEWEST_PEOPLE, MOST_ROWS
from assistant.channels.mcp.tools import registry
from tools.registry import Effect

DOCS = Path(__file__).resolve().parents[4] / "docs"
ROW = re.compile(r"^\| `(\w+)` \| `([\w:]+)` \| [^|]+ \| (\S+) \|$", re.MULTILINE)
PAGES = ("mcp.md", "mcp.zh-CN.md")


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


@pytest.mark.parametrize(("page", "yes", "no"), [("mcp.md", "yes", "no"), ("mcp.zh-CN.md", "是", "否")])
def test_the_table_of_tools_is_that_of_the_registry(page: str, yes: str, no: str) -> None:
    told = ROW.findall(text_of(page))
    assert told == [
        (tool.name, str(tool.permission), yes if tool.effect is Effect.WRITE else no) for tool in registry()
    ]


@pytest.mark.parametrize("page", PAGES)
def test_the_bounds_that_are_told_are_those_of_the_code(page: str) -> None:
    text = text_of(page)
    assert (PATIENCE, KEPT.total_seconds(), MOST_BYTES) == (5 * 60, 3600, 32 * 1024 * 1024)
    assert re.search(rf"\b{MOST_ROWS}\b", text)
    assert re.search(rf"\b{FEWEST_PEOPLE}\b", text)
    assert "32 MB" in text
    assert re.search("five minutes|五分钟", text)
    assert re.search("an hour|一小时", text)


def test_both_pages_have_the_same_sections_and_examples() -> None:
    counted = [[text_of(page).count(mark) for mark in ("\n## ", "```json", "\n|", "\n**")] for page in PAGES]
    assert counted[0] == counted[1]
