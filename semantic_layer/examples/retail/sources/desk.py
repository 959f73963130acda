"""The service desk's tickets, and the marketing system's campaigns, plans, messages and consents."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from semantic_layer.examples.retail import places
from semantic_layer.examples.retail.campaigns import CAMPAIGNS
from semantic_layer.examples.retail.clean_tables import clean_tables
from semantic_layer.examples.retail.company import Company, Ints, Texts
from semantic_layer.examples.retail.people import UNKNOWN
from semantic_layer.examples.retail.sources.dirt import Truth, filled, one_of, some
from semantic_layer.examples.retail.sources.files import number_texts, second_texts, write_csv
from semantic_layer.examples.retail.tickets import TICKET_TYPES
from semantic_layer.examples.retail.world import Block
from semantic_layer.ingestion.report import Dirt

SOURCE = "desk"
_NICKS = ("小鱼儿", "奔跑的蜗牛", "阳光", "夜猫子", "豆豆妈", "老王", "风一样", "Momo", "小太阳", "不吃香菜")


def write_desk(block: Block, folder: Path, rng: np.random.Generator, truth: Truth) -> None:
    """Tickets as one CSV."""
    tickets, contacts = block.tickets, block.contacts
    size = len(tickets)
    number = block.ids(size)
    truth.remember(SOURCE, number, block.keys(tickets.person), block.keys(tickets.asker))
    truth.plant(SOURCE, Dirt.NO_IDENTITY, int((tickets.person == UNKNOWN).sum()))
    phone, email = contacts.phone[tickets.asker], contacts.email[tickets.asker]
    contact: Texts = np.where(filled(email) & (some(rng, size, 0.3) | ~filled(phone)), email, phone)
    contact[tickets.person == UNKNOWN] = None
    again = 1 + some(rng, size, 0.004)
    truth.plant(SOURCE, Dirt.DUPLICATE, int((again - 1).sum()))
    rows = np.repeat(np.arange(size), again)
    table = {
        "工单号": number_texts(number),
        "联系方式": contact,
        "昵称": one_of(rng, _NICKS, size),
        "提交时间": second_texts(tickets.opened),
        "类型": np.array(TICKET_TYPES, dtype=object)[tickets.kind],
        "对话": tickets.conversation,
        "评分": _ratings(tickets.rating),
    }
    write_csv(folder / "tickets.csv", {header: values[rows] for header, values in table.items()}, "utf-8-sig")


def _ratings(rating: Ints) -> Texts:
    text = number_texts(rating)
    text[rating == UNKNOWN] = None
    return text


def write_marketing(block: Block, folder: Path) -> None:
    """Campaigns as CSV; the long tables as Parquet. This system knows member numbers and is clean."""
    held = [each for each in CAMPAIGNS if block.company.start <= each.starts <= block.company.end]
    table = {
        "campaign_id": [str(each.id) for each in held],
        "campaign_name": [each.name for each in held],
        "message_channel": [each.channel for each in held],
        "kind": [each.kind for each in held],
        "starts_on": [each.starts.isoformat() for each in held],
        "ends_on": [each.ends.isoformat() for each in held],
        "planned_control_share": [str(each.control) for each in held],
    }
    write_csv(
        folder / "campaigns.csv", {name: np.array(values, dtype=object) for name, values in table.items()}, "utf-8"
    )
    tables = clean_tables(block)
    for name in ("campaign_members", "messages", "consents"):
        tables[name].write(folder / f"{name}.parquet")


def write_reference(company: Company, folder: Path) -> None:
    """Cities and stores."""
    cities = {
        "city": [city.name for city in places.CITIES],
        "province": [city.province for city in places.CITIES],
        "region": [city.region for city in places.CITIES],
        "city_tier": [city.tier for city in places.CITIES],
    }
    stores = {
        "store_id": [str(store[0]) for store in places.STORES],
        "store_name": [store[1] for store in places.STORES],
        "city": [store[2] for store in places.STORES],
    }
    for name, columns in (("cities", cities), ("stores", stores)):
        table = {key: np.array(values, dtype=object) for key, values in columns.items()}
        write_csv(folder / f"{name}.csv", table, "utf-8")
    (folder / "export_date.txt").write_text(company.end.isoformat() + "\n", encoding="utf-8")
