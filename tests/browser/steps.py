"""What tests of the page do again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

AUDIENCE = "上海有流失风险的高价值客户有哪些？"
SALES = "上个月各大区销售额跟去年同期比"


def ask(page: Page, text: str) -> None:
    page.fill("#question", text)
    page.press("#question", "Enter")


def asked(page: Page, text: str) -> None:
    """Ask and wait for the reply."""
    before = page.locator("button.line").count()
    ask(page, text)
    expect(page.locator("button.line")).to_have_count(before + 1)
    expect(page.locator("#qunxiang[data-busy=no] .reply")).to_be_visible()


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(80):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it did not happen")
