"""Languages, segments, catalogue, files and the network, as a person and an auditor see them in a browser."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.browser.steps import AUDIENCE, SALES, asked

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Site


def go(page: Page, name: str) -> None:
    page.locator(f".top [data-ref={name}]").click()
    expect(page.locator(f".top [data-ref={name}]")).to_have_attribute("aria-current", "page")


def save(page: Page, name: str) -> None:
    asked(page, AUDIENCE)
    page.get_by_role("button", name="保存人群").click()
    page.fill("dialog input[name=name]", name)
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".notice")).to_contain_text(f"已保存人群「{name}」")


def test_the_language_switch_changes_every_label_at_once_and_is_remembered(page: Page) -> None:
    asked(page, AUDIENCE)
    page.locator(".language").click()
    expect(page.locator("nav .page")).to_have_text(["Ask", "Segments", "Catalogue", "Review", "Insights", "Admin"])
    expect(page.locator("#send")).to_have_text("Ask")
    expect(page.get_by_role("button", name="Save segment")).to_be_visible()
    expect(page.locator(".reply .sentence")).to_contain_text("上海有流失风险的高价值客户共 214 人")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "lang=en" in page.url
    page.goto(page.url.split("?")[0])
    expect(page.locator("nav .page")).to_have_text(["Ask", "Segments", "Catalogue", "Review", "Insights", "Admin"])


def test_the_data_set_switch_starts_a_new_conversation(page: Page) -> None:
    asked(page, AUDIENCE)
    page.locator("details.dataset summary").click()
    page.get_by_role("menuitemradio", name="第二数据集").click()
    expect(page.locator("details.dataset summary")).to_have_text("第二数据集")
    expect(page.locator(".turn")).to_have_count(0)


def test_a_segment_is_saved_renamed_recounted_opened_deleted_and_restored(page: Page) -> None:
    save(page, "上海高价值")
    page.locator(".notice button").click()
    row = page.locator(".list tbody tr")
    expect(row).to_contain_text(["上海高价值"])
    expect(row.locator(".number")).to_have_text("214")
    page.get_by_role("button", name="重新计数").click()
    expect(row.locator(".number")).to_have_text("215")
    page.get_by_role("button", name="重命名").click()
    page.fill("dialog input[name=name]", "")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog .fault")).to_have_text("请输入名称。")
    page.fill("dialog input[name=name]", "沪上贵客")
    page.locator("dialog button[type=submit]").click()
    expect(row).to_contain_text(["沪上贵客"])
    page.get_by_role("button", name="删除").click()
    expect(page.locator("[data-region=segments] .empty")).to_be_visible()
    page.get_by_role("button", name="撤销").click()
    expect(row).to_contain_text(["沪上贵客"])
    page.get_by_role("button", name="沪上贵客").click()
    expect(page.locator(".asked").last).to_have_text("人群「沪上贵客」")
    expect(page.locator("button.line")).to_have_count(2)
    go(page, "segments")
    page.get_by_role("button", name="删除").click()
    expect(page.locator("[data-region=segments] .empty")).to_be_visible()


def test_two_segments_are_combined_and_a_used_name_is_refused_in_words(page: Page) -> None:
    save(page, "甲")
    save(page, "乙")
    go(page, "segments")
    page.locator("select[name=first]").select_option("甲")
    page.locator("select[name=operation]").select_option("intersection")
    page.locator("select[name=second]").select_option("乙")
    page.fill(".combine input[name=name]", "甲")
    page.get_by_role("button", name="创建").click()
    expect(page.locator(".combine .fault")).to_contain_text("已经有名为「甲」的人群")
    expect(page.locator("select[name=operation]")).to_have_value("intersection")
    page.fill(".combine input[name=name]", "甲和乙")
    page.get_by_role("button", name="创建").click()
    expect(page.locator(".list tbody tr").first).to_contain_text("甲 ∩ 乙")
    for name in ("甲和乙", "甲", "乙"):
        page.locator(f"[data-act=segment-delete][data-ref={name}]").click()
        expect(page.locator(f"[data-act=segment-delete][data-ref={name}]")).to_have_count(0)


def test_people_are_exported_with_the_columns_and_marks_that_were_chosen(page: Page, tmp_path: Path) -> None:
    asked(page, AUDIENCE)
    page.get_by_role("button", name="导出").click()
    page.get_by_role("radio", name="CSV").check()
    expect(page.locator("dialog [name=bom]")).to_be_visible()
    expect(page.locator("dialog input[value=phone]")).not_to_be_checked()
    expect(page.locator("dialog input[value=name]")).not_to_be_checked()
    page.locator("dialog input[value=name]").check()
    with page.expect_download() as download:
        page.locator("dialog button[type=submit]").click()
    target = tmp_path / "people.csv"
    download.value.save_as(target)
    assert download.value.suggested_filename == "people.csv"
    raw = target.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0] == ["name", "city", "level", "spend", "last"]
    assert len(rows) == 21
    expect(page.locator("dialog")).to_have_count(0)


def test_an_export_without_columns_is_refused_in_the_dialog(page: Page) -> None:
    asked(page, AUDIENCE)
    page.get_by_role("button", name="导出").click()
    expect(page.locator("dialog")).to_be_visible()
    for box in page.locator("dialog .columns input").all():
        box.uncheck()
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog .fault")).to_have_text("至少选一列。")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)


def test_the_picture_is_downloaded(page: Page) -> None:
    asked(page, SALES)
    with page.expect_download() as download:
        page.get_by_role("button", name="下载图片 SVG").click()
    assert download.value.suggested_filename == "chart.svg"
    assert "<svg" in Path(download.value.path()).read_text(encoding="utf-8")


def test_the_catalogue_is_searched_filtered_read_and_asked_about(page: Page) -> None:
    go(page, "catalogue")
    expect(page.locator(".entry")).to_have_count(6)
    page.locator("#search").press_sequentially("churn")
    expect(page.locator(".entry")).to_have_count(1)
    page.fill("#search", "")
    page.get_by_role("button", name="指标", exact=True).click()
    expect(page.locator(".entry .what")).to_have_text(["销售额", "复购率"])
    page.fill("#search", "没有的东西")
    expect(page.locator(".catalogue .empty")).to_contain_text("没有的东西")
    page.get_by_role("button", name="清除条件").click()
    expect(page.locator(".entry")).to_have_count(6)
    expect(page.locator("#search")).to_have_value("")
    page.locator(".entry").first.click()
    expect(page.locator(".card h3")).to_have_text("高价值客户")
    page.get_by_role("button", name="用它提问").click()
    expect(page.locator(".asked")).to_have_text("有多少高价值客户？")
    expect(page.locator(".tile .big")).to_have_text("214")


def test_an_answer_leads_to_the_definitions_it_used(page: Page) -> None:
    asked(page, AUDIENCE)
    page.get_by_role("tab", name="怎么算的").click()
    expect(page.locator(".view.how")).to_contain_text("会员运营")
    expect(page.locator(".view.how code")).to_contain_text("SELECT COUNT(*)")
    page.locator(".definitions .button").first.click()
    expect(page.locator(".card h3")).to_have_text("高价值客户")
    page.go_back()
    expect(page.locator(".tile .big")).to_be_visible()


def test_no_request_leaves_this_machine(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="zh-CN")
    hosts: set[str | None] = set()
    context.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page = context.new_page()
    page.goto(site.address)
    page.wait_for_selector("#qunxiang[data-ready]", timeout=20_000)
    asked(page, SALES)
    go(page, "catalogue")
    context.close()
    assert hosts == {"127.0.0.1"}


def test_files_of_this_machine_are_not_handed_out(page: Page) -> None:
    for path in ("/etc/passwd", "pyproject.toml", "app.py", "assistant/settings.py", "../.gitignore"):
        answer = page.request.get(f"{page.url.split('?')[0]}gradio_api/file={path}")
        assert answer.status in (403, 404), path


def test_a_broken_connection_is_told_calmly_and_the_page_goes_on_where_it_was(page: Page) -> None:
    asked(page, SALES)
    page.context.set_offline(True)
    try:
        expect(page.locator(".lost")).to_have_text("连接断开了，正在重新连接…")
        page.fill("#question", AUDIENCE)
        page.press("#question", "Enter")
        expect(page.locator("#question")).to_have_value(AUDIENCE)
    finally:
        page.context.set_offline(False)
    expect(page.locator(".lost")).to_be_hidden()
    page.press("#question", "Enter")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".tile .big")).to_have_text("214")
