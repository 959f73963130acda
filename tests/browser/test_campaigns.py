"""A campaign from a brief in words to its effect, in the whole product: approved by another, sent by mail and as a file, answered."""

from __future__ import annotations

import csv
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.browser.campaigns_server import PASSWORD
from tests.browser.conftest import HERE, Site, free_port, served, settings_over
from tests.browser.steps import asked
from tests.tools.destinations.servers import MailPlace

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = [pytest.mark.browser, pytest.mark.slow]

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SUBJECT, WORDS = "双11预告", "您好，双11八折，退订请点信末链接"
MAIL = f'给金卡会员发邮件，内容是"{WORDS}"，活动名叫"金卡双11"，留20%对照组'
LIST = f'给银卡会员发邮件，内容是"{WORDS}"，活动名叫"银卡双11"，留20%对照组'


@dataclass(frozen=True)
class Shop:
    """The product, the mail server that it sends to, and where its files are written."""

    site: Site
    post: MailPlace
    lists: Path

    def addresses(self) -> list[str]:
        return [to for _, to, _ in self.post.mails]


@pytest.fixture(scope="module")
def shop(retail_snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder, port, post = tmp_path_factory.mktemp("shop"), free_port(), MailPlace()
    mail = {
        "name": "mail",
        "kind": "email",
        "label": {"zh": "会员邮件", "en": "Member mail"},
        "host": "127.0.0.1",
        "port": post.port,
        "tls": "none",
        "sender": "会员中心 <news@example.com>",
    }
    (folder / "destinations.yml").write_text(json.dumps({"destinations": [mail]}), encoding="utf-8")
    env = {**settings_over(retail_snapshot, folder), "QUNXIANG_BASE_URL": f"http://127.0.0.1:{port}"}
    command = [str(HERE / "campaigns_server.py"), str(port), str(folder)]
    try:
        with served(command, port, folder, env, at="health") as opened:
            yield Shop(opened, post, folder / "lists")
    finally:
        post.close()


@pytest.fixture
def signed_in(browser: Browser, shop: Shop) -> Iterator[Callable[..., Page]]:
    """Opens a page for somebody who signs in with a password; the test fails when a page had an error."""
    faults: list[str] = []
    contexts = []

    def open_page(login: str) -> Page:
        context = browser.new_context(locale="zh-CN", viewport={"width": 1360, "height": 900})
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{shop.site.address}?lang=zh")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", PASSWORD)
        page.locator("form button[type=submit]").first.click()
        page.wait_for_selector("#qunxiang[data-ready]", timeout=60_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def opened(page: Page, name: str) -> None:
    """The campaign of this name on the page of campaigns."""
    page.locator(".top [data-ref=campaigns]").first.click()
    if page.locator("[data-act=campaign-close]").count():
        page.locator("[data-act=campaign-close]").click()
    page.locator(".campaigns [data-act=campaign-open]", has_text=name).click()
    expect(page.locator(".campaign h1")).to_contain_text(name)


def step(page: Page, act: str) -> None:
    page.locator(f".campaign [data-act=campaign-act][data-ref={act}]").click()


def state(page: Page, words: str) -> None:
    expect(page.locator(".campaign h1")).to_contain_text(words, timeout=60_000)


def counted(page: Page, label: str) -> int:
    """The people of one step of the way from everybody who matches to those who get a message."""
    found = page.locator(".suppression .step", has_text=label).locator(".number").inner_text()
    return int(re.sub(r"\D", "", found))


def approved_and_started(mia: Page, dan: Page, name: str) -> None:
    step(mia, "submit")
    state(mia, "待审批")
    expect(mia.locator("[data-act=campaign-act][data-ref=approve]")).to_have_count(0)  # the author decides nothing
    opened(dan, name)
    step(dan, "approve")
    state(dan, "已批准")
    opened(mia, name)
    step(mia, "start")


def test_a_brief_becomes_mail_and_a_file_and_an_honest_effect(
    signed_in: Callable[..., Page], shop: Shop, retail_snapshot: Path
) -> None:
    dan = signed_in("dan")
    dan.locator(".top [data-ref=campaigns]").first.click()
    dan.locator("[data-act=campaign-rules]").click()
    quiet = dan.locator("tr[data-key=rule-quiet_hours]")
    quiet.locator("[data-act=campaign-rule]").click()  # the test may run at night
    expect(quiet).to_contain_text("未使用")

    mia = signed_in("mia")
    asked(mia, MAIL)
    expect(mia.locator(".reply")).to_contain_text("没有发送任何消息")
    opened(mia, "金卡双11")
    step(mia, "edit")
    mia.locator("select[name=destination]").select_option("mail")
    mia.fill("input[name=subject0]", SUBJECT)
    mia.fill("input[name=holdout]", "两成")
    mia.locator("form[data-form=campaign-edit] [type=submit]").click()
    expect(mia.locator(".campaign-form .fault")).to_contain_text("要写成数字")
    expect(mia.locator("input[name=subject0]")).to_have_value(SUBJECT)  # nothing that was typed is lost
    mia.fill("input[name=holdout]", "20")
    mia.locator("form[data-form=campaign-edit] [type=submit]").click()
    expect(mia.locator(".previews")).to_contain_text(SUBJECT)
    to_send, held = counted(mia, "发送"), counted(mia, "对照组")
    approved_and_started(mia, dan, "金卡双11")
    state(mia, "已发送")
    expect(mia.locator(".campaign")).to_contain_text("已送出")

    assert len(shop.addresses()) == to_send == len(set(shop.addresses()))
    names = people_of(retail_snapshot)
    everybody = {names[to] for to in shop.addresses()}
    assert held > 0
    for _, _, content in shop.post.mails:
        read = message_from_bytes(content, policy=default)
        assert read["Subject"] == SUBJECT
        assert read["List-Unsubscribe"].startswith(f"<{shop.site.address}unsubscribe/")
    says_no(shop)

    file_sent(mia, dan, shop)

    opened(mia, "金卡双11")
    answered(mia, sorted(everybody)[:5])
    mia.locator("[data-act=campaign-measure]").click()
    reply = mia.locator("#qunxiang[data-busy=no] .reply")
    expect(reply).to_contain_text("金卡双11", timeout=60_000)
    expect(reply).to_contain_text("还没有可看的结果")  # the data end before the mail was sent, and it says so


def people_of(snapshot: Path) -> dict[str, int]:
    """Keys of people by their mail address, in SQL written by hand."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        rows = connection.execute("SELECT email, customer_key FROM customers WHERE email IS NOT NULL").fetchall()
    return {str(email): int(key) for email, key in rows}


def says_no(shop: Shop) -> None:
    """Somebody follows the address in the mail and says no: a GET asks, a POST does it."""
    read = message_from_bytes(shop.post.mails[0][2], policy=default)
    address = re.search(r"<(http[^>]+)>", read["List-Unsubscribe"])
    assert address is not None
    with urllib.request.urlopen(address[1], timeout=20) as response:
        assert "<form" in response.read().decode()
    body = urllib.parse.urlencode({"List-Unsubscribe": "One-Click"}).encode()
    with urllib.request.urlopen(urllib.request.Request(address[1], data=body), timeout=20) as response:
        assert response.status == 200


def file_sent(mia: Page, dan: Page, shop: Shop) -> None:
    mia.locator(".top [data-ref=ask]").first.click()
    asked(mia, LIST)
    opened(mia, "银卡双11")
    step(mia, "edit")
    mia.locator("select[name=destination]").select_option("file")
    mia.locator("form[data-form=campaign-edit] [type=submit]").click()
    to_send = counted(mia, "发送")
    approved_and_started(mia, dan, "银卡双11")
    state(mia, "已发送")
    (written,) = shop.lists.rglob("*.csv")
    with written.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == to_send


def answered(page: Page, keys: list[int]) -> None:
    """What customers did, pasted: opens, clicks, a no, and somebody whom nobody knows."""
    what = ("open", "click", "open", "click", "unsubscribe")
    page.locator("[data-act=campaign-form][data-ref=responses]").click()
    campaign = page.locator(".campaign").get_attribute("data-key") or ""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lines = ["id,kind,at,campaign,key"]
    lines += [
        f"r{at},{kind},{now},{campaign.removeprefix('campaign-')},{key}"
        for at, (kind, key) in enumerate(zip(what, keys, strict=True))
    ]
    lines.append(f"r9,open,{now},{campaign.removeprefix('campaign-')},4000000000")
    page.fill("textarea[name=rows]", "\n".join(lines))
    page.locator("form[data-form=campaign-responses] [type=submit]").click()
    expect(page.locator(".notice")).to_contain_text("1 条的客户不认识")
