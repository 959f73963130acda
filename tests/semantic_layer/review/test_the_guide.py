"""The outputs that the guide shows are those that the commands print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.channels.cli import app
from semantic_layer.review.check import DATA_CHECKS
from tests.semantic_layer.review.shop import CUSTOMERS, MODEL, ORDERS, spoiled, write_shop

DOCS = Path(__file__).resolve().parents[3] / "docs"
BLOCK = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("ending", "language"), [(".md", "en"), (".zh-CN.md", "zh")])
def test_every_line_shown_is_printed(
    ending: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUNXIANG_HOME", str(tmp_path / "home"))
    page = (DOCS / f"reviewing-definitions{ending}").read_text(encoding="utf-8")
    checked, compared = BLOCK.findall(page)
    spoiled_shop = write_shop(
        tmp_path / "spoiled",
        customers=CUSTOMERS + "1,桐乡,13800000009\n",
        orders=ORDERS.replace("\n4,3,", "\n4,99,"),
    )
    old = write_shop(tmp_path / "old")
    new = write_shop(
        tmp_path / "new", spoiled(MODEL, "agg: sum, expr: amount,", "agg: sum, expr: amount, where: coupon,")
    )
    printed = printed_by("check", str(spoiled_shop), "--language", language)
    assert [line for line in checked.splitlines() if line not in printed] == []
    printed = printed_by("diff", str(old), str(new), "--language", language)
    assert [line for line in compared.splitlines() if line not in printed] == []


def printed_by(*words: str) -> str:
    return CliRunner().invoke(app, list(words)).stdout


@pytest.mark.parametrize("ending", [".md", ".zh-CN.md"])
def test_every_rule_is_told(ending: str) -> None:
    page = (DOCS / f"reviewing-definitions{ending}").read_text(encoding="utf-8")
    rules = {*(name for name, _ in DATA_CHECKS), "definitions", "unused", "same meaning", "same word", "deprecated"}
    assert set(re.findall(r"^\| `([a-z ]+)` \|", page, re.MULTILINE)) - {"owner", "version"} >= rules
