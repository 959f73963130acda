"""Opinions, corrections, the language model, and the page of a reviewer, as people meet them in a browser."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.steps import AUDIENCE, SALES, ask, asked, wait_until

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import Site

PRICE = "单价超过500的女性客户"


def review(page: Page, tab: str = "queue") -> None:
    page.locator(".top [data-ref=review]").click()
    page.locator(f".tabs [data-ref={tab}]").click()
    expect(page.locator(f".tabs [data-ref={tab}]")).to_have_attribute("aria-current", "true")


def proposal(page: Page, question: str) -> Locator:
    return page.locator(".proposal", has=page.get_by_role("heading", name=question, exact=True))


def corrected(page: Page, question: str, *, reading: str = "", words: str = "") -> None:
    """Ask, and say what is right instead."""
    asked(page, question)
    page.get_by_role("button", name="改一下").click()
    if words:
        page.fill("dialog textarea", words)
    if reading:
        page.get_by_role("radio", name=reading).check()
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog")).to_have_count(0)


def save_dialog(page: Page) -> None:
    page.locator("dialog button.primary").click()


# --- who understood


def test_every_reply_says_who_understood_it(page: Page) -> None:
    for question in (AUDIENCE, PRICE, "写首诗"):
        asked(page, question)
        expect(page.locator(".reader > .quiet")).to_have_text("规则理解")
    expect(page.locator("button.line .quiet").last).to_have_text("未作答 · 规则理解")


@pytest.mark.slow
def test_the_bar_says_whether_the_model_is_ready(page: Page) -> None:
    expect(page.locator(".top .model")).to_have_text("需要时问模型 · 模型：scripted-1")
    page.locator("details.dataset summary").click()
    page.get_by_role("menuitemradio", name="第二数据集").click()
    expect(page.locator(".top .model.off")).to_have_text("只用规则 · 没有配置模型")
    asked(page, SALES)
    expect(page.get_by_role("button", name="不满意？问模型")).to_have_count(0)


def test_the_model_reads_the_same_question_and_both_answers_stay(page: Page) -> None:
    asked(page, SALES)
    page.get_by_role("button", name="不满意？问模型").click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".reader > .quiet")).to_have_text("模型理解（scripted-1）")
    expect(page.locator(".asked").last).to_have_text(f"{SALES}问模型")
    expect(page.get_by_role("button", name="不满意？问模型")).to_have_count(0)
    page.locator("button.line").first.click()
    expect(page.locator(".reader > .quiet")).to_have_text("规则理解")


@pytest.mark.slow
def test_the_model_can_be_stopped_while_it_reads_and_the_first_answer_stays(page: Page, site: Site) -> None:
    before = site.notes().count("cancelled")
    asked(page, "上海高价值客户有多久没来了")
    page.get_by_role("button", name="不满意？问模型").click()
    expect(page.locator(".stage")).to_have_text("模型正在读题…")
    page.get_by_role("button", name="停止").click()
    expect(page.locator(".line.stopped")).to_contain_text("已停止")
    wait_until(lambda: site.notes().count("cancelled") == before + 1)
    expect(page.locator("#qunxiang[data-busy=no] .tile .big")).to_have_text("214")


# --- what people say


def test_a_thumb_down_counts_at_once_and_a_comment_may_follow(page: Page, site: Site) -> None:
    asked(page, AUDIENCE)
    before = site.notes().count(" False by rules")
    page.get_by_role("button", name="不对").click()
    expect(page.get_by_role("button", name="不对")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".thanks")).to_contain_text("交给数据负责人")
    assert site.notes().count(" False by rules") == before + 1
    ask(page, SALES)  # nobody has to fill the field in
    expect(page.locator(".tile .big")).to_have_text("¥899.1万")
    page.locator("button.line").first.click()
    page.fill(".comment input[type=text]", "只算流失风险高的")
    page.press(".comment input[type=text]", "Enter")
    expect(page.locator(".comment")).to_have_count(0)
    expect(page.locator(".thanks")).to_contain_text("已连同问题交给数据负责人")
    assert "False by rules 只算流失风险高的" in site.notes()


@pytest.mark.slow
def test_a_thumb_up_for_the_model_says_what_happens_next(page: Page, site: Site) -> None:
    asked(page, SALES)
    page.get_by_role("button", name="有用").click()
    expect(page.locator(".thanks")).to_have_text("已记录。")
    page.get_by_role("button", name="不满意？问模型").click()
    expect(page.locator(".reader > .quiet")).to_have_text("模型理解（scripted-1）")
    page.get_by_role("button", name="有用").click()
    expect(page.locator(".thanks")).to_contain_text("数据负责人批准后")
    assert "True by model scripted-1" in site.notes()


@pytest.mark.slow
def test_a_correction_needs_words_or_a_meaning_and_says_what_happens_next(page: Page, site: Site) -> None:
    asked(page, AUDIENCE)
    page.get_by_role("button", name="改一下").click()
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog .fault")).to_have_text("请写出什么是对的，或选一个含义。")
    page.fill("dialog textarea", "高价值指金卡以上")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".thanks")).to_contain_text("数据负责人批准后")
    assert "高价值指金卡以上" in site.notes()


@pytest.mark.slow
def test_an_answer_is_corrected_by_a_meaning_that_was_not_chosen_before(page: Page, site: Site) -> None:
    asked(page, PRICE)
    page.locator(".option").first.click()
    expect(page.locator(".tile .big")).to_have_text("214")
    assert "chose answer-" in site.notes()
    page.get_by_role("button", name="改一下").click()
    page.get_by_role("radio", name="件单价 > 500").check()
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog")).to_have_count(0)
    assert "with a plan" in site.notes()


# --- the reviewer


@pytest.mark.slow
def test_a_correction_is_approved_used_and_withdrawn(page: Page, site: Site) -> None:
    question = "上海的高价值客户有哪些人"
    corrected(page, question, reading="城市：上海 → 北京", words="说的是北京")
    review(page)
    waiting = proposal(page, question)
    expect(waiting.locator(".plans")).to_contain_text("customer.city = 北京")
    expect(waiting.locator(".said")).to_contain_text("说的是北京")
    waiting.get_by_role("button", name="批准").click()
    expect(page.locator(".reads .words")).to_contain_text("customer.city = 北京")
    page.fill("dialog textarea[name=wordings]", f"{question}\nHigh-value customers in Beijing")
    save_dialog(page)
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".notice")).to_contain_text(f"已批准「{question}」")
    expect(waiting).to_have_count(0)
    review(page, "pairs")
    expect(waiting).to_contain_text("High-value customers in Beijing")
    expect(waiting).to_contain_text("local 于 2026-11-02 批准")
    waiting.get_by_role("button", name="撤回").click()
    page.fill("dialog textarea", "定义要变")
    save_dialog(page)
    expect(waiting).to_have_count(0)
    assert "定义要变" in site.notes()


@pytest.mark.slow
def test_what_is_saved_was_shown_in_words_before(page: Page, site: Site) -> None:
    question = "上海高价值客户的名单"
    corrected(page, question, words="不是这些人")
    review(page)
    proposal(page, question).get_by_role("button", name="批准").click()
    expect(page.get_by_role("radio", name="另写一个")).to_be_checked()
    save_dialog(page)
    expect(page.locator("dialog .fault")).to_have_text("请写出正确的含义。")
    page.fill("dialog textarea[name=written]", "单价")
    save_dialog(page)
    expect(page.locator("dialog .fault")).to_have_text("「单价」没有唯一的含义。")
    page.fill("dialog textarea[name=written]", "上海的高价值客户")
    save_dialog(page)
    expect(page.locator(".reads")).to_contain_text("customer.city = 上海，customer.high_value = True")
    expect(page.locator(".reads")).to_contain_text("含义变了")
    assert f"approved {question}" not in site.notes()
    save_dialog(page)
    expect(page.locator("dialog")).to_have_count(0)
    assert f"approved {question}" in site.notes()


@pytest.mark.slow
def test_the_plan_is_edited_as_json_and_looked_at_first(page: Page) -> None:
    question = "上海高价值客户明细"
    corrected(page, question, reading="城市：上海 → 北京")
    review(page)
    proposal(page, question).get_by_role("button", name="批准").click()
    page.get_by_role("radio", name="另写一个").check()
    expect(page.locator(".reads")).to_be_hidden()
    box = page.locator("dialog textarea[name=written]")
    text = box.input_value()
    assert text.startswith("{")
    box.fill(text[:-1])
    page.get_by_role("button", name="先看含义").click()
    expect(page.locator("dialog .fault")).to_contain_text("JSON")
    expect(box).to_have_value(text[:-1])
    box.fill(text.replace("北京", "杭州"))
    page.get_by_role("button", name="先看含义").click()
    expect(page.locator(".reads .words")).to_contain_text("customer.city = 杭州")
    save_dialog(page)
    review(page, "pairs")
    expect(proposal(page, question)).to_contain_text("customer.city = 杭州")


@pytest.mark.slow
def test_a_question_is_rejected_with_a_reason_and_that_is_undone(page: Page, site: Site) -> None:
    question = "上海高价值客户在哪里"
    corrected(page, question, words="要按门店看")
    review(page)
    proposal(page, question).get_by_role("button", name="驳回").click()
    save_dialog(page)
    expect(page.locator("dialog .fault")).to_have_text("请写明为什么驳回。")
    page.fill("dialog textarea", "有两种含义")
    save_dialog(page)
    expect(proposal(page, question)).to_have_count(0)
    assert f"rejected {question}: 有两种含义" in site.notes()
    page.get_by_role("button", name="撤销").click()
    expect(proposal(page, question)).to_have_count(1)


@pytest.mark.slow
@pytest.mark.slow
def test_a_decision_that_somebody_else_made_meanwhile_is_said_in_the_dialog(page: Page, other_page: Page) -> None:
    question = "上海高价值客户都有谁"
    corrected(page, question, reading="城市：上海 → 北京")
    review(page)
    proposal(page, question).get_by_role("button", name="批准").click()
    expect(page.locator("dialog")).to_be_visible()
    review(other_page)
    proposal(other_page, question).get_by_role("button", name="批准").click()
    save_dialog(other_page)
    expect(other_page.locator("dialog")).to_have_count(0)
    save_dialog(page)
    expect(page.locator("dialog .fault")).to_contain_text("刚被别人处理过")


@pytest.mark.slow
def test_reviewed_questions_that_no_longer_hold_are_shown_with_the_reason(page: Page) -> None:
    review(page)
    page.get_by_role("button", name="查看", exact=True).click()
    aside = proposal(page, "上个月各门店的毛利")
    expect(aside.locator(".fault")).to_have_text("需要复核：没有名为 gross_profit 的指标。相近的有：sales。")
    expect(aside.get_by_role("button", name="撤回")).to_be_visible()


@pytest.mark.slow
@pytest.mark.slow
def test_gaps_of_a_period_and_none(page: Page) -> None:
    review(page, "gaps")
    rows = page.locator("table.gaps tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("销冠")
    expect(rows.first).to_contain_text("出自「上个月的销冠是谁？」")
    expect(rows.first).to_contain_text("销售额、客单价")
    page.get_by_role("button", name="近 7 天", exact=True).click()
    expect(page.locator(".review .empty")).to_contain_text("这段时间的 12 个问题都答上来了")
    page.get_by_role("button", name="看近 30 天").click()
    expect(rows).to_have_count(4)


@pytest.mark.slow
@pytest.mark.slow
def test_gaps_are_taken_away_as_a_file_without_formulas(page: Page) -> None:
    review(page, "gaps")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载 CSV").click()
    assert download.value.suggested_filename == "gaps_30d.csv"
    raw = Path(download.value.path()).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0] == ["原因", "词或问题", "次数", "人数", "最近", "相近的名称", "例子"]
    assert rows[1] == ["不认识的词", "销冠", "9", "3", "2026-11-02", "销售额、客单价", "上个月的销冠是谁？"]
    assert rows[4][1] == "'=2+3"


def test_who_may_not_review_reads_what_reviewing_is_and_sees_no_queue(page: Page) -> None:
    page.locator("details.dataset summary").click()
    page.get_by_role("menuitemradio", name="第二数据集").click()
    expect(page.locator("details.dataset summary")).to_have_text("第二数据集")
    page.locator(".top [data-ref=review]").click()
    expect(page.locator(".explained")).to_contain_text("审核问题需要数据负责人的权限。")
    expect(page.locator(".explained")).to_contain_text("您的角色：analyst")
    expect(page.locator(".review .tabs")).to_have_count(0)
    expect(page.locator(".proposals")).to_have_count(0)
    page.get_by_role("button", name="去提问").click()
    expect(page.locator("#question")).to_be_visible()


@pytest.mark.slow
def test_the_review_page_has_an_address_and_speaks_english(page: Page, site: Site) -> None:
    page.goto(f"{site.address}?view=review&lang=en")
    expect(page.locator(".review h1")).to_have_text("Review")
    expect(page.locator(".review .tabs button")).to_have_text(["Waiting", "Approved", "Gaps"])
    expect(page.locator(".top .model")).to_have_text("model on request · Model: scripted-1")
    page.get_by_role("button", name="Segments").click()
    expect(page.locator("[data-region=segments] h1")).to_be_visible()
    page.reload()
    expect(page.locator("[data-region=segments] h1")).to_be_visible()


@pytest.mark.slow
def test_on_a_narrow_screen_the_review_page_fits(narrow_page: Page) -> None:
    asked(narrow_page, AUDIENCE)
    narrow_page.get_by_role("button", name="改一下").click()
    expect(narrow_page.locator("dialog")).to_be_visible()
    narrow_page.keyboard.press("Escape")
    review(narrow_page, "gaps")
    expect(narrow_page.locator("table.gaps tbody tr")).to_have_count(4)
    assert narrow_page.evaluate("document.scrollingElement.scrollWidth") <= 390
