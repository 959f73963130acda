"""Signed in, in a browser: the menu under the name, accounts, keys, insights, and what others do not get."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import HERE, Site, free_port, served
from tests.browser.steps import AUDIENCE, asked, wait_until

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = [pytest.mark.browser, pytest.mark.slow]

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[..., "Page"]


@pytest.fixture(scope="session")
def office_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("office")
    port = free_port()
    with served([str(HERE / "server.py"), str(port), str(folder), "accounts"], port, folder, {}, at="health") as opened:
        yield opened


@pytest.fixture
def opened(browser: Browser, office_site: Site) -> Iterator[Open]:
    """Opens a page for somebody; the test fails when a page had an error."""
    faults: list[str] = []
    contexts = []

    def open_page(login: str, view: str = "", width: int = 1360) -> Page:
        context = browser.new_context(locale="zh-CN", viewport={"width": width, "height": 850})
        context.set_default_timeout(8000)
        context.add_cookies([{"name": "login", "value": login, "url": office_site.address}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{office_site.address}?view={view}" if view else office_site.address)
        page.wait_for_selector("#qunxiang[data-ready]", timeout=20_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@pytest.mark.slow
def test_the_menu_says_who_is_signed_in_and_leads_out(opened: Open) -> None:
    page = opened("wei")
    assert page.locator(".top nav [data-ref=admin]").count() == 0
    page.locator(".person summary").click()
    expect(page.locator(".person .menu a")).to_have_attribute("href", "/password")
    page.locator(".person form button").click()
    page.wait_for_url("**/password")
    expect(page.locator("h1")).to_have_text("outside")
    assert [cookie for cookie in page.context.cookies() if cookie["name"] == "login"] == []


def test_an_account_is_made_found_and_closed_while_its_owner_is_at_work(opened: Open) -> None:
    admin = opened("ana", "admin")
    admin.get_by_role("button", name="新建账号").click()
    admin.fill("dialog input[name=login]", "mia")
    admin.fill("dialog input[name=name]", "Mia")
    admin.locator("dialog .chip.pick", has_text="分析师").first.click()
    admin.locator("dialog [type=submit]").click()
    expect(admin.locator("dialog.secret code")).to_contain_text("first-password")
    admin.locator("dialog .primary").click()
    expect(admin.locator("dialog")).to_have_count(0)
    admin.fill("input[type=search]", "mia")
    expect(admin.locator(".accounts tbody tr")).to_have_count(1)
    mia = opened("mia")
    asked(mia, AUDIENCE)
    admin.locator("[data-act=account-edit][data-ref=mia]").last.click()
    admin.locator("dialog input[name=active]").uncheck()
    admin.locator("dialog [type=submit]").click()
    expect(admin.locator("dialog")).to_have_count(0)
    mia.locator(".top [data-ref=segments]").click()
    expect(mia.get_by_text("214")).to_have_count(0)


@pytest.mark.slow
def test_two_administrators_keep_what_they_typed(opened: Open) -> None:
    first, second = opened("ana", "admin"), opened("ana", "admin")
    for page, name in ((first, "林芳一"), (second, "林芳二")):
        page.locator("[data-act=account-edit][data-ref=lin]").last.click()
        page.fill("dialog input[name=name]", name)
    first.fill("dialog input[name=email]", "changed@example.com")
    for page in (first, second):
        page.locator("dialog [type=submit]").click()
    expect(first.locator("dialog")).to_have_count(0)
    expect(second.locator("dialog .reads")).to_contain_text("lin@example.com → changed@example.com")
    expect(second.locator("dialog input[name=name]")).to_have_value("林芳二")
    expect(second.locator("dialog input[name=email]")).to_have_value("changed@example.com")
    second.locator("dialog [type=submit]").click()
    expect(second.locator("dialog")).to_have_count(0)


@pytest.mark.slow
def test_a_key_is_shown_once_and_revoked(opened: Open, office_site: Site) -> None:
    page = opened("wei", "account")
    page.get_by_role("button", name="新建密钥").click()
    page.fill("dialog input[name=label]", "周报")
    page.locator("dialog [type=submit]").click()
    expect(page.locator("dialog.secret code")).to_contain_text("secret-key")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert "secret-key" not in page.content()
    page.get_by_role("button", name="撤销").click()
    page.locator("dialog [type=submit]").click()
    expect(page.locator(".api-keys .state")).to_have_text("已撤销")
    wait_until(lambda: "wei revoked" in office_site.notes())


@pytest.mark.slow
def test_insights_show_figures_pictures_and_their_table(opened: Open) -> None:
    page = opened("ana", "insights")
    expect(page.locator(".insights svg")).to_have_count(2)
    page.locator(".insights summary").click()
    expect(page.locator(".insights details tbody tr")).to_have_count(30)
    page.locator("[data-act=insights-days][data-ref='7']").click()
    expect(page.locator(".insights details tbody tr")).to_have_count(7)


@pytest.mark.slow
@pytest.mark.parametrize("view", ["admin", "insights", "account"])
def test_nothing_is_cut_off_on_a_telephone(opened: Open, view: str) -> None:
    page = opened("ana", view, width=390)
    expect(page.locator(f"section[data-page={view}] h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_tab_of_one_login_shows_nothing_once_another_signed_in(opened: Open, office_site: Site) -> None:
    page = opened("wei")
    asked(page, AUDIENCE)
    page.context.add_cookies([{"name": "login", "value": "lin", "url": office_site.address}])
    page.locator(".top [data-ref=segments]").click()
    expect(page.get_by_text("214")).to_have_count(0)
    expect(page.locator("section[data-page=segments] .list")).to_have_count(0)
