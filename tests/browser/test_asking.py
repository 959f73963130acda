"""Asking, reading, editing and stopping, as a person does it in a browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.steps import AUDIENCE, SALES, ask, asked, wait_until

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Site


def test_the_empty_page_offers_three_questions_and_one_of_them_is_answered(page: Page) -> None:
    expect(page.locator(".sample")).to_have_count(3)
    page.locator(".sample").first.click()
    expect(page.locator(".tile .big")).to_have_text("214")
    expect(page.locator("button.line .what")).to_have_text("214 人")
    expect(page.locator("button.line .quiet")).to_contain_text("规则理解")


def test_an_audience_shows_chips_steps_profile_and_masked_people(page: Page) -> None:
    asked(page, AUDIENCE)
    expect(page.locator(".chips > li")).to_have_count(4)
    expect(page.locator(".waterfall .number")).to_have_text(["20,000", "2,310", "402", "214"])
    expect(page.locator(".profile .tgi").first).to_have_text("388")
    page.get_by_role("tab", name="人", exact=True).click()
    expect(page.locator(".view.people .masked").nth(1)).to_have_text("138****1204")
    expect(page.locator(".view.people .count")).to_have_text("抽样显示 20 人，共 214 人")


def test_a_number_shows_a_picture_and_an_exact_table_that_sorts(page: Page) -> None:
    asked(page, SALES)
    expect(page.locator(".picture svg[role=img]")).to_be_visible()
    page.get_by_role("tab", name="表", exact=True).click()
    cells = page.locator(".view.table tbody tr td:nth-child(2)")
    expect(cells.first).to_have_text("¥4,211,000.50")
    page.locator(".sorter", has_text="销售额").click()
    page.locator(".sorter", has_text="销售额").click()
    expect(cells.first).to_have_text("¥12.50")


def test_words_without_a_part_are_named_before_the_number(page: Page) -> None:
    asked(page, SALES)
    expect(page.locator(".notes li").first).to_have_text("没有用到：「大概」")
    notes, number = page.locator(".notes").bounding_box(), page.locator(".tile").bounding_box()
    assert notes is not None
    assert number is not None
    assert notes["y"] < number["y"]


def test_a_chip_can_be_removed_and_edited(page: Page) -> None:
    asked(page, AUDIENCE)
    page.get_by_role("button", name="去掉 高价值客户").click()
    expect(page.locator(".asked").last).to_have_text("去掉「高价值客户」")
    expect(page.locator("#qunxiang[data-busy=no] .reply")).to_be_visible()
    page.locator(".chip summary").first.click()
    page.get_by_role("menuitem", name="杭州").click()
    expect(page.locator(".asked").last).to_have_text("改为「杭州」")
    expect(page.locator("button.line")).to_have_count(3)


def test_the_choice_of_picture_replaces_it_in_place(page: Page) -> None:
    asked(page, SALES)
    page.get_by_role("button", name="柱状").click()
    expect(page.get_by_role("button", name="柱状")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("button.line")).to_have_count(1)


def test_a_step_of_the_waterfall_opens_its_people(page: Page) -> None:
    asked(page, AUDIENCE)
    page.locator(".step").nth(1).click()
    expect(page.locator(".asked").last).to_have_text("查看「城市：上海」这一步")


def test_a_question_back_is_answered_by_a_button_with_its_count(page: Page) -> None:
    asked(page, "单价超过500的女性客户")
    expect(page.locator(".option .number")).to_have_text(["1,204 人", "388 人"])
    page.locator(".option").first.click()
    expect(page.locator(".tile .big")).to_have_text("214")


def test_a_refusal_is_calm_and_offers_what_can_be_asked(page: Page) -> None:
    asked(page, "写首诗")
    expect(page.locator(".reply .sentence")).to_contain_text("只能回答")
    page.locator(".reply .button.soft").click()
    expect(page.locator(".tile .big")).to_have_text("¥899.1万")


def test_nobody_says_which_condition_and_what_would_leave_somebody(page: Page) -> None:
    asked(page, "上海年龄大于120的客户")
    expect(page.locator(".view.chart")).to_contain_text("「年龄 > 120」这个条件之后没有人了。")
    expect(page.locator(".option")).to_contain_text("311 人")
    page.locator(".option").click()
    expect(page.locator(".tile .big")).to_have_text("214")


def test_an_earlier_answer_comes_back_when_it_is_chosen(page: Page) -> None:
    asked(page, AUDIENCE)
    asked(page, SALES)
    page.locator("button.line").first.click()
    expect(page.locator(".tile .big")).to_have_text("214")
    expect(page.locator("button.line").first).to_have_attribute("aria-current", "true")


def test_work_shows_what_it_does_and_stops_at_once(page: Page, site: Site) -> None:
    before = site.notes().count("cancelled")
    ask(page, "慢的问题")
    expect(page.locator(".stage")).to_have_text("计算…")
    expect(page.locator(".elapsed")).to_have_text(re.compile(r"^\d+ 秒$"))
    page.get_by_role("button", name="停止").click()
    expect(page.locator(".line.stopped")).to_contain_text("已停止")
    expect(page.locator("#send")).to_be_visible()
    wait_until(lambda: site.notes().count("cancelled") == before + 1)
    asked(page, AUDIENCE)


def test_a_new_question_takes_the_place_of_the_one_under_way(page: Page) -> None:
    ask(page, "慢的问题")
    expect(page.locator(".stage")).to_have_text("计算…")
    asked(page, AUDIENCE)
    expect(page.locator(".tile .big")).to_have_text("214")
    expect(page.locator(".line.stopped")).to_have_count(1)


def test_closing_the_browser_cancels_the_query(browser: Browser, site: Site) -> None:
    before = site.notes().count("cancelled")
    context = browser.new_context()
    leaving = context.new_page()
    leaving.goto(site.address)
    leaving.wait_for_selector("#qunxiang[data-ready]", timeout=20_000)
    ask(leaving, "慢的问题")
    expect(leaving.locator(".stage")).to_have_text("计算…")
    context.close()
    wait_until(lambda: site.notes().count("cancelled") == before + 1)


def test_two_people_do_not_see_each_other(page: Page, other_page: Page) -> None:
    ask(page, "慢的问题")
    asked(other_page, AUDIENCE)
    expect(other_page.locator(".turn")).to_have_count(1)
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".asked")).to_have_text("慢的问题")
    expect(page.locator("#stop")).to_be_visible()


def test_typing_underlines_known_words_and_completes_by_arrow_keys(page: Page) -> None:
    page.locator("#question").press_sequentially("上海有流失风险")
    expect(page.locator(".underlay .known")).to_have_text(["上海", "流失风险"])
    expect(page.locator("#completions li")).to_have_count(1)
    page.press("#question", "ArrowDown")
    page.press("#question", "Enter")
    expect(page.locator("#question")).to_have_value(AUDIENCE)
    expect(page.locator(".turn")).to_have_count(0)
    page.press("#question", "Enter")
    expect(page.locator(".tile .big")).to_have_text("214")


def test_on_a_narrow_screen_the_result_stands_under_its_answer(narrow_page: Page) -> None:
    asked(narrow_page, AUDIENCE)
    asked(narrow_page, SALES)
    narrow_page.locator("button.line").first.click()
    expect(narrow_page.locator(".turn").first.locator(".reply")).to_be_visible()
    widest = narrow_page.evaluate("document.scrollingElement.scrollWidth")
    assert widest <= 390


def test_markup_in_questions_and_values_stays_text(page: Page) -> None:
    asked(page, "<img src=x onerror='window.injected = true'> 销售额")
    page.get_by_role("tab", name="表", exact=True).click()
    expect(page.locator(".view.table")).to_contain_text("<script>window.injected = true</script>")
    assert page.evaluate("window.injected") is None
    assert page.locator(".asked img").count() == 0


def test_everything_is_reachable_by_keyboard(page: Page) -> None:
    asked(page, AUDIENCE)
    page.locator("[role=tab]").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="人", exact=True)).to_be_focused()
    expect(page.locator(".view.people")).to_be_visible()
    page.locator(".chip summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".chip summary").first).to_be_focused()
