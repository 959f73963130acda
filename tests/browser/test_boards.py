"""Boards in a browser: pinned, arranged by the keyboard, shared, commented by another, followed by a link, taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import HERE, Site, free_port, served
from tests.browser.steps import AUDIENCE, SALES, asked

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def boards_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("boards")
    port = free_port()
    with served([str(HERE / "boards_server.py"), str(port), str(folder)], port, folder, {}, at="health") as opened:
        yield opened


@pytest.fixture
def opened(browser: Browser, boards_site: Site) -> Iterator[Open]:
    """Opens a page for somebody; the test fails when a page had an error."""
    faults: list[str] = []
    contexts = []

    def open_page(login: str, at: str = "?lang=zh", *, width: int = 1360) -> Page:
        context = browser.new_context(locale="zh-CN", viewport={"width": width, "height": 900}, accept_downloads=True)
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": "login", "value": login, "url": boards_site.address}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{boards_site.address}{at}")
        page.wait_for_selector("#qunxiang[data-ready]", timeout=20_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def pin(page: Page, question: str, board: str, *, new: bool) -> None:
    page.locator("nav [data-ref=ask]").click()
    asked(page, question)
    page.get_by_role("button", name="固定到看板").click()
    if new:
        page.fill("dialog input[name=name]", board)
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".notice")).to_contain_text(f"已固定到看板「{board}」")


def test_an_answer_is_pinned_shared_and_talked_about(opened: Open, boards_site: Site) -> None:
    wei = opened("wei")
    pin(wei, SALES, "周会", new=True)
    pin(wei, AUDIENCE, "周会", new=False)
    wei.locator(".notice button").click()
    tiles = wei.locator(".tile-card")
    expect(tiles).to_have_count(2)
    expect(tiles.nth(0).locator("svg[role=img]")).to_be_visible()
    expect(tiles.nth(1)).to_contain_text("214")
    expect(tiles.nth(1)).to_contain_text("数据截至 2026-10-31")

    # by the keyboard alone: the second tile comes first, is taken away, and comes back
    tiles.nth(1).locator("summary").focus()
    wei.keyboard.press("Enter")
    wei.locator(".tile-card .menu button", has_text="前移").focus()
    wei.keyboard.press("Enter")
    expect(tiles.nth(0)).to_contain_text("214")
    tiles.nth(0).locator("summary").click()
    tiles.nth(0).get_by_role("button", name="移除").click()
    expect(tiles).to_have_count(1)
    wei.locator(".notice button").click()
    expect(tiles).to_have_count(2)
    expect(tiles.nth(0)).to_contain_text("214")

    wei.get_by_role("button", name="分享", exact=True).click()
    wei.locator("dialog [data-act=link-board]").first.click()
    link = wei.locator("dialog .link-list code").inner_text()
    wei.locator("dialog input[value=chosen]").check()
    wei.fill("dialog input[name=people]", "lin")
    wei.locator("dialog button[type=submit]").click()
    expect(wei.locator("dialog")).to_have_count(0)
    wei.fill(".comment-form textarea", "@lin 请看一下 <b>华东</b>")
    wei.locator(".comment-form button[type=submit]").click()
    expect(wei.locator(".said-words")).to_have_text("@lin 请看一下 <b>华东</b>")
    expect(wei.locator(".comment-form textarea")).to_have_value("")

    lin = opened("lin", "?view=boards&lang=zh", width=390)
    expect(lin.locator(".board-list")).to_contain_text("1 条评论提到您")
    lin.locator(".board-list [data-act=board-open]").click()
    expect(lin.locator(".tile-card").first).to_contain_text("98")
    expect(lin.locator(".boards")).not_to_contain_text("214")
    lin.fill(".comment-form textarea", "已看")
    lin.locator(".comment-form button[type=submit]").click()
    lin.locator("[data-act=comment-settle]").first.click()
    expect(lin.locator(".comments")).to_contain_text("lin 已解决")
    assert lin.evaluate("document.documentElement.scrollWidth <= innerWidth")

    followed = opened("lin", link.split("/", 3)[3])
    expect(followed.locator("#qunxiang .board-head h1")).to_have_text("周会")
    assert "link=" not in followed.url
    expect(followed.locator(".tile-card").first).to_contain_text("98")
    assert "lin followed a link" in boards_site.notes()


def test_data_that_cannot_be_read_is_said_and_a_board_is_taken_out(
    opened: Open, boards_site: Site, tmp_path: Path
) -> None:
    page = opened("ana")
    pin(page, AUDIENCE, "汇报", new=True)
    page.locator(".notice button").click()
    expect(page.locator(".tile-card")).to_contain_text("214")
    (boards_site.folder / "data-2").touch()
    (boards_site.folder / "broken").touch()
    page.get_by_role("button", name="刷新", exact=True).click()
    expect(page.locator(".tile-card")).to_contain_text("没有算出来，以下是上一次的结果")
    expect(page.locator(".tile-card")).to_contain_text("214")
    (boards_site.folder / "broken").unlink()
    page.get_by_role("button", name="刷新", exact=True).click()
    expect(page.locator(".tile-card")).not_to_contain_text("没有算出来")
    page.locator(".board-head summary").click()
    with page.expect_download() as got:
        page.get_by_role("button", name="导出 PDF").click()
    file = tmp_path / "board.pdf"
    got.value.save_as(file)
    assert file.read_bytes().startswith(b"%PDF")
