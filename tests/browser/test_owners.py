"""The pages of data owners in a browser: a file is connected and loaded, rows and columns are settled, people are split."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import HERE, Site, free_port, served
from tests.browser.steps import wait_until

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[..., "Page"]
MEMBERS = "会员号,cust_nm,手机号,消费金额,备注\nQH20260031,林晓芳,13912345678,268.00,\n"


@pytest.fixture(scope="module")
def owners_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("owners")
    port = free_port()
    command = [str(HERE / "server.py"), str(port), str(folder), "accounts", "owners"]
    with served(command, port, folder, {}, at="health") as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(browser: Browser, owners_site: Site) -> Iterator[Open]:
    """Opens a page for somebody; the tests fail when a page had an error."""
    faults: list[str] = []
    contexts = []

    def open_page(login: str, view: str, *, width: int = 1360, lang: str = "zh") -> Page:
        context = browser.new_context(locale="zh-CN", viewport={"width": width, "height": 850})
        context.set_default_timeout(8000)
        context.add_cookies([{"name": "login", "value": login, "url": owners_site.address}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{owners_site.address}?view={view}&lang={lang}")
        page.wait_for_selector("#qunxiang[data-ready]", timeout=20_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="module")
def owner(opened: Open) -> Page:
    """The page of somebody who may change everything; each test turns to where it begins."""
    return opened("ana", "data")


def turn(page: Page, view: str, tab: str) -> None:
    """A page and a tab of it, whatever was open there."""
    page.locator(f".top nav [data-ref={view}]").click()
    region = page.locator(f"[data-region={view}]")
    expect(region.locator("h1")).to_be_visible()
    if region.locator(".button.back").count():
        region.locator(".button.back").click()
    region.locator(f".tabs [data-ref={tab}]").click()
    expect(region.locator(f".tabs [data-ref={tab}][aria-current]")).to_be_visible()


def send(page: Page, file: Path) -> None:
    """Choose a file on the first step of connecting, and go on."""
    page.locator("[data-act=data-connect]").click()
    page.set_input_files("input[type=file]", str(file))
    expect(page.locator(".file-name")).to_have_text(file.name)
    page.locator("[data-form=data-inspect] [type=submit]").click()


def found_customer(page: Page, text: str) -> None:
    page.fill("#people-search", text)
    page.locator(".entry").first.click()
    expect(page.locator(".person-card")).to_be_visible()


def test_a_file_is_sent_mapped_and_loaded(owner: Page, owners_site: Site, tmp_path: Path) -> None:
    file = tmp_path / "新会员.csv"
    file.write_text(MEMBERS, encoding="gb18030")
    turn(owner, "data", "sources")
    send(owner, file)
    expect(owner.locator(".columns-found tbody tr")).to_have_count(5)
    expect(owner.locator("select[name=encoding]")).to_have_value("gb18030")
    owner.locator("[data-act=data-map]").click()
    expect(owner.locator("select[name=field-1]")).to_have_value("name")
    owner.select_option("select[name=field-4]", "city")
    owner.fill(".form input[name=name]", "新会员")
    owner.locator("[data-form=data-save] [type=submit]").click()
    expect(owner.locator(".panel progress")).to_be_visible()
    assert "备注→city" in owners_site.notes()
    owner.locator(".top [data-ref=ask]").click()  # the load goes on
    owner.locator(".task-list summary").click()
    expect(owner.locator(".tasks")).to_contain_text("已导入 12,480 行")
    owner.locator(".top [data-ref=data]").click()
    expect(owner.locator(".loads tbody tr")).to_have_count(1)


def test_a_question_about_a_column_is_answered(owner: Page, owners_site: Site) -> None:
    turn(owner, "data", "sources")
    owner.locator(".attention [data-act=source-open]").click()
    owner.locator("[data-act=drift-answer][data-ref=d1]").first.click()
    expect(owner.locator(".questions > li")).to_have_count(1)
    owner.locator("[data-act=drift-answer][data-ref=d2]").first.click()
    expect(owner.locator("[data-act=source-load]")).to_be_visible()
    assert "answered d1: same" in owners_site.notes()


def test_a_waiting_row_is_corrected_and_what_was_typed_elsewhere_stays(owner: Page) -> None:
    turn(owner, "data", "sources")
    owner.locator("th [data-act=source-open][data-ref=shop_orders]").click()
    second = owner.locator("[data-key=row-q2] input[name=value]")
    second.fill("139")
    row = owner.locator("[data-key=row-q1]")
    row.locator("input[name=value]").fill("2026-02-30")
    row.locator("input[name=value]").press("Enter")
    expect(row.locator(".fault")).to_be_visible()
    row.locator("input[name=value]").fill("2026-02-28")
    row.locator("input[name=value]").press("Enter")
    expect(row).to_have_count(0)
    expect(second).to_have_value("139")


def test_a_record_is_split_off_and_comes_back(owner: Page) -> None:
    turn(owner, "customers", "find")
    found_customer(owner, "晓芳")
    owner.locator("[data-act=customer-part][data-ref=why]").click()
    expect(owner.locator(".records > li")).to_have_count(5)
    owner.locator("input[name=record]").last.check()
    owner.locator("[data-form=split-look] [type=submit]").click()
    expect(owner.locator(".dry-run")).to_be_focused()
    expect(owner.locator(".dry-run")).to_contain_text("214 → 213 人")
    owner.locator("[data-act=change-do]").click()
    expect(owner.locator(".records > li")).to_have_count(4)
    owner.locator(".notice [data-act=change-undo]").click()
    expect(owner.locator(".records > li")).to_have_count(5)


def test_a_pair_is_decided_by_keyboard_and_the_decision_taken_back(owner: Page, owners_site: Site) -> None:
    turn(owner, "customers", "find")
    owner.locator("[data-act=customers-tab][data-ref=queue]").focus()
    owner.keyboard.press("Enter")
    expect(owner.locator(".pairs-to-decide > li")).to_have_count(2)
    owner.locator("[data-key=pair-p1] [data-text=same]").focus()
    owner.keyboard.press("Enter")
    expect(owner.locator(".pairs-to-decide > li")).to_have_count(1)
    wait_until(lambda: "pair p1 same" in owners_site.notes())
    owner.locator(".notice [data-act=change-undo]").click()
    expect(owner.locator(".pairs-to-decide > li")).to_have_count(2)


def test_one_who_may_not_sees_masked_values_and_no_buttons(opened: Open) -> None:
    page = opened("lin", "data")
    expect(page.locator(".sources")).to_be_visible()
    assert page.locator("[data-act=data-connect]").count() == 0
    page.locator(".top [data-ref=customers]").click()
    found_customer(page, "13912345678")
    expect(page.locator(".golden .masked").first).to_be_visible()
    assert "13912345678" not in page.locator(".person-card").inner_html()
    assert page.locator("[data-ref=delete]").count() == 0


@pytest.mark.slow
def test_a_large_file_arrives_whole_and_can_be_stopped(owner: Page, tmp_path: Path, owners_site: Site) -> None:
    rows = "".join(f"QH{n:08d},名{n},{13_000_000_000 + n},1.00,\n" for n in range(60_000))
    file = tmp_path / "large.csv"
    file.write_text(MEMBERS + rows, encoding="utf-8")
    turn(owner, "data", "sources")
    send(owner, file)
    owner.locator("[data-stop]").click()
    expect(owner.locator(".sent")).to_have_text("已停止上传，没有留下任何内容。")
    owner.locator("[data-form=data-inspect] [type=submit]").click()
    expect(owner.locator(".columns-found")).to_be_visible(timeout=30_000)
    expect(owner.locator("[data-region=data]")).to_contain_text("60,001 行")
    kept = owners_site.folder / "files" / "large.csv"
    assert kept.read_bytes() == file.read_bytes()


@pytest.mark.slow
def test_a_person_is_deleted_only_with_their_number(owner: Page, owners_site: Site) -> None:
    turn(owner, "customers", "find")
    found_customer(owner, "1002")
    owner.locator("[data-act=customer-part][data-ref=delete]").click()
    expect(owner.locator(".exports")).to_contain_text("双11_高价值.xlsx")
    owner.fill("input[name=code]", "no")
    owner.locator("[data-form=delete-person] [type=submit]").click()
    expect(owner.locator("[data-form=delete-person] .fault")).to_be_visible()
    owner.fill("input[name=code]", "1002")
    owner.locator("[data-form=delete-person] [type=submit]").click()
    expect(owner.locator(".notice")).to_contain_text("已删除客户 1002")
    assert "deleted 1002 by ana" in owners_site.notes()


@pytest.mark.slow
def test_a_draft_is_begun_renamed_and_adopted(opened: Open, owners_site: Site) -> None:
    page = opened("ana", "data", lang="en")
    page.locator("[data-act=data-tab][data-ref=draft]").click()
    page.fill("input[name=address]", "new_shop")
    page.locator("[data-form=draft-start] [type=submit]").first.click()
    page.locator("[data-act=draft-rename][data-ref=r4]").click()
    page.fill("input[name=en]", "Turnover")
    page.locator("[data-form=draft-named] [type=submit]").click()
    expect(page.locator("[data-key=draft-r4] h2")).to_have_text("Turnover")
    page.locator("[data-act=draft-adopt]").click()
    expect(page.locator("[data-act=draft-settle]")).to_have_count(0)
    assert "adopted 1" in owners_site.notes()


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 1024])
def test_nothing_is_cut_off(opened: Open, width: int, lang: str) -> None:
    page = opened("ana", "data", width=width, lang=lang)
    for act in (
        "[data-act=data-tab][data-ref=book]",
        "[data-act=data-tab][data-ref=sources]",
        "th [data-ref=shop_orders]",
    ):
        page.locator(f"[data-region=data] {act}").click()
        expect(page.locator("[data-region=data] :is(.book, .sources, .waiting-rows)")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".top [data-ref=customers]").click()
    for part in ("queue", "identity", "find"):
        page.locator(f"[data-act=customers-tab][data-ref={part}]").click()
        expect(page.locator(f"[data-act=customers-tab][data-ref={part}][aria-current]")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    found_customer(page, "1001")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    bar = page.locator(".top").bounding_box()
    person = page.locator(".top .person").bounding_box()
    assert bar is not None
    assert person is not None
    assert person["x"] + person["width"] <= bar["x"] + bar["width"]
