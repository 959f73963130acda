"""The page on reviewed questions: its YAML is read, and both languages say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.memory.reading import PairReader

DOCS = Path(__file__).resolve().parents[3] / "docs"
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = ("reviewed-questions.md", "reviewed-questions.zh-CN.md")


@pytest.mark.parametrize("name", PAGES)
def test_the_example_is_read(name: str) -> None:
    (example,) = BLOCK.findall((DOCS / name).read_text(encoding="utf-8"))
    read = PairReader().read(example, Path(name))
    assert read.issues == ()
    assert [pair.id for pair in read.pairs] == ["q4f1d09b2c"]


def test_both_languages_have_the_same_sections_rows_and_keys() -> None:
    english, chinese = ((DOCS / name).read_text(encoding="utf-8") for name in PAGES)
    for mark in ("\n## ", "\n| ", "\n```"):
        assert english.count(mark) == chinese.count(mark)
    assert set(re.findall(r"`(--?[a-z]+)`", english)) == set(re.findall(r"`(--?[a-z]+)`", chinese))
