"""The page on exchanging definitions tells the truth: its example is read with the remarks and the result that it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.channels.cli import app

DOCS = Path(__file__).parents[3] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("page", "language"), [("interchange.md", "en"), ("interchange.zh-CN.md", "zh")])
def test_the_example_of_the_page(page: str, language: str, tmp_path: Path) -> None:
    blocks = BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    given, shown = (text for kind, text in blocks if kind == "yaml")
    (remarks,) = (text for kind, text in blocks if kind == "text")
    (tmp_path / "shop.yaml").write_text(given, encoding="utf-8")
    arguments = ["--from", "ossie", "--to", str(tmp_path / "out"), "--customer", "customers", "--language", language]
    result = CliRunner().invoke(app, ["import-model", str(tmp_path / "shop.yaml"), *arguments])
    assert result.exit_code == 0
    assert result.stdout.partition("\n")[2] == remarks
    assert (tmp_path / "out" / "metrics.yml").read_text(encoding="utf-8") == shown


def test_both_languages_have_the_same_parts() -> None:
    english, chinese = (
        (DOCS / page).read_text(encoding="utf-8") for page in ("interchange.md", "interchange.zh-CN.md")
    )
    for mark in ("\n## ", "\n| ", "\n- **", "```"):
        assert english.count(mark) == chinese.count(mark), mark
